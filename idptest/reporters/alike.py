"""The same change of several accounts: told once, with one of them as the example."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from idptest.model.history import HistoryReport
from idptest.model.report import Finding, Report
from idptest.model.rule import Personal, Value, Words
from idptest.reporters.findings import groups

# What tells one change from another: the IdP, the rule, what it says, and the values in so far as they are nobody's own.
Key = tuple[object, ...]

_DIGEST = re.compile(r"#[0-9a-f]+›")  # how `Identifier.shown` ends where the value is not kept
_OF = Words("{n} of {of} accounts", "{n} av {of} konton")
_FOR = Words("{names}; for example {one}", "{names}; till exempel {one}")
_MORE = Words("and {n} more", "och {n} till")
_NAMED = 8


@dataclass(frozen=True)
class Alike:
    """A change of several accounts. `report` and its `finding` are the example; `of` is how many accounts were compared at that IdP."""

    number: int
    report: HistoryReport
    finding: Finding
    accounts: tuple[str, ...]
    of: int

    def count(self, lang: str) -> str:
        return _OF.text(lang).replace("{n}", str(len(self.accounts))).replace("{of}", str(self.of))

    def names(self, lang: str, every: bool) -> str:
        """Whose it is and who is the example; a few of many, unless `every`."""
        named = self.accounts if every else self.accounts[:_NAMED]
        more = len(self.accounts) - len(named)
        names = ", ".join(named) + (f" {_MORE.text(lang).replace('{n}', str(more))}" if more else "")
        return _FOR.text(lang).replace("{names}", names).replace("{one}", self.report.target.account)


def alike(reports: Sequence[Report]) -> dict[Key, Alike]:
    """What changed alike for two accounts or more, worst first, numbered from 1."""
    over_time = [report for report in reports if isinstance(report, HistoryReport)]
    found: dict[int, dict[Key, list[tuple[HistoryReport, Finding]]]] = {}
    for report in over_time:
        for rank, (_, findings) in enumerate(groups(report)):
            for finding in findings:
                found.setdefault(rank, {}).setdefault(key(report, finding), []).append((report, finding))
    made: dict[Key, Alike] = {}
    for rank in sorted(found):
        for what, whose in found[rank].items():
            accounts = tuple(dict.fromkeys(report.target.account for report, _ in whose))
            if len(accounts) > 1:
                (report, finding), idp = whose[0], whose[0][0].target.idp
                compared = {each.target.account for each in over_time if each.target.idp == idp}
                made[what] = Alike(len(made) + 1, report, finding, accounts, len(compared))
    return made


def key(report: Report, finding: Finding) -> Key:
    values = tuple((_impersonal(each.expected), _impersonal(each.actual)) for each in finding.evidence)
    return report.target.idp, finding.rule.id, finding.message, values, finding.waiver


def alone(report: Report, findings: Sequence[Finding], shared: Mapping[Key, Alike]) -> tuple[Finding, ...]:
    """Those of the findings that this account has for itself."""
    return tuple(finding for finding in findings if key(report, finding) not in shared)


def _impersonal(value: Value) -> Value:
    """Of a value that identifies a person, what others may have too: the part after @, or the kind that it is of."""
    if isinstance(value, Personal):
        return value.value.partition("@")[2]
    if isinstance(value, tuple):
        return tuple(map(_impersonal, value))
    return _DIGEST.sub("›", value) if isinstance(value, str) else value
