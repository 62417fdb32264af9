"""A rule is one sentence that is true of a good login, with one verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any


@dataclass(frozen=True)
class Words:
    """One sentence in English and Swedish. Both are originals."""

    en: str
    sv: str

    def text(self, lang: str) -> str:
        return self.sv if lang == "sv" else self.en


@dataclass(frozen=True)
class Text:
    """The three texts of a rule in one language: the true sentence, why it matters, what to change."""

    title: str
    why: str
    fix: str


class Level(Enum):
    """How much a failure matters. RFC 2119 words; NOTE is for the reader's information."""

    MUST = "must"
    SHOULD = "should"
    NOTE = "note"

    @property
    def and_worse(self) -> tuple[Level, ...]:
        """This level and those above it, the worst first."""
        levels = tuple(Level)
        return levels[: levels.index(self) + 1]


class Verdict(Enum):
    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not-applicable"
    CRASHED = "crashed"


@dataclass(frozen=True)
class Personal:
    """A value that identifies a person. Reports mask it unless they are told to show it; tracebacks never do."""

    value: str = field(repr=False)


# What evidence may hold: JSON's scalars, Personal, and tuples of these.
Value = str | int | float | bool | None | Personal | tuple["Value", ...]


@dataclass(frozen=True)
class Pointer:
    """Where something is seen.

    `document` is "exchange" (then `number` counts from 1), "metadata" or "flow", of what an OP publishes "discovery" or "jwks"; `path` is an XPath
    with the customary prefixes, a JSON pointer, or empty for the whole document.
    """

    document: str
    path: str = ""
    number: int | None = None

    def __str__(self) -> str:
        name = f"exchange {self.number}" if self.document == "exchange" else self.document
        return f"{name} {self.path}".rstrip()


@dataclass(frozen=True)
class Evidence:
    at: Pointer | None
    actual: Value = None
    expected: Value = None


@dataclass(frozen=True)
class Outcome:
    """What a rule says of one subject. `{actual}` and `{expected}` in the message are filled in, and masked, by reports."""

    verdict: Verdict
    message: Words | None = None
    evidence: tuple[Evidence, ...] = ()
    blocked_by: str | None = None


_PASSED = Outcome(Verdict.PASS)


def passed() -> Outcome:
    return _PASSED


def failed(en: str, sv: str, *, at: Pointer | None = None, actual: Value = None, expected: Value = None) -> Outcome:
    """The sentence is not true of this login."""
    return Outcome(Verdict.FAIL, Words(en, sv), (Evidence(at, actual, expected),))


def passed_unless(why: Words | None) -> Outcome:
    """For what was found wrong when it was read, in the reader's own words."""
    return failed(why.en, why.sv) if why else passed()


def inconclusive(en: str, sv: str, *, blocked_by: str | None = None, at: Pointer | None = None) -> Outcome:
    """The rule applies and the capture should settle it, but cannot; `blocked_by` is the rule that tells why."""
    return Outcome(Verdict.INCONCLUSIVE, Words(en, sv), (Evidence(at),) if at else (), blocked_by)


@lru_cache(maxsize=256)  # most of what is judged says the same of every login
def not_applicable(en: str, sv: str) -> Outcome:
    """Nothing to judge here, or a fact that only the user can give is missing: then the message names the setting."""
    return Outcome(Verdict.NOT_APPLICABLE, Words(en, sv))


UNTOLD = "untold"  # in place of the rule that tells why there is no subject: the file does not tell of it
_UNTOLD = not_applicable("the file does not tell what was asked for, or when", "filen säger inte vad som efterfrågades eller när")


def is_untold(verdict: Verdict, message: Words | None) -> bool:
    return verdict is Verdict.NOT_APPLICABLE and message == _UNTOLD.message


def untold() -> Outcome:
    """What the rule compares with is not in a file of this kind."""
    return _UNTOLD


@dataclass(frozen=True)
class Rule:
    """`id` is the address of its code or data; `origin` is file:line; `subject` the class of what it judges.

    `selects` tells which of that class; None: all of them. `wants`: the attributes that it asks the IdP for → whether for everybody.
    `protocol`: it is about logins by "saml" or "oidc" only; None: about any.
    """

    id: str
    level: Level
    en: Text
    sv: Text
    source: str
    subject: type
    origin: str
    test: Callable[..., Outcome] = field(compare=False)
    ruleset: str | None = None
    selects: Callable[[Any], bool] | None = field(default=None, compare=False)
    wants: Mapping[str, bool] = field(default_factory=dict, compare=False)
    protocol: str | None = None

    def text(self, lang: str) -> Text:
        return self.sv if lang == "sv" else self.en


@dataclass(frozen=True)
class Waiver:
    """A failure that the user has accepted, until a day (inclusive, ISO date, compared with the flow's clock)."""

    rule: str
    reason: str
    until: str


Subject = Any
