"""Logins in files that idptest did not write: a SAML response, an ID Token, a browser's HAR, SAML-tracer's export. Bytes in, logins out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from idptest.captured import har, id_token, saml_response, saml_tracer
from idptest.captured.found import Found
from idptest.captured.messages import Asked
from idptest.captured.openid import FoundOpenId, found_in
from idptest.captured.pairing import MOST_LOGINS, Trace, in_order, trace
from idptest.errors import InputError
from idptest.model.rule import Words

__all__ = ["Found", "FoundOpenId", "is_flow", "logins"]

_FLOW = re.compile(rb'"format"\s*:\s*"idptest-flow/')  # in a JSON string these quotation marks would be escaped
_MOST_REQUESTS = 20_000


def is_flow(data: bytes) -> bool:
    """Whether it is, or is a piece of, a flow that idptest has saved."""
    return _start(data).startswith(b"{") and _FLOW.search(data) is not None


def logins(data: bytes, where: str) -> tuple[Found, ...]:
    """The logins in the file, at least one, in order of time. Raises InputError, which names the file as `where`."""
    if not _start(data).startswith(b"{"):
        alone: Found | None = id_token.read(data, where) or saml_response.read(data, where)
        if alone is None:
            raise _of_no_kind(where)
        return (alone,)
    plain = _json(data, where)
    if (token := id_token.in_response(plain, where)) is not None:
        return (token,)
    program = next((program for program in (har, saml_tracer) if program.listed(plain) is not None), None)
    if program is None:
        raise _of_no_kind(where)
    requests = program.listed(plain) or []
    if len(requests) > _MOST_REQUESTS:
        raise _too_many(Words(f"{_MOST_REQUESTS} requests", f"{_MOST_REQUESTS} anrop"), where)
    entries = in_order(list(program.entries(requests)))
    read = trace(entries)
    found: tuple[Found, ...] = (*read.logins, *found_in(entries, MOST_LOGINS))
    if not found:
        raise _without_logins(read, where)
    if len(found) > MOST_LOGINS:
        raise _too_many(Words(f"{MOST_LOGINS} logins", f"{MOST_LOGINS} inloggningar"), where)
    return found


def _start(data: bytes) -> bytes:
    """What it begins with, after any byte order mark."""
    return data[:100].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")


def _json(data: bytes, where: str) -> object:
    try:
        return json.loads(data)
    except RecursionError:
        raise InputError("its brackets are nested too deeply", "dess parenteser är nästlade för djupt", where=where) from None
    except MemoryError:
        raise InputError("it is too large for this computer's memory", "den är för stor för datorns minne", where=where) from None
    except ValueError as problem:
        said = " ".join(str(problem).split())[:100]
        raise InputError(
            f"it begins as JSON, but is cut short or broken ({said}); save it again",
            f"den börjar som JSON men är avklippt eller trasig ({said}); spara den på nytt",
            where=where,
        ) from None


def _too_many(what: Words, where: str) -> InputError:
    return InputError(
        f"there are more than {what.en} in it; clear the log before the login, and save one login at a time",
        f"den innehåller mer än {what.sv}; töm loggen före inloggningen och spara en inloggning i taget",
        where=where,
    )


def _of_no_kind(where: str) -> InputError:
    return InputError(
        "this is no saved login, no SAML response (XML or base64), no ID Token, no HAR and no export from SAML-tracer",
        "det här är varken en sparad inloggning, ett SAML-svar (XML eller base64), en ID-token, en HAR-fil eller en export från SAML-tracer",
        where=where,
    )


def _without_logins(read: Trace, where: str) -> InputError:
    if not read.unanswered:
        return InputError(
            "there is no SAML response in it, and no answer by OpenID Connect: start the recording before the login, keep the log between pages, and save it with contents",
            "den innehåller varken ett SAML-svar eller ett svar med OpenID Connect: starta inspelningen före inloggningen, behåll loggen mellan sidor och spara den med innehåll",
            where=where,
        )
    asked = _places(read.unanswered)
    return InputError(
        f"there is no SAML response in it: {asked} was asked for a login, and the answer is not in the file",
        f"den innehåller inget SAML-svar: {asked} ombads logga in någon, men svaret finns inte i filen",
        where=where,
    )


def _places(requests: Sequence[Asked]) -> str:
    return ", ".join(dict.fromkeys(request.destination for request in requests[:3]))
