"""One exchange over HTTP, against servers on loopback that do everything wrong: an answer, or NetworkTrouble in one line."""

from __future__ import annotations

import contextlib
import gzip
import ipaddress
import socket
import socketserver
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from idptest.adapters import http_client
from idptest.adapters.http_client import MAX_BODY, HttpClient, NetworkTrouble
from idptest.model.flow import HttpRequest, HttpResponse

Start = Callable[..., SimpleNamespace]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def serve() -> Iterator[Start]:
    """Start a server that reads one request a connection and answers with these bytes, or by a function of the socket."""
    running: list[socketserver.ThreadingTCPServer] = []

    def start(answer: bytes | Callable[[socket.socket], None], tls: ssl.SSLContext | None = None, at_once: bool = False) -> SimpleNamespace:
        seen: list[bytes] = []

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                try:
                    connection = tls.wrap_socket(self.request, server_side=True) if tls else self.request
                    with connection:
                        asked = b""
                        while b"\r\n\r\n" not in asked and not at_once:
                            piece = connection.recv(65536)
                            if not piece:
                                return
                            asked += piece
                        seen.append(asked)
                        if callable(answer):
                            answer(connection)
                        else:
                            connection.sendall(answer)
                except OSError:
                    pass

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False

        server = Server(("127.0.0.1", 0), Handler)
        running.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        port = server.server_address[1]
        return SimpleNamespace(url=f"{'https' if tls else 'http'}://127.0.0.1:{port}/sso?x=1", seen=seen, port=port)

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def answer(body: bytes = b"hej", *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body) if length is None else length}", "Connection: close"]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def get(url: str, headers: tuple[tuple[str, str], ...] = (), **options: object) -> HttpResponse:
    return HttpClient(**{"timeout": 2, **options})(HttpRequest("GET", url, headers), None)  # type: ignore[arg-type]


def trouble(url: str, **options: object) -> str:
    with pytest.raises(NetworkTrouble) as caught:
        get(url, **options)
    said = str(caught.value)
    assert "\n" not in said
    assert len(said) < 250
    assert "object at 0x" not in said
    return said


# --- answers


def test_who_answered_and_another_login_has_another_connection(serve: Start) -> None:
    """Behind a load balancer, the next connection may be another node's."""

    def twice(connection: socket.socket) -> None:
        connection.sendall(answer().replace(b"Connection: close", b"Connection: keep-alive"))
        with contextlib.suppress(OSError):
            if connection.recv(65536):
                connection.sendall(answer(b"same").replace(b"Connection: close", b"Connection: keep-alive"))
            connection.recv(65536)

    server = serve(twice)
    client = HttpClient(timeout=2)
    request = HttpRequest("GET", server.url)
    first, second = client(request), client(request)
    assert (first.body, second.body, first.peer) == (b"hej", b"same", "127.0.0.1")
    client.begin()
    assert client(request).body == b"hej"
    assert get(serve(answer()).url).peer == "127.0.0.1", "a connection that is closed at once"
    proxy = f"http://127.0.0.1:{serve(answer()).port}"
    assert get("http://idp.exempelstad.invalid/", proxy=proxy).peer is None, "it is the proxy's"


def test_an_answer(serve: Start) -> None:
    server = serve(answer(b"hej", "Content-Type: text/html", status="403 Nej"))
    found = get(server.url, (("Accept-Language", "sv"), ("Cookie", "a=1; b=2")))
    assert (found.status, found.body, found.header("content-type")) == (403, b"hej", "text/html")
    (asked,) = server.seen
    assert asked.startswith(b"GET /sso?x=1 HTTP/1.1\r\n")
    assert b"Cookie: a=1; b=2\r\n" in asked
    assert b"Accept-Language: sv\r\n" in asked


