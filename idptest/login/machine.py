"""The login as a state machine: `outgoing` is to be sent, `receive` takes the answer, until `ended` is set.

What is done on a page, and what must not be done, is `conduct`'s; here is what a browser does: redirects, cookies, headers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from idptest.login.conduct import REDIRECTS, Conduct, End, nowhere
from idptest.login.cookies import CookieJar
from idptest.login.credentials import Credentials
from idptest.login.forms import URLENCODED, encode, read_page
from idptest.login.steps import Move
from idptest.login.urls import is_loopback, origin, resolve, same_endpoint, split
from idptest.model.flow import ARRIVED, NETWORK, TOO_MANY_HOPS, Ended, HttpRequest, HttpResponse, Pairs
from idptest.products.product import Product, Step

BROWSER_HEADERS: Pairs = (
    # Named for what it is; without "Windows NT" in it AD FS shows its form rather than asking for the Windows session.
    ("User-Agent", "Mozilla/5.0 (compatible; idptest)"),
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Language", "sv,en;q=0.8"),
)


class LoginMachine:
    """One login. `first` is the request to the IdP; headers given there replace BROWSER_HEADERS of the same name in every request.

    With `leaving` nobody logs in: the person is logged out, and brought to `acs_url`. `jar` holds the cookies of what went before, and is
    looked at by the time `now`. The caller sends `outgoing` (with `outgoing_body` as it stands, after `wait` seconds, and without
    following redirects), then calls `receive` or `lost`.
    """

    def __init__(
        self,
        first: HttpRequest,
        *,
        acs_url: str,
        credentials: Credentials,
        product: Product | None = None,
        steps: Sequence[Step] = (),
        max_hops: int = 30,
        leaving: bool = False,
        jar: CookieJar | None = None,
        now: datetime | None = None,
    ) -> None:
        self.outgoing: HttpRequest | None = None
        self.outgoing_body: bytes | None = None
        self.ended: Ended | None = None
        self.delivered: HttpRequest | None = None
        self.wait: float = 0
        self.jar = jar or CookieJar()
        self._conduct = Conduct(first.url, acs_url=acs_url, credentials=credentials, product=product, steps=steps, leaving=leaving)
        self._acs, self._max_hops = acs_url, max_hops
        names = {name.lower() for name, _ in first.headers}
        self._headers = (*(pair for pair in BROWSER_HEADERS if pair[0].lower() not in names), *first.headers)
        self._received = 0
        # The user starts at our SP, so its page is what the first request, and the redirects after it, come from.
        self._initiator = (origin(acs_url) or "") + "/"
        self._tainted = False
        self._send(replace(first, headers=()), encode(first.form) if first.form is not None else None, now)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must be taken out of everything that is stored."""
        return self._conduct.secrets

    @property
    def secret_fields(self) -> frozenset[str]:
        """Names of form fields that held a secret."""
        return self._conduct.secret_fields

    @property
    def factors(self) -> tuple[str, ...]:
        """The kinds of credentials that were given, in order."""
        return self._conduct.factors

    @property
    def page(self) -> bytes | None:
        """The body of the page that was not understood."""
        return self._conduct.page

    def receive(self, response: HttpResponse, now: datetime) -> None:
        """Take the answer to `outgoing`; `now` is an aware time. Whatever the answer is, nothing raises."""
        request = self._sent()
        self._received += 1
        self.jar.receive(request.url, (value for name, value in response.headers if name.lower() == "set-cookie"), now)
        location = response.header("location")
        if response.status in REDIRECTS and location is not None:
            self._redirect(request, response.status, _as_utf8(location), now)
        else:
            self._answer(request, response, now)

    def lost(self, error: str) -> None:
        """The answer to `outgoing` did not come: network trouble, in one line."""
        self._sent()
        self._end(End(NETWORK, said=error), self._received + 1)

    def _sent(self) -> HttpRequest:
        if self.outgoing is None:
            raise RuntimeError("the login has ended, or nothing was sent")
        return self.outgoing

    # -- what goes out

    def _send(self, request: HttpRequest, body: bytes | None, now: datetime | None) -> None:
        headers = self._request_headers(request, now)
        request = replace(request, headers=headers)
        self.outgoing, self.outgoing_body, self.wait = None, None, 0
        if same_endpoint(request.url, self._acs):
            self.delivered = request
            self._end(End(ARRIVED), self._received + 1)
        elif self._received >= self._max_hops:
            self._end(End(TOO_MANY_HOPS))
        else:
            self.outgoing, self.outgoing_body = request, body

    def _request_headers(self, request: HttpRequest, now: datetime | None) -> Pairs:
        headers = list(self._headers)
        here, there = origin(self._initiator), origin(request.url)
        # Referrer Policy "strict-origin-when-cross-origin", the default of browsers.
        if here and there and not (here.startswith("https:") and there.startswith("http:") and not is_loopback(request.url)):
            headers.append(("Referer", self._initiator.partition("#")[0] if here == there else here + "/"))
        if request.method == "POST":
            headers.append(("Origin", "null" if self._tainted or here is None else here))
            headers.append(("Content-Type", URLENCODED))
        cookie = self.jar.header(request.url, now, method=request.method, initiator=self._initiator) if now else None
        return (*headers, *([("Cookie", cookie)] if cookie else []))

    # -- what comes in

    def _redirect(self, request: HttpRequest, status: int, location: str, now: datetime) -> None:
        target = resolve(request.url, location)
        if target is None or split(target) is None:
            self._end(nowhere(request.url, location, target))
            return
        # Fetch, "HTTP-redirect fetch": 301 and 302 turn a POST into a GET, 303 turns all but HEAD, 307 and 308 keep method and body.
        keeps = status in (307, 308) or request.method != "POST"
        following = HttpRequest(request.method if keeps else "GET", target, form=request.form if keeps else None)
        if unsafe := self._conduct.unsafe(following, request.url):
            self._end(unsafe)
            return
        # Fetch: Origin becomes "null" once a redirect has left the origin that the request was for.
        self._tainted = self._tainted or (origin(target) != origin(request.url) and origin(request.url) != origin(self._initiator))
        self._send(following, self.outgoing_body if keeps else None, now)

    def _answer(self, request: HttpRequest, response: HttpResponse, now: datetime) -> None:
        page = read_page(request.url, response.body, response.header("content-type"), response.header("refresh"))
        choice = self._conduct.choose(page, response, now)
        if isinstance(choice, Move):
            self._conduct.made(choice)
            self._initiator, self._tainted = page.url, False
            self._send(choice.request, choice.body, now)
            self.wait = choice.wait if self.outgoing else 0
        else:
            self._end(choice)

    def _end(self, end: End, exchange: int | None = None) -> None:
        self.outgoing, self.outgoing_body, self.wait = None, None, 0
        self.ended = self._conduct.ended(end, self._received if exchange is None else exchange)


def _as_utf8(header: str) -> str:
    """HTTP clients hand out header bytes as Latin-1; browsers read a Location as UTF-8."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header
