"""HAR 1.2, as the network panels of Chrome, Edge and Firefox save it (http://www.softwareishard.com/blog/har-12-spec/, read 2026-11)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from idptest.captured.entry import Entry, inside, is_step, moment, pairs, status, web_request, words
from idptest.model.flow import HttpResponse, Pairs

URLENCODED = "application/x-www-form-urlencoded"
_SAML = ("SAMLResponse", "SAMLRequest")
_MAX_PAGE = 2_000_000  # characters
# Firefox puts the headers of a form's upload before its body.
_UPLOAD_HEADERS = re.compile(r"(?:[A-Za-z-]+:[^\r\n]*\r?\n)+\r?\n")


def listed(plain: object) -> list[Any] | None:
    """The requests, as they are written; None when this is no HAR."""
    found = inside(plain, "log", "entries")
    return found if isinstance(found, list) else None


def entries(requests: list[Any]) -> Iterator[Entry]:
    """Those to web addresses. What is of the wrong kind is left out."""
    for one in requests:
        request = web_request(inside(one, "request", "method"), inside(one, "request", "url"), _form(inside(one, "request")))
        if request is not None:
            response = _response(inside(one, "response"))
            kind = inside(one, "_resourceType")
            mime = words(inside(one, "response", "content", "mimeType"))
            step = kind == "document" if isinstance(kind, str) else is_step(response.status if response else 0, mime)
            yield Entry(moment(inside(one, "startedDateTime")), request, response, step)


def _form(request: Any) -> Pairs | None:
    """The fields of a POST; None when the file does not hold them, or not all of them."""
    data = inside(request, "postData")
    mime, text = words(inside(data, "mimeType")).partition(";")[0].strip().lower(), _text(data)
    named = pairs(inside(data, "params"))
    if text and _is_whole(text, request) and (mime == URLENCODED or (not mime and "=" in text)):
        return tuple(parse_qsl(text, keep_blank_values=True))
    # Chrome leaves the parameters as they were sent, quoted for URLs; Firefox and others unquote them.
    if any(name in _SAML and "%" in value for name, value in named):
        named = tuple((unquote_plus(name), unquote_plus(value)) for name, value in named)
    return named or None


def _text(data: Any) -> str:
    text = words(inside(data, "text"))
    if words(inside(data, "encoding")) == "base64":  # HAR 1.3
        text = _from_base64(text).decode("utf-8", "replace")
    upload = _UPLOAD_HEADERS.match(text)
    return (text[upload.end() :] if upload else text).strip()


def _is_whole(text: str, request: Any) -> bool:
    """Against Content-Length: browsers cut long bodies, Firefox at 1 MB."""
    length = next((value for name, value in pairs(inside(request, "headers")) if name.lower() == "content-length"), "")
    return not re.fullmatch(r"[0-9]{1,12}", length) or len(text.encode()) >= int(length)


def _response(response: Any) -> HttpResponse | None:
    """None for status 0, which is how browsers write that no answer came."""
    code, content = status(inside(response, "status")), inside(response, "content")
    if not code:
        return None
    text = words(inside(content, "text"))[:_MAX_PAGE]
    body = _from_base64(text) if words(inside(content, "encoding")) == "base64" else text.encode()
    return HttpResponse(code, pairs(inside(response, "headers")), body)


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text[: len(text) // 4 * 4])
    except (binascii.Error, ValueError):
        return b""
