"""The history on a disk that is full, or read-only: one clear line, nothing lost, and the next run works. Takes root, to mount one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from idptest.adapters.history import add, read
from idptest.errors import ConfigurationError
from tests.adapters.test_history import numbered, silent

SIZE = 256 * 1024  # bytes


def mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    if os.name != "posix" or os.geteuid() != 0 or not mount("-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(tmp_path)):
        pytest.skip("no tmpfs can be mounted here")
    yield tmp_path
    subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def test_a_full_disk_is_one_line_and_nothing_is_lost(disk: Path) -> None:
    add(disk, [numbered(0)], silent)
    filler = disk / "filler"
    filler.write_bytes(bytes(SIZE - 96 * 1024))
    written = 1
    with pytest.raises(ConfigurationError, match="the disk is full"):
        while written < 1000:
            add(disk, [numbered(written)], silent)
            written += 1
    assert 1 < written < 1000
    assert [seen.flow for seen in read(disk, silent)] == [f"flow-{number}" for number in range(written)]
    filler.unlink()
    add(disk, [numbered(written)], silent)
    assert len(read(disk, silent)) == written + 1


def test_a_disk_without_room_for_the_first_row(disk: Path) -> None:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass
    with pytest.raises(ConfigurationError, match=r"full|cannot be written|SQLite"):
        add(disk, [numbered(0)], silent)
    filler.unlink()
    add(disk, [numbered(1)], silent)
    assert [seen.flow for seen in read(disk, silent)] == ["flow-1"]


def test_a_read_only_disk_is_one_line_and_is_still_read(disk: Path) -> None:
    add(disk, [numbered(0)], silent)
    assert mount("-o", "remount,ro", str(disk))
    with pytest.raises(ConfigurationError, match="read-only"):
        add(disk, [numbered(1)], silent)
    assert [seen.flow for seen in read(disk, silent)] == ["flow-0"]
    assert mount("-o", "remount,rw", str(disk))
    add(disk, [numbered(1)], silent)
    assert len(read(disk, silent)) == 2
