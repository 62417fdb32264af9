"""`idptest check` on what a login saved: byte for byte what the login said, wherever and whenever it is asked, with the IdP gone."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idptest.adapters import clock
from idptest.cli import group

LOGINS = {
    "teacher": (),
    "OpenID Connect": ("--protocol", "oidc"),
    "encrypted": ("--defect", "encrypted-with-cbc"),
    "two logins": ("--defect", "level-unrequested"),
    "not arrived": ("--defect", "level-refused"),
    "not fine by OpenID Connect": ("--protocol", "oidc", "--defect", "oidc-eppn-is-the-upn"),
}


def run(*words: str) -> Result:
    return CliRunner().invoke(group, words, prog_name="idptest", standalone_mode=False)


@pytest.mark.parametrize("name", LOGINS)
@pytest.mark.parametrize("lang", ["sv", "en"])
def test_the_report_is_the_same(name: str, lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town, elsewhere = tmp_path / "town", tmp_path / "elsewhere"
    for folder in (town, elsewhere):
        folder.mkdir()
    monkeypatch.chdir(town)
    assert run("init").return_value == 0
    asked = ("--format", "json", "--lang", lang)
    said = run("login", "--demo", "larare", *LOGINS[name], *asked)
    flows = sorted((town / ".idptest" / "flows").glob("*.json"))
    assert len(flows) == (2 if name == "two logins" else 1)

    monkeypatch.chdir(elsewhere)
    for part in ("idptest.toml", ".idptest/keys/sp-key.pem", ".idptest/keys/encryption-key.pem"):
        (town / part).unlink()
    monkeypatch.setattr(clock, "now", lambda: datetime(2031, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(time, "time", lambda: 1.9e9)
    monkeypatch.setattr(socket, "socket", None)
    again = run("check", *map(str, flows), *asked)
    assert (again.output, again.return_value) == (said.output, said.return_value)
    assert list(elsewhere.iterdir()) == []
