"""The flow: one captured login, with everything that will ever be needed to judge it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from idptest.model.rule import Waiver

FORMAT = "idptest-flow/1"

ARRIVED = "arrived"
REFUSED_BY_IDP = "refused-by-idp"
PAGE_NOT_UNDERSTOOD = "page-not-understood"
TOO_MANY_HOPS = "too-many-hops"
NETWORK = "network"
NOT_BEGUN = "not-begun"  # by OpenID Connect: the discovery document names no address to log in at
ENDINGS = (ARRIVED, REFUSED_BY_IDP, PAGE_NOT_UNDERSTOOD, TOO_MANY_HOPS, NETWORK, NOT_BEGUN)
DISCOVERY = "discovery"  # the reason of a login that ended where the discovery document was fetched

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class HttpRequest:
    """A request as a browser would send it. `form` holds the fields of a POST body (urlencoded), in document order."""

    method: str
    url: str
    headers: Pairs = ()
    form: Pairs | None = None


@dataclass(frozen=True)
class HttpResponse:
    """`headers` keep order and repetition (several Set-Cookie); `body` is the entity after content decoding.

    `peer` is the IP address that answered; None where it was not seen, or is a proxy's.
    """

    status: int
    headers: Pairs = ()
    body: bytes = b""
    peer: str | None = None

    def header(self, name: str) -> str | None:
        """The first header of that name, case-insensitively."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class Exchange:
    """One hop. `number` counts from 1. The request for our own ACS has no response: it is never sent.

    `error` is network trouble as one line of text; then there is no response either.
    """

    number: int
    at: datetime
    request: HttpRequest
    response: HttpResponse | None = None
    error: str | None = None


@dataclass(frozen=True)
class PageSummary:
    """A page as a person would describe it: its title, the texts of its links and the names and labels of its form fields."""

    url: str
    title: str
    links: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ended:
    """How the login ended (one of ENDINGS), at which exchange, and what was seen there.

    `reason` is a short stable word for a recognised refusal ("wrong-password", "AADSTS50126" …), `said` what the page or the
    network said, in its own words.
    """

    how: str
    exchange: int
    reason: str | None = None
    said: str | None = None
    page: PageSummary | None = None


@dataclass(frozen=True)
class Sent:
    """What we asked for. Times are UTC; `contexts` in the order sent; `binding` is the request's. `acs_index` is sent instead of the URL.

    With OpenID Connect: state is `relay_state`, client_id `sp_entity_id`, redirect_uri `acs_url`, prompt=login `force_authn`, and levels asked
    for by acr_values have the comparison "voluntary"; the rest stands in `OidcPart`.

    `encryption_offered`: our metadata holds a certificate for encryption.
    """

    request_id: str
    issued_at: datetime
    sp_entity_id: str
    acs_url: str
    destination: str
    relay_state: str | None = None
    contexts: tuple[str, ...] = ()
    comparison: str = "exact"
    force_authn: bool = False
    binding: str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
    signed: bool = False
    is_passive: bool = False
    name_id_format: str | None = None
    acs_index: int | None = None
    encryption_offered: bool = False


@dataclass(frozen=True)
class LogoutPart:
    """The logout that was to follow a login, in the same browser (OpenID Connect RP-Initiated Logout 1.0): what we asked, and how it `ended`.

    `uri` is our post_logout_redirect_uri, and an arrival is one there. `again` is how a request for a login without a page (prompt=none)
    ended after that; an arrival is one at our redirect_uri. None: it was not asked.
    """

    uri: str
    state: str
    ended: Ended | None = None
    again: Ended | None = None


