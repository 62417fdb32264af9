"""Verbs about everything that is released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from idptest.assurance import Assurance
from idptest.consumers import with_format
from idptest.expectations.verb import Test, Verb, flag
from idptest.identifiers import personnummer
from idptest.model.login import Login
from idptest.model.rule import Outcome, Words, failed, inconclusive, passed, untold
from idptest.model.saml import Assertion, Attribute

_LONGEST = 256  # characters: a number of a person stands early or not at all
_URI = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"


def nothing_to_look_in(login: Login) -> Outcome:
    """Where there is neither an assertion nor, of OpenID Connect, an ID Token or UserInfo that says anything of the person."""
    if not login.told("id_token"):
        return untold()
    words = Words("there is no assertion to look in", "det finns inget intyg att leta i")
    if login.oidc:
        words = Words("there is neither ID Token nor UserInfo to look in", "det finns varken ID-token eller UserInfo att leta i")
    return inconclusive(words.en, words.sv, blocked_by=login.blocker(Assertion))


def hidden(assertion: Assertion) -> Outcome | None:
    """Why nobody can say that nothing else is released: an attribute of its own is encrypted (Core 2.7.3.2), which we do not open."""
    if not assertion.attributes_encrypted:
        return None
    return inconclusive(
        "an EncryptedAttribute hides which attribute it is",
        "ett EncryptedAttribute döljer vilket attribut det är",
        at=assertion.at("EncryptedAttribute"),
    )


def _all_told(login: Login) -> Outcome:
    """Nothing was found in what there is to look in; UserInfo may hold more."""
    return passed() if login.told("user_info") else untold()


def _only(allowed: list[str], _: Assurance) -> Test:
    def test(login: Login, _: Login) -> Outcome:
        if login.assertion is None:
            return nothing_to_look_in(login)
        extra = [attribute for attribute in login.assertion.attributes if login.name(attribute) not in allowed]
        if not extra:
            return hidden(login.assertion) or _all_told(login)
        names = tuple(login.name(attribute) for attribute in extra)
        return failed(
            "the IdP releases {actual} as well", "IdP:n skickar också {actual}", at=extra[0].pointer, actual=names, expected=tuple(allowed)
        )

    return test


def _all(wanted: list[str], _: Assurance) -> Test:
    """Each is there, under a name that services look for: its OID, or the customary name as it stands."""

    def test(login: Login, _: Login) -> Outcome:
        if login.assertion is None:
            return nothing_to_look_in(login)
        sent = {name: [each for each in login.assertion.attributes if login.name(each) == name] for name in wanted}
        at = login.assertion.at("AttributeStatement")
        missing = tuple(name for name, places in sent.items() if not _has_value(places))
        if missing and not login.told("user_info"):
            return untold()
        if missing:
            return failed("the IdP does not release {actual}", "IdP:n skickar inte {actual}", at=at, actual=missing, expected=tuple(wanted))
        unread = next((places[0] for name, places in sent.items() if not any(_readable(each, name, login) for each in places)), None)
        if unread is None:
            return passed()
        name = login.name(unread)
        return failed(
            f"{name} is sent as {{actual}}, a name that the service does not look for",
            f"{name} skickas som {{actual}}, ett namn som tjänsten inte letar efter",
            at=unread.pointer,
            actual=unread.name,
        )

    return test


def _one_of(wanted: list[str], _: Assurance) -> Test:
    def test(login: Login, _: Login) -> Outcome:
        if login.assertion is None:
            return nothing_to_look_in(login)
        if any(
            _has_value([each]) and _readable(each, login.name(each), login)
            for each in login.assertion.attributes
            if login.name(each) in wanted
        ):
            return passed()
        if not login.told("user_info"):
            return untold()
        at = login.assertion.at("AttributeStatement")
        return failed(
            "the IdP releases none of {expected}",
            "IdP:n skickar inget av attributen {expected}",
            at=at,
            expected=tuple(wanted),
        )

    return test


def _has_value(places: Sequence[Attribute]) -> bool:
    return any(value.text.strip() for attribute in places for value in attribute.values)


def _readable(attribute: Attribute, name: str, login: Login) -> bool:
    return login.oidc is not None or attribute.name.startswith(("urn:oid:", "urn:oasis:")) or attribute.name == name


def _no_personnummer(login: Login, _: Login) -> Outcome:
    """In no attribute beside the EPPN, which has a rule of its own, and not as the NameID."""
    if login.assertion is None:
        return nothing_to_look_in(login)
    for released in login.released:
        for value in released.values:
            if personnummer.contains_personnummer(value.text[:_LONGEST]):
                return failed(
                    "a personnummer is sent in {actual}", "ett personnummer skickas i {actual}", at=value.at, actual=released.name
                )
    name_id = login.assertion.name_id
    if name_id is not None and personnummer.contains_personnummer(name_id.value[:_LONGEST]):
        called = "sub" if login.oidc else "NameID"
        return failed(f"the {called} holds a personnummer", f"{called} innehåller ett personnummer", at=name_id.pointer)
    return _all_told(login)


def _uri_name_format(login: Login, _: Login) -> Outcome:
    if login.assertion is None:
        return nothing_to_look_in(login)
    wrong = [sent for sent in login.assertion.attributes if sent.name.startswith("urn:oid:") and sent.name_format != _URI]
    if not wrong:
        return passed()
    return failed(
        "{actual} is sent under an OID " + with_format(wrong[0].name_format).en,
        "{actual} skickas under en OID " + with_format(wrong[0].name_format).sv,
        at=wrong[0].pointer,
        actual=tuple(login.name(sent) for sent in wrong),
        expected=_URI,
    )


def _clean_values(login: Login, _: Login) -> Outcome:
    if login.assertion is None:
        return nothing_to_look_in(login)
    return _first_unclean(login, login.assertion) or _all_told(login)


def _first_unclean(login: Login, assertion: Assertion) -> Outcome | None:
    for sent in assertion.attributes:
        if not sent.values:
            return failed("{actual} is sent without a value", "{actual} skickas utan värde", at=sent.pointer, actual=login.name(sent))
        for value in sent.values:
            if not value.text.strip() and not value.markup:
                nil = " (xsi:nil)" if value.nil else ""
                return failed(
                    "a value of {actual} is empty" + nil, "ett värde i {actual} är tomt" + nil, at=value.at, actual=login.name(sent)
                )
            if value.text != value.text.strip():
                return failed(
                    "a value of {actual} begins or ends with white space",
                    "ett värde i {actual} börjar eller slutar med blanktecken",
                    at=value.at,
                    actual=login.name(sent),
                )
    return None


def _names(argument: Any, assurance: Assurance) -> Words | None:
    if isinstance(argument, list) and argument and all(isinstance(name, str) for name in argument):
        return None
    return Words("the argument is a list of attribute names", "argumentet är en lista med attributnamn")


VERBS: Mapping[str, Verb] = {
    "only": Verb(Login, _names, _only),
    "all": Verb(Login, _names, _all),
    "one_of": Verb(Login, _names, _one_of),
    "no_personnummer": flag(_no_personnummer, Login),
    "uri_name_format": flag(_uri_name_format, Login, "saml"),
    "clean_values": flag(_clean_values, Login),
}
