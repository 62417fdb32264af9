"""What each kind of service would see of a login: shown when one of them would not know the person."""

from __future__ import annotations

from collections.abc import Iterator

from idptest.model.report import LoginReport
from idptest.model.rule import Personal
from idptest.reporters.style import Style, bold, wrapped
from idptest.reporters.words import said, word


def lines(report: LoginReport, style: Style) -> Iterator[str]:
    """A line for the services that see the same; nothing when all know the person, unless the report is to be verbose."""
    login, lang = report.login, style.lang
    if login.assertion is None or (all(seen.knows_the_person for seen in login.seen_by) and not style.verbose):
        return
    show = style.show_values or login.flow.account.test_person
    alike: dict[str, list[str]] = {}
    for seen in login.seen_by:
        known = f" ({said(Personal(seen.eppn[0]), lang, show)})" if seen.knows_the_person else ""
        alike.setdefault(seen.says.text(lang) + known, []).append(seen.title.text(lang))
    yield ""
    yield "  " + bold(word("seen-by", lang), style)
    for says, titles in alike.items():
        yield from wrapped(f"{', '.join(titles)}: {says}", style)
