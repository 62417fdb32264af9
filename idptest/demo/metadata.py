"""Exempelstad's metadata: plain data that a defect can change, then XML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from idptest.demo import keys
from idptest.saml.bindings import POST, REDIRECT
from idptest.saml.xml import DS, MD, MDATTR, MDUI, SAML, SHIBMD, XMLNS, Element, timestamp

ENTITY_ID = "https://idp.exempelstad.se/saml"
BASE_URL = "https://idp.exempelstad.se"
SSO = f"{BASE_URL}/sso"
E_LEG = ("urn:oasis:names:tc:SAML:attribute:assurance-certification", "https://fidus.skolverket.se/authentication/e-leg")


@dataclass(frozen=True)
class Published:
    """What the metadata says. `e_leg` is "entity", "role" (misplaced) or None; `certificate_end` None: as long as the key."""

    scopes: tuple[str, ...] = ("exempelstad.se",)
    scope_patterns: tuple[str, ...] = ()
    scope_place: str = "role"
    e_leg: str | None = "entity"
    sso: str = SSO
    slo: str | None = None
    bindings: tuple[str, ...] = (REDIRECT, POST)
    key: str | None = "signing"
    more_keys: tuple[str, ...] = ()
    certificate_end: datetime | None = None
    wants_signed_requests: bool = False
    valid_until: datetime | None = None


def to_xml(published: Published) -> bytes:
    """The EntityDescriptor."""
    entity = etree.Element(
        f"{{{MD}}}EntityDescriptor", nsmap={"md": MD, "ds": DS, "shibmd": SHIBMD, "mdattr": MDATTR, "mdui": MDUI, "saml": SAML}
    )
    entity.set("entityID", ENTITY_ID)
    if published.valid_until:
        entity.set("validUntil", timestamp(published.valid_until))
    if published.e_leg == "entity" or published.scope_place == "entity":
        extensions = _add(entity, MD, "Extensions")
        if published.scope_place == "entity":
            _scopes(extensions, published)
        if published.e_leg == "entity":
            _e_leg(extensions)
    role = _add(entity, MD, "IDPSSODescriptor", protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol")
    if published.wants_signed_requests:
        role.set("WantAuthnRequestsSigned", "true")
    extensions = _add(role, MD, "Extensions")
    if published.scope_place == "role":
        _scopes(extensions, published)
    if published.e_leg == "role":
        _e_leg(extensions)
    shown = _add(extensions, MDUI, "UIInfo")
    for language, name in (("sv", "Exempelstads kommun"), ("en", "Municipality of Exempelstad")):
        _add(shown, MDUI, "DisplayName", name).set(f"{{{XMLNS}}}lang", language)
    for key in (published.key, *published.more_keys):
        if key:
            end = {"end": published.certificate_end} if published.certificate_end else {}
            pem = keys.certificate(key, **end).decode()
            descriptor = _add(role, MD, "KeyDescriptor", use="signing")
            data = _add(_add(descriptor, DS, "KeyInfo"), DS, "X509Data")
            _add(data, DS, "X509Certificate", "".join(pem.splitlines()[1:-1]))
    if published.slo:
        _add(role, MD, "SingleLogoutService", Binding=REDIRECT, Location=published.slo)
    _add(role, MD, "NameIDFormat", "urn:oasis:names:tc:SAML:2.0:nameid-format:transient")
    for binding in published.bindings:
        _add(role, MD, "SingleSignOnService", Binding=binding, Location=published.sso)
    return bytes(etree.tostring(entity, encoding="utf-8", xml_declaration=True, pretty_print=True))


def _scopes(extensions: Element, published: Published) -> None:
    for scope in published.scopes:
        _add(extensions, SHIBMD, "Scope", scope, regexp="false")
    for pattern in published.scope_patterns:
        _add(extensions, SHIBMD, "Scope", pattern, regexp="true")


def _e_leg(extensions: Element) -> None:
    name, value = E_LEG
    holder = _add(extensions, MDATTR, "EntityAttributes")
    attribute = _add(holder, SAML, "Attribute", Name=name, NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri")
    _add(attribute, SAML, "AttributeValue", value)


def _add(parent: Element, namespace: str, name: str, text: str | None = None, **attributes: str) -> Element:
    element = etree.SubElement(parent, f"{{{namespace}}}{name}", **attributes)
    element.text = text
    return element
