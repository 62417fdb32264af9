"""Onboarding: steps in order, what is done and still holds, what re-opens a step, and where it stops. Without I/O.

A step that is done is not taken again as long as what it rested on is the same, and it is not too old.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from idptest.errors import ConfigurationError, IdptestError
from idptest.model.inspection import ONBOARDING, Fact, Inspection
from idptest.model.onboarding import BLOCKED, DONE, NOT_YET, SKIPPED, UNSETTLED, Block, Mark, Taken
from idptest.model.report import Finding, Report
from idptest.model.rule import Level, Words
from idptest.products import fix
from idptest.reporters.findings import groups, not_settled, sentence
from idptest.reporters.words import message

FORMAT = "idptest-onboarding/1"
SETTINGS, KEYS, METADATA, RULES, PUPILS, TEACHERS = "settings", "keys", "metadata", "rules", "pupil", "teacher"
# What a step may rest on, as its change is told.
RESTS_ON: Mapping[str, Words] = {
    SETTINGS: Words("idptest.toml has changed", "idptest.toml har ändrats"),
    KEYS: Words("our keys have changed", "våra nycklar har ändrats"),
    METADATA: Words("the IdP's metadata has changed", "IdP:ns metadata har ändrats"),
    RULES: Words("idptest judges by other rules than then", "idptest bedömer efter andra regler än då"),
    PUPILS: Words("the pupils' accounts have changed", "elevernas konton har ändrats"),
    TEACHERS: Words("the teachers' accounts have changed", "lärarnas konton har ändrats"),
}
_MOST = 3  # of what is in the way: so many are told at once
_OLD = Words("it was a while ago", "det var ett tag sedan")


@dataclass(frozen=True)
class Step:
    """`rests_on`: names of RESTS_ON; when one of them changes the step is open again, as it is after `lasts`.

    `run` takes the step: what it is given is for the caller to say; its reports judge what was found. It may raise IdptestError.
    `hint`: what else can be done when the step cannot be judged.
    """

    name: str
    title: Words
    rests_on: tuple[str, ...]
    lasts: timedelta
    run: Callable[[Any], Sequence[Report]]
    hint: Words | None = None


@dataclass(frozen=True)
class Went:
    """How far it came: every step, the reports to show in full, and the marks to keep. `error`: our own mistake that stopped it."""

    steps: tuple[Taken, ...]
    reports: tuple[Report, ...]
    error: IdptestError | None = None


def reopened(step: Step, mark: Mark, prints: Mapping[str, str], now: datetime) -> Words | None:
    """Why a step that is done has to be taken again; None while it holds."""
    for name in step.rests_on:
        # What could not be looked at this time has no digest: then nobody knows that it is the same.
        if not prints.get(name) or prints[name] != mark.prints.get(name):
            return RESTS_ON[name]
    return _OLD if now - mark.at > step.lasts or mark.at > now else None


def walk(
    steps: Sequence[Step],
    marks: Mapping[str, Mark],
    prints: Mapping[str, str],
    context: Any,
    *,
    now: Callable[[], datetime],
    keep: Callable[[Mapping[str, Mark]], None],
    fail_on: Level = Level.MUST,
    skip: Collection[str] = (),
) -> Went:
    """Takes the steps that are open, in order, until one is blocked. `keep` is told the marks after every step, so that nothing is lost."""
    kept = dict(marks)
    taken: list[Taken] = []
    shown: list[Report] = []
    error: IdptestError | None = None
    for number, step in enumerate(steps, 1):
        here = Taken(step.name, step.title, number, len(steps), NOT_YET)
        if step.name in skip:
            taken.append(replace(here, state=SKIPPED))
            continue
        if any(each.state in (BLOCKED, UNSETTLED) for each in taken):
            taken.append(here)
            continue
        mark = kept.get(step.name)
        why = None if mark is None else reopened(step, mark, prints, now())
        if mark is not None and why is None:
            taken.append(replace(here, state=DONE, at=mark.at))
            continue
        if kept.pop(step.name, None) is not None:
            keep(kept)
        try:
            reports = tuple(step.run(context))
        except IdptestError as problem:
            error, reports = problem, ()
            state, blocks = BLOCKED, [Block(_line(problem))]
        else:
            state, blocks = judged(reports, fail_on)
            if state == UNSETTLED and step.hint:
                blocks = [*blocks[: _MOST - 1], Block(step.hint)]
        at = now()
        taken.append(
            replace(here, state=state, at=at, blocks=tuple(blocks[:_MOST]), more=sum(block.stops for block in blocks[_MOST:]), reopened=why)
        )
        if state == DONE:
            kept[step.name] = Mark(at, {name: prints.get(name, "") for name in step.rests_on})
            keep(kept)
            shown += reports
        else:
            shown = list(reports)
    return Went(tuple(taken), tuple(shown), error)


def judged(reports: Sequence[Report], fail_on: Level) -> tuple[str, list[Block]]:
    """The state of a step with these reports, and what is in its way, the worst first."""
    levels = fail_on.and_worse
    wrong = [
        (found, report)
        for level in levels
        for report in reports
        for _, group in groups(report)
        for found in group
        if found.rule.level is level
    ]
    if wrong:
        beside = [(found, report) for report in reports if report.failures(*levels) for found in report.failures(Level.SHOULD)]
        return BLOCKED, [
            *(_block(found, report) for found, report in wrong),
            *(replace(_block(found, report), stops=False) for found, report in beside if Level.SHOULD not in levels),
        ]
    unsettled = [(found, report) for report in reports for found in not_settled(report)]
    if unsettled:
        roots = [each for each in unsettled if each[0].blocked_by is None] or unsettled
        return UNSETTLED, [_block(found, report) for found, report in roots]
    return DONE, []


def _block(finding: Finding, report: Report) -> Block:
    """As the step's report says it."""
    show = report.target.test_person
    said = [sentence(message(finding.message, finding.evidence, lang, show) or finding.rule.text(lang).title) for lang in ("en", "sv")]
    return Block(Words(*said), fix(finding.rule, report.target.product, report.target.protocol).words)


