"""One rule's outcome on a correct login that was changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from idptest.model.flow import Flow
from idptest.model.report import Finding
from idptest.selftest.good import Good, good
from idptest.validator import judge

NOW = datetime(2026, 11, 22, 7, 45, tzinfo=UTC)


def login() -> Good:
    return good(NOW)


def finding(flow: Flow, rule: str) -> Finding:
    """The rule's only finding, or its first failure."""
    found = [each for each in judge(flow).findings if each.rule.id == rule]
    return next((each for each in found if each.failed), found[0])


def verdict(flow: Flow, rule: str) -> str:
    return finding(flow, rule).verdict.value


def element(path: str, change: Callable[[Any], object]) -> Callable[[Any], None]:
    """Changes the first element there."""
    from idptest.selftest.good import one

    def made(root: Any) -> None:
        change(one(root, path))

    return made
