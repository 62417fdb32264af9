"""The engine: every rule gets its verdict whatever happens to the others, waivers, and what missing subjects come to."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from idptest import catalogue, resources, validator
from idptest.errors import ConfigurationError, InputError, RuleFileError
from idptest.model.flow import Ended, Flow
from idptest.model.login import Login
from idptest.model.report import EXPIRED, IN_FORCE, NOT_JUDGED, NOT_NEEDED, Report
from idptest.model.rule import Level, Outcome, Rule, Text, Verdict, Waiver, failed
from idptest.model.saml import Assertion, Certificate, IdpMetadata, Signature
from idptest.validator import judge
from tests.exempelstad import changed, findings, flow, log_in, one, verdicts, with_answer

SIGNED = "saml-signature/identity-is-signed-by-a-metadata-key"
SCOPE = "dnp/eppn-scope-in-metadata"
# What rulesets ask of the metadata: no answer is needed for it.
ABOUT_METADATA = {
    f"{name}/{table}"
    for name in resources.rulesets()
    for table, found in tomllib.loads(resources.text(resources.RULES, f"{name}.toml")).items()
    if "metadata" in found
}
CONTENT = ("eppn/", "dnp/", "dnp-teacher/", "loa3-teacher/", "eppn-objectguid/", "level/", "skolfederation/")


def waived(captured: Flow, *waivers: tuple[str, str]) -> Report:
    return judge(replace(captured, waivers=tuple(Waiver(rule, "ticket 4711", until) for rule, until in waivers)))


def states(report: Report, rule: str) -> list[str | None]:
    return [finding.waiver.state if finding.waiver else None for finding in findings(report, rule)]


# --- verdicts and exit codes


def test_a_good_login_passes_in_full() -> None:
    for account in ("larare", "elev"):
        report = judge(flow(account))
        assert (report.conformant, report.complete, report.exit_code(Level.SHOULD)) == (True, True, 0)
        assert report.login.trusted
        assert len(report.findings) >= len(catalogue.rules_for(report.login.flow.rulesets))


def test_the_same_flow_gives_the_same_report() -> None:
    assert judge(flow()) == judge(flow())


def test_every_rule_gets_a_finding() -> None:
    for captured in (flow(), flow("larare", "unsigned"), replace(flow(), ended=Ended("network", 1, said="refused"))):
        judged = {finding.rule.id for finding in judge(captured).findings}
        assert judged == {rule.id for rule in catalogue.rules_for(captured.rulesets)}


def _planted(test: Any) -> Rule:
    text = Text("It holds", "Because.", "Mend it.")
    return Rule("planted/rule", Level.MUST, text, text, "X 1", Login, "here.py:1", test)


@pytest.mark.parametrize("bug", [ZeroDivisionError, KeyError, AssertionError, RecursionError, RuntimeError, UnicodeDecodeError])
def test_a_rule_that_raises_has_crashed_and_hides_no_other(monkeypatch: pytest.MonkeyPatch, bug: type[Exception]) -> None:
    def crash(subject: Login, login: Login) -> Outcome:
        raise UnicodeDecodeError("x", b"", 0, 1, "y") if bug is UnicodeDecodeError else bug

    rules = catalogue.rules_for(flow().rulesets)
    monkeypatch.setattr(catalogue, "rules_for", lambda names, own=None, protocol="saml": (_planted(crash), *rules))
    report = judge(flow())
    (finding,) = findings(report, "planted/rule")
    assert finding.verdict is Verdict.CRASHED
    assert finding.message is not None
    assert bug.__name__ in finding.message.en
    assert "here.py:1" in finding.message.sv
    assert len(report.findings) == len(judge_without(monkeypatch, rules).findings) + 1
    assert (report.complete, report.exit_code()) == (False, 3)


def judge_without(monkeypatch: pytest.MonkeyPatch, rules: tuple[Rule, ...]) -> Report:
    monkeypatch.setattr(catalogue, "rules_for", lambda names, own=None, protocol="saml": rules)
    return judge(flow())


@pytest.mark.parametrize("returned", [None, True, "pass", Verdict.PASS])
def test_a_rule_that_returns_no_outcome_has_crashed(monkeypatch: pytest.MonkeyPatch, returned: object) -> None:
    monkeypatch.setattr(catalogue, "rules_for", lambda names, own=None, protocol="saml": (_planted(lambda subject, login: returned),))
    report = judge(flow())
    assert [finding.verdict for finding in report.findings] == [Verdict.CRASHED]
    assert report.exit_code() == 3


def test_a_crash_beside_a_failure_is_still_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = (_planted(lambda subject, login: 1 / 0), replace(_planted(lambda subject, login: failed("x", "y")), id="planted/other"))
    monkeypatch.setattr(catalogue, "rules_for", lambda names, own=None, protocol="saml": rules)
    assert judge(flow()).exit_code() == 1


def test_a_crashed_rule_cannot_be_waived_away(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = (_planted(lambda subject, login: 1 / 0),)
    monkeypatch.setattr(catalogue, "rules_for", lambda names, own=None, protocol="saml": rules)
    report = waived(flow(), ("planted/rule", "2099-01-01"))
    assert states(report, "planted/rule") == [NOT_JUDGED]
    assert report.exit_code() == 3


def test_interrupts_are_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(subject: Login, login: Login) -> Outcome:
        raise KeyboardInterrupt

    monkeypatch.setattr(catalogue, "rules_for", lambda names, own=None, protocol="saml": (_planted(stop),))
    with pytest.raises(KeyboardInterrupt):
        judge(flow())


def test_fail_on() -> None:
    should = judge(flow("larare", "certificate-ends-soon"))
    assert (should.exit_code(), should.exit_code(Level.SHOULD)) == (0, 1)
    must = judge(flow("larare", "wrong-audience"))
    assert (must.exit_code(), must.exit_code(Level.SHOULD)) == (1, 1)


def test_what_cannot_be_judged_at_all_is_our_error() -> None:
    with pytest.raises(RuleFileError, match="no ruleset"):
        judge(replace(flow(), rulesets=("skolfedration",)))
    with pytest.raises(InputError):
        judge(replace(flow(), idp=replace(flow().idp, metadata=b"<html/>")))


# --- waivers


def test_a_waiver_in_force_takes_the_failure_away_and_says_so() -> None:
    report = waived(flow("larare", "scope-wrong"), (SCOPE, "2026-11-22"))
    assert states(report, SCOPE) == [IN_FORCE]
    assert findings(report, SCOPE)[0].verdict is Verdict.FAIL, "it is still seen"
    assert (report.conformant, report.exit_code()) == (True, 0)


def test_a_waiver_ends_with_its_last_day() -> None:
    report = waived(flow("larare", "scope-wrong"), (SCOPE, "2026-11-21"))
    assert states(report, SCOPE) == [EXPIRED]
    assert (report.conformant, report.exit_code()) == (False, 1)


def test_the_flows_clock_decides_not_todays() -> None:
    early = replace(flow("larare", "scope-wrong"), captured_at=flow().captured_at.replace(year=2020))
    assert states(waived(early, (SCOPE, "2020-12-31")), SCOPE) == [IN_FORCE]


def test_a_waiver_that_is_not_needed_is_told() -> None:
    report = waived(flow(), (SCOPE, "2027-01-01"))
    assert states(report, SCOPE) == [NOT_NEEDED]
    assert report.exit_code() == 0


def test_an_inconclusive_rule_cannot_be_waived_into_completeness() -> None:
    stopped = replace(flow(), ended=Ended("network", 1, said="refused"))
    rule = "saml-response/is-readable"
    report = waived(stopped, (rule, "2027-01-01"))
    assert states(report, rule) == [NOT_JUDGED]
    assert report.exit_code() == 3


def test_a_waiver_for_what_does_not_apply_is_told_and_changes_nothing() -> None:
    rule = "saml-metadata/is-still-valid"
    assert [finding.verdict for finding in findings(judge(flow()), rule)] == [Verdict.NOT_APPLICABLE]
    report = waived(flow(), (rule, "2020-01-01"))
    assert states(report, rule) == [NOT_JUDGED]
    assert report.exit_code() == 0


def test_a_waiver_covers_every_subject_of_its_rule_and_is_needed_when_one_fails() -> None:
    def break_one(root: Any) -> None:
        root.set("Consent", "x")

    rule = "saml-signature/is-valid"
    report = waived(changed(flow(), break_one), (rule, "2027-01-01"))
    assert sorted(finding.verdict.value for finding in findings(report, rule)) == ["fail", "pass"]
    assert [state for state in states(report, rule) if state] == [IN_FORCE], "never also: not needed, remove it"


@pytest.mark.parametrize("order", [("2020-01-01", "2027-01-01"), ("2027-01-01", "2020-01-01")])
def test_of_two_waivers_the_longer_counts(order: tuple[str, str]) -> None:
    report = waived(flow("larare", "scope-wrong"), *((SCOPE, until) for until in order))
    assert states(report, SCOPE) == [IN_FORCE]


def test_a_waiver_for_no_rule_names_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match='did you mean "dnp/eppn-scope-in-metadata"') as problem:
        waived(flow(), ("dnp/eppn-scope-in-metdata", "2027-01-01"))
    assert "menade du" in problem.value.words.sv


def test_a_waiver_for_a_rule_of_another_ruleset_is_no_error() -> None:
    report = waived(flow("elev"), (catalogue.ruleset("loa3-teacher").rules[0].id, "2027-01-01"))
    assert report.exit_code() == 0


def test_check_waivers_knows_the_users_own_rules() -> None:
    rule = replace(_planted(None), id="egna/regel")
    validator.check_waivers((Waiver("egna/regel", "x", "2027-01-01"),), (rule,))


# --- what is missing, and trust


def _without_assertion(root: Any) -> None:
    root.remove(one(root, "saml:Assertion"))
    root.remove(one(root, "ds:Signature"))


def test_without_an_assertion_nothing_about_it_passes() -> None:
    report = judge(changed(flow(), _without_assertion))
    assert verdicts(report)["saml-response/has-exactly-one-assertion"] is Verdict.FAIL
    for finding in report.findings:
        if finding.rule.id.startswith("saml-assertion/") or issubclass(finding.rule.subject, (Assertion, Signature)):
            assert finding.verdict in (Verdict.INCONCLUSIVE, Verdict.FAIL), finding.rule.id
            if finding.verdict is Verdict.INCONCLUSIVE:
                assert finding.blocked_by in {rule.id for rule in catalogue.all_rules()}
    assert not report.complete
    assert report.exit_code() == 1


def test_when_nothing_arrived_nothing_that_needs_an_answer_passes() -> None:
    report = judge(replace(flow(), ended=Ended("network", 1, said="refused"), stock_sp=None))
    passing = [finding.rule for finding in report.findings if finding.verdict is Verdict.PASS]
    elsewhere = [rule for rule in passing if rule.subject not in (IdpMetadata, Certificate) and not rule.id.startswith("transport/")]
    assert {rule.id for rule in elsewhere} <= ABOUT_METADATA
    assert report.exit_code() == 3
    blocked = [finding for finding in report.findings if finding.verdict is Verdict.INCONCLUSIVE]
    assert all(finding.blocked_by for finding in blocked if finding.rule.id != "login/idp-completes-the-login")


def _two_unsigned(root: Any) -> None:
    for signature in root.xpath("//ds:Signature", namespaces={"ds": "http://www.w3.org/2000/09/xmldsig#"}):
        signature.getparent().remove(signature)
    assertion = one(root, "saml:Assertion")
    second = deepcopy(assertion)
    second.set("ID", "second")
    one(second, ".//saml:AttributeValue").text = "someone@exempelstad.se"
    root.append(second)


def test_with_two_assertions_and_none_verified_the_content_waits_for_the_signature_rule() -> None:
    report = judge(changed(flow(), _two_unsigned))
    assert verdicts(report)[SIGNED] is Verdict.FAIL
    assert report.login.assertion is None
    assert report.login.principal_name is None
    ruled = verdicts(report)
    blocked = {finding.rule.id: finding for finding in report.findings if finding.rule.id.startswith(CONTENT) and finding.blocked_by}
    assert SCOPE in blocked
    for rule, finding in blocked.items():
        assert finding.verdict is Verdict.INCONCLUSIVE, rule
        blocker = finding.blocked_by
        while blocker and ruled[blocker] is Verdict.INCONCLUSIVE:
            blocker = findings(report, blocker)[0].blocked_by
        assert blocker in (SIGNED, "saml-response/has-exactly-one-assertion"), f"{rule} is blocked by {blocker}"
        assert ruled[blocker] is Verdict.FAIL
    passing = {rule for rule, verdict in ruled.items() if rule.startswith(CONTENT) and verdict is Verdict.PASS}
    assert passing <= ABOUT_METADATA


def test_with_two_assertions_and_one_verified_that_one_is_read() -> None:
    def add_another(root: Any) -> None:
        root.remove(one(root, "ds:Signature"))
        forged = deepcopy(one(root, "saml:Assertion"))
        forged.remove(one(forged, "ds:Signature"))
        forged.set("ID", "forged")
        one(forged, ".//saml:AttributeValue").text = "someone@exempelstad.se"
        root.insert(1, forged)

    login = judge(changed(flow(), add_another)).login
    assert login.trusted
    assert login.principal_name is not None
    assert login.principal_name.value == "7c1d9e52-4b3a-4f60-9a1e-2d5c8b7f3e04@exempelstad.se"


def test_one_assertion_that_is_not_verified_is_judged_and_never_trusted() -> None:
    report = judge(flow("larare", "unsigned"))
    assert report.login.assertion is not None
    assert not report.login.trusted
    assert verdicts(report)[SCOPE] is Verdict.PASS
    assert verdicts(report)[SIGNED] is Verdict.FAIL
    assert report.exit_code() == 1


def test_an_error_status_with_an_assertion_inside_does_not_pass() -> None:
    def refuse(root: Any) -> None:
        one(root, "samlp:Status/samlp:StatusCode").set("Value", "urn:oasis:names:tc:SAML:2.0:status:Responder")

    assert judge(changed(flow(), refuse)).exit_code() == 1


@pytest.mark.parametrize(
    "xml", [b"", b"<x/>", b"\x00", b"<!DOCTYPE x><x/>", b"<samlp:Response xmlns:samlp='urn:oasis:names:tc:SAML:2.0:protocol'/>"]
)
def test_an_unreadable_answer_never_passes(xml: bytes) -> None:
    report = judge(with_answer(flow(), xml))
    assert report.exit_code() == 1
    assert not list(report.having(Verdict.CRASHED))


def test_every_login_of_a_run_is_judged_by_what_it_was_asked_for() -> None:
    for captured in log_in("larare"):
        assert judge(captured).login.flow.rulesets == captured.rulesets