def test_a_form_is_sent_as_it_is_given(serve: Start) -> None:
    server = serve(answer())
    request = HttpRequest("POST", server.url, (("Content-Type", "application/x-www-form-urlencoded"),), (("a", "b"),))
    assert HttpClient(timeout=2)(request, b"a=b").status == 200
    assert server.seen[0].startswith(b"POST ")
    assert b"Content-Length: 3\r\n" in server.seen[0]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(serve: Start, status: int) -> None:
    server = serve(answer(b"", "Location: /next", status=f"{status} X"))
    found = get(server.url)
    assert (found.status, found.header("Location")) == (status, "/next")
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "location", ["http://[", "bankid:///?autostarttoken=x", "javascript:alert(1)", "", "\xf6", "//", "http://a b/", "?" + "x" * 9000]
)
def test_where_a_redirect_leads_is_for_the_login_to_judge(serve: Start, location: str) -> None:
    found = get(serve(answer(b"hej", f"Location: {location}", status="302 X")).url)
    assert (found.status, found.header("location"), found.body) == (302, location, b"hej")


def test_cookies_are_given_in_order_and_none_is_kept(serve: Start) -> None:
    server = serve(
        answer(b"", "Set-Cookie: a=1; Path=/", "X: y", "Set-Cookie: b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "set-cookie: c=3")
    )
    client = HttpClient(timeout=2)
    for _ in range(2):
        found = client(HttpRequest("GET", server.url), None)
        cookies = [value for name, value in found.headers if name.lower() == "set-cookie"]
        assert cookies == ["a=1; Path=/", "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "c=3"]
    assert not any(b"Cookie:" in asked for asked in server.seen)


def test_a_header_with_other_letters_is_read_byte_by_byte(serve: Start) -> None:
    raw = b"HTTP/1.1 302 X\r\nLocation: /r\xc3\xa4ksm\xf6rg\xe5s\r\nContent-Length: 0\r\n\r\n"
    assert get(serve(raw).url).header("location") == "/r\xc3\xa4ksm\xf6rg\xe5s"


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"hej" * 1000)),
        ("deflate", zlib.compress(b"hej" * 1000)),
        ("gzip, gzip", gzip.compress(gzip.compress(b"hej" * 1000))),
        ("identity", b"hej" * 1000),
    ],
)
def test_a_packed_body_is_unpacked(serve: Start, encoding: str, packed: bytes) -> None:
    assert get(serve(answer(packed, f"Content-Encoding: {encoding}")).url).body == b"hej" * 1000


def test_chunks(serve: Start) -> None:
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhej\r\n4\r\n med\r\n0\r\n\r\n"
    assert get(serve(raw).url).body == b"hej med"


def test_a_body_without_length_ends_with_the_connection(serve: Start) -> None:
    assert get(serve(b"HTTP/1.0 200 OK\r\n\r\nhej").url).body == b"hej"


def test_netrc_is_not_asked(serve: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("default login asa password hemligt\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server = serve(answer())
    get(server.url)
    assert b"Authorization" not in server.seen[0]


# --- limits


def test_a_body_of_the_limit_is_taken_and_one_more_byte_is_not(serve: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "MAX_BODY", 200_000)
    assert len(get(serve(answer(b"x" * 200_000)).url).body) == 200_000
    assert "more than" in trouble(serve(answer(b"x" * 200_001)).url)


def test_a_body_without_end_is_cut(serve: Start) -> None:
    def forever(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 100_000)

    assert trouble(serve(forever).url).endswith(f"more than {MAX_BODY // 1024 // 1024} MB")


@pytest.mark.parametrize("layers", [1, 2])
def test_a_small_body_that_unpacks_to_gigabytes_fills_no_memory(serve: Start, layers: int) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = b"\0" * 1_000_000
    packed = b"".join(packer.compress(zeros) for _ in range(100)) + packer.flush()
    for _ in range(layers - 1):
        packed = gzip.compress(packed)
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    said = trouble(serve(answer(packed, f"Content-Encoding: {', '.join(['gzip'] * layers)}")).url)
    assert "more than" in said
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 60_000, "kilobytes"


def test_a_server_that_drips_is_left_at_last(serve: Start) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            connection.sendall(b"x")
            time.sleep(0.02)

    start = time.perf_counter()
    assert "did not answer within" in trouble(serve(drip).url, timeout=0.05)
    assert time.perf_counter() - start < 3


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
