"""The outermost facts of a SAML message: enough to tell which answer belongs to which request, and to which IdP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from idptest.captured.entry import field, sensible
from idptest.model.flow import HttpRequest
from idptest.model.rule import Pointer
from idptest.saml import bindings
from idptest.saml.xml import NS, SAMLP, Element, NotXml, Places, parse, text

_YES = ("true", "1")


@dataclass(frozen=True)
class Asked:
    """An AuthnRequest as it went out. What it does not hold is None; `destination` is where it was sent."""

    request_id: str
    destination: str
    relay_state: str | None
    issued_at: datetime | None
    sp_entity_id: str | None
    acs_url: str | None
    contexts: tuple[str, ...]
    comparison: str
    force_authn: bool
    binding: str
    signed: bool


@dataclass(frozen=True)
class Answered:
    """A Response; all None when it is sent as one and cannot be read."""

    issuer: str | None = None
    in_response_to: str | None = None
    issued_at: datetime | None = None


def asked(request: HttpRequest) -> Asked | None:
    """The AuthnRequest in a browser's request; None when there is none, or none that can be read."""
    value = field(request, "SAMLRequest")
    root = None if value is None else _root(_xml(request, value))
    if root is None or root.tag != f"{{{SAMLP}}}AuthnRequest" or not root.get("ID"):
        return None
    levels = root.find("samlp:RequestedAuthnContext", NS)
    return Asked(
        request_id=root.get("ID"),
        destination=request.url.partition("?")[0],
        relay_state=field(request, "RelayState"),
        issued_at=sensible(Places(Pointer("exchange")).instant(root, "IssueInstant")),
        sp_entity_id=text(root.find("saml:Issuer", NS)) or None,
        acs_url=root.get("AssertionConsumerServiceURL") or None,
        contexts=() if levels is None else tuple(text(found) or "" for found in levels.iterfind("saml:AuthnContextClassRef", NS)),
        comparison="exact" if levels is None else levels.get("Comparison", "exact"),
        force_authn=root.get("ForceAuthn") in _YES,
        binding=bindings.POST if request.method == "POST" else bindings.REDIRECT,
        signed=field(request, "Signature") is not None or root.find("ds:Signature", NS) is not None,
    )


def answered(request: HttpRequest) -> Answered | None:
    """The Response in a browser's request; None when there is none, or when it is another message, such as a LogoutResponse."""
    value = field(request, "SAMLResponse")
    return None if value is None else read_answer(_xml(request, value))


def read_answer(xml: bytes | None) -> Answered | None:
    """The same of the XML itself."""
    root = _root(xml)
    if root is None:
        return Answered()
    if root.tag != f"{{{SAMLP}}}Response":
        return None
    issuer = root.find("saml:Issuer", NS)
    if issuer is None:
        issuer = root.find("saml:Assertion/saml:Issuer", NS)
    return Answered(
        issuer=text(issuer) or None,
        in_response_to=root.get("InResponseTo"),
        issued_at=sensible(Places(Pointer("exchange")).instant(root, "IssueInstant")),
    )


def _xml(request: HttpRequest, value: str) -> bytes | None:
    return bindings.decode_redirect(value) if request.method == "GET" else bindings.decode_post(value)


def _root(xml: bytes | None) -> Element | None:
    if xml is None:
        return None
    try:
        return parse(xml)
    except NotXml:
        return None
