"""Exempelstad over HTTP on this machine: the same pure function, for a browser or another SP to log in at."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from urllib.parse import parse_qsl, urlsplit

from idptest.adapters import clock
from idptest.demo import federation
from idptest.demo.defect import Defect
from idptest.demo.idp import Exempelstad, State
from idptest.demo.op import OpClient
from idptest.errors import ConfigurationError
from idptest.model.flow import HttpRequest, HttpResponse

MAX_BODY = 1024 * 1024  # bytes
_MAX_DROPPED = 64 * MAX_BODY
_TIME_OUT = 30  # seconds a connection may be silent


class DemoServer:
    """Listens on loopback. `services` maps an SP's entityID to its ACS, `clients` a client_id to what is registered of it; port 0 takes a
    free one. Raises ConfigurationError.

    `log` is told each request, in one line.
    """

    def __init__(
        self,
        services: dict[str, str],
        defects: Sequence[Defect] = (),
        *,
        clients: Mapping[str, OpClient] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        now: Callable[[], datetime] = clock.now,
        log: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._lock, self._state, self._now = threading.Lock(), State(), now
        try:
            self._server = _Server((host, port), self._handler(log), log)
        except OSError as problem:
            raise ConfigurationError(
                f"cannot listen on {host}:{port}: {problem.strerror}; choose another with --port",
                f"kan inte lyssna på {host}:{port}: {problem.strerror}; välj en annan port med --port",
            ) from None
        self.base_url = f"http://{host}:{self._server.server_address[1]}"
        self._municipality = Exempelstad(services, clock.new_id, defects, base_url=self.base_url, clients=clients or {})

    @property
    def metadata_url(self) -> str:
        return f"{self.base_url}/metadata"

    @property
    def feed_url(self) -> str:
        """A federation's feed that Exempelstad and the services are in."""
        return f"{self.base_url}/federation.xml"

    def serve(self) -> None:
        """Until `stop`, or Ctrl-C."""
        try:
            self._server.serve_forever(poll_interval=0.1)
        finally:
            self._server.server_close()

    def stop(self) -> None:
        """From another thread."""
        self._server.shutdown()

    def _respond(self, request: HttpRequest) -> HttpResponse:
        path = urlsplit(request.url).path
        if path in ("/metadata", "/federation.xml"):
            now = self._now()
            metadata = self._municipality.metadata(now)
            body = metadata if path == "/metadata" else federation.feed(now, metadata, self._municipality.services)
            return HttpResponse(200, (("Content-Type", "application/samlmetadata+xml"),), body)
        if path == "/":
            return HttpResponse(302, (("Location", "/metadata"),))
        with self._lock:
            self._state, response = self._municipality.respond(self._state, request, self._now())
        return response

    def _handler(self, log: Callable[[str], None]) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            timeout = _TIME_OUT
            server_version, sys_version = "Exempelstad", ""

            def do_GET(self) -> None:
                self._answer(None)

            def do_POST(self) -> None:
                given = self.headers.get("Content-Length", "")
                size = int(given[:20]) if given.isdecimal() else None
                if size is None or size > MAX_BODY:
                    self._drop(size or 0)
                    self.send_error(411 if size is None else 413)
                    return
                body = self.rfile.read(size).decode("utf-8", "replace")
                self._answer(tuple(parse_qsl(body, keep_blank_values=True)))

            def _drop(self, size: int) -> None:
                """Reads what is refused: who is still sending when the connection closes does not hear why."""
                left = min(size, _MAX_DROPPED)
                while left > 0 and (piece := self.rfile.read(min(left, MAX_BODY))):
                    left -= len(piece)

            def _answer(self, form: tuple[tuple[str, str], ...] | None) -> None:
                if not self.path.startswith("/"):  # such as a proxy is asked
                    self.send_error(400)
                    return
                request = HttpRequest(self.command, server.base_url + self.path, tuple(self.headers.items()), form)
                response = server._respond(request)
                self.send_response(response.status)
                for name, value in response.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(response.body)))
                self.end_headers()
                self.wfile.write(response.body)

            def date_time_string(self, timestamp: float | None = None) -> str:
                """Its own clock, which may be wrong."""
                return format_datetime(server._now(), usegmt=True)

            def log_request(self, code: object = "-", size: object = "-") -> None:
                path = getattr(self, "path", "").partition("?")[0][:60] if self.command else ""
                said = f"{self.command or '?'} {path or '?'} {getattr(code, 'value', code)}"
                log("".join(char if char.isprintable() else "?" for char in said))

            def log_message(self, *_: object) -> None: ...

        return Handler


class _Server(ThreadingHTTPServer):
    allow_reuse_address = os.name != "nt"  # on Windows that would let two programs share the port

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], log: Callable[[str], None]) -> None:
        self._log = log
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Without asking DNS for the host's full name, as HTTPServer does."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """One line, and the server lives. A browser that goes away in the middle is nothing odd."""
        problem = sys.exception()
        if not isinstance(problem, OSError):
            self._log(f"something odd: {type(problem).__name__}")
