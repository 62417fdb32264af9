"""Logins at a certified OpenID provider: code flow with PKCE, private_key_jwt, a level asked for and answered. What is found is what is true."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from idptest.model.flow_file import loads
from tests.interop import npm
from tests.interop.oidc_provider import LOA3, OidcProvider
from tests.interop.workspace import ELEV, LARARE, Workspace, failing

Start = Callable[..., OidcProvider]
SECRET = "en/hemlighet+4711 %"
# It is a password that was typed, and the OP is told to call it an e-legitimation: the one thing that is wrong with a teacher's login here.
ONLY_A_PASSWORD = {"level/fits-the-factors-given"}
PEOPLE = (LARARE, ELEV)


@pytest.fixture
def op(tmp_path: Path) -> Iterator[Start]:
    if absent := npm.missing():
        pytest.fail(f"no oidc-provider: {absent}", pytrace=False)
    with ExitStack() as running:

        def start(workspace: Workspace, **options: Any) -> OidcProvider:
            workspace.init()
            workspace.secrets |= {SECRET}
            workspace.environment["CLIENT_SECRET"] = SECRET
            key = (workspace.folder / ".idptest" / "keys" / "sp-key.pem").read_bytes()
            started = running.enter_context(OidcProvider.known_to(tmp_path / "op", key, SECRET, users=PEOPLE, **options))
            started.into(workspace.folder / "idptest.toml")
            return started

        yield start


def of(report: dict[str, Any], verdict: str) -> set[str]:
    return {each["rule"] for each in report["findings"] if each["verdict"] == verdict}


@pytest.mark.parametrize("client", ["own-key", "by-header", "by-form"])
def test_a_pupil_passes_in_full_however_the_client_proves_who_it_is(workspace: Workspace, op: Start, client: str) -> None:
    op(workspace)
    run, reports = workspace.judged("elev", "--fail-on", "should")
    by_client = dict(zip(["own-key", "by-header", "by-form"], reports, strict=True))
    assert (failing(by_client[client]), of(by_client[client], "inconclusive")) == (set(), set())
    assert by_client[client]["login"]["trusted"] is True
    assert run.code == 0


def test_a_teacher_gets_the_level_that_was_asked_for(workspace: Workspace, op: Start) -> None:
    op(workspace)
    _, (report, *_) = workspace.judged("larare")
    assert failing(report) == ONLY_A_PASSWORD
    assert {"level/answer-is-one-that-was-asked-for", "loa3-teacher/level-is-at-least-3", "oidc-id-token-times/login-is-new"} <= of(
        report, "pass"
    )


def test_a_level_that_it_cannot_give_is_refused_in_an_answer(workspace: Workspace, op: Start) -> None:
    op(workspace, acr="urn:exempelstad:losenord")
    _, (report, *_) = workspace.judged("larare")
    assert "login/idp-completes-the-login" in failing(report)
    assert "refusal/reaches-the-service" in of(report, "pass")


def test_a_wrong_secret_is_a_finding(workspace: Workspace, op: Start) -> None:
    op(workspace)
    workspace.environment["CLIENT_SECRET"] = "fel-hemlighet"
    _, reports = workspace.judged("elev")
    assert [failing(report) for report in reports] == [set(), *[{"oidc-token/accepts-the-code"}] * 2]


def test_no_token_is_kept(workspace: Workspace, op: Start) -> None:
    """Beside what every workspace is swept for: the flows themselves say that the secrets were there."""
    op(workspace)
    workspace.judged("larare")
    for path in workspace.flows():
        flow = loads(path.read_text(encoding="utf-8"))
        assert flow.oidc is not None
        assert flow.oidc.token is not None
        request = flow.exchanges[flow.oidc.token - 1].request
        fields = dict(request.form or ())
        assert {name for name, value in fields.items() if value == "‹secret›"} >= {"code", "code_verifier"}
        body = flow.exchanges[flow.oidc.token - 1].response
        assert body is not None
        assert b'"access_token":"\xe2\x80\xb9secret\xe2\x80\xba"' in body.body
        assert flow.sent.contexts[5:6] == (LOA3,) or LOA3 in flow.sent.contexts
