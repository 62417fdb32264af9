"""What an account in the directory makes of an EPPN, and of an account's lines in idptest.toml."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from idptest.model.directory import DirectoryAccount


def guid(found: DirectoryAccount, eppn_source: str) -> UUID | None:
    """The GUID that the EPPN is to be built on; None when the EPPN is built on something else, or the directory has none."""
    if eppn_source == "objectGUID":
        return found.object_guid
    return found.consistency_guid if eppn_source == "mS-DS-ConsistencyGuid" else None


def eppns(found: DirectoryAccount, eppn_source: str, eppn_attribute: str | None, scopes: Sequence[str]) -> list[str]:
    """The EPPN that the account should have, once for each scope that it may end with; empty when the directory does not tell.

    `eppn_attribute` holds it, or what stands before @ in it, where `eppn_source` is "other".
    """
    if eppn_source != "other":
        known = guid(found, eppn_source)
        local = str(known) if known else ""
    else:
        values = found.more.get(eppn_attribute or "", ())
        local = values[0].decode("utf-8", "replace") if len(values) == 1 else ""
    if not local or "@" in local:
        return [local] if local else []
    return [f"{local}@{scope}" for scope in scopes]


def facts(found: DirectoryAccount, eppn_source: str) -> dict[str, str]:
    """The keys of [account.…] that the directory can fill in."""
    known = guid(found, eppn_source)
    told = {"object_guid": str(known) if known else None, "given_name": found.given_name, "surname": found.surname}
    return {key: value for key, value in told.items() if value and value.strip()}
