"""Files are written whole or not at all, and nobody else reads what is private."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from idptest.adapters import store
from idptest.errors import ConfigurationError, InputError
from idptest.model.flow_file import dumps
from tests.exempelstad import flow

NOW = datetime(2026, 11, 22, 7, 45, tzinfo=UTC)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("moment", ["fsync", "replace"])
@pytest.mark.parametrize("trouble", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_who_is_interrupted_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str, trouble: BaseException
) -> None:
    path = tmp_path / "flow.json"
    path.write_text("old")

    def stop(*_: object) -> None:
        raise trouble

    monkeypatch.setattr(os if moment == "fsync" else Path, moment, stop)
    with pytest.raises(KeyboardInterrupt if trouble is KeyboardInterrupt else ConfigurationError):
        store.write(path, b"new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_there_is_left_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    store.write(path, b"first", overwrite=False)
    with pytest.raises(ConfigurationError, match="exists already"):
        store.write(path, b"second", overwrite=False)
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_without_hard_links_a_file_that_is_there_is_left_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on exFAT and some network drives."""

    def none(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", none)
    path = tmp_path / "key.pem"
    store.write(path, b"first", overwrite=False)
    assert path.read_bytes() == b"first"
    with pytest.raises(ConfigurationError, match="exists already"):
        store.write(path, b"second", overwrite=False)
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]
    if os.name != "nt":
        assert mode(path) == 0o600

    monkeypatch.setattr(Path, "replace", none)
    with pytest.raises(ConfigurationError, match="permission denied"):
        store.write(tmp_path / "other.pem", b"third", overwrite=False)
    assert list(tmp_path.iterdir()) == [path], "no empty file is left where none was written"


def test_a_folder_that_is_a_file_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "flows").write_text("")
    with pytest.raises(ConfigurationError, match="no folder"):
        store.write(tmp_path / "flows" / "flow.json", b"", overwrite=False)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other means")
def test_modes(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        store.write(tmp_path / "private", b"")
        assert mode(tmp_path / "private") == 0o600
        # What others are to read, such as our metadata, has the mode that the user's files have.
        store.write(tmp_path / "public", b"", private=False)
        assert mode(tmp_path / "public") == 0o644
        assert os.umask(0o022) == 0o022
        (tmp_path / "public").chmod(0o640)
        store.write(tmp_path / "public", b"", private=False)
        assert mode(tmp_path / "public") == 0o640
        # What was readable becomes private.
        store.write(tmp_path / "public", b"")
        assert mode(tmp_path / "public") == 0o600
    finally:
        os.umask(before)


def test_old_flows_go_with_their_pages_and_nothing_else_does(tmp_path: Path) -> None:
    flows = tmp_path / store.FLOWS
    for name, days in (("old", 31), ("new", 29)):
        (flows / name).mkdir(parents=True)
        for path in (flows / f"{name}.json", flows / name / "page-3.html"):
            path.write_text("")
            then = (NOW - timedelta(days=days)).timestamp()
            os.utime(path, (then, then))
    (tmp_path / "old.json").write_text("")
    os.utime(tmp_path / "old.json", (0, 0))
    assert store.tidy(tmp_path, 30, NOW) == 1
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"old.json", ".idptest/flows/new.json", ".idptest/flows/new/page-3.html"}
    assert not (flows / "old").exists()
    assert store.tidy(tmp_path / "nowhere", 30, NOW) == 0


def test_what_else_lies_beside_a_page_does_not_keep_the_flow(tmp_path: Path) -> None:
    flows = tmp_path / store.FLOWS
    (flows / "old").mkdir(parents=True)
    for path in (flows / "old.json", flows / "old" / "notes.txt"):
        path.write_text("")
        os.utime(path, (0, 0))
    assert store.tidy(tmp_path, 30, NOW) == 1
    assert [path.name for path in flows.rglob("*") if path.is_file()] == ["notes.txt"]


