"""Every rule about the way of metadata, both ways: what makes it fail, what makes it pass, and what it says when it cannot tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from idptest import catalogue
from idptest import trace as tracing
from idptest.model.inspection import InspectionReport
from idptest.model.rule import Verdict, Words
from idptest.model.trace import NOT_CONFIGURED, Elsewhere, OwnSp
from idptest.validator import inspect
from tests.trace.test_table import at, traced

RULES = [rule.id for rule in catalogue.all_rules() if rule.id.startswith("trace/")]
SP = "https://idptest.exempelstad.se/sp"
HERE = (OwnSp(SP, "skolfederation", True), Elsewhere("skolfederation-trial", "test", False))


@dataclass(frozen=True)
class Case:
    """States by letter, in the order of the stages; and the rules that fail."""

    letters: str
    fails: tuple[str, ...] = ()
    others: tuple[OwnSp | Elsewhere, ...] = HERE
    uploaded: datetime | None = None


WAITS = "metadata-comes-through-in-the-usual-time"
CASES = {
    "all is well": Case("PPPPP", uploaded=at(5)),
    "nobody knows it": Case("MMMMM", ("idp-shows-its-metadata",)),
    "another entityID at the IdP": Case("MPPPP", ("idp-shows-its-metadata",)),
    "the IdP's metadata has ended": Case("SPPPP", ("what-the-idp-shows-has-not-ended",)),
    "another file uploaded": Case("PMMMM", ("uploaded-file-holds-the-idp",)),
    "a new key, not uploaded": Case("PSSSP", ("uploaded-file-is-the-newest-version",)),
    "not published": Case("PPMMM", ("idp-is-in-the-federations-feed",)),
    "taken out of the federation": Case("PPMPP", ("idp-is-in-the-federations-feed",)),
    "the federation has the old": Case("PPSSP", ("federations-feed-has-the-newest-version", WAITS), uploaded=at(6)),
    "not in Fidus": Case("PPPMM", ("idp-is-in-fidus-feed", WAITS), uploaded=at(5)),
    "in the list before Fidus": Case("PPPMP", ("idp-is-in-fidus-feed", WAITS), uploaded=at(5)),
    "Fidus has the old": Case("PPPSP", ("fidus-feed-has-the-newest-version", WAITS), uploaded=at(5)),
    "not in the list": Case("PPPPM", ("discovery-service-lists-the-idp", WAITS), uploaded=at(5)),
    "in the list as it was": Case("PPPPS", ("discovery-service-lists-the-idp-as-it-is", WAITS), uploaded=at(5)),
    "in Trial too": Case("PPPPP", ("environments-are-not-mixed",), (HERE[0], Elsewhere("skolfederation-trial", "test", True)), at(5)),
    "in Trial instead": Case(
        "PPMMM",
        ("environments-are-not-mixed", "idp-is-in-the-federations-feed"),
        (HERE[0], Elsewhere("skolfederation-trial", "test", True)),
    ),
    "our SP is not there": Case("PPPPP", ("federation-knows-our-sp",), (OwnSp(SP, "skolfederation", False), HERE[1]), at(5)),
}


def report(case: Case, trouble: str = NOT_CONFIGURED) -> InspectionReport:
    return inspect(tracing.inspection(traced(case.letters, trouble, case.uploaded), case.others))


def verdicts(found: InspectionReport) -> dict[str, Verdict]:
    return {finding.rule.id.removeprefix("trace/"): finding.verdict for finding in found.findings}


@pytest.mark.parametrize("name", CASES)
def test_a_case_fails_what_is_wrong_in_it_and_nothing_else(name: str) -> None:
    found = report(CASES[name])
    assert {rule for rule, verdict in verdicts(found).items() if verdict is Verdict.FAIL} == set(CASES[name].fails)
    assert not list(found.having(Verdict.CRASHED))
    assert found.exit_code() == (
        0 if name == "all is well" or name.startswith("in Trial too") or name.startswith("our SP") else 1
    ) or name in (
        "the IdP's metadata has ended",
        "in the list as it was",
    )


def every() -> Iterator[tuple[str, Verdict]]:
    for case in CASES.values():
        yield from verdicts(report(case)).items()


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_holds_somewhere_and_not_elsewhere(rule: str) -> None:
    found = defaultdict(set)
    for name, verdict in every():
        found[f"trace/{name}"].add(verdict)
    assert {Verdict.PASS, Verdict.FAIL} <= found[rule]


# --- waiting is no fault


@pytest.mark.parametrize("letters", ["PPPMM", "PPPSP", "PPSSP", "PPMMM", "PPPPM"])
def test_what_takes_its_usual_time_is_no_fault(letters: str) -> None:
    found = report(Case(letters, uploaded=at(7, 40)))
    assert found.conformant and not found.complete and found.exit_code() == 3
    [root] = [finding for finding in found.having(Verdict.INCONCLUSIVE) if finding.blocked_by is None]
    assert root.message is not None and "vänta till" in root.message.sv and "wait until" in root.message.en


def test_the_gateway_is_waited_for() -> None:
    found = report(Case("PPPPP", uploaded=at(7)))
    assert verdicts(found)[WAITS] is Verdict.INCONCLUSIVE
    assert verdicts(report(Case("PPPPP")))[WAITS] is Verdict.NOT_APPLICABLE


def test_fidus_alone_tells_whether_the_gateway_has_it() -> None:
    assert verdicts(report(Case("PPP??", uploaded=at(5))))[WAITS] is Verdict.INCONCLUSIVE
    assert verdicts(report(Case("PP???", uploaded=at(5))))[WAITS] is Verdict.INCONCLUSIVE


# --- what could not be looked at


def test_what_is_not_configured_does_not_apply_and_says_what_to_configure() -> None:
    found = report(Case("P?P??"))
    for finding in found.findings:
        if "uploaded" in finding.rule.id or "fidus" in finding.rule.id or "discovery" in finding.rule.id:
            assert finding.verdict is Verdict.NOT_APPLICABLE and finding.message == Words("out of order", "ur funktion")


@pytest.mark.parametrize("trouble", ["unreachable", "unverified"])
def test_what_is_out_of_reach_or_not_verified_is_no_pass(trouble: str) -> None:
    found = report(Case("PPP?P"), trouble)
    assert verdicts(found)["idp-is-in-fidus-feed"] is Verdict.INCONCLUSIVE
    assert verdicts(found)["fidus-feed-has-the-newest-version"] is Verdict.INCONCLUSIVE
    assert found.exit_code() == 3


def test_nothing_known_is_no_pass() -> None:
    found = report(Case("?????", others=()))
    assert not list(found.having(Verdict.PASS)) and found.exit_code() == 3


def test_one_fault_is_told_once_and_the_rest_waits_for_it() -> None:
    found = report(Case("PSSSP"))
    assert len(found.failures()) == 1
    assert {finding.blocked_by for finding in found.having(Verdict.INCONCLUSIVE)} == {"trace/uploaded-file-is-the-newest-version"}
    assert len(report(Case("MMMMM")).failures()) == 1


def test_a_stage_that_is_behind_a_later_one_is_no_fault() -> None:
    found = report(Case("PSPPP", uploaded=at(5)))
    [finding] = [finding for finding in found.findings if finding.rule.id == "trace/uploaded-file-is-the-newest-version"]
    assert finding.verdict is Verdict.INCONCLUSIVE and finding.message is not None and "senare led" in finding.message.sv


def test_the_wrong_environment_is_told_only_when_the_right_one_was_looked_at() -> None:
    there = Elsewhere("skolfederation-trial", "test", True)
    assert verdicts(report(Case("PP???", others=(there,))))["environments-are-not-mixed"] is Verdict.INCONCLUSIVE
    unknown = replace(there, there=None, trouble=Words("no key", "ingen nyckel"))
    assert verdicts(report(Case("PPPPP", others=(unknown,))))["environments-are-not-mixed"] is Verdict.NOT_APPLICABLE


def test_the_first_fact_tells_where_it_is_and_who_acts() -> None:
    def first(letters: str, uploaded: datetime | None = None) -> str:
        value = report(Case(letters, uploaded=uploaded)).inspection.facts[0].value
        assert isinstance(value, Words)
        return value.sv

    assert first("PSSSP") == "Stopp vid: Uppladdad fil. Ska agera: du."
    assert first("PPPMM", at(7)) == "På väg till: Fidus flöde. Vänta till 08:15; ingen behöver göra något."
    assert first("PPPMM", at(6)) == "Stopp vid: Fidus flöde, försenat sedan 07:15. Ska agera: Skolverket (Fidus)."
    assert first("PPPPP", at(7)).startswith("Framme i Fidus flöde.")
    assert first("PPPPP", at(5)).startswith("Metadata har inte fastnat")
