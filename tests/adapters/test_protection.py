"""Who else can read the workspace: permissions, Windows' access lists (as icacls gives them), synced folders, git."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from idptest.adapters import protection
from idptest.model.rule import Words

ME = "S-1-5-21-1004336348-1177238915-682003330-1001"
USUAL = f"D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;{ME})"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / ".idptest/keys/sp-key.pem"
    path.parent.mkdir(parents=True)
    path.write_text("key")
    path.chmod(0o600)
    return path


def others(folder: Path, **how: object) -> tuple[str, ...] | None:
    [file] = protection.private_files(folder, **how)  # type: ignore[arg-type]
    assert file.path == ".idptest/keys/sp-key.pem"
    return None if file.others is None else tuple(words.en for words in file.others)


@pytest.mark.parametrize(("mode", "who"), [(0o600, ()), (0o640, ("the file's group",)), (0o644, ("the file's group", "everybody"))])
def test_permissions(tmp_path: Path, key: Path, mode: int, who: tuple[str, ...]) -> None:
    key.chmod(mode)
    assert others(tmp_path, platform="linux") == who


def icacls(sddl: str, code: int = 0) -> Callable[[Sequence[str]], tuple[int, str]]:
    """As it saves the list: the file's name, then SDDL, in UTF-16."""

    def run(command: Sequence[str]) -> tuple[int, str]:
        program, path, option, saved = command
        assert (program, option) == ("icacls", "/save")
        Path(saved).write_bytes(f"{Path(path).name}\r\n{sddl}\r\n".encode("utf-16"))
        return code, ""

    return run


@pytest.mark.parametrize(
    ("sddl", "who"),
    [
        (USUAL, ()),
        (USUAL + "(A;ID;0x1200a9;;;BU)", ("every user of this computer",)),
        (USUAL + "(A;;FR;;;WD)(A;;FR;;;AU)", ("everybody", "everybody who is logged in")),
        (USUAL + "(A;ID;0x100000;;;BU)", ()),  # may wait for it, not read it
        (USUAL + "(D;;FA;;;WD)", ()),
        (USUAL + "(A;;FA;;;S-1-5-21-1004336348-1177238915-682003330-513)", ("everybody in the domain",)),
        (USUAL + "(A;;FA;;;S-1-15-2-1)", ("S-1-15-2-1",)),
    ],
)
def test_windows_by_its_access_list(tmp_path: Path, key: Path, sddl: str, who: tuple[str, ...]) -> None:
    assert others(tmp_path, platform="win32", run=icacls(sddl)) == who


@pytest.mark.parametrize("run", [lambda command: None, icacls(USUAL, code=5), icacls("nothing")])
def test_windows_that_does_not_tell(tmp_path: Path, key: Path, run: protection.Run) -> None:
    assert others(tmp_path, platform="win32", run=run) is None


def test_every_trustee_is_named_in_both_languages() -> None:
    for words in protection._MANY.values():
        assert isinstance(words, Words) and words.en != words.sv


@pytest.mark.parametrize(
    ("folder", "by"),
    [
        ("/home/anna/idptest", None),
        ("/Users/anna/OneDrive - Exempelstads kommun/idptest", "OneDrive"),
        ("/home/anna/Dropbox/it", "Dropbox"),
        ("/Users/anna/Library/Mobile Documents/com~apple~CloudDocs/idptest", "iCloud"),
        ("/home/anna/Nextcloud/idptest", "Nextcloud"),
        ("/home/anna/boxar", None),
    ],
)
def test_synced_folders(folder: str, by: str | None) -> None:
    assert protection.workspace(Path(folder), {}).synced_by == by


def test_a_synced_folder_by_the_environment() -> None:
    assert protection.workspace(Path("/data/moln/idptest"), {"OneDrive": "/data/moln"}).synced_by == "OneDrive"


def test_no_git(tmp_path: Path) -> None:
    assert not protection.workspace(tmp_path, {}).in_git


@pytest.mark.parametrize("with_git", [True, False])
def test_git_ignores_it_or_not(tmp_path: Path, key: Path, with_git: bool) -> None:
    if with_git and not shutil.which("git"):
        pytest.skip("no git")
    inner = tmp_path / "tester"
    inner.mkdir()
    if with_git:
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
        run: protection.Run = protection.run
    else:
        (tmp_path / ".git").mkdir()
        run = lambda command: None  # noqa: E731
    found = protection.workspace(inner, {}, run)
    assert (found.in_git, found.ignored, found.tracked) == (True, False, ())
    (tmp_path / ".gitignore").write_text("*.log\n.idptest/\n")
    assert protection.workspace(inner, {}, run).ignored
    if with_git:
        subprocess.run(["git", "-C", str(tmp_path), "add", "-f", ".idptest/keys/sp-key.pem"], check=True)
        assert protection.workspace(tmp_path, {}, run).tracked == (".idptest/keys/sp-key.pem",)


@pytest.mark.parametrize(
    ("platform", "who", "says"),
    [
        ("linux", (), "file permissions: you alone may read"),
        ("linux", (Words("everybody", "alla"),), "file permissions, and others may read"),
        ("win32", (), "Windows' access lists: you, the system and administrators may read"),
        ("win32", (Words("everybody", "alla"),), "Windows' access lists, and others may read"),
        ("win32", None, "Windows' access lists, which could not be read"),
    ],
)
def test_what_protects_them_is_said(platform: str, who: tuple[Words, ...] | None, says: str) -> None:
    assert protection.described([protection.PrivateFile("sp-key.pem", who)], platform).en == says
