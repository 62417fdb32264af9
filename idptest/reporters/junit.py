"""The report as JUnit XML, as Jenkins and GitLab read it: a test suite for each login, a test case for each rule.

A failure at or above `--fail-on` is a failure. One below it, one that is waived and a rule with nothing to judge are skipped, with the
reason. What could not be judged is an error, so that no pipeline is green for having asked nothing: exit code 3 says the same.
Elements and attributes are those of the schema that Jenkins' xUnit plugin ships
(https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd) and
that GitLab reads (https://docs.gitlab.com/ci/testing/unit_test_reports/, both read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree

from idptest.model.history import HistoryReport
from idptest.model.inspection import InspectionReport
from idptest.model.report import Finding, LoginReport, Report, Target
from idptest.model.rule import Level, Verdict
from idptest.products import fix
from idptest.reporters import change, inspected
from idptest.reporters.findings import names, ought, place, waiver_line, waivers
from idptest.reporters.style import visible
from idptest.reporters.words import message, said, word

_OUTCOMES = ("failure", "error", "skipped")


def render(reports: Sequence[Report], *, lang: str, show_values: bool = False, fail_on: Level = Level.MUST) -> str:
    """One suite for each report."""
    root = etree.Element("testsuites", name="idptest")
    suites = [_suite(root, report, lang, show_values or report.target.test_person, fail_on) for report in reports]
    for number, suite in enumerate(suites, 1):
        if len(suites) > 1:
            suite.set("name", f"{number}. {suite.get('name')}")  # an account may have several logins
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name)) for suite in suites)))
    root.set("time", "0")
    etree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + str(etree.tostring(root, encoding="unicode")) + "\n"


def _suite(root: etree._Element, report: Report, lang: str, show: bool, fail_on: Level) -> etree._Element:
    target = report.target
    about = names(report, lang) if isinstance(report, InspectionReport) else (target.idp, target.account, target.protocol.upper())
    suite = etree.SubElement(root, "testsuite", name=visible(" › ".join(about)))
    properties = etree.SubElement(suite, "properties")
    for name, value in _properties(report, lang, show):
        etree.SubElement(properties, "property", name=visible(name), value=visible(value))
    by_rule: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_rule.setdefault(finding.rule.id, []).append(finding)
    counts = dict.fromkeys(_OUTCOMES, 0)
    for findings in by_rule.values():
        outcome = _case(suite, findings, target, lang, show, fail_on)
        if outcome:
            counts[outcome] += 1
    for line in waivers(report, lang):
        out = suite.find("system-out")
        out = etree.SubElement(suite, "system-out") if out is None else out
        out.text = (out.text or "") + visible(f"{word('waiver', lang)}: {line.rule}: {line.reason} ({line.says})") + "\n"
    suite.set("tests", str(len(by_rule)))
    suite.set("failures", str(counts["failure"]))
    suite.set("errors", str(counts["error"]))
    suite.set("skipped", str(counts["skipped"]))
    suite.set("time", "0")
    suite.set("timestamp", report.at.strftime("%Y-%m-%dT%H:%M:%S"))
    return suite


def _properties(report: Report, lang: str, show: bool) -> Iterator[tuple[str, str]]:
    """What the JSON report calls tool, target and login, history or inspection, flat."""
    target = report.target
    yield "tool", f"idptest {report.tool.version}"
    yield "rules_digest", report.tool.rules_digest
    if isinstance(report, InspectionReport):
        yield "kind", report.inspection.kind
        yield "name", report.inspection.name
        yield "product", target.product or ""
        for fact in report.inspection.facts:
            yield fact.label.text(lang), ", ".join(inspected.values(fact, lang, show))
    else:
        yield "idp", target.idp
        yield "idp_entity_id", target.entity_id
        yield "product", target.product or ""
        yield "account", target.account
        yield "role", target.role
        yield "protocol", target.protocol
        yield "rulesets", ", ".join(target.rulesets)
    if isinstance(report, LoginReport):
        yield "ended", report.login.flow.ended.how
        yield "trusted", str(report.login.trusted).lower()
        yield "flow", report.login.flow.id or ""
    elif isinstance(report, HistoryReport):
        yield "baseline", report.history.baseline.name if report.history.baseline else ""
        yield "logins", str(len(report.history.now))
    yield "conformant", str(report.conformant).lower()
    yield "complete", str(report.complete).lower()


def _case(suite: etree._Element, findings: Sequence[Finding], target: Target, lang: str, show: bool, fail_on: Level) -> str | None:
    """One rule, judged by the worst that came of it. Returns the name of the outcome's element, None for a pass."""
    rule = findings[0].rule
    group, _, name = rule.id.partition("/")
    case = etree.SubElement(suite, "testcase", classname=group, name=f"{name}: {visible(rule.text(lang).title)}", time="0")
    found = [(_outcome(finding, fail_on), finding) for finding in findings]
    worst = next((outcome for outcome in _OUTCOMES if any(outcome == each for each, _ in found)), None)
    if worst is None or (worst == "skipped" and any(finding.verdict is Verdict.PASS for _, finding in found) and _only_idle(findings)):
        return None
    told = [finding for outcome, finding in found if outcome == worst]
    told.sort(key=lambda finding: finding.verdict is not Verdict.FAIL)
    element = etree.SubElement(case, worst, message=visible(_short(told[0], lang, show)))
    if worst != "skipped":
        element.set("type", rule.level.value if worst == "failure" else told[0].verdict.value)
    element.text = "\n\n".join("\n".join(visible(line) for line in _long(finding, target, lang, show)) for finding in told)
    return worst


