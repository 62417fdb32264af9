"""Client certificates: read from PEM and P12, shown to who asks, and counted as a factor only then."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from idptest.adapters import clock, targets
from idptest.adapters.client_certificate import ClientCertificate, load
from idptest.adapters.driver import Errand
from idptest.adapters.drivers import Choice
from idptest.adapters.form_driver import FormDriver
from idptest.adapters.http_client import HttpClient, NetworkTrouble
from idptest.errors import IdptestError
from idptest.login.credentials import Credentials
from idptest.model.flow import ARRIVED, HttpRequest, Sent
from tests.interop.pages import metadata
from tests.tls import Pair, pair, server

CA = pair("Exempelstads CA")
OWN = pair("larare1", CA)
OTHER = pair("elev1", CA)
WHERE = "[account.larare] client_certificate"
ACS = "https://localhost:8443/saml/acs"


def loaded(folder: Path, data: bytes, password: str | None = None) -> ClientCertificate:
    path = folder / "kort.p12"
    path.write_bytes(data)
    return load(path, password, WHERE)


@pytest.mark.parametrize(
    ("data", "password"),
    [
        (OWN.key_pem() + OWN.certificate_pem, None),
        (OWN.certificate_pem + CA.certificate_pem + OWN.key_pem(), None),
        (CA.certificate_pem + OWN.certificate_pem + OWN.key_pem(), None),
        (b"Bag Attributes\n  friendlyName: larare\n" + OWN.certificate_pem + OWN.key_pem("nyckel å"), "nyckel å"),
        (OWN.certificate_pem + OWN.key_pem(), "to no use"),
        (OWN.p12("nyckel å"), "nyckel å"),
        (OWN.p12("nyckel", CA.certificate), "nyckel"),
        (OWN.p12(None), None),
    ],
    ids=range(8),
)
def test_each_kind_of_file(tmp_path: Path, data: bytes, password: str | None) -> None:
    found = loaded(tmp_path, data, password)
    assert found.chain.startswith(OWN.certificate_pem)
    assert found.key == OWN.key_pem()
    assert "PRIVATE" not in repr(found)


@pytest.mark.parametrize(
    ("data", "password", "words"),
    [
        (OWN.p12("rätt"), None, "client_certificate_password_env"),
        (OWN.certificate_pem + OWN.key_pem("rätt"), None, "client_certificate_password_env"),
        (OWN.p12("rätt"), "fel", "right password"),
        (OWN.certificate_pem + OWN.key_pem("rätt"), "fel", "right password"),
        (OWN.certificate_pem, None, "no certificate with its private key"),
        (OWN.key_pem(), None, "no certificate with its private key"),
        (OWN.certificate_pem + OTHER.key_pem(), None, "is not the certificate's"),
        (b"", None, "no certificate with its private key"),
        (b"\x00\x01\x02", "x", "no certificate with its private key"),
    ],
    ids=range(9),
)
def test_a_file_that_will_not_do(tmp_path: Path, data: bytes, password: str | None, words: str) -> None:
    with pytest.raises(IdptestError, match=words) as problem:
        loaded(tmp_path, data, password)
    assert problem.value.line("sv") != problem.value.line("en")
    assert "rätt" not in str(problem.value).replace("rätt lösenord", "")


def client(folder: Path, certificate: ClientCertificate | None) -> HttpClient:
    return HttpClient(timeout=5, ca_file=str(folder / "ca.pem"), certificate=certificate)


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("asks", [True, False])
def test_it_counts_only_when_it_is_asked_for(tmp_path: Path, version: str, asks: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    transport = client(tmp_path, loaded(tmp_path, OWN.p12("x", CA.certificate), "x"))
    with server(tmp_path, CA, lambda *_: (200, {}, "hej"), asks=asks, version=version) as url:
        assert transport(HttpRequest("GET", url), None).body == b"hej"
    assert transport.proven() == (("client-certificate",) if asks else ())
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_server_is_still_verified(tmp_path: Path) -> None:
    transport = HttpClient(timeout=5, certificate=loaded(tmp_path, OWN.p12(None)))
    with server(tmp_path, CA, lambda *_: (200, {}, "hej"), asks=True) as url, pytest.raises(NetworkTrouble, match="not trusted"):
        transport(HttpRequest("GET", url), None)
    assert transport.proven() == ()


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_without_one_it_is_said_what_to_set(tmp_path: Path, version: str) -> None:
    transport = client(tmp_path, None)
    with server(tmp_path, CA, lambda *_: (200, {}, ""), asks=True, version=version) as url, pytest.raises(NetworkTrouble) as trouble:
        transport(HttpRequest("GET", url), None)
    assert str(trouble.value).endswith("it wants a client certificate: set client_certificate for the account in idptest.toml")


def test_one_of_another_ca_is_refused(tmp_path: Path) -> None:
    stranger: Pair = pair("larare1", pair("En annan CA"))
    transport = client(tmp_path, loaded(tmp_path, stranger.p12(None)))
    with server(tmp_path, CA, lambda *_: (200, {}, ""), asks=True) as url, pytest.raises(NetworkTrouble, match=r"TLS|closed|reset"):
        transport(HttpRequest("GET", url), None)


def test_a_login_with_password_and_certificate(tmp_path: Path) -> None:
    def answer(method: str, path: str, body: str) -> tuple[int, dict[str, str], str]:
        if path.startswith("/sso"):
            return (
                200,
                {},
                '<form method="post" action="/in"><input name="user"><input type="password" name="pw"><button>In</button></form>',
            )
        return 200, {}, f'<form method="post" action="{ACS}"><input type="hidden" name="SAMLResponse" value="PFg+"></form>'

    with server(tmp_path, CA, answer, asks=True) as url:
        transport = client(tmp_path, loaded(tmp_path, OWN.p12("x"), "x"))
        sent = Sent("id-1", clock.now(), "https://sp.example", ACS, url)
        errand = Errand(HttpRequest("GET", f"{url}/sso"), sent, Credentials("larare1", "hemligt"))
        driven = FormDriver(transport, clock.now, proven=transport.proven).drive(errand)
    assert driven.ended.how == ARRIVED
    assert driven.factors == ("password", "client-certificate")


def test_from_idptest_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kort.p12").write_bytes(OWN.p12("nyckel"))
    (tmp_path / "idp.xml").write_bytes(metadata("https://idp.example/sso"))
    (tmp_path / "idptest.toml").write_text(
        '[sp]\nentity_id = "https://sp.example"\nbase_url = "https://localhost:8443"\n'
        '[idp.i]\nmetadata = "idp.xml"\n[account.larare]\nidp = "i"\nrole = "teacher"\n'
        'client_certificate = "kort.p12"\nclient_certificate_password_env = "KORTETS_LOSENORD"\n',
        encoding="utf-8",
    )
    with pytest.raises(IdptestError, match="KORTETS_LOSENORD is not set"):
        targets.configured(tmp_path, (), None, Choice())
    asked: list[str] = []
    targets.configured(tmp_path, (), lambda what, account: (asked.append(what.sv), "nyckel")[1], Choice())
    assert asked == ["Klientcertifikatets lösenord"]
    monkeypatch.setenv("KORTETS_LOSENORD", "nyckel")
    _, [(target, driver)] = targets.configured(tmp_path, (), None, Choice())
    assert isinstance(driver, FormDriver)
    assert driver.proven() == ()
    assert target.credentials.password is None
    # In the user's own browser the certificate is the browser's.
    monkeypatch.delenv("KORTETS_LOSENORD")
    targets.configured(tmp_path, (), None, Choice("system"))
