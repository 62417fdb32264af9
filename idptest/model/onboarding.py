"""The nouns of onboarding: a step that has been taken, or not yet, and what is remembered of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from idptest.model.inspection import Part
from idptest.model.rule import Words

DONE, BLOCKED, UNSETTLED, NOT_YET, SKIPPED = STATES = ("done", "blocked", "unsettled", "not-yet", "skipped")


@dataclass(frozen=True)
class Mark:
    """What is remembered of a step that is done: when, and the digests of what it rested on, by name."""

    at: datetime
    prints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Block:
    """Something that is in the way, and what to do about it. Not `stops`: it stands beside, and may explain the rest."""

    why: Words
    todo: Words | None = None
    stops: bool = True


@dataclass(frozen=True)
class Taken(Part):
    """A step, as it stands now. `state` is one of STATES; `number` counts from 1, `of` how many there are.

    `at`: when it was done, or tried last. `blocks`: what is in the way, or what is not settled, the worst first, and how many `more` there
    are. `reopened`: why one that was done is taken again.
    """

    name: str
    title: Words
    number: int
    of: int
    state: str
    at: datetime | None = None
    blocks: tuple[Block, ...] = ()
    more: int = 0
    reopened: Words | None = None
