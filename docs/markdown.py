"""Text in the generated pages."""

from __future__ import annotations


def prose(text: str) -> str:
    """Plain text as Markdown that looks like it."""
    for sign, escaped in (("\\", "\\\\"), ("&", "&amp;"), ("<", "&lt;"), ("*", "\\*"), ("`", "\\`"), ("[", "\\[")):
        text = text.replace(sign, escaped)
    return text
