"""Several logins with OpenID Connect among them: by both protocols, or again and again; and what differs between them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from idptest.cli import group
from idptest.demo.defect import Defect
from idptest.demo.defects.protocols import BOTH, DEFECTS, REPEATED


def failing(*words: str) -> tuple[int, set[str]]:
    result = CliRunner().invoke(group, [*words, "--demo", "larare", "--format", "json"], prog_name="idptest", standalone_mode=False)
    assert result.exception is None, result.exception
    reports = json.loads(result.stdout)["reports"]
    return int(result.return_value or 0), {
        finding["rule"] for report in reports for finding in report["findings"] if finding["verdict"] == "fail"
    }


def test_the_teacher_is_the_same_by_both() -> None:
    assert failing(*BOTH.split()) == (0, set())
    assert failing(*REPEATED.split()) == (0, set())


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda each: each.name)
def test_a_difference_is_told_and_nothing_else(defect: Defect) -> None:
    assert failing(*defect.command.split(), "--defect", defect.name)[1] == set(defect.fails)
