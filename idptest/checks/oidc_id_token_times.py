"""Rules about the ID Token's times, and what it says of the login itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from idptest.catalogue import check
from idptest.checks.oidc_id_token import unread
from idptest.model.login import Login
from idptest.model.oidc import IdToken, shown
from idptest.model.rule import Level, Outcome, Text, failed, inconclusive, not_applicable, passed, untold
from idptest.model.saml import Unreadable

_HAS = "oidc-id-token/has-what-it-must"


def _arrived(login: Login) -> datetime:
    """When the token response was asked for."""
    number = login.flow.oidc.token if login.flow.oidc else None
    return login.flow.exchanges[number - 1].at if number else login.now


@check(
    Level.MUST,
    spec="OIDCCore 3.1.3.7 (9)",
    fix="Set the OP's clock by NTP, and let an ID Token live for some minutes.",
    sv=Text(
        "ID-token gäller fortfarande när den kommer",
        why="En ID-token som har gått ut nekas av varje tjänst. Oftast går OP:ns klocka fel.",
        fix="Ställ OP:ns klocka med NTP, och låt ID-token gälla i några minuter.",
    ),
)
def has_not_ended(token: IdToken, login: Login) -> Outcome:
    """The ID Token still holds when it comes.

    One that has ended is refused by every service. Mostly the OP's clock is wrong.
    """
    if not login.told("captured_at"):
        return untold()
    if not token.values:
        return unread()
    ends = token.instant("exp")
    if not isinstance(ends, datetime):
        return inconclusive("it does not say when it ends", "den säger inte när den upphör", blocked_by=_HAS)
    arrived = _arrived(login)
    if arrived < ends + timedelta(seconds=login.clock_skew):
        return passed()
    late = round((arrived - ends).total_seconds())
    return failed(
        f"the ID Token ended {late} s before it came",
        f"ID-token gick ut {late} s innan den kom",
        at=token.at("exp"),
        actual=ends.isoformat(),
        expected=arrived.isoformat(),
    )


@check(
    Level.SHOULD,
    spec="OIDCCore 3.1.3.7 (10)",
    fix="Set the OP's clock by NTP, and issue a new ID Token for every login.",
    sv=Text(
        "ID-token är utfärdad nu",
        why="En tid som ligger fel tyder på fel klocka, eller på en gammal token. Tjänster nekar en som är utfärdad i framtiden.",
        fix="Ställ OP:ns klocka med NTP, och utfärda en ny ID-token för varje inloggning.",
    ),
)
def is_issued_now(token: IdToken, login: Login) -> Outcome:
    """The ID Token was issued now.

    Another time means a wrong clock, or an old token. Services refuse what is issued in the future.
    """
    if not login.told("captured_at"):
        return untold()
    if not token.values:
        return unread()
    issued = token.instant("iat")
    if not isinstance(issued, datetime):
        return inconclusive("it does not say when it was issued", "den säger inte när den är utfärdad", blocked_by=_HAS)
    off = round((issued - _arrived(login)).total_seconds())
    if abs(off) <= login.clock_skew:
        return passed()
    words = (f"the ID Token says that it was issued {off} s after it came", f"ID-token säger sig vara utfärdad {off} s efter att den kom")
    if off < 0:
        words = (f"the ID Token was issued {-off} s before it came", f"ID-token utfärdades {-off} s innan den kom")
    return failed(*words, at=token.at("iat"), actual=issued.isoformat(), expected=_arrived(login).isoformat())


@check(
    Level.MUST,
    spec="OIDCCore 3.1.2.1 (prompt), 2 (auth_time)",
    fix="Let the OP ask for the login again when the request says prompt=login, and write the time of that very login as auth_time.",
    sv=Text(
        "Personen loggade in på nytt när vi bad om det",
        why="Vi frågar med prompt=login, på samma sätt som Skolverkets gateway kräver en ny inloggning. Annars släpper en gammal session på en delad dator in fel elev.",
        fix="Låt OP:n begära ny inloggning när frågan säger prompt=login, och skriv tiden för just den inloggningen som auth_time.",
    ),
)
def login_is_new(token: IdToken, login: Login) -> Outcome:
    """The person logged in anew when we asked for it.

    We ask with prompt=login, just as Skolverket's gateway demands a new login. On a shared computer an old session would let the wrong pupil in.
    """
    if not login.told("force_authn", "issued_at"):
        return untold()
    if not token.values:
        return unread()
    if not login.sent.force_authn:
        return not_applicable("no new login was asked for", "ingen ny inloggning efterfrågades")
    when = token.instant("auth_time")
    if when is None:
        return not_applicable(
            "the ID Token does not say when the person logged in (auth_time)", "ID-token säger inte när personen loggade in (auth_time)"
        )
    if isinstance(when, Unreadable):
        return failed("auth_time is {actual}", "auth_time är {actual}", at=when.at, actual=when.text)
    if when >= login.sent.issued_at - timedelta(seconds=login.clock_skew):
        return passed()
    if when.year == 1970:
        return failed(
            "auth_time is {actual}: the OP does not say when the person logged in",
            "auth_time är {actual}: OP:n säger inte när personen loggade in",
            at=token.at("auth_time"),
            actual=shown(token.values["auth_time"]),
        )
    early = round((login.sent.issued_at - when).total_seconds())
    return failed(
        f"by auth_time the person logged in {early} s before we asked",
        f"enligt auth_time loggade personen in {early} s innan vi frågade",
        at=token.at("auth_time"),
        actual=when.isoformat(),
        expected=login.sent.issued_at.isoformat(),
    )


@check(
    Level.MUST,
    spec="OIDCCore 3.1.2.1 (max_age), 2 (auth_time)",
    fix="Let the OP ask for the login again when the last one is older than max_age, and write the time of the login as auth_time.",
    sv=Text(
        "Inloggningen är inte äldre än vi bad om (max_age)",
        why="En tjänst som frågar med max_age litar på att personen nyss var där. Utan auth_time kan den inte se det.",
        fix="Låt OP:n begära ny inloggning när den senaste är äldre än max_age, och skriv inloggningens tid som auth_time.",
    ),
)
def login_is_no_older_than_asked(token: IdToken, login: Login) -> Outcome:
    """The login is no older than we asked for (max_age).

    A service that asks with max_age trusts that the person was there just now. Without auth_time it cannot see that.
    """
    if not login.told("request_id"):
        return untold()
    if not token.values:
        return unread()
    asked = login.flow.oidc.max_age if login.flow.oidc else None
    if asked is None:
        return not_applicable("max_age was not asked for", "max_age efterfrågades inte")
    when = token.instant("auth_time")
    if when is None:
        return failed("there is no auth_time, and max_age was asked for", "auth_time saknas, fast max_age efterfrågades", at=token.pointer)
    if not isinstance(when, datetime):
        return failed(
            "auth_time is {actual}, and max_age was asked for",
            "auth_time är {actual}, fast max_age efterfrågades",
            at=token.at("auth_time"),
            actual=shown(token.values.get("auth_time")),
        )
    old = round((_arrived(login) - when).total_seconds())
    if old <= asked + login.clock_skew:
        return passed()
    return failed(
        f"the login was {old} s old, and we asked for {asked} s at most",
        f"inloggningen var {old} s gammal, men vi bad om högst {asked} s",
        at=token.at("auth_time"),
        actual=when.isoformat(),
    )


@check(
    Level.MUST,
    spec="OIDCCore 5.5.1.1",
    fix="Let the OP write the level into acr when it is asked for, or answer with an error when it can give none of those.",
    sv=Text(
        "ID-token säger hur personen loggade in när vi frågar efter det (acr)",
        why="Utan acr vet tjänsten inte om det var e-legitimation eller bara ett lösenord, och måste neka läraren som ska till proven.",
        fix="Låt OP:n skriva nivån i acr när den efterfrågas, eller svara med ett fel när den inte kan ge någon av dem.",
    ),
)
def tells_how_the_person_logged_in(token: IdToken, login: Login) -> Outcome:
    """The ID Token says how the person logged in when it is asked (acr).

    Without acr the service cannot tell an e-legitimation from a password, and has to refuse the teacher who is to see the tests.
    """
    if not login.told("contexts"):
        return untold()
    if not token.values:
        return unread()
    if not login.sent.contexts:
        return not_applicable("no level was asked for", "ingen nivå efterfrågades")
    if token.text("acr"):
        return passed()
    if token.values.get("acr") is None:
        return failed("the ID Token has no acr", "ID-token saknar acr", at=token.pointer, expected=login.sent.contexts)
    return failed(
        "acr is {actual}", "acr är {actual}", at=token.at("acr"), actual=shown(token.values.get("acr")), expected=login.sent.contexts
    )


@check(
    Level.SHOULD,
    spec="RFC 8176 1; OIDCCore 2",
    fix="Send amr as a JSON list of texts, with the values of RFC 8176: pwd, otp, mfa and others.",
    sv=Text(
        "De sätt att logga in som anges (amr) är en lista med texter",
        why="Tjänster letar efter värden i en lista. En ensam text läses som ingenting.",
        fix="Skicka amr som en JSON-lista med texter, med värdena i RFC 8176: pwd, otp, mfa med flera.",
    ),
)
def methods_are_a_list(token: IdToken) -> Outcome:
    """The ways of logging in that are told (amr) are a list of texts.

    Services look for values in a list. A single text is read as nothing.
    """
    if not token.values:
        return unread()
    if "amr" not in token.values:
        return not_applicable("there is no amr", "det finns inget amr")
    if token.texts("amr"):
        return passed()
    return failed("amr is {actual}", "amr är {actual}", at=token.at("amr"), actual=shown(token.values["amr"]))
