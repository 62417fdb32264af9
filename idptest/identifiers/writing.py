"""How a value is written: damaged letters, letters in pieces, markup or code where plain text should be, many values in one.

All of it is seen in the value alone. UTF-8 read as Latin-1 turns å into Ã¥; macOS and some directories write å as a and a ring
(Unicode's NFD), which looks the same and compares as another text.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Callable

from idptest.model.rule import Words

REPLACEMENT = "\ufffd"
_LONGEST = 4096  # characters; whatever is longer is looked at as far as this
# A lead byte of UTF-8 and a byte that follows one, as Latin-1 or Windows-1252 shows them.
_MISREAD = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]")
_ENTITY = re.compile(r"&(?:[aAoO](?:ring|uml)|#[0-9]{2,5}|#x[0-9a-fA-F]{2,4}|eacute|amp|lt|gt|quot);")
_PERCENT = re.compile(r"%C3%(?:A4|A5|B6|84|85|96)", re.IGNORECASE)
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_SHORTEST_BASE64 = 12
_MARKUP = re.compile(r"\s*<[A-Za-z!?/][^<>]*>")
_PACKED = re.compile(r"\s*[;,|\n]\s*")


def damage(value: str) -> Words | None:
    """How letters were damaged on the way; None when none were."""
    value = value[:_LONGEST]
    if REPLACEMENT in value:
        return Words("U+FFFD stands where a letter was lost", "U+FFFD står där en bokstav har gått förlorad")
    if _MISREAD.search(value) and repaired(value) is not None:
        return Words("UTF-8 was read as Latin-1, which makes å Ã¥", "UTF-8 har lästs som Latin-1, så att å blir Ã¥")
    if _ENTITY.search(value):
        return Words("letters are written as HTML entities", "bokstäver är skrivna som HTML-entiteter")
    if _PERCENT.search(value):
        return Words("letters are percent-encoded, as in an address", "bokstäver är procentkodade, som i en webbadress")
    return None


def repaired(value: str) -> str | None:
    """The text before UTF-8 was read as Latin-1 or Windows-1252; None when that is not what happened."""
    for charset in ("latin-1", "cp1252"):
        try:
            return value.encode(charset).decode("utf-8")
        except UnicodeError:
            continue
    return None


def is_nfc(value: str) -> bool:
    """Is every letter one character where Unicode has one for it (Normalization Form C)?"""
    return unicodedata.is_normalized("NFC", value[:_LONGEST])


def code(value: str) -> Words | None:
    """What sort of code stands where text should; None when it is text."""
    value = value[:_LONGEST].strip()
    if _MARKUP.match(value):
        return Words("XML or HTML written as text", "XML eller HTML som text")
    if value[:1] in ("{", "["):
        try:
            held = json.loads(value)
        except (ValueError, RecursionError):
            held = None
        if isinstance(held, dict | list):
            return Words("JSON", "JSON")
    if _is_base64(value):
        return Words("base64", "base64")
    return None


def _is_base64(value: str) -> bool:
    """Base64 of readable text, or of the 16 bytes of a GUID. A word may look like base64; what it decodes to then is noise."""
    if len(value) < _SHORTEST_BASE64 or not _BASE64.fullmatch(value):
        return False
    try:
        held = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    if len(held) == 16 and value.endswith("=="):
        return True
    try:
        text = held.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return text.isprintable() and len(text) >= 6


def packed(value: str, fault: Callable[[str], Words | None] | None) -> tuple[str, ...]:
    """The values that one value holds, parted by ; , | or a line break; none when it is a single one.

    With `fault`, the format of a single value: only when each part has it and the whole has not. Without: only at ; and |,
    for commas stand in plain text.
    """
    value = value[:_LONGEST]
    if fault is None:
        parts = tuple(re.split(r"\s*[;|]\s*", value))
        return parts if len(parts) > 1 and all(parts) else ()
    parts = tuple(_PACKED.split(value))
    return parts if len(parts) > 1 and fault(value) is not None and not any(fault(part) for part in parts) else ()
