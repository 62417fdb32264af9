"""Onboarding at a terminal: where you are, what is in the way, what to do; the step's own report follows."""

from __future__ import annotations

from collections.abc import Iterator

from idptest.model.inspection import ONBOARDING, InspectionReport
from idptest.model.onboarding import BLOCKED, DONE, SKIPPED, UNSETTLED, Taken
from idptest.model.report import Report
from idptest.model.rule import Words
from idptest.reporters.style import INDENT, Style, bold, clean, paint, wrapped
from idptest.reporters.words import word

_COLOUR = {DONE: "32", BLOCKED: "31", UNSETTLED: "33"}
_STOPS = Words("STOPS AT STEP {number} OF {of}", "STANNAR VID STEG {number} AV {of}")
_OPEN = Words("COULD NOT JUDGE STEP {number} OF {of}", "KUNDE INTE BEDÖMA STEG {number} AV {of}")
_ALL = Words("Every step holds.", "Varje steg håller.")
_ALMOST = Words("Every step that was taken holds; {count} left out.", "Varje steg som togs håller; {count} hoppades över.")
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
    steps = [step for step in inspection.all(Taken) if isinstance(step, Taken)]
    stop = next((step for step in steps if step.state in (BLOCKED, UNSETTLED)), None)
    who = clean(f"{inspection.name} › {word('kind-onboarding', lang)}")
    when = report.at.astimezone(style.zone).strftime("%Y-%m-%d %H:%M")
    yield ""
    yield bold(who, style) + when.rjust(max(2, style.width - len(who)))
    yield ""
    yield "  " + _headline(steps, stop, lang, style)
    yield ""
    width = max(len(step.title.text(lang)) for step in steps)
    for step, fact in zip(steps, inspection.facts, strict=True):
        sign, _, _ = fact.label.text(lang).partition(" ")
        state = fact.value.text(lang) if isinstance(fact.value, Words) else ""
        colour = _COLOUR.get(step.state, "2")
        yield f"  {paint(sign, colour, style)} {step.number}  {step.title.text(lang):<{width}}   {paint(state, colour, style)}"
    if stop is None:
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


def _headline(steps: list[Taken], stop: Taken | None, lang: str, style: Style) -> str:
    if stop is not None:
        words = (_STOPS if stop.state == BLOCKED else _OPEN).text(lang)
        said = words.replace("{number}", str(stop.number)).replace("{of}", str(stop.of))
        return paint(said, f"1;{_COLOUR[stop.state]}", style) + "   " + stop.title.text(lang)
    left_out = sum(step.state == SKIPPED for step in steps)
    words = _ALMOST.text(lang).replace("{count}", str(left_out)) if left_out else _ALL.text(lang)
    return paint(word("fine", lang), "1;32", style) + "   " + words
