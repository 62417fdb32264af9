"""Logging out at a certified OpenID provider, which asks first: who is known to it comes back, and nobody is logged in. What is found is what is true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from idptest.model.flow import ARRIVED, Flow
from idptest.model.flow_file import loads
from tests.interop.oidc_provider import Client, OidcProvider
from tests.interop.workspace import Workspace, failing

LOGGED_OUT = "https://localhost:8443/oidc/logged-out"
KNOWN = {"post_logout_redirect_uris": [LOGGED_OUT]}
OUT = ("log_out = true",)
CLIENTS = (Client("leaves", known=KNOWN, lines=OUT), Client("unknown", lines=OUT), Client("stays", known=KNOWN))
RULES = {
    "oidc-logout/brings-the-person-back",
    "oidc-logout/state-comes-back",
    "oidc-logout/nobody-is-logged-in-afterwards",
    "oidc-logout/shows-no-page-when-none-may-be-shown",
}


@pytest.fixture(scope="module")
def at_op(oidc_provider: Callable[..., tuple[Workspace, OidcProvider]]) -> Workspace:
    return oidc_provider(CLIENTS)[0]


@pytest.fixture(scope="module")
def reports(at_op: Workspace) -> dict[str, dict[str, Any]]:
    """A pupil's login at each client, all in one run."""
    run, found = at_op.judged("elev")
    assert run.code == 0
    return {report["target"]["idp"]: report for report in found}


def having(report: dict[str, Any], verdict: str) -> set[str]:
    return {each["rule"] for each in report["findings"] if each["verdict"] == verdict} & RULES


def flow_of(workspace: Workspace, client: str) -> Flow:
    flows = [loads(path.read_text(encoding="utf-8")) for path in workspace.flows()]
    return next(flow for flow in flows if flow.idp.name == client)


def test_who_logs_out_comes_back_and_nobody_is_logged_in(reports: dict[str, dict[str, Any]]) -> None:
    assert failing(reports["leaves"]) == set()
    assert having(reports["leaves"], "pass") == RULES


def test_the_question_was_answered_yes_and_the_id_token_stands_in_one_place(at_op: Workspace, reports: dict[str, dict[str, Any]]) -> None:
    flow = flow_of(at_op, "leaves")
    assert flow.oidc is not None and flow.oidc.logout is not None and flow.oidc.logout.ended is not None
    assert flow.oidc.logout.ended.how == ARRIVED
    asked, said_yes = (
        next(each for each in flow.exchanges if end in each.request.url) for end in ("/session/end?", "/session/end/confirm")
    )
    parameters = dict(parse_qsl(urlsplit(asked.request.url).query))
    assert parameters["id_token_hint"] == "‹id-token›"
    assert parameters["post_logout_redirect_uri"] == LOGGED_OUT
    assert dict(said_yes.request.form or ())["logout"] == "yes"
    held = [each.number for each in flow.exchanges if b'"id_token":"eyJ' in (each.response.body if each.response else b"")]
    assert held == [flow.oidc.token]


def test_an_address_that_it_does_not_know_logs_nobody_out(reports: dict[str, dict[str, Any]]) -> None:
    assert failing(reports["unknown"]) == {"oidc-logout/brings-the-person-back", "oidc-logout/nobody-is-logged-in-afterwards"}
    assert having(reports["unknown"], "pass") == {"oidc-logout/shows-no-page-when-none-may-be-shown"}
    assert having(reports["unknown"], "not-applicable") == {"oidc-logout/state-comes-back"}


def test_nobody_logs_out_unasked(at_op: Workspace, reports: dict[str, dict[str, Any]]) -> None:
    assert failing(reports["stays"]) == set()
    assert having(reports["stays"], "not-applicable") == RULES
    assert not [each for each in flow_of(at_op, "stays").exchanges if "/session/end" in each.request.url]


def test_a_browser_logs_out_too(oidc_provider: Callable[..., tuple[Workspace, OidcProvider]]) -> None:
    workspace, _ = oidc_provider((CLIENTS[0],))
    _, (report,) = workspace.judged("elev", "--driver", "browser")
    assert failing(report) == set()
    assert having(report, "pass") == RULES
