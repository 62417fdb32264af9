"""Exempelstad as a transport: a login at the demo municipality, in process, with no socket and no file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from idptest.adapters import store
from idptest.adapters.http_client import NetworkTrouble, Transport
from idptest.adapters.keys import private_keys
from idptest.adapters.login_runner import Target
from idptest.adapters.oidc_errand import RelyingParty
from idptest.adapters.op_target import discovery
from idptest.demo import keys
from idptest.demo.defect import Defect
from idptest.demo.defects import DEFECTS, defect
from idptest.demo.idp import Exempelstad, State
from idptest.demo.op import OpClient, public_numbers
from idptest.demo.op_logout import LOGGED_OUT_URI
from idptest.demo.people import PEOPLE, USUAL, Person
from idptest.errors import ConfigurationError
from idptest.login.credentials import Credentials
from idptest.model.flow import AccountFacts, HttpRequest, HttpResponse, IdpFacts
from idptest.model.settings import PROTOCOLS, RULESETS
from idptest.oidc.discovery import WELL_KNOWN
from idptest.oidc.rp import PRIVATE_KEY_JWT, Client
from idptest.saml.metadata import read_idp
from idptest.toml_lines import did_you_mean

CLIENT_ID, REDIRECT_URI = "idptest", "https://localhost:8443/oidc/callback"
SP_ENTITY_ID = "https://idptest.exempelstad.se/sp"
ACS_URL = "https://localhost:8443/saml/acs"
_CLIENT = Client(CLIENT_ID, REDIRECT_URI, PRIVATE_KEY_JWT, key=keys.pem("sp"))


def accounts() -> tuple[str, ...]:
    """Everybody, those first who log in when nobody is named."""
    return tuple(person.name for person in PEOPLE)


def usual() -> tuple[str, ...]:
    """Who logs in when nobody is named."""
    return USUAL


def named(names: Iterable[str], protocol: str | None = None) -> list[Defect]:
    """The defects with those names. `protocol`: "saml" or "oidc", which they are to be about. Raises ConfigurationError for one that there is not."""
    found = []
    for name in names:
        known = defect(name, protocol if protocol in PROTOCOLS else None)
        if known is None and (other := defect(name)) is not None:
            raise ConfigurationError(
                f'the defect "{name}" is about another protocol: --protocol {other.protocol}',
                f'felet "{name}" gäller ett annat protokoll: --protocol {other.protocol}',
            )
        if known is None:
            near = did_you_mean(name, [each.name for each in DEFECTS])
            raise ConfigurationError(
                f'Exempelstad has no defect "{name}"{near[0]} (all: idptest demo --list-defects)',
                f'Exempelstad har inget fel som heter "{name}"{near[1]} (alla: idptest demo --list-defects)',
            )
        found.append(known)
    return found


def _rulesets(person: Person, defects: Sequence[Defect]) -> tuple[str, ...]:
    """What the login is judged by: for each defect those of the service that it is about, else the role's. No defect hides another."""
    wanted = [name for defect in defects for name in defect.rulesets or RULESETS[person.role]]
    return tuple(dict.fromkeys(wanted)) or RULESETS[person.role]


def published(defects: Sequence[Defect], now: datetime) -> IdpFacts:
    """Exempelstad's metadata with those defects in it. Raises ConfigurationError for a defect that does not show there."""
    plain = Exempelstad({}, str, ()).metadata(now)
    for each in defects:
        if Exempelstad({}, str, (each,)).metadata(now) == plain:
            raise ConfigurationError(
                f'the defect "{each.name}" does not show in the metadata: try idptest {each.command} --demo --defect {each.name}',
                f'felet "{each.name}" syns inte i metadata: prova idptest {each.command} --demo --defect {each.name}',
            )
    metadata = Exempelstad({}, str, defects).metadata(now)
    return IdpFacts("exempelstad", read_idp(metadata).entity_id, metadata, "exempelstad")


def clients(auth: str = PRIVATE_KEY_JWT) -> dict[str, OpClient]:
    """The demo's own client, with the demo's own key."""
    public = public_numbers(keys.pem("sp"))
    shown = public if auth == PRIVATE_KEY_JWT else None
    return {CLIENT_ID: OpClient(REDIRECT_URI, public=shown, signs=public, post_logout_redirect_uri=LOGGED_OUT_URI)}


def workspace_clients(folder: Path) -> dict[str, OpClient]:
    """The clients that the workspace's idptest.toml is, at OPs: with the secret that the environment holds, else with the workspace's key."""
    settings = store.settings(folder)
    own = private_keys(folder, "sp")
    found = {}
    for each in (idp.oidc for idp in settings.idps.values() if idp.oidc):
        secret = os.environ.get(each.client_secret_env) if each.client_secret_env else None
        key = public_numbers(own[0]) if own and each.client_auth == PRIVATE_KEY_JWT else None
        signs = public_numbers(own[0]) if own else None
        found[each.client_id] = OpClient(settings.sp.callback_url, secret, key, signs, settings.sp.logged_out_url)
    return found


def demo(
    person: Person, defects: Sequence[Defect], now: Callable[[], datetime], new_id: Callable[[], str], protocol: str = "saml"
) -> tuple[Target, Transport]:
    """The target and the transport of a login at Exempelstad."""
    client = replace(_CLIENT, **{name: value for defect in defects for name, value in defect.asks.items()})
    municipality = Exempelstad({SP_ENTITY_ID: ACS_URL}, new_id, defects, clients=clients(client.auth))
    state = State()

    def transport(request: HttpRequest, body: bytes | None) -> HttpResponse:
        nonlocal state
        if "//idp.exempelstad.se/" not in request.url:
            host = request.url.split("/")[2]
            raise NetworkTrouble(f"{host}: only Exempelstad is reached in a demo", f"{host}: en demo når bara Exempelstad")
        state, response = municipality.respond(state, request, now())
        return response

    metadata = municipality.metadata(now())
    target = Target(
        idp=IdpFacts("exempelstad", read_idp(metadata).entity_id, metadata, "exempelstad"),
        account=AccountFacts(
            name=person.name,
            role=person.role,
            username=person.username,
            test_person=True,
            object_guid=str(person.object_guid),
            given_name=person.given_name,
            surname=person.surname,
            provisioned_eppn=person.eppn if person.provisioned else None,
            person=person.person,
            protected_identity=person.protected_identity,
        ),
        credentials=Credentials(person.username, person.password, person.totp_secret),
        sp_entity_id=SP_ENTITY_ID,
        acs_url=ACS_URL,
        rulesets=_rulesets(person, defects),
        own_rulesets={},
        decryption_keys=(keys.pem("sp"),),
    )
    return (by_oidc(target, municipality, transport, now, client) if protocol == "oidc" else target), transport


def by_oidc(
    target: Target, municipality: Exempelstad, transport: Transport, now: Callable[[], datetime], client: Client = _CLIENT
) -> Target:
    """The same person, by OpenID Connect."""
    found = discovery(municipality.base_url + WELL_KNOWN, transport, now)
    return replace(
        target,
        idp=replace(target.idp, entity_id=municipality.base_url, metadata=found.document),
        sp_entity_id=CLIENT_ID,
        acs_url=REDIRECT_URI,
        party=RelyingParty(client, municipality.base_url, transport),
        stopped=found.stopped,
    )
