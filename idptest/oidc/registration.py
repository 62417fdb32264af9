"""What an OpenID provider has to know of us: as client metadata (RFC 7591, OIDCDynReg) and as steps in its product."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from idptest import resources
from idptest.model.rule import Words
from idptest.model.settings import OidcSettings, SpSettings
from idptest.oidc.rp import PRIVATE_KEY_JWT

GENERAL = "general"
ALGORITHM = "RS256"


@dataclass(frozen=True)
class Registration:
    """`keys`: our public keys as JWK, the one in use and the new one during a change; none when nothing of ours is signed.

    `client_id` None: the OP has not given one yet.
    """

    redirect_uri: str
    auth: str = PRIVATE_KEY_JWT
    scopes: tuple[str, ...] = ("openid",)
    client_id: str | None = None
    issuer: str | None = None
    eppn_claim: str | None = None
    name: Words = Words("idptest", "idptest")  # noqa: RUF009 - frozen
    home: str | None = None
    policy: str | None = None
    contacts: tuple[str, ...] = ()
    keys: Sequence[Mapping[str, str]] = field(default=())
    signs_requests: bool = False
    logged_out_uri: str | None = None


def registration(sp: SpSettings, oidc: OidcSettings | None, keys: Sequence[Mapping[str, str]]) -> Registration:
    """From idptest.toml; `oidc` None: no OP is in it yet, and we ask to be registered as we would be by default."""
    service = sp.service
    return Registration(
        sp.callback_url,
        oidc.client_auth if oidc else PRIVATE_KEY_JWT,
        oidc.scopes if oidc else ("openid",),
        oidc.client_id if oidc else None,
        oidc.issuer if oidc else None,
        oidc.claims.get("eppn") if oidc else None,
        service.display_name if service else Words("idptest", "idptest"),
        sp.organization.url.en if sp.organization else None,
        service.privacy_url.en if service and service.privacy_url else None,
        tuple(dict.fromkeys(contact.email for contact in sp.contacts)),
        keys,
        bool(oidc and oidc.request_object),
        sp.logged_out_url,
    )


def client_metadata(about: Registration) -> dict[str, Any]:
    """As JSON to send or to import (RFC 7591 2; the names in two languages by 2.2; RP-Initiated Logout 1.0 3.1). No secret: the OP makes that."""
    members: dict[str, Any] = {
        "client_id": about.client_id,
        "client_name": about.name.en,
        "client_name#sv": about.name.sv,
        "client_uri": about.home,
        "policy_uri": about.policy,
        "contacts": list(about.contacts),
        "application_type": "web",
        "redirect_uris": [about.redirect_uri],
        "post_logout_redirect_uris": [about.logged_out_uri] if about.logged_out_uri else None,
        "response_types": ["code"],
        "grant_types": ["authorization_code"],
        "scope": " ".join(about.scopes),
        "token_endpoint_auth_method": about.auth,
        "token_endpoint_auth_signing_alg": ALGORITHM if about.auth == PRIVATE_KEY_JWT else None,
        "request_object_signing_alg": ALGORITHM if about.signs_requests else None,
        "jwks": jwks(about) if about.keys else None,
    }
    return {name: value for name, value in members.items() if value}


def jwks(about: Registration) -> dict[str, Any]:
    """Our public keys as a JWK Set (RFC 7517 5)."""
    return {"keys": [dict(key) for key in about.keys]}


def products() -> tuple[str, ...]:
    """The ids of the products whose own steps are known."""
    return tuple(name for name in _tables() if name != GENERAL)


def steps(about: Registration, product: str | None) -> tuple[list[Words], str]:
    """What to do in that product, in order, and where it is said; in general when it is unknown."""
    tables = _tables()
    own = tables.get(product or GENERAL, tables[GENERAL])
    how = "secret" if "secret" in about.auth else about.auth
    last = own.get(how) or tables[GENERAL][how]
    filled = {"client_id": about.client_id or "idptest", "redirect_uri": about.redirect_uri, "scope": " ".join(about.scopes)}
    pairs = [*zip(own["en"], own["sv"], strict=True), (last["en"], last["sv"])]
    if about.logged_out_uri:
        logout, filled["logged_out_uri"] = own.get("logout") or tables[GENERAL]["logout"], about.logged_out_uri
        pairs.append((logout["en"], logout["sv"]))
    return [Words(en.format_map(filled), sv.format_map(filled)) for en, sv in pairs], own["source"]


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(resources.text(resources.OIDC, "clients.toml"))
