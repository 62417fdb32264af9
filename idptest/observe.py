"""What is kept of a judged login: an observation, in which nothing identifies a person who is not a test person."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from urllib.parse import urlsplit

from idptest.identifiers import affiliation, node, objectguid
from idptest.model.flow import ARRIVED, REFUSED_BY_IDP, Flow
from idptest.model.history import NO_ASSERTION, Identifier, Observation, Reading, SentAttribute
from idptest.model.login import Login
from idptest.model.metadata_facts import REMEMBERED
from idptest.model.oidc import VALID
from idptest.model.report import LoginReport
from idptest.model.saml import Response
from idptest.oidc.discovery import thumbprint
from idptest.saml.metadata_facts import facts, public_key

_ROLES = ("eduPersonAffiliation", "eduPersonScopedAffiliation")


def observe(report: LoginReport, key: bytes) -> Observation:
    """The observation of a login, whether it arrived or not. `key` is the workspace's: without it no digest can be guessed at."""
    login, flow = report.login, report.login.flow
    keep = flow.account.test_person
    assertion = login.assertion
    name_id = assertion.name_id if assertion else None
    attributes = assertion.attributes if assertion else ()
    return Observation(
        at=flow.captured_at,
        idp=flow.idp.name,
        entity_id=flow.idp.entity_id,
        account=flow.account.name,
        role=flow.account.role,
        sp=flow.sent.sp_entity_id,
        protocol=flow.protocol,
        ended=_ended(login),
        trusted=login.trusted,
        tool=report.tool,
        test_person=keep,
        product=flow.idp.product,
        person=_digest(key, "person", flow.account.person) if flow.account.person else None,
        flow=flow.id,
        factors=flow.factors,
        asked=flow.sent.contexts,
        context=login.authn_context.value if login.authn_context else None,
        eppn=tuple(identify(value, key, keep) for value in login.principal_name.values) if login.principal_name else (),
        name_id_format=name_id.format if name_id else None,
        name_id=identify(name_id.value, key, keep) if name_id else None,
        attributes=tuple(SentAttribute(login.name(sent), sent.name, sent.name_format, len(sent.values)) for sent in attributes),
        algorithms=_algorithms(login),
        key=_key(login),
        encryption=_encryption(login),
        lifetime=_lifetime(login),
        reason=flow.ended.reason or _status(login),
        metadata=tuple(str(fact) for fact in facts(login.metadata) if fact.kind in REMEMBERED),
        nodes=_nodes(flow),
        roles=_roles(login),
    )


def _roles(login: Login) -> tuple[str, ...]:
    """What the person is said to be, in eduPerson's closed list of words: no such word tells who it is."""
    sent = (
        value.text
        for attribute in (login.assertion.attributes if login.assertion else ())
        if login.name(attribute) in _ROLES
        for value in attribute.values
    )
    return tuple(sorted({affiliation.word(text) for text in sent} & set(affiliation.WORDS)))


def _nodes(flow: Flow) -> tuple[str, ...]:
    """What shows which of the IdP's nodes answered, from the host that the request went to: addresses, headers and cookies, each once."""
    found: list[str] = []
    host = _host(flow.sent.destination)
    for exchange in flow.exchanges:
        if exchange.response and _host(exchange.request.url) == host:
            found += [f"address: {exchange.response.peer}"] if exchange.response.peer else []
            found += node.signs(exchange.response.headers)
    return tuple(dict.fromkeys(found))


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _ended(login: Login) -> str:
    """As the flow ended; but what arrives may be the IdP's no, or nothing that says who logged in."""
    how = login.flow.ended.how
    if how != ARRIVED or login.assertion:
        return how
    return REFUSED_BY_IDP if login.refused_in_answer else NO_ASSERTION


def identify(value: str, key: bytes, keep: bool) -> Identifier:
    """The keyed digests of a value. `keep`: it is an invented person's, and may stand there in clear."""
    # "[B@6d06d69c" is how Java prints an array
    local, at, scope = value.rpartition("@") if value.startswith("[") and value.count("@") > 1 else value.partition("@")
    readings = objectguid.readings(local)
    return Identifier(
        exact=_digest(key, "exact", value),
        folded=_digest(key, "folded", value.casefold()),
        local=_digest(key, "local", local),
        local_folded=_digest(key, "folded", local.casefold()),
        scope=_digest(key, "scope", scope) if at else None,
        kind=objectguid.kind(local),
        readings=tuple(Reading(_digest(key, "guid", str(found.guid)), found.forms) for found in readings),
        value=value if keep else None,
    )


def rekeyed(seen: Observation, key: bytes) -> Observation:
    """The observation with the digests of values that are kept in clear made anew, by this key. Others stay by the key they were made with."""

    def again(found: Identifier) -> Identifier:
        return found if found.value is None else identify(found.value, key, True)

    return replace(seen, eppn=tuple(map(again, seen.eppn)), name_id=again(seen.name_id) if seen.name_id else None)


def key_id(key: bytes) -> str:
    """What tells two workspaces' keys apart."""
    return _digest(key, "key", "")[:16]


def _digest(key: bytes, part: str, value: str) -> str:
    """HMAC-SHA256, hex, cut to 128 bits. `part` keeps the digests of two parts apart where their texts are the same."""
    return hmac.new(key, f"{part}\0{value}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def _status(login: Login) -> str | None:
    """The status, or the error, that the IdP says no with, in short."""
    if login.oidc and login.oidc.answer:
        return login.oidc.answer.error
    if not isinstance(login.response, Response) or login.response.succeeded:
        return None
    return " / ".join(code.rpartition(":")[2] for code in login.response.status) or None


def _algorithms(login: Login) -> tuple[str, ...]:
    """The URIs, or JOSE's names, of what vouches for the identity, in order of the alphabet."""
    if login.oidc:
        token = login.oidc.id_token
        return (token.algorithm,) if token and token.state == VALID and token.algorithm else ()
    valid = [found for found in login.response.signatures if found.state == "valid"] if isinstance(login.response, Response) else []
    return tuple(sorted({uri for found in valid for uri in (found.algorithm, found.digest) if uri}))


def _key(login: Login) -> str | None:
    """SHA-256 of the public key (SubjectPublicKeyInfo; of a JWK its thumbprint) that verified, hex: a certificate made anew for the same
    key is no new key."""
    if login.oidc:
        token, keys = login.oidc.id_token, login.oidc.keys
        return thumbprint(keys.keys[token.key - 1]) if token and keys and token.key else None
    signatures = login.response.signatures if isinstance(login.response, Response) else ()
    number = next((found.key for found in signatures if found.state == "valid" and found.key), None)
    pem = login.metadata.signing[number - 1].pem if number else None
    return public_key(pem) if pem else None


def _encryption(login: Login) -> tuple[str, ...]:
    found = login.response.encrypted_assertions if isinstance(login.response, Response) else ()
    return tuple(sorted({uri for each in found for uri in (each.algorithm, each.key_transport) if uri}))


def _lifetime(login: Login) -> int | None:
    """Seconds from the assertion's issue to its end."""
    from datetime import datetime

    assertion = login.assertion
    if assertion is None or not isinstance(assertion.issue_instant, datetime) or not isinstance(assertion.not_on_or_after, datetime):
        return None
    return round((assertion.not_on_or_after - assertion.issue_instant).total_seconds())
