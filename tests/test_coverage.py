"""No test case worth having is left out: each is settled by rules that exist, or says why not."""

from __future__ import annotations

from docs import rows
from idptest import catalogue

EVERY = rows.rows()


def test_no_row_is_left_out() -> None:
    assert [row.id for row in EVERY] == rows.expected()


def test_every_row_has_rules_or_a_reason() -> None:
    assert [row.id for row in EVERY if not row.rules and not row.reason] == []


def test_every_rule_that_a_row_names_exists() -> None:
    known = {rule.id for rule in catalogue.all_rules()}
    assert {rule for row in EVERY for rule in row.rules} - known == set()


def test_a_row_is_a_line_of_our_own() -> None:
    assert [row.id for row in EVERY if "\n" in row.about or len(row.about) > 160] == []
