"""What a login does on each page, whoever turns the pages: LoginMachine over HTTP, or a browser. Remembers what was given.

When credentials are sent. A password is sent once in a login, a code once: when the form comes back it is a refusal. A form gets
credentials only if (1) its address is of the same site as its page, or of a site that the IdP itself has led to (the first request's,
and those at which a page was shown), never our own ACS; and (2) it goes over https, or to this very machine, or to the host of the
first request when that was plain http too, because the IdP then declared its login there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from idptest.login.consent import seems
from idptest.login.credentials import Credentials
from idptest.login.errorpages import Refusal, general_refusal, refusal, said
from idptest.login.fields import folded
from idptest.login.page import Page
from idptest.login.redaction import conceal
from idptest.login.steps import CREDENTIALS, Move, Situation, Stop, choose, hands_over
from idptest.login.urls import host, is_loopback, same_endpoint, site
from idptest.model.flow import PAGE_NOT_UNDERSTOOD, REFUSED_BY_IDP, Ended, HttpRequest, HttpResponse, PageSummary
from idptest.products import products_of_page
from idptest.products.product import ONE_TIME_CODE, PASSWORD, USERNAME, Product, Step

# Reasons of a login that a person did not finish.
WINDOW_CLOSED, TIME_OUT = "window-closed", "time-out"
_SCRIPT_NEEDED = "script-needed"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HTML = re.compile(r"text/html|application/xhtml\+xml", re.IGNORECASE)
# Ways to log in, as links and buttons name them, folded; and what else mentions them.
_METHOD = re.compile(
    r"\bbank ?id\b|\bfreja\b|\bsiths\b|\befos\b|\be ?leg|smart ?(card|kort)|tjanstekort|certifi[ck]at|losenord|password|engangskod|one time|"
    r"authenticator|\bmfa\b|windows ?(inlogg|logon|hello)|security key|sakerhetsnyckel|passkey"
)
_HELP = re.compile(r"glomt|forgot|\bbyt\b|change|aterstall|reset|hjalp|help|skaffa|visa|show|las mer|read more")
_OTHER_PROGRAM = re.compile(r"(?!https?$)[A-Za-z][A-Za-z0-9+.-]*", re.IGNORECASE)


@dataclass(frozen=True)
class End:
    """The login ends here: what `ended` takes."""

    how: str
    reason: str | None = None
    said: str | None = None
    page: PageSummary | None = None


class Conduct:
    """`factors`, `secrets` and `secret_fields` tell what has been given; `page` is the body of the page that was not understood.

    `scripts`: whoever turns the pages runs their scripts.
    """

    def __init__(
        self,
        first_url: str,
        *,
        acs_url: str,
        credentials: Credentials,
        product: Product | None = None,
        steps: Sequence[Step] = (),
        scripts: bool = False,
        leaving: bool = False,
    ) -> None:
        self.factors: tuple[str, ...] = ()
        self.secret_fields: frozenset[str] = frozenset()
        self.page: bytes | None = None
        self._first_url, self._acs = first_url, acs_url
        self._credentials, self._product, self._steps = credentials, product, tuple(steps)
        self._scripts, self._leaving = scripts, leaving
        self._sites = {site(first_url)}
        self._given: list[str] = []
        self._done: list[Step] = []
        self._consented: list[str] = []
        self._codes: list[str] = []
        self._shown = ("", "")
        self._moved: set[tuple[str, str]] = set()
        self._now: datetime | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must be taken out of everything that is stored: the credentials' secrets and the codes made from them."""
        return (*self._credentials.secrets(), *self._codes)

    def choose(self, page: Page, response: HttpResponse, now: datetime) -> Move | End:
        """What to do on the page that came with `response`. Nothing is remembered as given until the move is `made`."""
        candidates = self._products(page, response)
        no = None if hands_over(page) else refusal(page, candidates, self._given)
        if no:
            return _refused(no, page)
        self._sites.add(site(page.url))
        self._now, self._shown = now, (page.url, page.title)
        steps = (*self._steps, *(step for product in candidates for step in product.steps))
        choice = choose(page, steps, self._situation(candidates))
        if isinstance(choice, Move):
            choice = self._forbids(choice, page) or _unwise(choice, response) or choice
        if isinstance(choice, Move):
            return choice
        if choice is None and (no := general_refusal(page, self._given)):
            return _refused(no, page)
        if choice is None:
            choice = Stop(PAGE_NOT_UNDERSTOOD, _why(page, response, self._scripts))
        if choice.how == PAGE_NOT_UNDERSTOOD:
            self.page = response.body
        return End(choice.how, choice.reason, said(page), self._summary(page))

    def _summary(self, page: Page) -> PageSummary:
        """Where a script builds one page after another at one address, under one title, the heading tells which it is."""
        return replace(page, title=page.heading or page.title).summary() if self._shown in self._moved else page.summary()

    def _situation(self, candidates: Sequence[Product]) -> Situation:
        return Situation(
            self._supply,
            tuple(self._given),
            tuple(self._done),
            halts=[halt for product in candidates for halt in product.halts if not (self._scripts and halt.reason == _SCRIPT_NEEDED)],
            consents=[consent for product in candidates for consent in product.consents],
            consented=tuple(self._consented),
            leaving=self._leaving,
        )

    def made(self, move: Move) -> None:
        """The move is being made: what it gives has been given."""
        self._moved.add(self._shown)
        if move.step is not None:
            self._done.append(move.step)
        if move.consent is not None:
            self._consented.append(move.consent)
        self._given += [use for use in move.gives if use not in self._given]
        proven = [use for use in move.gives if use in (PASSWORD, ONE_TIME_CODE)]
        proven += [move.factor] if move.factor and move.factor not in proven else []
        self.factors = (*self.factors, *(factor for factor in proven if factor not in self.factors))
        self.secret_fields |= frozenset(move.fields)

    def unsafe(self, request: HttpRequest, page_url: str) -> End | None:
        """Why this request, which follows on a page or a redirect, must not be sent: it would carry a secret to where none may go."""
        if not self._given or self._may_have(request.url, page_url) or not any(value in self.secrets for _, value in request.form or ()):
            return None
        return End(PAGE_NOT_UNDERSTOOD, self._forbidden(request.url), request.url[:200])

    def ended(self, end: End, exchange: int) -> Ended:
        """The end as a flow keeps it, no secret in it: a page may repeat what was typed."""
        return Ended(
            how=end.how,
            exchange=exchange,
            reason=end.reason,
            said=conceal(end.said, self.secrets) if end.said else end.said,
            page=end.page and self._clean(end.page),
        )

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

    def _clean(self, page: PageSummary) -> PageSummary:
        def clean(texts: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(conceal(text, self.secrets) for text in texts)

        url, title = clean((page.url, page.title))
        return PageSummary(url, title, clean(page.links), clean(page.fields), clean(page.buttons))


def nowhere(page_url: str, location: str, target: str | None) -> End:
    """A redirect that leads to no web address: to an app of a phone or computer, or to nothing."""
    scheme = (target or location).partition(":")[0][:40]
    known = bool(_OTHER_PROGRAM.fullmatch(scheme)) and ":" in location
    reason = "redirect-to-other-program" if known else "redirect-without-address"
    return End(PAGE_NOT_UNDERSTOOD, reason, location[:200] or None, PageSummary(page_url, ""))


def _refused(no: Refusal, page: Page) -> End:
    return End(REFUSED_BY_IDP, no.reason, no.said, page.summary())


def _unwise(move: Move, response: HttpResponse) -> Stop | None:
    """On an error page a lone text field may be anything, such as an address for the error report. A login form with 401, or a
    form that a script submits, is taken as a browser takes it."""
    lone = move.step is None and move.gives == (USERNAME,)
    return Stop(PAGE_NOT_UNDERSTOOD, "error-page") if lone and response.status >= 400 else None


def _upgrade(page_url: str, target: str) -> bool:
    """From http to https on the same site: to the better, so allowed."""
    one, other = site(page_url), site(target)
    return one is not None and other is not None and one[1] == other[1] and other[0] == "https"


def _why(page: Page, response: HttpResponse, scripts: bool) -> str:
    """The reason, for a page on which nothing was understood. `scripts`: what they build has been built."""
    challenges = " ".join(value for name, value in response.headers if name.lower() == "www-authenticate").lower()
    if response.status == 401 and re.search(r"negotiate|ntlm|kerberos", challenges):
        return "integrated-windows-login"
    if response.status == 401 and "basic" in challenges:
        return "http-basic-login"
    if response.status in REDIRECTS and not page.forms and not page.links:
        return "redirect-without-address"
    if response.status >= 400:
        return "error-page"
    if response.status == 204 or (not _HTML.search(response.header("content-type") or "text/html")) or "<" not in page.source:
        return "not-a-web-page"
    if len(_methods(page)) > 1:
        return "login-method-choice"
    if seems(page):
        return "consent-asked"
    if not scripts and page.scripted and not any(form.shown or form.buttons for form in page.forms) and len(page.text) < 400:
        return _SCRIPT_NEEDED
    return "unknown-page"


def _methods(page: Page) -> set[str]:
    """What the page's links and buttons offer of ways to log in."""
    offered = [link.text for link in page.links] + [button.text for form in page.forms for button in form.buttons]
    offered += [button.text for button in page.loose_buttons]
    return {words for text in offered if _METHOD.search(words := folded(text)) and not _HELP.search(words)}
