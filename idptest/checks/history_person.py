"""Rules about the EPPN of one person, however they come in, and about two people."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from idptest.catalogue import check
from idptest.checks.history_nodes import who_answered
from idptest.model.history import History, Identifier, Observation, Sessions
from idptest.model.rule import Level, Outcome, Text, Words, failed, inconclusive, not_applicable, passed

NEVER_CHANGES = (
    "SWAMID's SAML WebSSO profile 5.5.3, which Skolfederation's is derived from: not reassigned; "
    "https://github.com/skolverket/dnp-usermanagement/blob/main/provisioning-api/dnp-provisioning-api.yaml (read 2026-11): persistent"
)
_DNP = "https://github.com/skolverket/dnp-usermanagement/blob/main/provisioning-api/dnp-provisioning-api.yaml (read 2026-11)"
_EDUPERSON = "eduPerson 202208, 2.2.8"


# --- one person


@check(
    Level.MUST,
    source=NEVER_CHANGES,
    fix="Look for what differs between the logins: nodes of a farm that are not configured alike, or a value that the IdP makes anew each time.",
    sv=Text(
        "EPPN är detsamma i varje ny session",
        why="Ett EPPN som växlar ger personen ett nytt konto varje gång.",
        fix="Leta efter det som skiljer inloggningarna åt: noder som inte är lika inställda, eller ett värde som IdP:n gör på nytt varje gång.",
    ),
)
def same_in_every_session(sessions: Sessions, history: History) -> Outcome:
    """The EPPN is the same in every fresh session.

    An EPPN that alternates gives the person a new account each time.
    """
    who = who_answered(sessions.observations, lambda seen: seen.only_eppn and seen.only_eppn.exact)
    return _all_alike(
        sessions.observations,
        f"the EPPN differs between logins that nothing else tells apart: {{actual}}; {who.en}",
        f"EPPN skiljer sig mellan inloggningar som i övrigt är lika: {{actual}}; {who.sv}",
    )


@check(
    Level.MUST,
    source=NEVER_CHANGES,
    fix="Build the EPPN from the same attribute whichever way the person logs in.",
    sv=Text(
        "EPPN är detsamma hur personen än loggar in",
        why="Annars är läraren en person med lösenord och en annan med e-legitimation.",
        fix="Bygg EPPN av samma attribut hur personen än loggar in.",
    ),
)
def same_whichever_way_one_logs_in(history: History) -> Outcome:
    """The EPPN is the same whichever way the person logs in.

    Otherwise a teacher is one person with a password and another with an e-legitimation.
    """
    return over(
        _by_this_protocol(history, of_the_person(history)),
        lambda seen: (seen.factors, seen.context),
        Words("only one way to log in has been seen", "bara ett sätt att logga in har setts"),
        "the EPPN depends on how the person logs in: {actual}",
        "EPPN beror på hur personen loggar in: {actual}",
    )


@check(
    Level.MUST,
    source=NEVER_CHANGES,
    fix="Take away the rule that gives some services another EPPN: pairwise identifiers have attributes of their own.",
    sv=Text(
        "EPPN är detsamma för varje tjänst",
        why="Tjänster som delar uppgifter om en person behöver samma EPPN, och gatewayen visar samma för alla bakom sig.",
        fix="Ta bort regeln som ger vissa tjänster ett annat EPPN: parvisa identifierare har egna attribut.",
    ),
)
def same_at_every_service(history: History) -> Outcome:
    """The EPPN is the same for every service.

    Services that share data about a person need one EPPN, and the gateway shows the same to all behind it.
    """
    return over(
        _by_this_protocol(history, (*_since_it_is_so(history), *history.arrived)),
        lambda seen: seen.sp,
        Words("only one service has asked", "bara en tjänst har frågat"),
        "the EPPN depends on which service asks: {actual}",
        "EPPN beror på vilken tjänst som frågar: {actual}",
    )


@check(
    Level.MUST,
    source=NEVER_CHANGES,
    fix="Build the EPPN from the same directory attribute, in the same form, at every IdP that the person uses.",
    sv=Text(
        "EPPN är detsamma hos varje IdP som personen har",
        why="Annars blir personen en annan när hen kommer in en annan väg, eller när den ena IdP:n tas ur bruk.",
        fix="Bygg EPPN av samma attribut i katalogen, i samma form, hos varje IdP som personen använder.",
    ),
)
def same_at_every_idp(history: History) -> Outcome:
    """The EPPN is the same at every IdP that the person has.

    Otherwise the person becomes another when coming in by another way, or when one of the IdPs is retired.
    """
    return over(
        _by_this_protocol(history, of_the_person(history)),
        lambda seen: seen.idp,
        Words("only one IdP has been seen", "bara en IdP har setts"),
        "the EPPN depends on the IdP: {actual}",
        "EPPN beror på IdP:n: {actual}",
    )


# --- two people


@check(
    Level.MUST,
    spec=_EDUPERSON,
    fix="Find out which of the two owns the value, and give the other one of its own, never one that somebody has had.",
    sv=Text(
        "Ingen annan har samma EPPN",
        why="Två personer med samma EPPN ser varandras arbete.",
        fix="Ta reda på vem av de två som äger värdet, och ge den andra ett eget, aldrig ett som någon har haft.",
    ),
)
def nobody_else_has_it(history: History) -> Outcome:
    """Nobody else has the same EPPN.

    Two people with one EPPN see each other's work.
    """
    return _others(
        history,
        lambda mine, theirs: mine.exact == theirs.exact,
        "the account {actual} has the same EPPN",
        "kontot {actual} har samma EPPN",
    )


@check(
    Level.SHOULD,
    spec=_EDUPERSON,
    fix="Give one of the two another value: services that even out letter case take them for one person.",
    sv=Text(
        "Ingen annans EPPN skiljer sig bara i stora och små bokstäver",
        why="En tjänst som bortser från skiftläget tar de två för samma person.",
        fix="Ge en av de två ett annat värde: tjänster som bortser från skiftläget tar dem för en person.",
    ),
)
def nobody_elses_differs_in_case_only(history: History) -> Outcome:
    """Nobody else's EPPN differs in letter case only.

    A service that evens out letter case takes the two for one person.
    """
    return _others(
        history,
        lambda mine, theirs: mine.exact != theirs.exact and mine.folded == theirs.folded,
        "the EPPN of the account {actual} differs in letter case only",
        "EPPN för kontot {actual} skiljer sig bara i stora och små bokstäver",
    )


@check(
    Level.MUST,
    source=_DNP,
    fix="Give the person one account as a pupil and one on the staff, with an EPPN each.",
    sv=Text(
        "Den som är både elev och personal har olika EPPN i rollerna",
        why="Skolverket begär det tills vidare: annars möter en lärare som läser på komvux sina egna prov som elev.",
        fix="Ge personen ett konto som elev och ett som personal, med var sitt EPPN.",
    ),
)
def roles_have_their_own(history: History) -> Outcome:
    """Somebody who is both pupil and staff has an EPPN for each.

    Skolverket asks for it for the time being: otherwise a teacher who is also an adult pupil meets their own tests.
    """
    mine = history.arrived[-1]
    same = [seen for seen in history.others if seen.person and seen.person == mine.person and seen.role != mine.role]
    if not same or mine.only_eppn is None:
        return not_applicable(
            "no account of the same person in the other role has been seen (person = … in idptest.toml)",
            "inget konto för samma person i den andra rollen har setts (person = … i idptest.toml)",
        )
    for seen in same:
        if seen.only_eppn and seen.only_eppn.exact == mine.only_eppn.exact:
            return failed("the same EPPN as for the account {actual}", "samma EPPN som för kontot {actual}", actual=seen.account)
    return passed()


# --- how they compare


def of_the_person(history: History) -> tuple[Observation, ...]:
    """Every login of this person in this role that there is to compare, this run's last."""
    mine = history.arrived[-1]
    others = (
        seen
        for seen in history.others
        if seen.account == mine.account or (seen.person and (seen.person, seen.role) == (mine.person, mine.role))
    )
    return (*others, *history.arrived)


