"""Rules about the level of the login that hold whatever levels a federation accepts."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.login import AuthnContext, Login
from idptest.model.rule import Level, Outcome, Text, failed, not_applicable, passed, untold


@check(
    Level.MUST,
    spec="SAMLCore 3.3.2.2.1",
    fix="Let the IdP answer with one of the values it was asked for, and let each method of login have its own; when it can give none, with the status NoAuthnContext.",
    sv=Text(
        "Nivån i svaret är en av dem vi bad om",
        why="Frågan säger exakt vilka nivåer som duger. Ett annat svar betyder att IdP:n inte läste frågan, och tjänsten måste neka.",
        fix="Låt IdP:n svara med ett av de värden som efterfrågades, olika för olika inloggningssätt. Kan den inte ge något av dem ska den svara NoAuthnContext.",
    ),
)
def answer_is_one_that_was_asked_for(context: AuthnContext, login: Login) -> Outcome:
    """The level in the answer is one of those asked for.

    The request says exactly which levels will do. Another answer means that the IdP did not read it, and the service must refuse.
    """
    if not login.told("contexts"):
        return untold()
    if not login.sent.contexts:
        return not_applicable("no level was asked for", "ingen nivå efterfrågades")
    if login.sent.comparison != "exact":
        return not_applicable("other levels than those named would do too", "även andra nivåer än de som nämndes hade dugt")
    if context.value in login.sent.contexts:
        return passed()
    return failed(
        "the IdP answered with a level that was not asked for: {actual}",
        "IdP:n svarade med en nivå som vi inte bad om: {actual}",
        at=context.at,
        actual=context.value,
        expected=login.sent.contexts,
    )


@check(
    Level.MUST,
    source="https://docs.swedenconnect.se/technical-framework/latest/03_-_Registry_for_Identifiers.html (read 2026-11)",
    fix="Tie each level to the methods that reach it: a password alone is none of them.",
    sv=Text(
        "Nivån stämmer med det sätt vi loggade in på",
        why="Vi vet vad vi lämnade: bara ett lösenord är ingen e-legitimation. En IdP som ändå intygar nivå 3 bryter mot reglerna för nivåer.",
        fix="Knyt varje nivå till de inloggningssätt som når den. Bara ett lösenord når ingen av dem.",
    ),
)
def fits_the_factors_given(context: AuthnContext, login: Login) -> Outcome:
    """The level fits what we gave to log in.

    We know what we gave: a password alone is no e-legitimation. An IdP that vouches for level 3 all the same breaks the rules.
    """
    factors = login.flow.factors
    if not factors:
        return not_applicable("what the person gave was not seen", "det syntes inte vad personen lämnade")
    needed = max(context.factors or 1, 2 if (context.level or 1) >= 3 else 1)
    if needed == 1:
        return passed()
    if factors == ("client-certificate",):
        return not_applicable(
            "it was not seen whether the certificate is on a card with a PIN",
            "det syntes inte om certifikatet ligger på ett kort med PIN-kod",
        )
    if "e-leg" in factors or len(set(factors)) >= needed:
        return passed()
    return failed(
        "the IdP claims {actual} after a password alone",
        "IdP:n intygar {actual} efter bara ett lösenord",
        at=context.at,
        actual=context.value,
        expected=f"{needed} factors",
    )
