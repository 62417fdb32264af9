"""Signed tokens (JWS in compact form): the header is looked at first, against our own list; then python-jose verifies with one key as JWK.

Whatever the OP sends is a fact: nothing here raises.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from typing import Any

from idptest.model.oidc import (
    CRITICAL,
    ENCRYPTED,
    INVALID,
    LACKING,
    NO_KEY,
    REFUSED,
    UNSIGNED,
    VALID,
    IdToken,
    Jwk,
    KeySet,
    Token,
)
from idptest.model.rule import Pointer, Words
from idptest.oidc.json_text import read_object

# Signed with a private key, so that nobody but the OP can have made it (RFC 7518 3.1, RFC 8037): the kind of key, and its curve.
ALLOWED = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", None)),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", None),
    **{name: ("OKP", name) for name in ("Ed25519", "Ed448")},  # EdDSA's two, by their own names (RFC 9864 2.2)
}
_LACKED = ("PS256", "PS384", "PS512", "EdDSA", "Ed25519", "Ed448")  # by python-jose 3.5
_PART = re.compile(r"[A-Za-z0-9_-]*\Z")
# A key of the JWKS, by where it stands, and an algorithm → the key as python-jose verifies with it; making it costs as much as verifying.
Made = dict[tuple[Pointer, str], Any]
_MOST_KEYS = 20  # that are tried
LONGEST = 200_000  # characters of a token that are looked at


def read_token(text: str, at: Pointer, keys: KeySet | None, made: Made | None = None) -> Token:
    """The token, verified by the keys of the OP's own JWKS, never by those that it carries or points at.

    `made` is kept by whoever reads several tokens by the same JWKS.
    """
    parts = text.split(".")
    if len(text) > LONGEST:
        return Token(at, why=Words("it is too long to be read", "den är för lång för att läsas"))
    if len(parts) == 5:
        return Token(at, state=ENCRYPTED, header=read_object(decoded(parts[0]) or b"")[0])
    if len(parts) != 3 or not all(_PART.match(part) for part in parts):
        return Token(
            at, why=Words("it is not three parts in base64url with dots between", "den är inte tre delar i base64url med punkter emellan")
        )
    (header, no_header), (claims, no_claims) = (read_object(decoded(part) or b"") for part in parts[:2])
    if no_header or no_claims:
        of, why = (("its header", "huvudet"), no_header) if no_header else (("its contents", "innehållet"), no_claims)
        said = why or Words("", "")
        return Token(at, header=header, why=Words(f"{of[0]} cannot be read: {said.en}", f"{of[1]} går inte att läsa: {said.sv}"))
    state, key = _state(text, header, keys, {} if made is None else made)
    return Token(at, claims, state=state, header=header, key=key)


def read_id_token(text: str, at: Pointer, keys: KeySet | None, made: Made | None = None) -> IdToken:
    """The same, as an ID Token."""
    return IdToken(**vars(read_token(text, at, keys, made)))


def _state(text: str, header: dict[str, Any], keys: KeySet | None, made: Made) -> tuple[str, int | None]:
    """What the signature is worth, and by which key."""
    algorithm = header.get("alg")
    if isinstance(algorithm, str) and algorithm.lower() == "none":
        return UNSIGNED, None
    if not isinstance(algorithm, str) or algorithm not in ALLOWED:
        return REFUSED, None
    if "crit" in header:  # nothing that it may name is known here, so nothing may be made of the token
        return CRITICAL, None
    candidates = list(_candidates(header, algorithm, keys))
    if not candidates:
        return NO_KEY, None
    if algorithm in _LACKED:
        return LACKING, None
    for number, key in candidates[:_MOST_KEYS]:
        if _verifies(text, key, algorithm, made):
            return VALID, number
    return INVALID, None


def _candidates(header: dict[str, Any], algorithm: str, keys: KeySet | None) -> Iterator[tuple[int, Jwk]]:
    """The keys that it can be: the one it names, else all of the right kind."""
    kind, curve = ALLOWED[algorithm]
    for number, key in enumerate(keys.keys if keys else (), 1):
        right = key.kind == kind and curve in (None, key.text("crv")) and not key.problem
        if right and key.text("use") in (None, "sig") and ("kid" not in header or key.kid == header["kid"]):
            yield number, key


def _verifies(text: str, key: Jwk, algorithm: str, made: Made) -> bool:
    from jose import jwk, jws

    try:
        if (key.pointer, algorithm) not in made:
            public = {name: value for name, value in key.values.items() if name in ("kty", "n", "e", "crv", "x", "y")}
            made[key.pointer, algorithm] = jwk.construct(public, algorithm)
        jws.verify(text, made[key.pointer, algorithm], algorithms=[algorithm])
    except Exception:  # the library, and the one below it, have errors of many kinds for what a peer may send
        return False
    return True


def decoded(part: str) -> bytes | None:
    """Base64url without padding; None when it is not."""
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return None


def encoded(data: bytes) -> str:
    """As base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def half_hashes(value: str) -> tuple[str, str, str]:
    """What `at_hash` and `c_hash` may be for this value (OIDCCore 3.1.3.6): by SHA-256, SHA-384, SHA-512."""
    data = value.encode("utf-8", "replace")
    digests = (hashlib.sha256(data).digest(), hashlib.sha384(data).digest(), hashlib.sha512(data).digest())
    return tuple(encoded(digest[: len(digest) // 2]) for digest in digests)  # type: ignore[return-value]


def half_hash_for(algorithm: str | None, hashes: tuple[str, ...]) -> str | None:
    """Which of `half_hashes` goes with that algorithm; Ed25519 has SHA-512 in it. None: there is no telling."""
    bits = "512" if algorithm in ("EdDSA", "Ed25519") else (algorithm or "")[-3:]
    return dict(zip(("256", "384", "512"), hashes, strict=False)).get(bits)
