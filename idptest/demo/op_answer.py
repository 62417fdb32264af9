"""What Exempelstad says as an OpenID provider: first as plain data, which a defect can change, then as signed tokens.

Signed with cryptography itself, verified with python-jose: judge and forger share no code.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idptest.demo import keys

DISCOVERY, JWKS, AUTHORIZE, TOKEN, USER_INFO, END_SESSION = (
    "/.well-known/openid-configuration",
    "/oidc/jwks",
    "/oidc/authorize",
    "/oidc/token",
    "/oidc/userinfo",
    "/oidc/logout",
)
LEVELS = (
    "http://id.skolfederation.se/loa/bas",
    "http://id.skolfederation.se/loa/2fa",
    "https://refeds.org/profile/mfa",
    "http://id.swedenconnect.se/loa/1.0/uncertified-loa3",
)
EPPN_CLAIM = "eduperson_principal_name"


@dataclass(frozen=True)
class OpPublished:
    """The discovery document and the JWKS, or what stands there instead (`document`, `jwks`). `key_members` replaces members of every key."""

    discovery: Mapping[str, Any]
    keys: tuple[str, ...] = ("signing",)
    key_members: Mapping[str, Any] = field(default_factory=dict)
    more_keys: tuple[Mapping[str, Any], ...] = ()
    jwks: tuple[int, str, bytes] | None = None
    document: tuple[int, str, bytes] | None = None


@dataclass(frozen=True)
class Signed:
    """A token: its header and claims, and what it is signed with. `key` None: alg none. `tampered`: changed after it was signed."""

    claims: Mapping[str, Any]
    header: Mapping[str, Any]
    key: str | None = "signing"
    tampered: bool = False
    encrypted: bool = False


@dataclass(frozen=True)
class OpAnswer:
    """Everything that the OP says in one login. `more` are members of the token response; `raw` (status, type, body) stands instead of it.

    `info` None: the access token opens nothing. `info_plain`: UserInfo as JSON, not as a signed token.
    """

    parameters: Mapping[str, str]
    id_token: Signed
    info: Signed | None
    by_post: bool = False
    info_plain: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Pragma", "no-cache"))
    raw: tuple[int, str, bytes] | None = None
    info_raw: tuple[int, str, bytes] | None = None


def discovery(issuer: str) -> dict[str, Any]:
    """As the Swedish profile and Sweden Connect want it."""
    return {
        "issuer": issuer,
        "authorization_endpoint": issuer + AUTHORIZE,
        "token_endpoint": issuer + TOKEN,
        "userinfo_endpoint": issuer + USER_INFO,
        "jwks_uri": issuer + JWKS,
        "end_session_endpoint": issuer + END_SESSION,
        "scopes_supported": ["openid"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": ["authorization_code"],
        "acr_values_supported": list(LEVELS),
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "userinfo_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "ES256"],
        "claims_supported": ["sub", "acr", "auth_time", EPPN_CLAIM],
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "ui_locales_supported": ["sv", "en"],
        "service_documentation": issuer + "/om",
    }


def jwk(name: str) -> dict[str, Any]:
    """One of Exempelstad's keys, its public half."""
    numbers = keys.private(name).public_key().public_numbers()
    return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": f"exempelstad-{name}", "n": _number(numbers.n), "e": _number(numbers.e)}


def jwks(published: OpPublished) -> tuple[int, str, bytes]:
    """Status, content type and body of the JWKS."""
    if published.jwks:
        return published.jwks
    listed = [{name: value for name, value in {**jwk(key), **published.key_members}.items() if value is not None} for key in published.keys]
    return 200, "application/jwk-set+json", json.dumps({"keys": [*listed, *published.more_keys]}, indent=1).encode()


def to_jwt(signed: Signed) -> str:
    """The token in compact form."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    if signed.encrypted:
        return ".".join((_part({"alg": "RSA-OAEP", "enc": "A256GCM", "kid": "idptest"}), *(encoded(b"x" * 24) for _ in range(4))))
    head, body = _part(signed.header), _part(signed.claims)
    if signed.key is None:
        return f"{head}.{body}."
    if signed.header.get("alg") == "HS256":
        import hmac

        secret = keys.certificate(signed.key)  # what everybody knows, as the secret: the mistake that lets anybody sign
        signature = hmac.new(secret, f"{head}.{body}".encode(), hashlib.sha256).digest()
    else:
        signature = keys.private(signed.key).sign(f"{head}.{body}".encode(), PKCS1v15(), SHA256())
    if signed.tampered:
        body = _part({**signed.claims, "jti": "another"})
    return f"{head}.{body}.{encoded(signature)}"


def half_hash(value: str) -> str:
    """at_hash by SHA-256 (OIDCCore 3.1.3.6)."""
    return encoded(hashlib.sha256(value.encode()).digest()[:16])


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _part(members: Mapping[str, Any]) -> str:
    return encoded(json.dumps(members, separators=(",", ":")).encode())


def _number(value: int) -> str:
    return encoded(value.to_bytes((value.bit_length() + 7) // 8))
