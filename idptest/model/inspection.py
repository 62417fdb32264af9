"""What is judged that is no login: metadata, a feed, where metadata is stuck, a computer before its first login."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from idptest.model.login import Login
from idptest.model.report import Report, Target
from idptest.model.rule import Value, Words

METADATA, FEED, TRACE, PREFLIGHT, ONBOARDING = KINDS = ("metadata", "feed", "trace", "preflight", "onboarding")


class Part:
    """A subject that only inspections have: rules about it are not applied to logins."""


@dataclass(frozen=True)
class Fact:
    """Something seen that is no verdict, for the reader's orientation: "Days left: 41". `value` is Words where it depends on the language."""

    label: Words
    value: Value | Words


@dataclass(frozen=True)
class Inspection:
    """Something that was looked at. `kind` is one of KINDS, `name` what it is called: an entityID, a feed's name, an IdP's in idptest.toml.

    `subjects` holds what rules judge, by class; a rule is applied when its subject's class is a key, also of nothing. `blockers` names,
    by class, the rule that tells why there is none where there should be one. `product` is the IdP product's id, when it is known.
    """

    kind: str
    name: str
    at: datetime
    subjects: Mapping[type, tuple[object, ...]]
    facts: tuple[Fact, ...] = ()
    blockers: Mapping[type, str] = dataclasses.field(default_factory=dict)
    product: str | None = None

    @property
    def now(self) -> datetime:
        """As a login has it."""
        return self.at

    def all(self, kind: type) -> tuple[object, ...]:
        """Every subject of that class."""
        return self.subjects.get(kind, ())

    def blocker(self, kind: type) -> str | None:
        """The rule that tells why there is no subject of that class; None when there need not be one."""
        return self.blockers.get(kind)


# What a subject that both may have belongs to.
Judged = Login | Inspection


@dataclass(frozen=True)
class InspectionReport(Report):
    """Something that is no login, judged."""

    inspection: Inspection

    @property
    def target(self) -> Target:
        """Nobody logs in: without account and role, and nothing in it identifies a person."""
        return Target(self.inspection.name, self.inspection.name, self.inspection.product, "", "", "", test_person=True)

    @property
    def at(self) -> datetime:
        return self.inspection.at

    @property
    def eppn(self) -> tuple[Value, ...]:
        return ()

    @property
    def context(self) -> str | None:
        return None
