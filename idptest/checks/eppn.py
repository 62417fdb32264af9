"""Rules about eduPersonPrincipalName that eduPerson itself makes. What a federation asks beyond them is data."""

from __future__ import annotations

import re

from idptest.catalogue import check
from idptest.identifiers import eppn
from idptest.model.login import Login, PrincipalName
from idptest.model.rule import Level, Outcome, Personal, Text, failed, passed

_EDUPERSON = "eduPerson 202208, 2.2.8"
_ADVICE = (
    "https://github.com/REFEDS/eduperson/blob/main/eduperson-202208.md 2.2.8 and 2.2.13; no rule of Skolverket's was found (read 2026-11)"
)
_ACCOUNT_NAME = re.compile(r"[A-Za-z0-9._-]+")
LONGEST_LOCAL, LONGEST_SCOPE = 64, 256  # eduPersonUniqueId's limits, borrowed: nobody sets any for the EPPN


@check(
    Level.MUST,
    spec=_EDUPERSON,
    fix="Let the IdP release one value. Two mostly mean that the directory search matched two accounts, or that two rules both add the attribute.",
    sv=Text(
        "EPPN har exakt ett värde",
        why="En tjänst som får två EPPN vet inte vem personen är. Skolverkets gateway nekar inloggningen.",
        fix="Låt IdP:n skicka ett enda värde. Två värden beror oftast på att sökningen i katalogen träffade två konton, eller på att två regler lägger till attributet.",
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
        why="Tjänster delar värdet vid @. Saknas tecknet, eller finns det två, slängs värdet.",
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


@check(
    Level.SHOULD,
    source=_ADVICE,
    fix="Write it in small letters wherever it is made: in the IdP, in the directory and in provisioning. Base64 has to be replaced by another form of the same bytes.",
    sv=Text(
        "Den lokala delen av EPPN har inga stora bokstäver",
        why="Katalogtjänster skiljer inte på stora och små bokstäver i ett EPPN, men Skolverkets gateway gör det. Två personer kan bli en, eller en bli två.",
        fix="Skriv den med små bokstäver överallt där den blir till: i IdP:n, i katalogen och i överföringen. Base64 måste ersättas av en annan form av samma bytes.",
    ),
)
def local_part_has_no_capitals(principal: PrincipalName, login: Login) -> Outcome:
    """The local part of the EPPN has no capitals.

    Directories take capitals and small letters for the same in an EPPN, and Skolverket's gateway does not: two persons may become
    one, or one person two.
    """
    for value in principal.values:
        local = value.partition("@")[0]
        if local != local.lower():
            return failed(
                "the local part of the EPPN {actual} has capitals",
                "den lokala delen av EPPN {actual} har stora bokstäver",
                at=principal.at(),
                actual=Personal(value),
            )
    return passed()


@check(
    Level.SHOULD,
    source=_ADVICE,
    fix="Build the local part of letters a to z, digits, dots, hyphens and underscores; a GUID in its canonical form will do.",
    sv=Text(
        "Den lokala delen av EPPN har bara tecken som brukar stå i kontonamn",
        why="Program klipper, kodar om eller nekar tecken som +, /, =, klammerparenteser och å. Då skiljer sig det som tjänsten sparar från det som skickas.",
        fix="Bygg den lokala delen av bokstäver a till z, siffror, punkter, bindestreck och understreck; ett GUID i sin grundform duger.",
    ),
)
def local_part_has_characters_of_account_names(principal: PrincipalName, login: Login) -> Outcome:
    """The local part of the EPPN has only characters that account names have.

    Software cuts, encodes or refuses characters such as +, /, =, braces and å; what a service keeps then differs from what is sent.
    """
    for value in principal.values:
        if not _ACCOUNT_NAME.fullmatch(value.partition("@")[0]) and eppn.parse(value) is not None:
            return failed(
                "the local part of the EPPN {actual} has other characters than letters a–z, digits, . _ and -",
                "den lokala delen av EPPN {actual} har andra tecken än bokstäver a–z, siffror, . _ och -",
                at=principal.at(),
                actual=Personal(value),
            )
    return passed()


@check(
    Level.NOTE,
    source=_ADVICE,
    fix="Build the local part on something shorter, such as the account's objectGUID (36 characters).",
    sv=Text(
        "EPPN är inte längre än tjänster brukar klara",
        why="Ingen gräns är publicerad, men fält hos tjänster är ofta 64 till 256 tecken. Det som inte får plats klipps av.",
        fix="Bygg den lokala delen av något kortare, till exempel kontots objectGUID (36 tecken).",
    ),
)
def is_of_moderate_length(principal: PrincipalName, login: Login) -> Outcome:
    """The EPPN is no longer than services are used to.

    No limit is published, but services often have fields of 64 to 256 characters, and what does not fit is cut off.
    """
    for value in principal.values:
        local, _, scope = value.partition("@")
        if len(local) > LONGEST_LOCAL or len(scope) > LONGEST_SCOPE:
            return failed(
                "the EPPN has {actual} characters before and after @, where {expected} usually fit",
                "EPPN har {actual} tecken före och efter @, där {expected} brukar få plats",
                at=principal.at(),
                actual=f"{len(local)} + {len(scope)}",
                expected=f"{LONGEST_LOCAL} + {LONGEST_SCOPE}",
            )
    return passed()
