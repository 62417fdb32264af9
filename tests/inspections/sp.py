"""Cases of an SP's metadata and of our own registration: ours as it should be, and every way to spoil it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from idptest.demo import keys
from idptest.lint import of_sp
from idptest.model.inspection import Inspection
from idptest.model.registration import Registered
from idptest.model.rule import Words
from idptest.model.settings import Contact, Logo, Organization, Service, SpSettings
from idptest.registration import own_inspection, registered_inspection
from idptest.saml.metadata_sp import read_sp
from idptest.saml.sp_metadata import ServiceProvider, to_xml
from tests.inspections import Case

NOW = datetime(2026, 11, 22, 7, 45, tzinfo=UTC)
FEDERATION = ("skolfederation-sp",)
_PAGE = Words("https://exempelstad.se/en/login-test", "https://exempelstad.se/inloggningsprov")
GOOD = ServiceProvider(
    "https://idptest.exempelstad.se/sp",
    "https://localhost:8443/saml/acs",
    [keys.certificate("signing")],
    Service(
        Words("Login test in Exempelstad", "Inloggningsprov i Exempelstad: å, ä och ö"),
        Words("Tests whether logins work.", "Prövar att inloggningen fungerar."),
        _PAGE,
        _PAGE,
        "https://exempelstad.se/inloggning/hjalp",
        Logo("https://exempelstad.se/logo.png", 80, 60),
    ),
    [keys.certificate("sp")],
    organization=Organization(Words("Exempelstad", "Exempelstads kommun"), Words("Exempelstad", "Exempelstad"), _PAGE),
    contacts=[
        Contact("administrative", "forvaltning@exempelstad.se"),
        Contact("technical", "idptest@exempelstad.se", "Åsa", "Öst"),
        Contact("support", "servicedesk@exempelstad.se"),
        Contact("security", "sakerhet@exempelstad.se", "IT-säkerhet"),
    ],
)
XML = to_xml(GOOD).decode()
POST = 'Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"'
REDIRECT = POST.replace("POST", "Redirect")
ACS = next(line for line in XML.splitlines(keepends=True) if "<md:AssertionConsumerService" in line)

_SCHEMA = "sp-metadata/is-valid-by-the-schema"


def cut(text: str, start: str, end: str) -> str:
    """Without the first stretch that begins and ends so."""
    before, _, rest = text.partition(start)
    return before + rest.partition(end)[2]


def swap(old: str, new: str) -> Callable[[str], str]:
    def changed(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return changed


def without(element: str) -> Callable[[str], str]:
    """Every element of that name is gone, in both languages."""

    def changed(text: str) -> str:
        while f"<{element}" in text:
            text = cut(text, f"<{element}", f"</{element}>")
        return text

    return changed


def _encryption(text: str) -> str:
    return cut(text, '<md:KeyDescriptor use="encryption">', "</md:KeyDescriptor>")


def _signing(text: str) -> str:
    return cut(text, '<md:KeyDescriptor use="signing">', "</md:KeyDescriptor>").replace(
        'AuthnRequestsSigned="false"', 'AuthnRequestsSigned="true"'
    )


def _contact(kind: str) -> Callable[[str], str]:
    return lambda text: cut(text, f'<md:ContactPerson contactType="{kind}"', "</md:ContactPerson>")


def body(name: str, **changed: Any) -> str:
    """A certificate of that key as it stands in metadata."""
    return "".join(keys.certificate(name, **changed).decode().splitlines()[1:-1])


# What is changed in the text of a good one, and the rules that then fail.
_SPOILT: tuple[tuple[str, Callable[[str], str], tuple[str, ...]], ...] = (
    ("an element nobody knows", swap("<md:NameIDFormat>", "<md:NameFormat/><md:NameIDFormat>"), (_SCHEMA,)),
    ("entityID without a scheme", swap('entityID="https://idptest.exempelstad.se/sp"', 'entityID="idptest"'),
     ("sp-metadata/entity-id-is-an-absolute-uri", "skolfederation-sp/entity-id-is-a-web-address")),
    ("entityID is too long", swap('entityID="https://idptest.exempelstad.se/sp"', f'entityID="https://exempelstad.se/{"å" * 250}"'),
     ("sp-metadata/entity-id-is-an-absolute-uri",)),
    ("entityID is a URN", swap('entityID="https://idptest.exempelstad.se/sp"', 'entityID="urn:exempelstad:idptest"'),
     ("skolfederation-sp/entity-id-is-a-web-address",)),
    ("answers by Artifact alone", swap(POST, POST.replace("POST", "Artifact")), ("sp-metadata/takes-answers-by-post",)),
    ("answers by Redirect too", swap(ACS, ACS + ACS.replace(POST, REDIRECT).replace('index="0" isDefault="true"', 'index="1"')),
     ("sp-metadata/takes-no-answers-by-redirect",)),
    ("ACS over http", swap("https://localhost:8443", "http://localhost:8443"), ("sp-metadata/endpoints-are-https",)),
    ("the same index twice", swap(ACS, ACS + ACS.replace(POST, POST.replace("POST", "Artifact"))), ("sp-metadata/acs-indexes-are-distinct",)),
    ("no encryption certificate", _encryption, ("sp-metadata/has-an-encryption-certificate",)),
    ("signs, and shows no certificate", _signing, ("sp-metadata/signer-shows-its-certificate",)),
    ("signs, and shows it", swap('AuthnRequestsSigned="false"', 'AuthnRequestsSigned="true"'), ()),
    ("CBC first", swap("http://www.w3.org/2009/xmlenc11#aes256-gcm", "http://www.w3.org/2001/04/xmlenc#aes256-cbc"), ("sp-metadata/prefers-gcm",)),
    ("has ended", swap("<md:EntityDescriptor ", '<md:EntityDescriptor validUntil="2026-11-21T00:00:00Z" '), ("sp-metadata/is-still-valid",)),
    ("end is no time", swap("<md:EntityDescriptor ", '<md:EntityDescriptor validUntil="i morgon" '), ("sp-metadata/is-still-valid", _SCHEMA)),
    ("ends later", swap("<md:EntityDescriptor ", '<md:EntityDescriptor validUntil="2026-12-21T00:00:00Z" '), ()),
    ("a weak key", swap(body("signing"), body("weak")), ("sp-metadata-keys/key-is-strong", "skolfederation-sp/long-lived-keys-are-longer")),
    ("ends soon", swap(body("signing"), body("signing", end=NOW + timedelta(days=89))), ("sp-metadata-keys/certificate-lasts",)),
    ("ended", swap(body("signing"), body("signing", end=NOW - timedelta(days=1))), ("sp-metadata-keys/certificate-is-in-force",)),
    ("not begun", swap(body("signing"), body("signing", start=NOW + timedelta(days=1))), ("sp-metadata-keys/certificate-is-in-force",)),
    ("somebody else's making", swap(body("signing"), body("signing", issuer="Exempelstads CA")), ("skolfederation-sp/certificate-is-self-signed",)),
    ("a certificate that is none", swap(body("signing"), "AAAA"), ("sp-metadata-keys/key-is-strong",)),
    ("no name in English", lambda text: cut(text, '<mdui:DisplayName xml:lang="en"', "</mdui:DisplayName>"),
     ("skolfederation-sp/display-name-in-swedish-and-english",)),
    ("not described", without("mdui:Description"), ("skolfederation-sp/description-in-swedish-and-english",)),
    ("no information page", without("mdui:InformationURL"), ("skolfederation-sp/information-page-is-linked",)),
    ("no page on personal data", without("mdui:PrivacyStatementURL"), ("skolfederation-sp/privacy-statement-is-linked",)),
    ("logotype over http", swap("https://exempelstad.se/logo.png", "http://exempelstad.se/logo.png"), ("skolfederation-sp/logo-is-https",)),
    ("no logotype", without("mdui:Logo"), ("skolfederation-sp/logo-is-https",)),
    ("no organisation", lambda text: cut(text, "<md:Organization>", "</md:Organization>"),
     ("skolfederation-sp/organisation-in-swedish-and-english",)),
    ("no technical contact", _contact("technical"), ("skolfederation-sp/contacts-are-listed",)),
    ("no support contact", _contact("support"), ("skolfederation-sp/support-contact-is-listed",)),
    ("no security contact", _contact("other"), ("skolfederation-sp/security-contact-is-listed",)),
    ("an address without mailto:", swap("mailto:servicedesk@", "servicedesk@"), ("skolfederation-sp/contacts-have-mail-addresses",)),
    ("two support contacts", swap('contactType="administrative"', 'contactType="support"'),
     ("skolfederation-sp/one-contact-of-each-kind", "skolfederation-sp/contacts-are-listed")),
    ("nothing asked for", lambda text: cut(text, "<md:AttributeConsumingService", "</md:AttributeConsumingService>"),
     ("skolfederation-sp/attributes-are-asked-for", "skolfederation-sp/service-name-in-swedish-and-english")),
    ("a short name asked for", swap("urn:oid:1.3.6.1.4.1.5923.1.1.1.6", "eduPersonPrincipalName"), ("skolfederation-sp/attributes-are-named-by-uri",)),
    ("ServiceName in Swedish alone", lambda text: cut(text, '<md:ServiceName xml:lang="en"', "</md:ServiceName>"),
     ("skolfederation-sp/service-name-in-swedish-and-english",)),
)  # fmt: skip


def judged(text: str) -> Inspection:
    return of_sp(text.encode(), NOW)


def _own(sp: SpSettings, environment: str) -> Inspection:
    return own_inspection(XML.encode(), NOW, sp, environment)


def _registered(theirs: str | None) -> Inspection:
    return registered_inspection(
        Registered(read_sp(XML.encode()), read_sp(theirs.encode()) if theirs else None, "skolfederation-trial"), NOW
    )


_SETTINGS = SpSettings(GOOD.entity_id, "https://localhost:8443", GOOD.organization, tuple(GOOD.contacts), GOOD.service)
_HELD: tuple[tuple[str, Callable[[str], str], tuple[str, ...]], ...] = (
    ("old signing certificate", swap(body("signing"), body("other")), ("certificates-are-the-same",)),
    ("no encryption certificate", _encryption, ("certificates-are-the-same",)),
    ("another ACS", swap("https://localhost:8443", "https://localhost:9443"), ("addresses-are-the-same",)),
    ("signed requests", swap('AuthnRequestsSigned="false"', 'AuthnRequestsSigned="true"'), ("signing-is-the-same",)),
    ("EPPN not required", swap('isRequired="true"', 'isRequired="false"'), ("attributes-are-the-same",)),
    ("damaged letters", swap("å, ä och ö", "Ã¥, Ã¤ och Ã¶"), ("texts-are-the-same",)),
    ("another contact", swap("servicedesk@", "helpdesk@"), ("texts-are-the-same",)),
    ("has ended", swap("<md:EntityDescriptor ", '<md:EntityDescriptor validUntil="2026-11-21T00:00:00Z" '), ("entry-is-still-valid",)),
    ("still in force", swap("<md:EntityDescriptor ", '<md:EntityDescriptor validUntil="2026-11-29T00:00:00Z" '), ()),
)  # fmt: skip


def cases() -> Iterator[Case]:
    yield Case("as it should be", judged(XML), (), FEDERATION)
    for name, spoilt, fails in _SPOILT:
        yield Case(name, judged(spoilt(XML)), fails, FEDERATION)
    yield Case("registered in production", _own(_SETTINGS, "production"), (), FEDERATION)
    yield Case(
        "without an organisation",
        _own(replace(_SETTINGS, organization=None), "production"),
        ("registration/what-is-required-is-given",),
        FEDERATION,
    )
    yield Case(
        "without an organisation in Trial", _own(replace(_SETTINGS, organization=None), "trial"), ("registration/what-is-wanted-is-given",)
    )
    yield Case("the same in the feed", _registered(XML))
    yield Case("not in the feed", _registered(None), ("registration/is-in-the-feed",))
    for name, spoilt, fails in _HELD:
        yield Case(f"in the feed: {name}", _registered(spoilt(XML)), tuple(f"registration/{rule}" for rule in fails))
