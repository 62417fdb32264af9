"""How a value that identifies a person is shown when it must not be shown.

A GUID before @ shows its ends, enough to find the account for somebody who has the directory. Anything else shows what sort of
thing it is and how long. The scope of an EPPN is public and stays; a value that is no EPPN shows nothing of itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from idptest.identifiers import eppn, objectguid, personnummer
from idptest.model.rule import Words

_GUID = re.compile(r"([{(]?)([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32})([})]?)")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})", re.IGNORECASE)

_KINDS: dict[str, Words] = {
    "objectguid": Words("GUID", "GUID"),
    "upn-or-mail": Words("upn", "upn"),
    "personnummer": Words("personal number", "personnummer"),
    "sid": Words("SID", "SID"),
    "language-artifact": Words("program text", "programtext"),
    "damaged-text": Words("damaged text", "skadad text"),
}
# A value that is no EPPN is seldom an account name although it may look like one: a display name, a school, a city.
_PLAIN_KINDS = {kind: words for kind, words in _KINDS.items() if kind != "upn-or-mail"}
_RUN = 4  # characters; so many in a row out of the value would be a piece of it
_LONGEST = 1000  # characters of which it is asked what they are; no identifier has so many


def mask(text: str, lang: str = "en") -> str:
    """`text` for a reader who may not see it, in "sv" or "en": `fc79…ff65@exempelstad.se`, `‹upn, 12 tecken›@exempelstad.se`."""
    parsed = eppn.parse(text) if len(text) <= _LONGEST else None
    if parsed is None or not _is_public(parsed.scope):
        return _label(text, lang, _PLAIN_KINDS)
    return f"{_local_part(parsed.local, lang)}@{parsed.scope}"


def mask_guid(text: str) -> str | None:
    """A GUID that stands alone, by its ends; None when `text` is none."""
    m = _GUID.fullmatch(text)
    return f"{m[1]}{m[2][:4]}…{m[2][-4:]}{m[3]}" if m else None


def _is_public(scope: str) -> bool:
    """A domain name, and not one made of somebody's number."""
    return _DOMAIN.fullmatch(scope) is not None and not personnummer.contains_personnummer(scope)


def _local_part(local: str, lang: str) -> str:
    return mask_guid(local) or _label(local, lang, _KINDS)


def _label(text: str, lang: str, kinds: Mapping[str, Words]) -> str:
    kind = kinds.get(objectguid.kind(text)) if len(text) <= _LONGEST else None
    length = Words(
        f"{len(text)} character" + ("" if len(text) == 1 else "s"),
        f"{len(text)} tecken",
    ).text(lang)
    if not text:
        length = Words("empty", "tomt").text(lang)
    full = f"‹{kind.text(lang)}, {length}›" if kind else f"‹{length}›"
    # A value may by chance share letters with our own words ("tecken"); then fewer words are used.
    for label in (full, f"‹{length}›", f"‹{len(text)}›"):
        if not _gives_away(text[:_LONGEST], label):
            return label
    return "‹…›"


def _gives_away(text: str, label: str) -> bool:
    """Does the label hold a run of the value, in whatever case?"""
    runs = (label[i : i + _RUN].casefold() for i in range(len(label) - _RUN + 1))
    folded = text.casefold()
    return any(run in folded for run in runs)
