"""What every report says of an inspection beside its findings: the facts, and the verdict's counts without speaking of logins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from idptest.model.inspection import Fact, InspectionReport
from idptest.model.report import Report
from idptest.model.rule import Value, Words
from idptest.reporters.reader import Reader
from idptest.reporters.style import Style, clean, wrapped
from idptest.reporters.words import said, shown

_FAULT = (Words("fault", "fel"), Words("faults", "fel"))
_WIDEST = 24  # columns that labels may take before values no longer stand in a column


def faults(must: int, lang: str) -> str:
    """How many, for the line with the verdict."""
    return f"{must} {_FAULT[0 if must == 1 else 1].text(lang)}"


def lines(report: InspectionReport, style: Style) -> Iterator[str]:
    """The facts, values in a column; a list stands on one line where there is room, else on a line each."""
    facts = report.inspection.facts
    if not facts:
        return
    yield ""
    column = min(_WIDEST, max(len(clean(fact.label.text(style.lang))) for fact in facts)) + 2
    indent = "  " + " " * column
    for fact in facts:
        first = "  " + clean(fact.label.text(style.lang)).ljust(column - 2) + "  "
        for value in _on_lines(fact, style, len(indent)):
            yield from wrapped(value, style, indent, first)
            first = indent


def _on_lines(fact: Fact, style: Style, indent: int) -> tuple[str, ...]:
    value = _value(fact, style.lang)
    together = said(value, style.lang, style.show_values)
    if isinstance(value, tuple) and len(together) > style.width - indent:
        return values(fact, style.lang, style.show_values)
    return (together or "–",)


def _value(fact: Fact, lang: str) -> Value:
    return fact.value.text(lang) if isinstance(fact.value, Words) else fact.value


def values(fact: Fact, lang: str, show: bool) -> tuple[str, ...]:
    """A fact's values, one by one; a dash when there is none."""
    value = _value(fact, lang)
    plain = shown(value, lang, show)
    return tuple(str(item) for item in plain) if isinstance(plain, list) and plain else (said(value, lang, show) or "–",)


def as_plain(report: InspectionReport, lang: str, show: bool) -> dict[str, Any]:
    """For JSON."""
    inspection = report.inspection
    return {
        "kind": inspection.kind,
        "name": inspection.name,
        "at": inspection.at.isoformat().replace("+00:00", "Z"),
        "facts": [{"label": fact.label.text(lang), "value": shown(_value(fact, lang), lang, show)} for fact in inspection.facts],
    }


def pairs(report: Report, reader: Reader) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """For HTML: each label with its values."""
    facts = report.inspection.facts if isinstance(report, InspectionReport) else ()
    return tuple((fact.label.text(reader.lang), values(fact, reader.lang, reader.show)) for fact in facts)
