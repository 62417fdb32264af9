"""Our metadata as an SP, built with pysaml2's classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from idptest.model.rule import Words
from idptest.model.settings import Contact, Organization, Service
from idptest.saml.bindings import POST
from idptest.saml.metadata_parts import SECURITY_CONTACT
from idptest.saml.xml import NS, REMD, parse

PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
# What we would rather get: GCM before CBC, which is left out (Kantara SDP-ALG01).
ENCRYPTION = (
    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
    "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
)
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
ACS_INDEX = 0
URI = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"


@dataclass(frozen=True)
class Wanted:
    """An attribute that we ask for: its URN, its customary name, and whether a login fails without it."""

    name: str
    friendly_name: str
    required: bool


_PREFIXES = ("md", "ds", "mdui", "mdattr", "saml")

EPPN = Wanted("urn:oid:1.3.6.1.4.1.5923.1.1.1.6", "eduPersonPrincipalName", True)


@dataclass(frozen=True)
class ServiceProvider:
    """What the metadata says. Certificates are PEM; several during a rollover. With one for encryption, IdPs may encrypt."""

    entity_id: str
    acs_url: str
    certificates: Sequence[bytes]
    service: Service
    encryption_certificates: Sequence[bytes] = ()
    signs_requests: bool = False
    wanted: Sequence[Wanted] = (EPPN,)
    name_id_formats: Sequence[str] = (TRANSIENT,)
    organization: Organization | None = None
    contacts: Sequence[Contact] = ()


def to_xml(sp: ServiceProvider) -> bytes:
    """The EntityDescriptor; the answer is wanted by POST."""
    from saml2 import md, xmldsig

    def key_info(pem: bytes) -> object:
        return xmldsig.KeyInfo(x509_data=[xmldsig.X509Data(x509_certificate=xmldsig.X509Certificate(text=_body(pem)))])

    role = md.SPSSODescriptor(
        protocol_support_enumeration=PROTOCOL,
        error_url=sp.service.error_url,
        authn_requests_signed="true" if sp.signs_requests else "false",
        want_assertions_signed="true",
        extensions=_extensions(_shown(sp.service)),
        key_descriptor=[
            *(md.KeyDescriptor(use="signing", key_info=key_info(pem)) for pem in sp.certificates),
            *(
                md.KeyDescriptor(
                    use="encryption",
                    key_info=key_info(pem),
                    encryption_method=[md.EncryptionMethod(algorithm=algorithm) for algorithm in ENCRYPTION],
                )
                for pem in sp.encryption_certificates
            ),
        ],
        name_id_format=[md.NameIDFormat(text=format) for format in sp.name_id_formats],
        assertion_consumer_service=[
            md.AssertionConsumerService(binding=POST, location=sp.acs_url, index=str(ACS_INDEX), is_default="true")
        ],
        attribute_consuming_service=[
            md.AttributeConsumingService(
                index="0",
                service_name=_localised(md.ServiceName, sp.service.display_name),
                service_description=_localised(md.ServiceDescription, sp.service.description),
                requested_attribute=[
                    md.RequestedAttribute(
                        name=wanted.name,
                        name_format=URI,
                        friendly_name=wanted.friendly_name,
                        is_required="true" if wanted.required else "false",
                    )
                    for wanted in sp.wanted
                ],
            )
        ],
    )
    organization = None
    if sp.organization:
        organization = md.Organization(
            organization_name=_localised(md.OrganizationName, sp.organization.name),
            organization_display_name=_localised(md.OrganizationDisplayName, sp.organization.display_name),
            organization_url=_localised(md.OrganizationURL, sp.organization.url),
        )
    entity = md.EntityDescriptor(
        entity_id=sp.entity_id,
        extensions=_extensions(_subject_identifiers()),
        spsso_descriptor=role,
        organization=organization,
        contact_person=[_contact(contact) for contact in sp.contacts],
    )
    return _pretty(entity.to_string())


def _localised(kind: Any, texts: Words | None) -> list[Any]:
    """The element in Swedish and English."""
    return [kind(lang=lang, text=texts.text(lang)) for lang in ("sv", "en")] if texts else []


def _shown(service: Service) -> Any:
    from saml2.extension import mdui

    logo = service.logo
    return mdui.UIInfo(
        display_name=_localised(mdui.DisplayName, service.display_name),
        description=_localised(mdui.Description, service.description),
        information_url=_localised(mdui.InformationURL, service.information_url),
        privacy_statement_url=_localised(mdui.PrivacyStatementURL, service.privacy_url),
        logo=[mdui.Logo(text=logo.url, width=str(logo.width), height=str(logo.height))] if logo else [],
    )


def _subject_identifiers() -> Any:
    """We need neither subject-id nor pairwise-id: people are known by the EPPN (SAML Subject Identifier Attributes 1.0, 4; Kantara SDP-SP16)."""
    from saml2 import saml
    from saml2.extension import mdattr

    none = saml.AttributeValue(text="none")
    none.clear_type()  # xsi:type would need a namespace that nothing else here has
    name = "urn:oasis:names:tc:SAML:profiles:subject-id:req"
    return mdattr.EntityAttributes(attribute=[saml.Attribute(name=name, name_format=URI, attribute_value=[none])])


def _contact(contact: Contact) -> Any:
    from saml2 import md

    security = contact.kind == "security"  # which SAML does not know, and REFEDS marks so
    return md.ContactPerson(
        contact_type="other" if security else contact.kind,
        company=md.Company(text=contact.company) if contact.company else None,
        given_name=md.GivenName(text=contact.given_name) if contact.given_name else None,
        sur_name=md.SurName(text=contact.surname) if contact.surname else None,
        email_address=[md.EmailAddress(text=f"mailto:{contact.email}")],
        extension_attributes={f"{{{REMD}}}contactType": SECURITY_CONTACT} if security else None,
    )


def _extensions(extension: Any) -> Any:
    from saml2 import element_to_extension_element, md

    return md.Extensions(extension_elements=[element_to_extension_element(extension)])


def _body(pem: bytes) -> str:
    return "".join(line for line in pem.decode("ascii").splitlines() if "-----" not in line)


def _pretty(xml: bytes) -> bytes:
    """Indented, with the customary prefixes in place of pysaml2's ns0, ns1."""
    from lxml import etree

    root = parse(xml)
    named = etree.Element(root.tag, root.attrib, nsmap={prefix: NS[prefix] for prefix in _PREFIXES} | {"remd": REMD})
    named.extend(list(root))
    etree.cleanup_namespaces(named, keep_ns_prefixes=[*_PREFIXES])
    etree.indent(named)
    return bytes(etree.tostring(named, encoding="utf-8", xml_declaration=True)) + b"\n"
