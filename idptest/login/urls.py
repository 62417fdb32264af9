"""Addresses as browsers read them: relative ones, origins, sites. Nothing here raises for what a peer wrote."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

DEFAULT_PORTS = {"http": 80, "https": 443}

# Suffixes of two labels under which anybody may register: those of .se in the Public Suffix List, and a few others under which
# an IdP may live.
_SUFFIXES = frozenset(
    [f"{letter}.se" for letter in "abcdefghiklmnoprstuwxyz"]
    + ["ac.se", "bd.se", "brand.se", "com.se", "fh.se", "fhsk.se", "fhv.se", "komforb.se", "kommunalforbund.se", "komvux.se", "lanbib.se"]
    + ["naturbruksgymn.se", "org.se", "parti.se", "pp.se", "press.se", "tm.se", "co.uk", "org.uk", "ac.uk", "gov.uk", "com.au", "co.jp"]
    + [
        "azurewebsites.net",
        "cloudapp.net",
        "azureedge.net",
        "herokuapp.com",
        "github.io",
        "web.app",
        "vercel.app",
        "netlify.app",
        "ngrok.io",
    ]
)
_IPV4 = re.compile(r"\d{1,3}(\.\d{1,3}){3}\Z")


def split(url: str) -> SplitResult | None:
    """The parts of an http or https URL with a host; None for anything else."""
    try:
        parts = urlsplit(url)
        if parts.scheme in DEFAULT_PORTS and parts.hostname and (parts.port is None or parts.port >= 0):
            return parts
    except ValueError:
        pass
    return None


def resolve(base: str, reference: str) -> str | None:
    """A reference on a page or in a Location, as an absolute URL without fragment; None when it is no URL at all.

    As the WHATWG URL standard for what IdPs send: surrounding blanks and line breaks vanish, backslashes are slashes, what
    may not stand in a URL is percent-encoded as UTF-8. The result may have any scheme; `split` tells whether it is a web address.
    """
    cleaned = re.sub(r"[\t\r\n]", "", reference).strip("".join(map(chr, range(33))))
    if not re.match(r"(?!https?:)[a-z][a-z0-9+.-]*:", cleaned, re.IGNORECASE):
        head, mark, tail = _cut(cleaned)
        cleaned = head.replace("\\", "/") + mark + tail
    try:
        if cleaned.startswith("?"):  # urljoin keeps the base's query for a bare "?"; browsers empty it
            parts = urlsplit(base)
            query = cleaned[1:].partition("#")[0]
            joined = urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")) + "?" + query
        else:
            joined = urljoin(base, cleaned)
        return _ascii(joined.partition("#")[0])
    except ValueError:
        return None


def _cut(reference: str) -> tuple[str, str, str]:
    found = re.search(r"[?#]", reference)
    return (reference, "", "") if found is None else (reference[: found.start()], found.group(), reference[found.end() :])


def _ascii(url: str) -> str:
    parts = urlsplit(url)
    netloc = parts.netloc
    if not netloc.isascii():
        # IDNA for the host only; a user name in an address is not used by any IdP.
        host, _, port = netloc.partition(":")
        netloc = host.encode("idna").decode("ascii") + (f":{port}" if port else "")
    quoted = re.sub(r"[^\x21-\x7e]|[\"<>]", lambda found: quote(found.group().encode("utf-8", "replace")), url)
    return quoted if netloc == parts.netloc else urlunsplit((parts.scheme, netloc, *_tail(quoted)))


def _tail(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return parts.path, parts.query, parts.fragment


def origin(url: str) -> str | None:
    """`https://host` or `https://host:port` (the port only when it is not the default); None for no web address."""
    parts = split(url)
    if parts is None or parts.hostname is None:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if parts.port in (None, DEFAULT_PORTS[parts.scheme]) else f":{parts.port}")


def host(url: str) -> str | None:
    """The host in lower case, without port and brackets."""
    parts = split(url)
    return parts.hostname.rstrip(".") if parts and parts.hostname else None


def is_address(name: str) -> bool:
    """Is the host an IP address rather than a name?"""
    return ":" in name or _IPV4.match(name) is not None


def is_loopback(url: str) -> bool:
    """Does the URL stay on this machine (localhost, *.localhost, 127.x.x.x, [::1])? Browsers trust http there. W3C Secure Contexts 3.1."""
    name = host(url) or ""
    return name == "localhost" or name.endswith(".localhost") or name == "::1" or (is_address(name) and name.startswith("127."))


def is_public_suffix(name: str) -> bool:
    """May anybody register below this name? Single labels (except addresses and localhost) and the suffixes listed above."""
    return (("." not in name and not is_address(name)) or name in _SUFFIXES) and name != "localhost"


def registrable_domain(name: str) -> str:
    """The part of a host name that one owner has.

    Approximated without the Public Suffix List: the last two labels, or three below a suffix listed above. Addresses, and
    names of a single label, stand for themselves.
    """
    labels = name.split(".")
    if is_address(name) or len(labels) < 3:
        return name
    keep = 3 if ".".join(labels[-2:]) in _SUFFIXES else 2
    return ".".join(labels[-keep:])


def site(url: str) -> tuple[str, str] | None:
    """Scheme and registrable domain: what browsers compare. HTML, "same site"; RFC 6265bis 5.2."""
    parts, name = split(url), host(url)
    return (parts.scheme, registrable_domain(name)) if parts and name else None


def same_site(one: str, other: str) -> bool:
    """Do both belong to the same site? http and https do not (schemefully same-site)."""
    return site(one) is not None and site(one) == site(other)


def same_endpoint(one: str, other: str) -> bool:
    """The same scheme, host, port and path; the query does not count."""
    first, second = split(one), split(other)
    if first is None or second is None:
        return False
    return origin(one) == origin(other) and (first.path or "/") == (second.path or "/")
