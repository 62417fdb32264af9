"""What is seen at a web address before anybody logs in: DNS, every published network, TLS, the first answer."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import ssl
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urljoin, urlsplit

from idptest.adapters.http_client import NetworkTrouble, Transport
from idptest.login.urls import is_loopback
from idptest.model.flow import HttpRequest, HttpResponse
from idptest.model.preflight import Address, Clock, Link, Reached
from idptest.model.rule import Words

# Reaches an address, as `reach` does.
Reach = Callable[[str], tuple[Reached, HttpResponse | None]]
_AGENT = (("User-Agent", "Mozilla/5.0 (compatible; idptest)"), ("Accept", "text/html, */*;q=0.8"))
_REDIRECTS = (301, 302, 303, 307, 308)
_FAMILIES = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}
# What a computer without that kind of network says when it is asked to use it.
_NO_SUCH_NETWORK = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
# OpenSSL's verify results; https://docs.openssl.org/3.0/man1/openssl-verification-options/ (read 2026-11).
_WHY = {
    10: Words("its TLS certificate has ended", "dess TLS-certifikat har gått ut"),
    9: Words("its TLS certificate does not hold yet", "dess TLS-certifikat gäller inte än"),
    18: Words("its TLS certificate is signed by itself", "dess TLS-certifikat är självsignerat"),
    19: Words("its TLS certificate comes from a CA that this computer does not trust", "dess TLS-certifikat kommer från en CA som datorn inte litar på"),
    20: Words(
        "its TLS certificate comes from an unknown CA, or the server does not send the intermediate certificate",
        "dess TLS-certifikat kommer från en okänd CA, eller så skickar servern inte det mellanliggande certifikatet",
    ),
    62: Words("its TLS certificate is for another name", "dess TLS-certifikat gäller ett annat namn"),
    64: Words("its TLS certificate is for another address", "dess TLS-certifikat gäller en annan adress"),
}  # fmt: skip
_NO_CHAIN = 21  # the first certificate could not be verified: told as 20


def reach(
    url: str, client: Transport, *, ca_file: str | None = None, proxy: str | None = None, timeout: float = 10
) -> tuple[Reached, HttpResponse | None]:
    """What is seen at `url`, and the first answer there. Nothing raises; no redirect is followed. `timeout` in seconds, for each attempt."""
    parts = _split(url)
    if parts is None:
        return Reached(url, error=Words(f"{url[:80]}: this is no web address", f"{url[:80]}: det här är ingen webbadress")), None
    if proxy or _goes_by_proxy(parts, url):
        seen, answer = _asked(Reached(url, by_proxy=True), client)
        return seen, answer
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        published = _published(parts.hostname or "", port)
    except (OSError, UnicodeError):
        return Reached(url, unknown_name=True), None
    seen = Reached(url, families=tuple((name, _connects(found, timeout)) for name, found in published.items()))
    if parts.scheme == "https" and any(answers for _, answers in seen.families):
        seen = _with_tls(seen, parts.hostname or "", port, ca_file, timeout)
    return (seen, None) if seen.tls_problem else _asked(seen, client)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return parts if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def _goes_by_proxy(parts: SplitResult, url: str) -> bool:
    """As the environment says; never to this very computer, as `HttpClient` has it."""
    named = urllib.request.getproxies()
    return (
        bool(named.get(parts.scheme) or named.get("all")) and not is_loopback(url) and not urllib.request.proxy_bypass(parts.hostname or "")
    )


_Found = list[tuple[int, int, int, tuple[object, ...]]]


def _published(host: str, port: int) -> dict[str, _Found]:
    """The addresses that DNS has for the host, by "IPv4" and "IPv6". Raises OSError when it has none."""
    found: dict[str, _Found] = {}
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if family in _FAMILIES:
            found.setdefault(_FAMILIES[family], []).append((family, kind, protocol, address))
    return dict(sorted(found.items()))


def _connects(found: _Found, timeout: float) -> bool | None:
    """Does one of the addresses take a connection? None when this computer has no such network."""
    answers: bool | None = None
    for family, kind, protocol, address in found[:2]:
        try:
            with socket.socket(family, kind, protocol) as connection:
                connection.settimeout(timeout)
                connection.connect(address)
                return True
        except OSError as problem:
            answers = answers if problem.errno in _NO_SUCH_NETWORK else False
    return answers


def _with_tls(seen: Reached, host: str, port: int, ca_file: str | None, timeout: float) -> Reached:
    context = ssl.create_default_context(cafile=ca_file or _bundle())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        with _handshake(context, host, port, timeout) as connection:
            ends = _ends(connection.getpeercert())
            seen = replace(seen, tls=connection.version(), certificate_ends=ends)
    except ssl.SSLCertVerificationError as problem:
        code = 20 if problem.verify_code == _NO_CHAIN else problem.verify_code
        why = _WHY.get(code) or Words(
            f"its TLS certificate cannot be trusted ({problem.verify_message})",
            f"dess TLS-certifikat går inte att lita på ({problem.verify_message})",
        )
        seen = replace(seen, tls_problem=why)
    except ssl.SSLError as problem:
        if _takes_old(host, port, timeout):
            why = Words("it speaks only versions of TLS older than 1.2", "den talar bara äldre TLS-versioner än 1.2")
        else:
            why = Words(
                f"TLS does not come about ({problem.reason or problem})",
                f"TLS-förbindelsen går inte att upprätta ({problem.reason or problem})",
            )
        return replace(seen, tls_problem=why, old_tls=None)
    except OSError as problem:
        said = problem.strerror or str(problem) or type(problem).__name__
        why = Words(f"the connection broke before TLS came about ({said})", f"förbindelsen bröts innan TLS hade upprättats ({said})")
        return replace(seen, tls_problem=why)
    return replace(seen, old_tls=_takes_old(host, port, timeout))


def _bundle() -> str:
    """The CAs that requests trusts, so that this and the login never disagree."""
    from requests.utils import DEFAULT_CA_BUNDLE_PATH

    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or str(DEFAULT_CA_BUNDLE_PATH)


@contextlib.contextmanager
def _handshake(context: ssl.SSLContext, host: str, port: int, timeout: float) -> Iterator[ssl.SSLSocket]:
    with socket.create_connection((host, port), timeout=timeout) as plain, context.wrap_socket(plain, server_hostname=host) as connection:
        yield connection


def _takes_old(host: str, port: int, timeout: float) -> str | None:
    """The version older than 1.2 that the server agrees on; "" for none, None when this computer's OpenSSL cannot speak one."""
    import warnings

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # nothing is sent: only the version is of interest
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        with _handshake(context, host, port, timeout) as connection:
            return connection.version() or ""
    except ssl.SSLError as problem:
        return None if problem.reason in ("NO_PROTOCOLS_AVAILABLE", "UNSUPPORTED_PROTOCOL", "NO_CIPHER_MATCH") else ""
    except ValueError:
        return None
    except OSError:
        return ""


