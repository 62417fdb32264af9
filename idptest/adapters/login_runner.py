"""Runs the logins that an account needs: plans them, lets a driver carry each out, and puts everything into a flow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from idptest import __version__, catalogue, decode, decode_oidc
from idptest.adapters import oidc_errand, stock_sp
from idptest.adapters.driver import Driven, Driver, Errand
from idptest.adapters.oidc_errand import RelyingParty
from idptest.adapters.oidc_logout import Leaving
from idptest.expectations.metadata import declares_e_leg
from idptest.login.credentials import Credentials
from idptest.login.plan import Ask, again, first, served
from idptest.login.redaction import conceal_bytes, redact
from idptest.login.redaction_tokens import FIELDS, conceal_tokens, tokens_in
from idptest.model.flow import AccountFacts, Exchange, Flow, IdpFacts, Sent
from idptest.model.rule import Waiver
from idptest.oidc.discovery import read_discovery
from idptest.products import product, recognise
from idptest.products.product import Step
from idptest.saml import encryption, metadata
from idptest.saml.bindings import POST, REDIRECT
from idptest.saml.request import Signer, message


@dataclass(frozen=True)
class Target:
    """Who logs in where, as what SP, judged by what. Keys are PEM; with a `signer` our requests are signed.

    `name_id_format` is a URI; `acs_index` is sent instead of `acs_url`. `offers_encryption`: the metadata that the IdP was given holds a certificate for encryption.
    With a `party` the login is by OpenID Connect, the client_id is `sp_entity_id` and the redirect_uri `acs_url`; what is SAML's own is left out.
    `stopped`: what came of the discovery document when no login can begin by it; then nothing is sent.
    """

    idp: IdpFacts
    account: AccountFacts
    credentials: Credentials
    sp_entity_id: str
    acs_url: str
    rulesets: tuple[str, ...]
    own_rulesets: dict[str, str]
    waivers: tuple[Waiver, ...] = ()
    steps: tuple[Step, ...] = ()
    decryption_keys: tuple[bytes, ...] = ()
    signer: Signer | None = None
    by_post: bool = False
    name_id_format: str | None = None
    acs_index: int | None = None
    offers_encryption: bool = False
    party: RelyingParty | None = None
    stopped: Driven | None = None


@dataclass(frozen=True)
class Captured:
    """A flow, and the body of the page that the login stopped at when it was not understood (secrets taken out)."""

    flow: Flow
    page: bytes | None = None


@dataclass(frozen=True)
class LoginRunner:
    """`driver` carries a login out, `now` gives the time (aware, UTC), `new_id` a fresh unguessable XML ID."""

    driver: Driver
    now: Callable[[], datetime]
    new_id: Callable[[], str]

    def run(self, target: Target) -> Iterator[Captured]:
        """The logins that the target's rulesets need. One that does not arrive is the last: asking on could lock the account."""
        rulesets = [catalogue.ruleset(name, target.own_rulesets) for name in target.rulesets]
        ask, waiting = first(rulesets, _declares_e_leg(target))
        captured = self._log_in(target, ask)
        login = decode.decode(captured.flow, catalogue.attributes(), catalogue.assurance())
        unserved = [ruleset for ruleset in waiting if not served(ruleset, login)]
        judged = tuple(ruleset.name for ruleset in rulesets if ruleset not in unserved)
        yield replace(captured, flow=replace(captured.flow, rulesets=judged))
        for ruleset in unserved:
            yield self._log_in(target, again(ruleset))

    def knock(self, target: Target) -> Captured:
        """A request that asks for no page (IsPassive, Core 3.4.1) and needs no credentials: does the IdP take it? Judged by no ruleset."""
        return self._log_in(target, Ask((), force_authn=False), passive=True)

    def _log_in(self, target: Target, ask: Ask, passive: bool = False) -> Captured:
        by_oidc = oidc_errand.errand(target.party, target.idp.metadata, ask, self.now(), self.new_id, passive) if target.party else None
        sent = by_oidc.sent if by_oidc else replace(self._sent(target, ask), is_passive=passive)
        request = by_oidc.request if by_oidc else message(sent, target.signer)
        known = product(target.idp.product) if target.idp.product else recognise(target.idp.entity_id, target.idp.metadata)
        errand = Errand(request, sent, target.credentials, known, target.steps, "oidc" if by_oidc else "saml")
        with self.driver.session() as drive:
            driven, part = target.stopped or drive(errand), by_oidc.part if by_oidc else None
            if by_oidc and not passive:  # who only knocks uses no code, and leaves nothing
                driven, part = by_oidc.follow(driven, self.now, self.new_id)
                leaving = Leaving(by_oidc, errand, target.idp.metadata, drive if self.driver.goes_on else None)
                driven, part = leaving.follow(driven, part, self.now, self.new_id)
        flow = Flow(
            protocol="oidc" if part else "saml",
            captured_at=self.now(),
            sent=sent,
            exchanges=_without_tokens(driven) if part else _without_secrets(driven),
            ended=driven.ended,
            idp=replace(target.idp, product=known.id if known else None),
            account=target.account,
            rulesets=ask.rulesets,
            own_rulesets=target.own_rulesets,
            waivers=target.waivers,
            factors=driven.factors,
            recorded_by={"name": "idptest", "version": __version__},
            oidc=part,
        )
        page = conceal_bytes(driven.page, driven.secrets) if driven.page is not None else None
        if part:
            return Captured(flow, page)
        xml = decode.delivered(flow)
        if isinstance(xml, bytes):
            flow = replace(flow, decrypted=encryption.decrypt_all(xml, target.decryption_keys))
        return Captured(replace(flow, stock_sp=stock_sp.ask(flow)), page)

    def _sent(self, target: Target, ask: Ask) -> Sent:
        idp = metadata.read_idp(target.idp.metadata)
        wanted = (POST, REDIRECT) if target.by_post else (REDIRECT, POST)
        binding = next((each for each in wanted if metadata.sso_location(idp, each)), REDIRECT)
        return Sent(
            request_id=self.new_id(),
            issued_at=self.now(),
            sp_entity_id=target.sp_entity_id,
            acs_url=target.acs_url,
            destination=metadata.sso_location(idp, binding) or idp.sso[0].location,
            relay_state=self.new_id(),
            contexts=ask.contexts,
            comparison=ask.comparison,
            force_authn=ask.force_authn,
            binding=binding,
            signed=target.signer is not None,
            name_id_format=target.name_id_format,
            acs_index=target.acs_index,
            encryption_offered=target.offers_encryption,
        )


def _declares_e_leg(target: Target) -> bool:
    if target.party:
        return decode_oidc.declares_levels(read_discovery(target.idp.metadata), catalogue.assurance())
    return declares_e_leg(metadata.read_idp(target.idp.metadata))


def _without_secrets(driven: Driven, *fields: str) -> tuple[Exchange, ...]:
    """What may be kept of a login: no password, no code, no cookie."""
    return tuple(redact(exchange, driven.secrets, driven.secret_fields | frozenset(fields)) for exchange in driven.exchanges)


def _without_tokens(driven: Driven) -> tuple[Exchange, ...]:
    """The same where there are codes and tokens too; they may stand in other places than their own."""
    tokens = {token for exchange in driven.exchanges for token in tokens_in(exchange)}
    return tuple(conceal_tokens(exchange, tokens) for exchange in _without_secrets(driven, *FIELDS))
