"""One exchange per hop, over HTTP: no redirect is followed, no cookie is kept here. Network trouble is data."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from idptest.adapters.client_certificate import FACTOR, ClientCertificate
from idptest.login.urls import is_loopback
from idptest.model import trouble
from idptest.model.flow import HttpRequest, HttpResponse
from idptest.model.rule import Words

MAX_BODY = 10 * 1024 * 1024  # bytes; login pages are small, and a peer must not fill our memory

_PIECE = 64 * 1024

# A proxy that the environment names is on the way to others, never to this computer itself, as browsers see it too.
_DIRECTLY: Any = {"http": None, "https": None, "all": None}

Transport = Callable[[HttpRequest, bytes | None], HttpResponse]  # the request, and its body as it is to be sent


class NetworkTrouble(Exception):
    """One line of what went wrong between us and the peer. A flow keeps the English one (`str`)."""

    def __init__(self, en: str, sv: str) -> None:
        self.words = Words(en, sv)
        super().__init__(en)


class TooMuch(NetworkTrouble):
    """It answered, with more than is taken."""


class _Receiver(Exception):
    """What the receiver of a body raised: no trouble of the network's."""

    def __init__(self, own: Exception) -> None:
        self.own = own


class HttpClient:
    """A Transport. `timeout` in seconds, for connecting, between bytes, and tenfold for a whole body; `ca_file` a PEM bundle of a private CA.

    `certificate` is shown to servers that ask for one.
    """

    def __init__(
        self,
        *,
        timeout: float = 20.0,
        proxy: str | None = None,
        ca_file: str | None = None,
        certificate: ClientCertificate | None = None,
    ) -> None:
        import requests

        self._session = requests.Session()
        self._session.auth = _nothing  # else requests sends whatever ~/.netrc has for the host, or for all hosts
        self._session.get_redirect_target = _nowhere  # type: ignore[assignment, method-assign]  # else requests reads Location, and may raise
        self._session.trust_env = proxy is None  # the environment's proxy settings hold unless idptest.toml says otherwise
        if proxy:
            self._session.proxies = {"http": proxy, "https": proxy}
        self._verify: bool | str = ca_file or True
        self._timeout = timeout
        self._certificate, self._asked, self._proven = certificate, False, False
        self._session.mount("https://", self._adapter())

    def begin(self) -> None:
        """Another login from nothing: on connections of its own, which a load balancer may give to another node."""
        self._session.close()
        self._asked = self._proven = False

    def proven(self) -> tuple[str, ...]:
        """("client-certificate",) once a server has asked for the certificate and got proof of its key."""
        return (FACTOR,) if self._proven else ()

    def _adapter(self) -> Any:
        """As requests has it, but shows our certificate, and sees whether one is asked for."""
        from requests.adapters import HTTPAdapter
        from urllib3.util.ssl_ import create_urllib3_context

        context = create_urllib3_context()
        if self._certificate:
            self._certificate.into(context)

        def message(connection: Any, direction: str, version: Any, content: Any, kind: Any, data: bytes) -> None:
            said = (direction, getattr(kind, "name", ""))
            self._asked = self._asked or said == ("read", "CERTIFICATE_REQUEST")
            # Sent only by a client that has been asked for a certificate and has shown one (RFC 8446 4.4.3).
            self._proven = self._proven or said == ("write", "CERTIFICATE_VERIFY")

        context._msg_callback = message  # type: ignore[attr-defined] # ssl has no other way to tell

        class Adapter(HTTPAdapter):
            def init_poolmanager(self, *args: Any, **more: Any) -> None:
                super().init_poolmanager(*args, **more, ssl_context=context)

            def proxy_manager_for(self, *args: Any, **more: Any) -> Any:
                return super().proxy_manager_for(*args, **more, ssl_context=context)

        return Adapter()

    def __call__(self, request: HttpRequest, body: bytes | None = None) -> HttpResponse:
        """Raises NetworkTrouble, and nothing else."""
        received = bytearray()
        answer = self._exchange(request, body, received.extend, MAX_BODY)
        return HttpResponse(answer.status, answer.headers, bytes(received), answer.peer)

    def download(self, request: HttpRequest, into: Callable[[bytes], object], limit: int) -> HttpResponse:
        """An answer that may be large, unpacked: its body goes piece by piece to `into`, at most `limit` bytes, and is not in what is returned.

        Raises NetworkTrouble, and what `into` raises.
        """
        return self._exchange(request, None, into, limit)

    def _exchange(self, request: HttpRequest, body: bytes | None, into: Callable[[bytes], object], limit: int) -> HttpResponse:
        try:
            with self._session.request(
                request.method,
                request.url,
                headers=dict(request.headers),
                data=body,
                allow_redirects=False,
                timeout=self._timeout,
                verify=self._verify,
                proxies=_DIRECTLY if self._session.trust_env and is_loopback(request.url) else None,
                stream=True,
                cookies={},
            ) as answer:
                self._session.cookies.clear()
                peer = None if self._by_proxy(request.url) else _peer(answer.raw)
                self._body(answer.raw, into, limit)
                headers = tuple((str(name), _latin(value)) for name, value in answer.raw.headers.iteritems())
                return HttpResponse(answer.status_code, headers, b"", peer)
        except _Receiver as problem:
            raise problem.own from None
        except Exception as problem:  # requests, urllib3, http.client, ssl and idna: each has errors of its own
            words = self._wants(problem, _host(request)) or _said(problem, _host(request), self._timeout)
            raise (TooMuch if isinstance(problem, TooMuch) else NetworkTrouble)(words.en, words.sv) from None

    def _by_proxy(self, url: str) -> bool:
        from requests.utils import get_environ_proxies, select_proxy

        known = get_environ_proxies(url, None) if self._session.trust_env and not is_loopback(url) else self._session.proxies
        return select_proxy(url, known) is not None

    def _wants(self, problem: Exception, host: str) -> Words | None:
        """A server that asked for a certificate, and broke off when it got none. Its own alert often comes too late to be read."""
        import requests

        broken = isinstance(problem, requests.exceptions.ConnectionError) and "CERTIFICATE_VERIFY_FAILED" not in str(problem)
        if not broken or not self._asked or self._certificate:
            return None
        wants = trouble.WANTS_CERTIFICATE
        return Words(f"{host}: TLS: {wants.en}", f"{host}: TLS: {wants.sv}")

    def _body(self, raw: Any, into: Callable[[bytes], object], limit: int) -> None:
        """Piece by piece: a small body may unpack to gigabytes, or take for ever to arrive."""
        received, last = 0, time.monotonic() + 10 * self._timeout
        while piece := raw.read1(_PIECE, decode_content=True):
            received += len(piece)
            if received > limit:
                too_much = trouble.too_much(limit // 1024 // 1024)
                raise TooMuch(too_much.en, too_much.sv)
            try:
                into(piece)
            except Exception as problem:
                raise _Receiver(problem) from None
            if time.monotonic() > last:
                raise TimeoutError


def _peer(raw: Any) -> str | None:
    """The address at the other end of the connection; no answer is lost for the want of it."""
    with contextlib.suppress(Exception), socket.socket(fileno=socket.dup(raw.fileno())) as same:
        return str(same.getpeername()[0])
    return None


def _nothing(prepared: Any) -> Any:
    """No authentication."""
    return prepared


def _nowhere(answer: Any) -> None:
    """Where to go next is for the login to say."""


def _host(request: HttpRequest) -> str:
    try:
        return (urlsplit(request.url).netloc.rpartition("@")[2] or request.url)[:80]
    except ValueError:
        return request.url[:80]


def _said(problem: Exception, host: str, timeout: float) -> Words:
    """The innermost cause, in few words: requests wraps urllib3, which wraps the socket's own error."""
    import requests
    import urllib3

    if isinstance(problem, NetworkTrouble):
        return Words(f"{host}: {problem.words.en}", f"{host}: {problem.words.sv}")
    text = str(problem)
    if isinstance(problem, (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)):
        return trouble.no_answer_within(host, timeout)
    bare = text.splitlines()[0][:160] if text.strip() else type(problem).__name__
    said = next((words for sign, words in _SIGNS if sign in text), Words(bare, bare))
    if isinstance(problem, requests.exceptions.ProxyError):
        return trouble.by_proxy(host, said)
    between = f"{host}: TLS: " if isinstance(problem, requests.exceptions.SSLError) else f"{host}: "
    return Words(between + said.en, between + said.sv)


_SIGNS = (
    ("Name or service not known", trouble.UNKNOWN_NAME),
    ("nodename nor servname", trouble.UNKNOWN_NAME),
    ("getaddrinfo failed", trouble.UNKNOWN_NAME),
    ("Failed to resolve", trouble.UNKNOWN_NAME),
    ("Connection refused", trouble.REFUSED),
    ("actively refused", trouble.REFUSED),
    ("certificate has expired", trouble.CERTIFICATE_ENDED),
    ("Hostname mismatch", trouble.CERTIFICATE_FOR_ANOTHER),
    ("IP address mismatch", trouble.CERTIFICATE_FOR_ANOTHER),
    ("CERTIFICATE_VERIFY_FAILED", trouble.CERTIFICATE_NOT_TRUSTED),
    ("Remote end closed connection", trouble.CLOSED_BEFORE),
    ("IncompleteRead", trouble.CLOSED_HALFWAY),
    ("Connection reset", trouble.RESET),
)


def _latin(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
