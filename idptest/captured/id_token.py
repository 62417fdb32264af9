"""An ID Token alone, however it was copied: three parts in base64url, or five; in a form, an address, or a token response."""

from __future__ import annotations

import re

from idptest.captured.entry import Entry, inside, words
from idptest.captured.openid import FoundOpenId
from idptest.errors import InputError
from idptest.model.flow import HttpRequest
from idptest.oidc.json_text import read_object
from idptest.oidc.tokens import decoded

_ALONE = re.compile(r"eyJ[\w-]*(?:\.[\w-]*){2}(?:(?:\.[\w-]*){2})?\Z", re.ASCII)
_FIELD = re.compile(r"""\bid_token["']?\s*[=:]\s*["']?([\w.\s-]+)""", re.ASCII)
# Tokens of other kinds, by `typ` (RFC 9068 2.1, OpenID Connect Back-Channel Logout 1.0 2.4, RFC 9101 10.8).
_OTHERS = {"at+jwt": "access token", "logout+jwt": "logout token", "oauth-authz-req+jwt": "request object"}


def read(data: bytes, where: str) -> FoundOpenId | None:
    """The login that it comes from; None when `data` is no such thing. Raises InputError when it is another token."""
    found = _token(data)
    if found is None:
        return None
    header = read_object(decoded(found.partition(".")[0]) or b"")[0]
    kind = str(header.get("typ", "")).lower().removeprefix("application/")
    if kind in _OTHERS:
        raise InputError(
            f"this is no ID Token but another token: {_OTHERS[kind]} (typ {kind})",
            f"det här är ingen ID-token utan en annan token: {_OTHERS[kind]} (typ {kind})",
            where=where,
        )
    arrival = Entry(None, HttpRequest("POST", "", form=(("id_token", found),)))
    return FoundOpenId(None, (arrival,), delivery=False)


def in_response(plain: object, where: str) -> FoundOpenId | None:
    """The same of a token response in JSON; nothing else of it is kept."""
    found = words(inside(plain, "id_token"))
    return read(found.encode(), where) if found else None


def _token(data: bytes) -> str | None:
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    text = data[:400_000].decode(encoding, "replace")
    found = _FIELD.search(text)
    token = "".join((found.group(1) if found else text).split()).strip("\"'")
    return token if _ALONE.match(token) else None
