"""The report as one HTML file: the verdict in words first, then what to do, then what happened and what came.

Nothing is loaded from anywhere and no script runs; the page's own policy forbids both. Whatever a peer sent is text: Jinja2 escapes
it, characters that steer or hide are shown by their number, and no address of a peer's becomes a link.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup

from idptest import resources
from idptest.model.history import HistoryReport
from idptest.model.report import Finding, LoginReport, Report
from idptest.model.rule import Evidence, Level, Pointer, Value, Verdict
from idptest.reporters import html_over_time, page, received
from idptest.reporters.findings import (
    WaiverLine,
    groups,
    not_settled,
    ought,
    place,
    product_of_fix,
    sentence,
    verdict,
    waiver_line,
    waivers,
    why_not_judged,
)
from idptest.reporters.json import fix
from idptest.reporters.reader import Reader
from idptest.reporters.sequence import sequence
from idptest.reporters.style import visible
from idptest.reporters.words import message, not_told, pieces, said, word
from idptest.reporters.words_html import counted, named, say

_LONG = 1000  # characters of one value; a peer may send a megabyte
_LISTED = 4


def render(reports: Sequence[Report], *, lang: str, show_values: bool = False, zone: tzinfo | None = UTC) -> str:
    """One login, or several under an overview."""
    style = resources.text(resources.REPORTERS, "report.css")
    parts = tuple(
        _part(report, Reader(lang, show_values or report.target.test_person, zone, f"login-{number}"))
        for number, report in enumerate(reports, 1)
    )
    fine = sum(part.verdict == "fine" for part in parts)
    return (
        _environment()
        .get_template("report.html")
        .render(
            lang=lang,
            parts=parts,
            headline=say("all-hold" if fine == len(parts) else "some-hold", lang, n=fine, all=len(parts)),
            worst=next(
                (found for found in ("not-fine", "not-judged", "fine") if any(part.verdict == found for part in parts)), "not-judged"
            ),
            level=2 if len(parts) == 1 else 3,
            style=Markup(style),  # noqa: S704 - our own file
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            say=lambda key, **filled: say(key, lang, **filled),
            counted=lambda number, what: counted(number, what, lang),
        )
    )


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: resources.text(resources.REPORTERS, name)),
        autoescape=True,
        finalize=_harmless,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _harmless(value: Any) -> Any:
    """Every text on its way into the page."""
    return value if isinstance(value, Markup) else "" if value is None else visible(str(value))


# --- one login


@dataclass(frozen=True)
class Section:
    """`name` is a macro in sections.html and the key of the heading; `content` is what the macro takes."""

    name: str
    heading: str
    content: Any


@dataclass(frozen=True)
class Part:
    """All about one login. `says` is the verdict in words."""

    place: str
    idp: str
    account: str
    role: str
    protocol: str
    when: str
    level: str
    verdict: str
    mark: str
    headline: str
    says: tuple[str, ...]
    conformant: str
    complete: str
    passes: int
    sections: tuple[Section, ...]


_MARKS = {"fine": "✓", "not-fine": "✕", "not-judged": "?"}


def _part(report: Report, reader: Reader) -> Part:
    target, found, context = report.target, verdict(report), report.context
    over_time = isinstance(report, HistoryReport)
    sections = []
    for name, heading, content in HISTORY_SECTIONS if over_time else SECTIONS:
        made = content(report, reader)
        if made:
            sections.append(Section(name, word(heading, reader.lang) if heading == "waivers" else say(heading, reader.lang), made))
    return Part(
        place=reader.place,
        idp=target.idp,
        account=target.account,
        role=word(target.role, reader.lang),
        protocol=target.protocol.upper(),
        when=reader.moment(report.at),
        level=context.rstrip("/").rpartition("/")[2].rpartition(":")[2] if context else "–",
        verdict=found,
        mark=_MARKS[found],
        headline=say(f"verdict-history-{found}" if over_time else f"verdict-{found}", reader.lang),
        says=tuple(_in_words(report, found, reader)),
        conformant=say("no" if not report.conformant else "yes" if report.complete else "not-known", reader.lang),
        complete=say("yes" if report.complete else "no", reader.lang),
        passes=len(_passed(report, reader)),
        sections=tuple(sections),
    )


def _in_words(report: Report, found: str, reader: Reader) -> list[str]:
    """What the verdict means, for somebody who does not know SAML."""
    if isinstance(report, HistoryReport):
        return html_over_time.says(report, found, reader)
    assert isinstance(report, LoginReport)  # noqa: S101 - there is no third kind
    lang, flow = reader.lang, report.login.flow
    must, should = len(report.failures(Level.MUST)), len(report.failures(Level.SHOULD))
    waived = sum(finding.waived for finding in report.findings)
    if found == "not-fine":
        lines = [say(f"means-not-fine-{flow.account.role}", lang, faults=counted(must, "fault", lang))]
    elif found == "not-judged":
        lines = [say("means-not-judged", lang, why=why_not_judged(report, lang))]
    elif should or waived:
        lines = [say("means-fine", lang)]
    else:
        lines = [say("means-fine-nothing", lang)]
    if should:
        lines.append(say("means-should", lang, things=counted(should, "thing-is", lang), stops="stop" if should > 1 else "stops"))
    if waived:
        lines.append(say("means-waived", lang, faults=counted(waived, "fault-is", lang)))
    if not report.complete:
        lines.append(say("means-unsettled", lang, rules=counted(len(not_settled(report)), "rule", lang)))
    if report.login.assertion is not None and not report.login.trusted:
        lines.append(word("untrusted", lang))
    if missing := not_told(flow.untold, lang):
        lines.append(f"{word('file-tells-not', lang)}: {'; '.join(missing)}.")
    if "captured_at" in flow.untold:
        lines.append(word("own-time", lang))
    return lines


# --- what to do


@dataclass(frozen=True)
class Place:
    """Where something is seen: in words, and the anchor on this page, if it has one."""

    text: str
    anchor: str | None
    path: str


@dataclass(frozen=True)
class Seen:
    """A piece of evidence. `was` and `expected` are shown when they are there; values beyond a few are counted."""

    at: Place | None
    was: tuple[str, ...]
    was_more: int
    expected: tuple[str, ...]
    expected_more: int
    label: str


@dataclass(frozen=True)
class Card:
    """One finding for a reader. `like` is the number of the finding that the same change puts right."""

    number: int
    rule: str
    level: str
    wrong: tuple[tuple[bool, str], ...]
    title: str
    why: str
    fix: str
    product: str | None
    source: tuple[tuple[str | None, str], ...]
    evidence: tuple[Seen, ...]
    waiver: WaiverLine | None
    like: int | None


def _numbered(report: Report) -> tuple[tuple[int, Finding], ...]:
    return tuple(enumerate((finding for _, group in groups(report) for finding in group), 1))


def _findings(report: Report, reader: Reader) -> tuple[Card, ...]:
    first: dict[str, int] = {}
    return tuple(_card(number, finding, first.setdefault(finding.rule.id, number), report, reader) for number, finding in _numbered(report))


def _card(number: int, finding: Finding, first: int, report: Report, reader: Reader) -> Card:
    lang, product, text = reader.lang, report.target.product, finding.rule.text(reader.lang)
    wrong = [(value, _cut(piece)) for value, piece in pieces(finding.message, finding.evidence, lang, reader.show)] or [(False, text.title)]
    if not wrong[0][0]:
        wrong[0] = (False, sentence(wrong[0][1]))
    return Card(
        number=number,
        rule=finding.rule.id,
        level=finding.rule.level.value,
        wrong=tuple(wrong),
        title=text.title,
        why=text.why,
        fix=fix(finding, product, lang),
        product=product_of_fix(finding, product),
        source=_linked(finding.rule.source),
        evidence=tuple(_seen(evidence, finding, reader) for evidence in finding.evidence if evidence.at or evidence.actual is not None),
        waiver=waiver_line(finding.rule.id, finding.waiver, lang) if finding.waiver else None,
        like=first if first != number else None,
    )


def _seen(evidence: Evidence, finding: Finding, reader: Reader) -> Seen:
    was, expected = _listed(evidence.actual, reader), _listed(evidence.expected, reader)
    return Seen(
        _place(evidence.at, reader) if evidence.at else None,
        was[:_LISTED],
        len(was) - _LISTED,
        expected[:_LISTED],
        len(expected) - _LISTED,
        ought(finding, reader.lang),
    )


def _listed(value: Value, reader: Reader) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(_cut(said(item, reader.lang, reader.show)) for item in (value if isinstance(value, tuple) else (value,)))


def _place(at: Pointer, reader: Reader) -> Place:
    anchors = {"exchange": f"{reader.place}-step-{at.number}", "metadata": f"{reader.place}-certificates"}
    return Place(place(at, reader.lang), anchors.get(at.document), at.path)


def _linked(source: str) -> tuple[tuple[str | None, str], ...]:
    """A rule's source in pieces; what begins with https:// is an address to follow. Only our rules have sources, and the user's own."""
    found = re.split(r"(https://[^\s<>\"'\\]*[^\s<>\"'\\.,;)])", source)
    return tuple((piece if number % 2 else None, piece) for number, piece in enumerate(found) if piece)


def _cut(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]}… ({len(text)})"


# --- the rest


def _page(report: LoginReport, reader: Reader) -> page.Seen | None:
    return page.seen(report, reader.lang, reader.show)


def _login(report: LoginReport, reader: Reader) -> dict[str, Any]:
    return {"sequence": sequence(report, _numbered(report), reader.lang, reader.show)}


@dataclass(frozen=True)
class Undecided:
    """A rule that was not judged, and why."""

    rule: str
    title: str
    why: str


@dataclass(frozen=True)
class Waiting:
    """Rules that wait for another; `finding` is the number of what shows why, if anything does."""

    rule: str
    finding: int | None
    rules: tuple[Undecided, ...]


def _unsettled(report: Report, reader: Reader) -> dict[str, Any] | None:
    """First what is undecided by itself, then what waits for something."""
    found = not_settled(report)
    numbers = {finding.rule.id: number for number, finding in reversed(_numbered(report))}
    waiting: dict[str, list[Undecided]] = {}
    for finding in found:
        if finding.blocked_by:
            waiting.setdefault(finding.blocked_by, []).append(_undecided(finding, reader))
    roots = tuple(_undecided(finding, reader) for finding in found if not finding.blocked_by)
    return (
        {"roots": roots, "waiting": [Waiting(rule, numbers.get(rule), tuple(rules)) for rule, rules in waiting.items()]} if found else None
    )


def _idle(report: Report, reader: Reader) -> tuple[Undecided, ...]:
    """What had nothing to judge; where a setting would change that, the reason names it."""
    return tuple(dict.fromkeys(_undecided(finding, reader) for finding in report.having(Verdict.NOT_APPLICABLE)))


def _undecided(finding: Finding, reader: Reader) -> Undecided:
    why = sentence(_cut(message(finding.message, finding.evidence, reader.lang, reader.show)))
    return Undecided(finding.rule.id, finding.rule.text(reader.lang).title, why)


def _passed(report: Report, reader: Reader) -> tuple[tuple[str, str], ...]:
    """Rules that hold for everything they are about."""
    held = {finding.rule.id: finding.rule for finding in report.having(Verdict.PASS)}
    for finding in report.having(Verdict.FAIL):
        held.pop(finding.rule.id, None)
    return tuple((rule.id, rule.text(reader.lang).title) for rule in held.values())


def _about(report: LoginReport, reader: Reader) -> tuple[tuple[str, str], ...]:
    flow, lang = report.login.flow, reader.lang
    return (
        (say("made-by", lang), report.tool.version),
        (say("digest", lang), report.tool.rules_digest),
        (say("flow", lang), flow.id or say("not-saved", lang)),
        (say("time", lang), reader.moment(flow.captured_at, seconds=True)),
        (sentence(word("skew", lang)), say("seconds", lang, n=report.login.clock_skew)),
        (say("rulesets", lang), ", ".join((say("standards", lang), *flow.rulesets))),
        (say("entity-id", lang), flow.idp.entity_id),
        (say("product", lang), flow.idp.product or say("product-unknown", lang)),
        (say("environment", lang), named("environment", flow.idp.environment, lang)),
    )


# What stands on the page, in order: a macro in sections.html, the key of its heading, and what makes its content (nothing: left out).
# Another section is a line here, a macro there, and its words.
SECTIONS: tuple[tuple[str, str, Callable[[Any, Reader], Any]], ...] = (
    ("page_seen", "page-seen", _page),
    ("findings", "findings", _findings),
    ("login", "login", _login),
    ("attributes", "attributes", received.attributes),
    ("levels", "levels", received.levels),
    ("times", "times", received.times),
    ("certificates", "certificates", lambda report, reader: {"rows": received.certificates(report, reader)}),
    ("waivers", "waivers", lambda report, reader: waivers(report, reader.lang)),
    ("unsettled", "unsettled", _unsettled),
    ("idle", "idle", _idle),
    ("passed", "passed", _passed),
    ("about", "about", _about),
)
HISTORY_SECTIONS: tuple[tuple[str, str, Callable[[Any, Reader], Any]], ...] = (
    ("findings", "findings", _findings),
    ("came", "came", html_over_time.came),
    ("logins", "logins", html_over_time.logins),
    ("waivers", "waivers", lambda report, reader: waivers(report, reader.lang)),
    ("unsettled", "unsettled", _unsettled),
    ("idle", "idle", _idle),
    ("passed", "passed", _passed),
    ("about", "about", html_over_time.about),
)
