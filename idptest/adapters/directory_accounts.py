"""From the accounts of idptest.toml to what the directories have of them, and back into the file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from idptest.adapters import store
from idptest.adapters.directory import PASSWORD, SAM, Directory, opened
from idptest.adapters.directory_connection import library
from idptest.adapters.settings_file import read_settings
from idptest.adapters.sources import idp_metadata
from idptest.adapters.targets import Prompt, account_of, client_of, secret
from idptest.errors import ConfigurationError, IdptestError
from idptest.identifiers import from_directory
from idptest.model.directory import DirectoryAccount
from idptest.model.rule import Words
from idptest.model.settings import AccountSettings, DirectorySettings, IdpSettings, Settings
from idptest.saml.metadata import read_idp
from idptest.settings import FILE
from idptest.toml_edit import with_values
from idptest.toml_lines import did_you_mean, line_of


@dataclass(frozen=True)
class Principal:
    """The EPPN that an account should have at an IdP, once for each scope; `why` says why there is none."""

    idp: str
    eppn_source: str
    values: tuple[str, ...]
    why: Words | None = None


@dataclass(frozen=True)
class Found:
    """An account of idptest.toml and what the directory has of it. `facts`: key → value for the account's table."""

    account: AccountSettings
    directory: DirectorySettings
    entry: DirectoryAccount
    principals: tuple[Principal, ...]
    facts: Mapping[str, str]

    def in_file(self, key: str) -> str | None:
        value = getattr(self.account, key)
        return None if value is None else str(value)


def look_up(folder: Path | None, names: Collection[str], only: str | None, prompt: Prompt) -> Iterator[Found | IdptestError]:
    """What the directories have of each account (all of idptest.toml when `names` is empty), or why nothing was found of it.

    `only`: the name of the one directory to look in; otherwise each is looked in. Raises ConfigurationError or Unreachable.
    """
    settings = read_settings(folder)
    assert folder is not None  # noqa: S101 - read_settings() has refused already
    accounts = [account_of(settings, name) for name in names or settings.accounts]
    chosen = _directories(settings, only)
    library()
    passwords = [
        secret(each.table.strip("[]"), "password_env", each.password_env, PASSWORD, prompt) or _asked(each, prompt) for each in chosen
    ]
    text = store.read_file(folder / FILE).decode("utf-8-sig", "replace")
    with ExitStack() as stack:
        directories = [stack.enter_context(opened(each, folder, password)) for each, password in zip(chosen, passwords, strict=True)]
        for account in accounts:
            where = f"{FILE}:{line_of(text, 'account', account.name, 'username')}"
            try:
                yield _found(account, settings, directories, folder, where)
            except IdptestError as problem:
                yield problem


def put_in(folder: Path, found: Sequence[Found], replace: bool) -> None:
    """Writes the facts into idptest.toml: those that are missing, and with `replace` those that differ. Raises ConfigurationError."""
    path = (folder / FILE).resolve()
    old = store.read_file(path).decode("utf-8")
    text = old
    for each in found:
        values = {key: value for key, value in each.facts.items() if each.in_file(key) is None or (replace and each.in_file(key) != value)}
        text = with_values(text, FILE, ("account", each.account.name), values)
    if text != old:
        store.write(path, text.encode(), private=False)


def _directories(settings: Settings, only: str | None) -> Sequence[DirectorySettings]:
    known = {each.name or "": each for each in settings.directories}
    if not known:
        raise ConfigurationError(
            "there is no table [directory], which says where accounts are read from: url, base, username, password_env",
            "tabellen [directory] saknas, den som säger var konton läses: url, base, username, password_env",
            where=FILE,
        )
    if only is None:
        return settings.directories
    if only not in known:
        near = did_you_mean(only, [name for name in known if name])
        raise ConfigurationError(f"there is no [directory.{only}]{near[0]}", f"det finns inget [directory.{only}]{near[1]}", where=FILE)
    return [known[only]]


