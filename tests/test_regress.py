"""`idptest baseline` and `idptest regress`: before and after an upgrade, from one IdP to another, and what must not be written anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from idptest.adapters import store
from idptest.adapters.baselines import FOLDER
from idptest.adapters.demo import named
from idptest.adapters.demo_server import DemoServer
from idptest.adapters.history import FILE, KEY
from idptest.cli import group
from idptest.demo.defect import Defect
from idptest.demo.defects import DEFECTS
from idptest.demo.people import PEOPLE, Person
from idptest.errors import ConfigurationError
from idptest.identifiers import objectguid
from idptest.model.history_file import FORMAT

SP = "https://idptest.exempelstad.se/sp"
Start = Callable[..., DemoServer]
TEACHER, PUPIL = PEOPLE[0], PEOPLE[1]


@contextmanager
def serving(*defects: str) -> Iterator[DemoServer]:
    server = DemoServer({SP: "https://localhost:8443/saml/acs"}, named(defects))
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:
        yield lambda *defects: stack.enter_context(serving(*defects))


def account(who: Person, idp: str, more: str) -> str:
    return (
        f'[account.{who.name}]\nidp = {idp}\nrole = "{who.role}"\nusername = "{who.username}"\n'
        f'password_env = "IDPTEST_{who.name.upper()}_PASSWORD"\n{more}\n'
    )


class Workspace:
    """A folder with idptest.toml, and idptest in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = ""

    def settings(
        self, more: str = "test_person = true", people: tuple[Person, ...] = (TEACHER,), rest: str = "", **idps: DemoServer
    ) -> None:
        listed = json.dumps(list(idps))
        (self.folder / "idptest.toml").write_text(
            f'[sp]\nentity_id = "{SP}"\nbase_url = "https://localhost:8443"\n'
            + "".join(f'[idp.{name}]\nmetadata = "{server.metadata_url}"\n' for name, server in idps.items())
            + "".join(account(who, listed, more) for who in people)
            + rest,
            encoding="utf-8",
        )

    def run(self, *arguments: str) -> Result:
        """An error of the user's own is in `exception`; any other is raised."""
        result = CliRunner().invoke(group, [*arguments, "--lang", "en"], standalone_mode=False)
        self.said += result.output
        if result.exception and not isinstance(result.exception, ConfigurationError):
            raise result.exception
        return result

    def refused(self, *arguments: str) -> str:
        problem = self.run(*arguments).exception
        assert isinstance(problem, ConfigurationError)
        self.said += problem.line("en") + problem.line("sv")
        assert "\n" not in problem.line("sv")
        return problem.line("en")

    def failing(self, *arguments: str) -> set[str]:
        return {rule for report in self.reports(*arguments) for rule in failing(report)}

    def reports(self, *arguments: str) -> list[dict[str, Any]]:
        plain = json.loads(self.run("regress", "--format", "json", *arguments).stdout)
        return plain.get("reports", [plain])


def failing(report: dict[str, Any]) -> set[str]:
    """But for the addresses in the metadata: each server that a test starts is at another port."""
    return {found["rule"] for found in report["findings"] if found["verdict"] == "fail"} - {"history-metadata/addresses-are-unchanged"}


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.chdir(tmp_path)
    for who in (TEACHER, PUPIL):
        monkeypatch.setenv(f"IDPTEST_{who.name.upper()}_PASSWORD", who.password)
    return Workspace(tmp_path)


# --- the upgrade drill


@pytest.mark.parametrize("defect", [found for found in DEFECTS if found.command == "regress"], ids=lambda found: found.name)
def test_an_upgrade_is_named_rightly_and_nothing_else(work: Workspace, defect: Defect) -> None:
    assert work.failing("--demo", defect.account, "--defect", defect.name) == set(defect.fails)
    assert list(work.folder.iterdir()) == [], "nothing is written outside a workspace"


def test_before_and_after_an_upgrade(work: Workspace, start: Start) -> None:
    work.settings(exempelstad=start())
    assert work.run("login").return_value == 0
    assert work.run("baseline", "save", "före").return_value == 0
    assert work.run("regress").return_value == 0
    work.settings(exempelstad=start("upgrade-base64", "upgrade-key-changed"))
    result = work.run("regress")
    assert result.return_value == 1
    assert f"was  {TEACHER.object_guid}@exempelstad.se" in result.stdout
    assert "is   Up4dfDpLYE+aHi1ci38+BA==@exempelstad.se" in result.stdout
    keys = {"history-answer/key-is-unchanged", "history-metadata/keys-are-unchanged"}
    assert work.failing() == {"history-eppn/eppn-is-unchanged", *keys}
    moved = work.run("baseline", "accept", "före")
    assert "base64-ad now" in moved.stdout
    assert work.failing() == set()


