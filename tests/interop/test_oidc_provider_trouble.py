"""What goes wrong at a certified OpenID provider: one clear finding each, the right exit code, and no secret anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.interop.oidc_provider import Client, OidcProvider
from tests.interop.workspace import Workspace, failing

Start = Callable[..., tuple[Workspace, OidcProvider]]
LOGIN, TOKEN = "login/idp-completes-the-login", "oidc-token/accepts-the-code"
# Name → the client, what fails, and what the finding says.
TROUBLE = {
    "denied": (Client("denied"), LOGIN, "said no to the login"),
    "unknown": (Client("unknown"), LOGIN, "does not know our client_id"),
    "elsewhere": (Client("elsewhere", known={"redirect_uris": ["https://elsewhere.example/cb"]}), LOGIN, "does not know our redirect_uri"),
    "object": (Client("object", known={"require_signed_request_object": True}), LOGIN, "Request Object must be used"),
    "pushed": (Client("pushed", known={"require_pushed_authorization_requests": True}), LOGIN, "Pushed Authorization Request must be used"),
    "key": (Client("key", known={"jwks": {"keys": []}}), TOKEN, "does not know us by what we showed"),
    "wrong": (Client("wrong", "client_secret_post"), TOKEN, "does not know us by what we showed"),
}


@pytest.fixture(scope="module")
def reports(oidc_provider: Start) -> dict[str, dict[str, Any]]:
    """A pupil's login at each client, all in one run."""
    clients = tuple(client for client, *_ in TROUBLE.values())
    user, _ = oidc_provider(clients, denies=("denied",), features={"requestObjects": {"enabled": True}})
    user.edit('client_id = "unknown"', 'client_id = "nobody"')
    user.environment["CLIENT_SECRET"] = "fel+hemlighet %"
    user.secrets.add("fel+hemlighet %")
    run, found = user.judged("elev", "--lang", "en")
    assert run.code == 1
    return {report["target"]["idp"]: report for report in found}


@pytest.mark.parametrize("name", TROUBLE)
def test_trouble_is_one_finding_that_says_what_it_is(reports: dict[str, dict[str, Any]], name: str) -> None:
    _, rule, said = TROUBLE[name]
    assert failing(reports[name]) == {rule}
    (message,) = [each["message"] for each in reports[name]["findings"] if each["verdict"] == "fail"]
    assert said in message


def test_a_wrong_password_is_tried_once(oidc_provider: Start) -> None:
    user, op = oidc_provider((Client("op"),))
    user.environment["IDPTEST_ELEV_PASSWORD"] = "fel lösenord"
    user.secrets.add("fel lösenord")
    run, (report,) = user.judged("elev", "--lang", "en")
    assert (run.code, failing(report), len(op.asked())) == (1, {LOGIN}, 1)
    assert "did not accept the user name and password" in next(each["message"] for each in report["findings"] if each["rule"] == LOGIN)


@pytest.mark.parametrize(
    ("place", "ended", "code", "fails"),
    [
        ("/interaction", "network", 3, set()),
        ("/token", "arrived", 1, {TOKEN, "oidc-keys/can-be-fetched"}),
        ("/me", "arrived", 1, {"oidc-user-info/can-be-read"}),
    ],
)
def test_an_op_that_dies_in_the_middle(oidc_provider: Start, place: str, ended: str, code: int, fails: set[str]) -> None:
    user, _ = oidc_provider((Client("op"),), dies_at=place)
    run, (report,) = user.judged("elev")
    assert (run.code, report["login"]["ended"], failing(report)) == (code, ended, fails)


def test_an_op_that_is_not_there_is_told_as_a_login_that_never_began(oidc_provider: Start) -> None:
    user, op = oidc_provider((Client("op"),))
    op.stop()
    run, (report,) = user.judged("elev", "--lang", "en")
    assert (run.code, report["login"]["ended"], failing(report)) == (3, "network", set())
    (said,) = [each["message"] for each in report["findings"] if each["rule"] == "oidc-discovery/can-be-fetched"]
    assert "connection refused" in said
