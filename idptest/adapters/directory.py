"""A municipality's directory (Active Directory): what it has of an account. The only place that speaks LDAP."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from idptest.adapters import store
from idptest.adapters.ca_file import ca_file
from idptest.adapters.directory_connection import Unreachable, Where, answering, bound, library
from idptest.errors import ConfigurationError
from idptest.model.directory import DirectoryAccount
from idptest.model.rule import Words
from idptest.model.settings import DirectorySettings

OBJECT_GUID, CONSISTENCY_GUID, UPN, SAM = "objectGUID", "mS-DS-ConsistencyGuid", "userPrincipalName", "sAMAccountName"
_READ = (OBJECT_GUID, CONSISTENCY_GUID, UPN, SAM, "mail", "givenName", "sn")
_PAGE = 500  # accounts; AD gives at most 1000 at a time


class Directory:
    """A directory that we are bound to. `connection` is ldap3's."""

    def __init__(self, settings: DirectorySettings, connection: Any, where: Where) -> None:
        self.settings = settings
        self._connection = connection
        self._where = where

    def find(self, username: str) -> DirectoryAccount | None:
        """The one account of that username, as a login page takes it: a UPN, a sAMAccountName or DOMAIN\\name.

        Raises ConfigurationError when several have it, or the directory will not search so; Unreachable.
        """
        attribute, value = self.looked_for(username)
        found = self._two(f"({attribute}={_escaped(value)})")
        if len(found) > 1:
            raise ConfigurationError(
                f"two accounts have this {attribute}; make base or filter in {self.settings.table} narrower",
                f"två konton har detta {attribute}; gör base eller filter i {self.settings.table} snävare",
                where=self._where("base"),
            )
        return found[0] if found else None

    def looked_for(self, username: str) -> tuple[str, str]:
        """(attribute, value) that an account of that username has."""
        if self.settings.attribute:
            return self.settings.attribute, username
        if "@" in username:
            return UPN, username
        return SAM, username.rpartition("\\")[2]

    def with_guid(self, guid: UUID) -> DirectoryAccount | None:
        """The account that has this objectGUID, or had it carried over."""
        octets = "".join(f"\\{byte:02x}" for byte in guid.bytes_le)
        found = self._two(f"(|({OBJECT_GUID}={octets})({CONSISTENCY_GUID}={octets}))")
        return found[0] if len(found) == 1 else None

    def accounts(self) -> Iterator[DirectoryAccount]:
        """Every account below base that the filter lets through, page by page."""
        return self._search(self.settings.filter, _PAGE)

    def _two(self, test: str) -> list[DirectoryAccount]:
        """At most two of the accounts for which it holds: enough to know that there are several."""
        found = []
        with contextlib.closing(self._search(f"(&{self.settings.filter}{test})", 2)) as search:
            for account in search:
                found.append(account)
                if len(found) == 2:
                    break
        return found

    def _search(self, test: str, page: int) -> Generator[DirectoryAccount]:
        ldap3, cookie = library(), None
        wanted = [*_READ, *filter(None, [self.settings.eppn_attribute])]
        while True:
            with answering(self.settings):
                try:
                    self._connection.search(
                        self.settings.base, test, search_scope=ldap3.SUBTREE, attributes=wanted, paged_size=page, paged_cookie=cookie
                    )
                except ldap3.core.exceptions.LDAPInvalidFilterError:
                    raise ConfigurationError(
                        f"filter in {self.settings.table} is no LDAP filter",
                        f"filter i {self.settings.table} är inget LDAP-filter",
                        where=self._where("filter"),
                    ) from None
                result, entries = self._connection.result, self._connection.response or []
            self._refuse(result)
            # What lies in other parts of the forest comes as references: they are not accounts.
            for entry in entries:
                if entry["type"] == "searchResEntry":
                    yield _account(entry, self.settings.eppn_attribute)
            cookie = result.get("controls", {}).get("1.2.840.113556.1.4.319", {}).get("value", {}).get("cookie")
            if not cookie:
                return

    def _refuse(self, result: Any) -> None:
        """Raises unless the search succeeded."""
        said, base = result["description"], self._where("base")
        if said == "success":
            return
        if said in ("noSuchObject", "invalidDNSyntax"):
            raise ConfigurationError(
                "the directory has nothing called what base says", "katalogen har inget som heter det som base anger", where=base
            )
        if said == "referral":
            others = ", ".join(result.get("referrals") or ()) or "?"
            raise ConfigurationError(
                f"base lies in another directory, {others}; give that one as url",
                f"base ligger i en annan katalog, {others}; ange den som url",
                where=base,
            )
        if said in ("insufficientAccessRights", "operationsError"):
            raise ConfigurationError(
                f"username may not search below base ({said})", f"username får inte söka under base ({said})", where=self._where("username")
            )
        message = str(result["message"])[:150]
        raise Unreachable(f"the directory does not search: {said} {message}", f"katalogen söker inte: {said} {message}")


@contextlib.contextmanager
def opened(settings: DirectorySettings, folder: Path, password: str) -> Iterator[Directory]:
    """The directory that a table of idptest.toml in `folder` names. Raises ConfigurationError or Unreachable."""

    path = ("directory", *filter(None, [settings.name]))

    def where(key: str) -> str:
        return store.line_in_settings(folder, *path, key)

    trusted = ca_file(settings.ca_file, folder, *path, "ca_file")
    with bound(settings, password, trusted, where) as connection:
        yield Directory(settings, connection, where)


PASSWORD = Words("Password of the directory", "Katalogens lösenord")


def _account(entry: Any, more: str | None) -> DirectoryAccount:
    raw = {str(name).casefold(): tuple(values) for name, values in entry["raw_attributes"].items()}

    def text(name: str) -> str | None:
        values = raw.get(name.casefold(), ())
        return values[0].decode("utf-8", "replace") if values else None

    return DirectoryAccount(
        dn=str(entry["dn"]),
        object_guid=_guid(raw.get(OBJECT_GUID.casefold(), ())),
        consistency_guid=_guid(raw.get(CONSISTENCY_GUID.casefold(), ())),
        user_principal_name=text(UPN),
        sam_account_name=text(SAM),
        mail=text("mail"),
        given_name=text("givenName"),
        surname=text("sn"),
        more={more: raw.get(more.casefold(), ())} if more else {},
    )


def _guid(values: tuple[bytes, ...]) -> UUID | None:
    """Sixteen bytes, of which AD has the first three fields little-endian."""
    return UUID(bytes_le=values[0]) if values and len(values[0]) == 16 else None


def _escaped(value: str) -> str:
    """So that nothing in a username is part of the filter (RFC 4515, 3). All but letters and digits of ASCII is written in hexadecimal."""
    return "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"\\{byte:02x}" for byte in value.encode("utf-8", "surrogatepass"))
