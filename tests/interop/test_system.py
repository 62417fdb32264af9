"""--driver system, end to end: idptest in one process, a browser of the user's in another, SimpleSAMLphp in a third."""

from __future__ import annotations

import base64
import html
import json
import re
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests
import urllib3

from tests.interop.server import free_port
from tests.interop.simplesamlphp import SimpleSamlPhp
from tests.interop.workspace import ELEV, LARARE, Workspace, point_to

Start = Callable[..., SimpleSamlPhp]

# What the user's browser does: goes where it is sent, fills in the form, posts what the page would post by itself.
PERSON = """
import html, json, re, sys, urllib3, requests
from pathlib import Path
from urllib.parse import urljoin
urllib3.disable_warnings()
url, user, password, note = sys.argv[1:]
session = requests.Session()
session.trust_env = False
session.verify = False

def form(page):
    action = html.unescape(re.search(r'<form[^>]* action="([^"]*)"', page.text).group(1))
    fields = dict(re.findall(r'<input[^>]* name="([^"]*)"[^>]* value="([^"]*)"', page.text))
    return urljoin(page.url, action), {name: html.unescape(value) for name, value in fields.items()}

page = session.get(url, timeout=20)
if 'name="SAMLRequest"' in page.text:
    action, fields = form(page)
    page = session.post(action, data=fields, timeout=20)
action, fields = form(page)
page = session.post(action if action else page.url, data=fields | {"username": user, "password": password}, timeout=20)
action, fields = form(page)
done = session.post(action, data=fields, timeout=20)
Path(note).write_text(json.dumps([action, fields, done.status_code, done.text]))
"""


@pytest.fixture
def port(workspace: Workspace) -> int:
    """A free port for our SP, in idptest.toml."""
    number = free_port()
    workspace.init()
    workspace.edit("https://localhost:8443", f"https://localhost:{number}")
    return number


def register(workspace: Workspace, simplesamlphp_idp: Start, **options: bool) -> SimpleSamlPhp:
    from tests.interop.simplesamlphp import Sp

    assert workspace.idptest("metadata", "sp", "--output", "sp.xml").code == 0
    sp = Sp.from_metadata((workspace.folder / "sp.xml").read_bytes())
    return workspace.use(simplesamlphp_idp(sp, users=(LARARE, ELEV), name_format="uri", **options))


def person(workspace: Workspace) -> Path:
    """Makes that person the user's browser; what they saw is written to the file."""
    script, note = workspace.place / "person.py", workspace.place / "seen.json"
    script.write_text(PERSON)
    command = [sys.executable, str(script), "%s", ELEV.username, ELEV.password, str(note)]
    workspace.environment["BROWSER"] = " ".join(f'"{each}"' for each in command)
    return note


def nobody(workspace: Workspace) -> None:
    workspace.environment["BROWSER"] = "true %s"


def test_a_person_logs_in_with_their_own_browser(workspace: Workspace, simplesamlphp_idp: Start, port: int) -> None:
    register(workspace, simplesamlphp_idp)
    note = person(workspace)
    # No secret is asked for: it is the person's.
    del workspace.environment["IDPTEST_ELEV_PASSWORD"]
    run = workspace.idptest("login", "elev", "--driver", "system", "--format", "json", "--fail-on", "should")
    [report] = run.reports
    assert run.code == 0, [each for each in report["findings"] if each["verdict"] != "pass"]
    assert report["login"]["trusted"] is True
    assert report["summary"]["complete"] is True
    assert len(run.err.splitlines()) == 1
    assert f"https://localhost:{port}/" in run.err
    action, _, status, text = json.loads(note.read_text())
    assert (action, status) == (f"https://localhost:{port}/saml/acs", 200)
    assert "Klart" in text
    again = workspace.idptest("check", str(workspace.flows()[0]), "--format", "json")
    assert [(e["rule"], e["verdict"]) for e in again.reports[0]["findings"]] == [(e["rule"], e["verdict"]) for e in report["findings"]]
    (workspace.place / "seen.json").unlink()
    (workspace.place / "person.py").unlink()


def test_a_signed_request_by_post_goes_by_the_persons_browser(workspace: Workspace, simplesamlphp_idp: Start, port: int) -> None:
    workspace.edit('eppn_source = "objectGUID"', 'eppn_source = "objectGUID"\nrequest_binding = "post"\nsign_requests = true')
    idp = register(workspace, simplesamlphp_idp, sp_signs=True)
    note = person(workspace)
    run = workspace.idptest("login", "elev", "--driver", "system", "--format", "json", "--fail-on", "should")
    assert run.code == 0, run.out
    assert run.reports[0]["login"]["trusted"] is True
    assert "POST /simplesaml/saml2/idp/SSOService.php" in idp.log()
    note.unlink()
    (workspace.place / "person.py").unlink()


