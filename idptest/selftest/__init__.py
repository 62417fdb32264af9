"""Proof that the rules can fail: a correct login, every way to spoil it that we know of, and the rule that must refuse each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from idptest.model.report import LoginReport
from idptest.model.rule import Level
from idptest.selftest.good import EVIL, good
from idptest.selftest.mutant import Mutant
from idptest.selftest.mutants import MUTANTS
from idptest.validator import judge


@dataclass(frozen=True)
class Result:
    """`fired`: the rules that failed at MUST or SHOULD. `ok`: as it should be."""

    mutant: str
    must_fire: str | None
    fired: tuple[str, ...]
    ok: bool


def run(now: datetime, mutants: Sequence[Mutant] = MUTANTS) -> Iterator[Result]:
    """Judges the mutants of a login at `now`."""
    correct = good(now)
    for mutant in mutants:
        report = judge(mutant.build(correct))
        fired = tuple(dict.fromkeys(finding.rule.id for finding in report.failures(Level.MUST, Level.SHOULD)))
        yield Result(mutant.name, mutant.must_fire, fired, _right(mutant, report, fired))


def _right(mutant: Mutant, report: LoginReport, fired: tuple[str, ...]) -> bool:
    """A correct variant fails nothing and is judged in full; a mutant is refused by its rule, and nobody is taken for somebody else."""
    if mutant.must_fire is None:
        return not fired and report.complete
    name = report.login.principal_name
    forged = name is not None and EVIL in name.values and report.login.trusted
    refused = mutant.must_fire in fired
    return refused and (not forged or mutant.must_fire.startswith(("eppn", "dnp/")))
