"""A feed, or the certificate of one, over the network: redirects followed, never away from https."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

from idptest.adapters.http_client import HttpClient, NetworkTrouble
from idptest.login.urls import is_loopback
from idptest.model.feed import Copy, Feed
from idptest.model.flow import HttpRequest, HttpResponse

_MOST_HOPS = 5
_ACCEPTED = {"saml": "application/samlmetadata+xml, application/xml, */*", "jws": "application/jose+json, application/jose, */*"}
_CERTIFICATE = 1024 * 1024  # bytes, at most

Into = Callable[[bytes], None]


def feed(feed: Feed, client: HttpClient, before: Copy | None, into: Into, anew: Callable[[], None]) -> HttpResponse:
    """Its body goes to `into`; `anew` is called before each attempt. 304 when it is as it was `before`. Raises NetworkTrouble."""
    headers = [("Accept", _ACCEPTED[feed.format]), ("Accept-Encoding", "gzip")]
    if before and before.etag:
        headers.append(("If-None-Match", before.etag))
    if before and before.last_modified:
        headers.append(("If-Modified-Since", before.last_modified))
    return _followed(feed.url or "", headers, client, into, anew, feed.max_mb * 1024 * 1024)


def certificate(url: str, client: HttpClient) -> bytes | None:
    """What a federation publishes there; None when it cannot be had."""
    received = bytearray()
    try:
        answer = _followed(url, [], client, received.extend, received.clear, _CERTIFICATE)
    except NetworkTrouble:
        return None
    return bytes(received) if answer.status == 200 else None


def _followed(
    url: str, headers: list[tuple[str, str]], client: HttpClient, into: Into, anew: Callable[[], None], limit: int
) -> HttpResponse:
    where = url
    for _ in range(_MOST_HOPS + 1):
        anew()
        answer = client.download(HttpRequest("GET", where, tuple(headers)), into, limit)
        target = answer.header("location")
        if answer.status not in (301, 302, 303, 307, 308) or not target:
            return answer
        where = urljoin(where, target)
        if urlsplit(where).scheme != "https" and not (is_loopback(where) and is_loopback(url)):
            raise NetworkTrouble(
                f"it sends us on to an address without https ({where[:100]})",
                f"den skickar oss vidare till en adress utan https ({where[:100]})",
            )
    raise NetworkTrouble("it sends us on and on", "den skickar oss runt, runt")
