"""Where an IdP's metadata is stuck: from what each stage's source gave to one sentence, and to an inspection that rules judge."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from idptest.model.inspection import TRACE, Fact, Inspection
from idptest.model.rule import Words
from idptest.model.trace import (
    DISCOVERY,
    ELSEWHERE,
    FEDERATION,
    FIDUS,
    IDP,
    LATE,
    MISSING,
    NOBODY,
    NOT_CONFIGURED,
    PRESENT,
    STALE,
    UNKNOWN,
    UNREACHABLE,
    UNVERIFIED,
    UPLOADED,
    WAITING,
    Delay,
    Elsewhere,
    Observation,
    Stage,
    Trace,
)
from idptest.trace.stages import stages
from idptest.trace.table import GATEWAY, Row, sentences
from idptest.trace.timing import at, delay, due, lasting, timing

NAMES = {
    IDP: Words("The IdP itself", "IdP:n själv"),
    UPLOADED: Words("Uploaded file", "Uppladdad fil"),
    FEDERATION: Words("Federation's feed", "Federationens flöde"),
    FIDUS: Words("Fidus' feed", "Fidus flöde"),
    DISCOVERY: Words("Discovery service", "Anvisningstjänst"),
}


def trace(
    entity_id: str,
    environment: str,
    observations: Mapping[str, Observation],
    now: datetime,
    uploaded: datetime | None = None,
    others: tuple[Elsewhere, ...] = (),
) -> Trace:
    """A pure function of what was seen. `uploaded`: when the metadata was uploaded last, as the user says; times are written in now's zone.

    `others`: the feeds of the other environment.
    """
    table = sentences()
    seen = stages(observations, now)
    states = {stage.name: stage.state if stage.known else UNKNOWN for stage in seen}
    there = next((other for other in others if other.there), None)
    row = table.row(states | ({ELSEWHERE: PRESENT} if there else {}))
    stuck = next((stage for stage in seen if stage.name == row.stage), None)
    until = due(stuck.name, seen, uploaded, table.delays) if stuck and row.waits else None
    how = timing(stuck, until, now) if stuck and row.waits else None
    return Trace(
        entity_id=entity_id,
        environment=environment,
        now=now,
        stages=seen,
        stuck=stuck.name if stuck else None,
        row=row.name,
        actor=NOBODY if how == WAITING else row.actor,
        sentence=_sentence(row, entity_id, seen, there, stuck, how, until, now),
        timing=how,
        due=until,
        gateway_due=due(GATEWAY, seen, uploaded, table.delays),
        delays=table.delays,
        others=others,
        uploaded=uploaded,
    )


def _sentence(
    row: Row,
    entity_id: str,
    seen: tuple[Stage, ...],
    there: Elsewhere | None,
    stuck: Stage | None,
    how: str | None,
    until: datetime | None,
    now: datetime,
) -> Words:
    """What the row says, and, when it waits, what is to be said of time."""
    table = sentences()
    nearest = max((stage.nearest for stage in seen if stage.nearest), key=lambda near: _likeness(near, entity_id), default=None)
    lacks = (stuck.lacks if stuck else None) or Words("", "")
    lag = lasting(timedelta(minutes=table.delays[FIDUS].minutes - table.delays[FEDERATION].minutes))
    clause = table.timings[how] if how else Words("", "")
    usual = delay(stuck, table.delays) if stuck and row.waits else Words("", "")
    contact = table.contacts.get(row.actor, Words("", ""))

    def text(lang: str) -> str:
        near = {"sv": f' Närmast är "{nearest}".', "en": f' The nearest is "{nearest}".'}[lang] if nearest else ""
        said = row.words.text(lang).format(
            entity_id=entity_id, nearest=near, lacks=lacks.text(lang), fidus_delay=lag.text(lang), other=there.feed if there else ""
        )
        time = clause.text(lang).format(
            delay=usual.text(lang),
            due=at(until, now) if until else "",
            at=at(stuck.at, now) if stuck and stuck.at else "",
            contact=contact.text(lang),
        )
        return f"{said} {time}".strip()

    return Words(text("en"), text("sv"))


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()


def inspection(found: Trace, product: str | None = None) -> Inspection:
    """The trace, for rules to judge and for reports to show."""
    subjects: dict[type, tuple[object, ...]] = {Trace: (found,)}
    subjects |= {type(stage): (stage,) for stage in found.stages}
    subjects[Elsewhere] = found.others
    return Inspection(TRACE, found.entity_id, found.now, subjects, tuple(_facts(found)), product=product)


def _facts(found: Trace) -> Iterator[Fact]:
    """Where it is stuck and who acts first, then a line for each stage."""
    yield Fact(Words("Where", "Läge"), _shortly(found))
    for number, stage in enumerate(found.stages, 1):
        name = NAMES[stage.name]
        yield Fact(Words(f"{number} {name.en}", f"{number} {name.sv}"), _state(stage, found))


def _shortly(found: Trace) -> Words:
    """Whoever reads no further has read this. The whole sentence is in the finding; where nothing is found to be stuck it is here."""
    if found.stuck is None:
        return _read_by_the_gateway(found) or found.sentence
    where, who = NAMES[found.stuck], sentences().actors[found.actor]
    until = at(found.due, found.now) if found.due else ""
    if found.timing == WAITING:
        return Words(
            f"On its way to: {where.en}. Wait until {until}; nobody needs to act.",
            f"På väg till: {where.sv}. Vänta till {until}; ingen behöver göra något.",
        )
    late = Words(f", late since {until}", f", försenat sedan {until}") if found.timing == LATE else Words("", "")
    return Words(f"Stuck at: {where.en}{late.en}. To act: {who.en}.", f"Stopp vid: {where.sv}{late.sv}. Ska agera: {who.sv}.")


def _read_by_the_gateway(found: Trace) -> Words | None:
    """What has come to Fidus' feed is not yet in the gateway."""
    if found.stage(FIDUS).state != PRESENT or found.gateway_due is None or found.gateway_due <= found.now:
        return None
    until = at(found.gateway_due, found.now)
    return Words(
        f"In Fidus' feed. Skolverket's gateway reads that at its own times: wait until {until}; nobody needs to act.",
        f"Framme i Fidus flöde. Skolverkets gateway läser det på sina egna tider: vänta till {until}; ingen behöver göra något.",
    )


