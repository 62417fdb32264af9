"""Onboarding at a terminal: where you are, what is in the way, what to do; the step's own report follows."""

from __future__ import annotations

from collections.abc import Iterator

from idptest.model.inspection import ONBOARDING, InspectionReport
from idptest.model.onboarding import BLOCKED, DONE, SKIPPED, UNSETTLED, Taken
from idptest.model.report import Report
from idptest.model.rule import Words
from idptest.reporters.reader import Reader
from idptest.reporters.style import INDENT, Style, bold, clean, paint, wrapped
from idptest.reporters.words import word

_COLOUR = {DONE: "32", BLOCKED: "31", UNSETTLED: "33"}
_STOPS = Words("Stops at step {number} of {of}", "Stannar vid steg {number} av {of}")
_OPEN = Words("Could not judge step {number} of {of}", "Kunde inte bedöma steg {number} av {of}")
_ALL = Words("Every step holds.", "Varje steg håller.")
_ALMOST = Words("Every step that was taken holds; {count} left out.", "Varje steg som togs håller; {count} hoppades över.")
# https://github.com/skolverket/dnp-access-management (read 2026-11)
_NEXT = Words(
    "Next: Skolverket's own test, without an e-legitimation first, then with one: https://fidustest.skolverket.se/DNP-staging/ (test),"
    " https://fidustest.skolverket.se/DNP/ (production). And idptest login every night.",
    "Härnäst: Skolverkets eget test, först utan e-legitimation, sedan med: https://fidustest.skolverket.se/DNP-staging/ (test),"
    " https://fidustest.skolverket.se/DNP/ (produktion). Och idptest login varje natt.",
)
_THEN = Words("Then: idptest onboard {name}   goes on from here.", "Sedan: idptest onboard {name}   fortsätter härifrån.")
_MORE = Words("and {count} more: see below", "och {count} till: se nedan")


def is_one(report: Report) -> bool:
    return isinstance(report, InspectionReport) and report.inspection.kind == ONBOARDING


def render(report: Report, style: Style) -> str:
    """The checklist of a report that `is_one`."""
    assert isinstance(report, InspectionReport)  # noqa: S101 - is_one() has told
    return "\n".join(_lines(report, style)) + "\n"


def _lines(report: InspectionReport, style: Style) -> Iterator[str]:
    lang, inspection = style.lang, report.inspection
    steps, stop = _steps(report)
    who = clean(f"{inspection.name} › {word('kind-onboarding', lang)}")
    when = report.at.astimezone(style.zone).strftime("%Y-%m-%d %H:%M")
    yield ""
    yield bold(who, style) + when.rjust(max(2, style.width - len(who)))
    yield ""
    verdict, about = _says(steps, stop, lang)
    yield "  " + paint(verdict.upper(), f"1;{_COLOUR[stop.state if stop else DONE]}", style) + "   " + about
    yield ""
    width = max(len(step.title.text(lang)) for step in steps)
    for step, fact in zip(steps, inspection.facts, strict=True):
        sign, _, _ = fact.label.text(lang).partition(" ")
        state = fact.value.text(lang) if isinstance(fact.value, Words) else ""
        colour = _COLOUR.get(step.state, "2")
        yield f"  {paint(sign, colour, style)} {step.number}  {step.title.text(lang):<{width}}   {paint(state, colour, style)}"
    if stop is None:
        yield ""
        yield from wrapped(_NEXT.text(lang), style, "  ")
        return
    for block in stop.blocks:
        yield ""
        yield from wrapped(
            block.why.text(lang), style, INDENT, "  " + ("!" if not block.stops else "?" if stop.state == UNSETTLED else "✕") + "  "
        )
        if block.todo:
            yield from wrapped(f"{word('do-this', lang)}: {block.todo.text(lang)}", style)
    if stop.more:
        yield from wrapped(_MORE.text(lang).replace("{count}", str(stop.more)), style)
    yield ""
    yield "  " + clean(_THEN.text(lang).replace("{name}", inspection.name))


def headline(report: Report, lang: str) -> str:
    """Where it stands, in one line, for a page."""
    verdict, about = _says(*_steps(report), lang)
    return f"{verdict.capitalize()}: {about}"


def in_the_way(report: Report, reader: Reader) -> tuple[tuple[str, str], ...]:
    """What stops it, and what to do about it."""
    _, stop = _steps(report)
    return tuple((block.why.text(reader.lang), block.todo.text(reader.lang) if block.todo else "") for block in stop.blocks) if stop else ()


def _steps(report: Report) -> tuple[list[Taken], Taken | None]:
    """All of them, and the one that it stops at."""
    assert isinstance(report, InspectionReport)  # noqa: S101 - is_one() has told
    steps = [step for step in report.inspection.all(Taken) if isinstance(step, Taken)]
    return steps, next((step for step in steps if step.state in (BLOCKED, UNSETTLED)), None)


def _says(steps: list[Taken], stop: Taken | None, lang: str) -> tuple[str, str]:
    """The verdict, and what it is about."""
    if stop is not None:
        words = (_STOPS if stop.state == BLOCKED else _OPEN).text(lang)
        return words.replace("{number}", str(stop.number)).replace("{of}", str(stop.of)), stop.title.text(lang)
    left_out = sum(step.state == SKIPPED for step in steps)
    return word("fine", lang), _ALMOST.text(lang).replace("{count}", str(left_out)) if left_out else _ALL.text(lang)
