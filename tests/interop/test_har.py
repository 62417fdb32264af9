"""A login that Chromium itself saved as HAR, read by `idptest check`: the same findings as `idptest login` had at the same IdP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from idptest.adapters import browser_found, clock
from idptest.model.flow import Sent
from idptest.model.flow_file import loads
from idptest.saml.request import message
from tests.captured.test_same_findings import ONLY_OURS, OTHER_WORDS
from tests.interop import browsers
from tests.interop.server import User
from tests.interop.simplesamlphp import SimpleSamlPhp
from tests.interop.workspace import ELEV, LARARE, Workspace

# Only our own metadata tells; and words differ where neither judges.
UNTOLD = {"saml-encryption/is-used-when-we-offer-it"} | OTHER_WORDS

# With faults, without, and with what only our key opens.
CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "as it comes": {"declare_scope": False, "over_release": True},
    "as it should be": {"name_format": "uri"},
    "encrypted": {"name_format": "uri", "encrypt_assertion": True},
}


def saved_by_chromium(sent: Sent, user: User, har: Path) -> None:
    """Somebody logs in by hand, with the network panel open. The request is a service's own: new, but for the same."""
    again = replace(sent, request_id=clock.new_id(), issued_at=clock.now())
    with browser_found.launched(headless=True, proxy=None) as browser:
        context = browser.new_context(record_har_path=har, record_har_content="embed")
        context.route(f"{sent.acs_url}**", lambda route: route.fulfill(status=200, content_type="text/html", body="<p>Inloggad</p>"))
        page = context.new_page()
        page.goto(message(again).url)
        page.fill("input[name=username]", user.username)
        page.fill("input[name=password]", user.password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"{sent.acs_url}**")
        context.close()


def findings(report: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str]]:
    return {(each["rule"], each["subject"].partition(" /")[2]): (each["verdict"], each["message"]) for each in report["findings"]}


@pytest.mark.parametrize(("account", "user"), [("larare", LARARE), ("elev", ELEV)], ids=["larare", "elev"])
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_a_har_from_chromium_gives_the_findings_of_the_login(
    workspace: Workspace,
    simplesamlphp_idp: Callable[..., SimpleSamlPhp],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    account: str,
    user: User,
    configuration: str,
) -> None:
    if absent := browsers.missing():
        pytest.fail(absent, pytrace=False)
    monkeypatch.setenv("IDPTEST_BROWSER", "chromium")
    workspace.use(simplesamlphp_idp(workspace.set_up(), users=(LARARE, ELEV), **CONFIGURATIONS[configuration]))
    login = workspace.judged(account)[1][0]
    flow = loads(workspace.flows()[0].read_text(encoding="utf-8"))

    har = tmp_path / "login.har"
    saved_by_chromium(flow.sent, user, har)
    assert quote_plus(user.password) in har.read_text(encoding="utf-8"), "a browser leaves nothing out"
    rulesets = [word for name in flow.rulesets for word in ("--ruleset", name)]
    run = workspace.idptest("check", str(har), "--role", flow.account.role, *rulesets, "--format", "json")
    assert run.err == ""
    (report,) = run.reports
    assert report["login"]["ended"] == "arrived"
    assert report["login"]["trusted"]
    assert report["target"]["product"] == "simplesamlphp"

    ours, theirs = findings(login), findings(report)
    assert ours.keys() == theirs.keys()
    differ = {place[0] for place in ours if ours[place] != theirs[place]}
    assert "saml-response/was-not-seen-before" in differ
    unexpected = differ - ONLY_OURS - UNTOLD
    assert not unexpected, [(ours[place], theirs[place]) for place in ours if place[0] in unexpected]
    assert {theirs[place][0] for place in ours if place[0] in differ} == {"not-applicable"}
