"""What a run of the tests has tried, told in its last line: the numbers that the README rests on."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.mutations import CASES, CRASHES, MUTATED, TRIED


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


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if TRIED[CASES] or TRIED[MUTATED]:
        terminalreporter.write_line(f"tried: {TRIED[CASES]} {CASES}, {TRIED[MUTATED]} {MUTATED}; {CRASHES}: {TRIED[CRASHES]}")
