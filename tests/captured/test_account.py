"""Whose login it is, in a file that does not tell: rules that need it say so truly, or are judged when the user says it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from idptest.cli.options import FORMATS
from idptest.errors import ConfigurationError
from tests import exempelstad
from tests.captured import browser, given

FLOW = exempelstad.flow("larare")
FACTS = FLOW.account
OWN = """
[answered-level]
title         = "The answer is at level 4"
level         = "must"
authn_context = true
expect        = { at_least = 4 }
source        = "Our own"
why           = "why"
fix           = "fix"

[answered-level.sv]
title = "Svaret är på nivå 4"
why   = "varför"
fix   = "gör"
"""
RULES = {"dnp/eppn-holds-no-name", "eppn-objectguid/guid-is-the-accounts-own"}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """In a workspace whose account is the one that logged in: its HAR, and its response alone."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "idptest.toml").write_text(
        f"""
[sp]
entity_id = "{FLOW.sent.sp_entity_id}"
base_url = "{FLOW.sent.acs_url.removesuffix("/saml/acs")}"
[idp.exempelstad]
metadata = "idp.xml"
[account.larare]
idp = "exempelstad"
role = "teacher"
test_person = true
object_guid = "{FACTS.object_guid}"
given_name = "{FACTS.given_name}"
surname = "{FACTS.surname}"
[account.vikarie]
idp = "exempelstad"
role = "teacher"
object_guid = "00000000-0000-4000-8000-000000000000"
rulesets = ["dnp", "eppn-objectguid"]
"""
    )
    har, _ = given.write(tmp_path, FLOW, browser.as_bytes(browser.chrome(FLOW)))
    return har, given.write(tmp_path, FLOW, exempelstad.answer(FLOW), "svar.xml")[0]


def report(path: Path, *arguments: str) -> dict[str, Any]:
    result, problem = given.check(path, "--format", "json", *arguments)
    assert problem is None
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def told(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {each["rule"]: (each["verdict"], each["message"]) for each in found["findings"] if each["rule"] in RULES}


def test_no_account_is_made_up_in_what_the_user_is_told_to_do(files: tuple[Path, Path]) -> None:
    for path in files:
        found = told(report(path, "--role", "teacher"))
        assert found.keys() == RULES
        for verdict, message in found.values():
            assert verdict == "not-applicable"
            assert "--account" in message
            assert path.name not in message


def test_what_is_known_of_the_account_is_used(files: tuple[Path, Path]) -> None:
    for path in files:
        found = report(path, "--account", "larare")
        assert {verdict for verdict, _ in told(found).values()} == {"pass"}
        assert (found["target"]["account"], found["target"]["role"]) == ("larare", "teacher")
        assert found["target"]["rulesets"] == ["skolfederation", "dnp", "dnp-teacher", "loa3-teacher", "eppn-objectguid"]
        assert found["login"]["eppn"] == f"{FACTS.object_guid}@exempelstad.se", "a test person's values are shown"


def test_another_account_than_the_one_that_logged_in_is_noticed(files: tuple[Path, Path]) -> None:
    found = report(files[0], "--account", "vikarie")
    assert told(found)["eppn-objectguid/guid-is-the-accounts-own"][0] == "fail"
    assert told(found)["dnp/eppn-holds-no-name"] == ("not-applicable", "ange surname (och given_name) i [account.vikarie] så bedöms det")
    assert found["target"]["rulesets"] == ["dnp", "eppn-objectguid"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--account", "larar"), 'menade du "larare"?'),
        (("--account", "larare", "--role", "pupil"), "--role används utan --account"),
    ],
)
def test_what_cannot_be_is_one_line(files: tuple[Path, Path], arguments: tuple[str, ...], said: str) -> None:
    problem = given.check(files[0], *arguments)[1]
    assert isinstance(problem, ConfigurationError)
    assert said in problem.line("sv")


def test_a_saved_login_has_its_account_already(files: tuple[Path, Path]) -> None:
    saved = Path(__file__).parents[2] / "fixtures" / "flows" / "larare" / "flow.json"
    problem = given.check(saved, "--account", "larare")[1]
    assert isinstance(problem, ConfigurationError)
    assert "--account" in problem.line("sv")


def test_without_idptest_toml_there_is_no_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    har, metadata = given.write(tmp_path, FLOW, browser.as_bytes(browser.chrome(FLOW)))
    problem = given.check(har, "--idp-metadata", metadata, "--account", "larare")[1]
    assert isinstance(problem, ConfigurationError)
    assert "idptest init" in problem.line("sv")


def test_the_first_line_says_what_a_file_leaves_open(files: tuple[Path, Path]) -> None:
    har, alone = files

    def line(path: Path) -> str:
        return given.check(path, "--account", "larare")[0].stdout.splitlines()[3].strip()

    assert line(alone).startswith("KLART SÅ LÅNGT FILEN RÄCKER   ")
    assert line(alone).endswith(" kunde inte bedömas")
    assert line(har).startswith("KLART   ")
    assert "kunde inte" not in line(har)
    table = given.check(har, alone, "--account", "larare")[0].stdout
    assert "\n  KLART SÅ LÅNGT FILEN RÄCKER   2 av 2 inloggningar håller.\n" in table
    assert "Båda inloggningarna håller för Skolfederation och Skolverket" not in table


def test_a_fault_in_such_a_file_is_a_fault(files: tuple[Path, Path]) -> None:
    (files[1].parent / "fel.xml").write_bytes(exempelstad.answer(exempelstad.flow("larare", "scope-wrong")))
    said = given.check(files[1].parent / "fel.xml", "--account", "larare")[0].stdout.splitlines()[3]
    assert said.startswith("  INTE KLART   1 fel stoppar lärare · ")
    assert said.endswith(" kunde inte bedömas")


def test_a_page_and_every_other_report_is_made_of_such_a_file(files: tuple[Path, Path]) -> None:
    for path in files:
        for form in FORMATS:
            result, problem = given.check(path, "--account", "larare", "--format", form)
            assert problem is None
            assert result.stdout
    page = re.sub(r"<[^>]*>", "", given.check(files[1], "--account", "larare", "--format", "html")[0].stdout)
    assert "Inloggningen håller så långt filen räcker" in page
    assert re.search(r"\d+ regler kunde inte bedömas, för filen säger inte tillräckligt", page)
    assert "Inget behöver göras" not in page
    assert "Inget behöver göras" in given.check(files[0], "--account", "larare", "--format", "html")[0].stdout


def test_an_accounts_own_ruleset_and_its_waivers_hold_for_a_file_too(files: tuple[Path, Path]) -> None:
    folder = files[0].parent
    (folder / "egna.toml").write_text(OWN, encoding="utf-8")
    text = (folder / "idptest.toml").read_text(encoding="utf-8").replace('"dnp", "eppn-objectguid"', '"dnp", "egna.toml"')
    (folder / "idptest.toml").write_text(
        text + '[[waiver]]\nrule = "egna/answered-level"\nreason = "ärende 4711"\nuntil = 2027-03-31\n', encoding="utf-8"
    )
    found = report(files[0], "--account", "vikarie")
    assert found["target"]["rulesets"] == ["dnp", "egna.toml"]
    (own,) = (each for each in found["findings"] if each["rule"] == "egna/answered-level")
    assert (own["verdict"], own["waiver"]["reason"]) == ("fail", "ärende 4711")