def _ends(certificate: object) -> datetime | None:
    text = certificate.get("notAfter") if isinstance(certificate, dict) else None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC) if isinstance(text, str) else None


def _asked(seen: Reached, client: Transport) -> tuple[Reached, HttpResponse | None]:
    """The first answer by HTTP."""
    try:
        answer = client(HttpRequest("GET", seen.url, _AGENT), None)
    except NetworkTrouble as trouble:
        return replace(seen, error=trouble.words), None
    target = answer.header("location") if answer.status in _REDIRECTS else None
    return replace(seen, status=answer.status, leads_to=_joined(seen.url, target)), answer


def _joined(url: str, target: str | None) -> str | None:
    try:
        return urljoin(url, target) if target else None
    except ValueError:
        return target


def addresses(
    starts: Iterable[tuple[str, str]], others: Iterable[tuple[str, str]], reached: Reach, now: Callable[[], datetime], tolerance: int
) -> dict[type, tuple[object, ...]]:
    """What is seen at the addresses where logins start, and at others, (what it is, URL), each asked once; and the clock of the first that answers."""
    found: list[Address] = []
    clocks: list[Clock] = []
    for url, what in {url: what for what, url in starts}.items():
        before = now()
        seen, answer = reached(url)
        found.append(Address(what, seen))
        if answer is not None and not clocks:
            clocks.append(_clock(url, answer, before, now(), tolerance))
    asked = {address.seen.url for address in found}
    links = {url: what for what, url in others if url not in asked}
    return {Address: tuple(found), Clock: tuple(clocks), Link: tuple(Link(what, reached(url)[0]) for url, what in links.items())}


def _clock(url: str, answer: HttpResponse, before: datetime, after: datetime, tolerance: int) -> Clock:
    """Date has whole seconds, cut off: half a second is added; and it was written somewhere between question and answer."""
    host = urlsplit(url).netloc
    with contextlib.suppress(ValueError, TypeError):
        theirs = parsedate_to_datetime(answer.header("date") or "")
        middle = before + (after - before) / 2
        return Clock(host, (theirs + timedelta(seconds=0.5) - middle).total_seconds(), tolerance)
    return Clock(host, None, tolerance)
