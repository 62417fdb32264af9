"""Levels of assurance: what an AuthnContextClassRef or an assurance attribute value means, and who may claim it.

The vocabulary is handed in as text; attribute_rules/vocabularies/assurance.toml is the one that ships. URIs are compared letter
for letter (SAML Core 3.3.2.2.1, Comparison="exact"); they have no order of their own, so a level is looked up, never derived
from the spelling.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idptest.errors import RuleFileError
from idptest.model.rule import Words

AUTHN_CONTEXT = "authn-context"
ATTRIBUTE = "attribute"

APPROVED = "approved"
UNCERTIFIED = "uncertified"
ANYBODY = "anybody"

FAMILIES = frozenset({"sweden-connect", "skolfederation", "refeds", "swamid", "microsoft", "saml-core", "eidas", "rfc8176"})

_TEXTS = frozenset({"uri", "family", "meaning", "meaning_sv", "source", "read"})
_REQUIRED = _TEXTS | {"carrier", "lists"}
_KEYS = _REQUIRED | {"level", "factors", "claim", "retired", "retired_sv"}
_LIST_KEYS = frozenset({"title", "title_sv", "source", "read"})


@dataclass(frozen=True)
class Level:
    """One value. `level` is on Digg's scale and None for a value that is not; `factors` and `claim` are None when nobody says.

    `retired` tells what stands in its place, None while it is in use.
    """

    uri: str
    level: int | None
    family: str
    factors: int | None
    claim: str | None
    carrier: frozenset[str]
    meaning: Words
    source: str
    read: str
    lists: Mapping[str, int]
    retired: Words | None = None

    def may_be_claimed(self, digg_approved: bool) -> bool | None:
        """May an IdP that Digg has approved, or has not, claim this value? None when the sources do not say."""
        if self.claim is None:
            return None
        return self.claim == ANYBODY or self.claim == (APPROVED if digg_approved else UNCERTIFIED)


@dataclass(frozen=True)
class PublishedList:
    """A list of values as somebody published it."""

    name: str
    title: Words
    source: str
    read: str


class Assurance:
    """The vocabulary of levels."""

    def __init__(self, values: tuple[Level, ...], lists: tuple[PublishedList, ...]) -> None:
        self.values: Mapping[str, Level] = {value.uri: value for value in values}
        self.lists: Mapping[str, PublishedList] = {published.name: published for published in lists}

    @classmethod
    def parse(cls, text: str, where: str) -> Assurance:
        """Read the vocabulary. Anything that is not understood is an error that says `where`."""
        try:
            top = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise RuleFileError(f"not valid TOML: {error}", f"inte giltig TOML: {error}", where=where) from error
        for key in top:
            if key not in ("list", "value"):
                raise _wrong(
                    where, key, "only [list.…] and [[value]] may stand at the top", "överst får det bara stå [list.…] och [[value]]"
                )
        tables, entries = top.get("list", {}), top.get("value", [])
        if not isinstance(tables, dict):
            raise _wrong(where, "list", "write [list.name]", "skriv [list.namn]")
        if not isinstance(entries, list):
            raise _wrong(where, "value", "write [[value]], with double brackets", "skriv [[value]], med dubbla hakparenteser")
        lists = tuple(_published(name, table, where) for name, table in tables.items())
        values = tuple(_value(number, entry, where) for number, entry in enumerate(entries, 1))
        _check_together(values, {published.name for published in lists}, where)
        return cls(values, lists)

    def value(self, uri: str) -> Level | None:
        """What is known about a value; None when nothing is."""
        return self.values.get(uri)

    def level(self, uri: str) -> int | None:
        """Its level on Digg's scale, 1 to 4; None when it is not on that scale, or unknown."""
        value = self.values.get(uri)
        return value.level if value else None

    def nearest(self, uri: str) -> Level | None:
        """The known value that an unknown one is most like, so that a report can say "did you mean"; None when none is like it."""
        if uri in self.values:
            return self.values[uri]
        folded = uri.strip().casefold().rstrip("/")
        for known in self.values.values():
            if known.uri.casefold() == folded:
                return known
        namesakes = [known for known in self.values.values() if known.uri.casefold().endswith("/" + folded.rpartition("/")[2])]
        if len(namesakes) == 1:  # the right name under the wrong address
            return namesakes[0]
        found = difflib.get_close_matches(uri.strip()[:300], self.values, n=1, cutoff=0.8)
        return self.values[found[0]] if found else None

    def listed(self, list_name: str) -> tuple[str, ...]:
        """The values of a published list, in the order in which they were published."""
        if list_name not in self.lists:
            known = ", ".join(sorted(self.lists))
            raise RuleFileError(
                f'there is no list "{list_name}"; known: {known}',
                f'det finns ingen lista "{list_name}"; kända: {known}',
            )
        places = [(value.lists[list_name], value.uri) for value in self.values.values() if list_name in value.lists]
        return tuple(uri for _, uri in sorted(places))


