"""Everything recorded, judged: expect, and forbid the rest. Every rule is proven both ways. Recording again changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from fixtures import histories, record
from idptest import catalogue
from idptest.demo.defects import DEFECTS, Defect, defect
from idptest.model.flow import Flow
from idptest.model.flow_file import dumps, loads
from idptest.model.history import HistoryReport
from idptest.model.history_file import load_history
from idptest.model.inspection import Part
from idptest.model.report import Report
from idptest.model.rule import Verdict
from idptest.validator import judge, judge_history

FLOWS = Path(record.__file__).parent / "flows"
REPORTS = FLOWS.parent / "reports"
# Those that only inspections have are proven in test_inspections.py.
RULES = {rule.id: rule for rule in catalogue.all_rules() if not issubclass(rule.subject, Part)}


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
    """What failed in any of them, notes too."""
    return {finding.rule.id for report in reports for finding in report.failures()}


def crashed(reports: Sequence[Report]) -> list[str]:
    return [f"{finding.rule.id}: {finding.message}" for report in reports for finding in report.having(Verdict.CRASHED)]


# --- expect, and forbid the rest


@pytest.mark.parametrize("scenario", record.scenarios())
def test_a_scenario_fails_what_its_defect_breaks_and_nothing_else(scenario: str) -> None:
    _, defects = record.scenarios()[scenario]
    assert failures(judged(scenario)) == {rule for found in defects for rule in found.fails}


@pytest.mark.parametrize("scenario", record.scenarios())
def test_no_rule_crashes_on_it(scenario: str) -> None:
    assert not crashed(judged(scenario))


@pytest.mark.parametrize("account", ["larare", "elev"])
def test_a_good_login_is_judged_in_full(account: str) -> None:
    [report] = judged(account)
    assert report.conformant and report.complete and report.login.trusted and not report.failures()


@pytest.mark.parametrize("known", DEFECTS, ids=lambda known: known.name)
def test_a_defect_names_rules_that_exist(known: Defect) -> None:
    assert known.fails and len(set(known.fails)) == len(known.fails)
    assert set(known.fails) <= set(RULES)


def test_names_of_defects_are_their_own() -> None:
    assert len({known.name for known in DEFECTS}) == len(DEFECTS)


# --- over time

HISTORIES = {scenario.name: scenario for scenario in histories.scenarios()}


@cache
def over_time_judged(name: str) -> HistoryReport:
    return judge_history(load_history((record.HERE / "histories" / f"{name}.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", HISTORIES)
def test_a_history_fails_what_changed_in_it_and_nothing_else(name: str) -> None:
    report = over_time_judged(name)
    assert failures([report]) == set(HISTORIES[name].fails)
    assert not crashed([report])


@pytest.mark.parametrize("name", ["unchanged", "unchanged-elev"])
def test_a_login_that_did_not_change_is_compared_in_full(name: str) -> None:
    report = over_time_judged(name)
    assert report.conformant and report.complete


# --- every rule, both ways


@cache
def verdicts() -> Mapping[str, set[Verdict]]:
    found: dict[str, set[Verdict]] = defaultdict(set)
    over_time = [over_time_judged(name) for name in HISTORIES]
    for report in (*(report for scenario in recorded() for report in judged(scenario)), *over_time):
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


# Drawn by lot, once, among those that leave each other's traces alone: a response with a doctype hides what it says.
PAIRS = (
    ("eppn-missing", "not-bearer"),
    ("scope-misplaced", "eppn-byte-order"),
    ("level-certified-claim", "key-weak"),
    ("two-assertions", "over-release"),
    ("doctype", "wants-signed-requests"),
    ("scope-undeclared", "certificate-ends-soon"),
    ("eppn-two-at", "wrong-audience"),
    ("eppn-padded", "force-authn-ignored"),
    ("eppn-two-values", "wrong-in-response-to"),
    ("sha1", "wrong-recipient"),
)


@pytest.mark.parametrize("names", [*PAIRS, *(pair[::-1] for pair in PAIRS)], ids=" and ".join)
def test_two_defects_at_once_are_both_reported_and_nothing_else(names: tuple[str, str]) -> None:
    defects = [found for name in names if (found := defect(name))]
    assert len(defects) == 2
    reports = [judge(flow) for flow in record.log_in("larare", defects)]
    assert failures(reports) == {rule for found in defects for rule in found.fails}
    assert not crashed(reports)


# --- recordings


def test_recording_again_changes_no_byte() -> None:
    assert record.differences(dict(record.files())) == [], "run: make record"


@pytest.mark.parametrize("scenario", [*record.REPORTED, "larare--waivers"])
def test_reports_are_what_was_recorded(scenario: str) -> None:
    flows = [dumps(flow) for flow in recorded()[scenario]] if scenario in record.REPORTED else record.waived()
    made = dict(record.reports(scenario, flows))
    assert len(made) == (8 if scenario in record.PAGES else 6)
    for name, report in made.items():
        assert report == (REPORTS / name).read_text(encoding="utf-8"), name


def test_a_flow_file_read_and_written_is_the_same() -> None:
    for name in record.ours():
        if name.startswith("flows/"):
            text = (record.HERE / name).read_text(encoding="utf-8")
            assert dumps(loads(text)) == text, name


def test_flows_are_small() -> None:
    large = {path.parent.name: size for path in FLOWS.glob("*/flow*.json") if (size := path.stat().st_size) > 65_536}
    assert large.pop("larare--response-large", 0) < 400_000, "which is about being large"
    assert not large, large
