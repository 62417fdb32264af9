"""The directory: ldap3's own imitation for what it answers, sockets for what is no directory. tests/interop has a real AD."""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import ldap3
import pytest

from idptest.adapters.directory import Directory
from idptest.adapters.directory_connection import Unreachable, bound
from idptest.errors import ConfigurationError
from idptest.model.settings import DirectorySettings
from tests import tls

OWN, CARRIED = UUID("fc79e369-18a3-40c4-aa33-d92057bfff65"), UUID("35918bc9-196d-40ea-9779-889d79b753f0")
BASE = "DC=exempelstad,DC=se"
SETTINGS = DirectorySettings(None, "127.0.0.1", 1, "ldaps", BASE, "läsare", filter="(objectClass=user)", timeout=1)


def where(key: str) -> str:
    return f"idptest.toml:{key}"


def person(number: int, **more: Any) -> dict[str, Any]:
    name = f"larare{number}"
    return {"objectClass": "user", "sAMAccountName": name, "userPrincipalName": f"{name}@exempelstad.se", "sn": "Öström", **more}


@pytest.fixture
def imitation() -> Any:
    connection = ldap3.Connection(ldap3.Server("imitation", get_info=ldap3.NONE), client_strategy=ldap3.MOCK_SYNC)
    own = person(1, objectGUID=OWN.bytes_le, givenName="Åsa", mail="asa@exempelstad.se", employeeID="7")
    connection.strategy.add_entry(f"CN=Åsa,{BASE}", own | {"mS-DS-ConsistencyGuid": CARRIED.bytes_le})
    for number in range(2, 9):
        connection.strategy.add_entry(f"CN=P{number},{BASE}", person(number, employeeID="8"))
    connection.bind()
    return connection


def test_what_ad_has_of_an_account(imitation: Any) -> None:
    directory = Directory(replace(SETTINGS, eppn_attribute="employeeID"), imitation, where)
    for username in ("larare1", "EXEMPELSTAD\\larare1", "larare1@exempelstad.se"):
        found = directory.find(username)
        assert found is not None
        assert (found.object_guid, found.consistency_guid) == (OWN, CARRIED)
        assert (found.user_principal_name, found.sam_account_name, found.mail) == (
            "larare1@exempelstad.se",
            "larare1",
            "asa@exempelstad.se",
        )
        assert (found.given_name, found.surname, found.more) == ("Åsa", "Öström", {"employeeID": (b"7",)})
    assert directory.find("finns-inte") is None
    assert directory.with_guid(CARRIED) == directory.with_guid(OWN) == directory.find("larare1")


def test_two_hits_are_said_and_nobody_is_chosen(imitation: Any) -> None:
    directory = Directory(replace(SETTINGS, attribute="employeeID"), imitation, where)
    assert directory.find("7") is not None
    with pytest.raises(ConfigurationError, match=r"idptest\.toml:base: two accounts have this employeeID; make base or filter in"):
        directory.find("8")


@pytest.mark.parametrize("name", ["*", "larare*", "larare1)(sn=*", "x)(|(sn=*", "\\2a", "(", ")", "\0", "\ud800"])
def test_a_username_is_no_filter(imitation: Any, name: str) -> None:
    assert Directory(SETTINGS, imitation, where).find(name) is None


