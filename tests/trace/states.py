"""Stages in every state, by a letter each: P present, M missing, S stale, ? not looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from idptest.demo.metadata import ENTITY_ID, Published, to_xml
from idptest.model.rule import Words
from idptest.model.trace import (
    DISCOVERY,
    IDP,
    MISSING,
    PRESENT,
    STAGES,
    STALE,
    UNKNOWN,
    UNREACHABLE,
    Elsewhere,
    Listed,
    Observation,
    Trace,
    Trouble,
)
from idptest.trace import trace

NOW = datetime(2026, 11, 20, 7, 45, tzinfo=UTC)
NEW = Published(scopes=("exempelstad.se", "edu.exempelstad.se"), key="signing")
OLD = replace(NEW, scopes=("exempelstad.se",), key="other")
ENDED = replace(NEW, valid_until=NOW - timedelta(days=1))
LETTERS = {"P": PRESENT, "M": MISSING, "S": STALE, "?": UNKNOWN}


@cache
def document(published: Published) -> bytes:
    return to_xml(published)


def observations(letters: Sequence[str], trouble: str = UNREACHABLE) -> dict[str, Observation]:
    """What sources give that are in these states."""
    found = {}
    for stage, letter in zip(STAGES, letters, strict=True):
        if letter == "?":
            seen = Observation(trouble=Trouble(trouble, Words("out of order", "ur funktion")))
        elif letter == "M":
            seen = Observation(source="somewhere", at=NOW, nearest="https://idp.exempelstad.se/smal")
        elif stage == DISCOVERY:
            title = "Exempelstads kommun" if letter == "P" else "Exempelstads gymnasium"
            seen = Observation(source="somewhere", at=NOW, listed=Listed(ENTITY_ID, (title,)))
        else:
            published = NEW if letter == "P" else ENDED if stage == IDP else OLD
            seen = Observation(source="somewhere", at=NOW, entity=document(published))
        found[stage] = seen
    return found


def traced(
    letters: Sequence[str],
    trouble: str = UNREACHABLE,
    uploaded: datetime | None = None,
    others: tuple[Elsewhere, ...] = (),
    **changed: Observation,
) -> Trace:
    return trace(ENTITY_ID, "production", observations(letters, trouble) | changed, NOW, uploaded, others)


def at(hours: int, minutes: int = 0, day: int = 20) -> datetime:
    return datetime(2026, 11, day, hours, minutes, tzinfo=UTC)
