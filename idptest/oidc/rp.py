"""What we ask, as a relying party: the authentication request, the token request, the UserInfo request; and reading what comes back."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

from idptest.model.flow import HttpRequest, OidcPart, Pairs, Sent
from idptest.model.oidc import AuthorizationAnswer, Discovery
from idptest.model.rule import Pointer
from idptest.model.settings import UI_LOCALES
from idptest.oidc.tokens import encoded

BASIC, POST, PRIVATE_KEY_JWT, NONE = CLIENT_AUTH = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
FORM_POST = "form_post"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SECONDS = 60  # that our assertion lives
_FORM = ("Content-Type", "application/x-www-form-urlencoded")


@dataclass(frozen=True)
class Client:
    """Who we are to the OP. `key` is an RSA key in PEM, for private_key_jwt and request objects; what is secret never shows in a traceback.

    With a `post_logout_redirect_uri` each login is followed by a logout.
    """

    client_id: str
    redirect_uri: str
    auth: str = BASIC
    secret: str | None = field(default=None, repr=False)
    key: bytes | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ("openid",)
    response_mode: str | None = None
    eppn_claim: str | None = None
    max_age: int | None = None
    ui_locales: tuple[str, ...] = UI_LOCALES
    login_hint: str | None = None
    request_object: bool = False
    post_logout_redirect_uri: str | None = None


def challenge(verifier: str) -> str:
    """PKCE S256 (RFC 7636 4.2)."""
    return encoded(hashlib.sha256(verifier.encode()).digest())


def verifier(seed: str) -> str:
    """A code_verifier of 43 characters (RFC 7636 4.1) from an unguessable text."""
    return encoded(hashlib.sha256(seed.encode()).digest())


def asks_in_claims(discovery: Discovery) -> bool:
    """Whether a level is asked for as an essential claim, which binds the OP; else by acr_values, which does not (OIDCCore 5.5.1.1)."""
    return discovery.values.get("claims_parameter_supported") is True


def authentication_request(sent: Sent, oidc: OidcPart) -> HttpRequest:
    """The request as the browser carries it (OIDCCore 3.1.2.1). Levels by `claims` or by acr_values, never both."""
    parameters = {
        "response_type": "code",
        "client_id": sent.sp_entity_id,
        "redirect_uri": sent.acs_url,
        "scope": " ".join(oidc.scopes),
        "state": sent.relay_state,
        "nonce": oidc.nonce,
        "code_challenge": oidc.code_challenge,
        "code_challenge_method": "S256" if oidc.code_challenge else None,
        "response_mode": oidc.response_mode,
        "prompt": oidc.prompt,
        "max_age": None if oidc.max_age is None else str(oidc.max_age),
        "ui_locales": oidc.ui_locales,
        "login_hint": oidc.login_hint,
        "acr_values": " ".join(sent.contexts) if sent.contexts and not oidc.essential else None,
        "claims": _claims(sent.contexts if oidc.essential else (), oidc.claims),
    }
    return _get(sent.destination, parameters)


def end_session_request(client: Client, endpoint: str, id_token: str, state: str) -> HttpRequest:
    """The request that logs the person out and brings them back to us (RP-Initiated Logout 1.0 2)."""
    parameters = {
        "id_token_hint": id_token,
        "client_id": client.client_id,
        "post_logout_redirect_uri": client.post_logout_redirect_uri,
        "state": state,
        "ui_locales": " ".join(client.ui_locales) or None,
    }
    return _get(endpoint, parameters)


def _get(address: str, parameters: Mapping[str, str | None]) -> HttpRequest:
    """To that address, those that there are beside what stands in it already."""
    query = urlencode([(name, value) for name, value in parameters.items() if value is not None])
    return HttpRequest("GET", f"{address.partition('#')[0]}{'&' if urlsplit(address).query else '?'}{query}")


def by_value(request: HttpRequest, client: Client, issuer: str, now: datetime, jti: str) -> HttpRequest:
    """The same request with its parameters in a signed request object (RFC 9101 4, 5.1); outside stand those that OIDCCore 6.1 wants there."""
    address, _, query = request.url.partition("?")
    asked = dict(parse_qsl(query, keep_blank_values=True))
    seconds = int(now.timestamp())
    claims: dict[str, object] = dict(asked)
    claims |= {"iss": client.client_id, "aud": issuer, "jti": jti, "iat": seconds, "exp": seconds + _SECONDS}
    claims |= {name: json.loads(asked[name]) for name in ("max_age", "claims") if name in asked}  # as JSON, not as text (OIDCCore 6.1)
    outside: dict[str, str] = {name: value for name, value in asked.items() if name in ("response_type", "client_id", "scope")}
    outside["request"] = _signed(client, claims, {"typ": "oauth-authz-req+jwt"})
    return HttpRequest("GET", f"{address}?{urlencode(outside)}")


def _claims(contexts: tuple[str, ...], claims: tuple[str, ...]) -> str | None:
    """The parameter `claims` (OIDCCore 5.5): the levels as an essential acr in the ID Token, and what we want from UserInfo."""
    asked: dict[str, object] = {"userinfo": dict.fromkeys(claims)} if claims else {}
    if contexts:
        levels = {"value": contexts[0]} if len(contexts) == 1 else {"values": list(contexts)}
        asked["id_token"] = {"acr": {"essential": True, **levels}}
    return json.dumps(asked, separators=(",", ":")) if asked else None


def authorization_answer(request: HttpRequest, at: Pointer) -> AuthorizationAnswer:
    """What came to our redirect_uri, by query or form_post."""
    try:
        query = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
    except ValueError:
        query = []
    pairs = list(request.form) if request.form is not None else query
    names = [name for name, _ in pairs]
    repeated = tuple(dict.fromkeys(name for name in names if names.count(name) > 1)) if len(names) < 200 else ()
    return AuthorizationAnswer(at, dict(reversed(pairs)), method=request.method, repeated=repeated)


def token_request(client: Client, endpoint: str, code: str, code_verifier: str, now: datetime, jti: str) -> HttpRequest:
    """The request that turns the code into tokens (OIDCCore 3.1.3.1), authenticated as the client is registered (9)."""
    form: Pairs = (
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", client.redirect_uri),
        ("code_verifier", code_verifier),
    )
    headers: Pairs = (("Accept", "application/json"), _FORM)
    if client.auth == BASIC:
        pair = f"{quote_plus(client.client_id)}:{quote_plus(client.secret or '')}"  # RFC 6749 2.3.1: each encoded first
        return HttpRequest("POST", endpoint, (*headers, ("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")), form)
    form = (*form, ("client_id", client.client_id))
    if client.auth == POST:
        form = (*form, ("client_secret", client.secret or ""))
    if client.auth == PRIVATE_KEY_JWT:
        form = (*form, ("client_assertion_type", _ASSERTION), ("client_assertion", _assertion(client, endpoint, now, jti)))
    return HttpRequest("POST", endpoint, headers, form)


def _assertion(client: Client, endpoint: str, now: datetime, jti: str) -> str:
    seconds = int(now.timestamp())
    claims = {"iss": client.client_id, "sub": client.client_id, "aud": endpoint, "jti": jti, "iat": seconds, "exp": seconds + _SECONDS}
    return _signed(client, claims, {})


def _signed(client: Client, claims: dict[str, object], header: dict[str, str]) -> str:
    from jose import jws

    if client.key is None:
        raise ValueError("no key to sign with")
    kid = public_jwk(client.key)["kid"]
    return str(jws.sign(claims, client.key.decode(), headers={"kid": kid, **header}, algorithm="RS256"))


def public_jwk(key: bytes) -> dict[str, str]:
    """The public half of an RSA key (PEM), its `kid` the thumbprint of RFC 7638."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return _jwk(load_pem_private_key(key, None).public_key())


def certified_jwk(certificate: bytes) -> dict[str, str]:
    """The same, of the RSA key in a certificate (PEM)."""
    from cryptography import x509

    return _jwk(x509.load_pem_x509_certificate(certificate).public_key())


def _jwk(public: object) -> dict[str, str]:
    from cryptography.hazmat.primitives.asymmetric import rsa

    if not isinstance(public, rsa.RSAPublicKey):
        raise ValueError("no RSA key")
    numbers = public.public_numbers()
    members = {"e": _number(numbers.e), "kty": "RSA", "n": _number(numbers.n)}
    thumbprint = hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest()
    return {**members, "use": "sig", "alg": "RS256", "kid": encoded(thumbprint)}


def _number(value: int) -> str:
    return encoded(value.to_bytes((value.bit_length() + 7) // 8))


def user_info_request(endpoint: str, access_token: str) -> HttpRequest:
    """GET, the token in the header (OIDCCore 5.3.1)."""
    headers = (("Accept", "application/json, application/jwt"), ("Authorization", f"Bearer {access_token}"))
    return HttpRequest("GET", endpoint, headers)
