"""One exchange over HTTP, against servers on loopback that do everything wrong: an answer, or NetworkTrouble in one line."""

from __future__ import annotations

import contextlib
import gzip
import socket
import time
import zlib
from pathlib import Path

import pytest

from idptest.adapters import http_client
from idptest.adapters.http_client import MAX_BODY, HttpClient
from idptest.model.flow import HttpRequest
from tests.adapters.loopback import Start, answer, get, trouble

pytestmark = pytest.mark.usefixtures("no_proxy")


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