def _outcome(finding: Finding, fail_on: Level) -> str | None:
    if finding.verdict is Verdict.PASS:
        return None
    if finding.verdict in (Verdict.INCONCLUSIVE, Verdict.CRASHED):
        return "error"
    return "failure" if finding.failed and finding.rule.level in fail_on.and_worse else "skipped"


def _only_idle(findings: Sequence[Finding]) -> bool:
    """Nothing failed: besides passes there is only what does not apply."""
    return all(finding.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE) for finding in findings)


def _short(finding: Finding, lang: str, show: bool) -> str:
    """One line: what was found; before it why a failure is no failure here."""
    text = message(finding.message, finding.evidence, lang, show) or finding.rule.text(lang).title
    if finding.waived and finding.waiver:
        return f"{word('waiver', lang)}: {waiver_line(finding.rule.id, finding.waiver, lang).reason}"
    return f"{finding.rule.level.value.upper()}: {text}" if finding.verdict is Verdict.FAIL else text


def _long(finding: Finding, target: Target, lang: str, show: bool) -> Iterator[str]:
    text = finding.rule.text(lang)
    yield message(finding.message, finding.evidence, lang, show) or text.title
    if finding.waiver:
        line = waiver_line(finding.rule.id, finding.waiver, lang)
        yield f"{word('waiver', lang)}: {line.reason} ({line.says})"
    if finding.verdict is Verdict.FAIL:
        to_do = fix(finding.rule, target.product, target.protocol)
        yield f"{word('should-be', lang)}: {text.title}. {text.why}"
        yield change.said(to_do, lang)
        yield from change.snippet(to_do, "    ")
        if to_do.source:
            yield f"{word('by', lang)}: {' · '.join((to_do.source, *change.remarks(to_do, lang)))}"
    for evidence in finding.evidence:
        if evidence.at:
            yield f"{word('seen-in', lang)}: {place(evidence.at, lang, finding.rule.protocol)} ({evidence.at})"
        if evidence.actual is not None:
            yield f"{word('is', lang)}: {said(evidence.actual, lang, show)}"
        if evidence.expected is not None:
            yield f"{ought(finding, lang)}: {said(evidence.expected, lang, show)}"
    if finding.blocked_by:
        yield f"{word('waits-for', lang)}: {finding.blocked_by}"
    yield f"{word('source', lang)}: {finding.rule.source}"
