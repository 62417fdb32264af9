"""Exempelstad's defects from the command line: what the list promises is what `idptest login` says, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idptest import catalogue
from idptest.cli import group
from idptest.demo.defects import DEFECTS
from idptest.model.rule import Level

NAMED = (
    "scope-wrong", "scope-undeclared", "eppn-missing", "eppn-two-values", "eppn-short-name", "eppn-base64", "eppn-byte-order", "eppn-braces",
    "eppn-upper-case", "eppn-upn", "eppn-personnummer", "level-missing", "level-unrequested", "level-password-at-loa3", "level-certified-claim",
    "unsigned", "signed-by-other-key", "sha1", "wrong-audience", "wrong-recipient", "wrong-destination", "wrong-in-response-to", "expired",
    "not-yet-valid", "issuer-other", "two-assertions", "over-release",
)  # fmt: skip
# One in six of those by OpenID Connect: test_scenarios.py judges all; here it is the command that is asked.
BY_OIDC = tuple(defect.name for defect in DEFECTS if (defect.protocol, defect.command) == ("oidc", "login"))[::6]
LEVELS = {rule.id: rule.level for rule in catalogue.all_rules()}


LOGINS = {defect.name for defect in DEFECTS if defect.command == "login"}
# They break a note and nothing else.
NOTES = tuple(defect.name for defect in DEFECTS if {LEVELS[rule] for rule in defect.fails} == {Level.NOTE})


def run(*words: str) -> Result:
    return CliRunner().invoke(group, words, prog_name="idptest", standalone_mode=False)


def listed() -> dict[str, dict[str, object]]:
    return {row["name"]: row for row in json.loads(run("demo", "--list-defects", "--format", "json").output)}


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_list_holds_every_defect_and_what_each_breaks() -> None:
    rows = listed()
    assert list(rows) == [defect.name for defect in DEFECTS]
    for defect in DEFECTS:
        assert rows[defect.name] == {
            "name": defect.name,
            "protocol": defect.protocol,
            "account": defect.account,
            "about": defect.about.en,
            "command": defect.command + (" --fail-on note" if defect.name in NOTES else ""),
            "fails": list(defect.fails),
        }


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_the_list_for_people_says_how_much_each_rule_weighs(lang: str) -> None:
    lines = [" ".join(line.split()) for line in run("demo", "--list-defects", "--lang", lang).output.splitlines()]
    assert lines == [
        line
        for defect in DEFECTS
        for line in (f"{defect.name} {defect.about.text(lang)}", *(f"{LEVELS[rule].value.upper()} {rule}" for rule in defect.fails))
    ]


@pytest.mark.parametrize("name", [*NAMED, *BY_OIDC, *(name for name in NOTES if name in LOGINS)])
def test_a_login_fails_exactly_what_the_list_names(name: str) -> None:
    defect = next(known for known in DEFECTS if known.name == name)
    done = run(
        "login",
        "--demo",
        defect.account,
        "--defect",
        name,
        "--protocol",
        defect.protocol,
        "--fail-on",
        "note" if name in NOTES else "should",
        "--format",
        "json",
    )
    told = json.loads(done.output)
    failed = {found["rule"] for report in told.get("reports", [told]) for found in report["findings"] if found["verdict"] == "fail"}
    assert failed == set(defect.fails)
    assert done.return_value == 1


@pytest.mark.parametrize(
    "names",
    [
        ("oidc-pages-in-swedish-alone", "oidc-eppn-is-the-upn"),
        ("unikum-gets-too-much", "wrong-audience"),
        ("name-id-mail", "wrong-recipient"),
    ],
    ids=" and ".join,
)
def test_of_two_defects_none_hides_the_other(names: tuple[str, str]) -> None:
    """Also when one is about a service with rulesets of its own, and the other about everybody."""
    first, second = (next(known for known in DEFECTS if known.name == name) for name in names)
    done = run("login", "--demo", "larare", *(f"--defect={name}" for name in names), "--protocol", first.protocol, "--format", "json")
    told = json.loads(done.output)
    failed = {found["rule"] for report in told.get("reports", [told]) for found in report["findings"] if found["verdict"] == "fail"}
    assert {*first.fails, *second.fails} <= failed
    assert done.return_value == 1


@pytest.mark.parametrize("name", NAMED)
def test_those_that_everybody_knows_break_more_than_a_note(name: str) -> None:
    assert listed()[name]["command"] == "login"
