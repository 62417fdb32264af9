"""What each kind of service would see of a login: shown when one of them would not know the person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from idptest.model.login import Seen
from idptest.model.report import LoginReport
from idptest.model.rule import Personal
from idptest.reporters.style import Style, bold, wrapped
from idptest.reporters.words import said, word


def alike(report: LoginReport, lang: str, show: bool) -> Mapping[str, Sequence[Seen]]:
    """What services see, in a sentence without a full stop → the services that see just that."""
    found: dict[str, list[Seen]] = {}
    for seen in report.login.seen_by if report.login.assertion else ():
        known = f" ({said(Personal(seen.eppn[0]), lang, show)})" if seen.knows_the_person else ""
        found.setdefault(seen.says.text(lang) + known, []).append(seen)
    return found


def lines(report: LoginReport, style: Style) -> Iterator[str]:
    """A line for the services that see the same; nothing when all know the person, unless the report is to be verbose."""
    found = alike(report, style.lang, style.show_values or report.target.test_person)
    if not found or (all(seen.knows_the_person for seen in report.login.seen_by) and not style.verbose):
        return
    yield ""
    yield "  " + bold(word("seen-by", style.lang), style)
    for says, services in found.items():
        yield from wrapped(f"{', '.join(seen.title.text(style.lang) for seen in services)}: {says}", style)
