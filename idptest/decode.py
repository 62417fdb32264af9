"""Flow → Login: from captured bytes to the facts that rules judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from idptest import decode_oidc
from idptest.assurance import Assurance
from idptest.attributes import Attributes
from idptest.consumers import Consumer, seen_by
from idptest.model.flow import ARRIVED, Flow
from idptest.model.login import EPPN, AssuranceValue, AuthnContext, Login, PrincipalName, ReleasedAttribute, StatedAssurance
from idptest.model.rule import Pointer, Words
from idptest.model.saml import Assertion, Attribute, IdpMetadata, Response, Unreadable
from idptest.saml import bindings, metadata, response

CLOCK_SKEW = 180  # seconds; SDP-G01 asks for three to five minutes, Skolverket's test SP allows 180


def decode(
    flow: Flow, attributes: Attributes, assurance: Assurance, clock_skew: int = CLOCK_SKEW, consumers: Sequence[Consumer] = ()
) -> Login:
    """The login in `flow`, and what the `consumers` would see of it.

    Raises InputError only when the flow's own metadata is not what capture put there.
    """
    oidc = decode_oidc.read(flow, assurance) if flow.protocol == "oidc" else None
    if oidc is not None:
        idp, read, assertion = decode_oidc.metadata(oidc.discovery, flow.idp.entity_id), None, decode_oidc.assertion(oidc)
    else:
        idp = metadata.read_idp(flow.idp.metadata)
        read = _response(flow, idp)
        assertion = _trusted(read)
    received = assertion.attributes if assertion else ()
    if flow.oidc:
        names = decode_oidc.names(assertion, attributes, flow.oidc.eppn_claim)
    else:
        names = {attribute.pointer: attributes.canonical(attribute.name, attribute.name_format) for attribute in received}
    principal = tuple(attribute for attribute in received if names[attribute.pointer] == EPPN)
    return Login(
        flow=flow,
        response=read,
        assertion=assertion,
        trusted=assertion is not None and assertion.verified,
        metadata=idp,
        principal_name=PrincipalName(principal) if principal else None,
        released=_released(received, names, attributes),
        authn_context=_authn_context(assertion, assurance),
        stated_assurance=_stated(received, names, assurance, decode_oidc.methods(oidc.id_token) if oidc else ()),
        names=names,
        # What services make of names and scopes is known of SAML's.
        seen_by=() if oidc else seen_by(consumers, received, tuple(names[attribute.pointer] for attribute in received), idp, attributes),
        clock_skew=clock_skew,
        oidc=oidc,
    )


def delivered(flow: Flow) -> bytes | Unreadable | None:
    """The XML that arrived at our ACS; None when nothing did."""
    if flow.ended.how != ARRIVED:
        return None
    exchange = flow.exchanges[flow.ended.exchange - 1]
    source = Pointer("exchange", "", exchange.number)
    by_get = exchange.request.method == "GET"  # wrong, and said by a rule; what it holds is judged all the same
    fields = parse_qsl(urlsplit(exchange.request.url).query) if by_get else exchange.request.form or ()
    field = next((value for name, value in fields if name == "SAMLResponse"), None)
    if field is None:
        return Unreadable(source, "", Words("there is no field SAMLResponse", "det finns inget fält SAMLResponse"))
    data = bindings.decode_redirect(field) if by_get else bindings.decode_post(field)
    if data is None:
        return Unreadable(source, field[:60], Words("the field SAMLResponse is not base64", "fältet SAMLResponse är inte base64"))
    return data


def _response(flow: Flow, idp: IdpMetadata) -> Response | Unreadable | None:
    data = delivered(flow)
    if not isinstance(data, bytes):
        return data
    source = Pointer("exchange", "", flow.exchanges[flow.ended.exchange - 1].number)
    return response.read_response(data, source, idp.signing, flow.decrypted)


def assertions(flow: Flow) -> list[tuple[str, str]]:
    """(issuer, ID) of every assertion that arrived: what tells a replay. A nonce of ours, which every ID Token bears, is never given twice."""
    if flow.protocol != "saml":
        return []
    read = _response(flow, metadata.read_idp(flow.idp.metadata))
    found = read.assertions if isinstance(read, Response) else ()
    return [(assertion.issuer or "", assertion.id) for assertion in found if assertion.id]


def _trusted(read: Response | Unreadable | None) -> Assertion | None:
    """The assertion that identity is read from: the first verified one; else the only one there is, untrusted."""
    candidates: Sequence[Assertion] = read.assertions if isinstance(read, Response) else ()
    verified = [assertion for assertion in candidates if assertion.verified]
    if verified:
        return verified[0]
    return candidates[0] if len(candidates) == 1 else None


def _released(received: Sequence[Attribute], names: Mapping[Pointer, str | None], attributes: Attributes) -> tuple[ReleasedAttribute, ...]:
    """What came beside the EPPN, in order; one attribute sent in several places is one."""
    sent: dict[str, list[Attribute]] = {}
    for attribute in received:
        name = names[attribute.pointer] or attribute.name
        if name != EPPN:
            sent.setdefault(name, []).append(attribute)
    entries = ((name, places, attributes.entries.get(name)) for name, places in sent.items())
    return tuple(
        ReleasedAttribute(name, tuple(places), known.format if known else None, known.single if known else None)
        for name, places, known in entries
    )


def _authn_context(assertion: Assertion | None, assurance: Assurance) -> AuthnContext | None:
    if assertion is None or not assertion.authn_statements:
        return None
    statement = assertion.authn_statements[0]
    if not statement.context_class:
        return None
    return AuthnContext(**_known(statement.context_class, statement.at("AuthnContextClassRef"), assurance, look_for_near=True))


def _stated(
    received: Sequence[Attribute], names: Mapping[Pointer, str | None], assurance: Assurance, methods: Sequence[tuple[str, Pointer]]
) -> StatedAssurance | None:
    def of(name: str) -> tuple[AssuranceValue, ...]:
        sent = (value for attribute in received if names[attribute.pointer] == name for value in attribute.values)
        return tuple(AssuranceValue(**_known(value.text.strip(), value.at, assurance)) for value in sent)

    told = tuple(AssuranceValue(**_known(value, at, assurance)) for value, at in methods)
    found = StatedAssurance(of("eduPersonAssurance"), of("authnmethodsreferences") + told)
    return found if found.values else None


def _known(value: str, at: Pointer, assurance: Assurance, *, look_for_near: bool = False) -> dict[str, Any]:
    """The fields of an AssuranceValue. Looking for the nearest takes milliseconds, and there may be thousands of values."""
    known = assurance.value(value)
    if known is None:
        near = assurance.nearest(value) if look_for_near else None
        nothing = {"level": None, "factors": None, "claim": None}
        return {"value": value, "at": at, "known": False, "nearest": near.uri if near else None, **nothing}
    return {
        "value": value,
        "at": at,
        "known": True,
        "level": known.level,
        "factors": known.factors,
        "claim": known.claim,
        "nearest": None,
        "family": known.family,
        "carriers": known.carrier,
        "retired": known.retired,
    }
