"""Cookies as a browser keeps them. Time and initiator are arguments; nothing here raises for what a server sent.

Clauses are those of RFC 6265bis (draft-ietf-httpbis-rfc6265bis), which describes what browsers do. Every request here is a top-level
navigation, so third-party cookie rules do not apply. "Cross-site" compares the request with the page that started the navigation; redirects
keep that page, so a Strict cookie set on the way does not come back before the user acts on the IdP's own page (5.2, HTML "initiator").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from idptest.login.urls import host, is_address, is_loopback, is_public_suffix, same_site, split

STRICT, LAX, NONE, UNSPECIFIED = "Strict", "Lax", "None", "unspecified"

# 5.6.7.2 "Lax-Allowing-Unsafe": a cookie without SameSite, not older than this, goes along with a cross-site POST. Chrome uses two minutes.
LAX_POST_ALLOWANCE = timedelta(minutes=2)
LONGEST_LIFE = timedelta(days=400)  # 5.5
_MAX_SIZE, _MAX_ATTRIBUTE, _MAX_COOKIES = 4096, 1024, 1000  # 5.6, 6.1


@dataclass(frozen=True)
class Cookie:
    """`expires` is None for a session cookie. `same_site` is Strict, Lax, None or unspecified. `sequence` orders equal times."""

    name: str
    value: str
    domain: str
    path: str
    host_only: bool
    secure: bool
    http_only: bool
    same_site: str
    expires: datetime | None
    created: datetime
    sequence: int = 0


class CookieJar:
    """The cookies of one browser profile, empty at first."""

    def __init__(self) -> None:
        self._cookies: dict[tuple[str, str, bool, str], Cookie] = {}
        self._sequence = 0

    @property
    def cookies(self) -> tuple[Cookie, ...]:
        """All cookies kept, expired or not, in the order they were first set."""
        return tuple(sorted(self._cookies.values(), key=lambda cookie: cookie.sequence))

    def receive(self, url: str, lines: Iterable[str], now: datetime) -> None:
        """Keep what the Set-Cookie lines of an answer from `url` say; refuse what a browser would refuse. 5.7."""
        for line in lines:
            cookie = parse(url, line, now)
            if cookie is None:
                continue
            key = (cookie.name, cookie.domain, cookie.host_only, cookie.path)
            old = self._cookies.get(key)
            if not _trustworthy(url) and self._hides_secure(cookie):
                continue
            if cookie.expires is not None and cookie.expires <= now:
                self._cookies.pop(key, None)
            elif old is not None:  # 5.7: the creation time stays, so the order does too
                self._cookies[key] = replace(cookie, created=old.created, sequence=old.sequence)
            elif len(self._cookies) < _MAX_COOKIES:
                self._sequence += 1
                self._cookies[key] = replace(cookie, sequence=self._sequence)

    def header(self, url: str, now: datetime, *, method: str = "GET", initiator: str | None = None) -> str | None:
        """The Cookie header of a top-level navigation, or None. `initiator` is the page that started it; None means the user did. 5.8."""
        parts, name = split(url), host(url)
        if parts is None or name is None:
            return None
        cross_site = initiator is not None and not same_site(initiator, url)
        unsafe = method.upper() not in ("GET", "HEAD", "OPTIONS", "TRACE")
        chosen = [
            cookie
            for cookie in self._cookies.values()
            if (cookie.domain == name if cookie.host_only else domain_matches(name, cookie.domain))
            and path_matches(parts.path or "/", cookie.path)
            and (not cookie.secure or _trustworthy(url))
            and (cookie.expires is None or cookie.expires > now)
            and not (cross_site and _held_back(cookie, unsafe, now))
        ]
        chosen.sort(key=lambda cookie: (-len(cookie.path), cookie.created, cookie.sequence))
        return "; ".join(f"{cookie.name}={cookie.value}" if cookie.name else cookie.value for cookie in chosen) or None

    def _hides_secure(self, new: Cookie) -> bool:
        """5.7 "leave secure cookies alone": plain http may not replace or shadow a Secure cookie."""
        return any(
            old.secure
            and old.name == new.name
            and (domain_matches(old.domain, new.domain) or domain_matches(new.domain, old.domain))
            and path_matches(new.path, old.path)
            for old in self._cookies.values()
        )


def _held_back(cookie: Cookie, unsafe: bool, now: datetime) -> bool:
    """Is the cookie kept from a cross-site navigation? 5.6.7.1, 5.6.7.2."""
    if cookie.same_site == STRICT:
        return True
    if cookie.same_site == UNSPECIFIED:
        return unsafe and now - cookie.created > LAX_POST_ALLOWANCE
    return cookie.same_site == LAX and unsafe


def _trustworthy(url: str) -> bool:
    """May this place set and get Secure cookies? https, and plain http on this very machine as in browsers."""
    return url[:6].lower() == "https:" or is_loopback(url)


def parse(url: str, line: str, now: datetime) -> Cookie | None:
    """One Set-Cookie line as a cookie, or None where a browser refuses it. 5.6, 5.7."""
    parts, request_host = split(url), host(url)
    if parts is None or request_host is None or re.search(r"[\x00-\x08\x0a-\x1f\x7f]", line):
        return None
    pair, _, rest = line.partition(";")
    name, equals, value = pair.partition("=")
    name, value = (name.strip(" \t"), value.strip(" \t")) if equals else ("", pair.strip(" \t"))
    if not name + value or len((name + value).encode("utf-8", "replace")) > _MAX_SIZE:
        return None
    attributes = _attributes(rest)
    domain, host_only = _domain(attributes.get("domain", ""), request_host)
    if domain is None:
        return None
    given_path = attributes.get("path", "")
    cookie = Cookie(
        name=name,
        value=value,
        domain=domain,
        path=given_path if given_path.startswith("/") else default_path(parts.path),
        host_only=host_only,
        secure="secure" in attributes,
        http_only="httponly" in attributes,
        same_site={"strict": STRICT, "lax": LAX, "none": NONE}.get(attributes.get("samesite", "").lower(), UNSPECIFIED),
        expires=_expiry(attributes, now),
        created=now,
    )
    return cookie if _acceptable(cookie, url, given_path) else None


def _attributes(rest: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in rest.split(";"):
        key, _, value = item.partition("=")
        if len(value.strip(" \t")) <= _MAX_ATTRIBUTE:
            found[key.strip(" \t").lower()] = value.strip(" \t")  # the last one counts
    return found


def _domain(attribute: str, request_host: str) -> tuple[str | None, bool]:
    """The cookie's domain and whether it is for this host only; None when the domain is not the host's to set. 5.7 steps 8-10."""
    domain = attribute.removeprefix(".").lower()
    if not domain or (domain == request_host and (is_public_suffix(domain) or is_address(domain))):
        return request_host, True
    if is_public_suffix(domain) or not domain_matches(request_host, domain):
        return None, False
    return domain, False


def _acceptable(cookie: Cookie, url: str, given_path: str) -> bool:
    if cookie.secure and not _trustworthy(url):
        return False
    if cookie.same_site == NONE and not cookie.secure:
        return False
    # 4.1.3: prefixes are compared without case; a nameless cookie may not smuggle one in its value.
    prefix = (cookie.name or cookie.value).lower()
    if prefix.startswith("__secure-"):
        return bool(cookie.name) and cookie.secure
    if prefix.startswith("__host-"):
        return bool(cookie.name) and cookie.secure and cookie.host_only and given_path == "/"
    return True


def _expiry(attributes: dict[str, str], now: datetime) -> datetime | None:
    """Max-Age wins over Expires; both are capped at 400 days; what cannot be read is ignored. 5.6.1, 5.6.2, 5.7 step 6."""
    age = attributes.get("max-age", "")
    if re.fullmatch(r"-?[0-9]+", age):
        seconds = int(age) if len(age) < 12 else (-1 if age.startswith("-") else 10**9)
        return now + min(timedelta(seconds=seconds), LONGEST_LIFE) if seconds > 0 else datetime.min.replace(tzinfo=UTC)
    when = cookie_date(attributes.get("expires", ""))
    return min(when, now + LONGEST_LIFE) if when else None


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def cookie_date(text: str) -> datetime | None:
    """A cookie's date, read as leniently as browsers do; None when it is none. 5.1.1."""
    clock: tuple[int, int, int] | None = None
    day = month = year = None
    for token in re.split(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+", text):
        if clock is None and (found := re.match(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)", token, re.ASCII)):
            clock = (int(found.group(1)), int(found.group(2)), int(found.group(3)))
        elif day is None and (found := re.match(r"(\d{1,2})(?!\d)", token, re.ASCII)):
            day = int(found.group(1))
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (found := re.match(r"(\d{2,4})(?!\d)", token, re.ASCII)):
            year = int(found.group(1))
    if clock is None or day is None or month is None or year is None:
        return None
    year += 1900 if 70 <= year <= 99 else 2000 if year <= 69 else 0
    try:
        return datetime(year, month, day, clock[0], clock[1], clock[2], tzinfo=UTC) if year >= 1601 else None
    except ValueError:
        return None


def domain_matches(name: str, domain: str) -> bool:
    """Is the host the domain itself or below it? 5.1.3."""
    return name == domain or (name.endswith("." + domain) and not is_address(name))


def default_path(path: str) -> str:
    """The directory of the request's path. 5.1.4."""
    return path[: path.rfind("/")] or "/" if path.startswith("/") else "/"


def path_matches(path: str, cookie_path: str) -> bool:
    """Is the path the cookie's, or below it? 5.1.4."""
    return path == cookie_path or (path.startswith(cookie_path) and (cookie_path.endswith("/") or path[len(cookie_path)] == "/"))
