"""Our metadata as an SP, built with pysaml2's classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from idptest.model.rule import Words
from idptest.model.settings import Contact, Organization
from idptest.saml.bindings import POST

PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
# What we would rather get: GCM before CBC, which is left out (Kantara SDP-ALG01).
ENCRYPTION = (
    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
    "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
)
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
ACS_INDEX = 0
URI = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"


@dataclass(frozen=True)
class Wanted:
    """An attribute that we ask for: its URN, its customary name, and whether a login fails without it."""

    name: str
    friendly_name: str
    required: bool


EPPN = Wanted("urn:oid:1.3.6.1.4.1.5923.1.1.1.6", "eduPersonPrincipalName", True)


@dataclass(frozen=True)
class ServiceProvider:
    """What the metadata says. Certificates are PEM; several during a rollover. With one for encryption, IdPs may encrypt."""

    entity_id: str
    acs_url: str
    certificates: Sequence[bytes]
    name: Words
    encryption_certificates: Sequence[bytes] = ()
    signs_requests: bool = False
    wanted: Sequence[Wanted] = (EPPN,)
    organization: Organization | None = None
    contacts: Sequence[Contact] = ()


def to_xml(sp: ServiceProvider) -> bytes:
    """The EntityDescriptor; the answer is wanted by POST."""
    from saml2 import md, xmldsig
    from saml2.extension import mdui

    def localised(kind: type, texts: Words) -> list[object]:
        return [kind(lang=lang, text=texts.text(lang)) for lang in ("sv", "en")]

    def key_info(pem: bytes) -> object:
        return xmldsig.KeyInfo(x509_data=[xmldsig.X509Data(x509_certificate=xmldsig.X509Certificate(text=_body(pem)))])

    shown = mdui.UIInfo(display_name=localised(mdui.DisplayName, sp.name))
    role = md.SPSSODescriptor(
        protocol_support_enumeration=PROTOCOL,
        authn_requests_signed="true" if sp.signs_requests else "false",
        want_assertions_signed="true",
        extensions=_extensions(md, shown),
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
        name_id_format=[md.NameIDFormat(text=TRANSIENT)],
        assertion_consumer_service=[
            md.AssertionConsumerService(binding=POST, location=sp.acs_url, index=str(ACS_INDEX), is_default="true")
        ],
        attribute_consuming_service=[
            md.AttributeConsumingService(
                index="0",
                service_name=localised(md.ServiceName, sp.name),
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
            organization_name=localised(md.OrganizationName, sp.organization.name),
            organization_display_name=localised(md.OrganizationDisplayName, sp.organization.display_name),
            organization_url=localised(md.OrganizationURL, sp.organization.url),
        )
    contacts = [
        md.ContactPerson(
            contact_type=contact.kind,
            given_name=md.GivenName(text=contact.given_name) if contact.given_name else None,
            sur_name=md.SurName(text=contact.surname) if contact.surname else None,
            email_address=[md.EmailAddress(text=f"mailto:{contact.email}")],
        )
        for contact in sp.contacts
    ]
    entity = md.EntityDescriptor(entity_id=sp.entity_id, spsso_descriptor=role, organization=organization, contact_person=contacts)
    return _pretty(entity.to_string())


def _extensions(md: object, shown: object) -> object:
    from saml2 import element_to_extension_element

    return md.Extensions(extension_elements=[element_to_extension_element(shown)])  # type: ignore[attr-defined]


def _body(pem: bytes) -> str:
    return "".join(line for line in pem.decode("ascii").splitlines() if "-----" not in line)


def _pretty(xml: bytes) -> bytes:
    """Indented, with the customary prefixes in place of pysaml2's ns0, ns1."""
    from lxml import etree

    from idptest.saml.xml import DS, MD, MDUI, parse

    root = parse(xml)
    named = etree.Element(root.tag, root.attrib, nsmap={"md": MD, "ds": DS, "mdui": MDUI})
    named.extend(list(root))
    etree.cleanup_namespaces(named, keep_ns_prefixes=["md", "ds", "mdui"])
    etree.indent(named)
    return bytes(etree.tostring(named, encoding="utf-8", xml_declaration=True)) + b"\n"
