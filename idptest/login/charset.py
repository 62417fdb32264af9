"""Bytes of a page to text, as browsers decide it. WHATWG HTML 13.2.3, Encoding 4.2."""

from __future__ import annotations

import codecs
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
# Only encodings of text: Python also knows "codecs" such as base64, idna and unicode_escape by name.
_KNOWN = re.compile(
    r"(utf-?8|utf-16-?(le|be)?|us-ascii|ascii|latin-?[1-9]|iso[-_]?8859[-_:]?\d{1,2}|windows-\d{3,4}|cp\d{3,4}|koi8-[ru]|macintosh)\Z"
)


def known(label: str | None) -> str | None:
    """The encoding that a browser means by a label; None when it is no encoding of text. Latin-1 and ASCII are windows-1252."""
    name = (label or "").strip().strip("\"'").lower()
    if not _KNOWN.match(name):
        return None
    if name in ("us-ascii", "ascii", "latin1", "latin-1") or re.match(r"iso[-_]?8859[-_:]?1\Z", name):
        return "windows-1252"
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def charset_of(content_type: str | None) -> str | None:
    """The charset parameter of a Content-Type."""
    found = re.search(r"charset\s*=\s*[\"']?([^\s;\"']+)", content_type or "", re.IGNORECASE)
    return found.group(1) if found else None


def decode(body: bytes, content_type: str | None) -> tuple[str, str]:
    """The text and the encoding used: byte order mark, header, meta, UTF-8 if it fits, else windows-1252. Never raises."""
    for mark, marked in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(marked, "replace"), "utf-8"
    name = known(charset_of(content_type))
    if name is None and (found := _META.search(body[:4096])):
        name = known(found.group(1).decode("ascii"))
        if name and name.startswith("utf-16"):  # a meta that could be read as ASCII is not UTF-16
            name = "utf-8"
    if name is None:
        try:
            return body.decode("utf-8"), "utf-8"
        except UnicodeDecodeError:
            name = "windows-1252"
    text = _windows_1252(body) if name == "windows-1252" else body.decode(name, "replace")
    # Forms are never submitted as UTF-16.
    return text, "utf-8" if name.startswith("utf-16") else name


def _windows_1252(body: bytes) -> str:
    """Python leaves five bytes undefined where browsers map them to controls."""
    try:
        return body.decode("windows-1252")
    except UnicodeDecodeError:
        return "".join(bytes([byte]).decode("windows-1252", "ignore") or chr(byte) for byte in body)
