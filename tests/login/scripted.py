"""A login machine and a scripted IdP that answers it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from idptest.login.credentials import Credentials
from idptest.login.machine import LoginMachine
from idptest.model.flow import HttpRequest, HttpResponse
from idptest.products import product, reason_words
from idptest.products.product import Product, Step

PAGES = Path(__file__).parents[2] / "fixtures" / "pages"
NOW = datetime(2026, 11, 22, 7, 45, tzinfo=UTC)
ACS = "https://idptest.exempelstad.se/saml/acs"
SSO = "https://idp.kommun.example/sso?SAMLRequest=fZJ"
LARARE = Credentials("lärare1", "Sömmar&2026", "JBSWY3DPEHPK3PXP")
POSTED = f"<form method=post action='{ACS}?x=1'><input type=hidden name=SAMLResponse value=abc></form><script>document.forms[0].submit()</script>"
LOGIN = "<form method=post action=login><button name=avbryt>Avbryt</button><input name=u><input type=password name=p><button>Logga in</button></form>"


def html(body: str, status: int = 200, *headers: tuple[str, str], encoding: str = "utf-8") -> HttpResponse:
    return HttpResponse(status, (("Content-Type", f"text/html; charset={encoding}"), *headers), body.encode(encoding))


def moved(status: int, location: str, *headers: tuple[str, str]) -> HttpResponse:
    return HttpResponse(status, (("Location", location), *headers))


def saved(name: str) -> HttpResponse:
    return html((PAGES / f"{name}.html").read_text("utf-8"))


class Login:
    """A machine and what it sent; every answer comes one second after the one before."""

    def __init__(
        self,
        *answers: HttpResponse,
        first: str | HttpRequest = SSO,
        credentials: Credentials = LARARE,
        product: Product | None = None,
        steps: tuple[Step, ...] = (),
        max_hops: int = 30,
    ) -> None:
        request = HttpRequest("GET", first) if isinstance(first, str) else first
        self.machine = LoginMachine(request, acs_url=ACS, credentials=credentials, product=product, steps=steps, max_hops=max_hops)
        self.sent: list[HttpRequest] = []
        self.bodies: list[bytes | None] = []
        self.now = NOW
        for answer in answers:
            self.answer(answer)

    def answer(self, response: HttpResponse) -> None:
        assert self.machine.outgoing is not None, self.machine.ended
        self.sent.append(self.machine.outgoing)
        self.bodies.append(self.machine.outgoing_body)
        self.now += timedelta(seconds=1)
        self.machine.receive(response, self.now)

    @property
    def next(self) -> HttpRequest:
        assert self.machine.outgoing is not None, self.machine.ended
        return self.machine.outgoing

    @property
    def outcome(self) -> tuple[str, str | None, int]:
        ended = self.machine.ended
        assert ended is not None and self.machine.outgoing is None
        assert ended.reason is None or reason_words(ended.reason)
        return ended.how, ended.reason, ended.exchange


def header(request: HttpRequest, name: str) -> str | None:
    return dict(request.headers).get(name)


EXEMPELSTAD = product("exempelstad")
