"""The SP's own address, open for one login: sends the browser to the IdP, and takes the one answer to the one question asked.

Everything else is refused, said in one line, and forgotten; nothing that comes in is shown again. Requests are bounded in size, number
and time, so whoever else is on the machine cannot end the wait.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import ssl
import threading
from collections.abc import Callable
from html import escape
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from idptest.adapters.driver import Errand, Say
from idptest.model.flow import HttpRequest, HttpResponse, Pairs
from idptest.model.rule import Words
from idptest.saml.bindings import decode_post
from idptest.saml.xml import SAMLP, NotXml, parse

MAX_BODY = 10 * 1024 * 1024  # bytes; what the form driver reads of a page
_MAX_DRAIN = 64 * 1024 * 1024  # bytes that are read and dropped, so that the sender hears why
_PIECE = 64 * 1024
_MAX_CONNECTIONS = 32
_MAX_LINES = 50

_PAGE = """<!DOCTYPE html>
<html lang="sv"><head><meta charset="utf-8"><title>{title}</title><link rel="icon" href="data:,">
<style>body{{font:1.1em/1.5 system-ui,sans-serif;max-width:26em;margin:3em auto;padding:0 1em}}</style></head>
<body><h1>{title}</h1><p>{text}</p></body></html>
"""
DONE = _PAGE.format(title="Klart", text="Svaret har kommit fram till idptest. Du kan stänga fönstret.")
_REFUSED = _PAGE.format(title="Nekat", text="idptest tog inte emot svaret. Orsaken står i terminalen.")


def opening(first: HttpRequest) -> str:
    """A page that sends the browser on with the first request of a login."""
    if first.form is None:
        address = json.dumps(first.url).replace("<", "\\u003c")
        return _PAGE.format(title="Till inloggningen", text=f'<a href="{escape(first.url)}">Vidare</a>') + (
            f"<script>location.replace({address})</script>"
        )
    fields = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in first.form)
    form = f'<form method="post" action="{escape(first.url)}">{fields}<button>Vidare</button></form>'
    return _PAGE.format(title="Till inloggningen", text=form) + "<script>document.forms[0].submit()</script>"


class Refusal(Exception):
    """Why a request is refused, with its status."""

    def __init__(self, status: int, en: str, sv: str) -> None:
        self.status, self.words = status, Words(en, sv)
        super().__init__(en)


class Reception:
    """What is taken and what is not. `path` is the one-time path that starts the login; `asked_before` knows earlier request ids."""

    def __init__(self, errand: Errand, path: str, asked_before: Callable[[str], bool]) -> None:
        self.errand, self.path = errand, path
        self.delivered: HttpRequest | None = None
        self.taken, self.shown = threading.Event(), threading.Event()
        self._asked_before = asked_before
        self._started = False
        self._lock = threading.Lock()

    def get(self, target: str) -> HttpResponse:
        """Raises Refusal."""
        path = urlsplit(target).path
        if path == urlsplit(self.errand.sent.acs_url).path and self.errand.protocol == "oidc":
            return self._take("GET", target, (), None)
        if path == urlsplit(self.errand.sent.acs_url).path:
            raise Refusal(405, "a GET to the ACS; the answer must come by POST", "en GET till ACS; svaret ska komma med POST")
        if path != self.path:
            raise _nothing_here(path)
        with self._lock:
            if self._started:
                raise Refusal(410, "the start address is used already", "startadressen är redan använd")
            self._started = True
        first = self.errand.first
        if first.form is None:
            return HttpResponse(302, (("Location", first.url),))
        return HttpResponse(200, (), opening(first).encode())

    def post(self, target: str, headers: tuple[tuple[str, str], ...], body: bytes) -> HttpResponse:
        """Raises Refusal."""
        path = urlsplit(target).path
        if path != urlsplit(self.errand.sent.acs_url).path:
            raise _nothing_here(path)
        try:
            form = tuple(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=50))
        except ValueError:
            raise Refusal(400, "a POST to the ACS that is no form", "en POST till ACS som inte är ett formulär") from None
        return self._take("POST", target, headers, form)

    def _take(self, method: str, target: str, headers: Pairs, form: Pairs | None) -> HttpResponse:
        query = urlsplit(target).query
        if self.errand.protocol == "oidc":
            self._is_for_our_state(form if form is not None else tuple(parse_qsl(query, keep_blank_values=True)))
        else:
            self._answers(form or ())
        with self._lock:
            if self.delivered is not None:
                raise Refusal(409, "the answer has been taken already", "svaret är redan mottaget")
            self.delivered = HttpRequest(method, self.errand.sent.acs_url + (f"?{query}" if query else ""), headers, form)
        self.taken.set()
        return HttpResponse(200, (), DONE.encode())

    def _is_for_our_state(self, fields: Pairs) -> None:
        """By OpenID Connect an answer is ours when it bears our state."""
        if self.errand.sent.relay_state not in [value for name, value in fields if name == "state"]:
            raise Refusal(400, "an answer to another request than ours (state)", "ett svar på en annan fråga än vår (state)")

    def _answers(self, form: tuple[tuple[str, str], ...]) -> None:
        """Does the form answer our question, and only that? Whether it does so well is for the rules."""
        responses = [value for name, value in form if name == "SAMLResponse"]
        if len(responses) != 1:
            raise Refusal(
                400,
                f"a POST to the ACS with {len(responses)} SAMLResponse, not one",
                f"en POST till ACS med {len(responses)} SAMLResponse, inte en",
            )
        try:
            root = parse(decode_post(responses[0]) or b"")
        except NotXml as problem:
            raise Refusal(
                400, f"a SAMLResponse that is not read: {problem.words.en}", f"ett SAMLResponse som inte läses: {problem.words.sv}"
            ) from None
        request_id = root.get("InResponseTo") if root.tag == f"{{{SAMLP}}}Response" else None
        if request_id == self.errand.sent.request_id:
            return
        if request_id is None:
            raise Refusal(
                400, "a response that answers no request (no InResponseTo)", "ett svar som inte svarar på något (inget InResponseTo)"
            )
        if self._asked_before(request_id):
            raise Refusal(409, "a replay: a response to an earlier login", "en återuppspelning: ett svar på en tidigare inloggning")
        raise Refusal(400, "a response to another request than ours", "ett svar på en annan fråga än vår")


def _nothing_here(path: str) -> Refusal:
    shown = "".join(char if char.isprintable() else "?" for char in path[:60])
    return Refusal(404, f"a request for {shown}", f"en begäran om {shown}")


class Listener:
    """Listens from `__enter__` to `__exit__`. `seconds` is the longest a connection may take. Raises OSError when it cannot listen."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext, reception: Reception, say: Say, seconds: float = 20) -> None:
        self._server = _Server((host, port), context, reception, say, seconds)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    def __enter__(self) -> Listener:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Server(ThreadingMixIn, HTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 32
    allow_reuse_address = os.name != "nt"  # on Windows that would let two programs share the port

    def __init__(self, address: tuple[str, int], context: ssl.SSLContext, reception: Reception, say: Say, seconds: float) -> None:
        self.context, self.reception, self.seconds = context, reception, seconds
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._say, self._lines = say, 0
        self._room = threading.BoundedSemaphore(_MAX_CONNECTIONS)
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Without asking DNS for the host's full name, as HTTPServer does."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return self._room.acquire(blocking=False)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """One connection, in a thread of its own: TLS, one request, within the time."""
        request.settimeout(self.seconds)
        secure = self.context.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
        late = threading.Timer(self.seconds, _cut, (secure,))
        late.daemon = True
        late.start()
        try:
            secure.do_handshake()
            _Handler(secure, client_address, self)
            _linger(secure)
        except OSError:
            pass  # a connection that breaks, as when a browser does not like the certificate, is nothing to us
        except Exception as problem:  # whatever it was, the listener lives
            self.refused(Words(f"something odd ({type(problem).__name__})", f"något oväntat ({type(problem).__name__})"))
        finally:
            late.cancel()
            self.shutdown_request(secure)
            self._room.release()

    def refused(self, words: Words) -> None:
        self._lines += 1
        if self._lines <= _MAX_LINES:
            self._say(Words(f"refused: {words.en}", f"nekat: {words.sv}"))
        elif self._lines == _MAX_LINES + 1:
            self._say(Words("more is refused, and not listed", "även det som följer nekas, men visas inte"))


def _linger(secure: ssl.SSLSocket) -> None:
    """Reads what is still on its way, so that the other side can read our answer: closing at once would cut that off."""
    secure.settimeout(0.5)
    for _ in range(_MAX_DRAIN // _PIECE):
        if not secure.recv(_PIECE):
            return


def _cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "idptest"
    sys_version = ""

    def do_GET(self) -> None:
        if urlsplit(self.path).path == "/favicon.ico":
            self._send(HttpResponse(404))
        else:
            self._answer(lambda: self.server.reception.get(self.path))

    def do_POST(self) -> None:
        self._answer(lambda: self.server.reception.post(self.path, tuple(self.headers.items()), self._body()))
        if self.server.reception.taken.is_set():
            self.server.reception.shown.set()

    def _answer(self, answer: Callable[[], HttpResponse]) -> None:
        try:
            response = answer()
        except Refusal as refusal:
            self.server.refused(refusal.words)
            response = HttpResponse(refusal.status, (), _REFUSED.encode())
        self._send(response)

    def _body(self) -> bytes:
        """Raises Refusal."""
        given = self.headers.get("Content-Length", "")
        if not given.isdecimal() or "Transfer-Encoding" in self.headers:
            raise Refusal(411, "a POST that does not tell its size", "en POST som inte säger hur stor den är")
        size = int(given[:20])
        if size <= MAX_BODY:
            body = self.rfile.read(size)
            if len(body) < size:
                raise Refusal(400, "a POST that ended too soon", "en POST som slutade för tidigt")
            return body
        left = min(size, _MAX_DRAIN)
        while left > 0 and (piece := self.rfile.read(min(left, _PIECE))):
            left -= len(piece)
        limit = MAX_BODY // 1024 // 1024
        raise Refusal(413, f"a POST of more than {limit} MB", f"en POST på mer än {limit} MB")

    def _send(self, response: HttpResponse) -> None:
        self.send_response(response.status)
        headers = (("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
        for name, value in (*headers, *response.headers, ("Content-Length", str(len(response.body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)

    def log_message(self, *_: object) -> None: ...

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What is no proper HTTP, or another method, is refused too."""
        self.server.refused(Words("something that is neither GET nor POST", "något som varken är GET eller POST"))
        self._send(HttpResponse(code, (), _REFUSED.encode()))
