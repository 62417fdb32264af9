"""The report for a person at a terminal: the verdict first, then what to do, worst first."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from idptest.model.flow import PAGE_NOT_UNDERSTOOD, Flow
from idptest.model.history import HistoryReport
from idptest.model.inspection import InspectionReport
from idptest.model.report import Finding, LoginReport, Report
from idptest.model.rule import Level, Verdict
from idptest.products import Fix, fix
from idptest.reporters import change, checklist, inspected, over_time, page, services
from idptest.reporters.alike import Alike, Key, alike, alone, key
from idptest.reporters.findings import (
    WaiverLine,
    answered,
    answered_shortly,
    asked,
    at_idp,
    groups,
    kind,
    names,
    not_settled,
    of_people,
    place,
    sentence,
    verdict,
    waiver_line,
    waivers,
    why_not_judged,
)
from idptest.reporters.style import INDENT, Style, bold, clean, paint, wrapped
from idptest.reporters.words import message, not_told, said, word
from idptest.saml.bindings import POST

__all__ = ["Style", "render", "table"]

_MOST = 20  # reports on what is no login that are written out below their table, as those of a whole feed are not
_IN_FULL = 3  # findings that stop nobody: so many are written out when nothing worse is found
_COLOUR = {"fine": "32", "fine-so-far": "32", "not-fine": "31", "not-judged": "33"}


def render(reports: Sequence[Report], styles: Sequence[Style]) -> str:
    """One login in full; several as a table, the verdict over them all, what several accounts share, and in full what is left."""
    if reports and checklist.is_one(reports[0]):
        return checklist.render(reports[0], styles[0]) + (render(reports[1:], styles[1:]) if len(reports) > 1 else "")
    if len(reports) == 1:
        return "\n".join(_lines(reports[0], styles[0], {}, {})) + "\n"
    if len(reports) > _MOST and not of_people(reports) and not styles[0].verbose:
        return table(reports, styles[0]) + "\n".join(wrapped(word("each-apart", styles[0].lang), styles[0], "  ")) + "\n\n"
    shared = alike(reports)
    told: dict[Fix, int] = {}
    full = [list(_alike(shared, styles[0], told))] if shared else []
    full += [
        list(_lines(report, style, shared, dict(told)))
        for report, style in zip(reports, styles, strict=True)
        if style.verbose or _is_more(report, shared)
    ]
    return table(reports, styles[0]) + "".join("\n".join(lines) + "\n" for lines in full)


def _is_more(report: Report, shared: Mapping[Key, Alike]) -> bool:
    """Is there more to say of it than what others have too?"""
    return bool(alone(report, report.failures(), shared) or not report.complete or report.untold)


def _alike(shared: Mapping[Key, Alike], style: Style, told: dict[Fix, int]) -> Iterator[str]:
    """What several accounts share, each with one of them as the example."""
    yield ""
    yield bold(word("alike", style.lang), style)
    yield from wrapped(over_time.against(next(iter(shared.values())).report, style.lang, style.zone), style, "  ")
    for found in shared.values():
        yield ""
        if found.finding.rule.level is Level.MUST or style.verbose:
            yield from _finding(found.number, found.finding, found.report, style, told, found)
        else:
            yield from _line(found.number, found.finding, found.report, style, found)


def table(reports: Sequence[Report], style: Style) -> str:
    """All in one look: a line each."""
    sv = style.lang == "sv"
    result = "resultat" if sv else "result"
    if of_people(reports):
        head: tuple[str, ...] = ("IdP", "konto" if sv else "account", "roll" if sv else "role", "nivå" if sv else "level", "EPPN", result)
        rows = [head, *((*_person(report, style), _result(report, style)) for report in reports)]
    else:
        head = ("vad" if sv else "what", "vilken" if sv else "which", result)
        rows = [head, *((*_what(report, style), _result(report, style)) for report in reports)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  " + "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n" + "\n".join(lines) + "\n\n  " + _over_all(reports, style) + "\n"


def _over_all(reports: Sequence[Report], style: Style) -> str:
    verdicts = [verdict(report) for report in reports]
    worst = next(found for found in ("not-fine", "not-judged", "fine-so-far", "fine") if found in verdicts)
    count, fine, sv = len(reports), verdicts.count("fine") + verdicts.count("fine-so-far"), style.lang == "sv"
    if any(not isinstance(report, LoginReport) for report in reports):
        words = over_time.over_all(fine, count, style.lang)
    elif worst == "fine":
        both = "Båda inloggningarna" if count == 2 else f"Alla {count} inloggningar"
        words = (
            f"{both} håller för Skolfederation och Skolverket."
            if sv
            else f"{'Both' if count == 2 else f'All {count}'} logins hold for Skolfederation and Skolverket."
        )
    else:
        words = f"{fine} av {count} inloggningar håller." if sv else f"{fine} of {count} logins hold."
    return paint(word(worst, style.lang), f"1;{_COLOUR[worst]}", style) + "   " + words


def _person(report: Report, style: Style) -> tuple[str, ...]:
    target = report.target
    return at_idp(report), target.account, word(target.role, style.lang), answered_shortly(report), _eppn(report, style)


def _what(report: Report, style: Style) -> tuple[str, ...]:
    """The same among what is no login."""
    which = names(report, style.lang)
    return word(f"kind-{kind(report)}", style.lang), clean(which[1] if isinstance(report, InspectionReport) else " › ".join(which[:2]))


def _result(report: Report, style: Style) -> str:
    result = word(verdict(report), style.lang).lower()
    passes = sum(1 for _ in report.having(Verdict.PASS))
    over = f"   {word('over-time', style.lang)}" if isinstance(report, HistoryReport) else ""
    return f"{result}   {passes} {word('hold', style.lang)}{over}"


def _eppn(report: Report, style: Style) -> str:
    show = style.show_values or report.target.test_person
    return said(report.eppn, style.lang, show).replace("\n", "⏎") if report.eppn else "–"


def _lines(report: Report, style: Style, shared: Mapping[Key, Alike], told: dict[Fix, int]) -> Iterator[str]:
    """`shared` is what is told above; `told` has the number under which a change with something to write was shown."""
    lang = style.lang
    who = clean(" › ".join(names(report, lang)))
    when = report.at.astimezone(style.zone).strftime("%Y-%m-%d %H:%M")
    yield ""
    yield bold(who, style) + when.rjust(max(2, style.width - len(who)))
    yield ""
    yield "  " + _headline(report, style)
    if isinstance(report, LoginReport):
        yield from _before(report, style)
    elif isinstance(report, HistoryReport):
        yield from wrapped(over_time.compared(report, lang, style.zone), style, "  ")
    elif isinstance(report, InspectionReport):
        yield from inspected.lines(report, style)
    above = [str(shared[key(report, finding)].number) for finding in report.failures() if key(report, finding) in shared]
    if above:
        yield from wrapped(f"{word('also', lang)}: {', '.join(sorted(dict.fromkeys(above), key=int))}", style, "  ")
    number = len(shared)
    for heading, every in groups(report):
        findings = alone(report, every, shared)
        if not findings:
            continue
        yield ""
        if heading:
            yield "  " + bold(word(heading, lang), style)
        folded = _folded(heading, findings, report, style)
        for finding in findings:
            number += 1
            yield from _line(number, finding, report, style) if folded else _finding(number, finding, report, style, told)
        if folded and heading == "should-look":
            yield from wrapped(f"{word('folded', lang)}: idptest rules ID, {word('or-all', lang)}", style)
    if isinstance(report, LoginReport):
        yield from services.lines(report, style)
    elif isinstance(report, HistoryReport):
        yield from over_time.lines(report, style)
    yield from _unsettled(report, style)
    yield from _waivers(report, style)
    if style.verbose:
        yield from _all_rules(report, style)
    yield ""
    if isinstance(report, LoginReport):
        yield from _asked(report, style)
    yield from _footer(report, style, shared)


def _before(report: LoginReport, style: Style) -> Iterator[str]:
    """What a reader must know before reading what was found in a login."""
    if report.login.assertion is not None and not report.login.trusted:
        yield "  " + paint(word("untrusted", style.lang), "31", style)
    yield from _untold(report.login.flow, style)
    yield from page.lines(report, style)


def _untold(flow: Flow, style: Style) -> Iterator[str]:
    """What a file that idptest did not write cannot tell."""
    parts = not_told(flow.untold, style.lang)
    if parts:
        yield from wrapped(f"{word('file-tells-not', style.lang)}: {'; '.join(parts)}. {word('left-out', style.lang)}", style, "  ")
    if "captured_at" in flow.untold:
        yield from wrapped(word("own-time", style.lang), style, "  ")


def _headline(report: Report, style: Style) -> str:
    sv = style.lang == "sv"
    must, should = len(report.failures(Level.MUST)), len(report.failures(Level.SHOULD))
    passes = sum(1 for _ in report.having(Verdict.PASS))
    found = verdict(report)
    parts = []
    if isinstance(report, HistoryReport):
        parts += over_time.counted(must, should, len(report.failures(Level.NOTE)), style.lang)
    elif must and isinstance(report, InspectionReport):
        parts.append(inspected.faults(must, style.lang))
    elif must:
        people = {"teacher": ("lärare", "teachers"), "pupil": ("elever", "pupils")}[report.target.role]
        parts.append(f"{must} fel stoppar {people[0]}" if sv else f"{must} {'fault stops' if must == 1 else 'faults stop'} {people[1]}")
    if should and not isinstance(report, HistoryReport):
        parts.append(
            f"{should} {'sak' if should == 1 else 'saker'} bör ses över"
            if sv
            else f"{should} {'thing is' if should == 1 else 'things are'} worth a look"
        )
    if found == "not-judged":
        parts.insert(0, clean(why_not_judged(report, style.lang)))
    parts.append(
        f"{passes} {'regel' if passes == 1 else 'regler'} håller" if sv else f"{passes} {'rule holds' if passes == 1 else 'rules hold'}"
    )
    if left := len(report.untold):
        parts.append(f"{left} kunde inte bedömas" if sv else f"{left} could not be judged")
    return paint(word(found, style.lang), f"1;{_COLOUR[found]}", style) + "   " + " · ".join(parts)


def _finding(number: int, finding: Finding, report: Report, style: Style, told: dict[Fix, int], of: Alike | None = None) -> Iterator[str]:
    """`told` has the number under which a change with something to write was shown; it is shown once. `of` says whose else it is."""
    show = style.show_values or report.target.test_person
    wrong, was_and_is = over_time.apart(finding, style.lang, show)
    yield from _heading(number, wrong or finding.rule.text(style.lang).title, _beside(finding, of, style), style)
    if of:
        yield from wrapped(of.names(style.lang, style.verbose), style)
    for label, value in was_and_is:
        yield from wrapped(f"{label:<4} {value}", style)
    to_do = fix(finding.rule, report.target.product, report.target.protocol)
    above = next(
        (at for shown, at in told.items() if shown == to_do or (to_do.snippet is not None and shown.snippet == to_do.snippet)), None
    )
    yield from explained(finding, report, style, above)
    if to_do.product or to_do.snippet:
        told.setdefault(to_do, number)


def explained(finding: Finding, report: Report, style: Style, above: int | None = None) -> Iterator[str]:
    """What stands below the heading: how it should be and why, what to change (or `above`, where that is said), where it is seen."""
    lang = style.lang
    text = finding.rule.text(lang)
    to_do = fix(finding.rule, report.target.product, report.target.protocol)
    yield from wrapped(f"{word('should-be', lang)}: {text.title}. {text.why}", style)
    if above is not None:
        label = word("do-this", lang) + (f" ({to_do.product})" if to_do.product else "")
        yield from wrapped(f"{label}: {word('as-above', lang)} {above}", style)
    else:
        yield from change.lines(to_do, style)
    at = next((evidence.at for evidence in finding.evidence if evidence.at), None)
    if at:
        yield from wrapped(f"{word('seen-in', lang)}: {place(at, lang, finding.rule.protocol)}", style)
    if finding.waiver:
        yield from wrapped(f"{word('waiver', lang)}: {_said(waiver_line(finding.rule.id, finding.waiver, lang))}", style)


def _folded(heading: str | None, findings: Sequence[Finding], report: Report, style: Style) -> bool:
    """A line each for what stops nobody: else a long list of wishes would hide the one fault that stops everybody."""
    if style.verbose or heading is None:
        return False
    return heading == "notes" or len(findings) > _IN_FULL or bool(report.failures(Level.MUST))


def _beside(finding: Finding, of: Alike | None, style: Style) -> str:
    """What stands at the right edge: the rule's id, and of how many accounts it is said."""
    return f"{of.count(style.lang)} · {finding.rule.id}" if of else finding.rule.id


