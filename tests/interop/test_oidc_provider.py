"""Logins at a certified OpenID provider: code flow with PKCE, private_key_jwt, a level asked for and answered. What is found is what is true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from idptest.model.flow_file import loads
from tests.interop.oidc_provider import LOA3, OidcProvider
from tests.interop.workspace import Workspace, failing

Start = Callable[..., tuple[Workspace, OidcProvider]]
CLIENTS = ("own-key", "by-header", "by-form")
# It is a password that was typed, and the OP is told to call it an e-legitimation: the one thing that is wrong with a teacher's login here.
ONLY_A_PASSWORD = {"level/fits-the-factors-given"}


@pytest.fixture(scope="module")
def user(oidc_provider: Start) -> Workspace:
    return oidc_provider()[0]


@pytest.fixture(scope="module")
def pupil(user: Workspace) -> dict[str, dict[str, Any]]:
    """A pupil's login at each client, all in one run."""
    run, reports = user.judged("elev", "--fail-on", "should")
    assert run.code == 0
    return {report["target"]["idp"]: report for report in reports}


def of(report: dict[str, Any], verdict: str) -> set[str]:
    return {each["rule"] for each in report["findings"] if each["verdict"] == verdict}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_pupil_passes_in_full_however_the_client_proves_who_it_is(pupil: dict[str, dict[str, Any]], client: str) -> None:
    assert (failing(pupil[client]), of(pupil[client], "inconclusive")) == (set(), set())
    assert pupil[client]["login"]["trusted"] is True


def test_a_teacher_gets_the_level_that_was_asked_for_and_no_token_is_kept(user: Workspace) -> None:
    """Beside what every workspace is swept for: the flows themselves say that the secrets were there."""
    before = set(user.flows())
    _, (report, *_) = user.judged("larare")
    assert failing(report) == ONLY_A_PASSWORD
    assert {"level/answer-is-one-that-was-asked-for", "loa3-teacher/level-is-at-least-3", "oidc-id-token-times/login-is-new"} <= of(
        report, "pass"
    )
    made = [path for path in user.flows() if path not in before]
    assert len(made) == len(CLIENTS)
    for path in made:
        flow = loads(path.read_text(encoding="utf-8"))
        assert flow.oidc is not None
        assert flow.oidc.token is not None
        request = flow.exchanges[flow.oidc.token - 1].request
        fields = dict(request.form or ())
        assert {name for name, value in fields.items() if value == "‹secret›"} >= {"code", "code_verifier"}
        body = flow.exchanges[flow.oidc.token - 1].response
        assert body is not None
        assert b'"access_token":"\xe2\x80\xb9secret\xe2\x80\xba"' in body.body
        assert LOA3 in flow.sent.contexts


def test_a_level_that_it_cannot_give_is_refused_in_an_answer(oidc_provider: Start) -> None:
    user, _ = oidc_provider(acr="urn:exempelstad:losenord")
    _, (report, *_) = user.judged("larare")
    assert "login/idp-completes-the-login" in failing(report)
    assert "refusal/reaches-the-service" in of(report, "pass")


def test_a_wrong_secret_is_a_finding(user: Workspace) -> None:
    right = user.environment["CLIENT_SECRET"]
    user.environment["CLIENT_SECRET"] = "fel-hemlighet"
    _, reports = user.judged("elev")
    user.environment["CLIENT_SECRET"] = right
    assert [failing(report) for report in reports] == [set(), *[{"oidc-token/accepts-the-code"}] * 2]
