"""A history on the HTML page: what it means in words, the logins beside each other, and what came as expected."""

from __future__ import annotations

from dataclasses import dataclass

from idptest.model.history import HistoryReport, Observation
from idptest.model.report import Report
from idptest.model.rule import Level
from idptest.reporters import over_time
from idptest.reporters.findings import sentence
from idptest.reporters.reader import Reader
from idptest.reporters.words import message, said
from idptest.reporters.words_html import say


@dataclass(frozen=True)
class LoginRow:
    """One login in the table; `was` marks that of the baseline."""

    when: str
    was: bool
    idp: str
    eppn: str
    level: str


def says(report: HistoryReport, found: str, reader: Reader) -> list[str]:
    """What the verdict means, for somebody who does not know SAML."""
    must, should, notes = (len(report.failures(level)) for level in (Level.MUST, Level.SHOULD, Level.NOTE))
    lines = [f"{over_time.compared(report, reader.lang, reader.zone)}."]
    told = over_time.counted(must, should, notes, reader.lang)
    return [*lines, sentence(", ".join(told)) + "."] if told else [*lines, say(f"history-{found}", reader.lang)]


def came(report: Report, reader: Reader) -> tuple[str, ...]:
    """The changes that came as expected."""
    found = over_time.came(report) if isinstance(report, HistoryReport) else ()
    return tuple(sentence(message(finding.message, finding.evidence, reader.lang, reader.show)) for finding in found)


def logins(report: Report, reader: Reader) -> tuple[LoginRow, ...]:
    """Those of the baseline, then those of this run."""
    if not isinstance(report, HistoryReport):
        return ()
    history = report.history
    known = history.baseline.observations if history.baseline else ()
    before = [_row(seen, True, reader) for seen in known if seen.account == report.target.account]
    return (*before, *(_row(seen, False, reader) for seen in history.now))


def _row(seen: Observation, was: bool, reader: Reader) -> LoginRow:
    eppn = said(tuple(found.shown for found in seen.eppn), reader.lang, reader.show) if seen.eppn else "–"
    return LoginRow(
        reader.moment(seen.at, seconds=True),
        was,
        f"{seen.idp} ({seen.protocol.upper()})",
        eppn if seen.arrived else seen.ended,
        seen.context or "–",
    )


def about(report: HistoryReport, reader: Reader) -> tuple[tuple[str, str], ...]:
    lang, target = reader.lang, report.target
    return (
        (say("made-by", lang), report.tool.version),
        (say("digest", lang), report.tool.rules_digest),
        (say("time", lang), reader.moment(report.at, seconds=True)),
        (say("entity-id", lang), target.entity_id),
        (say("product", lang), target.product or say("product-unknown", lang)),
    )
