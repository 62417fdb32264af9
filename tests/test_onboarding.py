"""Onboarding without I/O: which step is taken, what holds, what opens a step again, where it stops."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from idptest.errors import ConfigurationError
from idptest.model.inspection import PREFLIGHT, Inspection
from idptest.model.onboarding import BLOCKED, DONE, NOT_YET, SKIPPED, UNSETTLED, Mark, Taken
from idptest.model.preflight import Clock, Production
from idptest.model.report import Report
from idptest.model.rule import Level, Words
from idptest.onboarding import KEYS, METADATA, RESTS_ON, SETTINGS, Step, Went, dumps, inspection, loads, reopened, walk
from idptest.validator import inspect

NOW = datetime(2026, 11, 22, 7, 45, tzinfo=UTC)
HOUR = timedelta(hours=1)
PRINTS = {SETTINGS: "s1", KEYS: "k1", METADATA: "m1"}

GOOD = inspect(Inspection(PREFLIGHT, "good", NOW, {Clock: (Clock("idp", 0, 180),)}))
BAD = inspect(Inspection(PREFLIGHT, "bad", NOW, {Clock: (Clock("idp", 600, 180),), Production: (Production("idp", True, False),)}))
OPEN = inspect(Inspection(PREFLIGHT, "open", NOW, {Clock: ()}, blockers={Clock: "preflight-idp/metadata-is-at-hand"}))


class Way:
    """Three steps; `gives` says what each finds. Remembers which were taken, and what was kept after each."""

    def __init__(self, **gives: Sequence[Report] | ConfigurationError) -> None:
        self.gives: dict[str, Any] = {"one": [GOOD], "two": [GOOD], "three": [GOOD]} | gives
        self.taken: list[str] = []
        self.kept: list[list[str]] = []
        self.marks: Mapping[str, Mark] = {}

    def steps(self, hint: Words | None = None) -> list[Step]:
        rests = {"one": (SETTINGS, KEYS), "two": (METADATA,), "three": (SETTINGS, METADATA)}
        return [Step(name, Words(name, name), rests[name], HOUR, self._run(name), hint) for name in rests]

    def _run(self, name: str) -> Callable[[Any], Sequence[Report]]:
        def run(context: Any) -> Sequence[Report]:
            self.taken.append(name)
            found = self.gives[name]
            if isinstance(found, ConfigurationError):
                raise found
            return found  # type: ignore[no-any-return]

        return run

    def keep(self, marks: Mapping[str, Mark]) -> None:
        self.marks = dict(marks)
        self.kept.append(sorted(marks))

    def go(self, now: datetime = NOW, prints: Mapping[str, str] = PRINTS, hint: Words | None = None, **more: Any) -> Went:
        self.taken.clear()
        return walk(self.steps(hint), self.marks, prints, None, now=lambda: now, keep=self.keep, **more)


def states(went: Went) -> list[str]:
    return [step.state for step in went.steps]


def test_all_the_way_and_nothing_twice() -> None:
    way = Way()
    went = way.go()
    assert states(went) == [DONE] * 3 and way.taken == ["one", "two", "three"]
    assert len(went.reports) == 3
    assert way.kept == [["one"], ["one", "two"], ["one", "three", "two"]], "kept after each step"
    went = way.go(NOW + timedelta(minutes=59))
    assert states(went) == [DONE] * 3 and way.taken == [] and went.reports == ()


def test_it_stops_at_what_is_wrong_and_shows_that_alone() -> None:
    way = Way(two=[GOOD, BAD])
    went = way.go()
    assert states(went) == [DONE, BLOCKED, NOT_YET] and way.taken == ["one", "two"]
    assert went.reports == (GOOD, BAD)
    assert [block.why.en for block in went.steps[1].blocks] == [
        "The clock of idp is 10 min 00 s ahead of ours",
        "[idp.idp] is in production, so nothing was sent to it",
    ]
    assert all(block.todo and block.stops for block in went.steps[1].blocks)
    way.gives["two"] = [GOOD]
    assert states(way.go()) == [DONE] * 3 and way.taken == ["two", "three"]


def test_what_could_not_be_judged_is_no_pass() -> None:
    hint = Words("or leave it out", "eller hoppa över")
    went = Way(one=[OPEN]).go(hint=hint)
    assert states(went) == [UNSETTLED, NOT_YET, NOT_YET]
    assert went.steps[0].blocks[-1].why == hint


def test_a_mistake_of_ours_stops_it_too() -> None:
    went = Way(two=ConfigurationError("no account", "inget konto", where="idptest.toml")).go()
    assert states(went) == [DONE, BLOCKED, NOT_YET]
    assert went.error is not None and went.steps[1].blocks[0].why.sv == "idptest.toml: inget konto"


def test_what_is_left_out_is_not_taken_and_stops_nothing() -> None:
    way = Way(two=[BAD])
    assert states(way.go(skip=["two"])) == [DONE, SKIPPED, DONE] and way.taken == ["one", "three"]


@pytest.mark.parametrize(("name", "again"), [(SETTINGS, ["one", "three"]), (KEYS, ["one"]), (METADATA, ["two", "three"])])
@pytest.mark.parametrize("becomes", ["x", ""])
def test_what_changes_opens_what_rests_on_it(name: str, again: list[str], becomes: str) -> None:
    """Also when nobody knows what it is now."""
    way = Way()
    way.go()
    went = way.go(prints=PRINTS | {name: becomes})
    assert way.taken == again
    assert {step.name for step in went.steps if step.reopened == RESTS_ON[name]} == set(again)


def test_what_is_old_is_taken_again_and_what_is_from_the_future_too() -> None:
    way = Way()
    way.go()
    assert way.go(NOW + HOUR * 2) and way.taken == ["one", "two", "three"]
    assert way.go(NOW - HOUR) and way.taken == ["one", "two", "three"]


def test_a_step_that_no_longer_holds_is_not_remembered() -> None:
    way = Way()
    way.go()
    way.gives["one"] = [BAD]
    assert states(way.go(prints=PRINTS | {KEYS: "k2"})) == [BLOCKED, NOT_YET, NOT_YET]
    assert set(way.marks) == {"two", "three"}
    # What rests on nothing that has changed is still done when the first is mended.
    way.gives["one"] = [GOOD]
    way.go(prints=PRINTS | {KEYS: "k2"})
    assert way.taken == ["one"]


def test_fail_on_should() -> None:
    near = inspect(Inspection(PREFLIGHT, "near", NOW, {Clock: (Clock("idp", 0, 180),)}))
    assert states(Way(one=[near]).go(fail_on=Level.SHOULD)) == [DONE] * 3


def test_every_new_step_needs_no_mark() -> None:
    step = Way().steps()[0]
    assert reopened(step, Mark(NOW, {SETTINGS: "s1"}), PRINTS, NOW) == RESTS_ON[KEYS]


def test_what_is_written_is_read() -> None:
    way = Way()
    way.go()
    assert loads(dumps("exempelstad", way.marks), "x") == way.marks


def test_the_checklist_says_when() -> None:
    zone = timezone(timedelta(hours=1))
    steps = [
        Taken("a", Words("A", "A"), 1, 2, DONE, NOW),
        Taken("b", Words("B", "B"), 2, 2, DONE, NOW - timedelta(days=3), reopened=RESTS_ON[KEYS]),
    ]
    facts = inspection("exempelstad", steps, NOW, None, zone).facts
    assert [fact.value.sv for fact in facts if isinstance(fact.value, Words)] == [
        "klart 08:45",
        "klart 2026-11-19 (våra nycklar har ändrats)",
    ]
