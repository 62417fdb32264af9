"""Rules about one person who logs in by SAML and by OpenID Connect: the two are to say the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from idptest import catalogue
from idptest.catalogue import check
from idptest.checks.history_person import NEVER_CHANGES, of_the_person, over
from idptest.model.history import History, Observation
from idptest.model.rule import Level, Outcome, Text, Words, failed, not_applicable, passed

_ALONE = Words("the person has logged in by one protocol only", "personen har bara loggat in med ett protokoll")
_OURS = "judgement of idptest, 2026-11: no federation's text compares the two protocols"


@check(
    Level.MUST,
    source=NEVER_CHANGES,
    fix="Let the claim of OpenID Connect and the attribute of SAML be made from the same attribute of the directory, in the same form.",
    sv=Text(
        "EPPN är detsamma med SAML och OpenID Connect",
        why="Annars blir personen en annan den dag en tjänst byter protokoll.",
        fix="Låt anspråket i OpenID Connect och attributet i SAML hämtas ur samma attribut i katalogen, i samma form.",
    ),
)
def eppn_is_the_same_by_both(history: History) -> Outcome:
    """The EPPN is the same by SAML and OpenID Connect.

    Otherwise the person becomes another on the day that a service changes protocol.
    """
    return over(
        of_the_person(history),
        lambda seen: seen.protocol,
        _ALONE,
        "the EPPN depends on the protocol: {actual}",
        "EPPN beror på protokollet: {actual}",
    )


@check(
    Level.SHOULD,
    source=_OURS,
    fix="Map each way to log in to the same level in both: AuthnContextClassRef in SAML, acr in OpenID Connect.",
    sv=Text(
        "Nivån är densamma med SAML och OpenID Connect",
        why="Samma inloggning som räcker med det ena protokollet nekas annars med det andra, och ingen förstår varför.",
        fix="Låt varje sätt att logga in ge samma nivå i båda: AuthnContextClassRef i SAML, acr i OpenID Connect.",
    ),
)
def level_is_the_same_by_both(history: History) -> Outcome:
    """The level is the same by SAML and OpenID Connect.

    The login that suffices by one protocol is else refused by the other, and nobody sees why.
    """
    compared = False
    for mine, theirs in _pairs(history, lambda seen: (seen.asked, seen.factors)):
        if not mine.asked and not (mine.context and theirs.context):
            continue  # unasked an OP need not say: acr is optional (OIDCCore 2), AuthnContext is not
        compared = True
        if mine.context != theirs.context and (_level(mine) is None or _level(mine) != _level(theirs)):
            return failed(
                "asked alike, and answered by the level {actual}, where the other protocol gave {expected}",
                "samma fråga, och svaret är nivån {actual}, där det andra protokollet gav {expected}",
                actual=mine.context,
                expected=theirs.context,
            )
    if compared:
        return passed()
    return not_applicable(
        "no login by each protocol has asked for the same levels and been made in the same way",
        "ingen inloggning med vardera protokollet har frågat efter samma nivåer och gjorts på samma sätt",
    )


@check(
    Level.SHOULD,
    source=_OURS,
    fix="Let both protocols take the role from the same place: eduPersonScopedAffiliation in SAML, eduperson_scoped_affiliation in OpenID Connect.",
    sv=Text(
        "Rollen är densamma med SAML och OpenID Connect",
        why="En lärare som blir elev med det andra protokollet får fel rättigheter i tjänsten.",
        fix="Låt båda protokollen ta rollen från samma ställe: eduPersonScopedAffiliation i SAML, eduperson_scoped_affiliation i OpenID Connect.",
    ),
)
def role_is_the_same_by_both(history: History) -> Outcome:
    """The role is the same by SAML and OpenID Connect.

    A teacher who becomes a pupil by the other protocol gets the wrong rights in the service.
    """
    for mine, theirs in _pairs(history, lambda seen: bool(seen.roles)):
        if not mine.roles:
            continue
        if mine.roles == theirs.roles:
            return passed()
        return failed(
            "the role is {actual}, where the other protocol gave {expected}",
            "rollen är {actual}, där det andra protokollet gav {expected}",
            actual=mine.roles,
            expected=theirs.roles,
        )
    return not_applicable("a role has not been sent by both protocols", "en roll har inte skickats med båda protokollen")


def _pairs(history: History, way: Callable[[Observation], object]) -> list[tuple[Observation, Observation]]:
    """The last login by each protocol, those of one `way` beside each other; the protocol of this run's last login first."""
    protocol = history.arrived[-1].protocol
    last: Mapping[tuple[str, object], Observation] = {(seen.protocol, way(seen)): seen for seen in of_the_person(history)}
    mine = {done: seen for (spoken, done), seen in last.items() if spoken == protocol}
    theirs = {done: seen for (spoken, done), seen in last.items() if spoken != protocol}
    return [(mine[done], theirs[done]) for done in mine if done in theirs]


def _level(seen: Observation) -> int | None:
    """On Digg's scale; None where the value has none."""
    known = catalogue.assurance().value(seen.context) if seen.context else None
    return known.level if known else None
