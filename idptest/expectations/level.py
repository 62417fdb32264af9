"""Verbs about the level that the IdP answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from idptest.assurance import Assurance
from idptest.expectations.verb import Test, Verb, flag
from idptest.model.login import AuthnContext, Login
from idptest.model.rule import Outcome, Words, failed, not_applicable, passed

_APPROVED = "http://id.elegnamnden.se/loa/1.0/loa"
_UNCERTIFIED = "http://id.swedenconnect.se/loa/1.0/uncertified-loa"


def _listed(names: str | list[str], assurance: Assurance) -> Test:
    """On that list, or on one of those."""
    wanted = [names] if isinstance(names, str) else names
    values = tuple(dict.fromkeys(value for name in wanted for value in assurance.listed(name)))

    def test(context: AuthnContext, login: Login) -> Outcome:
        if context.value in values:
            return passed()
        why = _not_listed(context, assurance)
        return failed(
            "the level {actual} is not on the list" + why.en,
            "nivån {actual} står inte på listan" + why.sv,
            at=context.at,
            actual=context.value,
            expected=values,
        )

    return test


def _not_listed(context: AuthnContext, assurance: Assurance) -> Words:
    """What the value is, when it is not what was wanted."""
    known = assurance.value(context.value)
    if known is None:
        near = context.nearest
        return Words(f"; did the IdP mean {near}?", f"; menar IdP:n {near}?") if near else Words("", "")
    if known.level is None and (known.factors or 0) > 1:
        return Words(
            "; it says that several factors were used, but not that it was an e-legitimation, nor at which level",
            "; den säger att flera faktorer användes, men inte att det var en e-legitimation eller på vilken nivå",
        )
    return Words(f": {_small(known.meaning.en)}", f": {_small(known.meaning.sv)}")


def _on_every_list(names: list[str], assurance: Assurance) -> Test:
    """On all of those lists, when it is on one of them; a value on none is for `listed` to judge."""

    def test(context: AuthnContext, login: Login) -> Outcome:
        known = assurance.value(context.value)
        on = [name for name in names if known is not None and name in known.lists]
        if len(on) == len(names):
            return passed()
        if not on:
            return not_applicable("the level is on none of the lists", "nivån står inte på någon av listorna")
        missing = next(name for name in names if name not in on)
        there, lacks = assurance.lists[on[0]].title, assurance.lists[missing].title
        return failed(
            f"{{actual}} is in “{there.en}”, but not in “{lacks.en}”; which of them holds in production could not be found",
            f"{{actual}} står i ”{there.sv}” men inte i ”{lacks.sv}”; vilken som gäller i drift har inte gått att få fram",
            at=context.at,
            actual=context.value,
        )

    return test


def _at_least(level: int, assurance: Assurance) -> Test:
    def test(context: AuthnContext, login: Login) -> Outcome:
        if context.level is not None and context.level >= level:
            return passed()
        known = assurance.value(context.value)
        if context.level is not None:
            what = Words(f", level {context.level}", f", nivå {context.level}")
        elif known is None:
            what = Words(", a value that says no level", ", ett värde som inte anger någon nivå")
        else:
            what = Words(f": {_small(known.meaning.en)}", f": {_small(known.meaning.sv)}")
        return failed(
            f"the login did not reach level {level}; the IdP answered {{actual}}" + what.en,
            f"inloggningen nådde inte nivå {level}; IdP:n svarade {{actual}}" + what.sv,
            at=context.at,
            actual=context.value,
            expected=level,
        )

    return test


def _small(sentence: str) -> str:
    """Its first letter small, unless it begins a name such as BankID."""
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() else sentence


def _claimable(context: AuthnContext, login: Login) -> Outcome:
    if context.claim != "approved" or login.flow.idp.digg_approved:
        return passed()
    better = context.value.replace(_APPROVED, _UNCERTIFIED)
    return failed(
        "the IdP claims {actual}, which only an IdP that Digg has approved may",
        "IdP:n intygar {actual}, och det får bara en IdP som Digg har godkänt",
        at=context.at,
        actual=context.value,
        expected=better if better != context.value else "uncertified-…",
    )


def _list_name(argument: Any, assurance: Assurance) -> Words | None:
    wrong = [name for name in (argument if isinstance(argument, list) and argument else [argument]) if name not in _names(assurance)]
    if not wrong:
        return None
    known = ", ".join(assurance.lists)
    return Words(
        f"no list is called {wrong[0]!r} in assurance.toml ({known})", f"ingen lista heter {wrong[0]!r} i assurance.toml ({known})"
    )


def _list_names(argument: Any, assurance: Assurance) -> Words | None:
    if isinstance(argument, list) and len(argument) > 1:
        return _list_name(argument, assurance)
    return Words("the argument is two lists or more", "argumentet är två listor eller fler")


def _names(assurance: Assurance) -> list[str]:
    return list(assurance.lists)


def _level(argument: Any, assurance: Assurance) -> Words | None:
    if type(argument) is int and 1 <= argument <= 4:
        return None
    return Words(f"the argument is a level from 1 to 4, not {argument!r}", f"argumentet är en nivå från 1 till 4, inte {argument!r}")


VERBS: Mapping[str, Verb] = {
    "listed": Verb(AuthnContext, _list_name, _listed),
    "on_every_list": Verb(AuthnContext, _list_names, _on_every_list),
    "at_least": Verb(AuthnContext, _level, _at_least),
    "claimable": flag(_claimable, AuthnContext),
}
