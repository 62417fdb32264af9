"""What is known of the OP of a login in somebody else's file: from a discovery document and a JWKS in files, and from idptest.toml. No network."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from idptest.adapters import store
from idptest.captured import FoundOpenId
from idptest.errors import InputError
from idptest.model.flow import IdpFacts
from idptest.model.settings import IdpSettings
from idptest.oidc.discovery import read_discovery
from idptest.products import recognise

_MOST = 10 * 1024 * 1024  # bytes


@dataclass(frozen=True)
class KnownOp:
    """`asked`: it is sure that this OP was asked, and not only that the answer says so. `eppn_claim` as idptest.toml names it."""

    idp: IdpFacts
    keys: bytes | None
    asked: bool
    eppn_claim: str | None


def is_json(data: bytes) -> bool:
    return data[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def known_op(login: FoundOpenId, files: Collection[Path], idps: Collection[IdpSettings], alone: bool) -> KnownOp:
    """The OP of that login; `alone`: it is the only one in its file, so that what was given is about it. Raises InputError."""
    document, issuer, keys = b"", None, None
    for path in files:
        data = store.read_file(path, _MOST)
        if not is_json(data):
            continue  # SAML metadata, for other files
        found = read_discovery(data)
        if isinstance(found.values.get("keys"), list):
            keys = data
        elif found.text("issuer") is None:
            raise InputError(
                "this is JSON, but neither a discovery document (issuer) nor a JWKS (keys)",
                "det här är JSON men varken ett discovery-dokument (issuer) eller en JWKS (keys)",
                where=str(path),
            )
        elif alone or login.issuer == found.text("issuer") or login.login_address == found.text("authorization_endpoint"):
            document, issuer = data, found.text("issuer")
    wanted = issuer or login.issuer
    configured = next((idp for idp in idps if idp.oidc and idp.oidc.issuer == wanted), None)
    asked = issuer is not None
    if configured is None and wanted is None:
        at = _host(login.login_address)
        configured = next((idp for idp in idps if idp.oidc and at is not None and _host(idp.oidc.issuer) == at), None)
        asked = configured is not None
    if configured and configured.oidc:
        idp = IdpFacts(
            configured.name, configured.oidc.issuer, document, configured.product or _product(configured.oidc.issuer, document),
            configured.eppn_source, configured.digg_approved, configured.environment,
        )  # fmt: skip
        return KnownOp(idp, keys, asked, configured.oidc.claims.get("eppn"))
    name = _host(wanted) or _host(login.login_address) or "–"
    return KnownOp(IdpFacts(name, wanted or "", document, _product(wanted or login.login_address or "", document)), keys, asked, None)


def _product(issuer: str, document: bytes) -> str | None:
    found = recognise(issuer, document)
    return found.id if found else None


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url or "").hostname
    except ValueError:
        return None