def test_the_pupil_and_the_teacher_are_compared_each_with_their_own(work: Workspace, start: Start) -> None:
    work.settings(people=(TEACHER, PUPIL), exempelstad=start())
    work.run("login")
    work.run("baseline", "save", "b")
    assert [report["target"]["account"] for report in work.reports()] == ["elev", "larare"]
    [report] = work.reports("elev")
    assert (report["subject"], report["login"], report["history"]["baseline"]["name"]) == ("history", None, "b")


def test_a_migration_compares_one_idp_with_another(work: Workspace, start: Start) -> None:
    old = start()
    work.settings(gamla=old)
    work.run("login")
    work.run("baseline", "save", "b")
    assert "cannot log in at nya" not in work.refused("regress", "--idp", "nya")  # it is not even in the file
    work.settings(gamla=old, nya=start("upgrade-upn"))
    [report] = work.reports("--idp", "nya")
    assert report["target"]["idp"] == "nya"
    assert failing(report) == {"history-eppn/eppn-is-unchanged"}
    work.settings(gamla=old, nya=start())
    assert work.failing("--idp", "nya") == set()
    assert "logins at gamla only" in work.refused("regress", "--idp", "gamla")
    with (work.folder / "idptest.toml").open("a") as file:
        file.write(f'[idp.tredje]\nmetadata = "{old.metadata_url}"\n')
    assert 'write idp = ["gamla", "nya", "tredje"]' in work.refused("regress", "--idp", "tredje")


def test_a_baseline_of_both_idps_is_compared_crosswise(work: Workspace, start: Start) -> None:
    work.settings(gamla=start(), nya=start("upgrade-upn"))
    work.run("login")
    work.run("baseline", "save", "b")
    assert {"history-eppn/eppn-is-unchanged"} == work.failing("--idp", "nya") == work.failing("--idp", "gamla")
    assert work.failing() == {"history-person/same-at-every-idp"}


def test_an_idp_that_is_down_is_neither_fine_nor_a_fault(work: Workspace) -> None:
    with serving() as server:
        work.settings(exempelstad=server)
        (work.folder / "m.xml").write_bytes(server._municipality.metadata(server._now()))
        work.run("login")
        work.run("baseline", "save", "b")
    text = (work.folder / "idptest.toml").read_text(encoding="utf-8")
    (work.folder / "idptest.toml").write_text(text.replace(server.metadata_url, "m.xml"), encoding="utf-8")
    result = work.run("regress", "--format", "json")
    assert result.return_value == 3
    assert not {found["verdict"] for found in json.loads(result.stdout)["findings"]} & {"fail", "crashed"}


def test_a_waiver_accepts_a_change(work: Workspace, start: Start) -> None:
    work.settings(exempelstad=start())
    work.run("login")
    work.run("baseline", "save", "b")
    waiver = '[[waiver]]\nrule = "history-eppn/eppn-is-unchanged"\nreason = "beslut 4711"\nuntil = 2099-12-31\n'
    work.settings(exempelstad=start("upgrade-upn"), rest=waiver)
    result = work.run("regress")
    assert result.return_value == 0
    assert "beslut 4711" in result.stdout


# --- sessions


def test_repeated_logins_are_held_beside_each_other(work: Workspace) -> None:
    result = work.run("login", "--demo", "larare", "--repeat", "3", "--format", "json")
    reports = json.loads(result.stdout)["reports"]
    assert [report["subject"] for report in reports] == ["login"] * 3 + ["history"]
    assert len(reports[3]["history"]["logins"]) == 3
    passed = {found["rule"] for found in reports[3]["findings"] if found["verdict"] == "pass"}
    assert "history-person/same-in-every-session" in passed
    assert result.return_value == 0


# --- expected changes


EXPECTED = '[[change]]\nwhat = "eppn-scope"\nto = "edu.exempelstad.se"\nreason = "beslut 4711"\n'


@pytest.fixture
def upgraded(work: Workspace, start: Start) -> Workspace:
    """Saved before, and with another scope now."""
    work.settings(exempelstad=start())
    work.run("login")
    work.run("baseline", "save", "b")
    work.settings(exempelstad=start("upgrade-scope-changed"))
    return work


def test_an_expected_change_is_no_fault_and_is_told(upgraded: Workspace) -> None:
    (upgraded.folder / "expected-changes.toml").write_text(EXPECTED)
    result = upgraded.run("regress")
    assert result.return_value == 0
    assert "As expected" in result.stdout
    assert "beslut 4711" in result.stdout


