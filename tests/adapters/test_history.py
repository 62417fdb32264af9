"""The history's file: nothing is lost, whatever happens to it, and every trouble is one line."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.histories import NOW, Municipality
from idptest.adapters import history
from idptest.adapters.history import FILE, KEY, MIGRATIONS, add, check, key, read
from idptest.errors import ConfigurationError
from idptest.model.history import Observation
from idptest.model.rule import Words

[SEEN] = Municipality().seen(NOW)

# Adds rows until it is killed, and says so of each when it is safe.
WRITER = """
import sys
from pathlib import Path
from fixtures.histories import NOW
from idptest.adapters.history import add
from tests.adapters.test_history import SEEN, numbered
folder, start, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
for number in range(start, start + count):
    add(folder, [numbered(number)], print)
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


def numbered(number: int) -> Observation:
    return replace(SEEN, flow=f"flow-{number}")


def writer(folder: Path, start: int, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(folder), str(start), str(count)], stdout=subprocess.PIPE, text=True)


def silent(words: Words) -> None:
    pytest.fail(words.en)


def flows(folder: Path) -> set[str | None]:
    return {seen.flow for seen in read(folder, silent)}


def refused(folder: Path) -> str:
    with pytest.raises(ConfigurationError) as problem:
        add(folder, [SEEN], silent)
    assert "\n" not in problem.value.line("sv")
    return problem.value.line("en")


def test_what_is_added_is_read_oldest_first_and_private(tmp_path: Path) -> None:
    assert read(tmp_path, silent) == []
    add(tmp_path, [numbered(1)], silent)
    add(tmp_path, [numbered(2), replace(numbered(0), at=NOW.replace(year=2025))], silent)
    assert [seen.flow for seen in read(tmp_path, silent)] == ["flow-0", "flow-1", "flow-2"]
    assert [seen.flow for seen in read(tmp_path, silent, NOW.replace(month=1))] == ["flow-1", "flow-2"]
    assert read(tmp_path, silent)[1] == numbered(1)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert len(key(tmp_path)) == 32
    assert key(tmp_path) == key(tmp_path)
    assert stat.S_IMODE((tmp_path / KEY).stat().st_mode) == 0o600


def test_a_key_that_is_none_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / KEY).parent.mkdir()
    (tmp_path / KEY).write_text("abc")
    with pytest.raises(ConfigurationError, match="no key"):
        key(tmp_path)
    assert (tmp_path / KEY).read_text() == "abc"


@pytest.mark.parametrize("version", range(len(MIGRATIONS)))
def test_an_older_file_goes_step_by_step_to_ours(tmp_path: Path, version: int) -> None:
    (tmp_path / FILE).parent.mkdir()
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as database:
        for step in MIGRATIONS[:version]:
            for statement in step:
                database.execute(statement)
        database.execute(f"PRAGMA user_version = {version}")
        database.commit()
    add(tmp_path, [SEEN], silent)
    assert read(tmp_path, silent) == [SEEN]
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


def test_a_newer_file_is_refused_in_one_line_and_left_alone(tmp_path: Path) -> None:
    add(tmp_path, [SEEN], silent)
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("PRAGMA user_version = 99")
    before = (tmp_path / FILE).read_bytes()
    assert "version 99" in refused(tmp_path)
    with pytest.raises(ConfigurationError, match="use a newer idptest"):
        check(tmp_path)
    assert (tmp_path / FILE).read_bytes() == before


@pytest.mark.parametrize("damage", ["not a database", "overwritten", "cut short"])
def test_a_damaged_file_is_put_aside_and_a_new_one_begun(tmp_path: Path, damage: str) -> None:
    add(tmp_path, [numbered(number) for number in range(200)], silent)
    path, said = tmp_path / FILE, []
    whole = path.read_bytes()
    path.write_bytes(
        {
            "not a database": b"hello" * 1000,
            "overwritten": whole[:4096] + os.urandom(len(whole) - 4096),
            "cut short": whole[: len(whole) // 2],
        }[damage]
    )
    damaged = path.read_bytes()
    add(tmp_path, [SEEN], said.append)
    assert read(tmp_path, silent) == [SEEN]
    [line] = said
    [aside] = path.parent.glob("history-damaged-*.sqlite3")
    assert aside.name in line.en and aside.name in line.sv
    assert aside.read_bytes() == damaged


def test_a_locked_file_is_one_line_and_the_next_run_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "WAIT", 0.1)
    add(tmp_path, [numbered(1)], silent)
    with contextlib.closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "another program holds it" in refused(tmp_path)
    add(tmp_path, [numbered(2)], silent)
    assert flows(tmp_path) == {"flow-1", "flow-2"}


def test_a_row_that_cannot_be_read_is_told_and_hides_no_other(tmp_path: Path) -> None:
    add(tmp_path, [numbered(1), numbered(2)], silent)
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("UPDATE observation SET record = '{' WHERE id = 1")
        database.commit()
    said: list[Words] = []
    assert [seen.flow for seen in read(tmp_path, said.append)] == ["flow-2"]
    assert "1 of 2" in said[0].en


def test_several_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    writers = [writer(tmp_path, start, 20) for start in (0, 100, 200)]
    assert [(process.communicate(timeout=120)[0].split()[-1], process.returncode) for process in writers] == [
        ("19", 0),
        ("119", 0),
        ("219", 0),
    ]
    assert flows(tmp_path) == {f"flow-{number}" for start in (0, 100, 200) for number in range(start, start + 20)}


def test_who_is_killed_at_any_moment_loses_nothing_that_was_said_to_be_written(tmp_path: Path) -> None:
    safe: set[str] = set()
    for turn in range(6):
        process = writer(tmp_path, turn * 1000, 1000)
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(0.003 * turn)
        process.kill()
        rest, _ = process.communicate(timeout=60)
        safe |= {f"flow-{number}" for number in (first + rest).split("\n")[:-1]}
        assert safe <= {str(name) for name in flows(tmp_path)}
    add(tmp_path, [numbered(9999)], silent)
    assert "flow-9999" in flows(tmp_path)
    assert not list(tmp_path.rglob("history-damaged-*"))