def _asked(directory: DirectorySettings, prompt: Prompt) -> str:
    """The password where no variable is named for it."""
    if prompt is None:
        raise ConfigurationError(
            f"{directory.table}: password_env is missing, and nobody is there to be asked",
            f"{directory.table}: password_env saknas, och det finns ingen att fråga",
            where=FILE,
        )
    return prompt(PASSWORD, directory.host)


def _found(account: AccountSettings, settings: Settings, directories: Sequence[Directory], folder: Path, where: str) -> Found:
    if account.username is None:
        raise ConfigurationError(
            f"[account.{account.name}] has no username to look for",
            f"[account.{account.name}] har inget username att söka efter",
            where=where,
        )
    hits = [(each, entry) for each in directories if (entry := each.find(account.username))]
    if not hits:
        raise _nobody(account, directories, where)
    if len(hits) > 1:
        listed = ", ".join(each.settings.name or "" for each, _ in hits)
        raise ConfigurationError(
            f"[account.{account.name}] is in several directories ({listed}); say which with --directory",
            f"[account.{account.name}] finns i flera kataloger ({listed}); ange vilken med --directory",
            where=where,
        )
    [(directory, entry)] = hits
    idps = [settings.idps[name] for name in account.idps]
    source = next((idp.eppn_source for idp in idps if idp.eppn_source != "other"), "other")
    principals = tuple(_principal(idp, directory.settings, entry, folder) for idp in idps)
    return Found(account, directory.settings, entry, principals, from_directory.facts(entry, source))


def _nobody(account: AccountSettings, directories: Sequence[Directory], where: str) -> ConfigurationError:
    """No hit. Whether the account is there under another name tells a rename from a mistake."""
    attribute, _ = directories[0].looked_for(account.username or "")
    known = UUID(account.object_guid) if account.object_guid else None
    if known and any(each.with_guid(known) for each in directories):
        return ConfigurationError(
            f"no account has [account.{account.name}]'s username as {attribute}, but the one with its object_guid is there: "
            "it has another name now; change username",
            f"inget konto har username i [account.{account.name}] som {attribute}, men kontot med dess object_guid finns: "
            "det heter något annat nu; ändra username",
            where=where,
        )
    hint = ("", "")
    if attribute != SAM:
        hint = (
            f' (where another attribute holds what people log in with: attribute = "mail" in {directories[0].settings.table})',
            f' (om något annat attribut har det folk loggar in med: attribute = "mail" i {directories[0].settings.table})',
        )
    return ConfigurationError(
        f"no account below base has [account.{account.name}]'s username as {attribute}{hint[0]}",
        f"inget konto under base har username i [account.{account.name}] som {attribute}{hint[1]}",
        where=where,
    )


def _principal(idp: IdpSettings, directory: DirectorySettings, entry: DirectoryAccount, folder: Path) -> Principal:
    source = idp.eppn_source
    attribute = directory.eppn_attribute if source == "other" else source
    if attribute is None:
        why = Words(
            f'eppn_source is "other": eppn_attribute in {directory.table} says which attribute holds it',
            f'eppn_source är "other": eppn_attribute i {directory.table} anger vilket attribut som har det',
        )
        return Principal(idp.name, source, (), why)
    try:
        metadata = read_idp(idp_metadata(idp, folder, client_of(idp, folder))[1])
    except IdptestError as problem:
        return Principal(
            idp.name, source, (), Words(f"the domain is not known: {problem.line('en')}", f"domänen är okänd: {problem.line('sv')}")
        )
    scopes = [scope.value for scope in metadata.scopes if not scope.regexp]
    values = from_directory.eppns(entry, source, directory.eppn_attribute, list(dict.fromkeys(scopes)))
    if values:
        return Principal(idp.name, source, tuple(values))
    if not scopes:
        return Principal(idp.name, source, (), Words("the IdP's metadata declares no scope", "IdP:ns metadata deklarerar inget scope"))
    return Principal(
        idp.name,
        source,
        (),
        Words(f"the account has no {attribute}, or we may not read it", f"kontot har inget {attribute}, eller så får vi inte läsa det"),
    )
