"""`idptest login` in a workspace: whether logins can be saved is found out before anything is sent; a judgement is never lost."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idptest.adapters import store
from idptest.adapters.http_client import HttpClient
from idptest.cli import group
from idptest.errors import ConfigurationError
from tests.tls import pair


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(group, ["init", "--lang", "en"]).exit_code == 0
    return tmp_path


def login(*arguments: str) -> Result:
    result = CliRunner().invoke(group, ["login", "--lang", "en", *arguments], standalone_mode=False)
    if result.exception and not isinstance(result.exception, ConfigurationError):
        raise result.exception
    return result


def flows(folder: Path) -> list[Path]:
    return list((folder / store.FLOWS).glob("*.json"))


def test_a_saved_login_leaves_nothing_else(folder: Path) -> None:
    assert login("--demo", "elev").return_value == 0
    assert len(flows(folder)) == 1
    assert [path for path in (folder / ".idptest").rglob(".*")] == []


@pytest.mark.parametrize("name", ["flows", "seen"])
def test_where_nothing_can_be_saved_nothing_is_sent(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".idptest").mkdir(exist_ok=True)
    (folder / ".idptest" / name).write_text("a file where a folder should be")
    monkeypatch.setattr("idptest.adapters.login_runner.LoginRunner.run", lambda *_: pytest.fail("a login was begun"))
    problem = login("--demo", "elev").exception
    assert isinstance(problem, ConfigurationError)
    assert "cannot be written" in problem.line("en")


def test_a_disk_that_is_full_after_all_does_not_cost_the_judgement(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = store.write

    def full(path: Path, data: bytes, **options: bool) -> None:
        if path.suffix == ".json":
            monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left on device")))
        write(path, data, **options)

    monkeypatch.setattr(store, "write", full)
    result = login("--demo", "larare", "--defect", "scope-wrong", "--format", "json")
    assert result.return_value == 1
    report = json.loads(result.stdout)
    assert report["login"]["flow"] is None
    assert report["summary"]["fail"]["must"] == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("idptest: the login was not saved: ")
    assert line.endswith("the disk is full")
    assert flows(folder) == []


def with_ca(folder: Path, ca_file: str) -> int:
    """Names the file in idptest.toml; the line where it stands."""
    path = folder / "idptest.toml"
    text = path.read_text(encoding="utf-8").replace("[idp.exempelstad]\n", f'[idp.exempelstad]\nca_file = "{ca_file}"\n')
    path.write_text(text, encoding="utf-8")
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith("ca_file"))


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "there is no such file"), (b"", "no certificate"), (b"PK\x03\x04\xff", "no certificate"), (b"-----BEGIN CERTIFICATE-----\nQUJD\n", "no certificate")],
    ids=["missing", "empty", "not PEM", "cut short"],
)  # fmt: skip
def test_a_ca_file_that_cannot_be_used_is_named_with_its_line(
    folder: Path, content: bytes | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDPTEST_ELEV_PASSWORD", "x")
    line = with_ca(folder, "ca.pem")
    if content is not None:
        (folder / "ca.pem").write_bytes(content)
    problem = login("elev").exception
    assert isinstance(problem, ConfigurationError)
    assert problem.line("en").startswith(f"idptest.toml:{line}: ca_file ca.pem: ")
    assert said in problem.line("en")


def test_a_ca_file_that_can_be_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDPTEST_ELEV_PASSWORD", "x")
    with_ca(folder, "ca.pem")
    (folder / "ca.pem").write_bytes("Exempelstads egen CA\n".encode("latin-1") + pair("Exempelstads CA").certificate_pem)
    asked: list[object] = []
    monkeypatch.setattr("idptest.adapters.targets.HttpClient", lambda **options: asked.append(options["ca_file"]) or HttpClient())
    with pytest.raises(Exception, match="no such file") as problem:
        login("elev")
    assert "idp-metadata.xml" in str(problem.value)
    assert asked == [str(folder / "ca.pem")]
