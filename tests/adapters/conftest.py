"""A server on loopback that does as a test says; a federation that shows its feed."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from idptest.adapters.feeds import Feeds
from idptest.demo import keys
from tests.adapters.loopback import Start
from tests.feed_server import SP, Federation, federation


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
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


@pytest.fixture
def server() -> Iterator[Federation]:
    with federation() as running:
        yield running


@pytest.fixture
def feeds(tmp_path: Path, server: Federation) -> Feeds:
    (tmp_path / "fed.pem").write_bytes(keys.certificate("signing"))
    (tmp_path / "idptest.toml").write_text(f'{SP}[feed.prov]\nurl = "{server.url}"\ncertificate = "fed.pem"\n', encoding="utf-8")
    return Feeds(tmp_path)
