"""Rules × subjects → findings. The one engine."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from idptest import catalogue, decode
from idptest.errors import ConfigurationError
from idptest.model.flow import Flow
from idptest.model.history import History, HistoryReport
from idptest.model.inspection import Inspection, InspectionReport
from idptest.model.report import EXPIRED, IN_FORCE, NOT_JUDGED, NOT_NEEDED, AppliedWaiver, Finding, LoginReport
from idptest.model.rule import UNTOLD, Evidence, Outcome, Pointer, Rule, Verdict, Waiver, Words, inconclusive, not_applicable, untold
from idptest.toml_lines import nearest


class Judged(Protocol):
    """Anything that rules are applied to: it answers which subjects of a class it has, and why it has none."""

    def all(self, kind: type) -> tuple[object, ...]: ...

    def blocker(self, kind: type) -> str | None: ...


def judge(flow: Flow) -> LoginReport:
    """A pure function of the flow. Raises ConfigurationError for a waiver or a ruleset that does not exist."""
    rules = catalogue.rules_for(flow.rulesets, flow.own_rulesets, flow.protocol)
    check_waivers(flow.waivers, rules)
    skew = catalogue.clock_skew(flow.rulesets, flow.own_rulesets, decode.CLOCK_SKEW)
    login = decode.decode(flow, catalogue.attributes(), catalogue.assurance(), skew, catalogue.consumers())
    findings = _waive(tuple(validate(rules, login)), flow.waivers, flow.captured_at.date().isoformat())
    return LoginReport(catalogue.tool(flow.own_rulesets), tuple(findings), login)


def judge_history(history: History, waivers: Sequence[Waiver] = ()) -> HistoryReport:
    """A pure function of the history; its clock is that of the last login in it."""
    findings = _waive(tuple(validate(catalogue.rules_over_time(), history)), waivers, history.at.date().isoformat())
    return HistoryReport(catalogue.tool(), tuple(findings), history)


def inspect(inspection: Inspection, rulesets: Sequence[str] = (), waivers: Sequence[Waiver] = ()) -> InspectionReport:
    """A pure function of the inspection. `rulesets` are those whose rules apply beside the rules in code."""
    rules = catalogue.rules_about(inspection.subjects.keys(), rulesets)
    findings = _waive(tuple(validate(rules, inspection)), waivers, inspection.at.date().isoformat())
    return InspectionReport(catalogue.tool(), tuple(findings), inspection)


def validate(rules: Sequence[Rule], judged: Judged) -> Iterator[Finding]:
    """A finding for every rule and each subject it is about; one for a rule without subject, which is never a pass."""
    there: dict[type, tuple[tuple[object, str], ...]] = {}
    for rule in rules:
        kind = rule.subject
        if kind not in there:
            there[kind] = tuple((subject, _name(subject, kind)) for subject in judged.all(kind))
        about = there[kind] if rule.selects is None else [one for one in there[kind] if rule.selects(one[0])]
        for subject, name in about or ((None, kind.__name__),):
            outcome = _nothing_there(judged.blocker(kind)) if subject is None else _apply(rule, subject, judged)
            yield Finding(rule, outcome.verdict, outcome.message, outcome.evidence, name, outcome.blocked_by)


def _name(subject: object, kind: type) -> str:
    at = getattr(subject, "pointer", None)
    return str(at) if isinstance(at, Pointer) else kind.__name__


def _apply(rule: Rule, subject: object, judged: Judged) -> Outcome:
    try:
        outcome = rule.test(subject, judged)
        if not isinstance(outcome, Outcome):
            raise TypeError(f"{rule.id} returned {type(outcome).__name__}")
    except Exception as bug:  # contained here and shown loudly: a rule's bug must not hide the other rules
        said = f"{type(bug).__name__} in {rule.origin}"
        return Outcome(Verdict.CRASHED, Words(f"a bug in idptest: {said}", f"ett fel i idptest: {said}"), (Evidence(None),))
    return outcome


def _nothing_there(blocker: str | None) -> Outcome:
    if blocker == UNTOLD:
        return untold()
    if blocker is None:
        return not_applicable("there is nothing here to judge", "det finns inget att bedöma här")
    return inconclusive("there is nothing to judge it on", "underlag för bedömningen saknas", blocked_by=blocker)


def _waive(findings: Sequence[Finding], waivers: Sequence[Waiver], today: str) -> Iterator[Finding]:
    """The same findings, with the waivers applied. Of several for one rule the one that lasts longest counts."""
    if not waivers:
        yield from findings
        return
    lasting = {waiver.rule: waiver for waiver in sorted(waivers, key=lambda waiver: waiver.until)}
    verdicts: dict[str, set[Verdict]] = {}
    for finding in findings:
        verdicts.setdefault(finding.rule.id, set()).add(finding.verdict)
    for finding in findings:
        waiver = lasting.get(finding.rule.id)
        yield replace(finding, waiver=_applied(waiver, finding.verdict, verdicts[finding.rule.id], today)) if waiver else finding


def _applied(waiver: Waiver, verdict: Verdict, verdicts: Collection[Verdict], today: str) -> AppliedWaiver | None:
    """What a waiver does to a finding with this verdict, of a rule with these. Only a failure can be accepted."""
    if Verdict.FAIL in verdicts:
        state = IN_FORCE if today <= waiver.until else EXPIRED
        return AppliedWaiver(waiver, state) if verdict is Verdict.FAIL else None
    settled = Verdict.PASS in verdicts and not {Verdict.INCONCLUSIVE, Verdict.CRASHED} & set(verdicts)
    return AppliedWaiver(waiver, NOT_NEEDED if settled else NOT_JUDGED)


def check_waivers(waivers: Sequence[Waiver], rules: Sequence[Rule]) -> None:
    """Raises ConfigurationError for a waiver whose rule exists neither among `rules` nor in the catalogue."""
    known = {rule.id for rule in (*rules, *catalogue.all_rules())} if waivers else set()
    for waiver in waivers:
        if waiver.rule not in known:
            near = nearest(waiver.rule, sorted(known))
            raise ConfigurationError(
                f'a waiver names the rule "{waiver.rule}", which does not exist' + (f'; did you mean "{near}"?' if near else ""),
                f'ett undantag gäller regeln "{waiver.rule}", som inte finns' + (f'; menade du "{near}"?' if near else ""),
                where="idptest.toml",
            )
