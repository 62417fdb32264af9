"""What onboarding remembers of an IdP, `.idptest/onboarding/IDP.json`, and the digests by which it sees that something has changed."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path

from idptest import catalogue, onboarding
from idptest.adapters import keys, store, targets
from idptest.adapters.sources import idp_metadata
from idptest.errors import ConfigurationError, IdptestError
from idptest.model.onboarding import Mark
from idptest.model.settings import IdpSettings, Settings
from idptest.saml.metadata import read_idp

FOLDER = Path(".idptest") / "onboarding"


def _path(folder: Path, idp: str) -> Path:
    return folder / FOLDER / f"{idp}.json"


def read(folder: Path, idp: str) -> dict[str, Mark]:
    """The marks of the steps that are done; none when it has not begun. Raises ConfigurationError."""
    path = _path(folder, idp)
    if not path.exists():
        return {}
    where = (FOLDER / f"{idp}.json").as_posix()
    try:
        text = store.read_file(path).decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    return onboarding.loads(text, where)


def write(folder: Path, idp: str, marks: Mapping[str, Mark]) -> None:
    """Whole or not at all. Raises ConfigurationError."""
    store.write(_path(folder, idp), onboarding.dumps(idp, marks).encode())


def prints(settings: Settings, idp: IdpSettings, folder: Path, allowed: bool) -> dict[str, str]:
    """The digests of what steps rest on, by their names in onboarding.RESTS_ON; without the metadata when it cannot be had, or is in production and not `allowed`."""
    own = {name: dict(store.own_rulesets(folder, account.rulesets)) for name, account in settings.accounts.items()}
    found = {
        onboarding.SETTINGS: _digest(settings.sp, idp),
        onboarding.RULES: catalogue.tool().rules_digest,
    }
    for role in (onboarding.PUPILS, onboarding.TEACHERS):
        accounts = [
            (account, own[account.name]) for account in settings.accounts.values() if account.role == role and idp.name in account.idps
        ]
        found[role] = _digest(accounts, settings.waivers)
    try:
        found[onboarding.KEYS] = _digest(*(keys.certificates(folder, name) for name in ("sp", "encryption")))
    except ConfigurationError:
        found[onboarding.KEYS] = ""
    if idp.environment != "production" or allowed:
        try:
            entity_id, metadata = idp_metadata(idp, folder, targets.client_of(idp, folder))
            # Some products give their metadata a new end, and a new signature, every time that it is fetched.
            found[onboarding.METADATA] = _digest(entity_id, dataclasses.replace(read_idp(metadata), valid_until=None))
        except IdptestError:  # the preflight says it, with what to do
            found[onboarding.METADATA] = ""
    return found


def _digest(*values: object) -> str:
    """Of dataclasses and their like by what they hold: none of them hides a value that counts here."""
    return hashlib.sha256(repr(values).encode()).hexdigest()
