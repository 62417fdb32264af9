"""What differs between two versions of an entity's metadata, for a person and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from idptest.identifiers.masking import mask
from idptest.model.metadata_facts import ENDPOINTS, ENTITY_ATTRIBUTES, KEYS, KINDS, REQUESTS, SCOPES, MetadataChange
from idptest.model.rule import Words
from idptest.reporters.style import INDENT, Style, bold, paint, wrapped
from idptest.reporters.words import word

FORMAT = "idptest-metadata-diff/1"
_SAME = Words("NO DIFFERENCE", "INGEN SKILLNAD")
_ONE = Words("1 DIFFERENCE", "1 SKILLNAD")
_SEVERAL = Words("{n} DIFFERENCES", "{n} SKILLNADER")
_FROM_TO = Words("from {a} to {b}", "från {a} till {b}")
_ORDER = Words("but for order, white space, comments and signatures", "bortsett från ordning, blanktecken, kommentarer och signaturer")
_KEY_KEPT = Words("the same key, another certificate", "samma nyckel, nytt certifikat")
_BY_ITSELF = ("name-id-formats", "roles")  # told by their names alone


@dataclass(frozen=True)
class Difference:
    """Two versions of one entity's metadata; `a` and `b` are what the user called them."""

    name: str
    a: str
    b: str
    changes: tuple[MetadataChange, ...]


def text(found: Difference, style: Style) -> str:
    return "\n".join(_lines(found, style)) + "\n"


def _lines(found: Difference, style: Style) -> Iterator[str]:
    count, lang = len(found.changes), style.lang
    head = _SAME if not count else _ONE if count == 1 else _SEVERAL
    said = _FROM_TO.text(lang).replace("{a}", found.a).replace("{b}", found.b)
    yield ""
    yield bold(f"metadata › {found.name}", style)
    yield ""
    yield "  " + paint(head.text(lang).replace("{n}", str(count)), "1;31" if count else "1;32", style) + "   " + paint(said, "0", style)
    if not count:
        yield from wrapped(_ORDER.text(lang), style, "  ")
    for kind, label in KINDS.items():
        of_the_kind = [change for change in found.changes if change.kind == kind]
        if of_the_kind:
            yield ""
            yield "  " + bold(label.text(lang), style)
        for change in of_the_kind:
            yield from _change(change, style)
    yield ""


def _change(change: MetadataChange, style: Style) -> Iterator[str]:
    show = style.show_values
    if change.was is None or change.now is None:
        sign = "+" if change.was is None else "-"
        yield from wrapped(fact(change, change.now or change.was or "", style.lang, show), style, INDENT, f"   {sign} ")
        return
    kept = _KEY_KEPT.text(style.lang) if change.kind == KEYS else _name(change)
    yield from wrapped(kept, style, INDENT, "   ~ ")
    for label, value in (("was", change.was), ("is", change.now)):
        yield from wrapped(
            _value(change, value, style.lang, show), style, INDENT + "     ", f"{INDENT}{word(label, style.lang).lower():<4} "
        )


def _name(change: MetadataChange) -> str:
    return change.name.rpartition(" ")[0] or change.name if change.kind == KEYS else change.name


def _value(change: MetadataChange, value: str, lang: str, show: bool) -> str:
    return value if show or change.kind != "contacts" else mask(value.removeprefix("mailto:"), lang)


def fact(change: MetadataChange, value: str, lang: str, show: bool) -> str:
    """A fact on a line of its own."""
    name, said = _name(change), _value(change, value, lang, show)
    if change.kind in _BY_ITSELF:
        return name
    if change.kind in (SCOPES, ENTITY_ATTRIBUTES):
        return f"{name} ({said})"
    return f"{name}: {said}" if change.kind not in (KEYS, ENDPOINTS, REQUESTS) else f"{name} {said}"


def as_json(found: Difference, lang: str, show: bool) -> str:
    """{format, entity_id, a, b, same, changes: [{kind, label, change, name, was, now}]}; `change` is added, removed or changed."""
    return json.dumps(as_plain(found, lang, show), ensure_ascii=False, indent=2) + "\n"


def as_plain(found: Difference, lang: str, show: bool) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "entity_id": found.name,
        "a": found.a,
        "b": found.b,
        "same": not found.changes,
        "changes": [_plain(change, lang, show) for change in found.changes],
    }


def _plain(change: MetadataChange, lang: str, show: bool) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "label": KINDS[change.kind].text(lang),
        "change": "added" if change.was is None else "removed" if change.now is None else "changed",
        "name": change.name,
        "was": None if change.was is None else _value(change, change.was, lang, show),
        "now": None if change.now is None else _value(change, change.now, lang, show),
    }
