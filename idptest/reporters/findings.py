"""What every report for people says alike of what was found: the verdict, in which order, where it is seen, which waivers there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from idptest.model.history import SUBJECTS as OVER_TIME
from idptest.model.history import HistoryReport
from idptest.model.inspection import InspectionReport
from idptest.model.report import EXPIRED, IN_FORCE, NOT_JUDGED, NOT_NEEDED, AppliedWaiver, Finding, Report
from idptest.model.rule import Level, Pointer, Verdict, Words
from idptest.reporters.words import message, shortened, word

NOT_SETTLED = (Verdict.CRASHED, Verdict.INCONCLUSIVE)

_STATES = {
    IN_FORCE: Words("accepted until {until}", "godtas till och med {until}"),
    EXPIRED: Words("ended on {until}, and works no more", "gick ut {until} och gäller inte längre"),
    NOT_NEEDED: Words("is not needed, the rule holds: remove it", "behövs inte, regeln håller: ta bort det"),
    NOT_JUDGED: Words("has no effect, the rule was not judged here", "har ingen verkan, regeln bedömdes inte här"),
}


LOGIN, HISTORY = "login", "history"


def kind(report: Report) -> str:
    """What was judged: "login", "history", or the kind of an inspection."""
    if isinstance(report, InspectionReport):
        return report.inspection.kind
    return HISTORY if isinstance(report, HistoryReport) else LOGIN


def names(report: Report, lang: str) -> tuple[str, ...]:
    """What stands above a report, from the whole to its part: IdP, account and protocol, or the kind of an inspection and what it is about."""
    target = report.target
    if isinstance(report, InspectionReport):
        return word(f"kind-{report.inspection.kind}", lang), target.idp
    return target.idp, f"{target.account} ({word(target.role, lang)})", protocols(report)


def protocols(report: Report) -> str:
    """By which protocol the login was made; by which the logins were, where they are compared: "SAML + OIDC"."""
    now = [seen.protocol for seen in report.history.now] if isinstance(report, HistoryReport) else []
    return " + ".join(dict.fromkeys(now or [report.target.protocol])).upper()


def at_idp(report: Report) -> str:
    """The IdP in a table, with the protocol unless it is SAML."""
    spoken = protocols(report)
    return report.target.idp if spoken in ("", "SAML") else f"{report.target.idp} ({spoken})"


def of_people(reports: Sequence[Report]) -> bool:
    """Whether all are about somebody's logins: then a table has an account, a level and an EPPN for each."""
    return not any(isinstance(report, InspectionReport) for report in reports)


def verdict(report: Report) -> str:
    """ "not-fine", "not-judged", "fine-so-far" (a file of somebody else's does not tell all) or "fine": a key of the fixed words."""
    if report.failures(Level.MUST):
        return "not-fine"
    if not report.complete:
        return "not-judged"
    return "fine-so-far" if report.untold else "fine"


# Within a level: what others follow from stands first, what mostly follows from others last.
_CAUSES = frozenset({"saml-metadata/has-a-signing-certificate", "saml-response/ids-are-unique", "saml-response/is-issued-now"})
_CONSEQUENCES = frozenset({"level/answer-is-one-that-was-asked-for", "login/a-stock-sp-accepts-it", "saml-document/follows-the-schema"})


def groups(report: Report) -> Iterator[tuple[str | None, tuple[Finding, ...]]]:
    """What failed, worst first and causes before consequences, each group under the key of its heading."""
    for heading, level in ((None, Level.MUST), ("should-look", Level.SHOULD), ("notes", Level.NOTE)):
        yield heading, tuple(sorted(report.failures(level), key=_rank))


def _rank(finding: Finding) -> int:
    return 0 if finding.rule.id in _CAUSES else 2 if finding.rule.id in _CONSEQUENCES else 1


def not_settled(report: Report) -> tuple[Finding, ...]:
    return tuple(finding for finding in report.findings if finding.verdict in NOT_SETTLED)


def why_not_judged(report: Report, lang: str) -> str:
    """Of what blocks, the first thing that is not itself blocked; its first sentence."""
    found = not_settled(report)
    root = next((finding for finding in found if finding.blocked_by is None), found[0])
    text = message(root.message, root.evidence, lang, False).partition(". ")[0].removesuffix(".")
    return text[:1].upper() + text[1:]


def ought(finding: Finding, lang: str) -> str:
    """What the expected value is called: over time it is the one that was."""
    return word("was" if finding.rule.subject in OVER_TIME else "ought", lang)


# Claims, header members and parameters of OpenID Connect that stand first in a sentence: they are written as they are sent.
_NAMES = frozenset(("acr", "alg", "amr", "aud", "azp", "crit", "exp", "iat", "iss", "issuer", "kid", "nonce", "state", "sub"))


def sentence(text: str) -> str:
    """A capital first, unless it begins with a name that has none, such as an address or a claim."""
    head = text.split(" ", 1)[0]
    as_sent = head in _NAMES or any(char in ":._" or char.isupper() for char in head)
    return text if as_sent else text[:1].upper() + text[1:]


def place(at: Pointer, lang: str, protocol: str | None = None) -> str:
    """The step and the last parts of the path, as a person reads them; JSON has the whole. An OP's metadata is its discovery document."""
    steps = [step.rpartition(":")[2] for step in at.path.split("/") if step]
    path = "/".join(steps[-2:])
    document = f"{word('step', lang)} {at.number}" if at.document == "exchange" else at.document
    if document == "metadata" and protocol == "oidc":
        document = word("discovery", lang)
    return f"{document}, {path}" if path else document


def asked(contexts: Sequence[str], lang: str) -> str:
    """The levels that were asked for, shortly: level 2–4 (loa2, loa3, loa4 … 11 values)."""
    if not contexts:
        return word("no-level", lang)
    names = [context.rstrip("/").rpartition("/")[2].rpartition(":")[2] for context in contexts]
    digits = sorted({char for name in names for char in name.rpartition("loa")[2][:1] if char.isdigit()})
    levels = f"{word('level', lang)} {digits[0]}–{digits[-1]} " if len(digits) > 1 else ""
    shown = ", ".join(names[:3]) + (f" … {len(names)} {word('values', lang)}" if len(names) > 3 else "")
    return f"{levels}({shown})" if levels else shown


def answered(report: Report) -> str:
    """The level that was answered, as sent."""
    return shortened(report.context) if report.context else "–"


def answered_shortly(report: Report) -> str:
    """The last part of it, such as loa3."""
    return answered(report).rstrip("/").rpartition("/")[2].rpartition(":")[2]


@dataclass(frozen=True)
class WaiverLine:
    """A waiver, and in words what has come of it."""

    rule: str
    reason: str
    until: str
    state: str
    says: str


def waivers(report: Report, lang: str) -> tuple[WaiverLine, ...]:
    """Every waiver for a rule of this login, once; those that no longer work first."""
    lines = {
        finding.rule.id: waiver_line(finding.rule.id, finding.waiver, lang)
        for finding in sorted(report.findings, key=lambda finding: finding.verdict is Verdict.FAIL)
        if finding.waiver
    }
    order = (EXPIRED, IN_FORCE, NOT_NEEDED, NOT_JUDGED)
    return tuple(sorted(lines.values(), key=lambda line: (order.index(line.state), line.rule)))


def waiver_line(rule: str, applied: AppliedWaiver, lang: str) -> WaiverLine:
    waiver = applied.waiver
    says = _STATES[applied.state].text(lang).replace("{until}", waiver.until)
    return WaiverLine(rule, waiver.reason, waiver.until, applied.state, says)
