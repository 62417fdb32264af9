"""What was found: one finding for each rule and subject, passes included."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from idptest.model.login import Login
from idptest.model.rule import Evidence, Level, Personal, Rule, Value, Verdict, Waiver, Words, is_untold

IN_FORCE = "in-force"
EXPIRED = "expired"
NOT_NEEDED = "not-needed"
NOT_JUDGED = "not-judged"


@dataclass(frozen=True)
class AppliedWaiver:
    """`state`: "in-force" (the failure is accepted), "expired" (no longer works), "not-needed" (the rule holds: remove it),

    "not-judged" (the rule could not be judged, or has nothing to judge here: a waiver makes nothing complete).
    """

    waiver: Waiver
    state: str


@dataclass(slots=True)  # not frozen, though nobody changes one: a login makes some 150, and frozen ones take five times as long to make
class Finding:
    rule: Rule
    verdict: Verdict
    message: Words | None
    evidence: tuple[Evidence, ...]
    subject: str
    blocked_by: str | None = None
    waiver: AppliedWaiver | None = None
    count: int = 1

    @property
    def waived(self) -> bool:
        return self.waiver is not None and self.waiver.state == IN_FORCE

    @property
    def failed(self) -> bool:
        """It failed, and nobody has accepted that."""
        return self.verdict is Verdict.FAIL and not self.waived


@dataclass(frozen=True)
class Tool:
    """`rules_digest` is a SHA-256 over all rule texts and data, so that two reports can be told to rest on the same rules."""

    version: str
    rules_digest: str


@dataclass(frozen=True)
class Target:
    """Whose logins are judged: names as in idptest.toml, and whether values may be shown."""

    idp: str
    entity_id: str
    product: str | None
    account: str
    role: str
    protocol: str
    test_person: bool
    rulesets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report(ABC):
    """Something judged. Conformance (did anything fail?) is apart from completeness (was all judged?)."""

    tool: Tool
    findings: tuple[Finding, ...]

    @property
    @abstractmethod
    def target(self) -> Target:
        """Who logs in where."""

    @property
    @abstractmethod
    def at(self) -> datetime:
        """When it was so: "now" for every rule."""

    @property
    @abstractmethod
    def eppn(self) -> tuple[Value, ...]:
        """What was received as EPPN last, as evidence would show it."""

    @property
    @abstractmethod
    def context(self) -> str | None:
        """The level that was answered last."""

    def having(self, verdict: Verdict) -> Iterator[Finding]:
        return (finding for finding in self.findings if finding.verdict is verdict)

    def failures(self, *levels: Level) -> tuple[Finding, ...]:
        """Failures that nobody waived, at those levels (all levels when none is given)."""
        return tuple(finding for finding in self.findings if finding.failed and (not levels or finding.rule.level in levels))

    @property
    def conformant(self) -> bool:
        """No MUST failed."""
        return not self.failures(Level.MUST)

    @property
    def complete(self) -> bool:
        return not any(finding.verdict in (Verdict.INCONCLUSIVE, Verdict.CRASHED) for finding in self.findings)

    @property
    def untold(self) -> frozenset[str]:
        """The rules that were not judged because a file of somebody else's does not tell what they compare with."""
        return frozenset(finding.rule.id for finding in self.findings if is_untold(finding.verdict, finding.message))

    def exit_code(self, fail_on: Level = Level.MUST) -> int:
        """1 something at or above `fail_on` failed, else 3 not everything could be judged, else 0."""
        if self.failures(*fail_on.and_worse):
            return 1
        return 0 if self.complete else 3


@dataclass(frozen=True)
class LoginReport(Report):
    """One login, judged."""

    login: Login

    @property
    def target(self) -> Target:
        flow = self.login.flow
        return Target(
            flow.idp.name,
            flow.idp.entity_id,
            flow.idp.product,
            flow.account.name,
            flow.account.role,
            flow.protocol,
            flow.account.test_person,
            flow.rulesets,
        )

    @property
    def at(self) -> datetime:
        return self.login.flow.captured_at

    @property
    def eppn(self) -> tuple[Value, ...]:
        name = self.login.principal_name
        return tuple(Personal(value) for value in name.values) if name else ()

    @property
    def context(self) -> str | None:
        return self.login.authn_context.value if self.login.authn_context else None
