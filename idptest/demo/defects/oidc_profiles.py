"""OpenID Connect: what OpenID Connect Core allows and the Swedish profiles do not. Judged by them alone."""

from __future__ import annotations

from idptest.demo import op_changes as changes
from idptest.demo.defect import Defect
from idptest.model.rule import Words

_SE, _SC = "swedish-oidc", "sweden-connect-oidc"


def _published(name: str, about: Words, *fails: str, **fields: object) -> Defect:
    return Defect(f"oidc-{name}", about, fails, op_published=changes.published(**fields), protocol="oidc", rulesets=(_SE, _SC))


def _answered(name: str, about: Words, fails: tuple[str, ...], change: changes.ChangeOpAnswer) -> Defect:
    return Defect(f"oidc-{name}", about, fails, op_answer=change, protocol="oidc", rulesets=(_SE, _SC))


DEFECTS: tuple[Defect, ...] = (
    _published(
        "secrets-alone",
        Words("clients authenticate with a shared secret", "klienter autentiserar sig med en delad hemlighet"),
        f"{_SE}/private-key-jwt-is-offered",
        f"{_SC}/private-key-jwt-alone",
        token_endpoint_auth_methods_supported=["client_secret_basic"],
    ),
    _published(
        "assertions-unsigned",
        Words("clients may send an unsigned proof, and none by ES256", "klienter får skicka ett osignerat bevis, men inget med ES256"),
        f"{_SE}/client-assertions-by-rs256-and-es256",
        f"{_SE}/client-assertions-not-unsigned",
        token_endpoint_auth_signing_alg_values_supported=["RS256", "none"],
    ),
    _published(
        "pkce-plain",
        Words("PKCE by plain is allowed", "PKCE med plain är tillåtet"),
        f"{_SE}/pkce-not-plain",
        code_challenge_methods_supported=["plain", "S256"],
    ),
    _published(
        "levels-unlisted",
        Words("the OP does not list its levels", "OP:n anger inte sina nivåer"),
        f"{_SE}/levels-are-listed",
        acr_values_supported=None,
    ),
    _published(
        "profile-unlisted",
        Words("neither scopes nor claims are listed", "varken scope eller anspråk (claims) anges"),
        f"{_SE}/scopes-hold-openid",
        f"{_SE}/claims-are-listed",
        scopes_supported=["profile"],
        claims_supported=None,
    ),
    _published(
        "parameters-unsupported",
        Words("neither the parameter claims nor request objects are supported", "varken parametern claims eller request objects stöds"),
        f"{_SE}/claims-parameter-is-supported",
        f"{_SE}/request-objects-are-supported",
        claims_parameter_supported=False,
        request_parameter_supported=None,
    ),
    _published(
        "subjects-of-another-kind",
        Words("the OP has identifiers of a kind of its own", "OP:n har identifierare av ett eget slag"),
        f"{_SE}/public-subjects-are-offered",
        f"{_SE}/pairwise-subjects-are-offered",
        subject_types_supported=["ephemeral"],
    ),
    _published(
        "user-info-unpublished",
        Words("the OP has no UserInfo", "OP:n har inget UserInfo"),
        f"{_SE}/user-info-is-published",
        userinfo_endpoint=None,
    ),
    _published(
        "pages-in-swedish-alone",
        Words(
            "the OP's pages are in Swedish only, and nothing tells how to connect",
            "OP:ns sidor finns bara på svenska, och inget säger hur man ansluter",
        ),
        f"{_SC}/speaks-swedish-and-english",
        f"{_SC}/is-documented",
        ui_locales_supported=["sv"],
        service_documentation=None,
    ),
    _answered(
        "user-info-plain",
        Words("UserInfo is plain JSON", "UserInfo är osignerad JSON"),
        (f"{_SE}/user-info-is-signed",),
        changes.said(info_plain=True),
    ),
    _answered(
        "id-token-long-lived",
        Words("the ID Token lives for an hour", "ID-token gäller i en timme"),
        (f"{_SE}/id-token-lives-five-minutes",),
        changes.claims(lambda old, who: {"exp": old["iat"] + 3600}),
    ),
    _answered(
        "auth-time-missing",
        Words("the ID Token does not say when the person logged in", "ID-token säger inte när personen loggade in"),
        (f"{_SE}/id-token-says-when",),
        changes.claim(auth_time=None),
    ),
    _answered(
        "id-token-personal",
        Words("the ID Token holds the person's name", "ID-token innehåller personens namn"),
        (f"{_SE}/id-token-holds-no-personal-claims",),
        changes.claims(lambda old, who: {"name": f"{who.given_name} {who.surname}"}),
    ),
)
