"""The listener of --driver system: what it takes, what it refuses, and that it lives on."""

from __future__ import annotations

import base64
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import urllib3

from idptest.adapters import keys
from idptest.adapters.driver import Errand
from idptest.adapters.sp_server import MAX_BODY, Listener, Reception, opening
from idptest.adapters.system import SystemDriver, _context
from idptest.errors import ConfigurationError
from idptest.login.credentials import Credentials
from idptest.model.flow import ARRIVED, PAGE_NOT_UNDERSTOOD, HttpRequest, Sent

NOW = datetime(2026, 11, 22, 7, 45, tzinfo=UTC)
START = "/start-once"
FIRST = HttpRequest("GET", "https://idp.example/sso?SAMLRequest=x&RelayState=r")
SAML = 'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"'


def response(request_id: str | None = "id-1", extra: str = "") -> str:
    answers = "" if request_id is None else f' InResponseTo="{request_id}"'
    return base64.b64encode(f"<samlp:Response {SAML}{answers}>{extra}</samlp:Response>".encode()).decode()


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    return _context(tmp_path_factory.mktemp("workspace"), "localhost")


@dataclass
class Desk:
    """A listener, and a client that does not mind its certificate. `said` are its lines."""

    port: int
    reception: Reception
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, self.url + path, verify=False, allow_redirects=False, timeout=20, **options)

    def post(self, *responses: str, path: str = "/saml/acs", **more: str) -> requests.Response:
        return self.ask("POST", path, data=[*(("SAMLResponse", each) for each in responses), *more.items()])


@pytest.fixture
def desk(context: ssl.SSLContext) -> Iterator[Desk]:
    with listening(context) as desk:
        yield desk


@contextmanager
def listening(context: ssl.SSLContext, first: HttpRequest = FIRST, seconds: float = 20) -> Iterator[Desk]:
    urllib3.disable_warnings()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    sent = Sent("id-1", NOW, "https://sp.example", f"https://localhost:{port}/saml/acs", "https://idp.example/sso", "r")
    reception = Reception(Errand(first, sent, Credentials()), START, lambda request_id: request_id == "id-earlier")
    desk = Desk(port, reception)
    with Listener("127.0.0.1", port, context, reception, lambda words: desk.said.append(words.en), seconds):
        yield desk


def test_the_start_address_leads_to_the_idp_once(desk: Desk) -> None:
    answer = desk.ask("GET", START)
    assert (answer.status_code, answer.headers["Location"]) == (302, FIRST.url)
    assert desk.said == []
    assert desk.ask("GET", START).status_code == 410
    assert desk.said == ["refused: the start address is used already"]


def test_a_request_by_post_goes_out_as_a_page(context: ssl.SSLContext) -> None:
    first = HttpRequest("POST", "https://idp.example/sso", form=(("SAMLRequest", 'a"<b'), ("RelayState", "r")))
    with listening(context, first) as desk:
        answer = desk.ask("GET", START)
    assert answer.status_code == 200
    assert '<form method="post" action="https://idp.example/sso">' in answer.text
    assert 'value="a&quot;&lt;b"' in answer.text
    assert "</script><" not in opening(HttpRequest("GET", "https://idp.example/</script><b>"))


def test_the_answer_is_taken_and_the_browser_is_told(desk: Desk) -> None:
    answer = desk.post(response(), RelayState="r")
    assert answer.status_code == 200
    assert "Klart" in answer.text
    assert desk.said == []
    taken = desk.reception.delivered
    assert taken is not None
    assert (taken.method, taken.url) == ("POST", f"https://localhost:{desk.port}/saml/acs")
    assert taken.form == (("SAMLResponse", response()), ("RelayState", "r"))
    assert desk.reception.taken.is_set()
    assert desk.post(response()).status_code == 409
    assert desk.said == ["refused: the answer has been taken already"]
    assert desk.reception.delivered is taken


