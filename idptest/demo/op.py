"""Exempelstad as an OpenID provider: the addresses beside the login itself, which is the IdP's own. Pure, like the IdP."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from idptest.demo import pages
from idptest.demo.op_answer import EPPN_CLAIM, OpAnswer, Signed, encoded, half_hash, to_jwt
from idptest.demo.people import Person
from idptest.model.flow import HttpRequest, HttpResponse

SECONDS = 300  # that an ID Token lives
_METHODS = {"password": ["pwd"], "one-time-code": ["pwd", "otp", "mfa"], "e-leg": ["mfa"], "e-leg-by-saml": ["mfa"]}
_ERRORS = {
    "NoAuthnContext": ("unmet_authentication_requirements", "none of the levels asked for can be given"),
    "NoPassive": ("login_required", "a page is needed"),
    "cancel": ("access_denied", "the person cancelled"),
}


@dataclass(frozen=True)
class OpClient:
    """A registered client: its address, and its secret or its public key (n, e) for private_key_jwt; `signs` is the key of its request objects.

    `post_logout_redirect_uri` is where its people may be sent when they have logged out.
    """

    redirect_uri: str
    secret: str | None = None
    public: tuple[int, int] | None = None
    signs: tuple[int, int] | None = None
    post_logout_redirect_uri: str | None = None


@dataclass(frozen=True)
class OpRequest:
    """What a client asked for, as far as it is answered."""

    client_id: str
    redirect_uri: str
    state: str | None
    nonce: str | None
    code_challenge: str | None
    form_post: bool


@dataclass(frozen=True)
class Grant:
    """What a code, and the access token made of it, stand for."""

    request: OpRequest
    answer: OpAnswer
    access_token: str


@dataclass(frozen=True)
class Session:
    """Who is logged in in a browser, how, and since when."""

    who: Person
    context: str | None
    method: str
    since: datetime


Grants = Mapping[str, Grant]
NO_GRANTS: Grants = MappingProxyType({})


def public_numbers(key: bytes) -> tuple[int, int]:
    """(n, e) of an RSA key in PEM, as a client registers them."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    private: Any = load_pem_private_key(key, None)
    numbers = private.public_key().public_numbers()
    return numbers.n, numbers.e


def asked(request: HttpRequest, clients: Mapping[str, OpClient], issuer: str) -> dict[str, str]:
    """The parameters of an authentication request. Those in a request object count, and no others; one that does not hold stays as `request`."""
    found = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True)) | dict(request.form or ())
    client = clients.get(found.get("client_id", ""))
    if "request" not in found or client is None:
        return found
    said = verified(found["request"], client.signs) if client.signs else None
    if said is None or (said.get("iss"), said.get("aud")) != (found["client_id"], issuer):
        return {"redirect_uri": client.redirect_uri, **found}
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in said.items()}


def levels(parameters: Mapping[str, str]) -> tuple[list[str], bool]:
    """The levels asked for in order, and whether nothing else will do."""
    try:
        acr = json.loads(parameters.get("claims", "{}"))["id_token"]["acr"]
        return [*acr.get("values", []), *([acr["value"]] if "value" in acr else [])], acr.get("essential") is True
    except (ValueError, KeyError, TypeError, AttributeError):
        return parameters.get("acr_values", "").split(), False


def refused(parameters: Mapping[str, str], clients: Mapping[str, OpClient]) -> HttpResponse | None:
    """Why nobody may be sent back to where the request says."""
    client = clients.get(parameters.get("client_id", ""))
    if client is None:
        return pages.refusal("Okänd tjänst", f"Klienten {parameters.get('client_id', '')} är inte inlagd hos Exempelstad.")
    if parameters.get("redirect_uri") != client.redirect_uri:
        return pages.refusal("Fel adress", "Klientens redirect_uri är en annan än den som är inlagd hos Exempelstad.")
    return None


def request_of(parameters: Mapping[str, str]) -> OpRequest:
    return OpRequest(
        parameters["client_id"],
        parameters["redirect_uri"],
        parameters.get("state"),
        parameters.get("nonce"),
        parameters.get("code_challenge"),
        parameters.get("response_mode") == "form_post",
    )


def wrong_in(parameters: Mapping[str, str]) -> tuple[str, str] | None:
    """The error, and its description, of a request that cannot be met."""
    if "request" in parameters:
        return "invalid_request_object", "it is not signed by the client"
    if parameters.get("response_type") != "code":
        return "unsupported_response_type", "only code"
    if "openid" not in parameters.get("scope", "").split():
        return "invalid_scope", "openid is missing"
    if not parameters.get("code_challenge") or parameters.get("code_challenge_method") != "S256":
        return "invalid_request", "PKCE with S256 is needed"
    return None


def error_of(status: tuple[str, ...]) -> tuple[str, str]:
    """A SAML status, which the IdP's pages speak, as an error of OpenID Connect."""
    return next((error for code in status for end, error in _ERRORS.items() if code.endswith(end)), ("server_error", "something odd"))


