"""SAML-tracer's export, of version 1 and before (https://github.com/simplesamlphp/SAML-tracer, src/SAMLTraceIO.js, read 2026-11).

It asks which values to take out. "None" keeps all; with "Mask values" and "Remove values" every posted value has become
{hash:…} or {obf:…}, and of what was posted only the SAML message remains, decoded, in `saml`. It holds no times but its own.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

from idptest.captured.entry import Entry, inside, is_step, pairs, status, web_request, words
from idptest.model.flow import HttpResponse, Pairs

_MASKED = re.compile(r"\{(hash:|obf:|overwritten).*\}", re.DOTALL)
_MESSAGES = ("SAMLRequest", "SAMLResponse")


def listed(plain: object) -> list[Any] | None:
    """The requests, as they are written; None when this is no export of SAML-tracer."""
    found = inside(plain, "requests")
    return found if isinstance(found, list) and any(isinstance(inside(one, "url"), str) for one in found[:100]) else None


def entries(requests: list[Any]) -> Iterator[Entry]:
    """Those to web addresses. What is of the wrong kind is left out."""
    for one in requests:
        form, masked = _form(one)
        request = web_request(inside(one, "method"), inside(one, "url"), form)
        if request is not None:
            response = _response(one)
            content_type = (response.header("content-type") or "") if response else ""
            yield Entry(None, request, response, is_step(response.status if response else 0, content_type), masked)


def _form(one: Any) -> tuple[Pairs | None, bool]:
    """What was posted, and whether values were taken out of it."""
    form = pairs(inside(one, "post"))
    kept = tuple((name, value) for name, value in form if not _MASKED.fullmatch(value))
    masked = len(kept) < len(form)
    if masked and not any(name in _MESSAGES for name, _ in kept):
        message = words(inside(one, "saml"))
        name = next((name for name, _ in form if name in _MESSAGES), None)
        if message and name:
            kept = (*kept, (name, base64.b64encode(message.encode()).decode()))
    return (kept or None), masked


def _response(one: Any) -> HttpResponse | None:
    code = status(inside(one, "responseStatus"))
    return HttpResponse(code, pairs(inside(one, "responseHeaders"))) if code else None
