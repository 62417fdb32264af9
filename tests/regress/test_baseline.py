"""The baseline's file: what it takes, what it holds, what must never stand in it; and what is left when a run is killed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from idptest.adapters import store
from idptest.adapters.baselines import FOLDER
from idptest.adapters.history import FILE, KEY
from idptest.demo.people import Person
from idptest.identifiers import objectguid
from idptest.model.history_file import FORMAT
from tests.regress.workspace import PUPIL, TEACHER, Start, Workspace

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
