"""Reading lxml elements as a person sees them: their text, whether they show, what they belong to. Elements are Any: lxml has no types."""

from __future__ import annotations

import re
from typing import Any

_ALERT = re.compile(r"(error|errors|fel|feltext|felmeddelande|danger|invalid|alert)\Z")
_BLOCK_NAMES = (
    "address article aside blockquote body br button caption center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr"
    " label legend li main nav ol option p pre section select table tbody td textarea tfoot th thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_UNREAD = frozenset(["script", "style", "template", "noscript", "head", "object", "iframe", "datalist", "svg"])


def text_of(element: Any, lines: bool = False) -> str:
    """Visible text, blanks collapsed; with `lines`, one line per block, else no more than the first few hundred elements.

    Iterative, and bounded for labels and links, because pages may be deep and labels may hold each other.
    """
    pieces: list[str] = []
    stack: list[tuple[Any, bool]] = [(element, False)]
    budget = 10**9 if lines else 800  # every element is met twice
    while stack and budget:
        budget -= 1
        node, left = stack.pop()
        block = isinstance(node.tag, str) and node.tag in _BLOCKS
        if left:
            pieces.append("\n" if block else "")
            pieces.append((node.tail or "") if node is not element else "")
            continue
        stack.append((node, True))
        if not isinstance(node.tag, str) or (node.tag in _UNREAD and node is not element) or (node is not element and hidden(node)):
            continue
        pieces.append(("\n" if block else "") + (node.text or ""))
        if node.tag != "select":
            stack.extend((child, False) for child in reversed(list(node)))
    rows = (" ".join(row.split()) for row in "".join(pieces).replace("\xa0", " ").split("\n"))
    return ("\n" if lines else " ").join(row for row in rows if row)


def marked(element: Any) -> bool:
    """Is the element marked up as an error, by role, id or class?"""
    names = re.sub(r"([a-z])([A-Z])", r"\1 \2", f"{element.get('id') or ''} {element.get('class') or ''}")
    return (element.get("role") or "").lower() == "alert" or any(_ALERT.match(token.lower()) for token in re.split(r"[^A-Za-z]+", names))


def within(element: Any, tag: str) -> bool:
    return next(element.iterancestors(tag), None) is not None


def outermost_form(element: Any) -> Any:
    owner = None
    for ancestor in element.iterancestors("form"):
        owner = ancestor
    return owner


def hidden(element: Any) -> bool:
    style = re.sub(r"\s", "", (element.get("style") or "").lower())
    return element.get("hidden") is not None or "display:none" in style or "visibility:hidden" in style


def visible(element: Any) -> bool:
    if element.get("aria-hidden") == "true" or "moveOffScreen" in (element.get("class") or ""):
        return False
    return element.get("type") != "hidden" and not hidden(element) and not any(hidden(ancestor) for ancestor in element.iterancestors())


def disabled(element: Any, container: str = "fieldset") -> bool:
    """Disabled itself, or within a disabled fieldset (but not in its legend)."""
    if element.get("disabled") is not None:
        return True
    return not within(element, "legend") and any(ancestor.get("disabled") is not None for ancestor in element.iterancestors(container))
