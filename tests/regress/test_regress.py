"""`idptest regress`: before and after an upgrade, from one IdP to another, and what was expected."""

from __future__ import annotations

import json

import pytest

from idptest.demo.defect import Defect
from idptest.demo.defects import DEFECTS
from tests.regress.workspace import PUPIL, TEACHER, Start, Workspace, failing, serving

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
