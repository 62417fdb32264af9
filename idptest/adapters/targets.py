"""From idptest.toml to logins that can be run. Whatever can be wrong is said here, before anything is sent."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from idptest import catalogue
from idptest.adapters import client_certificate, keys, op_target, store
from idptest.adapters.ca_file import ca_file
from idptest.adapters.client_certificate import ClientCertificate
from idptest.adapters.driver import Driver
from idptest.adapters.drivers import SYSTEM, Choice
from idptest.adapters.http_client import HttpClient
from idptest.adapters.login_runner import Target
from idptest.adapters.settings_file import read_settings, waivers_for
from idptest.adapters.sources import idp_metadata
from idptest.errors import ConfigurationError
from idptest.login.credentials import Credentials
from idptest.model.flow import AccountFacts, IdpFacts
from idptest.model.rule import Words
from idptest.model.settings import AccountSettings, IdpSettings, Settings
from idptest.products.product import Step
from idptest.saml.bindings import POST
from idptest.saml.metadata import read_idp, sso_location
from idptest.saml.request import NAME_ID_FORMAT
from idptest.saml.sp_metadata import ACS_INDEX
from idptest.toml_lines import did_you_mean

# Asks the person at the terminal for a secret, by what it is and whose; None when there is no terminal.
Prompt = Callable[[Words, str], str] | None

_PASSWORD = Words("Password", "Lösenord")
_TOTP = Words("One-time code secret", "Hemlighet för engångskod")
_CLIENT_SECRET = Words("Client secret", "Klientens hemlighet")
_CERTIFICATE = Words("Password of the client certificate", "Klientcertifikatets lösenord")


def configured(
    folder: Path | None,
    names: Collection[str],
    prompt: Prompt,
    choice: Choice,
    at: Mapping[str, Collection[str]] | None = None,
    protocol: str | None = None,
) -> tuple[Settings, list[tuple[Target, Driver]]]:
    """The settings, and a target and a driver for each account (all of them when `names` is empty) at each of its IdPs.

    `protocol`: only at those that speak it.     `at` names, by account, the IdPs to log in at instead; the account has to have them. Raises ConfigurationError, RuleFileError or InputError.
    """
    settings = read_settings(folder)
    assert folder is not None  # noqa: S101 - settings() has refused already
    chosen = [account_of(settings, name) for name in names or settings.accounts]
    if not chosen:
        raise ConfigurationError(
            "there is no account: write one as [account.larare]",
            "det finns inget konto: skriv ett som [account.larare]",
            where="idptest.toml",
        )
    ready = []
    for account in chosen:
        own = dict(store.own_rulesets(folder, account.rulesets))
        catalogue.rules_for(account.rulesets, own)
        by_hand = choice.by_hand(account)
        credentials = Credentials(account.username) if by_hand else _credentials(account, prompt)
        certificate = _certificate(account, folder, prompt) if choice.name != SYSTEM else None
        for name in account.idps if at is None else _idps_of(account, at[account.name], settings):
            idp = settings.idps[name]
            if protocol not in (None, idp.protocol):
                continue
            client = client_of(idp, folder, certificate)
            target = target_of(account, idp, settings, folder, client, credentials, own, prompt=prompt)
            ready.append((target, choice.driver(account, idp, settings.sp, folder, client, certificate)))
    if not ready:
        raise ConfigurationError(
            f'no account logs in at an IdP with protocol = "{protocol}"',
            f'inget konto loggar in hos en IdP med protocol = "{protocol}"',
            where="idptest.toml",
        )
    return settings, ready


def _idps_of(account: AccountSettings, wanted: Collection[str], settings: Settings) -> Collection[str]:
    """Those that are wanted. Raises ConfigurationError for one that is not in the file, or that the account cannot log in at."""
    for name in wanted:
        if name not in settings.idps:
            near = did_you_mean(name, settings.idps)
            raise ConfigurationError(f"there is no [idp.{name}]{near[0]}", f"det finns inget [idp.{name}]{near[1]}", where="idptest.toml")
        if name not in account.idps:
            listed = ", ".join(f'"{each}"' for each in (*account.idps, name))
            raise ConfigurationError(
                f"[account.{account.name}] cannot log in at {name}; write idp = [{listed}]",
                f"[account.{account.name}] kan inte logga in hos {name}; skriv idp = [{listed}]",
                where="idptest.toml",
            )
    return wanted


def account_of(settings: Settings, name: str) -> AccountSettings:
    """The account of that name. Raises ConfigurationError."""
    if name in settings.accounts:
        return settings.accounts[name]
    near = did_you_mean(name, settings.accounts)
    raise ConfigurationError(f"there is no [account.{name}]{near[0]}", f"det finns inget [account.{name}]{near[1]}", where="idptest.toml")


def facts_of(account: AccountSettings) -> AccountFacts:
    """What idptest.toml says of the account that rules want to know."""
    return AccountFacts(**{field.name: getattr(account, field.name) for field in dataclasses.fields(AccountFacts)})


def client_of(idp: IdpSettings, folder: Path, certificate: ClientCertificate | None = None) -> HttpClient:
    """What speaks to this IdP."""
    return HttpClient(
        timeout=idp.timeout, proxy=idp.proxy, ca_file=ca_file(idp.ca_file, folder, "idp", idp.name, "ca_file"), certificate=certificate
    )


def target_of(
    account: AccountSettings,
    idp: IdpSettings,
    settings: Settings,
    folder: Path,
    client: HttpClient,
    credentials: Credentials,
    own: dict[str, str],
    found: tuple[str, bytes] | None = None,
    prompt: Prompt = None,
) -> Target:
    """What a login of this account at this IdP needs. `found`: the IdP's entityID and metadata, when they are at hand already."""
    if idp.oidc:
        discovered = op_target.Discovered(found[1]) if found else op_target.discovery(idp.metadata.location, client)
        entity_id, metadata, stopped = idp.oidc.issuer, discovered.document, discovered.stopped
        # Who has the document already only knocks, and needs no secret.
        hidden = None if found else secret(f"idp.{idp.name}", "client_secret_env", idp.oidc.client_secret_env, _CLIENT_SECRET, prompt)
        op_target.takes(idp, idp.oidc, metadata)
        party = op_target.party(idp.oidc, settings.sp, hidden, account.username, folder, client)
    else:
        entity_id, metadata = found or idp_metadata(idp, folder, client)
        _takes_requests_by(idp, metadata)
        party, stopped = None, None
    return Target(
        idp=IdpFacts(idp.name, entity_id, metadata, idp.product, idp.eppn_source, idp.digg_approved, idp.environment),
        account=facts_of(account),
        credentials=credentials,
        sp_entity_id=idp.oidc.client_id if idp.oidc else settings.sp.entity_id,
        acs_url=settings.sp.callback_url if idp.oidc else settings.sp.acs_url,
        rulesets=account.rulesets,
        own_rulesets=own,
        waivers=waivers_for(settings.waivers, account.rulesets, own),
        decryption_keys=keys.private_keys(folder, "encryption"),
        offers_encryption=True,  # so it says in what `idptest metadata sp` writes
        signer=keys.signer(folder) if idp.sign_requests else None,
        by_post=idp.request_binding == "post",
        name_id_format=f"{NAME_ID_FORMAT}{idp.name_id_format}" if idp.name_id_format else None,
        acs_index=ACS_INDEX if idp.acs_by_index else None,
        steps=tuple(Step(step.url, step.title, step.field, _fills(step.fill), step.press, wait=step.wait) for step in idp.steps),
        party=party,
        stopped=stopped,
    )


