"""What is no login, judged: expect, and forbid the rest. Every rule that only inspections have is proven both ways."""

from __future__ import annotations

import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Mapping
from functools import cache

import pytest

from idptest import catalogue
from idptest.model.inspection import InspectionReport, Part
from idptest.model.rule import Verdict
from idptest.validator import inspect
from tests import inspections

MODULES = [importlib.import_module(f"{inspections.__name__}.{found.name}") for found in pkgutil.iter_modules(inspections.__path__)]
CASES = {f"{module.__name__.rpartition('.')[2]}: {case.name}": case for module in MODULES for case in module.cases()}
RULES = [rule.id for rule in catalogue.all_rules() if issubclass(rule.subject, Part)]


@cache
def judged(name: str) -> InspectionReport:
    return inspect(CASES[name].inspection, CASES[name].rulesets)


@cache
def verdicts() -> Mapping[str, set[Verdict]]:
    found: dict[str, set[Verdict]] = defaultdict(set)
    for name in CASES:
        for finding in judged(name).findings:
            found[finding.rule.id].add(finding.verdict)
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_case_fails_what_is_wrong_in_it_and_nothing_else(name: str) -> None:
    assert {finding.rule.id for finding in judged(name).failures()} == set(CASES[name].fails)


@pytest.mark.parametrize("name", CASES)
def test_no_rule_crashes_on_it(name: str) -> None:
    assert not [f"{finding.rule.id}: {finding.message}" for finding in judged(name).having(Verdict.CRASHED)]


@pytest.mark.parametrize("rule", RULES)
def test_a_case_makes_the_rule_fail(rule: str) -> None:
    assert Verdict.FAIL in verdicts()[rule]


@pytest.mark.parametrize("rule", RULES)
def test_a_case_makes_the_rule_pass(rule: str) -> None:
    assert Verdict.PASS in verdicts()[rule]
