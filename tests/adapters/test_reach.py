"""What the preflight sees at an address: a server on loopback for everything that can be wrong with one."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from idptest.adapters import reach
from idptest.adapters.http_client import HttpClient
from idptest.model.preflight import Reached
from tests.feed_server import Answer, federation
from tests.tls import Pair, pair, server

CA = pair("Exempelstads CA")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def seen(url: str, ca: Path | None = None, proxy: str | None = None) -> Reached:
    authority = str(ca) if ca else None
    return reach.reach(url, HttpClient(timeout=3, ca_file=authority, proxy=proxy), ca_file=authority, proxy=proxy, timeout=3)[0]


def answers(status: int = 200, **headers: str) -> Callable[[str, str, str], tuple[int, dict[str, str], str]]:
    return lambda method, path, body: (status, headers, "")


def test_all_is_well_over_tls(tmp_path: Path) -> None:
    with server(tmp_path, CA, answers(400), asks=False) as url:
        found = seen(url, tmp_path / "ca.pem")
    assert (found.tls, found.status, found.tls_problem, found.families) == ("TLSv1.3", 400, None, (("IPv4", True),))
    assert found.certificate_ends is not None and found.old_tls in ("", None)


def test_a_ca_that_nobody_trusts(tmp_path: Path) -> None:
    with server(tmp_path, CA, answers(), asks=False) as url:
        found = seen(url)
    assert found.tls_problem is not None and "unknown CA" in found.tls_problem.en and found.status is None


def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    with server(tmp_path, CA, answers(), asks=False) as url:
        found = seen(url.replace("127.0.0.1", "localhost"), tmp_path / "ca.pem")
    assert found.tls_problem is not None and "for another name" in found.tls_problem.en


def test_it_leads_to_http(tmp_path: Path) -> None:
    with server(tmp_path, CA, answers(302, Location="http://idp.exempelstad.se/"), asks=False) as url:
        assert seen(url, tmp_path / "ca.pem").leads_to == "http://idp.exempelstad.se/"


@pytest.fixture
def old(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server that takes TLS 1.1 too, where this computer's OpenSSL can be one."""
    own: Pair = pair("127.0.0.1", CA, "127.0.0.1")
    (tmp_path / "server.pem").write_bytes(own.key_pem() + own.certificate_pem)
    (tmp_path / "ca.pem").write_bytes(CA.certificate_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with socket.create_server(("127.0.0.1", 0)) as listening:
        running = True

        def serve() -> None:
            while running:
                try:
                    plain, _ = listening.accept()
                    with context.wrap_socket(plain, server_side=True) as connection:
                        connection.settimeout(2)
                        if connection.recv(4096):
                            connection.sendall(b"HTTP/1.1 400 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                except OSError:
                    continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}/", tmp_path / "ca.pem"
        running = False
        socket.create_connection(listening.getsockname()[:2]).close()
        thread.join(5)


def test_old_versions_of_tls_are_seen(old: tuple[str, Path]) -> None:
    found = seen(*old)
    assert found.tls == "TLSv1.3" and found.status == 400
    assert found.old_tls in ("TLSv1", "TLSv1.1")


def test_plain_http_on_loopback() -> None:
    with federation(Answer(status=404)) as running:
        found = seen(running.url)
    assert (found.status, found.tls, found.tls_problem) == (404, None, None)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    found = seen(f"https://127.0.0.1:{port}/")
    assert found.families == (("IPv4", False),) and found.error is not None and "connection refused" in found.error.en


def test_no_tls_where_tls_should_be() -> None:
    with federation() as running:
        found = seen(running.url.replace("http:", "https:"))
    assert found.tls_problem is not None and found.status is None


def test_a_name_that_dns_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert seen("https://idp.exempelstad.invalid/").unknown_name


def test_what_dns_publishes_and_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with federation() as running:
        port = int(running.url.rpartition(":")[2].partition("/")[0])
        real = socket.getaddrinfo
        silent = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 9, 0, 0))
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *rest, **named: [*real("127.0.0.1", *rest, **named), *([silent] if host == "localhost" else [])],
        )
        found = seen(f"http://localhost:{port}/")
    assert found.families[0] == ("IPv4", True) and found.families[1][0] == "IPv6" and found.families[1][1] is not True


def test_behind_a_proxy_only_the_answer_is_seen() -> None:
    with federation(Answer(status=200)) as running:
        found = seen("http://idp.exempelstad.se/", proxy=running.url.rpartition("/")[0])
    assert found == Reached("http://idp.exempelstad.se/", status=200, by_proxy=True)


@pytest.mark.parametrize("url", ["", "ftp://x/", "https://", "https://[", "nonsense", "https://x:0/"])
def test_what_is_no_address_is_told(url: str) -> None:
    assert seen(url).error is not None
