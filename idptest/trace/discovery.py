"""The list that a discovery service shows people, from JSON to entries: that of thiss.js and pyFF, and Shibboleth's feed.

Their common ground is a list of objects with an entityID (thiss.js: https://github.com/TheIdentitySelector/thiss-js, pyFF's discojson,
https://github.com/IdentityPython/pyFF, and Shibboleth's DiscoFeed, https://shibboleth.atlassian.net/wiki/spaces/SP3, read 2026-11).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from idptest.model.rule import Words
from idptest.model.trace import Listed

_MOST = 200_000  # entries; all IdPs of the world's federations together are some thousands


class NotAList(Exception):
    """It is no list of IdPs; `words` says what it is instead."""

    def __init__(self, en: str, sv: str) -> None:
        self.words = Words(en, sv)
        super().__init__(en)


def read(data: bytes) -> dict[str, Listed]:
    """The entries by entityID; an entry without one is left out. Raises NotAList, and nothing else."""
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are such; so is an integer of thousands of digits
        if data.lstrip()[:1] == b"<":
            raise NotAList("it is a web page or XML, not a list in JSON", "det är en webbsida eller XML, inte en lista i JSON") from None
        raise NotAList("it is no JSON", "det är inte JSON") from None
    entries = {entry.entity_id: entry for entry in _entries(found)}
    if not entries:
        raise NotAList("there is no entry with an entityID in it", "den innehåller ingen post med entityID")
    return entries


def _entries(found: Any) -> Iterator[Listed]:
    for number, entry in enumerate(_objects(found)):
        if number >= _MOST:
            return
        entity_id = entry.get("entityID", entry.get("entity_id"))
        if isinstance(entity_id, str) and entity_id:
            yield Listed(entity_id, tuple(dict.fromkeys(_titles(entry))), tuple(dict.fromkeys(_scopes(entry))))


def _objects(found: Any) -> Iterator[dict[str, Any]]:
    """A list of them; one alone; or a table of them."""
    if isinstance(found, dict):
        if "entityID" in found or "entity_id" in found:
            yield found
            return
        found = next((value for value in found.values() if isinstance(value, list)), list(found.values()))
    if isinstance(found, list):
        yield from (entry for entry in found if isinstance(entry, dict))


def _titles(entry: dict[str, Any]) -> Iterator[str]:
    """pyFF: title and title_langs; Shibboleth: DisplayNames."""
    yield from _texts(entry.get("title"))
    languages = entry.get("title_langs")
    if isinstance(languages, dict):
        for text in languages.values():
            yield from _texts(text)
    names = entry.get("DisplayNames")
    for name in names if isinstance(names, list) else ():
        if isinstance(name, dict):
            yield from _texts(name.get("value"))


def _scopes(entry: dict[str, Any]) -> Iterator[str]:
    """pyFF writes several as one text with commas."""
    found = entry.get("scope", entry.get("scopes"))
    for text in found if isinstance(found, list) else [found]:
        for part in _texts(text):
            yield from (scope.strip() for scope in part.split(",") if scope.strip())


def _texts(found: Any) -> Iterator[str]:
    if isinstance(found, dict):  # {"sv": "…", "en": "…"}
        yield from (text.strip() for text in found.values() if isinstance(text, str) and text.strip())
    elif isinstance(found, str) and found.strip():
        yield found.strip()