def test_what_came_may_be_another_than_expected(upgraded: Workspace) -> None:
    (upgraded.folder / "x.toml").write_text(EXPECTED.replace("edu.", "skola."))
    assert upgraded.failing("--expected", "x.toml") == {"history-eppn/eppn-is-unchanged"}


def test_an_expected_change_that_did_not_come_is_a_warning(upgraded: Workspace) -> None:
    (upgraded.folder / "expected-changes.toml").write_text(EXPECTED + '[[change]]\nwhat = "key"\nreason = "x"\n')
    assert upgraded.failing() == {"history-expected/expected-changes-came"}
    assert upgraded.run("regress").return_value == 0
    assert upgraded.run("regress", "--fail-on", "should").return_value == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (EXPECTED + "whom = 1\n", 'expected-changes.toml:5: unknown key "whom"'),
        (EXPECTED.replace("eppn-scope", "eppn-skope"), 'expected-changes.toml:2: there is no change "eppn-skope" in [[change]]; did you mean "eppn-scope"'),
        (EXPECTED + 'accounts = ["lärare"]\n', "expected-changes.toml:5: there is no account"),
        (EXPECTED.replace('reason = "beslut 4711"\n', ""), "reason"),
        ("[change]\n", "expected-changes.toml:1"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_it_is_named_with_its_line(upgraded: Workspace, text: str, said: str) -> None:
    (upgraded.folder / "expected-changes.toml").write_text(text, encoding="utf-8")
    assert said in upgraded.refused("regress")


# --- the baseline


def test_what_is_asked_for_wrongly_is_one_line(work: Workspace, start: Start) -> None:
    assert "idptest init" in work.refused("regress")
    assert "idptest init" in work.refused("baseline", "save", "b")
    work.settings(people=(TEACHER, PUPIL), exempelstad=start())
    assert "idptest baseline save" in work.refused("regress")
    assert "log in first" in work.refused("baseline", "save", "b")
    assert "letters" in work.refused("baseline", "save", "../b")
    work.run("login", "larare")
    work.run("baseline", "save", "b")
    assert "idptest baseline accept b" in work.refused("baseline", "save", "b")
    assert "nothing about elev" in work.refused("regress", "elev")
    assert "log in first: idptest login elev" in work.refused("baseline", "accept", "b", "elev")
    assert 'there is no baseline "c"; there are b' in work.refused("regress", "--baseline", "c")
    work.run("baseline", "save", "c")
    assert "--baseline is needed" in work.refused("regress")
    assert "--demo" in work.refused("regress", "--defect", "sha1")


@pytest.fixture
def saved(work: Workspace, start: Start) -> Path:
    work.settings(exempelstad=start())
    work.run("login")
    work.run("baseline", "save", "b")
    return work.folder / FOLDER / "b.json"


def test_a_hand_edit_is_noticed(work: Workspace, saved: Path) -> None:
    saved.write_text(saved.read_text(encoding="utf-8").replace('"lifetime": 300', '"lifetime": 301'), encoding="utf-8")
    assert work.failing() == {"history-login/baseline-is-as-saved"}
    assert "EDITED BY HAND" in work.run("baseline", "show").stdout


def test_a_baseline_of_a_newer_idptest_is_refused(work: Workspace, saved: Path) -> None:
    saved.write_text(saved.read_text(encoding="utf-8").replace(FORMAT, "idptest-baseline/99"), encoding="utf-8")
    before = saved.read_bytes()
    assert "use a newer idptest" in work.refused("regress")
    assert "use a newer idptest" in work.refused("baseline", "accept", "b")
    assert saved.read_bytes() == before


@pytest.mark.parametrize("text", ["", "{}", "[]", "{" * 9999, '{"format": "idptest-baseline/1"}', '{"format": "x"}'])
def test_what_is_no_baseline_is_refused(work: Workspace, saved: Path, text: str) -> None:
    saved.write_text(text)
    assert "cannot be read" in work.refused("regress")


def test_the_same_facts_give_the_same_file_and_it_is_private(work: Workspace, saved: Path) -> None:
    before = saved.read_text(encoding="utf-8").splitlines()
    work.run("login")
    work.run("baseline", "accept", "b")
    after = saved.read_text(encoding="utf-8").splitlines()
    fleeting = ('"saved_at"', '"at"', '"flow"', '"run"', '"digest"', '"value": "id-')
    assert [line for line in before if not line.strip().startswith(fleeting)] == [
        line for line in after if not line.strip().startswith(fleeting)
    ]
    assert saved.stat().st_mode & 0o777 == 0o600


def test_in_another_workspace_test_people_are_compared_and_others_refused(work: Workspace, saved: Path, start: Start) -> None:
    (work.folder / KEY).write_text("ab" * 32)
    assert work.failing() == set()
    work.settings(more="", exempelstad=start())
    work.run("login")
    work.run("baseline", "save", "real")
    (work.folder / KEY).write_text("cd" * 32)
    assert "another key" in work.refused("regress", "--baseline", "real")


def test_a_login_that_nothing_vouches_for_is_no_baseline(work: Workspace, start: Start) -> None:
    work.settings(exempelstad=start("unsigned"))
    work.run("login")
    assert "no signature vouches" in work.refused("baseline", "save", "b")


def test_trouble_with_the_history_does_not_cost_the_verdict(work: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    work.run("init")
    (work.folder / FILE).mkdir()  # no file can be there
    result = work.run("login", "--demo", "larare", "--defect", "scope-wrong", "--format", "json")
    assert result.return_value == 1
    assert json.loads(result.stdout)["login"]["flow"]
    [line] = result.stderr.splitlines()
    assert line.startswith("idptest: the login is not in the history: ")
    (work.folder / FILE).rmdir()
    assert work.run("login", "--demo").return_value == 0
    assert work.run("baseline", "save", "b").return_value == 0


# --- personal data


def identifying(who: Person) -> set[str]:
    """Every text that would tell who somebody is, in whatever form."""
    forms = set(objectguid.forms(who.object_guid).values())
    names = {who.username, who.given_name, who.surname, who.personnummer, who.mail, who.mail.partition("@")[0], "p-4711"}
    return {form for text in forms | names for form in (text, text.lower(), text.upper(), f"{text}@exempelstad.se")}


def test_nothing_that_identifies_a_person_is_written(work: Workspace, start: Start) -> None:
    """In history, baseline, reports and what is said; the flows, which have to hold the answer, apart (0600, removed after keep_days)."""
    facts = 'person = "p-4711"\nprotected_identity = true'
    versions = [(), ("upgrade-over-release", "upgrade-name-id-is-mail"), *((name,) for name in UPGRADES)]
    for number, defects in enumerate(versions):
        work.settings(more=facts, people=(TEACHER, PUPIL), exempelstad=start(*defects))
        reports = [f"--report={form}=report-{number}.{form}" for form in ("text", "json", "junit", "html")]
        if number == 0:
            work.run("login", "--repeat", "2", "-v", *reports)
            work.run("baseline", "save", "b")
        regressed = [each.replace("report-", "regress-") for each in reports]
        assert work.run("regress", "--baseline", "b", "-v", "--show-values", *regressed).exception is None
        work.run("baseline", "show", "b")
        work.run("baseline", "save", f"b{number}")
    work.run("baseline", "accept", "b")
    files = [path for path in work.folder.rglob("*") if path.is_file() and store.FLOWS not in path.relative_to(work.folder).parents]
    files = [path for path in files if path.name != "idptest.toml"]
    assert {FILE.name, KEY.name, "b.json", "regress-1.html", "report-0.junit"} <= {path.name for path in files}
    wanted = {who.name: identifying(who) for who in (TEACHER, PUPIL)}
    for path in files:
        data = path.read_bytes()
        for texts in wanted.values():
            assert not [text for text in texts if text.encode() in data], path.name
    for texts in wanted.values():
        assert not [text for text in texts if text in work.said]


UPGRADES = ("upgrade-upn", "upgrade-base64", "upgrade-two-values", "upgrade-scope-dropped")


# --- whoever is killed


def test_a_run_killed_at_any_point_leaves_a_workspace_that_works(work: Workspace) -> None:
    work.run("init")
    work.run("login", "--demo")
    work.run("baseline", "save", "b")
    before = (work.folder / FOLDER / "b.json").read_bytes()
    for turn in range(5):
        for arguments in (["login", "--demo", "--repeat", "5"], ["baseline", "accept", "b"]):
            process = subprocess.Popen([sys.executable, "-m", "idptest", *arguments], cwd=work.folder, stdout=subprocess.DEVNULL)
            time.sleep(0.5 + 0.2 * turn)
            process.kill()
            process.wait()
    assert work.run("login", "--demo").return_value == 0
    assert work.run("regress", "--demo", "--baseline", "b").return_value == 0
    assert work.run("baseline", "accept", "b").return_value == 0
    assert (work.folder / FOLDER / "b.json").read_bytes() != before
    assert not list((work.folder / ".idptest").glob("history-damaged-*"))
