"""OpenID Connect: what the OP publishes, its keys, and what it sends back before there is a token."""

from __future__ import annotations

from dataclasses import replace

from idptest.demo import op_changes as changes
from idptest.demo import pages
from idptest.demo.defect import Defect
from idptest.demo.op_answer import encoded, jwk
from idptest.model.flow import HttpRequest, HttpResponse
from idptest.model.rule import Words

_HTML = b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"
_FETCHED = ("oidc-keys/can-be-fetched",)


def _oidc(name: str, about: Words, *fails: str, **changed: object) -> Defect:
    return Defect(f"oidc-{name}", about, fails, protocol="oidc", **changed)  # type: ignore[arg-type]


def _state_twice(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    def doubled(location: str) -> str:
        return location + "&state=en-annan" if "code=" in location else location

    headers = tuple((name, doubled(value) if name == "Location" else value) for name, value in response.headers)
    return replace(response, headers=headers)


def _page(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A page of the OP's own in place of its answer to the client."""
    given = any(name == "Location" and "code=" in value for name, value in response.headers)
    return pages.refusal("Du saknar behörighet", "Din skola har inte tillgång till tjänsten.") if given else response


DEFECTS: tuple[Defect, ...] = (
    # --- discovery
    _oidc(
        "issuer-other",
        Words("the discovery document names another issuer", "discovery-dokumentet anger en annan issuer"),
        "oidc-discovery/issuer-is-where-it-was-found",
        op_published=changes.published(issuer="https://idp.exempelstad.se/"),
    ),
    _oidc(
        "issuer-http",
        Words("the issuer is an http address", "issuer är en http-adress"),
        "oidc-discovery/issuer-is-an-https-address",
        "oidc-discovery/issuer-is-where-it-was-found",
        op_published=changes.published(issuer="http://idp.exempelstad.se"),
    ),
    _oidc(
        "discovery-incomplete",
        Words("the discovery document lacks what it must have", "discovery-dokumentet saknar det som det måste ha"),
        "oidc-discovery/has-what-it-must",
        op_published=changes.published(subject_types_supported=None),
    ),
    _oidc(
        "discovery-404",
        Words("there is no discovery document (404)", "det finns inget discovery-dokument (404)"),
        "oidc-discovery/can-be-fetched",
        op_published=changes.keys(document=(404, "text/html", _HTML)),
    ),
    _oidc(
        "discovery-html",
        Words("a web page stands where the discovery document should", "en webbsida ligger där discovery-dokumentet ska ligga"),
        "oidc-discovery/can-be-fetched",
        op_published=changes.keys(document=(200, "text/html", _HTML)),
    ),
    _oidc(
        "discovery-without-login",
        Words("the discovery document does not say where one logs in", "discovery-dokumentet säger inte var man loggar in"),
        "oidc-discovery/has-what-it-must",
        op_published=changes.published(authorization_endpoint=None),
    ),
    _oidc(
        "logout-unpublished",
        Words("the discovery document does not say where one logs out", "discovery-dokumentet säger inte var man loggar ut"),
        "oidc-discovery/says-where-one-logs-out",
        op_published=changes.published(end_session_endpoint=None),
    ),
    _oidc(
        "discovery-types",
        Words('the discovery document writes true as "true"', 'discovery-dokumentet skriver true som "true"'),
        "oidc-discovery/members-have-their-types",
        op_published=changes.published(request_parameter_supported="true"),
    ),
    _oidc(
        "logout-http",
        Words("an address in the discovery document is http", "en adress i discovery-dokumentet är http"),
        "oidc-discovery/addresses-are-https",
        op_published=changes.published(end_session_endpoint="http://idp.exempelstad.se/ut"),
    ),
    _oidc(
        "code-flow-unlisted",
        Words("the code flow is not among what the OP offers", "kodflödet finns inte bland det som OP:n erbjuder"),
        "oidc-discovery/offers-the-code-flow",
        op_published=changes.published(response_types_supported=["id_token", "code id_token"]),
    ),
    _oidc(
        "rs256-unlisted",
        Words("RS256 is not among the OP's algorithms", "RS256 finns inte bland OP:ns algoritmer"),
        "oidc-discovery/offers-rs256",
        op_published=changes.published(id_token_signing_alg_values_supported=["ES256"]),
    ),
    _oidc(
        "pkce-unlisted",
        Words("the OP does not say that it supports PKCE", "OP:n säger inte att den stöder PKCE"),
        "oidc-discovery/offers-pkce-s256",
        op_published=changes.published(code_challenge_methods_supported=None),
    ),
    _oidc(
        "levels-misspelt",
        Words("the OP lists a level that is misspelt", "OP:n anger en felstavad nivå"),
        "oidc-discovery/levels-are-known-values",
        op_published=lambda old: replace(
            old,
            discovery={
                **old.discovery,
                "acr_values_supported": [*old.discovery["acr_values_supported"], "http://id.swedenconnect.se/loa/1.0/uncertified-loa-4"],
            },
        ),
    ),
    # --- keys
    _oidc(
        "keys-404",
        Words("jwks_uri leads nowhere (404)", "jwks_uri leder ingenstans (404)"),
        *_FETCHED,
        op_published=changes.keys(jwks=(404, "text/html", _HTML)),
    ),
    _oidc(
        "keys-html",
        Words("jwks_uri answers with a web page", "jwks_uri svarar med en webbsida"),
        *_FETCHED,
        op_published=changes.keys(jwks=(200, "text/html", _HTML)),
    ),
    _oidc(
        "keys-empty", Words("there is no key in the JWKS", "JWKS innehåller ingen nyckel"), *_FETCHED, op_published=changes.keys(keys=())
    ),
    _oidc(
        "keys-stale",
        Words(
            "the JWKS shows the old keys, and the token is signed with a new one",
            "JWKS visar de gamla nycklarna, men token är signerad med en ny",
        ),
        "oidc-id-token/signature-is-by-a-key-of-the-op",
        "oidc-user-info/signature-holds",
        op_published=changes.keys(keys=("other",)),
    ),
    _oidc(
        "keys-private",
        Words("the JWKS shows a private key", "JWKS visar en privat nyckel"),
        "oidc-keys/holds-nothing-private",
        op_published=changes.keys(key_members={"d": encoded(b"x" * 32)}),
    ),
    _oidc(
        "keys-weak",
        Words("one of the keys has 1024 bits", "en av nycklarna har 1024 bitar"),
        "oidc-keys/is-strong",
        op_published=changes.keys(keys=("signing", "weak")),
    ),
    _oidc(
        "keys-same-id",
        Words("two keys have the same kid", "två nycklar har samma kid"),
        "oidc-keys/each-key-has-an-id-of-its-own",
        op_published=changes.keys(more_keys=({**jwk("other"), "kid": "exempelstad-signing"},)),
    ),
    _oidc(
        "keys-unnamed",
        Words(
            "no key has a kid, and neither has the token, although there are two keys",
            "ingen nyckel har kid, och inte token heller, fast det finns två nycklar",
        ),
        "oidc-keys/each-key-has-an-id-of-its-own",
        "oidc-id-token/names-its-key",
        op_published=changes.keys(keys=("other", "signing"), key_members={"kid": None}),
        op_answer=changes.unnamed(),
    ),
    _oidc(
        "keys-unusable",
        Words("one of the keys is of a kind that nobody knows", "en av nycklarna är av ett okänt slag"),
        "oidc-keys/can-be-used",
        op_published=changes.keys(more_keys=({"kty": "LATTICE", "kid": "framtid"},)),
    ),
    # --- the answer
    _oidc(
        "state-swapped",
        Words("another state comes back", "ett annat state kommer tillbaka"),
        "oidc-flow/state-comes-back",
        op_answer=changes.parameters(state="nagon-annans"),
    ),
    _oidc(
        "state-missing",
        Words("state does not come back", "state kommer inte tillbaka"),
        "oidc-flow/state-comes-back",
        op_answer=changes.parameters(state=None),
    ),
    _oidc(
        "iss-mixed-up",
        Words("the answer says that it comes from another OP", "svaret säger att det kommer från en annan OP"),
        "oidc-flow/comes-from-the-op-we-asked",
        op_answer=changes.parameters(iss="https://idp.grannstad.se"),
    ),
    _oidc(
        "iss-missing",
        Words("the OP promises to send iss, and does not", "OP:n lovar att skicka iss, men gör det inte"),
        "oidc-flow/comes-from-the-op-we-asked",
        op_answer=changes.parameters(iss=None),
    ),
    _oidc(
        "code-missing",
        Words("no code comes back", "ingen kod kommer tillbaka"),
        "oidc-flow/gives-a-code",
        op_answer=changes.parameters(code=None),
    ),
    _oidc(
        "answer-by-post",
        Words("the answer comes by POST although nobody asked for it", "svaret kommer med POST fast ingen bad om det"),
        "oidc-flow/comes-as-asked",
        op_answer=changes.said(by_post=True),
    ),
    _oidc(
        "state-twice",
        Words("a proxy adds state once more", "en proxy lägger till state en gång till"),
        "oidc-flow/parameters-come-once",
        http=_state_twice,
    ),
    _oidc(
        "tokens-in-the-address",
        Words("an ID Token comes in the address bar too", "en ID-token kommer i adressraden också"),
        "oidc-flow/carries-no-tokens",
        op_answer=changes.parameters(id_token="eyJhbGciOiJub25lIn0.e30."),
    ),
    _oidc(
        "refused-on-a-page",
        Words("the OP says no on a page of its own", "OP:n säger nej på en egen sida"),
        "login/idp-completes-the-login",
        "refusal/reaches-the-service",
        http=_page,
    ),
    _oidc(
        "access-denied",
        Words("the OP says no, in an answer", "OP:n säger nej, i ett svar"),
        "login/idp-completes-the-login",
        op_answer=changes.parameters(code=None, error="access_denied", error_description="no role for this client"),
    ),
)
