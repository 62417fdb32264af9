"""What is asked of an account, and so which tests there are. A source names the cases; SOURCES is all of them, in the order of the tests.

Another kind of test is another source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from idptest import catalogue
from idptest.model.history import History, HistoryReport
from idptest.model.report import Finding, Report
from idptest.pytest_plugin.accounts import Account, Suite
from idptest.pytest_plugin.logins import Logins
from idptest.validator import judge_history


@dataclass(frozen=True)
class Found:
    """A finding, the report that it stands in, and where the login is saved."""

    finding: Finding
    report: Report
    path: Path | None


@dataclass(frozen=True)
class Case:
    """A test: the last part of its node id, the sentence that it proves, and what was found, which may log in. `found` raises NotRun."""

    name: str
    title: str
    found: Callable[[], Sequence[Found]]


# Called at collection, for each account: it may read files, and sends nothing.
Source = Callable[[Suite, Account, Logins, str], Iterator[Case]]


def rules(suite: Suite, account: Account, logins: Logins, lang: str) -> Iterator[Case]:
    """A case for each rule that the account is judged by."""
    for rule in account.rules:

        def found(rule_id: str = rule.id) -> list[Found]:
            return [
                Found(finding, made.report, made.path)
                for made in logins.of(account)
                for finding in made.report.findings
                if finding.rule.id == rule_id
            ]

        yield Case(rule.id, rule.text(lang).title, found)


def since_the_baseline(suite: Suite, account: Account, logins: Logins, lang: str) -> Iterator[Case]:
    """A case for each rule over time, of an account that the baseline knows: is what must not change as it was?"""
    before = suite.before
    if before is None or not any((seen.account, seen.idp) == (account.facts.name, account.idp) for seen in before.baseline.observations):
        return

    @cache
    def compared() -> HistoryReport:
        made = logins.of(account)
        others = {seen.account: seen for seen in before.baseline.observations if seen.account != account.facts.name}
        now = tuple(login.observation for login in made)
        history = History(made[-1].report.target, now, before.baseline, others=tuple(others.values()), expected=before.expected)
        return judge_history(history, made[-1].flow.waivers)

    for rule in catalogue.rules_over_time():

        def found(rule_id: str = rule.id) -> list[Found]:
            return [Found(finding, compared(), None) for finding in compared().findings if finding.rule.id == rule_id]

        yield Case(rule.id, rule.text(lang).title, found)


SOURCES: tuple[Source, ...] = (rules, since_the_baseline)
