"""What a recorded login by OpenID Connect keeps, and what no output shows: no code, no token, no secret of ours."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from idptest import catalogue
from idptest.adapters.demo import demo
from idptest.adapters.form_driver import FormDriver
from idptest.adapters.http_client import NetworkTrouble
from idptest.adapters.login_runner import LoginRunner
from idptest.demo.defects import DEFECTS
from idptest.demo.people import person
from idptest.model.flow import Flow, HttpRequest, HttpResponse
from idptest.model.flow_file import dumps, loads
from idptest.model.rule import Verdict
from idptest.reporters import html, junit, text
from idptest.reporters import json as json_report
from idptest.validator import judge
from tests.exempelstad import NOW

FLOWS = Path(__file__).parents[1] / "fixtures" / "flows"
RECORDED = sorted(path for path in FLOWS.glob("*/*.json") if '"protocol": "oidc"' in path.read_text(encoding="utf-8")[:400])
# Flow of somebody else's OP → the rules that fail, and no others.
NO_ACR = "oidc-id-token-times/tells-how-the-person-logged-in"
GLEWLWYD = {"oidc-id-token-times/login-is-new", "oidc-discovery/says-where-one-logs-out"}  # its auth_time is always 0
FOREIGN = {
    "oidc-provider-larare": {"level/fits-the-factors-given"},
    "oidc-provider-elev": set(),
    "oidc-provider-elev-out": set(),
    "glewlwyd-elev": GLEWLWYD,
    # Its discovery document says that it takes `claims`; the essential acr in it is not answered.
    "glewlwyd-larare": GLEWLWYD | {NO_ACR},
}


def log_in(*defects: str, trouble: str = "") -> tuple[Flow, list[tuple[HttpRequest, HttpResponse]]]:
    """One login of the teacher, and what really went over the wire. `trouble`: where nobody answers."""
    numbers, wire = count(1), []
    found = [each for each in DEFECTS if each.name in defects]
    who = person("larare")
    assert who is not None
    target, transport = demo(who, found, lambda: NOW, lambda: f"id-{next(numbers):04d}", "oidc")

    def heard(request: HttpRequest, body: bytes | None) -> HttpResponse:
        if trouble and trouble in request.url:
            raise NetworkTrouble("idp.exempelstad.se did not answer within 30 s", "idp.exempelstad.se svarade inte inom 30 s")
        answer = transport(request, body)
        wire.append((request, answer))
        return answer

    assert target.party is not None
    object.__setattr__(target.party, "transport", heard)
    runner = LoginRunner(FormDriver(heard, lambda: NOW), lambda: NOW, lambda: f"id-{next(numbers):04d}")
    return next(iter(runner.run(target))).flow, wire


def secrets_on(wire: list[tuple[HttpRequest, HttpResponse]]) -> set[str]:
    """The code, the access token, what we authenticated with and the code_verifier."""
    found: set[str] = set()
    for request, answer in wire:
        found |= {value for name, value in request.form or () if name in ("code", "code_verifier", "client_assertion", "client_secret")}
        found |= {value.partition(" ")[2] for name, value in request.headers if name == "Authorization"}
        found |= set(re.findall(r'"access_token": "([^"]+)"', answer.body.decode("utf-8", "replace")))
        found |= set(re.findall(r"[?&]code=([^&]+)", answer.header("location") or ""))
    return found


@pytest.mark.parametrize(
    "defects",
    [
        (),
        ("oidc-logout-stays-logged-in",),
        ("oidc-token-html",),
        ("oidc-state-twice",),
        ("oidc-answer-by-post",),
        ("oidc-user-info-plain",),
    ],
    ids=str,
)
def test_nothing_secret_is_kept_or_shown(defects: tuple[str, ...]) -> None:
    flow, wire = log_in(*defects)
    secrets = secrets_on(wire)
    assert len(secrets) >= 3
    report = judge(flow)
    shown = [
        dumps(flow),
        text.render([report], [text.Style(lang="sv", verbose=True, show_values=True)]),
        json_report.render([report], lang="en", show_values=True),
        junit.render([report], lang="en"),
        html.render([report], lang="sv"),
        repr(flow) + repr(report.login),
    ]
    assert not [secret for secret in secrets for out in shown if secret in out]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_recorded_flow_holds_what_the_design_keeps(path: Path) -> None:
    """In every place where a code, a token or a secret stands there is a mark; the code_verifier is nowhere."""
    written = path.read_text(encoding="utf-8")
    flow = loads(written)
    for exchange in flow.exchanges:
        request = exchange.request
        fields = [*(request.form or ()), *re.findall(r"[?&](\w+)=([^&#]*)", request.url)]
        fields += [
            pair
            for name, value in (exchange.response.headers if exchange.response else ())
            for pair in re.findall(r"[?&](\w+)=([^&#]*)", value)
            if name == "Location"
        ]
        assert {
            value
            for name, value in fields
            if name in ("code", "code_verifier", "client_assertion", "client_secret", "access_token") and value
        } <= {"‹secret›"}
        assert {value for name, value in request.headers if name == "Authorization"} <= {"Basic ‹authorization›", "Bearer ‹authorization›"}
        body = exchange.response.body.decode("utf-8", "replace") if exchange.response else ""
        assert set(re.findall(r'"(?:access|refresh)_token": ?"([^"]*)"', body)) <= {"‹secret›"}
    assert "kod-id" not in written
    assert "biljett-" not in written
    assert not re.search(r'"code_verifier",\s*"(?!‹)', written)


def test_there_are_recordings() -> None:
    assert len(RECORDED) > 80


# --- trouble on the way


@pytest.mark.parametrize(
    ("where", "rule"),
    [
        ("/oidc/jwks", "oidc-keys/can-be-fetched"),
        ("/oidc/token", "oidc-token/accepts-the-code"),
        ("/oidc/userinfo", "oidc-user-info/can-be-read"),
    ],
)
def test_who_does_not_answer_is_a_finding(where: str, rule: str) -> None:
    report = judge(log_in(trouble=where)[0])
    found = {finding.rule.id: finding for finding in report.failures()}
    assert rule in found
    message = found[rule].message
    assert message is not None
    assert "did not answer within 30 s" in message.en
    assert not list(report.having(Verdict.CRASHED))


@pytest.mark.parametrize("body", [b'{"keys": "' + b"a" * 10_000_000 + b'"}', b"<html>" + b"a" * 10_000_000], ids=["json", "html"])
def test_ten_megabytes_instead_of_keys_are_one_finding(body: bytes) -> None:
    flow = log_in()[0]
    assert flow.oidc is not None and flow.oidc.keys is not None
    number = flow.oidc.keys - 1
    answered = replace(flow.exchanges[number], response=HttpResponse(200, (("Content-Type", "application/json"),), body))
    report = judge(replace(flow, exchanges=(*flow.exchanges[:number], answered, *flow.exchanges[number + 1 :])))
    assert [finding.rule.id for finding in report.failures()] == ["oidc-keys/can-be-fetched"]
    assert not list(report.having(Verdict.CRASHED))


# --- which rules there are


def test_each_protocol_has_its_rules_and_not_the_others() -> None:
    by_oidc, by_saml = (catalogue.rules_for(("swedish-oidc", "dnp"), protocol=protocol) for protocol in ("oidc", "saml"))
    assert not [rule.id for rule in by_oidc if rule.id.startswith("saml-")]
    assert not [rule.id for rule in by_saml if rule.id.startswith("oidc-")]
    assert {rule.id for rule in by_oidc if rule.ruleset} == {rule.id for rule in by_saml if rule.ruleset}


def test_a_ruleset_of_the_other_protocol_says_that_it_does_not_apply() -> None:
    report = judge(log_in()[0])
    findings = {finding.rule.id: finding for finding in report.findings}
    scope = findings["dnp/scope-is-declared"]
    assert scope.verdict is Verdict.NOT_APPLICABLE
    assert scope.message is not None
    assert scope.message.sv == "regeln gäller SAML"


# --- at somebody else's


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_true_of_a_provider_is_found_and_nothing_else(name: str) -> None:
    report = judge(loads((FLOWS / name / "flow.json").read_text(encoding="utf-8")))
    assert {finding.rule.id for finding in report.failures()} == FOREIGN[name]
    assert report.login.trusted
    assert {finding.blocked_by for finding in report.having(Verdict.INCONCLUSIVE)} == FOREIGN[name] & {NO_ACR}
    assert not list(report.having(Verdict.CRASHED))
    passed = {finding.rule.id.partition("/")[0] for finding in report.having(Verdict.PASS)}
    assert {"oidc-discovery", "oidc-flow", "oidc-id-token", "oidc-id-token-times", "oidc-keys", "oidc-token", "oidc-user-info"} <= passed


def test_a_flow_file_of_oidc_is_json_that_reads_back() -> None:
    flow, _ = log_in()
    assert loads(dumps(flow)) == flow
    plain = json.loads(dumps(flow))
    del plain["oidc"]
    with pytest.raises(ValueError, match="protocol"):
        loads(json.dumps(plain))


@pytest.mark.parametrize(
    ("defect", "waits_for"),
    [("oidc-iss-mixed-up", "oidc-flow/comes-from-the-op-we-asked"), ("oidc-code-missing", "oidc-flow/gives-a-code")],
)
def test_a_code_from_another_op_or_none_is_sent_nowhere(defect: str, waits_for: str) -> None:
    """RFC 9207 2.4: the client must not proceed."""
    flow, wire = log_in(defect)
    assert wire
    assert not [request.url for request, _ in wire if request.form and dict(request.form).get("grant_type")]
    report = judge(flow)
    assert {finding.rule.id for finding in report.having(Verdict.FAIL)} == {waits_for}
    assert waits_for in {finding.blocked_by for finding in report.having(Verdict.INCONCLUSIVE)}
