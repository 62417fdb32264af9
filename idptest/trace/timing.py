"""When a stage normally has what was uploaded, and how times and delays are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from idptest.model.rule import Words
from idptest.model.trace import FEDERATION, FIDUS, LATE, MISSING, PRESENT, STAGES, TOO_OLD, UNTIMED, WAITING, Delay, Stage
from idptest.trace.table import FIRST, GATEWAY

_FEEDS = (FEDERATION, FIDUS)


def due(receiver: str, seen: Sequence[Stage], uploaded: datetime | None, delays: Mapping[str, Delay]) -> datetime | None:
    """When the receiver, a stage or GATEWAY, normally has the newest version; None when nobody knows since when it is on its way.

    The best start is the moment at which a feed before it was seen to change; then that of the upload, or, when the federation took the
    IdP in after that, of this; then that of the first look at such a feed, when it had the newest version already, perhaps since long.
    """
    before = STAGES if receiver == GATEWAY else STAGES[: STAGES.index(receiver)]
    starts = [stage for stage in reversed(seen) if stage.name in before and stage.name in _FEEDS and stage.state == PRESENT and stage.since]
    for stage in starts:
        if not stage.from_start and stage.since:
            return stage.since + _between(stage.name, receiver, delays)
    lacking = any(stage.name == receiver and stage.state == MISSING for stage in seen)
    taken_in = next((stage.registered_at for stage in seen if stage.name == FEDERATION and stage.state == PRESENT), None)
    if uploaded and receiver == FEDERATION and lacking:
        return working_day_after(uploaded)
    if uploaded or (taken_in and lacking):
        return max(moment for moment in (uploaded, taken_in) if moment) + timedelta(minutes=delays[receiver].minutes)
    return next((stage.since + _between(stage.name, receiver, delays) for stage in starts if stage.since), None)


def _between(start: str, end: str, delays: Mapping[str, Delay]) -> timedelta:
    return timedelta(minutes=delays[end].minutes - delays[start].minutes)


def working_day_after(moment: datetime) -> datetime:
    """Eight working hours later: the same time on the next working day, Monday to Friday. Holidays are not known here."""
    if moment.weekday() >= 5:  # nobody is there: as if it had come on Monday morning
        moment = (moment + timedelta(days=7 - moment.weekday())).replace(hour=8, minute=0, second=0, microsecond=0)
    later = moment + timedelta(days=1)
    return later + timedelta(days=2) if later.weekday() == 5 else later


def timing(stage: Stage, until: datetime | None, now: datetime) -> str:
    """One of TIMINGS, for a stage that has not got what it should get until then."""
    if until is None:
        return UNTIMED
    if now < until:
        return WAITING
    return LATE if stage.at is None or stage.at >= until else TOO_OLD


def delay(stage: Stage, delays: Mapping[str, Delay]) -> Words:
    """How long it normally takes from an upload until the stage has it."""
    if stage.name == FEDERATION and stage.state == MISSING:
        hours = delays[FIRST].minutes // 60
        return Words(f"{hours} working hours", f"{hours} arbetstimmar")
    return lasting(timedelta(minutes=delays[stage.name].minutes))


def lasting(time: timedelta) -> Words:
    """1 h 15 min; from two days on 2 days."""
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    if hours >= 48:
        return Words(f"{hours // 24} days", f"{hours // 24} dygn")
    text = f"{hours} h {minutes} min" if hours and minutes else f"{hours} h" if hours else f"{minutes} min"
    return Words(text, text)


def at(moment: datetime, now: datetime) -> str:
    """The time, in now's zone; with the day when it is another."""
    local = moment.astimezone(now.tzinfo)
    return local.strftime("%H:%M") if local.date() == now.date() else local.strftime("%Y-%m-%d %H:%M")