def _takes_requests_by(idp: IdpSettings, metadata: bytes) -> None:
    """Who asks for POST gets POST or is told; what is asked by default, Redirect, gives way where an IdP offers only POST."""
    if idp.request_binding == "post" and sso_location(read_idp(metadata), POST) is None:
        raise ConfigurationError(
            f'[idp.{idp.name}] request_binding = "post": the IdP\'s metadata has no login address for HTTP-POST; take the line out',
            f'[idp.{idp.name}] request_binding = "post": IdP:ns metadata har ingen inloggningsadress för HTTP-POST; ta bort raden',
            where="idptest.toml",
        )


def _fills(fill: Mapping[str, str]) -> dict[str, str]:
    """The three words of idptest.toml as the login machine calls them; anything else is text to be typed as it stands."""
    words = {"{username}": "username", "{password}": "password", "{code}": "one-time-code"}
    return {field: words.get(value, f"text:{value}") for field, value in fill.items()}


def _credentials(account: AccountSettings, prompt: Prompt) -> Credentials:
    table = f"account.{account.name}"
    password = secret(table, "password_env", account.password_env, _PASSWORD, prompt)
    return Credentials(account.username, password, secret(table, "totp_env", account.totp_env, _TOTP, prompt))


def _certificate(account: AccountSettings, folder: Path, prompt: Prompt) -> ClientCertificate | None:
    if account.client_certificate is None:
        return None
    key = "client_certificate_password_env"
    password = secret(f"account.{account.name}", key, account.client_certificate_password_env, _CERTIFICATE, prompt)
    return client_certificate.load(folder / account.client_certificate, password, f"[account.{account.name}] client_certificate")


def secret(table: str, key: str, variable: str | None, what: Words, prompt: Prompt) -> str | None:
    """From the environment; asked for when it is not there. Never from argv, never echoed. `table`: account.larare, directory."""
    if variable is None:
        return None
    value = os.environ.get(variable)
    if value:
        return value
    if prompt:
        return prompt(what, table.rpartition("account.")[2])
    raise ConfigurationError(
        f"[{table}] {key}: the environment variable {variable} is not set",
        f"[{table}] {key}: miljövariabeln {variable} är inte satt",
        where="idptest.toml",
    )
