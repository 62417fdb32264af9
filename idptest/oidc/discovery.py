"""The OP's discovery document and its keys, from bytes to facts."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import urlsplit

from idptest.model.flow import Exchange
from idptest.model.oidc import Discovery, Jwk, KeySet
from idptest.model.rule import Pointer, Words
from idptest.model.trouble import in_both, network_failed
from idptest.oidc.json_text import read_object
from idptest.oidc.tokens import decoded

WELL_KNOWN = "/.well-known/openid-configuration"
_METADATA = Pointer("metadata")
_CURVES = {"P-256": 256, "P-384": 384, "P-521": 521, "Ed25519": 256, "Ed448": 456}
_NEEDED = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x"), "oct": ("k",)}
_MOST_BITS = 16384  # a larger number would cost minutes
_MOST_KEYS = 200  # that are looked at


def read_discovery(data: bytes, at: Pointer = _METADATA) -> Discovery:
    values, problem = read_object(data)
    return Discovery(at, values, problem)


def fetched_discovery(exchange: Exchange, reached: bool = True) -> Discovery:
    """What came when it was fetched. `reached`: somebody answered, even where no answer could be read."""
    at = Pointer("exchange", "", exchange.number)
    if exchange.response is None:
        return Discovery(at, problem=in_both(exchange.error or "–") if reached else no_answer(exchange), reached=reached)
    status = exchange.response.status
    if exchange.response.header("location") and 300 <= status < 400:
        return Discovery(
            at, problem=Words(f"its redirects lead nowhere (HTTP {status})", f"omdirigeringarna leder inte fram (HTTP {status})")
        )
    if status != 200:
        return Discovery(at, problem=Words(f"it answered HTTP {status}", f"den svarade HTTP {status}"))
    return read_discovery(exchange.response.body, at)


def no_answer(exchange: Exchange) -> Words:
    """What became of a request that nobody answered."""
    return network_failed(exchange.error)


def fetched_keys(exchange: Exchange) -> KeySet:
    """What came from jwks_uri."""
    at = Pointer("exchange", "", exchange.number)
    if exchange.response is None:
        return KeySet(at, problem=no_answer(exchange))
    if exchange.response.status != 200:
        status = exchange.response.status
        return KeySet(at, problem=Words(f"it answered HTTP {status}", f"den svarade HTTP {status}"))
    return read_keys(exchange.response.body, at)


def login_address(published: Discovery) -> str | None:
    """Where a login begins; None where the document names no web address for it."""
    address = published.text("authorization_endpoint") or ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("https", "http") and parts.hostname else None


def read_keys(data: bytes, at: Pointer) -> KeySet:
    """The keys in a JWKS (RFC 7517 5). Those of an unknown kind are among them, with a problem."""
    values, problem = read_object(data)
    found = values.get("keys")
    if problem:
        return KeySet(at, problem=problem)
    if not isinstance(found, list):
        return KeySet(at, values, Words('it has no list "keys"', 'det har ingen lista "keys"'))
    if not found:
        return KeySet(at, values, Words("there is no key in it", "det innehåller ingen nyckel"))
    path = at.path + "/keys/"
    return KeySet(
        at,
        values,
        keys=tuple(_key(each, Pointer(at.document, f"{path}{place}", at.number)) for place, each in enumerate(found[:_MOST_KEYS])),
    )


def _key(found: Any, at: Pointer) -> Jwk:
    if not isinstance(found, dict):
        return Jwk(at, problem=Words("it is no JSON object", "den är inget JSON-objekt"))
    kind = found.get("kty")
    needed = _NEEDED.get(kind) if isinstance(kind, str) else None
    if needed is None:
        return Jwk(at, found, Words("its kind (kty) is unknown", "dess slag (kty) är okänt"))
    missing = [name for name in needed if not isinstance(found.get(name), str)]
    if missing:
        return Jwk(at, found, Words(f"{', '.join(missing)} is missing", f"{', '.join(missing)} saknas"))
    if kind == "RSA":
        bits = int.from_bytes(decoded(found["n"]) or b"").bit_length()
        wrong = bits < 512 or bits > _MOST_BITS or not decoded(found["e"])
        return Jwk(at, found, Words("its modulus is no usable number", "dess modulus är inget användbart tal") if wrong else None, bits)
    if kind == "oct":
        return Jwk(at, found)
    curve = _CURVES.get(found["crv"])
    if curve is None:
        return Jwk(at, found, Words("its curve (crv) is unknown", "dess kurva (crv) är okänd"))
    return Jwk(at, found, None, curve)


def thumbprint(key: Jwk) -> str:
    """SHA-256 of the members that make the key (RFC 7638 3), hex."""
    members = {name: key.values.get(name) for name in ("kty", *_NEEDED.get(key.kind or "", ()))}
    return hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
