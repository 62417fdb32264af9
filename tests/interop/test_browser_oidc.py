"""--driver browser by OpenID Connect, where no script is needed: what is found is what is found without a browser."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from idptest.demo.people import person
from idptest.model.flow_file import loads
from tests.interop import browsers
from tests.interop.oidc_provider import OidcProvider
from tests.interop.op import Client
from tests.interop.server import free_port
from tests.interop.workspace import Workspace, failing
from tests.test_demo_server import running

BY_POST, BY_QUERY = Client("by-post", lines=('response_mode = "form_post"',)), Client("by-query")


@contextmanager
def screen(user: Workspace) -> Iterator[None]:
    """A browser for the user. Its sockets need a temporary folder with a short path; it must be empty afterwards."""
    if absent := browsers.missing():
        pytest.fail(absent, pytrace=False)
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        user.environment |= {"IDPTEST_BROWSER": "chromium", "TMPDIR": folder}
        yield
        assert list(Path(folder).iterdir()) == []


def verdicts(user: Workspace, *arguments: str) -> list[tuple[str, str, str]]:
    _, reports = user.judged(*arguments)
    return [(report["target"]["idp"], each["rule"], each["verdict"]) for report in reports for each in report["findings"]]


def test_a_certified_provider_answers_by_query_and_by_form_post(
    oidc_provider: Callable[..., tuple[Workspace, OidcProvider]],
) -> None:
    user, op = oidc_provider((BY_POST, BY_QUERY))
    with screen(user):
        run, reports = user.judged("elev", "--driver", "browser", "--fail-on", "should")
        assert (run.code, [failing(report) for report in reports]) == (0, [set(), set()])
        flows = [loads(path.read_text(encoding="utf-8")) for path in user.flows()]
        answers = {flow.idp.name: flow.exchanges[flow.oidc.token - 2].request for flow in flows if flow.oidc and flow.oidc.token}
        assert {name: answer.method for name, answer in answers.items()} == {"by-post": "POST", "by-query": "GET"}
        assert verdicts(user, "elev", "--driver", "browser") == verdicts(user, "elev")
        # Nobody holds the port of our redirect_uri: that request has gone nowhere.
        op.stop()
        assert user.idptest("login", "elev", "--driver", "browser").code in (2, 3)


@pytest.mark.parametrize("account", ["larare", "elev"])
def test_exempelstad_as_an_op(workspace: Workspace, account: str) -> None:
    who = person(account)
    assert who is not None
    workspace.init()
    workspace.secrets = {who.password}
    workspace.environment[f"IDPTEST_{account.upper()}_PASSWORD"] = who.password
    port = free_port()
    lines = ["[sp]", 'entity_id = "https://idptest.exempelstad.se/sp"', 'base_url = "https://localhost:8443"']
    lines += ["[idp.town]", 'protocol = "oidc"', f'issuer = "http://127.0.0.1:{port}"', 'client_id = "idptest"']
    lines += [f"[account.{account}]", 'idp = "town"', f"username = {json.dumps(who.username)}", "test_person = true"]
    lines += [f'role = "{"teacher" if account == "larare" else "pupil"}"', f'password_env = "IDPTEST_{account.upper()}_PASSWORD"']
    (workspace.folder / "idptest.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with screen(workspace), running(workspace, "--port", str(port)):
        without = verdicts(workspace, account)
        assert verdicts(workspace, account, "--driver", "browser") == without
    assert {verdict for _, _, verdict in without} == {"pass", "not-applicable"}