def _line(number: int, finding: Finding, report: Report, style: Style, of: Alike | None = None) -> Iterator[str]:
    """What is wrong, cut to a line, and the rule's id."""
    show = style.show_values or report.target.test_person
    said_it = message(finding.message, finding.evidence, style.lang, show) or finding.rule.text(style.lang).title
    room = max(40, style.width) - len(INDENT)
    yield from _heading(number, textwrap.shorten(clean(said_it), room, placeholder=" …"), _beside(finding, of, style), style)
    if finding.waiver:
        yield from wrapped(f"{word('waiver', style.lang)}: {_said(waiver_line(finding.rule.id, finding.waiver, style.lang))}", style)


def stopped(finding: Finding, report: LoginReport, style: Style) -> Iterator[str]:
    """Below what says why a login was not completed: the page that it stopped at, and which step to write."""
    if finding.rule.id == page.LOGIN:
        yield from page.lines(report, style)


def _heading(number: int, wrong: str, rule: str, style: Style) -> Iterator[str]:
    """What is wrong, in bold, and the rule's id at the right edge of its first line, or below when there is no room."""
    label = f"  {number}  "
    lines = list(wrapped(sentence(wrong), style))
    beside = style.width - len(lines[0]) - len(rule) if len(lines) == 1 else 0
    yield label + bold(lines[0][len(INDENT) :], style) + (" " * beside + paint(rule, "2", style) if beside >= 2 else "")
    for line in lines[1:]:
        yield INDENT + bold(line[len(INDENT) :], style)
    if beside < 2:
        yield INDENT + paint(rule, "2", style)


