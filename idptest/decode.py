"""Flow → Login: from captured bytes to the facts that rules judge."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

from idptest.assurance import Assurance
from idptest.attributes import Attributes
from idptest.consumers import Consumer, seen_by
from idptest.model.flow import ARRIVED, Flow
from idptest.model.login import EPPN, AuthnContext, Login, PrincipalName
from idptest.model.rule import Pointer, Words
from idptest.model.saml import Assertion, IdpMetadata, Response, Unreadable
from idptest.saml import bindings, metadata, response

CLOCK_SKEW = 180  # seconds; SDP-G01 asks for three to five minutes, Skolverket's test SP allows 180


def decode(
    flow: Flow, attributes: Attributes, assurance: Assurance, clock_skew: int = CLOCK_SKEW, consumers: Sequence[Consumer] = ()
) -> Login:
    """The login in `flow`, and what the `consumers` would see of it.

    Raises InputError only when the flow's own metadata is not what capture put there.
    """
    idp = metadata.read_idp(flow.idp.metadata)
    read = _response(flow, idp)
    assertion = _trusted(read)
    received = assertion.attributes if assertion else ()
    names = {attribute.pointer: attributes.canonical(attribute.name, attribute.name_format) for attribute in received}
    principal = tuple(attribute for attribute in received if names[attribute.pointer] == EPPN)
    return Login(
        flow=flow,
        response=read,
        assertion=assertion,
        trusted=assertion is not None and assertion.verified,
        metadata=idp,
        principal_name=PrincipalName(principal) if principal else None,
        authn_context=_authn_context(assertion, assurance),
        names=names,
        seen_by=seen_by(consumers, received, tuple(names[attribute.pointer] for attribute in received), idp, attributes),
        clock_skew=clock_skew,
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
    """(issuer, ID) of every assertion that arrived: what tells a replay."""
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


def _authn_context(assertion: Assertion | None, assurance: Assurance) -> AuthnContext | None:
    if assertion is None or not assertion.authn_statements:
        return None
    statement = assertion.authn_statements[0]
    if not statement.context_class:
        return None
    known = assurance.value(statement.context_class)
    return AuthnContext(
        value=statement.context_class,
        at=statement.at("AuthnContextClassRef"),
        known=known is not None,
        level=known.level if known else None,
        factors=known.factors if known else None,
        claim=known.claim if known else None,
        nearest=near.uri if not known and (near := assurance.nearest(statement.context_class)) else None,
    )