def _published(name: str, table: Any, where: str) -> PublishedList:
    label = f"list.{name}"
    if not isinstance(table, dict):
        raise _wrong(where, label, "must be a table", "ska vara en tabell")
    _check_keys(table, _LIST_KEYS, _LIST_KEYS, where, label)
    _check_texts(table, _LIST_KEYS, where, label)
    return PublishedList(name, Words(table["title"], table["title_sv"]), table["source"], table["read"])


def _value(number: int, entry: Any, where: str) -> Level:
    if not isinstance(entry, dict):
        raise _wrong(where, "value", "write [[value]], with double brackets", "skriv [[value]], med dubbla hakparenteser")
    label = f"value {number} {entry.get('uri', '')}".rstrip()
    _check_keys(entry, _KEYS, _REQUIRED, where, label)
    _check_texts(entry, _TEXTS, where, label)
    _check_choice(entry["family"], FAMILIES, "family", where, label)
    if "claim" in entry:
        _check_choice(entry["claim"], frozenset({APPROVED, UNCERTIFIED, ANYBODY}), "claim", where, label)
    if "retired" in entry or "retired_sv" in entry:
        _check_keys(entry, _KEYS, frozenset({"retired", "retired_sv"}), where, label)
        _check_texts(entry, frozenset({"retired", "retired_sv"}), where, label)
    _check_number(entry.get("level"), 1, 4, "level", where, label)
    _check_number(entry.get("factors"), 1, 3, "factors", where, label)
    carrier = entry["carrier"]
    if not isinstance(carrier, list) or not carrier:
        raise _wrong(where, label, '"carrier" must be a list of one or two', '"carrier" ska vara en lista med en eller två')
    for one in carrier:
        _check_choice(one, frozenset({AUTHN_CONTEXT, ATTRIBUTE}), "carrier", where, label)
    lists = entry["lists"]
    if not isinstance(lists, dict):
        raise _wrong(where, label, '"lists" must be { name = place }', '"lists" ska vara { namn = plats }')
    for name, place in lists.items():
        _check_number(place, 1, 1000, f"lists.{name}", where, label)
    return Level(
        uri=entry["uri"],
        level=entry.get("level"),
        family=entry["family"],
        factors=entry.get("factors"),
        claim=entry.get("claim"),
        carrier=frozenset(carrier),
        meaning=Words(entry["meaning"], entry["meaning_sv"]),
        source=entry["source"],
        read=entry["read"],
        lists=dict(lists),
        retired=Words(entry["retired"], entry["retired_sv"]) if "retired" in entry else None,
    )


def _check_together(values: tuple[Level, ...], lists: set[str], where: str) -> None:
    """No value twice, no unknown list, and the places of every list are 1, 2, 3 …"""
    seen: set[str] = set()
    places: dict[str, list[int]] = {name: [] for name in lists}
    for value in values:
        if value.uri in seen:
            raise _wrong(where, value.uri, "stands twice", "står två gånger")
        seen.add(value.uri)
        for name, place in value.lists.items():
            if name not in places:
                raise _wrong(where, value.uri, f"there is no [list.{name}]", f"det finns ingen [list.{name}]")
            places[name].append(place)
    for name, numbers in places.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            raise _wrong(
                where,
                f"list.{name}",
                "its places must be 1, 2, 3 … with none missing and none twice",
                "dess platser ska vara 1, 2, 3 … utan luckor och dubbletter",
            )


def _check_keys(table: dict[str, Any], known: frozenset[str], required: frozenset[str], where: str, label: str) -> None:
    for key in table:
        if key not in known:
            names = ", ".join(sorted(known))
            raise _wrong(where, label, f'unknown key "{key}"; known: {names}', f'okänd nyckel "{key}"; kända: {names}')
    for key in sorted(required):
        if key not in table:
            raise _wrong(where, label, f'"{key}" is missing', f'"{key}" saknas')


def _check_texts(table: dict[str, Any], keys: frozenset[str], where: str, label: str) -> None:
    for key in sorted(keys):
        if not isinstance(table[key], str) or not table[key].strip():
            raise _wrong(where, label, f'"{key}" must be a text', f'"{key}" ska vara en text')


def _check_choice(value: Any, known: frozenset[str], key: str, where: str, label: str) -> None:
    if not isinstance(value, str) or value not in known:
        names = ", ".join(sorted(known))
        raise _wrong(where, label, f'"{key}" must be one of {names}', f'"{key}" ska vara något av {names}')


def _check_number(value: Any, least: int, most: int, key: str, where: str, label: str) -> None:
    if value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise _wrong(
            where,
            label,
            f'"{key}" must be a whole number from {least} to {most}',
            f'"{key}" ska vara ett heltal från {least} till {most}',
        )


def _wrong(where: str, label: str, en: str, sv: str) -> RuleFileError:
    return RuleFileError(f"[{label}] {en}", f"[{label}] {sv}", where=where)
