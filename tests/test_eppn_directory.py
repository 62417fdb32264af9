"""idptest eppn directory: what an administrator sees, and what stands in idptest.toml afterwards."""

from __future__ import annotations

import contextlib
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import ldap3
import pytest
from click.testing import CliRunner

from idptest.adapters import directory_accounts
from idptest.adapters.directory import Directory
from idptest.adapters.directory_connection import Unreachable
from idptest.cli import group
from idptest.model.settings import DirectorySettings
from idptest.settings_template import template
from tests.exempelstad import flow

OWN, CARRIED = UUID("fc79e369-18a3-40c4-aa33-d92057bfff65"), UUID("35918bc9-196d-40ea-9779-889d79b753f0")
BASE = "DC=exempelstad,DC=se"
TABLE = '\n[directory]\nurl = "ldaps://dc1"\nbase = "DC=exempelstad,DC=se"\nusername = "läsare"\npassword_env = "AD_PASSWORD"\n'
PERSON = {
    "objectClass": "user",
    "objectCategory": "person",
    "sAMAccountName": "larare1",
    "userPrincipalName": "larare1@exempelstad.se",
    "givenName": "Åsa",
    "sn": "Ö\x1b[2Jström",
    "objectGUID": OWN.bytes_le,
}


@pytest.fixture
def people() -> dict[str, dict[str, Any]]:
    """What the directory has, by name."""
    return {"Åsa": dict(PERSON)}


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, people: dict[str, dict[str, Any]]) -> Path:
    @contextlib.contextmanager
    def opened(settings: DirectorySettings, folder: Path, password: str) -> Iterator[Directory]:
        if settings.host == "nowhere":
            raise Unreachable("nowhere:636: nobody answers there", "nowhere:636: ingen svarar där")
        assert password == "hemligt"
        connection = ldap3.Connection(ldap3.Server("imitation", get_info=ldap3.NONE), client_strategy=ldap3.MOCK_SYNC)
        for name, person in people.items():
            connection.strategy.add_entry(f"CN={name},{BASE}", person)
        connection.bind()
        yield Directory(settings, connection, lambda key: f"idptest.toml:{key}")

    monkeypatch.setattr(directory_accounts, "opened", opened)
    monkeypatch.setenv("AD_PASSWORD", "hemligt")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "idptest.toml").write_text(template("sv") + TABLE, encoding="utf-8", newline="")
    (tmp_path / "idp-metadata.xml").write_bytes(flow("elev").idp.metadata)
    return tmp_path


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(group, ["eppn", "directory", *words], prog_name="idptest", standalone_mode=False)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return 2, "", str(done.exception)
    return done.return_value or done.exit_code, done.stdout, done.stderr


def account(folder: Path, name: str = "larare") -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((folder / "idptest.toml").read_text(encoding="utf-8"))["account"][name]
    return found


def test_what_identifies_a_person_is_masked(workspace: Path) -> None:
    code, out, _ = run("larare", "--lang", "en")
    assert code == 0
    assert f"EPPN should be         {str(OWN)[:4]}…ff65@exempelstad.se   (exempelstad, objectGUID)" in out
    assert 'object_guid = "fc79…ff65"   # not in idptest.toml' in out and "put them in with --write" in out
    assert not any(piece in out for piece in ("Åsa", "ström", "larare1", str(OWN), "\x1b"))
    assert "object_guid" not in account(workspace)
    code, out, _ = run("larare", "--lang", "sv", "--show-values")
    assert code == 0 and f"EPPN ska vara          {OWN}@exempelstad.se" in out and "Åsa" in out and "\x1b" not in out


def test_what_is_missing_is_written_and_nothing_else(workspace: Path) -> None:
    before = (workspace / "idptest.toml").read_text(encoding="utf-8")
    code, out, _ = run("larare", "--write", "--format", "json")
    [told] = json.loads(out)["accounts"]
    assert code == 0 and {fact["state"] for fact in told["facts"]} == {"written"}
    assert {key: account(workspace)[key] for key in ("object_guid", "given_name")} == {"object_guid": str(OWN), "given_name": "Åsa"}
    after = (workspace / "idptest.toml").read_text(encoding="utf-8")
    assert [line for line in after.splitlines() if line in before.splitlines()] == before.splitlines()
    stamp = (workspace / "idptest.toml").stat().st_mtime_ns
    code, out, _ = run("larare", "--write", "--format", "json")
    assert code == 0 and {fact["state"] for fact in json.loads(out)["accounts"][0]["facts"]} == {"same"}
    assert (workspace / "idptest.toml").stat().st_mtime_ns == stamp


