"""Exempelstad behind a loopback address, for browsers: its pure function, served, with its pages changed as a test wants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count
from urllib.parse import parse_qsl

from idptest.adapters import clock
from idptest.demo.defects import defect
from idptest.demo.idp import Exempelstad, State
from idptest.model.flow import HttpRequest, HttpResponse
from tests.interop.pages import Answer, Asked, Pages

SP, ACS = "https://idptest.exempelstad.se/sp", "https://localhost:8443/saml/acs"


class Town:
    """`pages` is the server, entered by the test. `change` may replace an answer. With ids that are `numbered`, two towns are alike."""

    def __init__(
        self,
        *defects: str,
        change: Callable[[HttpRequest, HttpResponse], HttpResponse] = lambda request, response: response,
        numbered: bool = False,
    ):
        numbers = count(1)
        new_id = (lambda: f"id-{next(numbers):04d}") if numbered else clock.new_id
        self.idp = Exempelstad({SP: ACS}, new_id, [each for name in defects if (each := defect(name))])
        self.state, self.change = State(), change
        self.pages = Pages(self._answer)

    def metadata(self) -> bytes:
        return self.idp.metadata(datetime.now(UTC)).replace(b"https://idp.exempelstad.se/sso", f"{self.pages.url}/sso".encode())

    def _answer(self, asked: Asked) -> Answer:
        form = tuple(parse_qsl(asked.body, keep_blank_values=True)) if asked.method == "POST" else None
        request = HttpRequest(asked.method, self.pages.url + asked.target, tuple(asked.headers.items()), form)
        self.state, response = self.idp.respond(self.state, request, datetime.now(UTC))
        response = self.change(request, response)
        return Answer(response.body.decode(), response.status, response.headers)


def cookies(asked: Sequence[Asked]) -> list[tuple[str, str, str]]:
    """What each request brought: method, path, the Cookie header."""
    return [(each.method, each.path, each.headers.get("Cookie", "")) for each in asked if each.path != "/favicon.ico"]
