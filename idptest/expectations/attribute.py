"""Verbs about an attribute that is released beside the EPPN."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from idptest.assurance import Assurance
from idptest.expectations.verb import Test, Verb, flag, one_of
from idptest.identifiers import affiliation, writing
from idptest.identifiers.formats import FORMATS
from idptest.identifiers.scope import Scope, diagnose
from idptest.model.login import Login, ReleasedAttribute
from idptest.model.rule import Outcome, Personal, Words, failed, not_applicable, passed

ANY = "any"
# What only staff, and only pupils, have by Skolfederation's profile.
_COURSES = {"sisSchoolCourseTeacher": "pupil", "sisSchoolCourseStudent": "teacher", "sisSchoolGrade": "teacher"}


def selects(value: Any, verb: str, argument: Any) -> Callable[[ReleasedAttribute], bool] | None:
    """Which released attributes `attribute = value` means; `any` with a format: those that the vocabulary gives it."""
    if value == ANY and verb == "format":
        formats = _listed(argument)
        return lambda released: released.format in formats
    if value == ANY:
        return None
    names = _listed(value)
    return lambda released: released.name in names


def _listed(argument: Any) -> tuple[str, ...]:
    return tuple(argument) if isinstance(argument, list) else (argument,)


def _format(argument: Any, _: Assurance) -> Test:
    formats = _listed(argument)

    def test(released: ReleasedAttribute, login: Login) -> Outcome:
        fault = FORMATS[released.format if released.format in formats else formats[0]]
        for value in released.values:
            wrong = fault(value.text) if value.text.strip() else None  # an empty one is another rule's business
            if wrong is not None and not writing.packed(value.text, fault):
                name = released.name
                return failed(f"{name} {{actual}}: {wrong.en}", f"{name} {{actual}}: {wrong.sv}", at=value.at, actual=Personal(value.text))
        return passed()

    return test


def _values(argument: str, _: Assurance) -> Test:
    def test(released: ReleasedAttribute, login: Login) -> Outcome:
        if len(released.values) == 1:
            return passed()
        name, count = released.name, len(released.values)
        return failed(f"{name} has {{actual}} values", f"{name} har {{actual}} värden", at=released.pointer, actual=count, expected=1)

    return test


def _among(known: list[str], _: Assurance) -> Test:
    def test(released: ReleasedAttribute, login: Login) -> Outcome:
        for value in released.values:
            if value.text not in known:
                name = released.name
                return failed(
                    f"{name} is {{actual}}", f"{name} är {{actual}}", at=value.at, actual=Personal(value.text), expected=tuple(known)
                )
        return passed()

    return test


def _scope_in_metadata(place: str, _: Assurance) -> Test:
    def test(released: ReleasedAttribute, login: Login) -> Outcome:
        declared = [Scope(element.value, element.regexp) for element in login.metadata.scopes if element.place == place]
        literal = {scope.value for scope in declared if not scope.regexp}
        for value in released.values:
            scope = value.text.partition("@")[2] if "@" in value.text else value.text
            if scope in literal or not scope:
                continue
            fault = diagnose(scope, declared)
            why = (f"; {fault.words.en}", f"; {fault.words.sv}") if fault and fault.nearest else ("", "")
            name = released.name
            return failed(
                f"{name} ends with {{actual}}, which the metadata does not declare" + why[0],
                f"{name} slutar på {{actual}}, som inte är deklarerat i metadata" + why[1],
                at=value.at,
                actual=scope,
                expected=tuple(sorted(literal)),
            )
        return passed()

    return test


def _fits_role(released: ReleasedAttribute, login: Login) -> Outcome:
    role = login.flow.account.role
    other = affiliation.STAFF if role == "pupil" else affiliation.PUPIL
    who = ("a pupil", "en elev") if role == "pupil" else ("staff", "personal")
    wrong = next((value for value in released.values if affiliation.word(value.text) in other), None)
    if _COURSES.get(released.name) == role and any(value.text.strip() for value in released.values):
        return failed(
            f"{released.name} is sent for {who[0]}", f"{released.name} skickas för {who[1]}", at=released.pointer, actual=released.name
        )
    if wrong is None or released.name in _COURSES:
        return passed()
    return failed(
        f"{who[0]} is said to be {{actual}} ({released.name})",
        f"{who[1]} sägs vara {{actual}} ({released.name})",
        at=wrong.at,
        actual=affiliation.word(wrong.text),
    )


def _agrees_with_affiliation(released: ReleasedAttribute, login: Login) -> Outcome:
    """About the scoped one, compared with the plain one."""
    plain = next((other for other in login.released if other.name == "eduPersonAffiliation"), None)
    if plain is None:
        return not_applicable("eduPersonAffiliation is not released", "eduPersonAffiliation skickas inte")
    words = [{affiliation.word(value.text) for value in each.values if value.text.strip()} for each in (plain, released)]
    if words[0] == words[1]:
        return passed()
    return failed(
        "eduPersonAffiliation says {expected}, eduPersonScopedAffiliation {actual}",
        "eduPersonAffiliation säger {expected}, eduPersonScopedAffiliation {actual}",
        at=released.pointer,
        actual=tuple(sorted(words[1])),
        expected=tuple(sorted(words[0])),
    )


def _includes_member(released: ReleasedAttribute, login: Login) -> Outcome:
    words = {affiliation.word(value.text) for value in released.values}
    if "member" in words or not words & (affiliation.STAFF | affiliation.PUPIL):
        return passed()
    name = released.name
    return failed(
        f"{name} says {{actual}}, and not member",
        f"{name} säger {{actual}}, men inte member",
        at=released.pointer,
        actual=tuple(sorted(words)),
        expected="member",
    )


def _format_names(argument: Any, assurance: Assurance) -> Words | None:
    if argument and all(isinstance(name, str) and name in FORMATS for name in _listed(argument)):
        return None
    known = ", ".join(FORMATS)
    return Words(f"the argument is one or a list of {known}", f"argumentet är ett av {known}, eller en lista med sådana")


def _texts(argument: Any, assurance: Assurance) -> Words | None:
    if isinstance(argument, list) and argument and all(isinstance(text, str) for text in argument):
        return None
    return Words("the argument is a list of values", "argumentet är en lista med värden")


VERBS: Mapping[str, Verb] = {
    "format": Verb(ReleasedAttribute, _format_names, _format),
    "values": Verb(ReleasedAttribute, one_of("one"), _values),
    "among": Verb(ReleasedAttribute, _texts, _among),
    "scope_in_metadata": Verb(ReleasedAttribute, one_of("role", "entity"), _scope_in_metadata, "saml"),
    "fits_role": flag(_fits_role, ReleasedAttribute),
    "includes_member": flag(_includes_member, ReleasedAttribute),
    "agrees_with_affiliation": flag(_agrees_with_affiliation, ReleasedAttribute),
}
