"""An issuer that does not fit: what was probably meant. A hint for the reader, never a verdict."""

from __future__ import annotations

from urllib.parse import urlsplit

from idptest.model.rule import Words

_ENTRA, _ENTRA_V1 = "login.microsoftonline.com", "sts.windows.net"
_SAML_OF_ADFS = "/adfs/services/trust"


def misplaced(issuer: str) -> Words | None:
    """Why no discovery document is found below this issuer."""
    host, path = _parts(issuer)
    if _SAML_OF_ADFS in path:
        # AD FS: https://learn.microsoft.com/en-us/windows-server/identity/ad-fs/overview/ad-fs-openid-connect-oauth-concepts (read 2026-11)
        return Words(
            f"that is AD FS's entityID in SAML; its issuer is https://{host}/adfs",
            f"det är AD FS entityID i SAML; dess issuer är https://{host}/adfs",
        )
    if "/protocol/" in path and "/realms/" in path:
        realm = path.partition("/protocol/")[0]
        return Words(
            f"Keycloak's issuer ends with the realm: https://{host}{realm}", f"Keycloaks issuer slutar med realmen: https://{host}{realm}"
        )
    if host == _ENTRA and not path.rstrip("/").endswith("/v2.0"):
        return _entra()
    return None


def another(asked: str, published: str) -> Words | None:
    """Why the issuer in the document may be another than the one that was asked for."""
    if "{tenant" in published:
        # https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols-oidc (read 2026-11)
        return Words(
            "common and organizations are for every tenant there is; " + _entra().en,
            "common och organizations gäller alla klientorganisationer som finns; " + _entra().sv,
        )
    if _parts(published)[0] == _ENTRA_V1 and _parts(asked)[0] == _ENTRA:
        return Words("that is version 1.0; " + _entra().en, "det är version 1.0; " + _entra().sv)
    if asked.rstrip("/") == published.rstrip("/"):
        return Words("only the slash at the end differs", "bara snedstrecket på slutet skiljer")
    if asked.partition(":")[2] == published.partition(":")[2]:
        return Words(
            "the OP believes that it is reached by http: the proxy before it does not say that it was https (X-Forwarded-Proto)",
            "OP:n tror att den nås med http: proxyn framför den talar inte om att det var https (X-Forwarded-Proto)",
        )
    if asked.casefold() == published.casefold():
        return Words("only capitals differ", "bara stora och små bokstäver skiljer")
    if _parts(asked)[1].rstrip("/") == _parts(published)[1].rstrip("/"):
        return Words("the OP calls itself by another host name", "OP:n kallar sig vid ett annat värdnamn")
    return None


def _entra() -> Words:
    address = f"https://{_ENTRA}/TENANT-ID/v2.0"
    return Words(
        f"Entra ID's issuer is {address}, with your own tenant's id",
        f"Entra ID:s issuer är {address}, med id för er egen klientorganisation (tenant)",
    )


def _parts(url: str) -> tuple[str, str]:
    """(host in lower case, path)."""
    try:
        parts = urlsplit(url)
        return parts.hostname or "", parts.path
    except ValueError:
        return "", ""
