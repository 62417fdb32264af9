"""One exchange per hop, over HTTP: no redirect is followed, no cookie is kept here. Network trouble is data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from idptest.model.flow import HttpRequest, HttpResponse

MAX_BODY = 10 * 1024 * 1024  # bytes; login pages are small, and a peer must not fill our memory

Transport = Callable[[HttpRequest, bytes | None], HttpResponse]  # the request, and its body as it is to be sent


class NetworkTrouble(Exception):
    """One line of what went wrong between us and the peer."""


class HttpClient:
    """A Transport. `timeout` in seconds, for connecting and between bytes; `ca_file` a PEM bundle of a private CA."""

    def __init__(self, *, timeout: float = 20.0, proxy: str | None = None, ca_file: str | None = None) -> None:
        import requests

        self._session = requests.Session()
        self._session.auth = _nothing  # else requests sends whatever ~/.netrc has for the host, or for all hosts
        self._session.trust_env = proxy is None  # the environment's proxy settings hold unless idptest.toml says otherwise
        if proxy:
            self._session.proxies = {"http": proxy, "https": proxy}
        self._verify: bool | str = ca_file or True
        self._timeout = timeout

    def __call__(self, request: HttpRequest, body: bytes | None = None) -> HttpResponse:
        """Raises NetworkTrouble."""
        import requests

        try:
            with self._session.request(
                request.method,
                request.url,
                headers=dict(request.headers),
                data=body,
                allow_redirects=False,
                timeout=self._timeout,
                verify=self._verify,
                stream=True,
                cookies={},
            ) as answer:
                self._session.cookies.clear()
                received = answer.raw.read(MAX_BODY + 1, decode_content=True)
                if len(received) > MAX_BODY:
                    raise NetworkTrouble(f"{_host(request)} sent more than {MAX_BODY // 1024 // 1024} MB")
                headers = tuple((str(name), _latin(value)) for name, value in answer.raw.headers.iteritems())
                return HttpResponse(answer.status_code, headers, received)
        except requests.exceptions.SSLError as problem:
            raise NetworkTrouble(f"{_host(request)}: TLS: {_reason(problem)}") from None
        except requests.exceptions.Timeout:
            raise NetworkTrouble(f"{_host(request)} did not answer within {self._timeout:g} s") from None
        except requests.exceptions.ProxyError as problem:
            raise NetworkTrouble(f"the proxy on the way to {_host(request)}: {_reason(problem)}") from None
        except requests.exceptions.ConnectionError as problem:
            raise NetworkTrouble(f"{_host(request)}: {_reason(problem)}") from None
        except (requests.exceptions.RequestException, OSError, ValueError) as problem:
            raise NetworkTrouble(f"{_host(request)}: {_reason(problem)}") from None
        except Exception as problem:  # urllib3 has errors of its own while a body is read
            raise NetworkTrouble(f"{_host(request)}: {_reason(problem)}") from None


def _nothing(prepared: Any) -> Any:
    """No authentication."""
    return prepared


def _host(request: HttpRequest) -> str:
    from urllib.parse import urlsplit

    return urlsplit(request.url).netloc.rpartition("@")[2] or request.url[:80]


def _reason(problem: BaseException) -> str:
    """The innermost cause, in few words: requests wraps urllib3, which wraps the socket's own error."""
    text = str(problem)
    for sign, said in (
        ("Name or service not known", "the name is not known (DNS)"),
        ("nodename nor servname", "the name is not known (DNS)"),
        ("getaddrinfo failed", "the name is not known (DNS)"),
        ("Failed to resolve", "the name is not known (DNS)"),
        ("Connection refused", "connection refused"),
        ("actively refused", "connection refused"),
        ("CERTIFICATE_VERIFY_FAILED", "its certificate is not trusted; for a private CA set ca_file in idptest.toml"),
        ("Remote end closed connection", "the connection was closed before an answer"),
        ("Connection reset", "the connection was reset"),
    ):
        if sign in text:
            return said
    return text.splitlines()[0][:160] if text else type(problem).__name__


def _latin(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
