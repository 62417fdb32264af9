"""`idptest demo` as a process of its own, and `idptest login` against it from a workspace: each way of asking, and what goes wrong."""

from __future__ import annotations

import base64
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import etree

from idptest.demo import federation
from idptest.demo.people import person
from idptest.model.flow import Sent
from idptest.saml import aggregate, bindings
from idptest.saml.request import message
from idptest.saml.xml import NS
from tests.interop.workspace import Workspace, failing

ACS = "https://localhost:8443/saml/acs"
TEACHER, PUPIL = person("larare"), person("elev")
WAYS = {
    "redirect": "",
    "redirect, signed": "sign_requests = true",
    "post": 'request_binding = "post"',
    "post, signed": 'request_binding = "post"\nsign_requests = true',
    "our ACS by its index": "acs_by_index = true",
    "a NameID format": 'name_id_format = "transient"',
}


@dataclass
class Town:
    """A server that runs. `log` has what it says of each request."""

    process: subprocess.Popen[bytes]
    url: str
    welcome: list[str]
    log: Path

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, self.url + path, allow_redirects=False, timeout=20, **options)

    def raw(self, data: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", int(self.url.rpartition(":")[2])), 10) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def lines(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines()

    def interrupted(self) -> int:
        """Ctrl-C, and how it ended."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=20)


@contextmanager
def running(place: Workspace, *arguments: str) -> Iterator[Town]:
    """A server started in the workspace's folder; its own process is stopped at the end, and no other."""
    log = place.place / "town.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "idptest", "demo", "--port", "0", *arguments],
            cwd=place.folder,
            env=place.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            # Ctrl-C reaches it even where the tests themselves are run without.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    with process:
        try:
            assert process.stdout is not None
            welcome = list(islice((line.decode().rstrip() for line in process.stdout), 6))
            found = re.search(r"http://127\.0\.0\.1:\d+", "".join(welcome))
            assert found, log.read_text(encoding="utf-8")
            yield Town(process, found[0], welcome, log)
        finally:
            process.kill()
    assert "Traceback" not in log.read_text(encoding="utf-8")


Open = Callable[..., Town]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Open]:
    """Starts a server from a folder of its own: `town("--defect", "scope-wrong")`."""
    with ExitStack() as open_towns:

        def start(*arguments: str) -> Town:
            return open_towns.enter_context(running(Workspace(tmp_path / f"town-{len(list(tmp_path.iterdir()))}"), *arguments))

        yield start


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the people of Exempelstad log in, made once: keys take their time."""
    assert TEACHER is not None and PUPIL is not None
    place = Workspace(tmp_path_factory.mktemp("made"))
    assert place.idptest("init").code == 0
    place.edit('username = "larare1"', f'username = "{TEACHER.username}"')
    place.edit('username = "elev1"', f'username = "{PUPIL.username}"')
    return place.folder


@pytest.fixture
def workspace(tmp_path: Path, made: Path) -> Iterator[Workspace]:
    assert TEACHER is not None and PUPIL is not None
    place = Workspace(tmp_path / "user")
    place.environment |= {"IDPTEST_LARARE_PASSWORD": TEACHER.password, "IDPTEST_ELEV_PASSWORD": PUPIL.password}
    place.secrets = {TEACHER.password, PUPIL.password}
    shutil.copytree(made, place.folder, dirs_exist_ok=True)
    yield place
    place.check()


def point_to(workspace: Workspace, town: Town, more: str = "") -> None:
    workspace.edit('metadata = "idp-metadata.xml"', f'metadata = "{town.url}/metadata"\n{more}')


def verdicts(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["rule"], each["verdict"]) for each in report["findings"]]


def test_every_way_of_asking_is_judged_alike_and_check_says_the_same(town: Open, workspace: Workspace) -> None:
    """Redirect or POST, signed or not: one Exempelstad, one verdict; the report says how was asked."""
    exempelstad = town()
    point_to(workspace, exempelstad, "# HOW")
    runs, before = [], "# HOW"
    for way, lines in WAYS.items():
        workspace.edit(before, before := f"{lines}\n# {way}")
        run = workspace.idptest("login", "elev", "--format", "json", "--report", "text=elev.txt", "--fail-on", "should")
        assert (run.code, run.err) == (0, ""), way
        runs.append(run)
        first = json.loads(workspace.flows()[-1].read_text(encoding="utf-8"))["exchanges"][0]["request"]
        assert first["method"] == ("POST" if "post" in way else "GET"), way
        assert ("SigAlg=" in first["url"]) == (way == "redirect, signed"), way
        if "post" in way:
            xml = base64.b64decode(dict(first["form"])["SAMLRequest"])
            assert (etree.fromstring(xml).find("ds:Signature", NS) is not None) == (way == "post, signed")
        footer = (workspace.folder / "elev.txt").read_text(encoding="utf-8")
        assert ("the request signed" in footer, "by POST" in footer) == ("signed" in way, "post" in way), way
    said = [verdicts(run.reports[0]) for run in runs]
    assert said == said[:1] * len(WAYS)
    again = workspace.idptest("check", *(str(flow.relative_to(workspace.folder)) for flow in workspace.flows()), "--format", "json")
    assert again.reports == [run.reports[0] for run in runs]
    assert {"GET /sso 302", "POST /sso 302"} <= set(exempelstad.lines())


NOT_ENCRYPTED = {"saml-encryption/is-used-when-we-offer-it"}  # a note: Exempelstad encrypts when told to only


def test_a_teacher_logs_in_with_a_defect_and_without(town: Open, workspace: Workspace) -> None:
    good, bad = town(), town("--defect", "scope-wrong")
    assert "stop with Ctrl-C" in good.welcome[0]
    point_to(workspace, good)
    run, (report,) = workspace.judged("larare")
    assert (run.code, failing(report)) == (0, NOT_ENCRYPTED)
    assert report["target"]["product"] == "exempelstad"
    workspace.edit(good.url, bad.url)
    run, (report,) = workspace.judged("larare")
    assert (run.code, failing(report)) == (1, NOT_ENCRYPTED | {"dnp/eppn-scope-in-metadata"})


def test_two_logins_at_once(town: Open, workspace: Workspace) -> None:
    point_to(workspace, town())
    arguments = ("login", "--format", "json")
    both = [workspace.start(*arguments, name) for name in ("larare", "elev")]
    runs = [workspace.ended(each, *arguments) for each in both]
    assert [run.code for run in runs] == [0, 0], [run.err for run in runs]
    assert [run.reports[0]["target"]["account"] for run in runs] == ["larare", "elev"]
    assert len(workspace.flows()) == 2


def test_it_knows_the_sp_of_its_folder_and_those_that_it_is_given(town: Open, workspace: Workspace) -> None:
    workspace.edit("https://idptest.exempelstad.se/sp", "https://annan.exempelstad.se/sp")
    point_to(workspace, unknowing := town())
    run, (report,) = workspace.judged("elev")
    assert (run.code, failing(report)) == (1, {"login/idp-completes-the-login"})
    assert workspace.idptest("metadata", "sp", "--output", "sp.xml").code == 0
    knowing = town("--sp-metadata", str(workspace.folder / "sp.xml"))
    assert any("https://annan.exempelstad.se/sp" in line for line in knowing.welcome)
    workspace.edit(unknowing.url, knowing.url)
    assert workspace.judged("elev")[0].code == 0
    with running(workspace) as here:
        workspace.edit(knowing.url, here.url)
        assert workspace.judged("elev")[0].code == 0


def test_it_publishes_a_feed_that_its_certificate_verifies(town: Open) -> None:
    exempelstad = town()
    assert any(line.split() == ["federation", f"{exempelstad.url}/federation.xml"] for line in exempelstad.welcome)
    data = exempelstad.ask("GET", "/federation.xml").content
    feed = aggregate.read(data, federation.certificate(), datetime.now(UTC))
    assert (feed.verified, feed.problems) == (True, ())
    assert aggregate.signing_certificate(data) == federation.certificate()
    assert {"https://idp.exempelstad.se/saml", "https://idptest.exempelstad.se/sp"} < {each.entity_id for each in feed.entities}


def test_ctrl_c_ends_it_in_one_line(town: Open) -> None:
    exempelstad = town()
    assert exempelstad.ask("GET", "/metadata").status_code == 200
    assert exempelstad.interrupted() == 130
    with pytest.raises(requests.ConnectionError):
        exempelstad.ask("GET", "/metadata")
    assert [line for line in exempelstad.lines() if line] == ["GET /metadata 200", "interrupted; nothing half-written is left"]


def test_what_cannot_be_started_is_one_line(town: Open, workspace: Workspace) -> None:
    run = workspace.idptest("demo", "--defect", "scope-wron")
    assert (run.code, 'did you mean "scope-wrong"?' in run.line) == (2, True)
    port = town().url.rpartition(":")[2]
    run = workspace.idptest("demo", "--port", port)
    assert (run.code, f"cannot listen on 127.0.0.1:{port}" in run.line, "--port" in run.line) == (2, True, True)
    run = workspace.idptest("demo", "--port", "65536")
    assert (run.code, "--port" in run.line, "65535" in run.line) == (2, True, True)
    run = workspace.idptest("demo", "--sp-metadata", "finns-inte.xml")
    assert (run.code, "finns-inte.xml" in run.line) == (2, True)


GARBAGE = {
    b"GARBAGE\r\n\r\n": b"400",
    b"\x16\x03\x01\x02\x00" + b"\x00" * 50: b"400",
    b"GET http://[ HTTP/1.1\r\n\r\n": b"400",
    b"GET //[ HTTP/1.1\r\n\r\n": b"400",
    b"GET /sso?SAMLRequest=%ff%fe&RelayState=%00 HTTP/1.1\r\n\r\n": b"400",
    b"GET /sso HTTP/1.1\r\n\r\n": b"400",
    b"GET /\x1b[31mred?\x00 HTTP/1.1\r\n\r\n": b"400",
    b"GET /losenord HTTP/1.1\r\nCookie: exempelstad=\xff; ;=;\r\n\r\n": b"400",
    b"PUT /sso HTTP/1.1\r\n\r\n": b"501",
    b"POST /sso HTTP/1.1\r\n\r\n": b"411",
    b"POST /sso HTTP/1.1\r\nContent-Length: -1\r\n\r\n": b"411",
    b"POST /sso HTTP/1.1\r\nContent-Length: \xb2\r\n\r\n": b"411",
    b"POST /sso HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na=b&c\r\n0\r\n\r\n": b"411",
    b"POST /sso HTTP/1.1\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n": b"413",
    b"POST /sso HTTP/1.1\r\nContent-Length: 40\r\n\r\nSAMLRequest=%ff": b"400",
    b"POST /sso HTTP/1.1\r\nContent-Length: 50000000\r\n\r\n" + b"a" * 50_000_000: b"413",
}


def test_garbage_and_50_mb_are_refused_in_one_line_each_and_the_server_lives(town: Open) -> None:
    exempelstad = town()
    for asked, status in GARBAGE.items():
        before = len(exempelstad.lines())
        answer = exempelstad.raw(asked)
        assert status in answer[:400], asked[:60]
        metadata = exempelstad.ask("GET", "/metadata")
        assert metadata.status_code == 200
        line, last = exempelstad.lines()[before:]
        assert last == "GET /metadata 200"
        assert line.isprintable() and line.endswith(f" {status.decode()}"), asked[:60]
    assert etree.fromstring(metadata.content).get("entityID") == "https://idp.exempelstad.se/saml"


@pytest.mark.parametrize("binding", [bindings.REDIRECT, bindings.POST])
@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"is_passive": True}, "NoPassive"),
        ({"name_id_format": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"}, "InvalidNameIDPolicy"),
    ],
)
def test_what_exempelstad_cannot_do_it_answers_as_an_idp_should(how: dict[str, Any], status: str, binding: str) -> None:
    fields = dict(asked_at_exempelstad(binding, **how).form_fields)
    answer = etree.fromstring(base64.b64decode(fields["SAMLResponse"]))
    codes = [each.get("Value").rpartition(":")[2] for each in answer.iter(f"{{{NS['samlp']}}}StatusCode")]
    assert codes[1] == status
    assert answer.get("InResponseTo") == "id-1"
    assert answer.find("saml:Assertion", NS) is None
    assert fields["RelayState"] == "å & +"


@pytest.mark.parametrize("binding", [bindings.REDIRECT, bindings.POST])
@pytest.mark.parametrize(
    "how", [{}, {"acs_index": 0}, {"name_id_format": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient", "is_passive": False}]
)
def test_what_it_can_do_leads_to_its_login_page(how: dict[str, Any], binding: str) -> None:
    assert asked_at_exempelstad(binding, **how).location == "/losenord"


@dataclass(frozen=True)
class Seen:
    location: str | None
    form_fields: list[tuple[str, str]]


def asked_at_exempelstad(binding: str, **how: Any) -> Seen:
    from lxml import html

    from idptest.demo.idp import Exempelstad, State

    now = datetime(2026, 11, 22, 7, 45, tzinfo=UTC)
    sent = Sent("id-1", now, "https://sp.exempelstad.se/", ACS, "https://idp.exempelstad.se/sso", "å & +", binding=binding, **how)
    _, response = Exempelstad({"https://sp.exempelstad.se/": ACS}, lambda: "id-2").respond(State(), message(sent), now)
    if response.header("location"):
        return Seen(response.header("location"), [])
    [form] = html.fromstring(response.body).forms
    assert form.action == ACS
    return Seen(None, [(name, value or "") for name, value in form.form_values()])
