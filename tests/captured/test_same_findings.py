"""The same login, as idptest captured it and as a browser saved it: the same findings, but for what only idptest can know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from idptest.model.rule import Verdict
from idptest.validator import judge
from tests import exempelstad
from tests.captured import browser, given

# What a browser's file cannot tell: what was typed, whose account it is, what came in earlier logins; and its cookies are not kept.
ONLY_OURS = {
    "level/fits-the-factors-given",
    "dnp/eppn-holds-no-name",
    "eppn-objectguid/guid-is-the-accounts-own",
    "saml-response/was-not-seen-before",
    "transport/cookies-are-out-of-reach-of-scripts",
    "transport/cookies-come-back-from-a-service",
    "transport/cookies-go-over-https-only",
}
# Not judged in either, and for another reason: the setting that would enable it has no account to stand in.
OTHER_WORDS = {"dnp/eppn-is-the-provisioned-one", "attribute/none-but-the-eppn-with-protected-identity"}
KINDS = (browser.chrome, browser.firefox, browser.saml_tracer)
LOGINS = (
    ("larare",),
    ("elev",),
    ("larare", "scope-wrong"),
    ("larare", "eppn-base64"),
    ("larare", "unsigned"),
    ("larare", "level-refused"),
    ("larare", "expired"),
    ("larare", "clock-ahead"),
    ("larare", "by-get"),
    ("larare", "relay-state-lost"),
    ("larare", "wrong-audience"),
    ("larare", "wrong-recipient"),
    ("larare", "issuer-other"),
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("login", LOGINS, ids="+".join)
def test_a_browsers_file_gives_the_findings_of_the_flow(tmp_path: Path, login: tuple[str, ...], kind: Any) -> None:
    flow = exempelstad.flow(*login)
    ours, theirs = given.facts(judge(flow)), given.facts(judge(given.har(tmp_path, flow, kind)))
    differ = {rule for rule, subject in ours.keys() | theirs.keys() if ours.get((rule, subject)) != theirs.get((rule, subject))}
    assert differ <= ONLY_OURS | OTHER_WORDS
    assert "saml-response/was-not-seen-before" in differ


@pytest.mark.parametrize("kind", KINDS)
def test_what_only_we_know_is_not_judged_and_no_fault(tmp_path: Path, kind: Any) -> None:
    verdicts = exempelstad.verdicts(judge(given.har(tmp_path, exempelstad.flow("larare"), kind)))
    assert {rule for rule, verdict in verdicts.items() if verdict is not Verdict.PASS} >= ONLY_OURS
    assert {verdicts[rule] for rule in ONLY_OURS} == {Verdict.NOT_APPLICABLE}


@pytest.mark.parametrize("defect", ["wrong-in-response-to", "doctype"])
def test_an_answer_that_belongs_to_no_request_in_the_file_is_judged_without_it(tmp_path: Path, defect: str) -> None:
    found = given.har(tmp_path, exempelstad.flow("larare", defect))
    assert {"request_id", "sp_entity_id", "contexts"} <= set(found.untold)
    assert "acs_url" not in found.untold, "where the browser delivered it is in the file"
    assert found.stock_sp is None
    failing = exempelstad.failing(found)
    assert failing == ({"saml-response/is-readable"} if defect == "doctype" else set())


# Not applicable either way, with other words: nobody here has a protected identity, or an EPPN that was provisioned.
OTHER_WORDS = {"attribute/none-but-the-eppn-with-protected-identity", "dnp/eppn-is-the-provisioned-one"}
# What needs the request, or the delivery, beside the response.
NOT_IN_A_RESPONSE = (ONLY_OURS - OTHER_WORDS) | {
    "login/a-stock-sp-accepts-it",
    "level/answer-is-one-that-was-asked-for",
    "saml-response/answers-our-request",
    "saml-response/arrives-by-post",
    "saml-response/destination-is-our-acs",
    "saml-response/is-issued-now",
    "saml-response/relay-state-comes-back",
    "saml-assertion/answers-our-request",
    "saml-assertion/audience-contains-this-sp",
    "saml-assertion/authentication-is-fresh",
    "saml-assertion/is-issued-now",
    "saml-assertion/recipient-is-our-acs",
    "saml-statements/names-no-other-audience",
    "transport/no-step-leads-from-https-to-http",
}


def test_a_response_alone_tells_exactly_so_much_less(tmp_path: Path) -> None:
    flow = exempelstad.flow("larare")
    (found,) = given.read(tmp_path, flow, exempelstad.answer(flow))
    ours, theirs = exempelstad.verdicts(judge(flow)), exempelstad.verdicts(judge(found))
    assert {rule for rule in ours if ours[rule] is not theirs[rule]} == NOT_IN_A_RESPONSE
    assert {theirs[rule] for rule in NOT_IN_A_RESPONSE} == {Verdict.NOT_APPLICABLE}


@pytest.mark.parametrize("profile", ["mask", "remove"])
def test_saml_tracers_masks_cost_the_relay_state_only(tmp_path: Path, profile: str) -> None:
    flow = exempelstad.flow("larare", "scope-wrong")
    (found,) = given.read(tmp_path, flow, browser.as_bytes(browser.saml_tracer(flow, profile)))
    ours, theirs = exempelstad.verdicts(judge(flow)), exempelstad.verdicts(judge(found))
    assert {rule for rule in ours if ours[rule] is not theirs[rule]} == (ONLY_OURS - OTHER_WORDS) | {"saml-response/relay-state-comes-back"}
