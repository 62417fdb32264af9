"""OpenID Connect: the token response, the ID Token and UserInfo."""

from __future__ import annotations

from idptest.demo import op_changes as changes
from idptest.demo.defect import Defect
from idptest.demo.op_answer import EPPN_CLAIM
from idptest.demo.people import DOMAIN
from idptest.model.rule import Words

_HTML = b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"
_SIGNATURE = "oidc-id-token/signature-is-by-a-key-of-the-op"
_ALGORITHM = "oidc-id-token/algorithm-is-one-that-only-the-op-can-use"


def _oidc(name: str, about: Words, *fails: str, **changed: object) -> Defect:
    return Defect(f"oidc-{name}", about, fails, protocol="oidc", **changed)  # type: ignore[arg-type]


DEFECTS: tuple[Defect, ...] = (
    # --- the token response
    _oidc(
        "token-html",
        Words("the token endpoint answers with a web page", "token-adressen svarar med en webbsida"),
        "oidc-token/accepts-the-code",
        op_answer=changes.said(raw=(200, "text/html", _HTML)),
    ),
    _oidc(
        "token-error",
        Words("the token endpoint does not accept the client", "token-adressen godtar inte klienten"),
        "oidc-token/accepts-the-code",
        op_answer=changes.said(raw=(401, "application/json", b'{"error": "invalid_client", "error_description": "bad secret"}')),
    ),
    _oidc(
        "id-token-missing",
        Words("there is no ID Token", "det finns ingen ID-token"),
        "oidc-token/gives-an-id-token",
        op_answer=changes.members(id_token=None),
    ),
    _oidc(
        "access-token-missing",
        Words("there is no access token", "det finns ingen access-token"),
        "oidc-token/gives-an-access-token",
        "dnp/eppn-is-released",
        op_answer=changes.together(changes.members(access_token=None), changes.claim(at_hash=None)),
    ),
    _oidc(
        "token-type",
        Words("the access token is of another type", "access-token är av en annan typ"),
        "oidc-token/type-is-bearer",
        op_answer=changes.members(token_type="mac"),
    ),
    _oidc(
        "token-cached",
        Words("the token response may be stored on the way", "tokensvaret får sparas på vägen"),
        "oidc-token/is-not-stored-on-the-way",
        op_answer=changes.said(headers=(("Content-Type", "application/json"),)),
    ),
    _oidc(
        "token-content-type",
        Words("the token response calls itself a text", "tokensvaret kallar sig text"),
        "oidc-token/says-that-it-is-json",
        op_answer=changes.said(headers=(("Content-Type", "text/plain"), ("Cache-Control", "no-store"))),
    ),
    # --- the ID Token
    _oidc(
        "id-token-damaged",
        Words("the ID Token is cut off", "ID-token är avklippt"),
        "oidc-id-token/can-be-read",
        op_answer=changes.members(id_token="eyJhbGciOiJSUzI1NiJ9.e30"),
    ),
    _oidc(
        "id-token-encrypted",
        Words(
            "the ID Token is encrypted to a key that the client does not have", "ID-token är krypterad till en nyckel som klienten inte har"
        ),
        "oidc-id-token/can-be-read",
        op_answer=changes.signed(encrypted=True),
    ),
    _oidc(
        "alg-none",
        Words("the ID Token is not signed (alg none)", "ID-token är inte signerad (alg none)"),
        _ALGORITHM,
        op_answer=changes.together(changes.header(alg="none"), changes.signed(key=None)),
    ),
    _oidc(
        "alg-hs256",
        Words("the ID Token is signed by HS256 with what everybody knows", "ID-token är signerad med HS256 och något som alla känner till"),
        _ALGORITHM,
        op_answer=changes.header(alg="HS256"),
    ),
    _oidc(
        "signature-foreign",
        Words("the ID Token is signed with a key that is nobody's", "ID-token är signerad med en främmande nyckel"),
        _SIGNATURE,
        op_answer=changes.signed(key="other"),
    ),
    _oidc(
        "tampered",
        Words("the ID Token was changed after it was signed", "ID-token har ändrats efter signeringen"),
        _SIGNATURE,
        op_answer=changes.signed(tampered=True),
    ),
    _oidc(
        "kid-unknown",
        Words("the ID Token names a key that is not there", "ID-token anger en nyckel som inte finns"),
        _SIGNATURE,
        op_answer=changes.header(kid="exempelstad-2019"),
    ),
    _oidc(
        "crit-unknown",
        Words("the ID Token demands an extension that nobody knows", "ID-token kräver ett tillägg som ingen känner till"),
        "oidc-id-token/demands-nothing-unknown",
        op_answer=changes.header(crit=["b64"], b64=True),
    ),
    _oidc(
        "subject-missing",
        Words("the ID Token has no sub", "ID-token saknar sub"),
        "oidc-id-token/has-what-it-must",
        "dnp/eppn-is-released",
        op_answer=changes.claim(sub=None),
    ),
    _oidc(
        "issuer-wrong",
        Words("the ID Token is issued by another OP", "ID-token är utfärdad av en annan OP"),
        "oidc-id-token/issuer-is-the-op",
        op_answer=changes.claim(iss="https://idp.grannstad.se"),
    ),
    _oidc(
        "audience-wrong",
        Words("the ID Token is for another client", "ID-token är utställd till en annan klient"),
        "oidc-id-token/audience-is-this-client",
        op_answer=changes.claim(aud="larplattformen"),
    ),
    _oidc(
        "audience-missing",
        Words("the ID Token is for nobody in particular", "ID-token är inte utställd till någon"),
        "oidc-id-token/has-what-it-must",
        op_answer=changes.claim(aud=None),
    ),
    _oidc(
        "audience-shared",
        Words("the ID Token is for two clients", "ID-token är utställd till två klienter"),
        "oidc-id-token/authorized-party-is-this-client",
        op_answer=changes.claim(aud=["idptest", "larplattformen"]),
    ),
    _oidc(
        "nonce-missing",
        Words("the ID Token has no nonce", "ID-token saknar nonce"),
        "oidc-id-token/nonce-is-ours",
        op_answer=changes.claim(nonce=None),
    ),
    _oidc(
        "nonce-old",
        Words("the ID Token bears the nonce of another login", "ID-token bär en annan inloggnings nonce"),
        "oidc-id-token/nonce-is-ours",
        op_answer=changes.claim(nonce="id-9999"),
    ),
    _oidc(
        "at-hash-wrong",
        Words("at_hash does not fit the access token", "at_hash stämmer inte med access-token"),
        "oidc-id-token/hashes-fit",
        op_answer=changes.claim(at_hash="MTIzNDU2Nzg5MDEyMzQ1Ng"),
    ),
    _oidc(
        "subject-long",
        Words("sub is 300 characters long", "sub är 300 tecken långt"),
        "oidc-id-token/subject-is-short",
        op_answer=changes.together(changes.claim(sub="x" * 300), changes.info(lambda old, who: {"sub": "x" * 300})),
    ),
    _oidc(
        "expired",
        Words("the ID Token has ended", "ID-token har gått ut"),
        "oidc-id-token-times/has-not-ended",
        "oidc-id-token-times/is-issued-now",
        op_answer=changes.claims(lambda old, who: {name: old[name] - 3600 for name in ("iat", "exp")}),
    ),
    _oidc(
        "clock-ahead",
        Words("the OP's clock is ten minutes ahead", "OP:ns klocka går tio minuter före"),
        "oidc-id-token-times/is-issued-now",
        op_answer=changes.claims(lambda old, who: {name: old[name] + 600 for name in ("iat", "exp", "auth_time")}),
    ),
    _oidc(
        "prompt-ignored",
        Words("prompt=login is answered from an old session", "prompt=login besvaras ur en gammal session"),
        "oidc-id-token-times/login-is-new",
        op_answer=changes.claims(lambda old, who: {"auth_time": old["auth_time"] - 7200}),
    ),
    _oidc(
        "max-age-ignored",
        Words("max_age is asked for, and an old session answers", "max_age efterfrågas, och en gammal session svarar"),
        "oidc-id-token-times/login-is-no-older-than-asked",
        "oidc-id-token-times/login-is-new",
        op_answer=changes.claims(lambda old, who: {"auth_time": old["auth_time"] - 7200}),
        asks={"max_age": 3600},
    ),
    _oidc(
        "auth-time-zero",
        Words("auth_time is always 0", "auth_time är alltid 0"),
        "oidc-id-token-times/login-is-new",
        op_answer=changes.claim(auth_time=0),
    ),
    _oidc(
        "acr-missing",
        Words("the level is asked for, and acr is missing", "nivån efterfrågas, men acr saknas"),
        "oidc-id-token-times/tells-how-the-person-logged-in",
        op_answer=changes.claim(acr=None),
    ),
    _oidc(
        "acr-unrequested",
        Words("the OP answers with a level that was not asked for", "OP:n svarar med en nivå som inte efterfrågades"),
        "level/answer-is-one-that-was-asked-for",
        "dnp-teacher/level-is-on-the-list",
        "loa3-teacher/level-is-at-least-3",
        op_answer=changes.claim(acr="http://id.skolfederation.se/loa/bas"),
    ),
    _oidc(
        "amr-password-alone",
        Words("amr is a password alone, beside level 3", "amr är bara ett lösenord, bredvid nivå 3"),
        "level/methods-reach-the-level",
        op_answer=changes.claim(amr=["pwd"]),
    ),
    _oidc(
        "amr-text",
        Words("amr is a text, not a list", "amr är en text, inte en lista"),
        "oidc-id-token-times/methods-are-a-list",
        op_answer=changes.claim(amr="pwd mfa"),
    ),
    # --- UserInfo
    _oidc(
        "user-info-html",
        Words("UserInfo answers with a web page", "UserInfo svarar med en webbsida"),
        "oidc-user-info/can-be-read",
        op_answer=changes.said(info_raw=(200, "text/html", _HTML)),
    ),
    _oidc(
        "user-info-other-person",
        Words("UserInfo is about somebody else", "UserInfo handlar om någon annan"),
        "oidc-user-info/is-about-the-same-person",
        "dnp/eppn-is-released",
        op_answer=changes.info(lambda old, who: {"sub": "nagon-annan"}),
    ),
    _oidc(
        "user-info-signature",
        Words("UserInfo is signed with a foreign key", "UserInfo är signerat med en främmande nyckel"),
        "oidc-user-info/signature-holds",
        op_answer=changes.info_signed(key="other"),
    ),
    _oidc(
        "user-info-audience",
        Words("signed UserInfo does not say for whom it is", "signerat UserInfo säger inte vem det är till"),
        "oidc-user-info/says-from-whom-to-whom",
        op_answer=changes.info(lambda old, who: {"aud": None}),
    ),
    _oidc(
        "user-info-content-type",
        Words("UserInfo is JSON and calls itself HTML", "UserInfo är JSON men kallar sig HTML"),
        "oidc-user-info/says-what-it-is",
        op_answer=changes.info_as("text/html"),
    ),
    _oidc(
        "eppn-differs",
        Words("the ID Token and UserInfo have different EPPNs", "ID-token och UserInfo har olika EPPN"),
        "oidc-user-info/says-the-same-as-the-id-token",
        "eppn/has-exactly-one-value",
        "eppn-objectguid/guid-is-the-accounts-own",
        op_answer=changes.claim(**{EPPN_CLAIM: f"00000000-0000-4000-8000-000000000007@{DOMAIN}"}),
    ),
    _oidc(
        "eppn-missing",
        Words("no EPPN is released", "inget EPPN skickas"),
        "dnp/eppn-is-released",
        op_answer=changes.info(lambda old, who: {EPPN_CLAIM: None}),
    ),
    _oidc(
        "eppn-wrong-claim",
        Words("the EPPN is sent as preferred_username", "EPPN skickas som preferred_username"),
        "dnp/eppn-is-released",
        "dnp/only-the-eppn-is-released",
        op_answer=changes.info(lambda old, who: {EPPN_CLAIM: None, "preferred_username": who.eppn}),
    ),
    _oidc(
        "eppn-is-the-upn",
        Words("the EPPN is the account's name", "EPPN är kontots namn"),
        "eppn-objectguid/local-part-is-an-objectguid",
        "dnp/eppn-is-not-the-account-name",
        "dnp/eppn-holds-no-name",
        op_answer=changes.info(lambda old, who: {EPPN_CLAIM: who.user_principal_name}),
    ),
    _oidc(
        "profile-released",
        Words("name and e-mail are sent although nobody asked", "namn och e-post skickas fast ingen bad om det"),
        "dnp/only-the-eppn-is-released",
        op_answer=changes.info(lambda old, who: {"given_name": who.given_name, "family_name": who.surname, "email": who.mail}),
    ),
    _oidc(
        "personnummer-as-subject",
        Words("sub is the personnummer", "sub är personnumret"),
        "dnp/no-personnummer-is-released",
        op_answer=changes.together(
            changes.claims(lambda old, who: {"sub": who.personnummer}), changes.info(lambda old, who: {"sub": who.personnummer})
        ),
    ),
)