def _line(problem: IdptestError) -> Words:
    return Words(problem.line("en"), problem.line("sv"))


def inspection(idp: str, steps: Sequence[Taken], now: datetime, product: str | None, zone: tzinfo | None = None) -> Inspection:
    """The checklist, to be judged and shown like everything else. Times in `zone`; None is the zone of the machine."""
    return Inspection(ONBOARDING, idp, now, {Taken: tuple(steps)}, tuple(_lines(steps, now, zone)), {}, product)


_SIGNS = {DONE: "✓", BLOCKED: "✕", UNSETTLED: "?", NOT_YET: "·", SKIPPED: "–"}
_STATES = {
    DONE: Words("done", "klart"),
    BLOCKED: Words("stops here", "stannar här"),
    UNSETTLED: Words("stops here: it could not be judged", "stannar här: det gick inte att bedöma"),
    NOT_YET: Words("not yet", "återstår"),
    SKIPPED: Words("left out, as you asked", "hoppas över, som du bad om"),
}


def _lines(steps: Sequence[Taken], now: datetime, zone: tzinfo | None) -> Iterator[Fact]:
    for step in steps:
        sign, label = _SIGNS[step.state], step.title
        state = _STATES[step.state]
        more = _when(step.at, now, zone) if step.at is not None and step.state == DONE else ""
        again = (f" ({step.reopened.en})", f" ({step.reopened.sv})") if step.reopened else ("", "")
        yield Fact(
            Words(f"{sign} {step.number} {label.en}", f"{sign} {step.number} {label.sv}"),
            Words(f"{state.en}{more}{again[0]}", f"{state.sv}{more}{again[1]}"),
        )


def _when(at: datetime, now: datetime, zone: tzinfo | None) -> str:
    there, here = at.astimezone(zone), now.astimezone(zone)
    return there.strftime(" %H:%M" if there.date() == here.date() else " %Y-%m-%d")


def dumps(idp: str, marks: Mapping[str, Mark]) -> str:
    """The state file's text."""
    done = {name: {"at": mark.at.isoformat(), "rests_on": dict(mark.prints)} for name, mark in marks.items()}
    return json.dumps({"format": FORMAT, "idp": idp, "done": done}, ensure_ascii=False, indent=2) + "\n"


def loads(text: str, where: str) -> dict[str, Mark]:
    """The marks in a state file. Raises ConfigurationError when it is none."""
    try:
        plain = json.loads(text)
        if plain["format"] != FORMAT:
            raise ValueError
        marks = {name: Mark(datetime.fromisoformat(mark["at"]), dict(mark["rests_on"])) for name, mark in plain["done"].items()}
        if any(mark.at.tzinfo is None for mark in marks.values()):
            raise ValueError
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ConfigurationError(
            "this is not what idptest remembers of an onboarding; --again starts over",
            "det här är inte vad idptest minns av en anslutning; --again börjar om",
            where=where,
        ) from None
    return marks
