"""[directory] in idptest.toml, or [directory.NAME] where there are several: where accounts are read from."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from idptest.model.settings import DirectorySettings
from idptest.toml_lines import Table

_KEYS = ("url", "base", "username", "password_env", "ca_file", "attribute", "filter", "eppn_attribute", "timeout")
# The scheme tells how TLS begins: LDAP is never spoken without it (RFC 4513, 5.1.3 and 6.3.3).
_SCHEMES = {"ldaps": ("ldaps", 636), "ldap": ("starttls", 389)}


def directory_tables(file: Table) -> list[tuple[str | None, Table]]:
    """The directories' tables: [directory] alone, without a name, or every [directory.NAME]."""
    outer = file.table("directory")
    if outer is None:
        return []
    if outer.values and all(isinstance(value, dict) for value in outer.values.values()):
        return list(file.named("directory").items())
    return [(None, outer)]


def read_directory(name: str | None, table: Table, password_env: str | None) -> DirectorySettings:
    """One directory. ConfigurationError, with file and line, when something in it is wrong."""
    table.known(*_KEYS)
    tls, host, port = _address(table)
    filter_ = table.string("filter")
    if filter_ is not None and not _is_filter(filter_):
        table.bad(
            "filter", "must be an LDAP filter in brackets: (objectClass=user)", "ska vara ett LDAP-filter inom parentes: (objectClass=user)"
        )
    base = table.needed("base")
    if not re.match(r"\s*[A-Za-z][A-Za-z0-9.-]*\s*=", base):
        table.bad(
            "base",
            "must be a distinguished name, for instance DC=ad,DC=example,DC=se",
            "ska vara ett unikt namn (DN), till exempel DC=ad,DC=exempel,DC=se",
        )
    return DirectorySettings(
        name=name,
        host=host,
        port=port,
        tls=tls,
        base=base,
        username=table.needed("username"),
        password_env=password_env,
        ca_file=table.string("ca_file"),
        attribute=_attribute(table, "attribute"),
        eppn_attribute=_attribute(table, "eppn_attribute"),
        filter=filter_ or DirectorySettings.filter,
        timeout=table.number("timeout", 10, 1, 600),
    )


def _address(table: Table) -> tuple[str, str, int]:
    """(how TLS begins, host, port)"""
    address = table.needed("url")
    try:
        url = urlsplit(address)
        tls, usual = _SCHEMES[url.scheme]
        host, port = url.hostname or "", usual if url.port is None else url.port
        right = bool(host) and port != 0 and url.path in ("", "/") and not (url.query or url.fragment or "@" in url.netloc)
    except (ValueError, KeyError):
        right = False
    if not right or re.search(r"\s", address):
        table.bad(
            "url",
            "must be ldaps://host, or ldap://host where TLS is started with StartTLS",
            "ska vara ldaps://värd, eller ldap://värd där TLS inleds med StartTLS",
        )
    return tls, host, port


def _attribute(table: Table, key: str) -> str | None:
    """The name of an attribute. It becomes part of a filter: nothing else may stand in it (RFC 4512, 1.4: keystring)."""
    value = table.string(key)
    if value is not None and not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", value):
        table.bad(key, "must be the name of an attribute, such as employeeID", "ska vara namnet på ett attribut, till exempel employeeID")
    return value


def _is_filter(text: str) -> bool:
    """Whether it is one filter: brackets that close where the text ends."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth <= 0 and place < len(text) - 1:
            return False
    return depth == 0 and text.endswith(")")
