"""What a person has typed into the pages of a login that we only watched: it is theirs, and is taken out of what is stored."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

from idptest.login.forms import read_page
from idptest.login.page import Control
from idptest.login.redaction import SHORTEST
from idptest.model.flow import Exchange, HttpRequest

_MESSAGES = frozenset({"SAMLRequest", "SAMLResponse", "RelayState", "wresult", "id_token", "code", "state"})


def typed(exchanges: Sequence[Exchange]) -> tuple[tuple[str, ...], frozenset[str]]:
    """(the texts, the names of the fields). Of a form sent by POST, all but what stood in the page's hidden fields; of one by GET, what
    stood in fields that are shown. A message between parties holds nothing typed.
    """
    secrets: list[str] = []
    fields: set[str] = set()
    controls: dict[str, Control] = {}
    for exchange in exchanges:
        pairs = exchange.request.form or _query(exchange.request, controls)
        if not any(name in _MESSAGES for name, _ in pairs):
            for name, value in pairs:
                control = controls.get(name)
                if control is None or (control.kind != "hidden" and value not in control.values):
                    fields.add(name)
                    if len(value) >= SHORTEST and value not in secrets and (control is None or control.is_text):
                        secrets.append(value)
        response = exchange.response
        if response is not None and response.body:
            page = read_page(exchange.request.url, response.body, response.header("content-type"))
            controls = {control.name: control for form in page.forms for control in form.controls}
    return tuple(secrets), frozenset(fields)


def _query(request: HttpRequest, controls: dict[str, Control]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in parse_qsl(urlsplit(request.url).query) if name in controls)
