"""A fix as text: what to do, what to write, and who says so."""

from __future__ import annotations

from collections.abc import Iterator

from idptest.products import Fix
from idptest.reporters.style import INDENT, Style, clean, wrapped
from idptest.reporters.words import word

EXAMPLE = "exempelstad.se"


def lines(change: Fix, style: Style, indent: str = INDENT) -> Iterator[str]:
    """The words after "Do this", the snippet as it stands, and remarks with the source of what is more than the rule's own words."""
    label = word("do-this", style.lang) + (f" ({change.product})" if change.product else "")
    yield from wrapped(f"{label}: {change.words.text(style.lang)}", style, indent)
    yield from snippet(change, indent + "    ")
    if change.source:
        yield from wrapped(_remarks(change, style.lang), style, indent)


def snippet(change: Fix, indent: str) -> Iterator[str]:
    """Each line as it stands: to be copied, so neither wrapped nor cut."""
    for line in (change.snippet or "").splitlines():
        yield (indent + clean(line)).rstrip()


def _remarks(change: Fix, lang: str) -> str:
    parts = [f"{word('by', lang)}: {change.source}"]
    if change.snippet and EXAMPLE in change.snippet:
        parts.append(word("your-domain", lang))
    if not change.confirmed:
        parts.append(word("unconfirmed", lang))
    return " · ".join(parts)
