"""Verbs about what an OpenID provider publishes, and about its ID Token and UserInfo: a rule names the member, the verb says what of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from idptest.assurance import Assurance
from idptest.decode_oidc import PROTOCOL
from idptest.expectations.verb import Test, Verb, flag, one_of, texts
from idptest.model.login import Login
from idptest.model.oidc import Discovery, IdToken, Members, UserInfo, shown
from idptest.model.rule import Outcome, Words, failed, inconclusive, not_applicable, passed

# What a rule is about → the subject, and what it is called in a sentence.
ABOUT: Mapping[str, tuple[type, Words]] = {
    "discovery": (Discovery, Words("the discovery document", "discovery-dokumentet")),
    "id_token": (IdToken, Words("the ID Token", "ID-token")),
    "user_info": (UserInfo, Words("the UserInfo response", "UserInfo-svaret")),
}


def verbs(about: str, member: str) -> Mapping[str, Verb]:
    """What can be expected of that member: a metadata field, a claim. Of `user_info` as a whole, and of a lifetime, a verb of their own."""
    subject, called = ABOUT[about]
    return {
        "given": flag(_given(member, called), subject, "oidc"),
        "equals": Verb(subject, one_of(True, False), lambda wanted, _: _equals(member, wanted, called), "oidc"),
        "holds": Verb(subject, texts, lambda wanted, _: _holds(member, wanted, called), "oidc"),
        "lacks": Verb(subject, texts, lambda unwanted, _: _lacks(member, unwanted, called), "oidc"),
        "only": Verb(subject, texts, lambda allowed, _: _only(member, allowed, called), "oidc"),
        **_SPECIAL.get((about, member), {}),
    }


def no_levels() -> Outcome:
    """Why nobody was asked for an e-legitimation."""
    return not_applicable(
        "acr_values_supported names no level of e-legitimation: none was asked for",
        "acr_values_supported anger ingen nivå för e-legitimation: ingen efterfrågades",
    )


def _unread(subject: Members) -> Outcome | None:
    """A subject that could not be read tells nothing; a rule in code says why."""
    blocked = {
        Discovery: "oidc-discovery/has-what-it-must",
        IdToken: "oidc-id-token/can-be-read",
        UserInfo: "oidc-user-info/can-be-read",
    }[type(subject)]
    if subject.values:
        return None
    return inconclusive("there is nothing to judge it on", "underlag för bedömningen saknas", blocked_by=blocked, at=subject.pointer)


def _missing(subject: Members, member: str, called: Words, expected: Any = None) -> Outcome:
    return failed(
        f"{called.en} lacks {member}", f"{called.sv} saknar {member}", at=subject.pointer, actual=None, expected=shown(expected or member)
    )


def _given(member: str, called: Words) -> Test:
    def test(subject: Members, login: Login) -> Outcome:
        if (unread := _unread(subject)) is not None:
            return unread
        return passed() if subject.values.get(member) not in (None, "", [], {}) else _missing(subject, member, called)

    return test


def _equals(member: str, wanted: bool, called: Words) -> Test:
    def test(subject: Members, login: Login) -> Outcome:
        if (unread := _unread(subject)) is not None:
            return unread
        if subject.values.get(member) is wanted:
            return passed()
        if member not in subject.values:
            return _missing(subject, member, called, wanted)
        return _is(subject, member, called, wanted)

    return test


def _is(subject: Members, member: str, called: Words, expected: Any) -> Outcome:
    return failed(
        f"{member} in {called.en} is {{actual}}", f"{member} i {called.sv} är {{actual}}",
        at=subject.at(member), actual=shown(subject.values.get(member)), expected=shown(expected),
    )  # fmt: skip


def _holds(member: str, wanted: list[str], called: Words) -> Test:
    def test(subject: Members, login: Login) -> Outcome:
        if (unread := _unread(subject)) is not None:
            return unread
        if member not in subject.values:
            return _missing(subject, member, called, wanted)
        missing = tuple(each for each in wanted if each not in subject.one_or_more(member))
        if not missing:
            return passed()
        return failed(
            f"{member} in {called.en} does not hold {{expected}}", f"{member} i {called.sv} innehåller inte {{expected}}",
            at=subject.at(member), actual=shown(subject.values[member]), expected=missing,
        )  # fmt: skip

    return test


def _lacks(member: str, unwanted: list[str], called: Words) -> Test:
    def test(subject: Members, login: Login) -> Outcome:
        if (unread := _unread(subject)) is not None:
            return unread
        if member not in subject.values:
            return not_applicable(f"{called.en} has no {member}", f"{called.sv} har inget {member}")
        there = tuple(each for each in unwanted if each in subject.one_or_more(member))
        if not there:
            return passed()
        return failed(
            f"{member} in {called.en} holds {{actual}}",
            f"{member} i {called.sv} innehåller {{actual}}",
            at=subject.at(member),
            actual=there,
        )

    return test


def _only(member: str, allowed: list[str], called: Words) -> Test:
    def test(subject: Members, login: Login) -> Outcome:
        if (unread := _unread(subject)) is not None:
            return unread
        if member not in subject.values:
            return _missing(subject, member, called, allowed)
        others = tuple(each for each in subject.one_or_more(member) if each not in allowed)
        if not others:
            return passed()
        return failed(
            f"{member} in {called.en} also holds {{actual}}", f"{member} i {called.sv} innehåller också {{actual}}",
            at=subject.at(member), actual=others, expected=tuple(allowed),
        )  # fmt: skip

    return test


def _lives_at_most(seconds: int, _: Assurance) -> Test:
    def test(token: IdToken, login: Login) -> Outcome:
        issued, ends = token.instant("iat"), token.instant("exp")
        if not hasattr(issued, "timestamp") or not hasattr(ends, "timestamp"):
            return inconclusive(
                "it does not say when it begins and ends",
                "den säger inte när den börjar och slutar",
                blocked_by="oidc-id-token/has-what-it-must",
            )
        lives = round(ends.timestamp() - issued.timestamp())  # type: ignore[union-attr]
        if lives <= seconds:
            return passed()
        return failed(
            "the ID Token lives for {actual} s", "ID-token gäller i {actual} s", at=token.at("exp"), actual=lives, expected=seconds
        )

    return test


def _seconds(argument: Any, _: Assurance) -> Words | None:
    if type(argument) is int and argument > 0:
        return None
    return Words(f"the argument is a number of seconds, not {argument!r}", f"argumentet är ett antal sekunder, inte {argument!r}")


def _signed(info: UserInfo, login: Login) -> Outcome:
    if info.token is not None:
        return passed()
    return failed(
        "the UserInfo response is plain JSON",
        "UserInfo-svaret är osignerad JSON",
        at=info.pointer,
        actual=info.content_type,
        expected="application/jwt",
    )


def _only_what_was_asked(token: IdToken, login: Login) -> Outcome:
    if (unread := _unread(token)) is not None:
        return unread
    more = tuple(name[:80] for name in token.values if name not in PROTOCOL)[:20]
    if not more:
        return passed()
    return failed("the ID Token holds {actual}", "ID-token innehåller {actual}", at=token.pointer, actual=more)


_SPECIAL: Mapping[tuple[str, str], Mapping[str, Verb]] = {
    ("id_token", "exp"): {"lives_at_most": Verb(IdToken, _seconds, _lives_at_most, "oidc")},
    ("id_token", "claims"): {"only_what_was_asked": flag(_only_what_was_asked, IdToken, "oidc")},
    ("user_info", "response"): {"signed": flag(_signed, UserInfo, "oidc")},
}