def test_what_differs_is_said_and_left(workspace: Path, people: dict[str, dict[str, Any]]) -> None:
    """A deleted account that was created anew must not become right by itself."""
    run("larare", "--write")
    people["Åsa"]["objectGUID"] = CARRIED.bytes_le
    for words in ((), ("--write",)):
        code, out, _ = run("larare", *words, "--lang", "en")
        assert code == 1 and 'object_guid = "3591…53f0"   # idptest.toml has fc79…ff65' in out
        assert account(workspace)["object_guid"] == str(OWN)
    code, out, _ = run("larare", "--write", "--replace", "--lang", "en")
    assert code == 0 and "# replaced fc79…ff65" in out
    assert account(workspace)["object_guid"] == str(CARRIED)


def test_the_source_that_the_municipality_chose(workspace: Path, people: dict[str, dict[str, Any]]) -> None:
    path = workspace / "idptest.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('eppn_source = "objectGUID"', 'eppn_source = "mS-DS-ConsistencyGuid"'), encoding="utf-8")
    assert "? (the account has no mS-DS-ConsistencyGuid" in run("larare", "--lang", "en")[1]
    people["Åsa"]["mS-DS-ConsistencyGuid"] = CARRIED.bytes_le
    _, out, _ = run("larare", "--show-values", "--lang", "en", "--write")
    assert f"EPPN should be         {CARRIED}@exempelstad.se" in out and account(workspace)["object_guid"] == str(CARRIED)
    path.write_text(text.replace('eppn_source = "objectGUID"', 'eppn_source = "other"'), encoding="utf-8")
    assert "eppn_attribute in [directory] says which" in run("larare", "--lang", "en")[1]
    (workspace / "idp-metadata.xml").unlink()
    path.write_text(text, encoding="utf-8")
    assert "? (the domain is not known: " in run("larare", "--lang", "en")[1]


def test_who_is_not_found_is_said_and_the_others_are_told(workspace: Path, people: dict[str, dict[str, Any]]) -> None:
    code, out, err = run("--format", "json", "--lang", "en")
    assert code == 2 and [told["account"] for told in json.loads(out)["accounts"]] == ["larare"]
    assert err == "idptest: idptest.toml:45: no account below base has [account.elev]'s username as sAMAccountName\n"
    run("larare", "--write")
    people["Åsa"]["sAMAccountName"] = "asa.ost"
    assert "the one with its object_guid is there: it has another name now; change username" in run("larare", "--lang", "en")[2]


def test_several_directories(workspace: Path) -> None:
    path = workspace / "idptest.toml"
    one = TABLE.replace("[directory]", "[directory.{}]")
    text = template("sv")
    path.write_text(text + one.format("personal") + one.format("elever"), encoding="utf-8")
    assert "is in several directories (personal, elever); say which with --directory" in run("larare", "--lang", "en")[2]
    assert run("larare", "--directory", "elever")[0] == 0
    assert 'there is no [directory.elev]; did you mean "elever"?' in run("larare", "--directory", "elev")[2]


@pytest.mark.parametrize(
    ("old", "new", "words", "code", "said"),
    [
        (TABLE, "", (), 2, "there is no table [directory]"),
        ('"AD_PASSWORD"', '"AD_LOSEN"', (), 2, "[directory] password_env: the environment variable AD_LOSEN is not set"),
        ('password_env = "AD_PASSWORD"', "", (), 2, "password_env is missing, and nobody is there to be asked"),
        ('"ldaps://dc1"', '"ldaps://nowhere"', (), 3, "nowhere:636: nobody answers there"),
        ('username = "larare1"\n', "", (), 2, "[account.larare] has no username to look for"),
        ("", "", ("--replace",), 2, "--replace goes with --write"),
        ("", "", ("lärare",), 2, 'there is no [account.lärare]; did you mean "larare"?'),
    ],
)
def test_what_is_wrong_is_one_line(workspace: Path, old: str, new: str, words: tuple[str, ...], code: int, said: str) -> None:
    path = workspace / "idptest.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1 if old else 0), encoding="utf-8")
    found = run(*(words or ("larare",)), "--lang", "en")
    assert (found[0], found[1]) == (code, "") and said in found[2] and len(found[2].strip().splitlines()) == 1