def _unsettled(report: Report, style: Style) -> Iterator[str]:
    lang = style.lang
    found = not_settled(report)
    if not found:
        return
    yield ""
    yield "  " + bold(word("not-settled", lang), style) + f" ({len(found)})"
    blocked: dict[str, int] = {}
    for finding in found:
        if finding.blocked_by and not style.verbose:
            blocked[finding.blocked_by] = blocked.get(finding.blocked_by, 0) + 1
            continue
        text = message(finding.message, finding.evidence, lang, False)
        if isinstance(report, LoginReport) and _is_shown_above(finding, report) and not style.verbose:
            text = "se ovan" if lang == "sv" else "see above"
        yield from wrapped(f"{finding.rule.text(lang).title}: {text}" + (f" ← {finding.blocked_by}" if finding.blocked_by else ""), style)
    for rule, count in blocked.items():
        rules = (
            ("regel väntar på" if count == 1 else "regler väntar på")
            if lang == "sv"
            else ("rule waits for" if count == 1 else "rules wait for")
        )
        yield f"{INDENT}{count} {rules} {rule}"


def _is_shown_above(finding: Finding, report: LoginReport) -> bool:
    return finding.rule.id == page.LOGIN and report.login.flow.ended.how == PAGE_NOT_UNDERSTOOD


