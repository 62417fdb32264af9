"""Fixtures for what is held beside a baseline."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.regress.workspace import PUPIL, TEACHER, Start, Workspace, serving


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:
        yield lambda *defects: stack.enter_context(serving(*defects))


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.chdir(tmp_path)
    for who in (TEACHER, PUPIL):
        monkeypatch.setenv(f"IDPTEST_{who.name.upper()}_PASSWORD", who.password)
    return Workspace(tmp_path)