def answer(issuer: str, request: OpRequest, session: Session, now: datetime, ids: Callable[[], str]) -> tuple[str, Grant]:
    """(code, what it stands for)."""
    code, access_token, seconds = f"kod-{ids()}", f"biljett-{ids()}", int(now.timestamp())
    subject = hashlib.sha256(f"{request.client_id} {session.who.object_guid}".encode()).hexdigest()[:32]
    header = {"alg": "RS256", "kid": "exempelstad-signing", "typ": "JWT"}
    claims = {
        "iss": issuer, "sub": subject, "aud": request.client_id, "exp": seconds + SECONDS, "iat": seconds, "auth_time": int(session.since.timestamp()),
        "nonce": request.nonce, "acr": session.context, "amr": _METHODS[session.method], "at_hash": half_hash(access_token),
    }  # fmt: skip
    info = {"iss": issuer, "aud": request.client_id, "sub": subject, EPPN_CLAIM: session.who.eppn}
    parameters = {"code": code, "iss": issuer} | ({"state": request.state} if request.state is not None else {})
    made = OpAnswer(parameters, Signed(claims, header), Signed(info, header), by_post=request.form_post)
    return code, Grant(request, made, access_token)


def back(request: OpRequest, parameters: Mapping[str, str], by_post: bool) -> HttpResponse:
    """Back to the client, as it asked: by query, or by form_post."""
    if by_post:
        return pages.post_to(request.redirect_uri, tuple(parameters.items()))
    mark = "&" if "?" in request.redirect_uri else "?"
    return HttpResponse(302, (("Location", f"{request.redirect_uri}{mark}{urlencode(parameters)}"),))


def error(request: OpRequest, issuer: str, wrong: tuple[str, str]) -> HttpResponse:
    parameters = {"error": wrong[0], "error_description": wrong[1], "iss": issuer}
    return back(request, parameters | ({"state": request.state} if request.state is not None else {}), request.form_post)


def tokens(grants: Grants, request: HttpRequest, clients: Mapping[str, OpClient], endpoint: str) -> tuple[Grants, HttpResponse]:
    """What the token endpoint answers; a code is good for once."""
    form = dict(request.form or ())
    client_id = _authenticated(request, form, clients, endpoint)
    if client_id is None:
        return grants, _json(401, {"error": "invalid_client"}, (("Content-Type", "application/json"), ("Cache-Control", "no-store")))
    code = form.get("code", "")
    grant = grants.get(code)
    verifier = encoded(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
    asked_for = (client_id, form.get("redirect_uri"), verifier)
    if grant is None or asked_for != (grant.request.client_id, grant.request.redirect_uri, grant.request.code_challenge):
        return grants, _json(400, {"error": "invalid_grant"}, (("Content-Type", "application/json"), ("Cache-Control", "no-store")))
    left = {key: value for key, value in grants.items() if key != code} | {grant.access_token: grant}
    made = grant.answer
    if made.raw:
        return left, HttpResponse(made.raw[0], (("Content-Type", made.raw[1]),), made.raw[2])
    body = {
        "access_token": grant.access_token,
        "token_type": "Bearer",
        "expires_in": SECONDS,
        "id_token": to_jwt(made.id_token),
        **made.more,
    }
    return left, _json(200, {name: value for name, value in body.items() if value is not None}, made.headers)


def user_info(grants: Grants, request: HttpRequest) -> HttpResponse:
    shown = next((value for name, value in request.headers if name.lower() == "authorization"), "")
    grant = grants.get(shown.removeprefix("Bearer "))
    if grant is None or grant.answer.info is None or not shown.startswith("Bearer "):
        return HttpResponse(401, (("WWW-Authenticate", 'Bearer error="invalid_token"'),))
    made = grant.answer
    if made.info_raw:
        return HttpResponse(made.info_raw[0], (("Content-Type", made.info_raw[1]),), made.info_raw[2])
    info = grant.answer.info
    if made.info_plain:
        return _json(
            200, {name: value for name, value in info.claims.items() if name not in ("iss", "aud")}, (("Content-Type", "application/json"),)
        )
    return HttpResponse(200, (("Content-Type", "application/jwt"),), to_jwt(info).encode())


def _authenticated(request: HttpRequest, form: Mapping[str, str], clients: Mapping[str, OpClient], endpoint: str) -> str | None:
    """The client that proved who it is, in the way it is registered for."""
    given = next((value for name, value in request.headers if name.lower() == "authorization"), "")
    name, secret = form.get("client_id", ""), form.get("client_secret")
    if given.startswith("Basic "):
        pair = base64.b64decode(given.removeprefix("Basic ")).decode("utf-8", "replace")
        name, secret = (unquote_plus(part) for part in (pair.partition(":")[0], pair.partition(":")[2]))
    client = clients.get(name)
    if client is None:
        return None
    if client.secret is not None:
        return name if secret == client.secret else None
    if client.public is not None:
        return name if _is_its_assertion(form.get("client_assertion", ""), name, client.public, endpoint) else None
    return name


def _is_its_assertion(assertion: str, client_id: str, public: tuple[int, int], endpoint: str) -> bool:
    claims = verified(assertion, public)
    return claims is not None and (claims.get("iss"), claims.get("sub"), claims.get("aud")) == (client_id, client_id, endpoint)


def verified(token: str, public: tuple[int, int]) -> dict[str, Any] | None:
    """The claims of a JWT that this RSA key (n, e) has signed by RS256."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
    from cryptography.hazmat.primitives.hashes import SHA256

    signed, _, signature = token.rpartition(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
        RSAPublicNumbers(public[1], public[0]).public_key().verify(
            base64.urlsafe_b64decode(signature + "=="), signed.encode(), PKCS1v15(), SHA256()
        )
    except (ValueError, InvalidSignature):
        return None
    return claims if isinstance(claims, dict) else None


def _json(status: int, members: Mapping[str, object], headers: tuple[tuple[str, str], ...]) -> HttpResponse:
    return HttpResponse(status, headers, json.dumps(members).encode())
