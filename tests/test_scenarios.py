"""Everything recorded, judged: expect, and forbid the rest. Every rule is proven both ways. Recording again changes nothing."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

from fixtures import record
from idptest import catalogue
from idptest.demo.answer import Answer
from idptest.demo.defects import DEFECTS, Defect
from idptest.demo.metadata import Published
from idptest.demo.people import person
from idptest.model.flow import Flow
from idptest.model.flow_file import dumps, loads
from idptest.model.report import Report
from idptest.model.rule import Level, Verdict
from idptest.validator import judge

FLOWS = Path(record.__file__).parent / "flows"
REPORTS = FLOWS.parent / "reports"
RULES = {rule.id: rule for rule in catalogue.all_rules()}


@cache
def recorded() -> Mapping[str, tuple[Flow, ...]]:
    """Scenario → its logins, other people's IdPs too."""
    folders = sorted(path for path in FLOWS.iterdir() if path.is_dir())
    return {
        folder.name: tuple(loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("flow*.json"), key=_order))
        for folder in folders
    }


def _order(path: Path) -> tuple[int, str]:
    return len(path.name), path.name  # flow.json, flow-2.json … flow-10.json


@cache
def judged(scenario: str) -> tuple[Report, ...]:
    return tuple(judge(flow) for flow in recorded()[scenario])


def failures(reports: Sequence[Report]) -> set[str]:
    """What failed in any of them, notes apart."""
    return {finding.rule.id for report in reports for finding in report.failures(Level.MUST, Level.SHOULD)}


def crashed(reports: Sequence[Report]) -> list[str]:
    return [f"{finding.rule.id}: {finding.message}" for report in reports for finding in report.having(Verdict.CRASHED)]


# --- expect, and forbid the rest


@pytest.mark.parametrize("scenario", record.scenarios())
def test_a_scenario_fails_what_its_defect_breaks_and_nothing_else(scenario: str) -> None:
    _, defects = record.scenarios()[scenario]
    assert failures(judged(scenario)) == {rule for defect in defects for rule in defect.fails}


@pytest.mark.parametrize("scenario", record.scenarios())
def test_no_rule_crashes_on_it(scenario: str) -> None:
    assert not crashed(judged(scenario))


@pytest.mark.parametrize("account", ["larare", "elev"])
def test_a_good_login_is_judged_in_full(account: str) -> None:
    [report] = judged(account)
    assert report.conformant and report.complete and report.login.trusted and not report.failures()


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_defect_names_rules_that_exist_and_matter(defect: Defect) -> None:
    assert defect.fails and len(set(defect.fails)) == len(defect.fails)
    assert not [rule for rule in defect.fails if rule not in RULES or RULES[rule].level is Level.NOTE]


def test_names_of_defects_are_their_own() -> None:
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS)


# --- every rule, both ways


@cache
def verdicts() -> Mapping[str, set[Verdict]]:
    found: dict[str, set[Verdict]] = defaultdict(set)
    for scenario in recorded():
        for report in judged(scenario):
            for finding in report.findings:
                found[finding.rule.id].add(finding.verdict)
    return found


@pytest.mark.parametrize("rule", RULES)
def test_something_recorded_makes_the_rule_fail(rule: str) -> None:
    assert Verdict.FAIL in verdicts()[rule]


@pytest.mark.parametrize("rule", RULES)
def test_something_recorded_makes_the_rule_pass(rule: str) -> None:
    assert Verdict.PASS in verdicts()[rule]


# --- two defects at once


def _touched(defect: Defect) -> set[str]:
    """The parts of the answer and of the metadata that a defect changes."""
    parts = {"method"} if defect.method else set()
    who = person(defect.account)
    assert who is not None
    answer, published = _answer(who), Published()
    if defect.answer:
        after = defect.answer(answer, who, record.CLOCK)
        parts |= {field.name for field in fields(Answer) if getattr(after, field.name) != getattr(answer, field.name)}
    if defect.metadata:
        changed = defect.metadata(published, record.CLOCK)
        parts |= {field.name for field in fields(Published) if getattr(changed, field.name) != getattr(published, field.name)}
    return parts
