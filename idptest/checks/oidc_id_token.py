"""Rules about the ID Token: its form and its signature, and who and what it is for. Times and levels: oidc_id_token_times."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.login import Login
from idptest.model.oidc import CRITICAL, ENCRYPTED, INVALID, LACKING, MALFORMED, NO_KEY, REFUSED, UNSIGNED, VALID, IdToken, Token, shown
from idptest.model.rule import Level, Outcome, Personal, Text, failed, inconclusive, not_applicable, passed, untold
from idptest.model.saml import Unreadable
from idptest.oidc.tokens import ALLOWED, half_hash_for

_READ, _HAS = "oidc-id-token/can-be-read", "oidc-id-token/has-what-it-must"
_ALGORITHM, _DEMANDS = "oidc-id-token/algorithm-is-one-that-only-the-op-can-use", "oidc-id-token/demands-nothing-unknown"
_LONGEST_SUB = 255


def unread() -> Outcome:
    return inconclusive("the ID Token cannot be read", "ID-token går inte att läsa", blocked_by=_READ)


@check(
    Level.MUST,
    spec="OIDCCore 2; RFC 7515 7.1",
    fix="Send the ID Token as a signed JWT in compact form, and do not encrypt it to a client that has registered no key for that.",
    sv=Text(
        "ID-token går att läsa",
        why="En ID-token som tjänsten inte kan läsa säger inte vem som har loggat in. Då kommer ingen in.",
        fix="Skicka ID-token som en signerad JWT i kompakt form, och kryptera den inte till en klient som inte har registrerat någon nyckel för det.",
    ),
)
def can_be_read(token: IdToken, login: Login) -> Outcome:
    """The ID Token can be read.

    A token that the service cannot read does not tell who logged in, and then nobody gets in.
    """
    if token.state == ENCRYPTED and not login.told("token_answer"):
        return inconclusive(
            "the ID Token is encrypted (five parts), and only the service that it is for can open it",
            "ID-token är krypterad (fem delar), och bara tjänsten som den är till kan öppna den",
            at=token.pointer,
        )
    if token.state == ENCRYPTED:
        return failed(
            "the ID Token is encrypted (five parts, alg {actual}), and this client has registered no key to open it with",
            "ID-token är krypterad (fem delar, alg {actual}), men klienten har inte registrerat någon nyckel att öppna den med",
            at=token.pointer,
            actual=shown(token.header.get("alg")),
        )
    if token.state == MALFORMED or not token.values:
        why = (f": {token.why.en}", f": {token.why.sv}") if token.why else ("", "")
        return failed("the ID Token is no JWT" + why[0], "ID-token är ingen JWT" + why[1], at=token.pointer)
    return passed()


@check(
    Level.MUST,
    spec="OIDCCore 3.1.3.7 (6, 7); RFC 8725 3.1",
    fix="Sign ID Tokens with RS256 (or ES256) by a key in the OP's JWKS: never alg none, and never HS256, whose secret the client would have to share.",
    sv=Text(
        "ID-token är signerad så att bara OP:n kan ha gjort det",
        why="Med alg none kan vem som helst skriva en ID-token för vem som helst. Med HS256 kan alla som har hemligheten göra det, också klienten själv.",
        fix="Signera ID-token med RS256 (eller ES256) med en nyckel i OP:ns JWKS. Använd aldrig alg none, och inte HS256, vars hemlighet klienten måste dela.",
    ),
)
def algorithm_is_one_that_only_the_op_can_use(token: IdToken) -> Outcome:
    """The ID Token is signed so that only the OP can have done it.

    With alg none anybody can write the token. With HS256 everybody who has the secret can, the client itself too.
    """
    return _algorithm(token)


def _algorithm(token: Token) -> Outcome:
    if token.state in (MALFORMED, ENCRYPTED):
        return unread()
    if token.state not in (UNSIGNED, REFUSED):
        return passed()
    return failed("alg is {actual}", "alg är {actual}", at=token.pointer, actual=shown(token.header.get("alg")), expected=tuple(ALLOWED))


@check(
    Level.MUST,
    spec="OIDCCore 3.1.3.7 (6)",
    fix="Sign with a key that jwks_uri shows right now, and name it by kid. After a change of keys: let the new one be seen there before it signs.",
    sv=Text(
        "Signaturen på ID-token stämmer med en nyckel i OP:ns JWKS",
        why="Annars kan den vara ändrad på vägen, eller skriven av någon annan. Varje tjänst nekar den.",
        fix="Signera med en nyckel som jwks_uri visar just nu, och ange den med kid. Vid nyckelbyte: låt den nya synas där innan den börjar signera.",
    ),
)
def signature_is_by_a_key_of_the_op(token: IdToken, login: Login) -> Outcome:
    """The signature of the ID Token is by a key in the OP's JWKS.

    Otherwise it may have been changed on the way, or be written by somebody else. Every service refuses it.
    """
    return judge_signature(token, login)


def judge_signature(token: Token, login: Login) -> Outcome:
    """The same for every token that the OP signs."""
    keys = login.oidc.keys if login.oidc else None
    if token.state == VALID:
        return passed()
    if token.state in (MALFORMED, ENCRYPTED):
        return unread()
    if token.state in (UNSIGNED, REFUSED):
        return inconclusive("its algorithm makes the signature worthless", "algoritmen gör signaturen värdelös", blocked_by=_ALGORITHM)
    if token.state == CRITICAL:
        return inconclusive("crit forbids making anything of it", "crit gör att den inte får tolkas", blocked_by=_DEMANDS)
    if token.state == LACKING:
        said = str(shown(token.header.get("alg")))
        return inconclusive(f"our library lacks {said}", f"vårt bibliotek saknar {said}", at=token.pointer)
    if not login.told("keys"):
        return untold()
    if keys is None or keys.problem:
        return inconclusive(
            "there are no keys to check it with", "det finns inga nycklar att kontrollera den med", blocked_by="oidc-keys/can-be-fetched"
        )
    known = tuple(key.kid[:80] for key in keys.keys[:20] if key.kid)
    if token.state == NO_KEY:
        return failed(
            "no key at jwks_uri has the kid {actual} and fits the algorithm",
            "ingen nyckel på jwks_uri har kid {actual} och passar algoritmen",
            at=token.pointer,
            actual=shown(token.header.get("kid")),
            expected=known,
        )
    assert token.state == INVALID, token.state  # noqa: S101 - the last there is
    return failed(
        "the signature does not hold with any of the OP's keys",
        "signaturen stämmer inte med någon av OP:ns nycklar",
        at=token.pointer,
        actual=shown(token.header.get("kid")),
    )


@check(
    Level.MUST,
    spec="RFC 7515 4.1.11",
    fix="Take crit out of the token's header: what it names has not been agreed with this client.",
    sv=Text(
        "ID-token kräver inget som tjänsten inte känner till",
        why="Med crit säger OP:n att en token inte får tolkas av den som inte förstår tillägget. Då måste tjänsten neka.",
        fix="Ta bort crit ur tokens huvud. Det som anges där är inte överenskommet med den här klienten.",
    ),
)
def demands_nothing_unknown(token: IdToken) -> Outcome:
    """The ID Token demands nothing that the service does not know.

    With crit the OP forbids everybody who does not understand the extension to use the token. Then the service has to refuse.
    """
    if token.state in (MALFORMED, ENCRYPTED):
        return unread()
    if "crit" not in token.header:
        return passed()
    return failed("crit demands {actual}", "crit kräver {actual}", at=token.pointer, actual=shown(token.header["crit"]))


@check(
    Level.MUST,
    spec="OIDCCore 10.1",
    fix="Write the key's kid in the token's header.",
    sv=Text(
        "ID-token säger vilken nyckel den är signerad med",
        why="När OP:n har flera nycklar måste tjänsten veta vilken. Många provar bara den första.",
        fix="Skriv nyckelns kid i tokens huvud.",
    ),
)
def names_its_key(token: IdToken, login: Login) -> Outcome:
    """The ID Token says which key it is signed with.

    Where the OP has several, the service must know which. Many try the first one only.
    """
    if token.state in (MALFORMED, ENCRYPTED):
        return unread()
    keys = login.oidc.keys.keys if login.oidc and login.oidc.keys else ()
    if isinstance(token.header.get("kid"), str):
        return passed()
    if len(keys) < 2:
        return not_applicable("the OP has one key only", "OP:n har bara en nyckel")
    return failed(f"there is no kid, and the OP has {len(keys)} keys", f"kid saknas, och OP:n har {len(keys)} nycklar", at=token.pointer)


@check(
    Level.MUST,
    spec="OIDCCore 2",
    fix="Let the OP write iss, sub, aud, exp and iat into every ID Token; times as numbers of seconds since 1970.",
    sv=Text(
        "ID-token innehåller allt som krävs",
        why="Tjänsten behöver veta vem som har utfärdat den, om vem, till vem och hur länge den gäller. Saknas något nekar tjänsten.",
        fix="Låt OP:n skriva iss, sub, aud, exp och iat i varje ID-token, tider som antal sekunder sedan 1970.",
    ),
)
def has_what_it_must(token: IdToken) -> Outcome:
    """The ID Token has all that it must have.

    A service needs to know who issued it, of whom, for whom and for how long. Where something is missing it refuses.
    """
    if not token.values:
        return unread()
    missing = [name for name in ("iss", "sub") if not token.text(name)] + ([] if token.one_or_more("aud") else ["aud"])
    missing += [name for name in ("exp", "iat") if token.instant(name) is None or isinstance(token.instant(name), Unreadable)]
    if not missing:
        return passed()
    return failed(
        "{actual} is missing, or of the wrong type", "{actual} saknas eller är av fel typ", at=token.pointer, actual=tuple(missing)
    )


@check(
    Level.MUST,
    spec="OIDCCore 3.1.3.7 (2)",
    fix="Let iss be the issuer of the discovery document, letter for letter, also behind a proxy and after a change of host name.",
    sv=Text(
        "ID-token är utfärdad av den OP som vi frågade",
        why="Annars kunde en annan OP:s token gälla här. Tjänsten jämför bokstav för bokstav.",
        fix="Låt iss vara issuer ur discovery-dokumentet, bokstav för bokstav, också bakom en proxy och efter ett byte av värdnamn.",
    ),
)
def issuer_is_the_op(token: IdToken, login: Login) -> Outcome:
    """The ID Token is issued by the OP that we asked.

    Otherwise another OP's token could count here. The service compares letter for letter.
    """
    if not login.told("issuer"):
        return untold()
    if not token.values:
        return unread()
    got = token.text("iss")
    if got is None:
        return inconclusive("there is no iss", "iss saknas", blocked_by=_HAS)
    if got == login.flow.idp.entity_id:
        return passed()
    return failed("iss is {actual}", "iss är {actual}", at=token.at("iss"), actual=got[:300], expected=login.flow.idp.entity_id)


@check(
    Level.MUST,
    spec="OIDCCore 3.1.3.7 (3)",
    fix="Let aud hold this client's client_id, letter for letter.",
    sv=Text(
        "ID-token är utställd till den här klienten",
        why="Annars kunde en token för en annan tjänst användas här.",
        fix="Låt aud innehålla den här klientens client_id, bokstav för bokstav.",
    ),
)
def audience_is_this_client(token: IdToken, login: Login) -> Outcome:
    """The ID Token is for this client.

    Otherwise a token issued for another service could be used here.
    """
    if not login.told("sp_entity_id"):
        return untold()
    if not token.values:
        return unread()
    got = token.one_or_more("aud")
    if not got:
        return inconclusive("there is no aud", "aud saknas", blocked_by=_HAS)
    if login.sent.sp_entity_id in got:
        return passed()
    return failed("aud is {actual}", "aud är {actual}", at=token.at("aud"), actual=shown(list(got)), expected=login.sent.sp_entity_id)


@check(
    Level.MUST,
    spec="OIDCCore 3.1.3.7 (4, 5)",
    fix="Name this client alone in aud; where there are several, say in azp that the token is this client's.",
    sv=Text(
        "Ingen annan klient har rätt till ID-token",
        why="Får flera klienter använda samma token kan den ena skicka den vidare i personens namn.",
        fix="Ange bara den här klienten i aud. Är de flera, säg med azp att den är till den här klienten.",
    ),
)
def authorized_party_is_this_client(token: IdToken, login: Login) -> Outcome:
    """No other client has a right to the ID Token.

    When several clients may use a token, one of them can send it on in the person's name.
    """
    if not login.told("sp_entity_id"):
        return untold()
    if not token.values:
        return unread()
    azp, several = token.values.get("azp"), len(token.one_or_more("aud")) > 1
    if azp == login.sent.sp_entity_id or (azp is None and not several):
        return passed()
    if azp is None:
        return failed(
            "aud names several clients, and there is no azp",
            "aud anger flera klienter, och azp saknas",
            at=token.at("aud"),
            actual=shown(token.values.get("aud")),
        )
    return failed("azp is {actual}", "azp är {actual}", at=token.at("azp"), actual=shown(azp), expected=login.sent.sp_entity_id)


@check(
    Level.MUST,
    spec="OIDCCore 3.1.3.7 (11)",
    fix="Write the request's nonce into the ID Token as it came; a session or a cache that answers with an earlier one is wrong.",
    sv=Text(
        "ID-token svarar på just den här frågan (nonce)",
        why="Med nonce vet tjänsten att ID-token är gjord för den här inloggningen, och inte en gammal som någon skickar in på nytt.",
        fix="Skriv frågans nonce i ID-token som den kom. En session eller ett mellanlager som svarar med en tidigare är fel.",
    ),
)
def nonce_is_ours(token: IdToken, login: Login) -> Outcome:
    """The ID Token answers this very request (nonce).

    With nonce the service knows that the token was made for this login, and is no old one that somebody sends in anew.
    """
    if not login.told("request_id"):
        return untold()
    if not token.values:
        return unread()
    wanted = login.flow.oidc.nonce if login.flow.oidc else None
    got = token.values.get("nonce")
    if got == wanted:
        return passed()
    if got is None:
        return failed("there is no nonce", "nonce saknas", at=token.pointer, expected=wanted)
    return failed("nonce is {actual}", "nonce är {actual}", at=token.at("nonce"), actual=shown(got), expected=wanted)


@check(
    Level.MUST,
    spec="OIDCCore 3.1.3.6, 3.1.3.8",
    fix="Make at_hash of the access token that is sent with it, by the hash of the token's own algorithm: the left half, base64url.",
    sv=Text(
        "Kontrollsummorna i ID-token stämmer (at_hash, c_hash)",
        why="De binder ihop ID-token med access-token och koden. Stämmer de inte kan någon ha bytt ut den ena, och många bibliotek nekar.",
        fix="Räkna at_hash på den access-token som skickas med, med hashen i tokens egen algoritm: vänstra halvan, base64url.",
    ),
)
def hashes_fit(token: IdToken, login: Login) -> Outcome:
    """The hashes in the ID Token fit (at_hash, c_hash).

    They tie it to the access token and the code. Where they do not fit somebody may have swapped one of them, and many libraries refuse.
    """
    if not token.values:
        return unread()
    part = login.flow.oidc
    kept = {"at_hash": part.access_token_hashes, "c_hash": part.code_hashes} if part else {}
    there = [(name, half_hash_for(token.algorithm, hashes)) for name, hashes in kept.items() if name in token.values]
    comparable = [(name, right) for name, right in there if right is not None]
    if not comparable:
        return not_applicable("there is no hash to compare", "det finns ingen kontrollsumma att jämföra")
    wrong = next(((name, right) for name, right in comparable if token.values[name] != right), None)
    if wrong is None:
        return passed()
    return failed(
        f"{wrong[0]} is {{actual}}",
        f"{wrong[0]} är {{actual}}",
        at=token.at(wrong[0]),
        actual=shown(token.values[wrong[0]]),
        expected=wrong[1],
    )


@check(
    Level.MUST,
    spec="OIDCCore 2",
    fix="Let sub be a text of at most 255 ASCII characters that is never given to somebody else.",
    sv=Text(
        "Personens identifierare (sub) är högst 255 ASCII-tecken",
        why="Tjänster har gjort plats för så mycket och inte mer. En längre kapas, och två personer kan bli en.",
        fix="Låt sub vara en text på högst 255 ASCII-tecken som aldrig ges till någon annan.",
    ),
)
def subject_is_short(token: IdToken) -> Outcome:
    """The person's identifier (sub) is at most 255 ASCII characters.

    Services have made room for that and no more. A longer one is cut off, and two people may become one.
    """
    if not token.values:
        return unread()
    subject = token.text("sub")
    if not subject:
        return inconclusive("there is no sub", "sub saknas", blocked_by=_HAS)
    if len(subject) <= _LONGEST_SUB and subject.isascii():
        return passed()
    return failed(
        f"sub has {len(subject)} characters", f"sub har {len(subject)} tecken", at=token.at("sub"), actual=Personal(subject[:400])
    )