def test_everything_else_is_refused_in_one_line_and_the_listener_lives(workspace: Workspace, simplesamlphp_idp: Start, port: int) -> None:
    idp = register(workspace, simplesamlphp_idp)
    urllib3.disable_warnings()
    assert workspace.idptest("login", "elev").code == 0
    saved = json.loads(workspace.flows()[0].read_text(encoding="utf-8"))["exchanges"][-1]["request"]["form"]
    replay = {name: value for name, value in saved}
    other = dict(replay, SAMLResponse=base64.b64encode(
        re.sub(rb'InResponseTo="[^"]*"', b'InResponseTo="id-other"', base64.b64decode(replay["SAMLResponse"]))).decode())  # fmt: skip
    nobody(workspace)
    process = workspace.start("login", "elev", "--driver", "system", "--format", "json", "--fail-on", "should")
    assert process.stderr is not None
    start = re.search(r"https://localhost:\d+/\S+", process.stderr.readline().decode())
    assert start
    acs = f"https://localhost:{port}/saml/acs"
    with requests.Session() as session:
        session.trust_env, session.verify = False, False

        def refused(line: str, status: int, method: str, url: str, **options: object) -> None:
            assert session.request(method, url, timeout=20, **options).status_code == status  # type: ignore[arg-type]
            assert process.stderr is not None
            assert process.stderr.readline().decode() == f"idptest: refused: {line}\n"

        refused("a replay: a response to an earlier login", 409, "POST", acs, data=replay)
        refused("a response to another request than ours", 400, "POST", acs, data=other)
        refused("a GET to the ACS; the answer must come by POST", 405, "GET", acs)
        refused("a GET to the ACS; the answer must come by POST", 405, "GET", acs, params=replay)
        refused("a POST of more than 10 MB", 413, "POST", acs, data=b"SAMLResponse=" + b"a" * (50 * 1024 * 1024))
        refused("a request for /admin", 404, "GET", f"https://localhost:{port}/admin")
        # A connection that says nothing does not keep the others out.
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            page = session.get(start.group(), timeout=20)
            action, fields = form(page)
            page = session.post(action, data=fields | {"username": ELEV.username, "password": ELEV.password}, timeout=20)
            action, fields = form(page)
            done = session.post(action, data=fields, timeout=20)
            assert (done.status_code, "Klart" in done.text) == (200, True)
        # It has stopped by itself.
        run = workspace.ended(process, "login")
        assert run.code == 0
        with pytest.raises(requests.ConnectionError):
            session.post(action, data=fields, timeout=5)
    assert run.reports[0]["login"]["trusted"] is True
    assert run.err == ""
    assert idp.log()


def form(page: requests.Response) -> tuple[str, dict[str, str]]:
    found = re.search(r'<form[^>]* action="([^"]*)"', page.text)
    assert found, page.text
    fields = dict(re.findall(r'<input[^>]* name="([^"]*)"[^>]* value="([^"]*)"', page.text))
    return urljoin(page.url, html.unescape(found.group(1)) or page.url), {name: html.unescape(value) for name, value in fields.items()}


def test_a_time_out_is_one_clear_line(workspace: Workspace, port: int) -> None:
    point_to(workspace, "http://127.0.0.1:9/sso")
    nobody(workspace)
    workspace.edit("[idp.exempelstad]", "[idp.exempelstad]\ntimeout = 1")
    started = time.monotonic()
    run = workspace.idptest("login", "elev", "--driver", "system", "--lang", "sv")
    assert 10 < time.monotonic() - started < 30
    assert run.code == 3
    assert sum("Inloggningen blev inte klar i tid" in line for line in run.out.splitlines()) == 1
    assert len(run.err.splitlines()) == 1


def test_a_port_in_use_is_one_clear_line(workspace: Workspace, port: int) -> None:
    point_to(workspace, "http://127.0.0.1:9/sso")
    nobody(workspace)
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        run = workspace.idptest("login", "elev", "--driver", "system")
    assert run.code == 2
    assert f"port {port}: another program uses the port" in run.line
    assert workspace.flows() == []


def test_ctrl_c(workspace: Workspace, port: int) -> None:
    point_to(workspace, "http://127.0.0.1:9/sso")
    nobody(workspace)
    process = workspace.start("login", "elev", "--driver", "system")
    assert process.stderr is not None
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    run = workspace.ended(process)
    assert run.code == 130
    assert "interrupted" in run.line
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_options_that_do_not_go_together(workspace: Workspace) -> None:
    for arguments in (
        ("--demo", "--driver", "system"),
        ("--demo", "--driver", "browser"),
        ("--headed",),
        ("--driver", "system", "--headed"),
    ):
        run = workspace.idptest("login", *arguments)
        assert run.code == 2
        assert "--d" in run.line
