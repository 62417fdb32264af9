"""What the rules about the way of metadata say when they cannot tell, and once. That each fails and holds: tests/inspections/trace.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from idptest.model.inspection import InspectionReport
from idptest.model.rule import Verdict, Words
from idptest.model.trace import NOT_CONFIGURED, Elsewhere
from idptest.validator import inspect
from tests.inspections.trace import WAITS, Way, inspection
from tests.trace.states import at


def report(way: Way, trouble: str = NOT_CONFIGURED) -> InspectionReport:
    return inspect(inspection(way, trouble))


def verdicts(found: InspectionReport) -> dict[str, Verdict]:
    return {finding.rule.id.removeprefix("trace/"): finding.verdict for finding in found.findings}


# --- waiting is no fault


@pytest.mark.parametrize("letters", ["PPPMM", "PPPSP", "PPSSP", "PPMMM", "PPPPM"])
def test_what_takes_its_usual_time_is_no_fault(letters: str) -> None:
    found = report(Way(letters, uploaded=at(7, 40)))
    assert found.conformant and not found.complete and found.exit_code() == 3
    [root] = [finding for finding in found.having(Verdict.INCONCLUSIVE) if finding.blocked_by is None]
    assert root.message is not None and "vänta till" in root.message.sv and "wait until" in root.message.en


def test_the_gateway_is_waited_for() -> None:
    found = report(Way("PPPPP", uploaded=at(7)))
    assert verdicts(found)[WAITS] is Verdict.INCONCLUSIVE
    assert verdicts(report(Way("PPPPP")))[WAITS] is Verdict.NOT_APPLICABLE


def test_fidus_alone_tells_whether_the_gateway_has_it() -> None:
    assert verdicts(report(Way("PPP??", uploaded=at(5))))[WAITS] is Verdict.INCONCLUSIVE
    assert verdicts(report(Way("PP???", uploaded=at(5))))[WAITS] is Verdict.INCONCLUSIVE


# --- what could not be looked at


def test_what_is_not_configured_does_not_apply_and_says_what_to_configure() -> None:
    found = report(Way("P?P??"))
    for finding in found.findings:
        if "uploaded" in finding.rule.id or "fidus" in finding.rule.id or "discovery" in finding.rule.id:
            assert finding.verdict is Verdict.NOT_APPLICABLE and finding.message == Words("out of order", "ur funktion")


@pytest.mark.parametrize("trouble", ["unreachable", "unverified"])
def test_what_is_out_of_reach_or_not_verified_is_no_pass(trouble: str) -> None:
    found = report(Way("PPP?P"), trouble)
    assert verdicts(found)["idp-is-in-fidus-feed"] is Verdict.INCONCLUSIVE
    assert verdicts(found)["fidus-feed-has-the-newest-version"] is Verdict.INCONCLUSIVE
    assert found.exit_code() == 3


def test_nothing_known_is_no_pass() -> None:
    found = report(Way("?????", others=()))
    assert not list(found.having(Verdict.PASS)) and found.exit_code() == 3


def test_one_fault_is_told_once_and_the_rest_waits_for_it() -> None:
    found = report(Way("PSSSP"))
    assert len(found.failures()) == 1
    assert {finding.blocked_by for finding in found.having(Verdict.INCONCLUSIVE)} == {"trace/uploaded-file-is-the-newest-version"}
    assert len(report(Way("MMMMM")).failures()) == 1


def test_a_stage_that_is_behind_a_later_one_is_no_fault() -> None:
    found = report(Way("PSPPP", uploaded=at(5)))
    [finding] = [finding for finding in found.findings if finding.rule.id == "trace/uploaded-file-is-the-newest-version"]
    assert finding.verdict is Verdict.INCONCLUSIVE and finding.message is not None and "senare led" in finding.message.sv


def test_the_wrong_environment_is_told_only_when_the_right_one_was_looked_at() -> None:
    there = Elsewhere("skolfederation-trial", "test", True)
    assert verdicts(report(Way("PP???", others=(there,))))["environments-are-not-mixed"] is Verdict.INCONCLUSIVE
    unknown = replace(there, there=None, trouble=Words("no key", "ingen nyckel"))
    assert verdicts(report(Way("PPPPP", others=(unknown,))))["environments-are-not-mixed"] is Verdict.NOT_APPLICABLE


def test_the_first_fact_tells_where_it_is_and_who_acts() -> None:
    def first(letters: str, uploaded: datetime | None = None) -> str:
        value = report(Way(letters, uploaded=uploaded)).inspection.facts[0].value
        assert isinstance(value, Words)
        return value.sv

    assert first("PSSSP") == "Stopp vid: Uppladdad fil. Ska agera: du."
    assert first("PPPMM", at(7)) == "På väg till: Fidus flöde. Vänta till 08:15; ingen behöver göra något."
    assert first("PPPMM", at(6)) == "Stopp vid: Fidus flöde, försenat sedan 07:15. Ska agera: Skolverket (Fidus)."
    assert first("PPPPP", at(7)).startswith("Framme i Fidus flöde.")
    assert first("PPPPP", at(5)).startswith("Metadata har inte fastnat")
