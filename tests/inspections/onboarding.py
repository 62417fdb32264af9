"""Cases of onboarding: a step in every state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from idptest.model.inspection import ONBOARDING, Inspection
from idptest.model.onboarding import BLOCKED, DONE, NOT_YET, SKIPPED, UNSETTLED, Block, Taken
from idptest.model.rule import Words
from tests.inspections import Case

NOW = datetime(2026, 11, 22, 7, 45, tzinfo=UTC)
_WHY = (Block(Words("it is broken", "den är trasig")),)


def cases() -> Iterator[Case]:
    for state in (DONE, SKIPPED, NOT_YET, UNSETTLED, BLOCKED):
        step = Taken("metadata", Words("The metadata", "Metadata"), 2, 5, state, NOW, _WHY if state in (UNSETTLED, BLOCKED) else ())
        fails = ("onboarding/step-is-done",) if state == BLOCKED else ()
        yield Case(state, Inspection(ONBOARDING, "exempelstad", NOW, {Taken: (step,)}), fails)
