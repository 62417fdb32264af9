"""What a run of the tests has tried, told at its end: the numbers in the READMEs, which may not be more."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.mutations import CASES, CRASHES, MUTATED, TRIED

TOO_MUCH: list[str] = []


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for handle in {id(found): found for item in items if (found := _hypothesis(item))}.values():
        handle.inner_test = _counted(handle.inner_test)


def _hypothesis(item: pytest.Item) -> Any:
    """Hypothesis' handle on a test of its own, through which it calls the test with each case."""
    return getattr(getattr(item, "obj", None), "hypothesis", None)


def _counted(test: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(test)
    def counting(*arguments: Any, **named: Any) -> Any:
        TRIED[CASES] += 1
        return test(*arguments, **named)

    return counting


def overstated(readme: str) -> list[str]:
    """What the README says of them and this run did not reach."""
    said = {
        MUTATED: re.search(r"(\d+) (?:mutated logins|förvanskade inloggningar)", readme),
        CASES: re.search(r"(\d+) (?:hypothesis cases|fall från Hypothesis)", readme),
    }
    return [what if found is None else found[0] for what, found in said.items() if found is None or int(found[1]) > TRIED[what]]


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A run of all tests fails when the READMEs promise more than it tried."""
    options = session.config.option
    part = (
        session.config.args_source is not pytest.Config.ArgsSource.TESTPATHS or options.keyword or options.markexpr or options.collectonly
    )
    if exitstatus == pytest.ExitCode.OK and not part:
        for name in ("README.md", "README.sv.md"):
            for said in overstated((session.config.rootpath / name).read_text(encoding="utf-8")):
                TOO_MUCH.append(f"{name}: {said}: fewer were tried")
                session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if TRIED[CASES] or TRIED[MUTATED]:
        for line in TOO_MUCH:
            terminalreporter.write_line(line)
        terminalreporter.write_line(f"tried: {TRIED[CASES]} {CASES}, {TRIED[MUTATED]} {MUTATED}; {CRASHES}: {TRIED[CRASHES]}")


@pytest.fixture(scope="session")
def own_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The .idptest of a workspace, to copy: making keys takes longer than all else."""
    from idptest.adapters.keys import make

    folder = tmp_path_factory.mktemp("keys")
    for name in ("sp", "encryption"):
        make(folder, name, f"idptest {name}")
    return folder / ".idptest"
