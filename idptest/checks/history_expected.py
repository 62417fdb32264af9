"""Rules about the changes that somebody said would come."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.history import History
from idptest.model.rule import Level, Outcome, Text, failed, not_applicable, passed


@check(
    Level.SHOULD,
    source="https://openid.net/certification/ (read 2026-11): an expected failure that does not come is a warning",
    fix="See whether the change was really made. If it was given up, take it out of expected-changes.toml.",
    sv=Text(
        "Varje ändring som väntades har kommit",
        why="En ändring som skulle göras men inte syns är kanske inte gjord, eller inte på den nod som svarade.",
        fix="Se efter om ändringen verkligen är gjord. Är den struken, ta bort den ur expected-changes.toml.",
    ),
)
def expected_changes_came(history: History) -> Outcome:
    """Every change that was expected has come.

    A change that should have been made and is not seen may not have been made, or not on the node that answered.
    """
    wanted = [expected for expected in history.expected if expected.of(history.target.account)]
    if not wanted:
        return not_applicable("no change is expected", "ingen ändring väntas")
    seen = {kind for change in history.changes for kind in change.kinds}
    missing = tuple(expected.kind for expected in wanted if expected.kind not in seen)
    if not missing:
        return passed()
    return failed("expected, and not seen: {actual}", "väntades, men syns inte: {actual}", actual=missing)
