"""JSON from a peer: whatever it is, reading it does not raise."""

from __future__ import annotations

import json
from typing import Any

from idptest.model.rule import Words

_HALF = "\\ud"  # half a character, written as an escape, could be neither shown nor saved


def read_object(data: bytes | str) -> tuple[dict[str, Any], Words | None]:
    """The JSON object in `data`; else an empty one, and why."""
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        found = _JSON.decode(text)
        if _HALF in text.lower():
            found = json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"), parse_int=_whole)
    except RecursionError:
        return {}, Words("its brackets are nested too deeply", "dess klamrar är nästlade för djupt")
    except ValueError:
        return {}, _what(data)
    if not isinstance(found, dict):
        return {}, Words("it is JSON, but no object", "det är JSON, men inget objekt")
    return found, None


def _whole(digits: str) -> Any:
    """A number of many digits stays text: nobody needs it, and Python refuses to write it out."""
    return int(digits) if len(digits) < 40 else digits


_JSON = json.JSONDecoder(parse_constant=str, parse_int=_whole)


def _what(data: bytes | str) -> Words:
    """What it is instead of JSON."""
    start = (data[:200].decode("latin-1") if isinstance(data, bytes) else data[:200]).strip().lower()
    if not start:
        return Words("it is empty", "det är tomt")
    if start.startswith(("<!doctype html", "<html")):
        return Words("it is a web page, not JSON", "det är en webbsida, inte JSON")
    return Words("it is not JSON", "det är inte JSON")
