"""The changes that defects are made of. Each changes one thing and leaves the rest, so that two defects add up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from lxml.etree import Comment, SubElement

from idptest.catalogue import attributes
from idptest.demo.answer import EPPN, URI, Answer, Released
from idptest.demo.metadata import Published, Shown
from idptest.demo.people import Person
from idptest.identifiers import objectguid
from idptest.model.flow import HttpRequest, HttpResponse
from idptest.saml.xml import DS, SAML, SAMLP

ChangeAnswer = Callable[[Answer, Person, datetime], Answer]
ChangeMetadata = Callable[[Published, datetime], Published]
ChangeHttp = Callable[[HttpRequest, HttpResponse], HttpResponse]


def answered(**changes: Any) -> ChangeAnswer:
    """Those fields of the answer are others."""
    return lambda answer, who, now: replace(answer, **changes)


def eppn_values(make: Callable[[str, str, Person], tuple[str, ...]]) -> ChangeAnswer:
    """Other values in the EPPN: `make` gets the local part and the domain as they are, so that two defects add up."""

    def change(answer: Answer, who: Person, now: datetime) -> Answer:
        def changed(sent: Released) -> Released:
            local, _, domain = sent.values[0].partition("@")
            return replace(sent, values=(*make(local, domain, who), *sent.values[1:]))

        return replace(answer, attributes=tuple(changed(sent) if sent.friendly_name == EPPN else sent for sent in answer.attributes))

    return change


def eppn_local_part(make: Callable[[Person], str]) -> ChangeAnswer:
    """Another local part before the same domain."""
    return eppn_values(lambda local, domain, who: (f"{make(who)}@{domain}",))


def eppn_form(name: str) -> ChangeAnswer:
    """The GUID in one of the forms of `objectguid.forms`."""
    return eppn_local_part(lambda who: objectguid.forms(who.object_guid)[name])


def eppn_named(name: str, name_format: str | None) -> ChangeAnswer:
    """The EPPN under another name and NameFormat."""

    def renamed(sent: Released) -> Released:
        return replace(sent, name=name, name_format=name_format) if sent.friendly_name == EPPN else sent

    return lambda answer, who, now: replace(answer, attributes=tuple(renamed(sent) for sent in answer.attributes))


def also_released(name: str, friendly_name: str, *values: str) -> ChangeAnswer:
    """One attribute more, named by OID or claim."""
    more = Released(name, values, URI, friendly_name)
    return lambda answer, who, now: replace(answer, attributes=(*answer.attributes, more))


def published(**changes: Any) -> ChangeMetadata:
    """Those fields of the metadata are others."""
    return lambda now_published, now: replace(now_published, **changes)


def shown(change: Callable[[Shown], Iterable[Shown]]) -> ChangeMetadata:
    """Other texts for people: `change` gives what becomes of each."""
    return lambda now_published, now: replace(now_published, shown=tuple(new for old in now_published.shown for new in change(old)))


def not_shown(element: str, language: str | None = None) -> ChangeMetadata:
    """That text is missing, in one language or in all."""
    return shown(lambda old: () if old[0] == element and language in (None, old[1]) else (old,))


def more(**changes: tuple[Any, ...]) -> ChangeMetadata:
    """Those fields of the metadata hold these too."""
    return lambda now_published, now: replace(
        now_published, **{name: getattr(now_published, name) + more for name, more in changes.items()}
    )


def contacts(change: Callable[[str, str], Iterable[tuple[str, str]]]) -> ChangeMetadata:
    """Other contacts: `change` gets each one's kind and address, and gives what becomes of it."""
    return lambda now_published, now: replace(
        now_published, contacts=tuple(new for kind, address in now_published.contacts for new in change(kind, address))
    )


def over_release(answer: Answer, who: Person, now: datetime) -> Answer:
    """Name, e-mail and personnummer are sent too."""
    extra = (
        Released("urn:oid:2.5.4.42", (who.given_name,), URI, "givenName"),
        Released("urn:oid:2.5.4.4", (who.surname,), URI, "sn"),
        Released("urn:oid:0.9.2342.19200300.100.1.3", (who.mail,), URI, "mail"),
        Released("urn:oid:1.3.6.1.4.1.2428.90.1.5", (who.personnummer,), URI, "norEduPersonNIN"),
    )
    return replace(answer, attributes=answer.attributes + extra)


def also(attribute: str, *values: str, name: str | None = None, name_format: str | None = URI, nil: bool = False) -> ChangeAnswer:
    """The attribute, by its name in the vocabulary, is sent too: under its OID unless `name` is another."""
    known = attributes().entries[attribute]
    sent = Released(name or known.urn or known.name, values, name_format, attribute, nil=nil)
    return lambda answer, who, now: replace(answer, attributes=(*answer.attributes, sent))


def released(make: Callable[[Person], Mapping[str, tuple[str, ...]]]) -> ChangeAnswer:
    """These attributes are sent and no others."""

    def change(answer: Answer, who: Person, now: datetime) -> Answer:
        entries = attributes().entries
        sent = tuple(Released(entries[name].urn or name, values, URI, name) for name, values in make(who).items())
        return replace(answer, attributes=sent)

    return change


def later(answer: Answer, shift: timedelta) -> Answer:
    """The IdP's clock goes wrong: every time is shifted."""
    return replace(
        answer,
        issued_at=answer.issued_at + shift,
        authn_instant=answer.authn_instant + shift,
        not_before=answer.not_before + shift,
        not_on_or_after=answer.not_on_or_after + shift,
        confirmation_not_on_or_after=answer.confirmation_not_on_or_after + shift,
    )


def ended(answer: Answer, now: datetime) -> Answer:
    """The assertion ended an hour ago."""
    hour = timedelta(hours=1)
    return replace(answer, not_before=now - 2 * hour, not_on_or_after=now - hour, confirmation_not_on_or_after=now - hour)


def changed_on_the_way(response: Any) -> None:
    """Something writes in the response after it was signed."""
    response.set("Consent", "urn:oasis:names:tc:SAML:2.0:consent:obtained")


def duplicate_id(response: Any) -> None:
    """Another element bears the assertion's ID."""
    assertion = response.find(f"{{{SAML}}}Assertion")
    if assertion is not None:
        assertion.find(f"{{{SAML}}}Conditions").set("ID", assertion.get("ID"))


def stray_signature(response: Any) -> None:
    """A copy of the signature stands where it covers nothing."""
    signature = response.find(f"{{{SAML}}}Assertion/{{{DS}}}Signature")
    if signature is not None:
        detail = SubElement(response.find(f"{{{SAMLP}}}Status"), f"{{{SAMLP}}}StatusDetail")
        detail.append(deepcopy(signature))


def filled_up(response: Any) -> None:
    """A comment of 100 kB, which no signature covers: exclusive C14N leaves comments out."""
    response.append(Comment("x" * 100_000))
