"""Flow → Login, for OpenID Connect: the ID Token and UserInfo in the nouns that rules about people, names and levels know."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from idptest.assurance import AUTHN_CONTEXT, Assurance
from idptest.attributes import Attributes
from idptest.model.flow import ARRIVED, DISCOVERY, NETWORK, Ended, Exchange, Flow, LogoutPart
from idptest.model.login import EPPN
from idptest.model.oidc import (
    VALID,
    AuthorizationAnswer,
    Discovery,
    IdToken,
    KeySet,
    Logout,
    Members,
    OidcFacts,
    TokenAnswer,
    UserInfo,
)
from idptest.model.rule import Pointer, Words
from idptest.model.saml import Assertion, Attribute, AttributeValue, AuthnStatement, Endpoint, IdpMetadata, NameId
from idptest.oidc import discovery, rp, tokens
from idptest.oidc.json_text import read_object

REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"

# Claims about the token and the login, not about the person: OIDCCore 2 and 5.1 (sub, updated_at), RFC 7519 4.1, RFC 8176, RFC 8417 (txn),
# Front- and Back-Channel Logout (sid), and those that Entra ID and Keycloak add of the same kind:
# https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference (read 2026-11).
PROTOCOL = frozenset(
    [
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "nbf",
        "jti",
        "auth_time",
        "nonce",
        "acr",
        "amr",
        "azp",
        "at_hash",
        "c_hash",
        "s_hash",
        "sid",
        "txn",
        "updated_at",
        "session_state",
        "typ",
        "aio",
        "rh",
        "tid",
        "uti",
        "ver",
    ]
)
_MOST = 300  # claims, and values of one, that are looked at


def read(flow: Flow, assurance: Assurance) -> OidcFacts:
    """What the OP published and sent in this login."""
    published = _published(flow)
    facts = OidcFacts(published, declares_levels(published, assurance))
    asked = flow.oidc
    if asked is None or flow.ended.how != ARRIVED:
        return facts
    answer = _answer(flow, flow.ended)
    fetched = _exchange(flow, asked.keys)
    keys = discovery.fetched_keys(fetched) if fetched else None
    answered = _token_answer(_exchange(flow, asked.token))
    made: tokens.Made = {}
    # A file of somebody else's may hold the ID Token where the browser saw it.
    holds = answer if "token_answer" in flow.untold else answered
    id_token = _id_token(holds, keys, made)
    return replace(
        facts,
        answer=answer,
        keys=keys,
        token_answer=answered,
        id_token=id_token,
        user_info=_user_info(_exchange(flow, asked.user_info), keys, made),
        logout=_logout(flow, asked.logout),
    )


def _published(flow: Flow) -> Discovery:
    if flow.ended.reason == DISCOVERY and flow.ended.exchange:
        return discovery.fetched_discovery(flow.exchanges[flow.ended.exchange - 1], flow.ended.how != NETWORK)
    return discovery.read_discovery(flow.idp.metadata)


def declares_levels(published: Discovery, assurance: Assurance) -> bool:
    """Whether acr_values_supported names a level of e-legitimation: 2 or higher."""
    named = published.texts("acr_values_supported") or ()
    known = (assurance.value(uri) for uri in named)
    return any(found is not None and (found.level or 0) >= 2 and AUTHN_CONTEXT in found.carrier for found in known)


def _exchange(flow: Flow, number: int | None) -> Exchange | None:
    return None if number is None else flow.exchanges[number - 1]


def _answer(flow: Flow, ended: Ended | None) -> AuthorizationAnswer | None:
    """What came to us; None when nothing did."""
    if ended is None or ended.how != ARRIVED:
        return None
    return rp.authorization_answer(flow.exchanges[ended.exchange - 1].request, Pointer("exchange", "", ended.exchange))


def _logout(flow: Flow, asked: LogoutPart | None) -> Logout:
    came = _answer(flow, asked.ended) if asked else None
    at = Pointer("exchange", "", (asked.ended and asked.ended.exchange if asked else None) or flow.ended.exchange)
    return Logout(at, came.values if came else {}, asked=asked, again=_answer(flow, asked.again) if asked else None)


def _token_answer(exchange: Exchange | None) -> TokenAnswer | None:
    if exchange is None:
        return None
    at = Pointer("exchange", "", exchange.number)
    if exchange.response is None:
        return TokenAnswer(at, problem=discovery.no_answer(exchange))
    values, problem = read_object(exchange.response.body)
    headers = {name.lower(): value for name, value in reversed(exchange.response.headers)}
    return TokenAnswer(at, values, problem, exchange.response.status, headers)


def _id_token(answered: Members | None, keys: KeySet | None, made: tokens.Made) -> IdToken | None:
    found = answered.text("id_token") if answered else None
    return tokens.read_id_token(found, answered.at("id_token"), keys, made) if answered and found else None


def _user_info(exchange: Exchange | None, keys: KeySet | None, made: tokens.Made) -> UserInfo | None:
    if exchange is None:
        return None
    at = Pointer("exchange", "", exchange.number)
    response = exchange.response
    if response is None:
        return UserInfo(at, problem=discovery.no_answer(exchange))
    form = (response.header("content-type") or "").partition(";")[0].strip().lower()
    if response.status != 200:
        problem = Words(f"it answered HTTP {response.status}", f"den svarade HTTP {response.status}")
        return UserInfo(at, problem=problem, status=response.status, content_type=form)
    text = response.body.decode("latin-1").strip()
    if form == "application/jwt" or text.startswith("eyJ"):
        token = tokens.read_token(text, at, keys, made)
        return UserInfo(at, token.values, token.why, response.status, form, token)
    values, why = read_object(response.body)
    return UserInfo(at, values, why, response.status, form)


# --- the same nouns


def metadata(published: Discovery, issuer: str) -> IdpMetadata:
    """What the discovery document says that metadata says too: who it is, and where a login begins."""
    at = published.pointer
    location = published.text("authorization_endpoint")
    login = (Endpoint(published.at("authorization_endpoint"), {}, REDIRECT, location),) if location else ()
    return IdpMetadata(
        pointer=at, parts={}, entity_id=published.text("issuer") or issuer, sso=login, signing=(), scopes=(), entity_attributes=(),
        want_authn_requests_signed=False, valid_until=None, document=b"",
    )  # fmt: skip


def assertion(facts: OidcFacts) -> Assertion | None:
    """What is said of the person and the login; None when there is no ID Token that can be read.

    What UserInfo says counts when its `sub` is the ID Token's (OIDCCore 5.3.2). Whether a signature holds decides what is `verified`.
    """
    token = facts.id_token
    if token is None or not token.values:
        return None
    subject, info = token.text("sub"), _same_person(facts)
    context = AuthnStatement(
        token.pointer, {"AuthnContextClassRef": token.at("acr")}, token.instant("auth_time"), token.text("sid"), None, token.text("acr"), ()
    )
    return Assertion(
        pointer=token.pointer, parts={}, id=token.text("jti") or token.text("nonce"), version=None,
        issue_instant=token.instant("iat"), issuer=token.text("iss"), issuer_format=None,
        name_id=NameId(token.at("sub"), {}, subject, None, None) if subject else None, confirmations=(), not_before=token.instant("nbf"),
        not_on_or_after=token.instant("exp"), audience_restrictions=(token.one_or_more("aud"),), authn_statements=(context,),
        attribute_statements=1, attributes=tuple(_attributes(facts, token)), verified=token.state == VALID and (info is None or info.token is None or info.token.state == VALID),
    )  # fmt: skip


def _same_person(facts: OidcFacts) -> UserInfo | None:
    """UserInfo, when it is about whom the ID Token is about."""
    token, info = facts.id_token, facts.user_info
    return info if token and info and info.values and info.text("sub") == token.text("sub") else None


def _attributes(facts: OidcFacts, token: IdToken) -> Iterator[Attribute]:
    """The claims about the person, those of the ID Token first; what UserInfo repeats is there once."""
    sources: list[Members] = [token]
    if (info := _same_person(facts)) is not None:
        sources.append(info)
    said: list[tuple[str, Any]] = []
    for source in sources:
        for name, value in list(source.values.items())[:_MOST]:
            if name not in PROTOCOL and (name, value) not in said:
                said.append((name, value))
                yield _attribute(name, value, source.at(name))


def _attribute(name: str, value: Any, at: Pointer) -> Attribute:
    values = value if isinstance(value, list) else [value]
    return Attribute(at, {}, name, None, None, tuple(AttributeValue(at, _text(each), nil=each is None) for each in values[:_MOST]))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def names(found: Assertion | None, attributes: Attributes, eppn_claim: str | None) -> Mapping[Pointer, str | None]:
    """What each claim is called in the vocabulary. Where idptest.toml names the EPPN's claim, that and no other is it."""
    called: dict[Pointer, str | None] = {}
    for claim in found.attributes if found else ():
        name = attributes.of_claim(claim.name)
        if eppn_claim is not None:
            name = EPPN if claim.name == eppn_claim else None if name == EPPN else name
        called[claim.pointer] = name
    return called


def methods(token: IdToken | None) -> tuple[tuple[str, Pointer], ...]:
    """How the person logged in, by `amr` (RFC 8176), and where it stands."""
    return tuple((value, token.at("amr")) for value in token.one_or_more("amr")[:_MOST]) if token else ()
