"""Exempelstad's metadata: plain data that a defect can change, then XML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from idptest.demo import keys
from idptest.saml.bindings import POST, REDIRECT
from idptest.saml.xml import ALG, DS, MD, MDATTR, MDUI, REMD, SAML, SHIBMD, XMLNS, XSI, Element, timestamp

ENTITY_ID = "https://idp.exempelstad.se/saml"
BASE_URL = "https://idp.exempelstad.se"
SSO = f"{BASE_URL}/sso"
URI = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
LEVELS = ("http://id.swedenconnect.se/loa/1.0/uncertified-loa2", "http://id.swedenconnect.se/loa/1.0/uncertified-loa3")
E_LEG = ("urn:oasis:names:tc:SAML:attribute:assurance-certification", "https://fidus.skolverket.se/authentication/e-leg")
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
_PAGES = "https://www.exempelstad.se"
_SECURITY = "http://refeds.org/metadata/contactType/security"

# What people see: the element, its language, what it says.
Shown = tuple[str, str, str]
SHOWN: tuple[Shown, ...] = (
    ("DisplayName", "sv", "Exempelstads kommun"),
    ("DisplayName", "en", "Municipality of Exempelstad"),
    ("Description", "sv", "Inloggning för elever och personal i Exempelstads skolor"),
    ("Description", "en", "Login for pupils and staff at the schools of Exempelstad"),
    ("InformationURL", "sv", f"{_PAGES}/inloggning"),
    ("InformationURL", "en", f"{_PAGES}/en/login"),
    ("PrivacyStatementURL", "sv", f"{_PAGES}/personuppgifter"),
    ("PrivacyStatementURL", "en", f"{_PAGES}/en/personal-data"),
    ("Logo", "", f"{_PAGES}/logo.png"),
    ("OrganizationName", "sv", "Exempelstads kommun"),
    ("OrganizationName", "en", "Municipality of Exempelstad"),
    ("OrganizationDisplayName", "sv", "Exempelstad"),
    ("OrganizationDisplayName", "en", "Exempelstad"),
    ("OrganizationURL", "sv", f"{_PAGES}/"),
    ("OrganizationURL", "en", f"{_PAGES}/en/"),
)


@dataclass(frozen=True)
class Published:
    """What the metadata says. `e_leg` is "entity", "role" (misplaced) or None; `levels` stand beside it, directly under
    the entity. `certificate_start` and `certificate_end` None: as the key's.

    `contacts`: contactType and address. `algorithms`: alg's element and URI. `other_endpoints`: service, binding, location.
    `name_id_formats_last`: after SingleSignOnService, where the schema does not have them.
    `federation_roles`: the roles of WS-Federation and of a service that AD FS adds. `signed`: it bears a signature of its own,
    and `edited` after that.
    """

    entity_id: str = ENTITY_ID

    scopes: tuple[str, ...] = ("exempelstad.se",)
    scope_patterns: tuple[str, ...] = ()
    scope_place: str = "role"
    e_leg: str | None = "entity"
    levels: tuple[str, ...] = LEVELS
    sso: str = SSO
    bindings: tuple[str, ...] = (REDIRECT, POST)
    key: str | None = "signing"
    more_keys: tuple[str, ...] = ()
    certificate_end: datetime | None = None
    certificate_start: datetime | None = None
    certificate_issuer: str | None = None
    wants_signed_requests: bool = False
    valid_until: datetime | None = None
    e_leg_value: str = E_LEG[1]
    error_url: str | None = f"{_PAGES}/inloggning/hjalp"
    shown: tuple[Shown, ...] = SHOWN
    contacts: tuple[tuple[str, str], ...] = (
        ("administrative", "mailto:it-chef@exempelstad.se"),
        ("technical", "mailto:idp@exempelstad.se"),
        ("support", "mailto:servicedesk@exempelstad.se"),
        ("security", "mailto:sakerhet@exempelstad.se"),
    )
    name_id_formats: tuple[str, ...] = (TRANSIENT,)
    algorithms: tuple[tuple[str, str], ...] = (
        ("DigestMethod", "http://www.w3.org/2001/04/xmlenc#sha256"),
        ("SigningMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"),
    )
    other_endpoints: tuple[tuple[str, str, str], ...] = ()
    listed_attributes: tuple[str, ...] = ()
    federation_roles: bool = False
    name_id_formats_last: bool = False
    signed: bool = False
    edited: bool = False


def to_xml(published: Published) -> bytes:
    """The EntityDescriptor."""
    entity = etree.Element(
        f"{{{MD}}}EntityDescriptor", nsmap={"md": MD, "ds": DS, "shibmd": SHIBMD, "mdattr": MDATTR, "mdui": MDUI, "alg": ALG, "saml": SAML}
    )
    entity.set("entityID", published.entity_id)
    if published.signed:
        entity.set("ID", "exempelstad")
    if published.valid_until:
        entity.set("validUntil", timestamp(published.valid_until))
    extensions = _add(entity, MD, "Extensions")
    for element, uri in published.algorithms:
        _add(extensions, ALG, element, Algorithm=uri)
    if published.scope_place == "entity":
        _scopes(extensions, published)
    certified = (*([published.e_leg_value] if published.e_leg == "entity" else []), *published.levels)
    if certified:
        _certified(extensions, certified)
    if not len(extensions):
        entity.remove(extensions)
    if published.federation_roles:
        _roles_of_others(entity)
    _role(entity, published)
    _for_people(entity, published)
    if published.signed:
        entity = _signed(entity)
    if published.edited:
        entity.set("cacheDuration", "PT1H")
    return bytes(etree.tostring(entity, encoding="utf-8", xml_declaration=True, pretty_print=not published.signed))


def _role(entity: Element, published: Published) -> None:
    role = _add(entity, MD, "IDPSSODescriptor", protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol")
    if published.wants_signed_requests:
        role.set("WantAuthnRequestsSigned", "true")
    if published.error_url is not None:
        role.set("errorURL", published.error_url)
    extensions = _add(role, MD, "Extensions")
    if published.scope_place == "role":
        _scopes(extensions, published)
    if published.e_leg == "role":
        _certified(extensions, [published.e_leg_value])
    user_interface = [found for found in published.shown if not found[0].startswith("Organization")]
    shown = _add(extensions, MDUI, "UIInfo")
    for element, language, text in user_interface:
        size = {"height": "80", "width": "80"} if element == "Logo" else {}
        _localised(_add(shown, MDUI, element, text, **size), language)
    for key in (published.key, *published.more_keys):
        if key:
            _key(role, key, published)
    for service, binding, location in published.other_endpoints:
        index = {"index": "0"} if service == "ArtifactResolutionService" else {}
        _add(role, MD, service, Binding=binding, Location=location, **index)
    formats = [_add(role, MD, "NameIDFormat", each) for each in published.name_id_formats]
    for binding in published.bindings:
        _add(role, MD, "SingleSignOnService", Binding=binding, Location=published.sso)
    if published.name_id_formats_last:
        role.extend(formats)
    for name in published.listed_attributes:
        _add(role, SAML, "Attribute", Name=name, NameFormat=URI)


def _key(role: Element, key: str, published: Published) -> None:
    start, end = published.certificate_start or keys.START, published.certificate_end or keys.END
    pem = keys.certificate(key, start, end, published.certificate_issuer).decode()
    descriptor = _add(role, MD, "KeyDescriptor", use="signing")
    data = _add(_add(descriptor, DS, "KeyInfo"), DS, "X509Data")
    _add(data, DS, "X509Certificate", "".join(pem.splitlines()[1:-1]))


def _roles_of_others(entity: Element) -> None:
    """What AD FS adds: itself as a service of WS-Federation, and as an SP."""
    attributes = {
        f"{{{XSI}}}type": "fed:SecurityTokenServiceType",
        "protocolSupportEnumeration": "http://docs.oasis-open.org/wsfed/federation/200706",
    }
    role = etree.SubElement(
        entity, f"{{{MD}}}RoleDescriptor", attributes, nsmap={"fed": "http://docs.oasis-open.org/wsfed/federation/200706", "xsi": XSI}
    )
    _add(role, MD, "ContactPerson", contactType="support")
    service = _add(entity, MD, "SPSSODescriptor", protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol")
    _add(service, MD, "AssertionConsumerService", Binding=POST, Location=f"{BASE_URL}/acs", index="0")


def _for_people(entity: Element, published: Published) -> None:
    organization = [found for found in published.shown if found[0].startswith("Organization")]
    if organization:
        holder = _add(entity, MD, "Organization")
        for element, language, text in organization:
            _localised(_add(holder, MD, element, text), language)
    for kind, address in published.contacts:
        person = etree.SubElement(entity, f"{{{MD}}}ContactPerson", nsmap={"remd": REMD} if kind == "security" else None)
        person.set("contactType", "other" if kind == "security" else kind)
        if kind == "security":
            person.set(f"{{{REMD}}}contactType", _SECURITY)
        _add(person, MD, "GivenName", "Exempelstad")
        _add(person, MD, "EmailAddress", address)


def _localised(element: Element, language: str) -> None:
    if language:
        element.set(f"{{{XMLNS}}}lang", language)


def _signed(entity: Element) -> Element:
    """As AD FS and Entra ID hand it out, with the signature first."""
    from signxml.algorithms import CanonicalizationMethod
    from signxml.signer import XMLSigner

    entity.insert(0, etree.Element(f"{{{DS}}}Signature", Id="placeholder"))
    key, certificate = keys.pair("signing")
    signer = XMLSigner(c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)
    return signer.sign(entity, key=key, cert=certificate.decode(), reference_uri="#exempelstad", id_attribute="ID")


def _scopes(extensions: Element, published: Published) -> None:
    for scope in published.scopes:
        _add(extensions, SHIBMD, "Scope", scope, regexp="false")
    for pattern in published.scope_patterns:
        _add(extensions, SHIBMD, "Scope", pattern, regexp="true")


def _certified(extensions: Element, values: Sequence[str]) -> None:
    holder = _add(extensions, MDATTR, "EntityAttributes")
    attribute = _add(holder, SAML, "Attribute", Name=E_LEG[0], NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri")
    for value in values:
        _add(attribute, SAML, "AttributeValue", value)


def _add(parent: Element, namespace: str, name: str, text: str | None = None, **attributes: str) -> Element:
    element = etree.SubElement(parent, f"{{{namespace}}}{name}", **attributes)
    element.text = text
    return element
