"""Logins in files that idptest did not write: a SAML response, a browser's HAR, SAML-tracer's export. Bytes in, logins out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from idptest.captured import har, saml_response, saml_tracer
from idptest.captured.found import Found
from idptest.captured.messages import Asked
from idptest.captured.pairing import MOST_LOGINS, Trace, trace
from idptest.errors import InputError

__all__ = ["Found", "is_flow", "logins"]

_FLOW = re.compile(rb'\s*\{\s*"format"\s*:\s*"idptest-flow/')


def is_flow(data: bytes) -> bool:
    """Whether it begins as the flows do that idptest saves."""
    return bool(_FLOW.match(data[:1000].removeprefix(b"\xef\xbb\xbf")))


def logins(data: bytes, where: str) -> tuple[Found, ...]:
    """The logins in the file, at least one, in order of time. Raises InputError, which names the file as `where`."""
    start = data[:100].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
    if not start.startswith(b"{"):
        found = saml_response.read(data, where)
        if found is None:
            raise _of_no_kind(where)
        return (found,)
    plain = _json(data, where)
    if har.is_har(plain):
        read = trace(har.entries(plain))
    elif saml_tracer.is_export(plain):
        read = trace(saml_tracer.entries(plain))
    else:
        raise _of_no_kind(where)
    if not read.logins:
        raise _without_logins(read, where)
    if len(read.logins) > MOST_LOGINS:
        raise InputError(
            f"there are more than {MOST_LOGINS} logins in it; save one at a time",
            f"den innehåller mer än {MOST_LOGINS} inloggningar; spara en i taget",
            where=where,
        )
    return read.logins


def _json(data: bytes, where: str) -> object:
    try:
        return json.loads(data)
    except RecursionError:
        raise InputError("its brackets are nested too deeply", "dess klamrar är kapslade för djupt", where=where) from None
    except MemoryError:
        raise InputError("it is too large for this computer's memory", "den är för stor för datorns minne", where=where) from None
    except ValueError as problem:
        said = " ".join(str(problem).split())[:100]
        raise InputError(
            f"it begins as JSON, but is cut short or broken ({said}); save it again",
            f"den börjar som JSON men är avklippt eller trasig ({said}); spara den på nytt",
            where=where,
        ) from None


def _of_no_kind(where: str) -> InputError:
    return InputError(
        "this is no saved login, no SAML response (XML or base64), no HAR and no export from SAML-tracer",
        "det här är varken en sparad inloggning, ett SAML-svar (XML eller base64), en HAR-fil eller en export från SAML-tracer",
        where=where,
    )


def _without_logins(read: Trace, where: str) -> InputError:
    if not read.unanswered:
        return InputError(
            "there is no SAML response in it: start the recording before the login, keep the log between pages, and save it with contents",
            "den innehåller inget SAML-svar: starta inspelningen före inloggningen, behåll loggen mellan sidor och spara den med innehåll",
            where=where,
        )
    asked = _places(read.unanswered)
    return InputError(
        f"there is no SAML response in it: {asked} was asked for a login, and the answer is not in the file",
        f"den innehåller inget SAML-svar: {asked} ombads logga in någon, och svaret finns inte i filen",
        where=where,
    )


def _places(requests: Sequence[Asked]) -> str:
    return ", ".join(dict.fromkeys(request.destination for request in requests[:3]))
