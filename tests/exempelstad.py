"""Logins at Exempelstad for tests: recorded in memory once per test run, and changed as a test wants them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any

from lxml import etree

from idptest.adapters.demo import demo
from idptest.adapters.form_driver import FormDriver
from idptest.adapters.login_runner import LoginRunner
from idptest.demo.defects import defect
from idptest.demo.people import person
from idptest.model.flow import Flow
from idptest.model.report import Finding, Report
from idptest.model.rule import Verdict
from idptest.saml.xml import NS
from idptest.validator import judge

NOW = datetime(2026, 11, 22, 7, 45, tzinfo=UTC)


@cache
def log_in(account: str = "larare", *defects: str, at: datetime = NOW) -> tuple[Flow, ...]:
    """The flows of one `idptest login --demo ACCOUNT --defect …`, with numbered ids and the clock standing still."""
    numbers = count(1)

    def new_id() -> str:
        return f"id-{next(numbers):04d}"

    who = person(account)
    assert who is not None
    target, transport = demo(who, [defect(name) for name in defects], lambda: at, new_id)
    return tuple(captured.flow for captured in LoginRunner(FormDriver(transport, lambda: at), lambda: at, new_id).run(target))


def flow(account: str = "larare", *defects: str) -> Flow:
    """The first of them."""
    return log_in(account, *defects)[0]


def answer(captured: Flow) -> bytes:
    """The Response that arrived, as XML."""
    form = dict(captured.exchanges[captured.ended.exchange - 1].request.form or ())
    return base64.b64decode(form["SAMLResponse"])


def with_answer(captured: Flow, xml: bytes) -> Flow:
    """The same login, had this arrived instead."""
    delivered = captured.exchanges[captured.ended.exchange - 1]
    fields = dict(delivered.request.form or ()) | {"SAMLResponse": base64.b64encode(xml).decode()}
    request = replace(delivered.request, form=tuple(fields.items()))
    before = captured.exchanges[: captured.ended.exchange - 1]
    return replace(captured, exchanges=(*before, replace(delivered, request=request)))


def changed(captured: Flow, change: Callable[[Any], Any]) -> Flow:
    """The same login, its Response changed as a tree after signing; `change` may return another root."""
    root = etree.fromstring(answer(captured))
    other = change(root)
    return with_answer(captured, etree.tostring(root if other is None else other))


def one(root: Any, path: str) -> Any:
    """The one element at that XPath, with the customary prefixes."""
    (found,) = root.xpath(path, namespaces=NS)
    return found


def forged_by(eppn: str) -> Callable[[Any], None]:
    """A change that puts another person's EPPN in place of the signed one."""

    def forge(root: Any) -> None:
        one(root, ".//saml:AttributeValue").text = eppn

    return forge


def verdicts(report: Report) -> dict[str, Verdict]:
    """Each rule's verdict; of a rule with several subjects, the worst."""
    order = [Verdict.NOT_APPLICABLE, Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.CRASHED]
    worst: dict[str, Verdict] = {}
    for finding in report.findings:
        worst[finding.rule.id] = max(worst.get(finding.rule.id, order[0]), finding.verdict, key=order.index)
    return worst


def failing(captured: Flow) -> set[str]:
    return {rule for rule, verdict in verdicts(judge(captured)).items() if verdict is Verdict.FAIL}


def findings(report: Report, rule: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.rule.id == rule]
