"""Rules about whether there is anything to compare: the login still works, and the baseline is what was saved."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.flow import NETWORK, REFUSED_BY_IDP
from idptest.model.history import NO_ASSERTION, Attempt, Baseline, Change, History
from idptest.model.rule import Level, Outcome, Text, failed, inconclusive, passed

_OURS = "https://github.com/sgrastar/SAMLscope (read 2026-11): a baseline bears its own digest and the policy's version"


@check(
    Level.MUST,
    spec="SAMLProf 4.1.3",
    fix="Run idptest login for the account: its report says where the login stops and what to change.",
    sv=Text(
        "Inloggningen som gick förut går fortfarande",
        why="Kommer ingen in efter en uppgradering spelar resten ingen roll.",
        fix="Kör idptest login för kontot: den rapporten säger var inloggningen stannar och vad som ska ändras.",
    ),
)
def login_still_arrives(attempt: Attempt, history: History) -> Outcome:
    """The login that worked before still works.

    When nobody gets in after an upgrade, nothing else matters.
    """
    now = attempt.now
    if now.arrived:
        return passed()
    if now.ended == REFUSED_BY_IDP:
        return failed(
            "the IdP refuses the login: {actual}",
            "IdP:n nekar inloggningen: {actual}",
            actual=now.reason or now.ended,
            expected=attempt.was.ended,
        )
    if now.ended == NO_ASSERTION:
        return failed(
            "the answer says no longer who logged in",
            "svaret säger inte längre vem som loggade in",
            actual=now.ended,
            expected=attempt.was.ended,
        )
    if now.ended == NETWORK:
        return inconclusive("the network failed, so nothing could be compared", "nätverket svek, så inget kunde jämföras")
    return inconclusive("the login did not arrive, so nothing could be compared", "inloggningen kom inte fram, så inget kunde jämföras")


@check(
    Level.MUST,
    spec="SAMLProf 4.1.4.3",
    fix="Run idptest login for the account and mend the signature first: what is not vouched for can be anybody's.",
    sv=Text(
        "Det som var signerat av en nyckel i metadata är det fortfarande",
        why="Utan en signatur som håller kan vem som helst ha skrivit svaret, och tjänsterna nekar det.",
        fix="Kör idptest login för kontot och rätta signaturen först: det som ingen går i god för kan vem som helst ha skrivit.",
    ),
)
def answer_is_still_trusted(change: Change, history: History) -> Outcome:
    """What was signed by a key in the metadata still is.

    Without a signature that holds anybody could have written the answer, and services refuse it.
    """
    if change.now.trusted or not change.was.trusted:
        return passed()
    return failed(
        "no key in the metadata vouches for the answer any more",
        "ingen nyckel i metadata går längre i god för svaret",
        actual=False,
        expected=True,
    )


@check(
    Level.MUST,
    source=_OURS,
    fix="Take the file back from your version control, or save a new baseline under another name.",
    sv=Text(
        "Baslinjen är som den sparades",
        why="En baslinje som någon har skrivit i säger inte längre vad IdP:n gjorde.",
        fix="Hämta tillbaka filen från versionshanteringen, eller spara en ny baslinje under ett annat namn.",
    ),
)
def baseline_is_as_saved(baseline: Baseline, history: History) -> Outcome:
    """The baseline is as it was saved.

    A baseline that somebody has edited no longer says what the IdP did.
    """
    if baseline.intact:
        return passed()
    return failed(
        "the baseline {actual} was edited by hand: its own digest is wrong",
        "baslinjen {actual} är ändrad för hand: dess egen kontrollsumma stämmer inte",
        actual=baseline.name,
    )


@check(
    Level.NOTE,
    source=_OURS,
    fix="Look through the differences once, then move the baseline with idptest baseline accept.",
    sv=Text(
        "Baslinjen är sparad med samma regler som nu",
        why="En annan version av idptest kan ha läst samma inloggning på ett annat sätt.",
        fix="Gå igenom skillnaderna en gång, och flytta sedan baslinjen med idptest baseline accept.",
    ),
)
def baseline_has_the_same_rules(baseline: Baseline, history: History) -> Outcome:
    """The baseline was saved with the rules of now.

    Another version of idptest may have read the same login in another way.
    """
    now = history.now[-1].tool
    if baseline.tool == now:
        return passed()
    return failed(
        "the baseline was saved by idptest {expected}, and this is {actual}",
        "baslinjen sparades av idptest {expected}, och det här är {actual}",
        actual=f"{now.version} ({now.rules_digest})",
        expected=f"{baseline.tool.version} ({baseline.tool.rules_digest})",
    )
