"""Rules about what an OpenID provider's UserInfo endpoint answers."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.checks.oidc_id_token import judge_signature
from idptest.model.login import Login
from idptest.model.oidc import CRITICAL, ENCRYPTED, MALFORMED, REFUSED, UNSIGNED, UserInfo, shown
from idptest.model.rule import Level, Outcome, Personal, Text, failed, inconclusive, not_applicable, passed

_READ = "oidc-user-info/can-be-read"
_ABOUT_THE_TOKEN = frozenset(("iss", "sub", "aud", "exp", "iat", "nbf", "jti", "nonce", "at_hash", "c_hash", "sid", "auth_time", "azp"))


def _unread() -> Outcome:
    return inconclusive("UserInfo cannot be read", "UserInfo går inte att läsa", blocked_by=_READ)


@check(
    Level.MUST,
    spec="OIDCCore 5.3.2",
    fix="Let the UserInfo endpoint take the access token as Bearer, and answer 200 with JSON or a signed JWT.",
    sv=Text(
        "UserInfo svarar med något som går att läsa",
        why="Där hämtar tjänsten uppgifterna om personen. Utan svar vet den inte vem som har loggat in.",
        fix="Låt UserInfo-adressen ta emot access-token som Bearer, och svara 200 med JSON eller en signerad JWT.",
    ),
)
def can_be_read(info: UserInfo) -> Outcome:
    """UserInfo answers with something that can be read.

    There the service fetches what is known of the person. Without it nobody knows who logged in.
    """
    if info.token is not None and info.token.state == ENCRYPTED:
        return failed(
            "UserInfo is encrypted, and this client has registered no key to open it with",
            "UserInfo är krypterat, men klienten har inte registrerat någon nyckel att öppna det med",
            at=info.pointer,
        )
    if info.problem or (info.token is not None and info.token.state == MALFORMED):
        why = (f": {info.problem.en}", f": {info.problem.sv}") if info.problem else ("", "")
        return failed("UserInfo cannot be read" + why[0], "UserInfo går inte att läsa" + why[1], at=info.pointer)
    return passed()


@check(
    Level.MUST,
    spec="OIDCCore 5.3.2, 5.3.4",
    fix="Let the OP say the same sub in both places: the access token has to belong to the person who logged in.",
    sv=Text(
        "UserInfo handlar om samma person som ID-token",
        why="Skiljer sig sub åt får tjänsten inte använda uppgifterna: de kan gälla någon annan.",
        fix="Låt OP:n ange samma sub på båda ställena. Access-token måste höra till den som loggade in.",
    ),
)
def is_about_the_same_person(info: UserInfo, login: Login) -> Outcome:
    """UserInfo is about the same person as the ID Token.

    Where sub differs the service may not use what it says: it may be about somebody else.
    """
    if not info.values:
        return _unread()
    token = login.oidc.id_token if login.oidc else None
    subject = token.text("sub") if token else None
    if subject is None:
        return inconclusive("the ID Token has no sub", "ID-token saknar sub", blocked_by="oidc-id-token/has-what-it-must")
    got = info.values.get("sub")
    if got == subject:
        return passed()
    if got is None:
        return failed("UserInfo has no sub", "UserInfo saknar sub", at=info.pointer)
    return failed(
        "sub is {actual} in UserInfo, and {expected} in the ID Token",
        "sub är {actual} i UserInfo men {expected} i ID-token",
        at=info.at("sub"),
        actual=Personal(str(shown(got))),
        expected=Personal(subject),
    )


@check(
    Level.MUST,
    spec="OIDCCore 5.3.4; RFC 8725 3.1",
    fix="Sign UserInfo with RS256 (or ES256) by a key that jwks_uri shows right now.",
    sv=Text(
        "Ett signerat UserInfo-svar har en signatur som stämmer",
        why="Annars kan uppgifterna om personen vara ändrade, och tjänsten måste kasta dem.",
        fix="Signera UserInfo med RS256 (eller ES256), med en nyckel som jwks_uri visar just nu.",
    ),
)
def signature_holds(info: UserInfo, login: Login) -> Outcome:
    """A signed UserInfo response bears a signature that holds.

    Otherwise what it says of the person may have been changed, and the service has to throw it away.
    """
    token = info.token
    if token is None:
        return not_applicable("UserInfo is not signed", "UserInfo är inte signerat") if info.values else _unread()
    if token.state in (MALFORMED, ENCRYPTED):
        return _unread()
    if token.state in (UNSIGNED, REFUSED, CRITICAL):
        said = shown(token.header.get("alg"))
        return failed(
            "its header (alg {actual}) makes the signature worthless",
            "huvudet (alg {actual}) gör signaturen värdelös",
            at=info.pointer,
            actual=said,
        )
    return judge_signature(token, login)


@check(
    Level.SHOULD,
    spec="OIDCCore 5.3.2",
    fix="Write the OP's issuer as iss and this client's client_id as aud into the signed response.",
    sv=Text(
        "Ett signerat UserInfo-svar säger vem det är från och till",
        why="Utan iss och aud kan ett svar till en tjänst lämnas in hos en annan.",
        fix="Skriv OP:ns issuer som iss och den här klientens client_id som aud i det signerade svaret.",
    ),
)
def says_from_whom_to_whom(info: UserInfo, login: Login) -> Outcome:
    """A signed UserInfo response says from whom it is, and to whom.

    Without iss and aud a response for one service can be handed in at another.
    """
    if info.token is None:
        return not_applicable("UserInfo is not signed", "UserInfo är inte signerat") if info.values else _unread()
    if not info.values:
        return _unread()
    for name, expected in (("iss", login.flow.idp.entity_id), ("aud", login.sent.sp_entity_id)):
        if name not in info.values:
            return failed(f"the response has no {name}", f"svaret saknar {name}", at=info.pointer, expected=expected)
    if info.text("iss") != login.flow.idp.entity_id:
        return failed(
            "iss is {actual}", "iss är {actual}", at=info.at("iss"), actual=shown(info.values.get("iss")), expected=login.flow.idp.entity_id
        )
    if login.sent.sp_entity_id not in info.one_or_more("aud"):
        return failed(
            "aud is {actual}", "aud är {actual}", at=info.at("aud"), actual=shown(info.values.get("aud")), expected=login.sent.sp_entity_id
        )
    return passed()


@check(
    Level.SHOULD,
    spec="OIDCCore 5.3.2",
    fix="Send application/jwt with a signed response, and application/json with a plain one.",
    sv=Text(
        "UserInfo-svaret säger vad det är",
        why="Biblioteken väljer hur de läser svaret efter Content-Type. Ett signerat svar som kallas JSON läser ingen.",
        fix="Skicka application/jwt med ett signerat svar, och application/json med ett osignerat.",
    ),
)
def says_what_it_is(info: UserInfo) -> Outcome:
    """The UserInfo response says what it is.

    Libraries choose how to read it by Content-Type. A signed response that is called JSON is read by nobody.
    """
    if not info.values:
        return _unread()
    expected = "application/jwt" if info.token is not None else "application/json"
    if info.content_type == expected:
        return passed()
    return failed(
        "Content-Type is {actual}",
        "Content-Type är {actual}",
        at=info.pointer,
        actual=(info.content_type or "")[:80] or None,
        expected=expected,
    )


@check(
    Level.SHOULD,
    spec="OIDCCore 5.1, 5.3",
    fix="Let both be made from the same source; mostly the one is mapped by the client's scope, the other by a rule of the client's own.",
    sv=Text(
        "UserInfo och ID-token säger samma sak om personen",
        why="Somliga tjänster läser UserInfo, andra ID-token. Skiljer de sig åt blir en person till två.",
        fix="Låt båda hämtas ur samma källa. Oftast mappas den ena av klientens scope och den andra av en egen regel för klienten.",
    ),
)
def says_the_same_as_the_id_token(info: UserInfo, login: Login) -> Outcome:
    """UserInfo and the ID Token say the same of the person.

    Some services read UserInfo, others the ID Token. Where they differ one person becomes two.
    """
    token = login.oidc.id_token if login.oidc else None
    if not info.values or token is None or not token.values:
        return _unread()
    both = [name for name in token.values if name in info.values and name not in _ABOUT_THE_TOKEN]
    differ = next((name for name in both if token.values[name] != info.values[name]), None)
    if differ is None:
        return passed()
    said = [Personal(str(shown(source.values[differ]))) for source in (info, token)]
    return failed(
        f"{differ} is {{actual}} in UserInfo, and {{expected}} in the ID Token",
        f"{differ} är {{actual}} i UserInfo men {{expected}} i ID-token",
        at=info.at(differ),
        actual=said[0],
        expected=said[1],
    )
