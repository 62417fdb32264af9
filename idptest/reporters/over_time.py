"""What every report says of a history beside its findings: what was compared with what, and what changed as expected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

from idptest.model.history import HistoryReport, Observation
from idptest.model.report import Finding
from idptest.model.rule import Verdict, Words
from idptest.reporters.style import Style, bold, wrapped
from idptest.reporters.words import message, said, shown, word

_WAS_IS = ": {expected} → {actual}"
_COMPARED = Words("Compared with the baseline {name}, saved {day}", "Jämfört med baslinjen {name}, sparad {day}")
_TOGETHER = Words("{count} logins, held beside each other", "{count} inloggningar, jämförda med varandra")
_NOW = Words("now {count} logins", "nu {count} inloggningar")
_NOW_ONE = Words("now one login", "nu en inloggning")
_MUST = (Words("change was not expected", "ändring var inte väntad"), Words("changes were not expected", "ändringar var inte väntade"))
_SHOULD = (Words("thing is worth a look", "sak bör ses över"), Words("things are worth a look", "saker bör ses över"))
_NOTE = (Words("is good to know", "är bra att veta"), Words("are good to know", "är bra att veta"))


def compared(report: HistoryReport, lang: str, zone: tzinfo | None) -> str:
    """What these logins were held beside. Times are shown in `zone`; None is the zone of the machine."""
    count = len(report.history.now)
    if report.history.baseline is None:
        return _TOGETHER.text(lang).replace("{count}", str(count))
    now = (_NOW_ONE if count == 1 else _NOW).text(lang).replace("{count}", str(count))
    return f"{against(report, lang, zone)} · {now}"


def against(report: HistoryReport, lang: str, zone: tzinfo | None) -> str:
    """The baseline, by name and day; empty where there is none."""
    baseline = report.history.baseline
    if baseline is None:
        return ""
    day = baseline.saved_at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    return _COMPARED.text(lang).replace("{name}", baseline.name).replace("{day}", day)


def counted(must: int, should: int, notes: int, lang: str) -> list[str]:
    """How much changed, for the line with the verdict."""
    counts = ((must, _MUST), (should, _SHOULD), (notes, _NOTE))
    return [f"{count} {words[0 if count == 1 else 1].text(lang)}" for count, words in counts if count]


def over_all(fine: int, count: int, lang: str) -> str:
    """One sentence over several."""
    if fine == count:
        return f"{'Alla' if lang == 'sv' else 'All'} {count} {'bedömningar håller' if lang == 'sv' else 'judgements hold'}."
    return f"{fine} av {count} bedömningar håller." if lang == "sv" else f"{fine} of {count} judgements hold."


def came(report: HistoryReport) -> tuple[Finding, ...]:
    """The changes that were expected, and came."""
    return tuple(finding for finding in report.having(Verdict.PASS) if finding.message)


def lines(report: HistoryReport, style: Style) -> Iterator[str]:
    """The changes that came as expected."""
    found = came(report)
    if found:
        yield ""
        yield "  " + bold(word("expected", style.lang), style)
    for finding in found:
        yield from wrapped(_said(finding, report, style), style)


def apart(finding: Finding, lang: str, show: bool) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The message; where it ends with what was and what is, these apart, each with its word: a line each is easier to compare."""
    words = finding.message
    if words is None or not words.en.endswith(_WAS_IS):
        return message(words, finding.evidence, lang, show), ()
    short = Words(words.en.removesuffix(_WAS_IS), words.sv.removesuffix(_WAS_IS))
    found = finding.evidence[0]
    pairs = ((word("was", lang), found.expected), (word("is", lang), found.actual))
    return message(short, finding.evidence, lang, show), tuple((label.lower(), said(value, lang, show)) for label, value in pairs)


def _said(finding: Finding, report: HistoryReport, style: Style) -> str:
    return message(finding.message, finding.evidence, style.lang, style.show_values or report.target.test_person)


def as_plain(report: HistoryReport, lang: str, show: bool) -> dict[str, Any]:
    """The baseline and the logins, for JSON."""
    baseline = report.history.baseline
    return {
        "baseline": baseline and {"name": baseline.name, "saved_at": _time(baseline.saved_at.isoformat()), "intact": baseline.intact},
        "logins": [_login(seen, lang, show) for seen in report.history.now],
    }


def _login(seen: Observation, lang: str, show: bool) -> dict[str, Any]:
    return {
        "captured_at": _time(seen.at.isoformat()),
        "idp": seen.idp,
        "ended": seen.ended,
        "trusted": seen.trusted,
        "eppn": [shown(found.shown, lang, show) for found in seen.eppn],
        "authn_context": seen.context,
        "flow": seen.flow,
    }


def _time(moment: str) -> str:
    return moment.replace("+00:00", "Z")
