"""idptest metadata rp."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idptest.cli import language
from idptest.cli.options import exactly, lang_option
from idptest.errors import ConfigurationError

if TYPE_CHECKING:
    from idptest.model.settings import IdpSettings, Settings
    from idptest.oidc.registration import Registration

FORMATS = ("text", "json", "jwks")


@click.command("rp")
@click.option("--idp", "idp_name", metavar="NAME", help="For [idp.NAME], when idptest.toml has several OpenID providers.")
@click.option("--product", metavar="PRODUCT", help="Steps for this product. Default: the product of [idp.NAME].")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="text for a person; json, client metadata by RFC 7591; jwks, our public keys alone.",
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to FILE instead of printing.")
@lang_option
def command(idp_name: str | None, product: str | None, form: str, output: Path | None, lang: str | None) -> int:
    """Tell what to enter in an OpenID provider for it to know us.

    Redirect URI, client authentication, scopes and our public key. Nothing is sent, and no secret is in it.
    """
    from idptest.adapters import keys, settings_file, store
    from idptest.oidc import registration, rp
    from idptest.products import product as product_of

    chosen = language(lang)
    if product is not None:
        product_of(product)
    folder = store.workspace()
    settings = settings_file.read_settings(folder)
    assert folder is not None  # noqa: S101 - the settings were refused already
    idp = _idp(settings, idp_name)
    oidc = idp.oidc if idp else None
    public = []
    if form == "jwks" or oidc is None or oidc.client_auth == rp.PRIVATE_KEY_JWT or oidc.request_object:
        keys.signer(folder)  # says so when the key in use is none to sign with
        public = [rp.certified_jwk(certificate) for certificate in keys.certificates(folder, "sp")]
    about = registration.registration(settings.sp, oidc, public)
    if form == "text":
        text = _text(about, product or (idp.product if idp else None), chosen)
    else:
        text = json.dumps(registration.jwks(about) if form == "jwks" else registration.client_metadata(about), indent=2, ensure_ascii=False)
    if output:
        store.write(output, (text.rstrip("\n") + "\n").encode(), private=False)
    else:
        exactly(text.rstrip("\n") + "\n")
    return 0


def _idp(settings: Settings, name: str | None) -> IdpSettings | None:
    """The OpenID provider that is meant; None when the file has none. Raises ConfigurationError."""
    providers = {each.name: each for each in settings.idps.values() if each.oidc}
    if name is None and len(providers) > 1:
        listed = ", ".join(providers)
        raise ConfigurationError(
            f"there are several OpenID providers; choose one with --idp: {listed}",
            f"det finns flera OpenID-leverantörer; välj en med --idp: {listed}",
            where="idptest.toml",
        )
    if name is None:
        return next(iter(providers.values()), None)
    if name in providers:
        return providers[name]
    if name in settings.idps:
        raise ConfigurationError(
            f"[idp.{name}] speaks SAML; what to give it is told by: idptest metadata sp",
            f"[idp.{name}] talar SAML; vad den ska få visar: idptest metadata sp",
            where="idptest.toml",
        )
    from idptest.toml_lines import did_you_mean

    near = did_you_mean(name, settings.idps)
    raise ConfigurationError(f"there is no [idp.{name}]{near[0]}", f"det finns inget [idp.{name}]{near[1]}", where="idptest.toml")


_ROWS = {
    "issuer": ("OpenID provider", "OpenID-leverantör"),
    "client_id": ("client_id", "client_id"),
    "redirect": ("Redirect URI", "Redirect URI"),
    "logged_out": ("After logout", "Efter utloggning"),
    "auth": ("Client authentication", "Klientens autentisering"),
    "flow": ("Flow", "Flöde"),
    "request": ("Request object", "Request object"),
    "scope": ("Scopes", "Scope"),
    "eppn": ("EPPN in", "EPPN i"),
    "contacts": ("Contacts", "Kontakter"),
}


def _text(about: Registration, product: str | None, lang: str) -> str:
    from idptest.adapters.oidc_errand import EPPN_CLAIM
    from idptest.oidc import registration, rp
    from idptest.products import product as product_of

    def said(en: str, sv: str) -> str:
        return sv if lang == "sv" else en

    signed = said(f"{about.auth}, signed with {registration.ALGORITHM}", f"{about.auth}, signerad med {registration.ALGORITHM}")
    values = {
        "issuer": about.issuer,
        "client_id": about.client_id or said("the OP gives one", "OP:n ger ett"),
        "redirect": about.redirect_uri,
        "logged_out": about.logged_out_uri,
        "auth": signed if about.auth == rp.PRIVATE_KEY_JWT else about.auth,
        "request": said(f"signed with {registration.ALGORITHM}", f"signerat med {registration.ALGORITHM}")
        if about.signs_requests
        else None,
        "flow": said("code (authorization code), PKCE with S256", "code (authorization code), PKCE med S256"),
        "scope": " ".join(about.scopes),
        "eppn": about.eppn_claim or EPPN_CLAIM,
        "contacts": ", ".join(about.contacts) or None,
    }
    width = max(len(said(*words)) for words in _ROWS.values()) + 2
    lines = [f"{said(*_ROWS[name]):{width}}{value}" for name, value in values.items() if value]
    steps, source = registration.steps(about, product)
    known = product in registration.products()
    title = product_of(product).name if product and known else said("In the OP", "I OP:n")
    if product and not known:
        name = product_of(product).name
        said_of = said(f"How it is done in {name} is not known here; in general:", f"Hur man gör i {name} är inte känt här; i allmänhet:")
        lines += ["", said_of]
    else:
        lines += ["", title]
    lines += [f"  {number}. {step.text(lang)}" for number, step in enumerate(steps, 1)]
    lines.append(f"  {said('Source', 'Källa')}: {source}")
    if about.keys:
        lines += ["", said("Our public key (JWKS)", "Vår publika nyckel (JWKS)"), json.dumps(registration.jwks(about), indent=2)]
    return "\n".join(lines)
