"""The login as a state machine: `outgoing` is to be sent, `receive` takes the answer, until `ended` is set.

When credentials are sent. A password is sent once in a login, a code once: when the form comes back it is a refusal. A form gets
credentials only if (1) its address is of the same site as its page, or of a site that the IdP itself has led to (the first request's,
and those at which a page was shown), never our own ACS; and (2) it goes over https, or to this very machine, or to the host of the
first request when that was plain http too, because the IdP then declared its login there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from idptest.login.cookies import CookieJar
from idptest.login.credentials import Credentials
from idptest.login.errorpages import Refusal, general_refusal, refusal, said
from idptest.login.forms import URLENCODED, encode, read_page
from idptest.login.page import Page
from idptest.login.redaction import conceal
from idptest.login.steps import CREDENTIALS, Move, Situation, Stop, choose, hands_over
from idptest.login.urls import host, is_loopback, origin, resolve, same_endpoint, site, split
from idptest.model.flow import (
    ARRIVED,
    NETWORK,
    PAGE_NOT_UNDERSTOOD,
    REFUSED_BY_IDP,
    TOO_MANY_HOPS,
    Ended,
    HttpRequest,
    HttpResponse,
    PageSummary,
    Pairs,
)
from idptest.products import products_of_page
from idptest.products.product import ONE_TIME_CODE, PASSWORD, USERNAME, Product, Step

BROWSER_HEADERS: Pairs = (
    # Named for what it is; without "Windows NT" in it AD FS shows its form rather than asking for the Windows session.
    ("User-Agent", "Mozilla/5.0 (compatible; idptest)"),
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Language", "sv,en;q=0.8"),
)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HTML = re.compile(r"text/html|application/xhtml\+xml", re.IGNORECASE)


class LoginMachine:
    """One login. `first` is the request to the IdP; headers given there replace BROWSER_HEADERS of the same name in every request.

    `now` of the first request's cookies does not matter: the jar is empty. The caller sends `outgoing` (with `outgoing_body` as it
    stands, and without following redirects), then calls `receive` or `lost`.
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
    ) -> None:
        self.outgoing: HttpRequest | None = None
        self.outgoing_body: bytes | None = None
        self.ended: Ended | None = None
        self.delivered: HttpRequest | None = None
        self.factors: tuple[str, ...] = ()
        self.page: bytes | None = None
        self.secret_fields: frozenset[str] = frozenset()
        self.jar = CookieJar()
        self._acs, self._credentials, self._product, self._steps, self._max_hops = acs_url, credentials, product, tuple(steps), max_hops
        self._first_url = first.url
        names = {name.lower() for name, _ in first.headers}
        self._headers = (*(pair for pair in BROWSER_HEADERS if pair[0].lower() not in names), *first.headers)
        self._sites = {site(first.url)}
        self._given: list[str] = []
        self._done: list[Step] = []
        self._codes: list[str] = []
        self._received = 0
        # The user starts at our SP, so its page is what the first request, and the redirects after it, come from.
        self._initiator = (origin(acs_url) or "") + "/"
        self._tainted = False
        self._now: datetime | None = None
        self._send(replace(first, headers=()), encode(first.form) if first.form is not None else None, None)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must be taken out of everything that is stored: the credentials' secrets and the codes made from them."""
        return (*self._credentials.secrets(), *self._codes)

    def receive(self, response: HttpResponse, now: datetime) -> None:
        """Take the answer to `outgoing`; `now` is an aware time. Whatever the answer is, nothing raises."""
        request = self._sent()
        self._received += 1
        self.jar.receive(request.url, (value for name, value in response.headers if name.lower() == "set-cookie"), now)
        location = response.header("location")
        if response.status in _REDIRECTS and location is not None:
            self._redirect(request, response.status, _as_utf8(location), now)
        else:
            self._answer(request, response, now)

    def lost(self, error: str) -> None:
        """The answer to `outgoing` did not come: network trouble, in one line."""
        self._sent()
        self._end(NETWORK, said=error, exchange=self._received + 1)

    def _sent(self) -> HttpRequest:
        if self.outgoing is None:
            raise RuntimeError("the login has ended, or nothing was sent")
        return self.outgoing

    # -- what goes out

    def _send(self, request: HttpRequest, body: bytes | None, now: datetime | None) -> None:
        headers = self._request_headers(request, now)
        request = replace(request, headers=headers)
        self.outgoing, self.outgoing_body = None, None
        if same_endpoint(request.url, self._acs):
            self.delivered = request
            self._end(ARRIVED, exchange=self._received + 1)
        elif self._received >= self._max_hops:
            self._end(TOO_MANY_HOPS)
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
            scheme = (target or location).partition(":")[0][:40]
            known = bool(re.fullmatch(r"(?!https?$)[A-Za-z][A-Za-z0-9+.-]*", scheme, re.IGNORECASE)) and ":" in location
            self._end(
                PAGE_NOT_UNDERSTOOD,
                reason="redirect-to-other-program" if known else "redirect-without-address",
                said=location[:200] or None,
                page=PageSummary(request.url, ""),
            )
            return
        # Fetch, "HTTP-redirect fetch": 301 and 302 turn a POST into a GET, 303 turns all but HEAD, 307 and 308 keep method and body.
        keeps = status in (307, 308) or request.method != "POST"
        following = HttpRequest(request.method if keeps else "GET", target, form=request.form if keeps else None)
        if following.form is not None and self._given and self._carries_secret(following) and not self._may_have(target, request.url):
            self._end(PAGE_NOT_UNDERSTOOD, reason=self._forbidden(target), said=target[:200])
            return
        # Fetch: Origin becomes "null" once a redirect has left the origin that the request was for.
        self._tainted = self._tainted or (origin(target) != origin(request.url) and origin(request.url) != origin(self._initiator))
        self._send(following, self.outgoing_body if keeps else None, now)

    def _carries_secret(self, request: HttpRequest) -> bool:
        return any(value in self.secrets for _, value in request.form or ())

    def _answer(self, request: HttpRequest, response: HttpResponse, now: datetime) -> None:
        content_type = response.header("content-type")
        page = read_page(request.url, response.body, content_type, response.header("refresh"))
        candidates = self._products(page, response)
        no = None if hands_over(page) else refusal(page, candidates, self._given)
        if no:
            self._refused(no, page)
            return
        self._sites.add(site(request.url))
        self._now = now
        steps = (*self._steps, *(step for product in candidates for step in product.steps))
        choice = choose(page, steps, Situation(self._supply, tuple(self._given), tuple(self._done)))
        if isinstance(choice, Move):
            choice = self._forbids(choice, page) or self._unwise(choice, response) or choice
        if isinstance(choice, Move):
            self._go(choice, page, now)
            return
        if choice is None and (no := general_refusal(page, self._given)):
            self._refused(no, page)
            return
        if choice is None:
            choice = Stop(PAGE_NOT_UNDERSTOOD, _why(page, response, content_type))
        if choice.how == PAGE_NOT_UNDERSTOOD:
            self.page = response.body
        self._end(choice.how, choice.reason, said(page), page.summary())

    def _refused(self, no: Refusal, page: Page) -> None:
        self._end(REFUSED_BY_IDP, no.reason, no.said, page.summary())

    def _products(self, page: Page, response: HttpResponse) -> tuple[Product, ...]:
        found = products_of_page(page.source, response.headers)
        own = (self._product,) if self._product else ()
        return (*own, *(product for product in found if product not in own))

    def _supply(self, use: str) -> str | None:
        values = {USERNAME: self._credentials.username, PASSWORD: self._credentials.password}
        if use == ONE_TIME_CODE and self._now is not None:
            code = self._credentials.one_time_code(self._now)
            if code and code not in self._codes:
                self._codes.append(code)
            return code
        return values.get(use)

    def _go(self, move: Move, page: Page, now: datetime) -> None:
        if move.step is not None:
            self._done.append(move.step)
        self._given += [use for use in move.gives if use not in self._given]
        proven = [use for use in move.gives if use in (PASSWORD, ONE_TIME_CODE)]
        proven += [move.factor] if move.factor and move.factor not in proven else []
        self.factors = (*self.factors, *(factor for factor in proven if factor not in self.factors))
        self.secret_fields |= frozenset(move.fields)
        self._initiator, self._tainted = page.url, False
        self._send(move.request, move.body, now)

    # -- what must not happen

    def _may_have(self, target: str, page_url: str) -> bool:
        """May credentials go there? See the module's text."""
        if same_endpoint(target, self._acs) or (site(target) not in self._sites and not _upgrade(page_url, target)):
            return False
        return self._private(target)

    def _private(self, target: str) -> bool:
        declared = self._first_url.startswith("http:") and host(target) == host(self._first_url)
        return target.startswith("https:") or is_loopback(target) or declared

    def _forbidden(self, target: str) -> str:
        return "password-to-another-site" if self._private(target) else "password-over-plain-http"

    def _forbids(self, move: Move, page: Page) -> Stop | None:
        if not any(use in CREDENTIALS for use in move.gives) or self._may_have(move.request.url, page.url):
            return None
        return Stop(PAGE_NOT_UNDERSTOOD, self._forbidden(move.request.url))

    def _unwise(self, move: Move, response: HttpResponse) -> Stop | None:
        """On an error page a lone text field may be anything, such as an address for the error report. A login form with 401, or a
        form that a script submits, is taken as a browser takes it."""
        lone = move.step is None and move.gives == (USERNAME,)
        return Stop(PAGE_NOT_UNDERSTOOD, "error-page") if lone and response.status >= 400 else None

    def _end(
        self, how: str, reason: str | None = None, said: str | None = None, page: PageSummary | None = None, exchange: int | None = None
    ) -> None:
        self.outgoing = self.outgoing_body = None
        self.ended = Ended(
            how=how,
            exchange=self._received if exchange is None else exchange,
            reason=reason,
            said=conceal(said, self.secrets) if said else said,
            page=page and self._clean(page),
        )

    def _clean(self, page: PageSummary) -> PageSummary:
        """A page may repeat what was typed."""

        def clean(texts: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(conceal(text, self.secrets) for text in texts)

        url, title = clean((page.url, page.title))
        return PageSummary(url, title, clean(page.links), clean(page.fields), clean(page.buttons))


def _upgrade(page_url: str, target: str) -> bool:
    """From http to https on the same site: to the better, so allowed."""
    one, other = site(page_url), site(target)
    return one is not None and other is not None and one[1] == other[1] and other[0] == "https"


def _why(page: Page, response: HttpResponse, content_type: str | None) -> str:
    """The reason, for a page on which nothing was understood."""
    challenges = " ".join(value for name, value in response.headers if name.lower() == "www-authenticate").lower()
    if response.status == 401 and re.search(r"negotiate|ntlm|kerberos", challenges):
        return "integrated-windows-login"
    if response.status == 401 and "basic" in challenges:
        return "http-basic-login"
    if response.status in _REDIRECTS and not page.forms and not page.links:
        return "redirect-without-address"
    if response.status >= 400:
        return "error-page"
    if response.status == 204 or (not _HTML.search(content_type or "text/html")) or "<" not in page.source:
        return "not-a-web-page"
    if page.scripted and not any(form.shown or form.buttons for form in page.forms) and len(page.text) < 400:
        return "script-needed"
    return "unknown-page"


def _as_utf8(header: str) -> str:
    """HTTP clients hand out header bytes as Latin-1; browsers read a Location as UTF-8."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header
