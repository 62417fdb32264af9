"""From what was found to the outcome of a test, in the words of the text report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from idptest.model.report import NOT_NEEDED, Finding, LoginReport
from idptest.model.rule import Level, Verdict
from idptest.pytest_plugin.sources import Found
from idptest.reporters import over_time, page, text
from idptest.reporters.findings import sentence, waiver_line
from idptest.reporters.style import Style, clean
from idptest.reporters.words import word

PASS, FAIL, ERROR, XFAIL, SKIP = "pass", "fail", "error", "xfail", "skip"


@dataclass(frozen=True)
class Outcome:
    """`kind` is one of PASS, FAIL, ERROR (it could not be judged), XFAIL (a failure that does not count here) and SKIP (nothing to judge).

    `text`: a line, and for failures more; empty for a pass. `warnings` are lines.
    """

    kind: str
    text: str = ""
    warnings: tuple[str, ...] = ()


def check(found: Sequence[Found], fail_on: Level, style: Style) -> Outcome:
    """The worst that was found decides: FAIL, ERROR, XFAIL; then PASS if the rule holds anywhere."""
    if not found:
        return Outcome(ERROR, _NOBODY_JUDGED[style.lang])
    kinds = [(_kind(each.finding, fail_on), each) for each in found]
    kind = next(kind for kind in (FAIL, ERROR, XFAIL, PASS, SKIP) if any(kind == other for other, _ in kinds))
    told = [each for other, each in kinds if other == kind]
    words: Callable[[Found, Style], str] = {FAIL: _failure, XFAIL: _forgiven, ERROR: _not_judged, SKIP: _said, PASS: _nothing}[kind]
    return Outcome(kind, "\n\n".join(dict.fromkeys(words(each, style) for each in told)), _warnings(found, style.lang))


_NOBODY_JUDGED = {"en": "no login was judged by this rule", "sv": "ingen inloggning bedömdes efter den här regeln"}


def _kind(finding: Finding, fail_on: Level) -> str:
    if finding.verdict is Verdict.PASS:
        return PASS
    if finding.verdict is Verdict.NOT_APPLICABLE:
        return SKIP
    if finding.verdict is not Verdict.FAIL:
        return ERROR
    return FAIL if finding.failed and finding.rule.level in fail_on.and_worse else XFAIL


def _nothing(found: Found, style: Style) -> str:
    return ""


def _shows(found: Found, style: Style) -> bool:
    return style.show_values or found.report.target.test_person


def _said(found: Found, style: Style) -> str:
    """What the rule says it found, in one line."""
    words, was_and_is = over_time.apart(found.finding, style.lang, _shows(found, style))
    line = sentence(words or found.finding.rule.text(style.lang).title)
    return clean(" ".join([line, *(f"{label} {value}" for label, value in was_and_is)]))


def _failure(found: Found, style: Style) -> str:
    """What was found in one line, which pytest's summary shows; then why it matters and what to change, as the text report has it."""
    saved = f" · {word('saved', style.lang)}: {found.path}" if found.path else ""
    return "\n".join(
        (
            _said(found, style),
            *text.explained(found.finding, found.report, replace(style, width=96)),
            f"     {found.finding.rule.level.value.upper()} · {word('more', style.lang)}: idptest rules {found.finding.rule.id}{saved}",
        )
    )


def _forgiven(found: Found, style: Style) -> str:
    """The first line says why the failure does not count."""
    finding = found.finding
    if finding.waived and finding.waiver:
        line = waiver_line(finding.rule.id, finding.waiver, style.lang)
        return f"{word('waiver', style.lang)}: {clean(line.reason)} ({line.says})\n{_failure(found, style)}"
    return f"{finding.rule.level.value.upper()}: {_failure(found, style)}"


def _not_judged(found: Found, style: Style) -> str:
    """One line: why. What waits for another rule says what that one found. Below a login that stopped at a page: the page."""
    finding = found.finding
    if finding.blocked_by:
        root = _root(found)
        return f"{_said(root, style)} ({word('waits-for', style.lang)} {finding.blocked_by if root is found else root.finding.rule.id})"
    page_there = text.stopped(finding, found.report, replace(style, width=96)) if isinstance(found.report, LoginReport) else ()
    return "\n".join((_said(found, style), *page_there))


def _root(found: Found) -> Found:
    """What everything waits for when the login was not completed; else the end of the chain of those that wait for another."""
    by_rule = {each.rule.id: each for each in found.report.findings if each.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)}
    if page.LOGIN in by_rule:
        return replace(found, finding=by_rule[page.LOGIN])
    finding, seen = found.finding, {found.finding.rule.id}
    while finding.blocked_by in by_rule and finding.blocked_by not in seen:
        finding = by_rule[finding.blocked_by]
        seen.add(finding.rule.id)
    return found if finding is found.finding else replace(found, finding=finding)


def _warnings(found: Sequence[Found], lang: str) -> tuple[str, ...]:
    """A waiver that is not needed: it would hide the next failure."""
    lines = [
        f"{word('waiver', lang)}: {each.finding.rule.id}: {waiver_line(each.finding.rule.id, each.finding.waiver, lang).says}"
        for each in found
        if each.finding.waiver and each.finding.waiver.state == NOT_NEEDED
    ]
    return tuple(dict.fromkeys(lines))
