"""From [idp.x] protocol = "oidc" to what a login there needs: the discovery document, and who we are to the OP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from idptest.adapters import clock, keys
from idptest.adapters.driver import Driven
from idptest.adapters.http_client import NetworkTrouble, TooMuch, Transport
from idptest.adapters.oidc_errand import RelyingParty
from idptest.errors import ConfigurationError
from idptest.login.urls import resolve, split
from idptest.model.flow import DISCOVERY, NETWORK, NOT_BEGUN, Ended, Exchange, HttpRequest
from idptest.model.oidc import Discovery, KeySet
from idptest.model.rule import Pointer, Words
from idptest.model.settings import IdpSettings, OidcSettings, SpSettings
from idptest.oidc.discovery import fetched_discovery, fetched_keys, login_address, read_discovery
from idptest.oidc.registration import ALGORITHM
from idptest.oidc.rp import PRIVATE_KEY_JWT, Client

_MOST_HOPS = 6  # five redirects


@dataclass(frozen=True)
class Discovered:
    """The OP's discovery document. `stopped`: how it was fetched, and why no login can begin by it; then the document is empty."""

    document: bytes
    stopped: Driven | None = None


def discovery(where: str, transport: Transport, now: Callable[[], datetime] = clock.now) -> Discovered:
    """What is published at that address; redirects are followed, but never from https to http. Whatever is wrong with it is data."""
    hops: list[Exchange] = []
    url = where
    while len(hops) < _MOST_HOPS:
        at, number = now(), len(hops) + 1
        request = HttpRequest("GET", url, (("Accept", "application/json"),))
        try:
            answer = transport(request, None)
        except NetworkTrouble as trouble:
            hops.append(Exchange(number, at, request, error=str(trouble)))
            return _stopped(hops, NOT_BEGUN if isinstance(trouble, TooMuch) else NETWORK, str(trouble))
        hops.append(Exchange(number, at, request, answer))
        target = resolve(url, answer.header("location") or "") if answer.status in (301, 302, 303, 307, 308) else None
        if target is None or split(target) is None or (url.startswith("https:") and not target.startswith("https:")):
            break
        url = target
    published = fetched_discovery(hops[-1])
    if published.problem or login_address(published) is None:
        return _stopped(hops, NOT_BEGUN)
    return Discovered(answer.body)


def looked_at(where: str, transport: Transport, now: Callable[[], datetime] = clock.now) -> tuple[bytes, Discovery, KeySet | None]:
    """What is published there, as it is and as it reads, and at its jwks_uri (None where it names none), to be judged without a login."""
    found = discovery(where, transport, now)
    if found.stopped:
        published = fetched_discovery(found.stopped.exchanges[-1], found.stopped.ended.how != NETWORK)
    else:
        published = read_discovery(found.document)
    address = published.text("jwks_uri")
    if address is None or split(address) is None:
        return found.document, replace(published, pointer=Pointer("discovery")), None
    request = HttpRequest("GET", address, (("Accept", "application/jwk-set+json, application/json"),))
    try:
        exchange = Exchange(1, now(), request, transport(request, None))
    except NetworkTrouble as trouble:
        exchange = Exchange(1, now(), request, error=str(trouble))
    keys = fetched_keys(exchange)
    at = tuple(replace(key, pointer=Pointer("jwks", key.pointer.path)) for key in keys.keys)
    return found.document, replace(published, pointer=Pointer("discovery")), replace(keys, pointer=Pointer("jwks"), keys=at)


def _stopped(hops: list[Exchange], how: str, said: str | None = None) -> Discovered:
    return Discovered(b"", Driven(tuple(hops), Ended(how, len(hops), DISCOVERY, said)))


def takes(idp: IdpSettings, oidc: OidcSettings, metadata: bytes) -> None:
    """Raises ConfigurationError when we are to sign in a way that the OP does not offer (OIDCDiscovery 3): the login would end in an error."""
    published = read_discovery(metadata)
    if published.problem:
        return  # there is no saying; the login says what is wrong
    if oidc.request_object:
        line = f"[idp.{idp.name}] request_object = true"
        if published.values.get("request_parameter_supported") is not True:
            raise ConfigurationError(
                f"{line}: the OP does not say that it takes request objects (request_parameter_supported); take the line out",
                f"{line}: OP:n säger inte att den tar emot request objects (request_parameter_supported); ta bort raden",
                where="idptest.toml",
            )
        _verifies(published, "request_object_signing_alg_values_supported", line, Words("take the line out", "ta bort raden"))
    if oidc.client_auth == PRIVATE_KEY_JWT:
        way_out = Words(
            f"let it take {ALGORITHM} too, or register idptest with a secret and write client_secret_env",
            f"låt den ta emot {ALGORITHM} också, eller registrera idptest med en hemlighet och skriv client_secret_env",
        )
        line = f'[idp.{idp.name}] client_auth = "{PRIVATE_KEY_JWT}"'
        _verifies(published, "token_endpoint_auth_signing_alg_values_supported", line, way_out)


def _verifies(published: Discovery, member: str, line: str, way_out: Words) -> None:
    """Our key is an RSA key, and python-jose 3.5 has no PS256. An OP that lists nothing may take anything."""
    offered = published.texts(member)
    if not offered or ALGORITHM in offered:
        return
    listed = ", ".join(offered[:10])
    raise ConfigurationError(
        f"{line}: the OP takes what is signed with {listed} ({member}), and idptest signs with {ALGORITHM}; {way_out.en}",
        f"{line}: OP:n tar emot det som är signerat med {listed} ({member}), och idptest signerar med {ALGORITHM}; {way_out.sv}",
        where="idptest.toml",
    )


def party(oidc: OidcSettings, sp: SpSettings, secret: str | None, username: str | None, folder: Path, transport: Transport) -> RelyingParty:
    """Who we are to the OP, and what we ask; we sign with the key that our SAML requests are signed with. Raises ConfigurationError."""
    key = keys.signer(folder).key if oidc.client_auth == PRIVATE_KEY_JWT or oidc.request_object else None
    client = Client(
        oidc.client_id, sp.callback_url, oidc.client_auth, secret, key, oidc.scopes, oidc.response_mode, oidc.claims.get("eppn"),
        oidc.max_age, oidc.ui_locales, username if oidc.login_hint else None, oidc.request_object,
        sp.logged_out_url if oidc.log_out else None,
    )  # fmt: skip
    return RelyingParty(client, oidc.issuer, transport)
