"""HTTP-Redirect and HTTP-POST (SAML Bindings 3.4 and 3.5)."""

from __future__ import annotations

import base64
import binascii
import zlib
from urllib.parse import urlencode, urlsplit, urlunsplit

from idptest.model.flow import HttpRequest

REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"


def redirect(location: str, xml: bytes, relay_state: str | None) -> HttpRequest:
    """An AuthnRequest as a GET: DEFLATE, base64, URL encoding (Bindings 3.4.4.1), unsigned. The endpoint's own query is kept."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    message = base64.b64encode(deflate.compress(xml) + deflate.flush()).decode()
    fields = {"SAMLRequest": message}
    if relay_state is not None:
        fields["RelayState"] = relay_state
    parts = urlsplit(location)
    query = "&".join(piece for piece in (parts.query, urlencode(fields)) if piece)
    return HttpRequest("GET", urlunsplit((parts.scheme, parts.netloc, parts.path, query, "")))


def inflate(message: str, limit: int = 1024 * 1024) -> bytes:
    """The XML of a SAMLRequest parameter. Raises ValueError when it is not base64 of DEFLATE, or larger than `limit` bytes."""
    try:
        stream = zlib.decompressobj(-15)
        xml = stream.decompress(base64.b64decode(message, validate=False), limit)
    except (binascii.Error, zlib.error) as problem:
        raise ValueError(str(problem)) from None
    if stream.unconsumed_tail:
        raise ValueError("too large")
    return xml


def decode_post(value: str) -> bytes | None:
    """The XML of a SAMLResponse field; None when it is not base64. White space inside is legal (RFC 2045), and common."""
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def decode_redirect(value: str) -> bytes | None:
    """The XML of a SAMLResponse parameter in a URL, deflated or (against Bindings 3.4.4.1) not; None when it is neither."""
    try:
        return inflate(value, 10 * 1024 * 1024)
    except ValueError:
        return decode_post(value)
