"""Our own registration in Skolfederation: from idptest.toml to metadata, and to what the registrar asks for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from idptest.attributes import Attributes
from idptest.lint import of_sp
from idptest.model.inspection import METADATA, Fact, Inspection
from idptest.model.registration import PRODUCTION, TRIAL, FormField, Item, Registered, RequiredItem, WantedItem
from idptest.model.rule import Words
from idptest.model.settings import Service, Settings, SpSettings
from idptest.saml.request import NAME_ID_FORMAT
from idptest.saml.sp_metadata import TRANSIENT, ServiceProvider, Wanted

RULESET = "skolfederation-sp"
NAMELESS = Service(Words("idptest, login test", "idptest, provinloggning"))
_ENVIRONMENTS = {TRIAL: Words("Trial", "Trial"), PRODUCTION: Words("Production", "Produktion")}


def service_provider(
    settings: Settings, certificates: Sequence[bytes], encryption: Sequence[bytes], wanted: Mapping[str, bool], attributes: Attributes
) -> ServiceProvider:
    """What our metadata says. `wanted`: attribute → whether a login fails without it, as `catalogue.wanted` gives it."""
    sp, idps = settings.sp, settings.idps.values()
    formats = {f"{NAME_ID_FORMAT}{idp.name_id_format}" for idp in idps if idp.name_id_format} | {TRANSIENT}
    return ServiceProvider(
        entity_id=sp.entity_id,
        acs_url=sp.acs_url,
        certificates=certificates,
        encryption_certificates=encryption,
        service=sp.service or NAMELESS,
        signs_requests=any(idp.sign_requests for idp in idps),
        wanted=tuple(_wanted(name, required, attributes) for name, required in wanted.items()),
        name_id_formats=sorted(formats, reverse=True),
        organization=sp.organization,
        contacts=sp.contacts,
    )


def _wanted(name: str, required: bool, attributes: Attributes) -> Wanted:
    """`name` is a customary name of the vocabulary, or a URI of somebody's own."""
    entry = attributes.entries.get(name)
    return Wanted(entry.urn or name, entry.name, required) if entry else Wanted(name, name.rpartition("/")[2].rpartition(":")[2], required)


def _contact(kind: str) -> Callable[[SpSettings], bool]:
    return lambda sp: any(contact.kind == kind for contact in sp.contacts)


def _service(field: str) -> Callable[[SpSettings], bool]:
    return lambda sp: sp.service is not None and getattr(sp.service, field) is not None


# What SWAMID's profile 6.1.12-27 asks of an SP, in its order: the required ones (MUST), those that are wanted (SHOULD), the element, the key,
# whether it is given, and the rule of Skolfederation's that tells the same of anybody's metadata.
_ITEMS: tuple[tuple[bool, Words, str, str, Callable[[SpSettings], bool], str], ...] = (
    (
        True,
        Words("Name of the service", "Tjänstens namn"),
        "mdui:DisplayName",
        "[sp.service] display_name",
        _service("display_name"),
        "display-name-in-swedish-and-english",
    ),
    (
        True,
        Words("Description of the service", "Beskrivning av tjänsten"),
        "mdui:Description",
        "[sp.service] description",
        _service("description"),
        "description-in-swedish-and-english",
    ),
    (
        True,
        Words("Information page", "Informationssida"),
        "mdui:InformationURL",
        "[sp.service] information_url",
        _service("information_url"),
        "information-page-is-linked",
    ),
    (
        True,
        Words("Page on personal data", "Sida om personuppgifter"),
        "mdui:PrivacyStatementURL",
        "[sp.service] privacy_url",
        _service("privacy_url"),
        "privacy-statement-is-linked",
    ),
    (False, Words("Logotype", "Logotyp"), "mdui:Logo", "[sp.service.logo] url, width, height", _service("logo"), "logo-is-https"),
    (
        True,
        Words("Organisation", "Organisation"),
        "md:Organization",
        "[sp.organization] name, url",
        lambda sp: sp.organization is not None,
        "organisation-in-swedish-and-english",
    ),
    (
        True,
        Words("Administrative contact", "Administrativ kontakt"),
        "ContactPerson administrative",
        "[sp.contact.administrative] email",
        _contact("administrative"),
        "contacts-are-listed",
    ),
    (
        True,
        Words("Technical contact", "Teknisk kontakt"),
        "ContactPerson technical",
        "[sp.contact.technical] email",
        _contact("technical"),
        "contacts-are-listed",
    ),
    (
        False,
        Words("Support contact", "Supportkontakt"),
        "ContactPerson support",
        "[sp.contact.support] email",
        _contact("support"),
        "support-contact-is-listed",
    ),
    (
        False,
        Words("Security contact, with a name", "Säkerhetskontakt, med namn"),
        "ContactPerson security",
        "[sp.contact.security] email, given_name",
        lambda sp: any(contact.kind == "security" and contact.given_name for contact in sp.contacts),
        "security-contact-is-listed",
    ),
)
# The items say these of us in the registrar's words, and say where to write what is missing.
SAID_BY_ITEMS = frozenset(f"{RULESET}/{rule}" for *_, rule in _ITEMS)


def items(sp: SpSettings, environment: str) -> tuple[Item, ...]:
    """What the registrar wants to know. Trial checks the syntax alone, so nothing is required there."""
    return tuple(
        (RequiredItem if required and environment == PRODUCTION else WantedItem)(name, element, key, given(sp))
        for required, name, element, key, given, _ in _ITEMS
    )


def own_inspection(xml: bytes, at: datetime, sp: SpSettings, environment: str | None) -> Inspection:
    """Our metadata before it is written, as something that rules judge; for a federation's environment with what its registrar asks for."""
    found = of_sp(xml, at)
    if environment is None:
        return found
    asked = items(sp, environment)
    kinds: Mapping[type, tuple[object, ...]] = {
        kind: tuple(item for item in asked if type(item) is kind) for kind in (RequiredItem, WantedItem)
    }
    return replace(found, subjects={**kinds, **found.subjects}, facts=(*_form(xml, sp, environment), *found.facts))


def _form(xml: bytes, sp: SpSettings, environment: str) -> tuple[FormField, ...]:
    """What is typed beside the file, in the words of the federation's form."""
    technical = next((contact for contact in sp.contacts if contact.kind == "technical"), None)
    name = " ".join(filter(None, (technical.given_name, technical.surname))) if technical else None
    return (
        FormField(Words("Environment", "Teknisk miljö"), _ENVIRONMENTS[environment].sv),
        FormField(Words("Organisation", "Organisation"), sp.organization.name.sv if sp.organization else None),
        FormField(Words("Technical contact", "Teknisk kontakt"), ", ".join(filter(None, (name, technical.email))) if technical else None),
        FormField(Words("Checksum, SHA-1", "Checksumma, SHA-1"), hashlib.sha1(xml, usedforsecurity=False).hexdigest()),
    )


def registered_inspection(registered: Registered, at: datetime) -> Inspection:
    """What the federation holds of us, beside what we would write."""
    facts = (Fact(Words("Compared with", "Jämfört med"), registered.source),)
    return Inspection(METADATA, registered.ours.entity_id, at, {Registered: (registered,)}, facts)
