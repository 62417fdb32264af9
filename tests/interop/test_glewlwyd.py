"""Logins in a browser at an OpenID provider whose login is a single-page app: glewlwyd. What is found is what is true of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from idptest.model.flow_file import loads
from tests.interop import browsers, glewlwyd
from tests.interop.glewlwyd import SCOPE, Glewlwyd
from tests.interop.workspace import ELEV, LARARE, Workspace, failing

Start = Callable[..., Glewlwyd]
SECRET = "en-hemlighet-4711"
# auth_time is 0, whenever anybody logged in; and its discovery document does not say where one logs out.
ALWAYS = {"oidc-id-token-times/login-is-new", "oidc-discovery/says-where-one-logs-out"}
# It takes an essential acr in the parameter `claims`, and answers none.
NO_ACR = {"oidc-id-token-times/tells-how-the-person-logged-in"}


@pytest.fixture
def op(workspace: Workspace, tmp_path: Path) -> Iterator[Start]:
    """A workspace with a browser, whose temporary folder must have a short path; and the OP, when it is called."""
    if absent := glewlwyd.missing() or browsers.missing():
        pytest.fail(absent, pytrace=False)
    with ExitStack() as running, tempfile.TemporaryDirectory(dir="/tmp") as short:
        workspace.environment |= {"IDPTEST_BROWSER": "chromium", "TMPDIR": short, "CLIENT_SECRET": SECRET}
        workspace.secrets |= {SECRET}
        workspace.init()

        def start(secret: str = SECRET, **options: Any) -> Glewlwyd:
            key = (workspace.folder / ".idptest" / "keys" / "sp-key.pem").read_bytes()
            started = running.enter_context(Glewlwyd(tmp_path / "op", key, secret, users=(LARARE, ELEV), **options))
            started.into(workspace.folder / "idptest.toml")
            return started

        yield start
        assert list(Path(short).iterdir()) == []


def of(report: dict[str, Any], verdict: str) -> set[str]:
    return {each["rule"] for each in report["findings"] if each["verdict"] == verdict}


def test_a_pupil_by_own_key_and_form_post_and_by_secret_and_query(workspace: Workspace, op: Start) -> None:
    op()
    run, (by_form, by_query) = workspace.judged("elev", "--driver", "browser")
    assert (failing(by_form), failing(by_query)) == (ALWAYS, ALWAYS)
    for report in (by_form, by_query):
        assert report["login"]["trusted"] is True
        assert report["login"]["eppn"] == f"{ELEV.guid}@exempelstad.se"
        assert of(report, "inconclusive") == set()
        assert {"dnp/eppn-is-released", "oidc-flow/state-comes-back", "oidc-user-info/can-be-read"} <= of(report, "pass")
    assert run.code == 1
    answers = [loads(path.read_text(encoding="utf-8")).exchanges for path in workspace.flows()]
    methods = [next(each.request.method for each in answer if "/oidc/callback" in each.request.url.partition("?")[0]) for answer in answers]
    assert methods == ["POST", "GET"]


def test_its_own_name_is_written_as_in_a_url_where_the_answer_is_a_form(workspace: Workspace, op: Start) -> None:
    """Then it is another OP that answers, as far as anybody can tell, and the code is sent nowhere (RFC 9207 2.4)."""
    op(plugin={"oauth-as-iss-id": True})
    _, (by_form, by_query) = workspace.judged("elev", "--driver", "browser")
    assert "oidc-flow/comes-from-the-op-we-asked" in failing(by_form) & of(by_query, "pass")
    assert by_form["login"]["eppn"] is None
    assert failing(by_query) == ALWAYS


def test_a_teacher_is_asked_for_a_level_and_none_is_answered(workspace: Workspace, op: Start) -> None:
    op()
    workspace.edit('idp = ["own-key", "by-header"]\nrole = "teacher"', 'idp = "by-header"\nrole = "teacher"')
    _, (whole, narrow) = workspace.judged("larare", "--driver", "browser")
    assert (failing(whole), failing(narrow)) == (ALWAYS, ALWAYS | NO_ACR)
    waiting = {each["blocked_by"] for each in narrow["findings"] if each["verdict"] == "inconclusive"}
    assert waiting == NO_ACR


def test_a_wrong_password_is_typed_once(workspace: Workspace, op: Start) -> None:
    running = op()
    workspace.edit('idp = ["own-key", "by-header"]\nrole = "pupil"', 'idp = "by-header"\nrole = "pupil"')
    workspace.environment["IDPTEST_ELEV_PASSWORD"] = "Fel & galet + 4"
    workspace.secrets.add("Fel & galet + 4")
    run, (report,) = workspace.judged("elev", "--driver", "browser")
    assert "login/idp-completes-the-login" in failing(report)
    assert (run.code, report["login"]["ended"]) == (1, "refused-by-idp")
    assert running.log().count("Authorization invalid for username elev1") == 1


def test_a_page_that_asks_is_shown_and_a_step_answers_it(workspace: Workspace, op: Start) -> None:
    """Nobody has said yes to what the client asks for: the page asks the person. What to write is as the report says, and the box ticked."""
    op(granted=False)
    workspace.edit('idp = ["own-key", "by-header"]\nrole = "pupil"', 'idp = "by-header"\nrole = "pupil"')
    said = workspace.idptest("login", "elev", "--driver", "browser", "--lang", "sv")
    assert said.code == 3
    assert '[[idp.by-header.step]]\n      title = "Client access grant"' in said.out
    assert "Använd --driver browser" not in said.out
    with (workspace.folder / "idptest.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[[idp.by-header.step]]\ntitle = "Client access grant"\n')
        settings.write(f'fill = {{ grant-{SCOPE} = "on" }}\npress = "Grant access"\n')
    _, (report,) = workspace.judged("elev", "--driver", "browser")
    assert failing(report) == ALWAYS


@pytest.mark.parametrize(("lang", "advice"), [("sv", "Använd --driver browser."), ("en", "Use --driver browser.")])
def test_without_a_browser_the_report_says_which_driver(workspace: Workspace, op: Start, lang: str, advice: str) -> None:
    op()
    run = workspace.idptest("login", "elev", "--lang", lang)
    assert run.code == 3
    assert run.out.count(advice) == 2  # once for each login


def test_a_secret_is_not_read_as_the_standard_says(workspace: Workspace, op: Start) -> None:
    """It takes what stands in the header as it is; RFC 6749 2.3.1 has it escaped, which shows once there is something to escape."""
    unusual = "en/hemlighet+4711 %"
    workspace.environment["CLIENT_SECRET"] = unusual
    workspace.secrets.add(unusual)
    op(secret=unusual)
    workspace.edit('idp = ["own-key", "by-header"]\nrole = "pupil"', 'idp = "by-header"\nrole = "pupil"')
    _, (report,) = workspace.judged("elev", "--driver", "browser")
    assert failing(report) == ALWAYS - {"oidc-id-token-times/login-is-new"} | {"oidc-token/accepts-the-code"}


def test_a_server_that_is_stopped(workspace: Workspace, op: Start) -> None:
    running = op()
    running.stop()
    run = workspace.idptest("login", "elev", "--driver", "browser")
    assert run.code in (2, 3)
    assert f"127.0.0.1:{running.port}: connection refused" in run.out + run.err
