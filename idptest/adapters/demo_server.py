"""Exempelstad over HTTP on this machine: the same pure function, for a browser or another SP to log in at."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from idptest.adapters import clock
from idptest.demo.defect import Defect
from idptest.demo.idp import Exempelstad, State
from idptest.errors import ConfigurationError
from idptest.model.flow import HttpRequest, HttpResponse

MAX_BODY = 1024 * 1024  # bytes
_TIME_OUT = 30  # seconds a connection may be silent


class DemoServer:
    """Listens on loopback. `services` maps an SP's entityID to its ACS; port 0 takes a free one. Raises ConfigurationError.

    `log` is told each request, in one line.
    """

    def __init__(
        self,
        services: dict[str, str],
        defects: Sequence[Defect] = (),
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        now: Callable[[], datetime] = clock.now,
        log: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._lock, self._state, self._now = threading.Lock(), State(), now
        try:
            self._server = ThreadingHTTPServer((host, port), self._handler(log))
        except OSError as problem:
            raise ConfigurationError(
                f"cannot listen on {host}:{port}: {problem.strerror}; choose another with --port",
                f"kan inte lyssna på {host}:{port}: {problem.strerror}; välj en annan port med --port",
            ) from None
        self._server.daemon_threads = True
        self.base_url = f"http://{host}:{self._server.server_address[1]}"
        self._municipality = Exempelstad(services, clock.new_id, defects, base_url=self.base_url)

    @property
    def metadata_url(self) -> str:
        return f"{self.base_url}/metadata"

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
        if path == "/metadata":
            return HttpResponse(200, (("Content-Type", "application/samlmetadata+xml"),), self._municipality.metadata(self._now()))
        if path == "/":
            return HttpResponse(302, (("Location", "/metadata"),))
        with self._lock:
            self._state, response = self._municipality.respond(self._state, request, self._now())
        return response

    def _handler(self, log: Callable[[str], None]) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            timeout = _TIME_OUT

            def do_GET(self) -> None:
                self._answer(None)

            def do_POST(self) -> None:
                length = self.headers.get("Content-Length", "")
                if not length.isdigit() or int(length) > MAX_BODY:
                    self.send_error(413 if length.isdigit() else 411)
                    self.close_connection = True
                    return
                body = self.rfile.read(int(length)).decode("utf-8", "replace")
                self._answer(tuple(parse_qsl(body, keep_blank_values=True)))

            def _answer(self, form: tuple[tuple[str, str], ...] | None) -> None:
                request = HttpRequest(self.command, server.base_url + self.path, tuple(self.headers.items()), form)
                response = server._respond(request)
                self.send_response(response.status)
                for name, value in response.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(response.body)))
                self.end_headers()
                self.wfile.write(response.body)

            def log_message(self, text: str, *values: object) -> None:
                log(f"{self.command or '?'} {urlsplit(getattr(self, 'path', '')).path}")

        return Handler