_STATES = {
    PRESENT: Words("newest version", "senaste versionen"),
    MISSING: Words("not there", "finns inte där"),
    STALE: Words("older version", "äldre version"),
    NOT_CONFIGURED: Words("not configured", "inte angiven"),
    UNREACHABLE: Words("out of reach", "går inte att nå"),
    UNVERIFIED: Words("not verified", "inte verifierad"),
}


def _state(stage: Stage, found: Trace) -> Words:
    """newest version 3f2a91bc · since 07:30 · normally within 1 h 15 min · the address."""
    usual = found.delays.get(stage.name)
    parts = [
        _what(stage),
        stage.trouble if not stage.known else _lacks(stage, found),
        _since(stage, found),
        _usual(usual) if usual and stage.state in (MISSING, STALE) else None,
        Words(stage.source, stage.source) if stage.source and stage.state != NOT_CONFIGURED else None,
        stage.remark,
    ]
    kept = [part for part in parts if part]
    return Words(" · ".join(part.en for part in kept), " · ".join(part.sv for part in kept))


def _what(stage: Stage) -> Words:
    if stage.name == DISCOVERY and stage.state in (PRESENT, STALE):
        return Words("listed", "visas") if stage.state == PRESENT else Words("listed as it was", "visas som förut")
    said = _STATES[stage.state]
    mark = f" {stage.version}" if stage.version else ""
    return Words(said.en + mark, said.sv + mark)


def _lacks(stage: Stage, found: Trace) -> Words | None:
    """How it differs; not again what the sentence says of the stage where it is stuck."""
    said = found.stage(found.stuck) if found.stuck else None
    return None if said and (said is stage or (said.version and said.version == stage.version)) else stage.lacks


def _since(stage: Stage, found: Trace) -> Words | None:
    if stage.name == UPLOADED and found.uploaded and stage.known:
        when = at(found.uploaded, found.now)
        return Words(f"uploaded {when}", f"uppladdad {when}")
    if stage.state not in (PRESENT, STALE) or stage.since is None:
        return None
    when = at(stage.since, found.now)
    if stage.from_start:
        return Words(f"since {when} or earlier", f"sedan {when} eller tidigare")
    return Words(f"since {when}", f"sedan {when}")


def _usual(usual: Delay) -> Words:
    time = lasting(timedelta(minutes=usual.minutes))
    before = lasting(timedelta(minutes=usual.older)) if usual.older else None
    return Words(
        f"normally within {time.en} of the upload" + (f" (said earlier: {before.en})" if before else ""),
        f"normalt inom {time.sv} från uppladdningen" + (f" (tidigare uppgift: {before.sv})" if before else ""),
    )
