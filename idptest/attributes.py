"""Names of SAML attributes: what was meant, and what a consumer makes of them.

Two questions that are easily mixed up:

- `Attributes.canonical`: which attribute did the sender mean? Lenient, so that a report can say "the EPPN came under a wrong name".
- `gateway_reads`: under which local name does software of the gateway's kind keep it? Exact; it decides whether a login works.

The vocabulary is handed in as text; attribute_rules/vocabularies/attributes.toml is the one that ships.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idptest.errors import RuleFileError
from idptest.identifiers.formats import FORMATS
from idptest.model.rule import Words

URI = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
BASIC = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
UNSPECIFIED = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"

_OID_PREFIX = "urn:oid:"
_MACE_PREFIX = "urn:mace:dir:attribute-def:"
_SUBJECT_ID_PREFIX = "urn:oasis:names:tc:SAML:attribute:"
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+")

_REQUIRED = frozenset({"names", "meaning", "meaning_sv", "confidence", "source"})
_KEYS = _REQUIRED | {"oid", "single", "format", "claims"}


@dataclass(frozen=True)
class AttributeName:
    """One attribute: its customary name, its OID and the other names that it is seen under.

    `format` is one of `identifiers.formats.FORMATS`, `single` whether it has one value only; None where no source says. `claims` are
    its names in OpenID Connect.
    """

    name: str
    oid: str | None
    names: tuple[str, ...]
    meaning: Words
    single: bool | None
    confidence: str
    source: str
    format: str | None = None
    claims: tuple[str, ...] = ()

    @property
    def urn(self) -> str | None:
        """The name it should have in SAML, with NameFormat uri."""
        return _OID_PREFIX + self.oid if self.oid else next((n for n in self.names if n.startswith(_SUBJECT_ID_PREFIX)), None)


class Attributes:
    """The vocabulary of attributes."""

    def __init__(self, entries: tuple[AttributeName, ...], where: str) -> None:
        self.entries: Mapping[str, AttributeName] = {entry.name: entry for entry in entries}
        self._by_name: dict[str, str] = {}
        self._by_claim = {claim: entry.name for entry in entries for claim in entry.claims}
        for entry in entries:
            for name in (entry.name, *([_OID_PREFIX + entry.oid] if entry.oid else []), *entry.names):
                other = self._by_name.setdefault(name.casefold(), entry.name)
                if other != entry.name:
                    raise _wrong(where, entry.name, f'"{name}" is also a name of {other}', f'"{name}" är också ett namn på {other}')

    @classmethod
    def parse(cls, text: str, where: str) -> Attributes:
        """Read the vocabulary. Anything that is not understood is an error that says `where`."""
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise RuleFileError(f"not valid TOML: {error}", f"inte giltig TOML: {error}", where=where) from error
        return cls(tuple(_entry(name, table, where) for name, table in tables.items()), where)

    def canonical(self, name: str, name_format: str | None = None) -> str | None:
        """The attribute that `name` stands for, by its customary name; None when nobody here knows it.

        Letters may be of another case and "urn:oid:" may be missing. A `name_format` that is no SAML format is taken for the
        namespace of a claim, as in NameFormat="http://schemas.xmlsoap.org/ws/2005/05/identity/claims" Name="upn".
        """
        key = name.strip().casefold()
        found = self._by_name.get(key) or self._by_name.get(_OID_PREFIX + key)
        if found is None and name_format is not None and name_format not in (URI, BASIC, UNSPECIFIED):
            found = self._by_name.get(f"{name_format.rstrip('/')}/{key}".casefold())
        return found

    def of_claim(self, claim: str) -> str | None:
        """The attribute that a claim of OpenID Connect stands for: by its own name there, letter for letter, else by a name from SAML."""
        return self._by_claim.get(claim) or self.canonical(claim)

    def entry(self, name: str) -> AttributeName | None:
        """The entry for a name in any form."""
        canonical = self.canonical(name)
        return self.entries[canonical] if canonical is not None else None

    def describe(self, name: str, lang: str) -> str:
        """What to call an attribute in a sentence: `mail (e-postadress)`, or the name itself when it is not known."""
        entry = self.entry(name)
        return f"{entry.name} ({entry.meaning.text(lang)})" if entry else name

    def gateway_reads(self, name: str, name_format: str | None, *, strict: bool = False) -> str | None:
        """The local name under which software of the gateway's kind keeps an attribute; None when it drops it.

        The gateway is built on pysaml2, which chooses its table of names by NameFormat and takes an absent one for
        `unspecified`; FriendlyName plays no part. Measured with pysaml2 7.5.5 in November 2026:

        - OID with `uri`: known. With any other NameFormat, or none, the OID itself becomes the local name, which no service
          looks for. `strict` drops it.
        - MACE name with `basic`: known. With any other, as above.
        - A Microsoft claim URI with `unspecified` or no NameFormat: known under Microsoft's name (`upn`), never as the EPPN.
        - Any other name is kept as it is, in its exact case: `eduPersonPrincipalName` works, `EPPN` does not. `strict` drops it.

        That the gateway is permissive follows from Skolverket's advice to Google users and is not published. A test compares
        this method with pysaml2 for every name in the vocabulary.
        https://github.com/IdentityPython/pysaml2/blob/HEAD/src/saml2/attribute_converter.py (read 2026-11)
        """
        name = name.strip()
        key = name.casefold()
        known: str | None = None
        if name_format == URI and key.startswith((_OID_PREFIX, _SUBJECT_ID_PREFIX.casefold())):
            known = self._by_name.get(key)
            if known in _NOT_IN_URI_MAP:
                known = None
        elif name_format == BASIC and key.startswith(_MACE_PREFIX):
            known = self._by_name.get(key)
        elif name_format in (None, "", UNSPECIFIED):
            known = _CLAIMS.get(key)
        return known or (None if strict else name)


# Attributes that pysaml2's tables lack, at 7.5.5.
_NOT_IN_URI_MAP = frozenset(
    {
        "eduPersonAnalyticsTag",
        "eduPersonDisplayPronouns",
        "mobile",
        "sisOrgDepartment",
        "sisSchoolCourseStudent",
        "sisSchoolCourseTeacher",
        "sisSchoolUnitCode",
    }
)

# Local names that pysaml2 gives Microsoft's claims.
# https://github.com/IdentityPython/pysaml2/blob/HEAD/src/saml2/attributemaps/adfs_v20.py (read 2026-11)
_CLAIMS: Mapping[str, str] = {
    "http://schemas.xmlsoap.org/claims/commonname": "commonName",
    "http://schemas.xmlsoap.org/claims/group": "group",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/authenticationmethod": "authenticationMethod",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/groupsid": "groupSid",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarysid": "primarySid",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/role": "role",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsaccountname": "windowsAccountName",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": "emailAddress",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname": "givenName",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name": "name",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier": "nameId",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/privatepersonalidentifier": "privatePersonalId",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname": "surname",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": "upn",
}


def _entry(name: str, table: Any, where: str) -> AttributeName:
    if not isinstance(table, dict):
        raise _wrong(where, name, "must be a table: the file has one for each attribute", "ska vara en tabell: filen har en per attribut")
    for key in table:
        if key not in _KEYS:
            raise _wrong(where, name, f'unknown key "{key}"; known: {_list(_KEYS)}', f'okänd nyckel "{key}"; kända: {_list(_KEYS)}')
    for key in sorted(_REQUIRED):
        if key not in table:
            raise _wrong(where, name, f'"{key}" is missing', f'"{key}" saknas')
    for key in ("meaning", "meaning_sv", "confidence", "source", "oid"):
        if key in table and (not isinstance(table[key], str) or not table[key].strip()):
            raise _wrong(where, name, f'"{key}" must be a text', f'"{key}" ska vara en text')
    if "single" in table and not isinstance(table["single"], bool):
        raise _wrong(where, name, '"single" must be true or false', '"single" ska vara true eller false')
    names = table["names"]
    if not isinstance(names, list) or not all(isinstance(n, str) and n.strip() for n in names):
        raise _wrong(where, name, '"names" must be a list of texts', '"names" ska vara en lista med texter')
    if table["confidence"] not in ("A", "B", "C"):
        raise _wrong(where, name, '"confidence" must be A, B or C', '"confidence" ska vara A, B eller C')
    oid = table.get("oid")
    if oid is not None and not _OID.fullmatch(oid):
        raise _wrong(where, name, f'"{oid}" is no OID; write digits and dots only', f'"{oid}" är ingen OID; skriv bara siffror och punkter')
    written = table.get("format")
    if written is not None and written not in FORMATS:
        known = _list(frozenset(FORMATS))
        raise _wrong(where, name, f'no format is called "{written}"; known: {known}', f'inget format heter "{written}"; kända: {known}')
    meaning = Words(table["meaning"], table["meaning_sv"])
    claims = table.get("claims", [])
    if not isinstance(claims, list) or not all(isinstance(claim, str) and claim.strip() for claim in claims):
        raise _wrong(where, name, '"claims" must be a list of texts', '"claims" ska vara en lista med texter')
    single = table.get("single")
    return AttributeName(name, oid, tuple(names), meaning, single, table["confidence"], table["source"], written, tuple(claims))


def _wrong(where: str, name: str, en: str, sv: str) -> RuleFileError:
    return RuleFileError(f"[{name}] {en}", f"[{name}] {sv}", where=where)


def _list(keys: frozenset[str]) -> str:
    return ", ".join(sorted(keys))
