"""From [idp.x] protocol = "oidc" to what a login there needs: the discovery document, and who we are to the OP."""

from __future__ import annotations

from pathlib import Path

from idptest.adapters import keys
from idptest.adapters.http_client import Transport
from idptest.adapters.oidc_errand import RelyingParty
from idptest.adapters.sources import content
from idptest.errors import ConfigurationError, InputError
from idptest.model.rule import Words
from idptest.model.settings import IdpSettings, OidcSettings, SpSettings
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
    """Raises ConfigurationError when we are to ask in a way that the OP does not offer (OIDCDiscovery 3): it would stop at an error page."""
    published = read_discovery(metadata)
    algorithms = published.texts("request_object_signing_alg_values_supported")
    offers = published.values.get("request_parameter_supported") is True and ALGORITHM in (algorithms or (ALGORITHM,))
    if oidc.request_object and not offers:
        raise ConfigurationError(
            f"[idp.{idp.name}] request_object = true: the OP does not say that it takes request objects signed with {ALGORITHM} "
            "(request_parameter_supported); take the line out",
            f"[idp.{idp.name}] request_object = true: OP:n säger inte att den tar emot request objects signerade med {ALGORITHM} "
            "(request_parameter_supported); ta bort raden",
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
    return RelyingParty(client, transport)
