"""Verbs about what metadata shows people, an IdP's or an SP's: names, links, logo, contacts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from idptest.assurance import Assurance
from idptest.expectations.verb import Verb, flag, one_of, texts
from idptest.model.inspection import Judged
from idptest.model.rule import Outcome, Personal, Pointer, Words, failed, not_applicable, passed
from idptest.model.saml import Contact, IdpMetadata, Shown
from idptest.saml.bindings import is_https

_KINDS = ("administrative", "billing", "other", "security", "support", "technical")
_PARENT = {"Organization": "Organization", "ServiceName": "AttributeConsumingService"}


class Published(Protocol):
    """What an IdP's and an SP's metadata have in common."""

    @property
    def shown(self) -> tuple[Shown, ...]: ...

    @property
    def contacts(self) -> tuple[Contact, ...]: ...

    def at(self, part: str | None = None) -> Pointer: ...


def _shown(metadata: Published, element: str) -> list[Shown]:
    return [found for found in metadata.shown if found.element == element]


def _missing(metadata: Published, element: str) -> Outcome:
    return failed(
        f"the metadata has no {element}",
        f"metadata saknar {element}",
        at=metadata.at(next((parent for beginning, parent in _PARENT.items() if element.startswith(beginning)), "UIInfo")),
    )


def in_languages(*elements: str) -> Callable[[Published, list[str]], Outcome]:
    """Each of the elements stands once in each of the languages; a link is an address on the web."""

    def test(metadata: Published, wanted: list[str]) -> Outcome:
        outcomes = (_in_languages(metadata, element, wanted) for element in elements)
        return next((outcome for outcome in outcomes if outcome), passed())

    return test


def _in_languages(metadata: Published, element: str, wanted: list[str]) -> Outcome | None:
    found = [shown for shown in _shown(metadata, element) if shown.text]
    if not found:
        return _missing(metadata, element)
    languages = Counter((shown.language or "").casefold() for shown in found)
    spoken = {language.partition("-")[0] for language in languages}  # sv-SE is Swedish too (BCP 47)
    lacking = [language for language in wanted if language not in spoken]
    if lacking:
        return failed(
            f"{element} is given in {{actual}}, not in {', '.join(lacking)}",
            f"{element} finns på {{actual}} men inte på {', '.join(lacking)}",
            at=found[0].at(),
            actual=tuple(language or "–" for language in languages)[:10],
            expected=tuple(wanted),
        )
    twice = next((shown for shown in found if languages[(shown.language or "").casefold()] > 1), None)
    if twice is not None:
        return failed(
            f"{element} is given twice in {{actual}}",
            f"{element} finns två gånger på språket {{actual}}",
            at=twice.at(),
            actual=twice.language,
        )
    if element.endswith("URL"):
        strange = next((shown for shown in found if not shown.text.casefold().startswith(("http://", "https://"))), None)
        if strange is not None:
            return failed(
                f"{element} is no address on the web: {{actual}}",
                f"{element} är ingen webbadress: {{actual}}",
                at=strange.at(),
                actual=strange.text[:256],
            )
    return None


def logo(metadata: Published) -> Outcome:
    logos = _shown(metadata, "Logo")
    if not logos:
        return _missing(metadata, "Logo")
    strange = next((logo for logo in logos if not is_https(logo.text) and logo.text[:11].casefold() != "data:image/"), None)
    if strange is None:
        return passed()
    return failed("the logo's address is {actual}", "logotypens adress är {actual}", at=strange.at(), actual=strange.text[:256])


def _error_url(metadata: IdpMetadata, _: Judged) -> Outcome:
    if (metadata.error_url or "").strip():
        return passed()
    return failed("IDPSSODescriptor has no errorURL", "IDPSSODescriptor saknar errorURL", at=metadata.at("IDPSSODescriptor"))


def _error_url_is_https(metadata: IdpMetadata, _: Judged) -> Outcome:
    url = (metadata.error_url or "").strip()
    if not url:
        return not_applicable("the metadata has no errorURL", "metadata saknar errorURL")
    if is_https(url):
        return passed()
    return failed("the errorURL is {actual}", "errorURL är {actual}", at=metadata.at("IDPSSODescriptor"), actual=url[:256])


def kinds(metadata: Published, wanted: list[str]) -> Outcome:
    there = {contact.kind for contact in metadata.contacts}
    lacking = [kind for kind in wanted if kind not in there]
    if not lacking:
        return passed()
    return failed(
        f"the metadata has no contact of the kind {', '.join(lacking)}",
        f"metadata saknar kontakt av typen {', '.join(lacking)}",
        at=metadata.at("ContactPerson"),
        actual=tuple(sorted(there))[:10],
        expected=tuple(wanted),
    )


def mailto(metadata: Published) -> Outcome:
    if not metadata.contacts:
        return not_applicable("the metadata has no contacts", "metadata saknar kontakter")
    for contact in metadata.contacts:
        outcome = _wrong_address(contact)
        if outcome:
            return outcome
    return passed()


def _wrong_address(contact: Contact) -> Outcome | None:
    kind = contact.kind[:40]
    if not contact.addresses:
        return failed(f"the {kind} contact has no e-mail address", f"kontakten av typen {kind} saknar e-postadress", at=contact.at())
    for address in contact.addresses:
        scheme, _, mailbox = address.partition(":")
        local, _, domain = mailbox.partition("@")
        if scheme.casefold() != "mailto" or not local or not domain or mailbox.split() != [mailbox]:
            return failed(
                f"the {kind} contact's address is {{actual}}",
                f"adressen för kontakten av typen {kind} är {{actual}}",
                at=contact.at(),
                actual=Personal(address[:256]),
                expected="mailto:…@…",
            )
    return None


def one_of_each_kind(metadata: Published) -> Outcome:
    count = Counter(contact.kind for contact in metadata.contacts)
    twice = next((contact for contact in metadata.contacts if count[contact.kind] > 1 and contact.kind != "other"), None)
    if twice is None:
        return passed()
    return failed(
        f"there are {count[twice.kind]} contacts of the kind {{actual}}",
        f"det finns {count[twice.kind]} kontakter av typen {{actual}}",
        at=twice.at(),
        actual=twice.kind[:40],
    )


def contact_kinds(argument: Any, assurance: Assurance) -> Words | None:
    wrong = texts(argument, assurance)
    return wrong or next((bad for kind in argument if (bad := one_of(*_KINDS)(kind, assurance))), None)


def facts(subject: type) -> Mapping[str, Mapping[str, Verb]]:
    """The verbs about what is shown in metadata of that class, which has what Published has."""

    def yes(test: Callable[[Published], Outcome]) -> Verb:
        return flag(lambda metadata, _: test(metadata), subject)

    def listed(takes: Callable[[Any, Assurance], Words | None], test: Callable[[Published, list[str]], Outcome]) -> Verb:
        return Verb(subject, takes, lambda wanted, _: lambda metadata, _: test(metadata, wanted))

    return {
        "display_name": {"languages": listed(texts, in_languages("DisplayName"))},
        "description": {"languages": listed(texts, in_languages("Description"))},
        "information_url": {"languages": listed(texts, in_languages("InformationURL"))},
        "privacy_statement_url": {"languages": listed(texts, in_languages("PrivacyStatementURL"))},
        "organization": {"languages": listed(texts, in_languages("OrganizationName", "OrganizationDisplayName", "OrganizationURL"))},
        "logo": {"https": yes(logo)},
        "contacts": {"kinds": listed(contact_kinds, kinds), "mailto": yes(mailto), "one_of_each_kind": yes(one_of_each_kind)},
    }


FACTS: Mapping[str, Mapping[str, Verb]] = {
    **facts(IdpMetadata),
    "error_url": {"given": flag(_error_url, IdpMetadata), "https": flag(_error_url_is_https, IdpMetadata)},
}
