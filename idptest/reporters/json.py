"""The report as JSON: format idptest-report/1, which people script against."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from idptest.model.history import HistoryReport
from idptest.model.inspection import InspectionReport
from idptest.model.login import Seen
from idptest.model.report import Finding, LoginReport, Report, Target
from idptest.model.rule import Level, Personal, Verdict
from idptest.products import Fix, fix
from idptest.reporters import inspected, over_time
from idptest.reporters.findings import kind
from idptest.reporters.words import message, shown


def render(reports: Sequence[Report], *, lang: str, show_values: bool = False) -> str:
    """One report, or several as idptest-reports/1."""
    if len(reports) == 1:
        plain = as_plain(reports[0], lang, show_values)
    else:
        plain = {"format": "idptest-reports/1", "reports": [as_plain(report, lang, show_values) for report in reports]}
    return json.dumps(plain, ensure_ascii=False, indent=2) + "\n"


def as_plain(report: Report, lang: str, show_values: bool) -> dict[str, Any]:
    """The report as JSON's own types. Values that identify a person are masked unless shown, or the account is a test person."""
    target = report.target
    show = show_values or target.test_person
    verdicts = Counter(finding.verdict for finding in report.findings)
    return {
        "format": "idptest-report/1",
        "tool": {"name": "idptest", "version": report.tool.version, "rules_digest": report.tool.rules_digest},
        "target": {
            "idp": target.idp,
            "product": target.product,
            "account": target.account or None,
            "role": target.role or None,
            "protocol": target.protocol or None,
            "rulesets": list(target.rulesets),
        },
        "subject": kind(report),
        "login": _login(report, lang, show) if isinstance(report, LoginReport) else None,
        "history": over_time.as_plain(report, lang, show) if isinstance(report, HistoryReport) else None,
        "inspection": inspected.as_plain(report, lang, show) if isinstance(report, InspectionReport) else None,
        "summary": {
            "conformant": report.conformant,
            "complete": report.complete,
            "pass": verdicts[Verdict.PASS],
            "fail": {level.value: len(report.failures(level)) for level in Level},
            "waived": sum(finding.waived for finding in report.findings),
            "inconclusive": verdicts[Verdict.INCONCLUSIVE],
            "not_applicable": verdicts[Verdict.NOT_APPLICABLE],
            "crashed": verdicts[Verdict.CRASHED],
        },
        "findings": [_finding(finding, target, lang, show) for finding in report.findings],
    }


def _login(report: LoginReport, lang: str, show: bool) -> dict[str, Any]:
    flow, login = report.login.flow, report.login
    eppn = [shown(value, lang, show) for value in report.eppn]
    return {
        "ended": flow.ended.how,
        "captured_at": flow.captured_at.isoformat().replace("+00:00", "Z"),
        "trusted": login.trusted,
        "eppn": eppn[0] if len(eppn) == 1 else eppn or None,
        "authn_context": shown(report.context, lang, show) if report.context else None,
        "seen_by": [_seen(seen, lang, show) for seen in login.seen_by],
        "flow": flow.id,
    }


def _seen(seen: Seen, lang: str, show: bool) -> dict[str, Any]:
    """What one kind of service would see of the login."""
    return {
        "service": seen.service,
        "title": seen.title.text(lang),
        "knows_the_person": seen.knows_the_person,
        "says": seen.says.text(lang),
        "eppn": shown(tuple(Personal(value) for value in seen.eppn), lang, show),
        "attributes": [
            {
                "attribute": kept.attribute,
                "at": str(kept.at),
                "name": kept.name,
                "kept": len(kept.values),
                "dropped": kept.dropped,
                "why": kept.why.text(lang) if kept.why else None,
            }
            for kept in seen.kept
        ],
        "source": seen.source,
    }


def _finding(finding: Finding, target: Target, lang: str, show: bool) -> dict[str, Any]:
    text, waiver, change = finding.rule.text(lang), finding.waiver, fix(finding.rule, target.product, target.protocol)
    return {
        "rule": finding.rule.id,
        "title": text.title,
        "level": finding.rule.level.value,
        "verdict": finding.verdict.value,
        "message": message(finding.message, finding.evidence, lang, show),
        "why": text.why,
        "fix": change.words.text(lang),
        "change": as_change(change),
        "source": finding.rule.source,
        "subject": finding.subject,
        "evidence": [
            {
                "at": str(evidence.at) if evidence.at else None,
                "actual": shown(evidence.actual, lang, show),
                "expected": shown(evidence.expected, lang, show),
            }
            for evidence in finding.evidence
        ],
        "blocked_by": finding.blocked_by,
        "waiver": waiver and {"reason": waiver.waiver.reason, "until": waiver.waiver.until, "state": waiver.state},
        "count": finding.count,
    }


def as_change(change: Fix) -> dict[str, Any] | None:
    """What is known of a fix besides its words: of which product, what to write, who says so; None when it is the rule's own."""
    if change.source is None:
        return None
    return {
        "product": change.product,
        "snippet": change.snippet,
        "syntax": change.syntax,
        "source": change.source,
        "confirmed": change.confirmed,
    }
