"""Rules about eduPersonPrincipalName that eduPerson itself makes. What a federation asks beyond them is data."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.identifiers import eppn
from idptest.model.login import Login, PrincipalName
from idptest.model.rule import Level, Outcome, Personal, Text, failed, passed

_EDUPERSON = "eduPerson 202208, 2.2.8"


@check(
    Level.MUST,
    spec=_EDUPERSON,
    fix="Let the IdP release one value. Two mostly mean that the directory search matched two accounts, or that two rules both add the attribute.",
    sv=Text(
        "EPPN har exakt ett värde",
        why="En tjänst som får två EPPN vet inte vem personen är. Skolverkets gateway nekar inloggningen.",
        fix="Låt IdP:n skicka ett värde. Två beror oftast på att sökningen i katalogen träffade två konton, eller att två regler lägger till attributet.",
    ),
)
def has_exactly_one_value(principal: PrincipalName, login: Login) -> Outcome:
    """The EPPN has exactly one value.

    A service that gets two does not know who the person is; Skolverket's gateway refuses the login.
    """
    if len(principal.values) == 1:
        return passed()
    return failed("the EPPN has {actual} values", "EPPN har {actual} värden", at=principal.at(), actual=len(principal.values), expected=1)


@check(
    Level.MUST,
    spec=_EDUPERSON,
    fix="Build the value as local part, one @, and a domain that is declared as scope.",
    sv=Text(
        "EPPN består av en lokal del, ett @ och en domän",
        why="Tjänster delar värdet vid @. Saknas det, eller finns det två, slängs värdet.",
        fix="Bygg värdet av en lokal del, ett @ och en domän som är deklarerad som scope.",
    ),
)
def is_local_part_at_scope(principal: PrincipalName, login: Login) -> Outcome:
    """The EPPN is a local part, one @ and a scope.

    Services split the value at the @; when there is none, or there are two, they drop it.
    """
    for value in principal.values:
        problem = eppn.fault(value)
        if problem is not None:
            return failed(problem.en + ": {actual}", problem.sv + ": {actual}", at=principal.at(), actual=Personal(value))
    return passed()
