"""idptest eppn: what an administrator types, and what a script reads."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner

from idptest.cli import group
from idptest.identifiers import objectguid

VECTORS = objectguid.forms(UUID("fc79e369-18a3-40c4-aa33-d92057bfff65"))


def run(*words: str, typed: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(group, ["eppn", *words], input=typed, prog_name="idptest", standalone_mode=False)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return 2, str(done.exception)
    return done.exit_code, done.output


@pytest.mark.parametrize("form", VECTORS)
def test_convert_and_explain_are_each_others_inverse(form: str) -> None:
    code, out = run("convert", VECTORS["canonical"], "--format", "json")
    assert code == 0 and json.loads(out)[form] == VECTORS[form]
    code, out = run("explain", "--format", "json", "--guid", VECTORS["canonical"], "--", VECTORS[form])
    (found,) = json.loads(out)
    assert code == 0
    assert set(found) == {"value", "scope", "kind", "readings", "advice"}
    assert [reading["guid"] for reading in found["readings"]] == [VECTORS["canonical"]]
    assert found["readings"][0]["confidence"] == "certain"


def test_values_come_from_a_file_with_windows_line_ends(tmp_path: Path) -> None:
    file = tmp_path / "eppn.txt"
    file.write_bytes("\ufeff".encode() + f"{VECTORS['canonical']}@a.se\r\n\r\n{VECTORS['upper']}@a.se\r\n".encode())
    code, out = run("explain", "--file", str(file), "--format", "json")
    assert code == 0
    assert [found["value"] for found in json.loads(out)] == [f"{VECTORS['canonical']}@a.se", f"{VECTORS['upper']}@a.se"]


def test_values_come_from_standard_input() -> None:
    code, out = run("explain", "--lang", "sv", typed=f"{VECTORS['canonical']}@a.se\nasa.ost@a.se\n")
    assert code == 0
    assert "1 av 2: kontonamn eller e-postadress" in out


def test_nothing_to_explain_is_said() -> None:
    code, out = run("explain")
    assert code == 2 and "no value to explain" in out


def test_a_guid_that_is_none_is_refused() -> None:
    code, out = run("convert", "fc79e369")
    assert code == 2 and "is no GUID" in out


def test_a_missing_file_is_one_line() -> None:
    code, out = run("explain", "--file", "finns-inte.txt")
    assert code == 2 and "finns-inte.txt" in out


def test_what_a_terminal_would_act_upon_is_written_out() -> None:
    code, out = run("explain", "\x1b[2Jx@a.se")
    assert code == 0 and "\x1b" not in out