def _by_this_protocol(history: History, seen: Iterable[Observation]) -> tuple[Observation, ...]:
    """Those by the protocol of this run's last login: `history_protocols` compares the two."""
    return tuple(each for each in seen if each.protocol == history.arrived[-1].protocol)


def _since_it_is_so(history: History) -> tuple[Observation, ...]:
    """Earlier logins that came after the last one for the same service with another EPPN: what was before a change tells nothing now."""
    mine = history.arrived[-1]
    start = 0
    for number, seen in enumerate(history.before, 1):
        if seen.sp == mine.sp and seen.eppn != mine.eppn:
            start = number
    return tuple(seen for seen in history.before[start:] if seen.idp == mine.idp)


def over(observations: Iterable[Observation], way: Callable[[Observation], object], alone: Words, en: str, sv: str) -> Outcome:
    """One EPPN, however `way(observation)` varies: the last of each is compared."""
    last = {way(seen): seen for seen in observations if seen.only_eppn}
    if len(last) < 2:
        return not_applicable(alone.en, alone.sv)
    return _all_alike(last.values(), en, sv)


def _all_alike(observations: Iterable[Observation], en: str, sv: str) -> Outcome:
    names = [seen.only_eppn for seen in observations]
    if any(name is None for name in names):
        return inconclusive("not every login brought one EPPN", "inte varje inloggning gav ett EPPN", blocked_by="dnp/eppn-is-released")
    different = {name.exact: name for name in names if name}
    if len(different) == 1:
        return passed()
    return failed(en, sv, actual=tuple(name.shown for name in different.values()))


def _others(history: History, alike: Callable[[Identifier, Identifier], bool], en: str, sv: str) -> Outcome:
    """No other person's last EPPN is `alike` this one's. Two accounts with one `person` are one person."""
    mine = history.arrived[-1]
    theirs = [seen for seen in history.others if seen.account != mine.account and not (seen.person and seen.person == mine.person)]
    if not theirs:
        return not_applicable("no other account has been seen", "inget annat konto har setts")
    for seen in theirs:
        if any(alike(one, other) for one in mine.eppn for other in seen.eppn):
            return failed(en, sv, actual=seen.account)
    return passed()