@pytest.mark.parametrize(
    ("form", "status", "line"),
    [
        ([response("id-2")], 400, "a response to another request than ours"),
        ([response("id-earlier")], 409, "a replay: a response to an earlier login"),
        ([response(None)], 400, "a response that answers no request (no InResponseTo)"),
        ([response(), response()], 400, "a POST to the ACS with 2 SAMLResponse, not one"),
        ([], 400, "a POST to the ACS with 0 SAMLResponse, not one"),
        (["%%%"], 400, "a SAMLResponse that is not read: there is nothing in it"),
        ([base64.b64encode(b"<a>").decode()], 400, "a SAMLResponse that is not read: it is not well-formed XML"),
        (
            [base64.b64encode(b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a InResponseTo="id-1">&b;</a>').decode()],
            400,
            "a SAMLResponse that is not read: it has a doctype",
        ),
        ([base64.b64encode(b'<Response InResponseTo="id-1"/>').decode()], 400, "a response that answers no request"),
    ],
    ids=range(9),
)
def test_another_answer_is_refused(desk: Desk, form: list[str], status: int, line: str) -> None:
    answer = desk.post(*form)
    assert answer.status_code == status
    assert [each.startswith(f"refused: {line}") for each in desk.said] == [True]
    assert all(each not in answer.text for each in (*form, "InResponseTo", "id-2"))
    assert desk.reception.delivered is None
    assert desk.post(response()).status_code == 200


def test_what_is_no_answer_at_all_is_refused(desk: Desk) -> None:
    assert desk.ask("GET", f"/saml/acs?SAMLResponse={response()}").status_code == 405
    assert desk.ask("GET", "/").status_code == 404
    assert desk.ask("GET", "/\x1b[31m\u202e").status_code == 404
    assert desk.post(response(), path="/oidc/callback").status_code == 404
    assert desk.ask("PUT", "/saml/acs", data="x").status_code == 501
    assert desk.ask("POST", "/saml/acs", data=iter([b"SAMLResponse=x"])).status_code == 411
    assert desk.ask("POST", "/saml/acs", data=b"\xff\xfe").status_code == 400
    assert desk.ask("POST", "/saml/acs", data="&".join(["a=b"] * 60)).status_code == 400
    assert desk.ask("GET", "/favicon.ico").status_code == 404
    assert len(desk.said) == 8
    assert all(line.isprintable() and "SAMLResponse=" not in line for line in desk.said)
    assert desk.post(response()).status_code == 200


def test_50_mb_are_refused_and_not_kept(desk: Desk) -> None:
    answer = desk.ask("POST", "/saml/acs", data=b"a" * (50 * 1024 * 1024))
    assert answer.status_code == 413
    assert desk.said == [f"refused: a POST of more than {MAX_BODY // 1024 // 1024} MB"]
    assert desk.post(response()).status_code == 200


def test_a_large_answer_is_taken(desk: Desk) -> None:
    large = response(extra="<a>" + "b" * 5_000_000 + "</a>")
    assert desk.post(large).status_code == 200
    assert desk.reception.delivered is not None
    assert dict(desk.reception.delivered.form or ())["SAMLResponse"] == large


def test_who_is_slow_is_cut_off(context: ssl.SSLContext) -> None:
    """A byte now and then keeps a connection busy, but not for longer than it may be; others come through meanwhile."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    with listening(context, seconds=1.5) as desk:
        silent = [socket.create_connection(("127.0.0.1", desk.port), timeout=10) for _ in range(10)]
        slow = client.wrap_socket(socket.create_connection(("127.0.0.1", desk.port), timeout=10))
        started = time.monotonic()
        slow.sendall(b"POST /saml/acs HTTP/1.1\r\nContent-Length: 1000\r\n\r\n")
        assert desk.ask("GET", "/").status_code == 404
        with pytest.raises(OSError):
            while time.monotonic() - started < 10:
                slow.sendall(b"a")
                time.sleep(0.1)
        assert time.monotonic() - started < 5
        for each in silent:
            assert each.recv(1) == b""
            each.close()
        slow.close()
        assert desk.post(response()).status_code == 200
    assert len(desk.said) <= 2


def test_many_refusals_are_not_all_listed(desk: Desk) -> None:
    for _ in range(60):
        desk.ask("GET", "/x")
    assert len(desk.said) == 51
    assert desk.said[-1] == "more is refused, and not listed"


def test_a_connection_that_is_no_tls(desk: Desk) -> None:
    with socket.create_connection(("127.0.0.1", desk.port), timeout=5) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        plain.recv(100)
    assert desk.said == []
    assert desk.post(response()).status_code == 200


# -- the driver around it


def driver(folder: Path, port: int, said: list[str], **options: Any) -> SystemDriver:
    return SystemDriver(f"https://localhost:{port}", folder, lambda: NOW, lambda words: said.append(words.sv), **options)


def errand(port: int) -> Errand:
    return Errand(
        FIRST, Sent("id-1", NOW, "https://sp.example", f"https://localhost:{port}/saml/acs", "https://idp.example/sso"), Credentials()
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_driver_brings_the_answer_and_stops(tmp_path: Path) -> None:
    port, said, opened = free_port(), list[str](), list[str]()

    def person(url: str) -> None:
        opened.append(url)
        with requests.Session() as session:
            session.trust_env = False
            assert session.get(url, verify=False, allow_redirects=False, timeout=10).headers["Location"] == FIRST.url
            session.post(f"https://localhost:{port}/saml/acs", data={"SAMLResponse": response()}, verify=False, timeout=10)

    urllib3.disable_warnings()
    driven = driver(tmp_path, port, said, patience=20, open_browser=person).drive(errand(port))
    assert driven.ended.how == ARRIVED
    assert [each.number for each in driven.exchanges] == [1, 2]
    assert (driven.exchanges[0].request, driven.exchanges[0].response) == (FIRST, None)
    assert driven.factors == ()
    assert len(said) == 1 and opened[0] in said[0] and "certifikatet" in said[0]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / keys.KEYS).iterdir()} == {0o600}
    # The key is kept, so that a browser that was told to trust it still does.
    before = (tmp_path / keys.KEYS / "tls-cert.pem").read_bytes()
    driven = driver(tmp_path, port, said, patience=20, open_browser=person).drive(errand(port))
    assert driven.ended.how == ARRIVED
    assert (tmp_path / keys.KEYS / "tls-cert.pem").read_bytes() == before
    assert opened[0] != opened[1]


def test_a_time_out(tmp_path: Path) -> None:
    driven = driver(tmp_path, port := free_port(), [], patience=0.5, open_browser=lambda url: None).drive(errand(port))
    assert (driven.ended.how, driven.ended.reason, driven.ended.exchange) == (PAGE_NOT_UNDERSTOOD, "time-out", 1)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {port}: another program uses the port"):
            driver(tmp_path, port, [], patience=5, open_browser=lambda url: None).drive(errand(port))


def test_a_host_that_is_not_this_computer(tmp_path: Path) -> None:
    away = SystemDriver("https://192.0.2.1:8443", tmp_path, lambda: NOW, lambda words: None, open_browser=lambda url: None)
    with pytest.raises(ConfigurationError, match="not the address of this computer"):
        away.drive(errand(8443))
    away = SystemDriver("https://no-such-host.invalid:8443", tmp_path, lambda: NOW, lambda words: None, open_browser=lambda url: None)
    with pytest.raises(ConfigurationError, match="cannot listen at no-such-host"):
        away.drive(errand(8443))


def test_only_this_machine_is_listened_to(context: ssl.SSLContext, desk: Desk) -> None:
    found = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "0A"]
    assert f"0100007F:{desk.port:04X}" in found
    assert f"00000000:{desk.port:04X}" not in found


def test_a_broken_key_is_one_line(tmp_path: Path) -> None:
    _context(tmp_path, "localhost")
    (tmp_path / keys.KEYS / "tls-cert.pem").write_text("broken")
    with pytest.raises(ConfigurationError, match="remove both"):
        _context(tmp_path, "localhost")
