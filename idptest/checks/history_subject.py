"""Rules about `sub`, by which an OpenID provider tells who a person is, over several logins."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.history import Change, History, Sessions
from idptest.model.rule import Level, Outcome, Text, failed, inconclusive, not_applicable, passed

_STAYS = "OIDCCore 2 (sub), 5.7"


@check(
    Level.MUST,
    spec=_STAYS,
    fix="Make sub of something that stays with the person, such as the objectGUID, never of the login or the session.",
    sv=Text(
        "Personens sub är detsamma i varje ny session",
        why="iss och sub är det enda som en tjänst får känna igen en person på. Ett sub som växlar ger ett nytt konto varje gång.",
        fix="Gör sub av något som följer personen, till exempel objectGUID, aldrig av inloggningen eller sessionen.",
    ),
)
def same_in_every_session(sessions: Sessions) -> Outcome:
    """The sub is the same in every fresh session.

    iss and sub are all that a service may know a person by. A sub that alternates gives a new account each time.
    """
    seen = [each for each in sessions.observations if each.protocol == "oidc"]
    if not seen:
        return not_applicable("these logins are not by OpenID Connect", "de här inloggningarna är inte med OpenID Connect")
    found = {each.name_id.exact: each.name_id for each in seen if each.name_id}
    if not all(each.name_id for each in seen):
        return inconclusive(
            "not every login brought a sub", "inte varje inloggning gav ett sub", blocked_by="oidc-id-token/has-what-it-must"
        )
    if len(found) == 1:
        return passed()
    return failed(
        "sub differs between logins that nothing else tells apart: {actual}",
        "sub skiljer sig mellan inloggningar som i övrigt är lika: {actual}",
        actual=tuple(each.shown for each in found.values()),
    )


@check(
    Level.MUST,
    spec=_STAYS,
    fix="Give the OP back the salt, the sector or the attribute that its sub was made from; or say in expected-changes.toml that it is meant.",
    sv=Text(
        "Personens sub är detsamma som förut",
        why="En tjänst som känner personen på sub möter annars en ny, och det gamla kontot blir kvar utan ägare.",
        fix="Ge OP:n tillbaka det salt, den sektor eller det attribut som sub gjordes av, eller skriv i expected-changes.toml att det är meningen.",
    ),
)
def subject_is_unchanged(change: Change, history: History) -> Outcome:
    """The sub is the same as before.

    A service that knows the person by sub meets a new one otherwise, and the old account is left without an owner.
    """
    was, now = change.was, change.now
    if was.protocol != "oidc" or now.protocol != "oidc":
        return not_applicable("these logins are not both by OpenID Connect", "de här inloggningarna är inte båda med OpenID Connect")
    if (was.entity_id, was.sp) != (now.entity_id, now.sp):
        return not_applicable("another OP or client may have another sub", "en annan OP eller klient får ha ett annat sub")
    if was.name_id is None or now.name_id is None:
        return not_applicable("there is no sub on both sides", "det finns inget sub på båda sidor")
    if "subject" not in change.kinds:
        return passed()
    return history.changed(
        "subject",
        "sub is another: {expected} → {actual}",
        "sub är ett annat: {expected} → {actual}",
        was=was.name_id.shown,
        now=now.name_id.shown,
    )
