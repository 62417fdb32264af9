"""What is no answer over HTTP is NetworkTrouble, in one line; TLS is trusted only where it can be."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from idptest.adapters.http_client import HttpClient, NetworkTrouble
from idptest.model.flow import HttpRequest
from tests.adapters.loopback import Start, answer, get, trouble

pytestmark = pytest.mark.usefixtures("no_proxy")


# --- trouble


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_a_dead_port() -> None:
    assert trouble(f"http://127.0.0.1:{free_port()}/").endswith("connection refused")


def test_a_name_that_nobody_has() -> None:
    assert trouble("http://idp.exempelstad.invalid/").startswith("idp.exempelstad.invalid: ")


def test_a_server_that_says_nothing(serve: Start) -> None:
    start = time.perf_counter()
    said = trouble(serve(lambda connection: time.sleep(5)).url, timeout=0.3)
    assert said.endswith("did not answer within 0.3 s")
    assert time.perf_counter() - start < 2


def test_a_server_that_stops_in_the_middle_of_a_body(serve: Start) -> None:
    def stall(connection: socket.socket) -> None:
        connection.sendall(answer(b"half", length=100))
        time.sleep(5)

    assert trouble(serve(stall).url, timeout=0.3).endswith("did not answer within 0.3 s")


def test_a_connection_that_is_closed_half_way(serve: Start) -> None:
    assert trouble(serve(answer(b"half", length=100)).url).endswith("the connection was closed half-way")


def test_a_connection_that_is_closed_at_once(serve: Start) -> None:
    assert trouble(serve(b"").url).endswith("the connection was closed before an answer")


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/9.9 abc\r\n\r\n",
        b"HTTP/1.1 99999 X\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhej",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhallo",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: " + b"gzip, " * 50 + b"gzip\r\nContent-Length: 5\r\n\r\nhallo",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 7\r\n\r\nhallo",
    ],
)
def test_what_is_no_http_is_trouble(serve: Start, raw: bytes) -> None:
    trouble(serve(raw).url)


@pytest.mark.parametrize(
    "url",
    ["", "idp", "/sso", "http://", "http://[", "http://[::1", "https://", "ftp://idp/", "file:///etc/hostname", "javascript:alert(1)", "data:,x", "http://a b/", "http://\u00e5\u0000/", "http://" + "a" * 300 + "/", "http://..se/", "http://idp:99999/", "http://idp:x/"],
)  # fmt: skip
def test_what_is_no_address_is_trouble(url: str) -> None:
    trouble(url)


@pytest.mark.parametrize("value", ["å", "ł", "a\nb: c", "a\r\n\r\nGET /", "\x00", ""])
def test_headers_are_sent_or_are_trouble_and_never_split(serve: Start, value: str) -> None:
    server = serve(answer())
    try:
        get(server.url, (("X-Test", value), ("Cookie", f"a={value}")))
    except NetworkTrouble:
        return
    assert b"\r\nb: c" not in server.seen[0]
    assert server.seen[0].count(b"GET ") == 1


def test_a_method_that_is_none_is_trouble(serve: Start) -> None:
    with pytest.raises(NetworkTrouble):
        HttpClient(timeout=1)(HttpRequest("GE T\r\n", serve(answer()).url), None)


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_proxy_in_the_environment_is_not_on_the_way_to_this_computer(
    serve: Start, monkeypatch: pytest.MonkeyPatch, variable: str, host: str
) -> None:
    monkeypatch.setenv(variable, f"http://127.0.0.1:{free_port()}")
    assert get(serve(answer()).url.replace("127.0.0.1", host)).body == b"hej"
    assert "proxy" in trouble("http://idp.exempelstad.invalid/")


def test_a_dead_proxy_is_named_as_such(serve: Start) -> None:
    assert "proxy" in trouble(serve(answer()).url, proxy=f"http://127.0.0.1:{free_port()}")


# --- TLS


@pytest.fixture(scope="module")
def own_ca(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[ssl.SSLContext, str]]:
    """A self-signed certificate: (the server's context, the file to trust)."""
    folder = tmp_path_factory.mktemp("ca")

    def make(address: str = "127.0.0.1", days: int = 1) -> tuple[ssl.SSLContext, str]:
        key = ec.generate_private_key(ec.SECP256R1())
        who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(
                who, who, key.public_key(), x509.random_serial_number(), now - timedelta(days=9), now + timedelta(days=days)
            )
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
            .sign(key, hashes.SHA256())
        )
        file = folder / f"{address}-{days}.pem"
        file.write_bytes(certificate.public_bytes(Encoding.PEM))
        both = folder / f"{address}-{days}-key.pem"
        both.write_bytes(file.read_bytes() + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(both)
        return context, str(file)

    return make


def test_a_private_ca_is_refused_until_it_is_named(serve: Start, own_ca: Callable[..., tuple[ssl.SSLContext, str]]) -> None:
    context, file = own_ca()
    server = serve(answer(), context)
    said = trouble(server.url)
    assert "TLS" in said
    assert "ca_file" in said
    assert server.seen == [], "nothing is sent to a server that is not trusted"
    assert get(server.url, ca_file=file).body == b"hej"


def test_a_certificate_for_another_name_is_called_so(serve: Start, own_ca: Callable[..., tuple[ssl.SSLContext, str]]) -> None:
    context, file = own_ca("127.0.0.2")
    said = trouble(serve(answer(), context).url, ca_file=file)
    assert "another name" in said
    assert "ca_file" not in said


def test_a_certificate_that_has_ended_is_called_so(serve: Start, own_ca: Callable[..., tuple[ssl.SSLContext, str]]) -> None:
    context, file = own_ca(days=-1)
    assert "has ended" in trouble(serve(answer(), context).url, ca_file=file)


def test_http_where_tls_was_meant(serve: Start) -> None:
    assert "TLS" in trouble(serve(answer(), at_once=True).url.replace("http:", "https:"))


def test_a_ca_file_that_is_not_there(serve: Start, own_ca: Callable[..., tuple[ssl.SSLContext, str]]) -> None:
    context, _ = own_ca()
    trouble(serve(answer(), context).url, ca_file="/nowhere/ca.pem")
