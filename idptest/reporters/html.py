"""The report as one HTML file: the verdict in words first, then what to do, then what happened and what came.

Nothing is loaded from anywhere and no script runs; the page's own policy forbids both. Whatever a peer sent is text: Jinja2 escapes
it, characters that steer or hide are shown by their number, and no address of a peer's becomes a link.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup

from idptest import resources
from idptest.model.history import HistoryReport
from idptest.model.inspection import ONBOARDING, InspectionReport
from idptest.model.report import Finding, LoginReport, Report
from idptest.model.rule import Level, Verdict
from idptest.reporters import cards, checklist, html_over_time, inspected, page, received, services
from idptest.reporters.alike import alike
from idptest.reporters.cards import cut, numbered
from idptest.reporters.findings import (
    HISTORY,
    LOGIN,
    answered_shortly,
    at_idp,
    kind,
    names,
    not_settled,
    of_people,
    protocols,
    sentence,
    verdict,
    waivers,
    why_not_judged,
)
from idptest.reporters.reader import Reader
from idptest.reporters.sequence import sequence
from idptest.reporters.style import visible
from idptest.reporters.words import message, not_told, word
from idptest.reporters.words_html import counted, named, of, say


def render(reports: Sequence[Report], *, lang: str, show_values: bool = False, zone: tzinfo | None = UTC) -> str:
    """One report, or several under an overview."""
    style = resources.text(resources.REPORTERS, "report.css")
    shared = alike(reports)
    parts = tuple(
        _part(report, Reader(lang, show_values or report.target.test_person, zone, *_anchors(report, number), shared))
        for number, report in enumerate(reports, 1)
    )
    fine = sum(part.verdict in ("fine", "fine-so-far") for part in parts)
    verdicts, hold = (
        ("not-fine", "not-judged", "fine-so-far", "fine"),
        "all-hold" if all(part.verdict == "fine" for part in parts) else "some-hold",
    )
    logins = of_people(reports)
    return (
        _environment()
        .get_template("report.html")
        .render(
            lang=lang,
            parts=parts,
            shared=cards.shared(shared, Reader(lang, show_values, zone)),
            headline=parts[0].headline
            if reports and checklist.is_one(reports[0])
            else say(hold if logins else f"several-{hold}", lang, n=fine, all=len(parts)),
            logins=logins,
            worst=next((found for found in verdicts if any(part.verdict == found for part in parts)), "not-judged"),
            level=2 if len(parts) == 1 else 3,
            style=Markup(style),  # noqa: S704 - our own file
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            say=lambda key, **filled: say(key, lang, **filled),
            counted=lambda number, what: counted(number, what, lang),
        )
    )


def _anchors(report: Report, number: int) -> tuple[str, frozenset[str]]:
    """How the report's part of the page is called, and of which documents evidence has a section there to lead to."""
    if isinstance(report, InspectionReport):
        return f"{report.inspection.kind}-{number}", frozenset()
    if not isinstance(report, LoginReport):
        return f"login-{number}", frozenset()
    return f"login-{number}", frozenset({"exchange"} if report.login.oidc else {"exchange", "metadata"})


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


# --- one report


@dataclass(frozen=True)
class Section:
    """`name` is a macro in sections.html and the key of the heading; `content` is what the macro takes."""

    name: str
    heading: str
    content: Any


@dataclass(frozen=True)
class Part:
    """All about one report. `names` is what it is about, from the whole to its part; `says` is the verdict in words."""

    place: str
    kind: str
    names: tuple[str, ...]
    idp: str
    account: str
    role: str
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


_MARKS = {"fine": "✓", "fine-so-far": "✓", "not-fine": "✕", "not-judged": "?"}


