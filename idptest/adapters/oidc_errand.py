"""What a login by OpenID Connect has beside the login itself: its request, and the token, key and UserInfo requests that follow it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlencode

from idptest.adapters.driver import Driven
from idptest.adapters.http_client import NetworkTrouble, Transport
from idptest.login.plan import Ask
from idptest.login.urls import split
from idptest.model.flow import ARRIVED, Exchange, HttpRequest, OidcPart, Sent
from idptest.model.oidc import AuthorizationAnswer, Discovery
from idptest.model.rule import Pointer
from idptest.oidc import discovery, rp, tokens
from idptest.oidc.json_text import read_object
from idptest.oidc.rp import Client

EPPN_CLAIM = "eduperson_principal_name"  # REFEDS' name, asked for unless idptest.toml names another


@dataclass(frozen=True)
class RelyingParty:
    """Who we are to the OP, the issuer we ask, and what carries the requests that follow a login: not the browser that logged in."""

    client: Client
    issuer: str
    transport: Transport = field(repr=False)


@dataclass(frozen=True)
class OidcErrand:
    """One login. Its `verifier` (PKCE) is never kept."""

    published: Discovery
    party: RelyingParty
    request: HttpRequest
    sent: Sent
    part: OidcPart
    verifier: str = field(repr=False)

    def follow(self, driven: Driven, now: Callable[[], datetime], new_id: Callable[[], str]) -> tuple[Driven, OidcPart]:
        """What happened, with the requests that follow an arrival; secrets are still in it, and are for the runner to take out.

        The code is used once, and not at all when the answer says that another OP gave it. What is not there to be asked is not asked: no
        code, no address, no access token.
        """
        answer = _answer(driven)
        code = answer.text("code") if answer else None
        if not answer or not code:
            return driven, self.part
        if answer.text("iss") not in (None, self.party.issuer, self.published.text("issuer")):
            return driven, self.part  # another OP's code is not for this one's ears (RFC 9207 2.4: MUST NOT proceed)
        exchanges = list(driven.exchanges)

        def ask(request: HttpRequest) -> Exchange:
            at, number = now(), len(exchanges) + 1
            try:
                body = urlencode(request.form).encode() if request.form is not None else None
                exchanges.append(Exchange(number, at, request, self.party.transport(request, body)))
            except NetworkTrouble as trouble:
                exchanges.append(Exchange(number, at, request, error=str(trouble)))
            return exchanges[-1]

        part = replace(self.part, code_hashes=tokens.half_hashes(code))
        access_token = None
        if address := self.address("token_endpoint"):
            answered = ask(rp.token_request(self.party.client, address, code, self.verifier, now(), new_id()))
            access_token = _access_token(answered)
            part = replace(part, token=answered.number)
        if address := self.address("jwks_uri"):
            part = replace(part, keys=ask(HttpRequest("GET", address, (("Accept", "application/jwk-set+json, application/json"),))).number)
        if access_token:
            part = replace(part, access_token_hashes=tokens.half_hashes(access_token))
            if address := self.address("userinfo_endpoint"):
                part = replace(part, user_info=ask(rp.user_info_request(address, access_token)).number)
        return replace(driven, exchanges=tuple(exchanges)), part

    def address(self, name: str) -> str | None:
        """A web address that the OP publishes; None when it is none."""
        address = self.published.text(name)
        return address if address and address.lower().startswith(("https://", "http://")) and split(address) else None


def errand(party: RelyingParty, metadata: bytes, ask: Ask, now: datetime, new_id: Callable[[], str], passive: bool = False) -> OidcErrand:
    """The authentication request for what is asked; `passive`: without a page. Every login has a nonce, a state and a verifier of its own."""
    published, client = discovery.read_discovery(metadata), party.client
    verifier, nonce = rp.verifier(new_id()), new_id()
    essential = rp.asks_in_claims(published)
    sent = Sent(
        request_id=nonce, issued_at=now, sp_entity_id=client.client_id, acs_url=client.redirect_uri,
        destination=published.text("authorization_endpoint") or "", relay_state=new_id(), contexts=ask.contexts,
        comparison="exact" if essential else "voluntary", force_authn=ask.force_authn, is_passive=passive,
    )  # fmt: skip
    part = OidcPart(
        nonce=nonce, code_challenge=rp.challenge(verifier), scopes=client.scopes, essential=essential and bool(ask.contexts),
        response_mode=client.response_mode, prompt="none" if passive else "login" if ask.force_authn else None, client_auth=client.auth,
        max_age=client.max_age, ui_locales=" ".join(client.ui_locales), login_hint=client.login_hint, request_object=client.request_object,
        eppn_claim=client.eppn_claim,
        claims=(client.eppn_claim or EPPN_CLAIM,) if essential else (),
    )  # fmt: skip
    request = rp.authentication_request(sent, part)
    if client.request_object:
        request = rp.by_value(request, client, published.text("issuer") or "", now, new_id())
    return OidcErrand(published, party, request, sent, part, verifier)


def _answer(driven: Driven) -> AuthorizationAnswer | None:
    if driven.ended.how != ARRIVED:
        return None
    arrived = driven.exchanges[driven.ended.exchange - 1]
    return rp.authorization_answer(arrived.request, Pointer("exchange", "", arrived.number))


def _access_token(answered: Exchange) -> str | None:
    found = read_object(answered.response.body)[0].get("access_token") if answered.response else None
    return found if isinstance(found, str) and found and "\n" not in found and found.isascii() else None
