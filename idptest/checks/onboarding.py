"""The one rule about onboarding: each step is done."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.onboarding import BLOCKED, DONE, SKIPPED, UNSETTLED, Taken
from idptest.model.rule import Level, Outcome, Text, Words, failed, inconclusive, not_applicable, passed

_CHECKLIST = (
    "https://github.com/skolverket/dnp-access-management/blob/main/checklists/"
    "Inloggning%20med%20egen%20IDP-ansluten%20e-legitimation.md (read 2026-11)"
)
_NOTHING = Words("", "")


@check(
    Level.MUST,
    source=_CHECKLIST,
    fix="What to change stands in the step's own report, below. Then: idptest onboard goes on from here.",
    sv=Text(
        "Varje steg på vägen till en fungerande inloggning är klart",
        why="Varje steg bygger på det förra: inloggningen utan e-legitimation ska fungera innan den med e-legitimation prövas.",
        fix="Vad som ska ändras står i stegets egen rapport, nedan. Sedan: idptest onboard fortsätter härifrån.",
    ),
)
def step_is_done(step: Taken) -> Outcome:
    """Each step on the way to a login that works is done.

    Each rests on the one before: the login without an e-legitimation has to work before the one with it is tried.
    """
    if step.state == DONE:
        return passed()
    if step.state == SKIPPED:
        return not_applicable("it is left out, as you asked", "det hoppas över, som du bad om")
    en, sv = (f"step {step.number} of {step.of}, {step.title.en}", f"steg {step.number} av {step.of}, {step.title.sv}")
    why = step.blocks[0].why if step.blocks else _NOTHING
    if step.state == BLOCKED:
        return failed(f"{en}: {why.en}", f"{sv}: {why.sv}")
    if step.state == UNSETTLED:
        return inconclusive(f"{en}, could not be judged; {why.en}", f"{sv}, kunde inte bedömas; {why.sv}")
    return inconclusive(f"{en}, comes later", f"{sv}, kommer senare", blocked_by="onboarding/step-is-done")
