"""Rules about what an OpenID provider's token endpoint answers."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.oidc import TokenAnswer
from idptest.model.rule import Level, Outcome, Text, Words, failed, inconclusive, passed

_ACCEPTS = "oidc-token/accepts-the-code"
# RFC 6749 5.2.
_ERRORS = {
    "invalid_client": Words(
        "the OP does not know us by what we showed: see the client_id, its secret or key, and the way it is registered to authenticate",
        "OP:n känner inte igen oss på det vi visade: se över client_id, hemligheten eller nyckeln, och hur klienten är registrerad att autentisera sig",
    ),
    "invalid_grant": Words(
        "the OP does not accept the code it just gave us: redirect_uri, PKCE or its own clock",
        "OP:n godtar inte koden som den nyss gav oss: redirect_uri, PKCE eller dess egen klocka",
    ),
    "unauthorized_client": Words("the client is not registered for the code flow", "klienten är inte registrerad för kodflödet"),
}


def _failed_before() -> Outcome:
    return inconclusive("there is no token response", "det finns inget tokensvar", blocked_by=_ACCEPTS)


@check(
    Level.MUST,
    spec="OIDCCore 3.1.3.3; RFC 6749 5.2",
    fix="See what the token endpoint said, and how the client is registered: its secret or key, the redirect_uri, PKCE. By client_secret_basic a secret is escaped first (RFC 6749 2.3.1), which some OPs do not undo: give it letters and digits alone, or use client_secret_post.",
    sv=Text(
        "Token-adressen tar emot koden och svarar med JSON",
        why="Det är där tjänsten hämtar ID-token. Utan den kommer ingen in, fast inloggningen såg ut att lyckas.",
        fix="Se vad token-adressen svarade, och hur klienten är registrerad: hemlighet eller nyckel, redirect_uri, PKCE. Med client_secret_basic kodas hemligheten först (RFC 6749 2.3.1), och det läser inte alla OP:er: låt den ha bara bokstäver och siffror, eller använd client_secret_post.",
    ),
)
def accepts_the_code(answer: TokenAnswer) -> Outcome:
    """The token endpoint takes the code and answers with JSON.

    That is where the service gets the token. Without it nobody gets in, although the login seemed to work.
    """
    error = answer.text("error")
    if error is not None:
        means = _ERRORS.get(error)
        said = (answer.text("error_description") or "")[:300]
        words = Words(f": {means.en}" if means else "", f": {means.sv}" if means else "")
        return failed(
            f"the token endpoint answered {{actual}}{words.en}",
            f"token-adressen svarade {{actual}}{words.sv}",
            at=answer.pointer,
            actual=f"{error[:80]} ({said})" if said else error[:80],
        )
    if answer.problem:
        status = f"HTTP {answer.status}, " if answer.status else ""
        return failed(
            f"the token endpoint's answer cannot be used: {status}{answer.problem.en}",
            f"token-adressens svar går inte att använda: {status}{answer.problem.sv}",
            at=answer.pointer,
        )
    if answer.status != 200:
        return failed(
            "the token endpoint answered HTTP {actual}",
            "token-adressen svarade HTTP {actual}",
            at=answer.pointer,
            actual=answer.status,
            expected=200,
        )
    return passed()


def _works(answer: TokenAnswer) -> bool:
    return answer.status == 200 and not answer.problem and "error" not in answer.values


@check(
    Level.MUST,
    spec="OIDCCore 3.1.3.3",
    fix="Let the client have the scope openid: without it the OP answers by plain OAuth 2.0, and says nothing of who logged in.",
    sv=Text(
        "Tokensvaret innehåller en ID-token",
        why="Det är ID-token som säger vem som loggade in. En access-token säger inget om det.",
        fix="Låt klienten få scope openid. Utan det svarar OP:n enligt ren OAuth 2.0 och säger inget om vem som loggade in.",
    ),
)
def gives_an_id_token(answer: TokenAnswer) -> Outcome:
    """The token response holds an ID Token.

    The ID Token tells who logged in. An access token says nothing of it.
    """
    if not _works(answer):
        return _failed_before()
    if answer.text("id_token"):
        return passed()
    return failed("there is no id_token in the token response", "det finns ingen id_token i tokensvaret", at=answer.at("id_token"))


@check(
    Level.MUST,
    spec="OIDCCore 3.1.3.3",
    fix="Let the OP give an access token with the ID Token; UserInfo is read with it.",
    sv=Text(
        "Tokensvaret innehåller en access-token",
        why="Med den hämtar tjänsten uppgifterna om personen från UserInfo.",
        fix="Låt OP:n ge en access-token tillsammans med ID-token. UserInfo läses med den.",
    ),
)
def gives_an_access_token(answer: TokenAnswer) -> Outcome:
    """The token response holds an access token.

    With it the service fetches what is known of the person from UserInfo.
    """
    if not _works(answer):
        return _failed_before()
    if answer.text("access_token"):
        return passed()
    return failed(
        "there is no access_token in the token response", "det finns ingen access_token i tokensvaret", at=answer.at("access_token")
    )


@check(
    Level.MUST,
    spec="OIDCCore 3.1.3.3; RFC 6750 4",
    fix="Write Bearer as token_type.",
    sv=Text(
        "Access-tokens typ är Bearer",
        why="En klient får inte använda en token av en typ som den inte känner till.",
        fix="Skriv Bearer som token_type.",
    ),
)
def type_is_bearer(answer: TokenAnswer) -> Outcome:
    """The access token's type is Bearer.

    A client may not use a token of a type that it does not know.
    """
    if not _works(answer):
        return _failed_before()
    said = answer.text("token_type")
    if said is not None and said.lower() == "bearer":
        return passed()
    if said is None:
        return failed("there is no token_type", "token_type saknas", at=answer.pointer, expected="Bearer")
    return failed("token_type is {actual}", "token_type är {actual}", at=answer.at("token_type"), actual=said[:80], expected="Bearer")


@check(
    Level.SHOULD,
    spec="RFC 6749 5.1",
    fix="Send Cache-Control: no-store with the token response; a proxy in front of the OP may have taken it away.",
    sv=Text(
        "Tokensvaret får inte sparas på vägen",
        why="En proxy som sparar svaret kan ge en persons token till nästa person.",
        fix="Skicka Cache-Control: no-store med tokensvaret. En proxy framför OP:n kan ha tagit bort det.",
    ),
)
def is_not_stored_on_the_way(answer: TokenAnswer) -> Outcome:
    """The token response may not be stored on the way.

    A proxy that keeps it can give one person's token to the next.
    """
    if not _works(answer):
        return _failed_before()
    said = answer.headers.get("cache-control", "")
    if "no-store" in said.lower():
        return passed()
    if not said:
        return failed("there is no Cache-Control", "Cache-Control saknas", at=answer.pointer, expected="no-store")
    return failed("Cache-Control is {actual}", "Cache-Control är {actual}", at=answer.pointer, actual=said[:100], expected="no-store")


@check(
    Level.SHOULD,
    spec="RFC 6749 5.1",
    fix="Send Content-Type: application/json with the token response.",
    sv=Text(
        "Tokensvaret säger att det är JSON",
        why="En del bibliotek läser inte ett svar som kallar sig något annat.",
        fix="Skicka Content-Type: application/json med tokensvaret.",
    ),
)
def says_that_it_is_json(answer: TokenAnswer) -> Outcome:
    """The token response says that it is JSON.

    Some libraries do not read an answer that calls itself something else.
    """
    if not _works(answer):
        return _failed_before()
    form = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if form == "application/json":
        return passed()
    return failed(
        "Content-Type is {actual}", "Content-Type är {actual}", at=answer.pointer, actual=form[:80] or None, expected="application/json"
    )
