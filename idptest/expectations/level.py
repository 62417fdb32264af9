"""Verbs about the level that the IdP answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from idptest.assurance import Assurance
from idptest.expectations.verb import Test, Verb, flag
from idptest.model.login import AuthnContext, Login
from idptest.model.rule import Outcome, Words, failed, passed

_APPROVED = "http://id.elegnamnden.se/loa/1.0/loa"
_UNCERTIFIED = "http://id.swedenconnect.se/loa/1.0/uncertified-loa"


def _listed(name: str, assurance: Assurance) -> Test:
    values = assurance.listed(name)

    def test(context: AuthnContext, login: Login) -> Outcome:
        if context.value in values:
            return passed()
        near = (f"; did the IdP mean {context.nearest}?", f"; menar IdP:n {context.nearest}?") if context.nearest else ("", "")
        return failed(
            "the level {actual} is not on the list" + near[0],
            "nivån {actual} finns inte på listan" + near[1],
            at=context.at,
            actual=context.value,
            expected=values,
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
        "the IdP claims {actual}, which only an IdP that DIGG has approved may",
        "IdP:n intygar {actual}, och det får bara en IdP som DIGG har godkänt",
        at=context.at,
        actual=context.value,
        expected=better if better != context.value else "uncertified-…",
    )


def _list_name(argument: Any, assurance: Assurance) -> Words | None:
    if isinstance(argument, str) and argument in assurance.lists:
        return None
    known = ", ".join(assurance.lists)
    return Words(
        f"no list is called {argument!r} in assurance.toml ({known})", f"ingen lista heter {argument!r} i assurance.toml ({known})"
    )


def _level(argument: Any, assurance: Assurance) -> Words | None:
    if type(argument) is int and 1 <= argument <= 4:
        return None
    return Words(f"the argument is a level from 1 to 4, not {argument!r}", f"argumentet är en nivå från 1 till 4, inte {argument!r}")


VERBS: Mapping[str, Verb] = {
    "listed": Verb(AuthnContext, _list_name, _listed),
    "at_least": Verb(AuthnContext, _level, _at_least),
    "claimable": flag(_claimable, AuthnContext),
}