def test_every_page_is_read(imitation: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("idptest.adapters.directory._PAGE", 3)
    assert len({found.dn for found in Directory(SETTINGS, imitation, where).accounts()}) == 8


class Answer:
    """A connection that answers every search alike."""

    def __init__(self, description: str, **more: Any) -> None:
        self.result = {"description": description, "message": "", **more}
        self.response: list[Any] = [{"type": "searchResRef", "uri": ["ldaps://annan"]}]

    def search(self, *_: Any, **__: Any) -> None: ...


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (Answer("noSuchObject"), ConfigurationError, "has nothing called what base says"),
        (Answer("invalidDNSyntax"), ConfigurationError, "has nothing called what base says"),
        (Answer("referral", referrals=["ldap://grannstad.se"]), ConfigurationError, "base lies in another directory, ldap://grannstad.se"),
        (Answer("insufficientAccessRights"), ConfigurationError, "may not search below base"),
        (Answer("busy", message="later"), Unreachable, "the directory does not search: busy later"),
    ],
)
def test_a_search_that_is_refused(answer: Answer, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        Directory(SETTINGS, answer, where).find("larare1")


def test_what_lies_in_other_domains_is_no_account() -> None:
    assert Directory(SETTINGS, Answer("success"), where).find("larare1") is None


# -- the way there


@contextlib.contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port where each connection is served so."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def run() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection, contextlib.suppress(OSError):
                        connection.settimeout(5)
                        serve(connection)

        threading.Thread(target=run, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def secure(folder: Path, host: str, serve: Callable[[ssl.SSLSocket], None]) -> Callable[[socket.socket], None]:
    """Served over TLS, with a certificate for `host` of the CA in ca.pem."""
    ca = tls.pair("CA")
    own = tls.pair("dc1", ca, host)
    (folder / "ca.pem").write_bytes(ca.certificate_pem)
    (folder / "own.pem").write_bytes(own.certificate_pem + own.key_pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "own.pem")

    def over_tls(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            serve(wrapped)

    return over_tls


def trouble(settings: DirectorySettings, ca_file: Path | None = None) -> str:
    with pytest.raises((Unreachable, ConfigurationError)) as caught, bound(settings, "hemligt", str(ca_file) if ca_file else None, where):
        pass
    assert "\n" not in str(caught.value) and "hemligt" not in str(caught.value)
    return f"{type(caught.value).__name__}: {caught.value}"


def refusal(request: bytes, kind: int, code: int, message: str = "") -> bytes:
    """The answer to a request (RFC 4511, 4.1.9): `kind` is 0x61 to a bind, 0x78 to StartTLS. Its number is the request's."""
    text = message.encode()
    result = bytes([0x0A, 1, code, 4, 0, 4, len(text)]) + text
    whole = request[2 : 4 + request[3]] + bytes([kind, len(result)]) + result
    return bytes([0x30, len(whole)]) + whole


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            "80090308: LdapErr: DSID-0C09, comment: AcceptSecurityContext error, data 52e, v1db1",
            "wrong password, or no such account (AD: 52e)",
        ),
        ("AcceptSecurityContext error, data 775, v", "the account is locked (AD: 775)"),
        ("AcceptSecurityContext error, data 532, v", "the password has expired (AD: 532)"),
        ("", "wrong password, or no such account (invalidCredentials)"),
    ],
)
def test_why_the_password_is_refused(tmp_path: Path, message: str, said: str) -> None:
    def serve(connection: ssl.SSLSocket) -> None:
        connection.sendall(refusal(connection.recv(1000), 0x61, 49, message))
        connection.recv(1000)

    with listening(secure(tmp_path, "127.0.0.1", serve)) as port:
        found = trouble(replace(SETTINGS, port=port), tmp_path / "ca.pem")
    assert found == f"ConfigurationError: idptest.toml:username: the directory refuses username with its password: {said}"


def test_whoever_cannot_be_trusted_gets_no_password(tmp_path: Path) -> None:
    got: list[bytes] = []
    with listening(secure(tmp_path, "127.0.0.2", lambda connection: got.append(connection.recv(1000)))) as port:
        there = replace(SETTINGS, port=port)
        assert "Unreachable" in (found := trouble(there, tmp_path / "ca.pem")) and "is for another name; url in [directory]" in found
        assert "certificate is not trusted: unable to get local issuer certificate; ca_file in [directory]" in trouble(there)
    assert not any(got)


def test_what_is_no_directory(tmp_path: Path) -> None:
    plain = listening(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    with plain as port:
        assert "no TLS was agreed upon" in trouble(replace(SETTINGS, port=port))
        assert "does not answer as a directory does" in trouble(replace(SETTINGS, port=port, tls="starttls"))
    with listening(secure(tmp_path, "127.0.0.1", lambda connection: connection.sendall(b"hej" * 50))) as port:
        assert "does not answer as a directory does" in trouble(replace(SETTINGS, port=port), tmp_path / "ca.pem")
    with listening(lambda connection: (connection.recv(10000), threading.Event().wait(2))[0] and None) as port:
        assert "no answer within 1 s" in trouble(replace(SETTINGS, port=port))
        assert "no answer within 1 s" in trouble(replace(SETTINGS, port=port, tls="starttls"))


def test_a_directory_without_tls_gets_no_password() -> None:
    """It answers the StartTLS request with protocolError (RFC 4511, 4.14)."""
    got: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        got.append(connection.recv(1000))
        connection.sendall(refusal(got[0], 0x78, 2))
        got.append(connection.recv(1000))

    with listening(serve) as port:
        assert "does not start TLS, and nothing is sent without it" in trouble(replace(SETTINGS, port=port, tls="starttls"))
    assert b"hemligt" not in b"".join(got)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert "nobody answers there (connection refused)" in trouble(replace(SETTINGS, port=port))


def test_ldap3_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ldap3", None)
    assert trouble(SETTINGS) == 'ConfigurationError: reading a directory needs ldap3: pip install "idptest[directory]"'