def test_what_a_killed_run_left_half_written_goes_too(tmp_path: Path) -> None:
    flows = tmp_path / store.FLOWS
    script = (
        "import os, signal, sys; from pathlib import Path; from idptest.adapters import store\n"
        "os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"store.write(Path({str(flows / 'x.json')!r}), b'personal')"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode != 0
    (half,) = flows.iterdir()
    assert half.name != "x.json"
    store.tidy(tmp_path, 30, datetime.now(UTC))
    assert half.exists(), "it may be another run's, still at work"
    os.utime(half, (0, 0))
    assert store.tidy(tmp_path, 30, NOW) == 0
    assert not list(flows.iterdir())


# --- flows


def test_a_flow_is_saved_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    captured = replace(flow(), id="20261122-074500-larare-ab12")
    path = store.save_flow(tmp_path, captured)
    assert store.load_flow(path) == captured
    if os.name != "nt":
        assert mode(path) == 0o600
    with pytest.raises(ConfigurationError, match="exists already"):
        store.save_flow(tmp_path, captured)
    stopped = replace(captured, id="20261122-074501-larare-cd34")
    path = store.save_flow(tmp_path, stopped, b"<p>")
    assert (path.with_suffix("") / f"page-{captured.ended.exchange}.html").read_bytes() == b"<p>"


def test_a_login_is_saved_with_its_page_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    captured = replace(flow(), id="20261122-074500-larare-ab12")
    (tmp_path / store.FLOWS).mkdir(parents=True)
    (tmp_path / store.FLOWS / str(captured.id)).write_text("a file where the page's folder should be")
    with pytest.raises(ConfigurationError, match="no folder"):
        store.save_flow(tmp_path, captured, b"<p>")
    assert not list((tmp_path / store.FLOWS).glob("*.json"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"{}",
        b'{"format": "idptest-flow/',
        b'{"format": "idptest-flow/1"}',
        b'{"format": "idptest-flow/2"}',
        b"\x89PNG",
        b"[" * 100_000,
        b"null",
        b"<xml/>",
    ],
)
def test_what_is_no_flow_is_said_in_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(data)
    with pytest.raises(InputError, match="no flow") as refused:
        store.load_flow(path)
    assert "\n" not in refused.value.line("sv")
    assert not {"it", "its", "not", "is", "are", "and"} & set(refused.value.line("sv").replace(str(path), "").split())
    assert refused.value.where == str(path)


def test_what_cannot_be_read_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (tmp_path / "nowhere.json", tmp_path, tmp_path / "nowhere" / "x.json"):
        with pytest.raises(InputError) as refused:
            store.load_flow(path)
        assert "\n" not in refused.value.line("sv")
    with pytest.raises(InputError, match="larger"):
        (tmp_path / "x").write_bytes(b"12345")
        store.read_file(tmp_path / "x", 4)


def test_a_flow_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(dumps(flow()), encoding="utf-8-sig")
    assert store.load_flow(path) == flow()


def test_the_workspace_is_the_nearest_folder_upwards(tmp_path: Path) -> None:
    (tmp_path / "idptest.toml").write_text("")
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert store.workspace(tmp_path / "a" / "b") == tmp_path
    (tmp_path / "a" / "idptest.toml").mkdir()
    assert store.workspace(tmp_path / "a" / "b") == tmp_path


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes of another kind")
def test_what_is_no_file_is_written_to_and_stays_what_it_is(tmp_path: Path) -> None:
    """As root a file would else take the place of /dev/stdout, or of /dev/null."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen([sys.executable, "-c", f"print(open({str(pipe)!r}).read())"], stdout=subprocess.PIPE) as reader:
        store.write(pipe, b"a report")
        assert reader.stdout is not None
        assert reader.stdout.read().strip() == b"a report"
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert list(tmp_path.iterdir()) == [pipe]


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="a device of Linux")
def test_a_device_that_takes_nothing_is_one_line() -> None:
    with pytest.raises(ConfigurationError) as refused:
        store.write(Path("/dev/full"), b"a report")
    assert refused.value.line("en") == "/dev/full: cannot be written: the disk is full"
    assert Path("/dev/full").is_char_device()


def test_where_there_is_no_room_the_folder_is_named_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    store.check_room(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigurationError) as refused:
        store.check_room(tmp_path)
    assert refused.value.where == str(tmp_path / store.FLOWS)
    assert refused.value.words.sv == "går inte att skriva: disken är full"
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_interrupted_while_it_looks_for_room_it_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = store.write

    def interrupted(path: Path, data: bytes) -> None:
        written(path, data)
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.check_room(tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
