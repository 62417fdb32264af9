"""A fix as text: what to do, what to write, and who says so."""

from __future__ import annotations

from collections.abc import Iterator

from idptest.products import Fix
from idptest.reporters.style import INDENT, Style, clean, wrapped
from idptest.reporters.words import word

EXAMPLE = "exempelstad.se"


def lines(change: Fix, style: Style, indent: str = INDENT) -> Iterator[str]:
    """The words after "Do this", the snippet as it stands, and remarks with the source of what is more than the rule's own words."""
    yield from wrapped(said(change, style.lang), style, indent)
    yield from snippet(change, indent + "    ")
    if change.source:
        yield from wrapped(f"{word('by', style.lang)}: {' · '.join((change.source, *remarks(change, style.lang)))}", style, indent)


def snippet(change: Fix, indent: str) -> Iterator[str]:
    """Each line as it stands: to be copied, so neither wrapped nor cut."""
    for line in (change.snippet or "").splitlines():
        yield (indent + clean(line)).rstrip()


def said(change: Fix, lang: str) -> str:
    """What to do, after a label that names the product which it is said of."""
    return word("do-this", lang) + (f" ({change.product})" if change.product else "") + ": " + change.words.text(lang)


def remarks(change: Fix, lang: str) -> tuple[str, ...]:
    """What a reader should know before the snippet is used."""
    example = change.snippet and EXAMPLE in change.snippet
    return (*((word("your-domain", lang),) if example else ()), *(() if change.confirmed else (word("unconfirmed", lang),)))