def _part(report: Report, reader: Reader) -> Part:
    target, found, judged = report.target, verdict(report), kind(report)
    whole = report.complete and not report.untold
    sections = []
    for name, heading, content in SECTIONS.get(judged, INSPECTION_SECTIONS):
        made = content(report, reader)
        if made:
            sections.append(Section(name, say(of(heading, target.protocol), reader.lang), made))
    return Part(
        place=reader.place,
        kind=word(f"kind-{judged}", reader.lang),
        names=names(report, reader.lang),
        idp=at_idp(report),
        account=target.account,
        role=word(target.role, reader.lang) if target.role else "",
        when=reader.moment(report.at),
        level=answered_shortly(report),
        verdict=found,
        mark=_MARKS[found],
        headline=checklist.headline(report, reader.lang)
        if checklist.is_one(report)
        else say(f"verdict-{_judged(report)}-{found}", reader.lang),
        says=() if checklist.is_one(report) else tuple(_in_words(report, found, reader)),
        conformant=say("no" if not report.conformant else "yes" if whole else "not-known", reader.lang),
        complete=say("yes" if whole else "no", reader.lang),
        passes=len(_passed(report, reader)),
        sections=tuple(sections),
    )


def _judged(report: Report) -> str:
    """What the headline is about: logins by two protocols are no change over time."""
    return "protocols" if isinstance(report, HistoryReport) and "+" in protocols(report) else kind(report)


def _in_words(report: Report, found: str, reader: Reader) -> list[str]:
    """What the verdict means, for somebody who does not know SAML."""
    if isinstance(report, HistoryReport):
        return html_over_time.says(report, found, reader)
    lang = reader.lang
    must, should = len(report.failures(Level.MUST)), len(report.failures(Level.SHOULD))
    waived = sum(finding.waived for finding in report.findings)
    if found == "not-fine":
        whom = f"-{report.target.role}" if isinstance(report, LoginReport) else ""
        lines = [say(f"means-not-fine{whom}", lang, faults=counted(must, "fault", lang))]
    elif found == "not-judged":
        lines = [say("means-not-judged", lang, why=why_not_judged(report, lang))]
    elif found == "fine-so-far":
        lines = [say("means-fine-so-far", lang, rules=counted(len(report.untold), "rule", lang))]
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
    return [*lines, *_of_the_file(report, lang)] if isinstance(report, LoginReport) else lines


def _of_the_file(report: LoginReport, lang: str) -> list[str]:
    """What must be known of where the login comes from."""
    lines, flow = [], report.login.flow
    if report.login.assertion is not None and not report.login.trusted:
        lines.append(word("untrusted", lang))
    if missing := not_told(flow.untold, lang):
        lines.append(f"{word('file-tells-not', lang)}: {'; '.join(missing)}.")
    if "captured_at" in flow.untold:
        lines.append(word("own-time", lang))
    return lines


def _page(report: LoginReport, reader: Reader) -> page.Seen | None:
    return page.seen(report, reader.lang, reader.show)


def _login(report: LoginReport, reader: Reader) -> dict[str, Any]:
    return {"sequence": sequence(report, numbered(report), reader.lang, reader.show)}


@dataclass(frozen=True)
class Service:
    """Services that see the same; `lost` says of which attributes something is lost there, and why."""

    says: str
    titles: tuple[str, ...]
    knows: bool
    lost: tuple[tuple[str, str], ...]


def _services(report: LoginReport, reader: Reader) -> tuple[Service, ...]:
    return tuple(
        Service(
            sentence(says),
            tuple(seen.title.text(reader.lang) for seen in found),
            found[0].knows_the_person,
            tuple(dict.fromkeys((kept.attribute, kept.why.text(reader.lang)) for seen in found for kept in seen.lost if kept.why)),
        )
        for says, found in services.alike(report, reader.lang, reader.show).items()
    )


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
    numbers = {finding.rule.id: number for number, finding in reversed(numbered(report))}
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
    why = sentence(cut(message(finding.message, finding.evidence, reader.lang, reader.show)))
    return Undecided(finding.rule.id, finding.rule.text(reader.lang).title, why)