def _waivers(report: Report, style: Style) -> Iterator[str]:
    lines = waivers(report, style.lang)
    if lines:
        yield ""
        yield "  " + bold(word("waivers", style.lang), style)
    for line in lines:
        yield from wrapped(f"{line.rule}: {_said(line)}", style)


def _said(line: WaiverLine) -> str:
    return f"{line.reason} ({line.says})"


def _all_rules(report: Report, style: Style) -> Iterator[str]:
    signs = {Verdict.PASS: "+", Verdict.FAIL: "-", Verdict.INCONCLUSIVE: "?", Verdict.NOT_APPLICABLE: "·", Verdict.CRASHED: "!"}
    yield ""
    for finding in report.findings:
        said_it = message(finding.message, finding.evidence, style.lang, False) if finding.verdict is Verdict.NOT_APPLICABLE else ""
        yield f"  {signs[finding.verdict]} {finding.rule.id}  {finding.rule.text(style.lang).title}" + (
            f" ({clean(said_it)})" if said_it else ""
        )


def _asked(report: LoginReport, style: Style) -> Iterator[str]:
    flow, lang = report.login.flow, style.lang
    question = asked(flow.sent.contexts, lang) if report.login.told("contexts") else word("not-told", lang)
    if flow.sent.force_authn:
        question += f", {word('new-login', lang)}"
    # Skolverket's gateway asks by Redirect, unsigned; what is asked in another way says less about how it will fare.
    if flow.sent.signed:
        question += f", {word('signed', lang)}"
    if flow.sent.binding == POST:
        question += f", {word('by-post', lang)}"
    got = answered(report)
    yield from wrapped(
        f"{word('asked', lang)}: {question} · {word('got', lang)}: {got} · {word('skew', lang)}: {report.login.clock_skew} s", style, "  "
    )


def _footer(report: Report, style: Style, shared: Mapping[Key, Alike]) -> Iterator[str]:
    lang = style.lang
    first = next((finding for _, group in groups(report) for finding in alone(report, group, shared)), None)
    line = []
    if style.saved:
        line.append(f"{word('saved', lang)}: {style.saved}")
    if first:
        line.append(f"{word('more', lang)}: idptest rules {first.rule.id}")
    if line:
        yield "  " + " · ".join(line)
