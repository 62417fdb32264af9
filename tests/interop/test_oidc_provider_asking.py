"""What idptest.toml can ask a certified OpenID provider for: what it then understood, and what is found. What is found is what is true."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from idptest.model.flow import HttpRequest
from idptest.oidc import rp
from tests.interop.oidc_provider import Client, OidcProvider
from tests.interop.server import browser, key_pair
from tests.interop.workspace import Workspace, failing

# It is a password that was typed, and the OP is told to call it an e-legitimation.
ONLY_A_PASSWORD = {"level/fits-the-factors-given"}
NO_TIME = {"require_auth_time": False}  # then auth_time comes only when max_age is asked for
MUST_SIGN = {"request_object_signing_alg": "RS256", "require_signed_request_object": True}
# Name → client, and what is asked beside what is always asked.
ASKING = {
    "plain": (Client("plain", known=NO_TIME), {}),
    "signed": (Client("signed", known=NO_TIME | MUST_SIGN, lines=("request_object = true", "max_age = 10000")), {"max_age": "10000"}),
    "new": (Client("new", known=NO_TIME, lines=("max_age = 1",)), {"max_age": "1"}),
    "old": (Client("old", known=NO_TIME, lines=("max_age = 10000",)), {"max_age": "10000"}),
    "hint": (Client("hint", lines=("login_hint = true",)), {"login_hint": "larare1"}),
    "english": (Client("english", lines=('ui_locales = ["en"]',)), {"ui_locales": "en"}),
    "query": (Client("query", lines=('response_mode = "query"',)), {"response_mode": "query"}),
    "form": (Client("form", lines=('response_mode = "form_post"',)), {"response_mode": "form_post"}),
    "public": (Client("public", "none"), {}),
    "header": (Client("header", "client_secret_basic"), {}),
    "posted": (Client("posted", "client_secret_post"), {}),
}
ALWAYS = {"client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge", "code_challenge_method"}
ALWAYS |= {"prompt", "ui_locales", "claims"}
TIMES = "oidc-id-token-times/login-is-no-older-than-asked"


@pytest.fixture(scope="module")
def at_op(oidc_provider: Callable[..., tuple[Workspace, OidcProvider]]) -> tuple[Workspace, OidcProvider]:
    return oidc_provider(tuple(client for client, _ in ASKING.values()), features={"requestObjects": {"enabled": True}})


@pytest.fixture(scope="module")
def reports(at_op: tuple[Workspace, OidcProvider]) -> dict[str, dict[str, Any]]:
    """A teacher's login at each client, all in one run."""
    run, found = at_op[0].judged("larare")
    assert run.code == 1
    return {report["target"]["idp"]: report for report in found}


def verdicts(report: dict[str, Any]) -> dict[str, str]:
    return {each["rule"]: each["verdict"] for each in report["findings"]}


@pytest.mark.parametrize("name", ASKING)
def test_the_op_understands_what_is_asked_and_nothing_else_is_found(
    at_op: tuple[Workspace, OidcProvider], reports: dict[str, dict[str, Any]], name: str
) -> None:
    assert failing(reports[name]) == ONLY_A_PASSWORD
    assert "inconclusive" not in verdicts(reports[name]).values()
    assert reports[name]["login"]["trusted"] is True
    (asked,) = [each for each in at_op[1].asked() if each["client_id"] == name]
    more = ASKING[name][1]
    assert set(asked) == ALWAYS | set(more)
    assert {"prompt": "login", "ui_locales": "sv en", "code_challenge_method": "S256", **more}.items() <= asked.items()
    wanted = json.loads(asked["claims"])
    assert (wanted["userinfo"], wanted["id_token"]["acr"]["essential"]) == ({"eduperson_principal_name": None}, True)


def test_the_time_of_the_login_is_told_because_it_was_asked_for(reports: dict[str, dict[str, Any]]) -> None:
    assert {name: verdicts(reports[name])[TIMES] for name in ("plain", "signed", "new", "old")} == {
        "plain": "not-applicable",
        **dict.fromkeys(("signed", "new", "old"), "pass"),
    }


def test_a_request_object_is_refused_when_it_is_not_as_we_signed_it(at_op: tuple[Workspace, OidcProvider]) -> None:
    """What the OP says to the very same request is different each time only because of the signature."""
    op = at_op[1]
    ours = rp.Client("signed", "https://localhost:8443/oidc/callback", rp.PRIVATE_KEY_JWT, key=op.key, request_object=True)
    outside = {"response_type": "code", "client_id": "signed", "scope": "openid"}
    inside = {"redirect_uri": ours.redirect_uri, "state": "s", "nonce": "n", "code_challenge": "c" * 43, "code_challenge_method": "S256"}
    plain = HttpRequest("GET", f"{op.issuer}/auth?{urlencode(outside | inside)}")

    def answered(request: HttpRequest) -> str:
        with browser() as client:
            location = client.get(request.url, allow_redirects=False).headers.get("Location", "")
        return dict(parse_qsl(urlsplit(location).query)).get("error", location.partition("?")[0].rpartition("/")[0])

    def sent(client: rp.Client, change: Callable[[str], str] = str) -> str:
        signed = rp.by_value(plain, client, op.issuer, datetime.now(UTC), "jti")
        asked = dict(parse_qsl(urlsplit(signed.url).query))
        # With the redirect_uri outside too the OP can answer us, whatever it makes of the object.
        query = asked | {"request": change(asked["request"]), "redirect_uri": ours.redirect_uri}
        return answered(replace(signed, url=f"{op.issuer}/auth?{urlencode(query)}"))

    def unsigned(token: str) -> str:
        header = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
        return f"{header}.{token.split('.')[1]}."

    def changed(token: str) -> str:
        header, claims, signature = token.split(".")
        read = json.loads(base64.urlsafe_b64decode(claims + "=="))
        claims = base64.urlsafe_b64encode(json.dumps(read | {"nonce": "x"}).encode()).decode().rstrip("=")
        return f"{header}.{claims}.{signature}"

    assert sent(ours) == "/interaction"
    refused = [sent(ours, changed), sent(ours, unsigned), sent(replace(ours, key=key_pair("somebody")[0])), answered(plain)]
    assert refused == [*["invalid_request_object"] * 3, "invalid_request"]


@pytest.mark.parametrize(
    ("jwa", "line", "said"),
    [
        ({"requestObjectSigningAlgValues": ["PS256", "ES256"]}, "request_object = true", "request_object = true"),
        ({"clientAuthSigningAlgValues": ["PS256", "ES256"]}, "max_age = 1", "private_key_jwt"),
    ],
)
def test_what_the_op_cannot_verify_is_not_sent(
    oidc_provider: Callable[..., tuple[Workspace, OidcProvider]], jwa: dict[str, list[str]], line: str, said: str
) -> None:
    user, op = oidc_provider((Client("op", lines=(line,)),), features={"requestObjects": {"enabled": True}}, settings={"enabledJWA": jwa})
    run = user.idptest("login", "elev", "--lang", "en")
    assert (run.code, op.asked()) == (2, [])
    assert said in run.line and "PS256, ES256" in run.line and "RS256" in run.line