def _passed(report: Report, reader: Reader) -> tuple[tuple[str, str], ...]:
    """Rules that hold for everything they are about."""
    held = {finding.rule.id: finding.rule for finding in report.having(Verdict.PASS)}
    for finding in report.having(Verdict.FAIL):
        held.pop(finding.rule.id, None)
    return tuple((rule.id, rule.text(reader.lang).title) for rule in held.values())


def _certificates(report: LoginReport, reader: Reader) -> dict[str, Any] | None:
    """An OpenID provider has keys instead."""
    return None if report.login.oidc else {"rows": received.certificates(report, reader)}


def _about(report: LoginReport, reader: Reader) -> tuple[tuple[str, str], ...]:
    flow, lang = report.login.flow, reader.lang
    return (
        (say("made-by", lang), report.tool.version),
        (say("digest", lang), report.tool.rules_digest),
        (say("flow", lang), flow.id or say("not-saved", lang)),
        (say("time", lang), reader.moment(flow.captured_at, seconds=True)),
        (sentence(word("skew", lang)), say("seconds", lang, n=report.login.clock_skew)),
        (say("rulesets", lang), ", ".join((say(of("standards", flow.protocol), lang), *flow.rulesets))),
        (say(of("entity-id", flow.protocol), lang), flow.idp.entity_id),
        (say("product", lang), flow.idp.product or say("product-unknown", lang)),
        (say("environment", lang), named("environment", flow.idp.environment, lang)),
    )


def _about_inspection(report: InspectionReport, reader: Reader) -> tuple[tuple[str, str], ...]:
    return (
        (say("made-by", reader.lang), report.tool.version),
        (say("digest", reader.lang), report.tool.rules_digest),
        (say("at", reader.lang), reader.moment(report.at, seconds=True)),
        (say("product", reader.lang), report.target.product or say("product-unknown", reader.lang)),
    )


# What stands on the page, in order: a macro in sections.html, the key of its heading, and what makes its content (nothing: left out).
# Another section is a line here, a macro there, and its words.
Sections = tuple[tuple[str, str, Callable[[Any, Reader], Any]], ...]
LOGIN_SECTIONS: Sections = (
    ("page_seen", "page-seen", _page),
    ("findings", "findings", cards.cards),
    ("login", "login", _login),
    ("attributes", "attributes", received.attributes),
    ("services", "seen-by", _services),
    ("levels", "levels", received.levels),
    ("times", "times", received.times),
    ("certificates", "certificates", _certificates),
    ("keys", "keys", received.keys),
    ("waivers", "waivers", lambda report, reader: waivers(report, reader.lang)),
    ("unsettled", "unsettled", _unsettled),
    ("idle", "idle", _idle),
    ("passed", "passed", _passed),
    ("about", "about", _about),
)
# The same for a history.
HISTORY_SECTIONS: Sections = (
    ("findings", "findings", cards.cards),
    ("came", "came", html_over_time.came),
    ("logins", "logins", html_over_time.logins),
    ("waivers", "waivers", lambda report, reader: waivers(report, reader.lang)),
    ("unsettled", "unsettled", _unsettled),
    ("idle", "idle", _idle),
    ("passed", "passed", _passed),
    ("about", "about", html_over_time.about),
)
# The same for whatever is no login.
INSPECTION_SECTIONS: Sections = (
    ("facts_seen", "facts-seen", inspected.pairs),
    ("findings", "findings", cards.cards),
    ("waivers", "waivers", lambda report, reader: waivers(report, reader.lang)),
    ("unsettled", "unsettled", _unsettled),
    ("idle", "idle", _idle),
    ("passed", "passed", _passed),
    ("about", "about", _about_inspection),
)
# And for onboarding: the step's own report follows.
ONBOARDING_SECTIONS: Sections = (
    ("facts_seen", "steps", inspected.pairs),
    ("in_the_way", "in-the-way", checklist.in_the_way),
    ("about", "about", _about_inspection),
)
SECTIONS = {LOGIN: LOGIN_SECTIONS, HISTORY: HISTORY_SECTIONS, ONBOARDING: ONBOARDING_SECTIONS}
