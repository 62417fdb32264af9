"""HTTP-Redirect and HTTP-POST (SAML Bindings 3.4 and 3.5)."""

from __future__ import annotations

import base64
import binascii
import zlib
from ipaddress import ip_address
from urllib.parse import urlencode, urlsplit, urlunsplit

from idptest.model.flow import HttpRequest

REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"


RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


def redirect(location: str, xml: bytes, relay_state: str | None, key: bytes | None = None) -> HttpRequest:
    """An AuthnRequest as a GET: DEFLATE, base64, URL encoding (Bindings 3.4.4.1). The endpoint's own query is kept.

    With `key`, a PEM private RSA key, the query is signed: SAMLRequest, RelayState and SigAlg, as they are encoded here.
    """
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    fields = {"SAMLRequest": base64.b64encode(deflate.compress(xml) + deflate.flush()).decode()}
    if relay_state is not None:
        fields["RelayState"] = relay_state
    if key is not None:
        fields["SigAlg"] = RSA_SHA256
    sent = urlencode(fields)
    if key is not None:
        sent += "&" + urlencode({"Signature": base64.b64encode(_rsa_sha256(sent.encode(), key)).decode()})
    parts = urlsplit(location)
    query = "&".join(piece for piece in (parts.query, sent) if piece)
    return HttpRequest("GET", urlunsplit((parts.scheme, parts.netloc, parts.path, query, "")))


def _rsa_sha256(data: bytes, key: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    private = load_pem_private_key(key, None)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise TypeError("our own signing key is RSA: idptest init makes it so")
    return private.sign(data, padding.PKCS1v15(), hashes.SHA256())


def post(location: str, xml: bytes, relay_state: str | None) -> HttpRequest:
    """An AuthnRequest as a form (Bindings 3.5.4)."""
    relay = (("RelayState", relay_state),) if relay_state is not None else ()
    return HttpRequest("POST", location, (), (("SAMLRequest", base64.b64encode(xml).decode()), *relay))


def inflate(message: str, limit: int = 1024 * 1024) -> bytes:
    """The XML of a SAMLRequest parameter. Raises ValueError when it is not base64 of DEFLATE, or larger than `limit` bytes."""
    try:
        stream = zlib.decompressobj(-15)
        xml = stream.decompress(base64.b64decode(message, validate=False), limit)
    except (binascii.Error, zlib.error) as problem:
        raise ValueError(str(problem)) from None
    if len(xml) == limit and not stream.eof:
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


def is_https(location: str) -> bool:
    return location[:8].casefold() == "https://"


def on_this_machine(location: str) -> bool:
    """Is the host a loopback one? There nobody listens in, so http will do."""
    try:
        host = urlsplit(location).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
