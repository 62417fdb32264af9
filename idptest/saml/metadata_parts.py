"""What the metadata of IdPs and SPs have in common: texts for people, contacts, certificates, entity attributes."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Iterator

from idptest.model.rule import Words
from idptest.model.saml import Certificate, Contact, Endpoint, EntityAttribute, Shown
from idptest.saml.xml import MD, NS, REMD, SAML, XMLNS, XSI, Element, Places, text

_UI = ("DisplayName", "Description", "InformationURL", "PrivacyStatementURL", "Logo")
_ORGANIZATION = ("OrganizationName", "OrganizationDisplayName", "OrganizationURL")
SECURITY_CONTACT = "http://refeds.org/metadata/contactType/security"  # REFEDS Security Contact Metadata Extension
LONGEST_ENTITY_ID = 256  # characters (Kantara SDP-G04)


def is_absolute_uri(name: str) -> bool:
    """A scheme, a colon and more, without blanks."""
    scheme, colon, rest = name.partition(":")
    return bool(colon and rest) and scheme[:1].isalpha() and scheme.isascii() and name.split() == [name]


def shown(entity: Element, role: Element, places: Places) -> Iterator[Shown]:
    of_the_role = [found for name in _UI for found in role.iterfind(f"md:Extensions/mdui:UIInfo/mdui:{name}", NS)]
    services = role.findall("md:AttributeConsumingService/md:ServiceName", NS)  # an SP's
    of_the_organization = [found for name in _ORGANIZATION for found in entity.iterfind(f"md:Organization/md:{name}", NS)]
    for found in of_the_role + services + of_the_organization:
        yield Shown(places.point(found), {}, found.tag.rpartition("}")[2], found.get(f"{{{XMLNS}}}lang"), text(found) or "")


def contacts(entity: Element, role: Element, places: Places) -> Iterator[Contact]:
    for found in (*entity.iterfind("md:ContactPerson", NS), *role.iterfind("md:ContactPerson", NS)):
        kind = found.get("contactType", "")
        if kind == "other" and found.get(f"{{{REMD}}}contactType", "").rpartition("/")[2] == "security":
            kind = "security"
        yield Contact(places.point(found), {}, kind, tuple(text(each) or "" for each in found.iterfind("md:EmailAddress", NS)))


def other_roles(entity: Element, role: Element) -> Iterator[str]:
    for found in entity.iterchildren(f"{{{MD}}}*"):
        name = found.tag.rpartition("}")[2]
        if name.endswith("Descriptor") and found is not role:
            kind = found.get(f"{{{XSI}}}type")
            yield f"{name} ({kind.rpartition(':')[2]})" if kind else name


def other_endpoints(role: Element, places: Places, but: str) -> Iterator[Endpoint]:
    """Every address of the role, but those of the service of that local name."""
    for found in role.iterchildren(f"{{{MD}}}*"):
        service = found.tag.rpartition("}")[2]
        if service != but:
            for location in (found.get("Location"), found.get("ResponseLocation")):
                if location is not None:
                    yield Endpoint(places.point(found), {}, found.get("Binding", ""), location, service)


def entity_attributes(entity: Element, role: Element, places: Places) -> Iterator[EntityAttribute]:
    for place, parent in (("entity", entity), ("role", role)):
        for found in parent.iterfind("md:Extensions/mdattr:EntityAttributes/saml:Attribute", NS):
            values = tuple(text(value) or "" for value in found.iterfind(f"{{{SAML}}}AttributeValue"))
            yield EntityAttribute(places.point(found), {}, found.get("Name", ""), found.get("NameFormat"), values, place)


def certificate(element: Element, places: Places) -> Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding

    at = places.point(element)
    try:
        with warnings.catch_warnings():  # what is odd in a certificate is for rules to say, and not on standard error
            warnings.simplefilter("ignore")
            certificate = x509.load_der_x509_certificate(base64.b64decode("".join((text(element) or "").split()), validate=True))
        key = certificate.public_key()
        pem = certificate.public_bytes(Encoding.PEM)
        start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        own = certificate.issuer == certificate.subject  # names are read only now
    except Exception as problem:  # cryptography and its backend raise many kinds for a broken certificate
        why = Words(f"it cannot be read ({problem})"[:160], f"det går inte att läsa ({problem})"[:160])
        return Certificate(at, {}, None, None, None, None, None, why)
    if isinstance(key, rsa.RSAPublicKey):
        algorithm, bits = "RSA", key.key_size
    elif isinstance(key, ec.EllipticCurvePublicKey):
        algorithm, bits = "EC", key.key_size
    else:
        algorithm, bits = type(key).__name__.strip("_"), None
    return Certificate(at, {}, pem, algorithm, bits, start, end, None, own)
