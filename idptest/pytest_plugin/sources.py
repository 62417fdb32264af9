"""What is asked of an account, and so which tests there are. A source names the cases; SOURCES is all of them, in the order of the tests.

Another kind of test (a baseline compared with, say) is another source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from idptest.model.report import Finding, LoginReport
from idptest.pytest_plugin.accounts import Account, Suite
from idptest.pytest_plugin.logins import Logins


@dataclass(frozen=True)
class Found:
    """A finding, the report that it stands in, and where the login is saved."""

    finding: Finding
    report: LoginReport
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


SOURCES: tuple[Source, ...] = (rules,)
