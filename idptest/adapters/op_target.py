"""From [idp.x] protocol = "oidc" to what a login there needs: the discovery document, and who we are to the OP."""

from __future__ import annotations

from pathlib import Path

from idptest.adapters import keys
from idptest.adapters.http_client import Transport
from idptest.adapters.oidc_errand import RelyingParty
from idptest.adapters.sources import content
from idptest.errors import ConfigurationError, InputError
from idptest.model.oidc import Discovery
from idptest.model.rule import Words
from idptest.model.settings import IdpSettings, OidcSettings
from idptest.oidc.discovery import read_discovery
from idptest.oidc.registration import ALGORITHM
from idptest.oidc.rp import PRIVATE_KEY_JWT, Client

_DISCOVERY = Words("the discovery document", "discovery-dokumentet")


def discovery(idp: IdpSettings, folder: Path, transport: Transport) -> bytes:
    """The OP's discovery document. Raises InputError when nobody could log in by it; all else that is wrong is for the rules to say."""
    where = idp.metadata.location
    data = content(where, folder, transport, _DISCOVERY)
    read = read_discovery(data)
    if read.problem:
        raise InputError(
            f"this is no discovery document: {read.problem.en}; is the issuer right?",
            f"det här är inget discovery-dokument: {read.problem.sv}. Stämmer issuer?",
            where=where,
        )
    address = read.text("authorization_endpoint") or ""
    if not address.startswith(("https://", "http://")):
        raise InputError(
            "the discovery document has no address to log in at (authorization_endpoint)",
            "discovery-dokumentet har ingen adress att logga in på (authorization_endpoint)",
            where=where,
        )
    return data


def takes(idp: IdpSettings, oidc: OidcSettings, metadata: bytes) -> None:
    """Raises ConfigurationError when we are to sign in a way that the OP does not offer (OIDCDiscovery 3): the login would end in an error."""
    published = read_discovery(metadata)
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


def party(
    oidc: OidcSettings, redirect_uri: str, secret: str | None, username: str | None, folder: Path, transport: Transport
) -> RelyingParty:
    """Who we are to the OP, and what we ask; we sign with the key that our SAML requests are signed with. Raises ConfigurationError."""
    key = keys.signer(folder).key if oidc.client_auth == PRIVATE_KEY_JWT or oidc.request_object else None
    client = Client(
        oidc.client_id, redirect_uri, oidc.client_auth, secret, key, oidc.scopes, oidc.response_mode, oidc.claims.get("eppn"),
        oidc.max_age, oidc.ui_locales, username if oidc.login_hint else None, oidc.request_object,
    )  # fmt: skip
    return RelyingParty(client, transport)
