"""How the text report is written: width, colour, and nothing in it that steers a terminal."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, tzinfo

INDENT = "     "


@dataclass(frozen=True)
class Style:
    """How to write. `width` in columns; `colour` writes ANSI codes; `verbose` lists every rule; `saved` is the flow's path.

    Times are shown in `zone`; None is the zone of the machine.
    """

    lang: str = "sv"
    width: int = 100
    colour: bool = False
    verbose: bool = False
    show_values: bool = False
    saved: str | None = None
    zone: tzinfo | None = UTC


def clean(text: str) -> str:
    """Without control characters and direction marks: what a peer sent must not steer the terminal. A line break shows as ⏎."""
    return "".join(
        "⏎" if char == "\n" else char for char in text if char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cs")
    )


def visible(text: str) -> str:
    """With every character that steers, hides or turns round other text shown by its number, ‹U+202E›; a line break as ⏎.

    For files that are read in other programs; what XML cannot hold is among them (https://www.w3.org/TR/xml/#charsets, read 2026-11).
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"‹U+{ord(char):04X}›" if _steers(char) else char for char in text.replace("\n", "⏎"))


def _steers(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") or ord(char) & 0xFFFE == 0xFFFE


def wrapped(text: str, style: Style, indent: str = INDENT, first: str | None = None) -> Iterable[str]:
    """Lines that begin with `indent`; the first one with `first`, where that is another."""
    return textwrap.wrap(
        clean(text),
        max(40, style.width),
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    )


def bold(text: str, style: Style) -> str:
    return paint(text, "1", style)


def paint(text: str, code: str, style: Style) -> str:
    return f"\x1b[{code}m{clean(text)}\x1b[0m" if style.colour else clean(text)
