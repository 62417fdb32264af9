"""One fault is one finding: what follows from it waits for the rule that tells it, and is judged where it stands alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from idptest.model.flow import Flow
from idptest.model.report import Report
from idptest.model.rule import Level, Verdict
from idptest.selftest.good import Good, good
from idptest.validator import judge
from tests.exempelstad import NOW

GOOD: Good = good(NOW)
TEN = timedelta(minutes=10)


def stops(report: Report) -> list[str]:
    return [finding.rule.id for finding in report.failures(Level.MUST)]


def shifted(by: timedelta, **but: object) -> Flow:
    answer = GOOD.answer
    times = ("issued_at", "authn_instant", "not_before", "not_on_or_after", "confirmation_not_on_or_after")
    return GOOD.answered(**{name: getattr(answer, name) + by for name in times} | but)


def test_a_clock_that_is_ahead_is_one_finding() -> None:
    assert stops(judge(shifted(TEN))) == ["saml-response/is-issued-now"]


def test_a_wrong_clock_hides_no_old_login() -> None:
    report = judge(shifted(TEN, authn_instant=NOW - timedelta(hours=8)))
    assert stops(report) == ["saml-assertion/authentication-is-fresh", "saml-response/is-issued-now"]


def test_a_wrong_clock_hides_no_kept_assertion() -> None:
    assert "saml-assertion/is-issued-now" in stops(judge(shifted(TEN, assertion_issued_at=NOW - timedelta(hours=8))))


def test_an_old_answer_has_ended_whatever_its_clock_says() -> None:
    assert "saml-assertion/is-valid-now" in stops(judge(shifted(-timedelta(hours=8))))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"issuer": "https://a.example"}, "saml-response/issuer-is-the-idp"),
        ({"assertion_issuer": "https://a.example"}, "saml-assertion/issuer-is-the-idp"),
        ({"issuer": "https://a.example", "assertion_issuer": "https://a.example"}, "saml-assertion/issuer-is-the-idp"),
        ({"in_response_to": None}, "saml-response/answers-our-request"),
        ({"confirmation_in_response_to": None}, "saml-assertion/answers-our-request"),
        ({"in_response_to": None, "confirmation_in_response_to": None}, "saml-assertion/answers-our-request"),
        ({"key": "other"}, "saml-signature/identity-is-signed-by-a-metadata-key"),
    ],
)
def test_a_fault_of_both_response_and_assertion_is_one_finding(changes: dict[str, str | None], rule: str) -> None:
    assert stops(judge(GOOD.answered(**changes))) == [rule]


def test_metadata_without_certificate_is_one_finding() -> None:
    assert stops(judge(GOOD.published(key=None))) == ["saml-metadata/has-a-signing-certificate"]


def test_a_signature_that_fits_no_key_counts_when_the_assertion_cannot_be_read() -> None:
    flow = GOOD.answered(key="other", cipher="aes256-gcm", encrypt_for="other")
    assert "saml-signature/is-valid" in stops(judge(flow))


def test_what_waits_names_a_rule_that_failed() -> None:
    for flow in (shifted(TEN), GOOD.answered(key="other"), GOOD.published(key=None), GOOD.answered(in_response_to=None)):
        report = judge(flow)
        verdicts = {finding.rule.id: finding.verdict for finding in report.findings}
        waiting = [finding.blocked_by for finding in report.findings if finding.verdict is Verdict.INCONCLUSIVE]
        assert all(by and verdicts[by] in (Verdict.FAIL, Verdict.INCONCLUSIVE) for by in waiting)
        assert report.failures(Level.MUST)


def test_destination_may_be_left_out_of_a_response_that_is_not_signed() -> None:
    def verdict(flow: Flow) -> Verdict:
        return next(found.verdict for found in judge(flow).findings if found.rule.id == "saml-response/destination-is-our-acs")

    assert verdict(GOOD.answered(sign_response=False, destination="https://a.example/acs")) is Verdict.FAIL
    root = GOOD.tree(sign_response=False)
    del root.attrib["Destination"]
    assert verdict(GOOD.with_xml(_bytes(root))) is Verdict.NOT_APPLICABLE
    assert verdict(GOOD.signed_anew(lambda tree: tree.attrib.pop("Destination"))) is Verdict.FAIL


def _bytes(root: object) -> bytes:
    from lxml import etree

    return bytes(etree.tostring(root))


def test_flows_are_replaced_not_changed() -> None:
    assert not stops(judge(replace(GOOD.flow)))