@dataclass(frozen=True)
class OidcPart:
    """What only a login by OpenID Connect has: what more was asked, and which exchanges came after the login itself.

    `claims` were asked for from UserInfo by the parameter of that name. `essential`: the levels (`Sent.contexts`) were asked for as an essential claim, else by acr_values. `request_object`: all this was signed, and sent
    by value. `client_auth` is how we authenticated at the token endpoint, `eppn_claim` the claim that is to carry the EPPN (None: by its usual names). `token`, `keys` and
    `user_info` are numbers of exchanges, None where none was made. The hashes are what c_hash and at_hash may be, by SHA-256, SHA-384
    and SHA-512: the code and the access token themselves are not kept, and of the code_verifier only the challenge. `logout` None: nobody
    was to log out.
    """

    nonce: str
    code_challenge: str | None
    scopes: tuple[str, ...] = ("openid",)
    essential: bool = False
    claims: tuple[str, ...] = ()
    response_mode: str | None = None
    prompt: str | None = None
    max_age: int | None = None
    ui_locales: str | None = None
    login_hint: str | None = None
    request_object: bool = False
    client_auth: str = "client_secret_basic"
    eppn_claim: str | None = None
    token: int | None = None
    keys: int | None = None
    user_info: int | None = None
    code_hashes: tuple[str, ...] = ()
    access_token_hashes: tuple[str, ...] = ()
    logout: LogoutPart | None = None


@dataclass(frozen=True)
class IdpFacts:
    """What idptest.toml, or the demo, declares about the IdP, and its metadata as received.

    With OpenID Connect `entity_id` is the issuer, and `metadata` the discovery document; empty where no login could begin by it: then
    what came instead is the response of the exchange that the login ended at (reason DISCOVERY).
    """

    name: str
    entity_id: str
    metadata: bytes
    product: str | None = None
    eppn_source: str = "objectGUID"
    digg_approved: bool = False
    environment: str = "test"


@dataclass(frozen=True)
class AccountFacts:
    """What idptest.toml, or the demo, declares about the account. `role` is "teacher" or "pupil"."""

    name: str
    role: str
    username: str | None = None
    test_person: bool = False
    object_guid: str | None = None
    given_name: str | None = None
    surname: str | None = None
    provisioned_eppn: str | None = None
    person: str | None = None
    protected_identity: bool = False


@dataclass(frozen=True)
class StockSp:
    """What a stock SP (pysaml2) said of the same response at the time of capture."""

    name: str
    accepted: bool
    error: str | None = None


@dataclass(frozen=True)
class Decryption:
    """What an EncryptedAssertion held, as it came out of decryption at capture; `xml` None when it did not, and `error` says why."""

    xml: bytes | None
    error: str | None = None


@dataclass(frozen=True)
class Flow:
    """A login, captured. `captured_at` is "now" for every rule.

    `factors` are the kinds of credentials that were given, in order: "password", "one-time-code", "e-leg",
    "client-certificate"; none where it was not seen.
    `decrypted`: what the response's EncryptedAssertions held, in document order; the judge has no key.
    `own_rulesets` maps a ruleset's name to its TOML text where it is not one of ours.
    `seen_before`: this assertion was captured before in this workspace. `untold`: names of fields of `sent`, or of the flow, that a
    file of somebody else's does not tell (a bare SAML response says nothing of the request); they hold nothing then, and an `account`
    that is untold is a name for reports, and a role. By OpenID Connect also: discovery, answer, code_flow, token_answer, keys, id_token,
    user_info; issuer (which OP was asked) and fetched (when, and from where, documents and keys came).
    """

    protocol: str  # "saml" or "oidc"
    captured_at: datetime
    sent: Sent
    exchanges: tuple[Exchange, ...]
    ended: Ended
    idp: IdpFacts
    account: AccountFacts
    rulesets: tuple[str, ...]
    factors: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    own_rulesets: Mapping[str, str] = field(default_factory=dict)
    stock_sp: StockSp | None = None
    seen_before: bool = False
    untold: tuple[str, ...] = ()
    decrypted: tuple[Decryption, ...] = ()
    id: str | None = None
    recorded_by: Mapping[str, Any] = field(default_factory=dict)
    oidc: OidcPart | None = None

    def __repr__(self) -> str:
        """Short, and nobody is recognised by it: tracebacks show it."""
        return f"<flow {self.id or '(not saved)'}: {self.account.name} at {self.idp.name}, {self.ended.how}>"
