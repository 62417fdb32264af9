"""The driver `browser`: an Edge, Chrome or Chromium that is there, through Playwright; steered by us, or shown to a person.

What is done on a page is decided as without a browser (`login.conduct`); typing and pressing is the browser's, and so are cookies,
redirects and scripts. The profile is new each time, and removed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from idptest.adapters import browser_found
from idptest.adapters.browser_page import Pages
from idptest.adapters.browser_wire import Wire
from idptest.adapters.client_certificate import ClientCertificate
from idptest.adapters.driver import Drive, Driven, Driver, Errand, Progress, Say
from idptest.adapters.sp_server import opening
from idptest.login.conduct import TIME_OUT, WINDOW_CLOSED, Conduct, End
from idptest.login.typed import typed
from idptest.login.urls import origin
from idptest.model.flow import ARRIVED, PAGE_NOT_UNDERSTOOD, Exchange
from idptest.model.rule import Words

_HOPS, _HOPS_OF_A_PERSON = 30, 300
_GLANCE = 1500  # milliseconds that a person sees that it is done


@dataclass(frozen=True)
class BrowserDriver(Driver):
    """`timeout` is how many seconds a page may take, `patience` a whole login. `by_hand`: a person logs in; then the window is shown."""

    now: Callable[[], datetime]
    by_hand: bool = False
    timeout: float = 30
    patience: float = 300
    proxy: str | None = None
    certificate: ClientCertificate | None = None
    progress: Progress = lambda request: None
    say: Say = lambda words: None
    headless: bool | None = None

    @contextmanager
    def session(self) -> Iterator[Drive]:
        headless = not self.by_hand if self.headless is None else self.headless
        with browser_found.launched(headless=headless, proxy=self.proxy) as browser:
            # In a person's window everything is as in their own browser; a page that we read should come in Swedish, as with `form`.
            language = {} if self.by_hand else {"locale": "sv-SE", "extra_http_headers": {"Accept-Language": "sv,en;q=0.8"}}
            settings = {"service_workers": "block", "accept_downloads": False, "no_viewport": not headless, **language}

            def drive(errand: Errand) -> Driven:
                # The first errand tells to whom a certificate is shown.
                context = browser.contexts[0] if browser.contexts else browser.new_context(**settings, **self._certificates(errand))
                return _Login(self, errand, context, browser).run()

            yield drive

    def _certificates(self, errand: Errand) -> dict[str, Any]:
        """Playwright wants to know to whom a certificate is shown: the IdP, and the names that AD FS has for such logins."""
        if self.certificate is None:
            return {}
        parts = urlsplit(errand.first.url)
        hosts = (parts.netloc, f"certauth.{parts.hostname}", f"{parts.hostname}:49443")
        pair = {"cert": self.certificate.chain, "key": self.certificate.key}
        return {"client_certificates": [{"origin": f"https://{host}", **pair} for host in hosts]}


class _Login:
    """One login in one browser."""

    def __init__(self, driver: BrowserDriver, errand: Errand, context: Any, browser: Any) -> None:
        self._driver, self._errand, self._context, self._browser = driver, errand, context, browser
        self._conduct = Conduct(
            errand.first.url,
            acs_url=errand.sent.acs_url,
            credentials=errand.credentials,
            product=errand.product,
            steps=errand.steps,
            scripts=True,
            leaving=errand.leaving,
        )
        # The login starts at a page of ours, as a user's does: what follows is then cross-site, which SameSite cookies mind.
        start = (origin(errand.sent.acs_url) or "") + "/idptest-start"
        unsafe = None if driver.by_hand else self._conduct.unsafe
        hops = _HOPS_OF_A_PERSON if driver.by_hand else _HOPS
        self._wire = Wire(errand.sent.acs_url, (start, opening(errand.first)), driver.now, driver.progress, unsafe, hops)
        self._start = start

    def run(self) -> Driven:
        if self._driver.by_hand:
            leaving = Words("say yes to logging out, if you are asked", "svara ja på att logga ut, om du får frågan")
            self._driver.say(
                leaving if self._errand.leaving else Words("log in in the window that opens", "logga in i fönstret som öppnas")
            )
        end = self._end()
        exchanges = self._wire.exchanges()
        if not exchanges:  # closed before the first page
            exchanges = (Exchange(1, self._driver.now(), self._errand.first),)
        ended = self._conduct.ended(end, len(exchanges))
        if self._driver.by_hand:
            secrets, fields = typed(exchanges)
            return Driven(exchanges, ended, (), secrets, fields)
        # Whether the IdP asked for the certificate, the browser does not tell: then what was given is not known.
        factors = () if self._driver.certificate else self._conduct.factors
        return Driven(exchanges, ended, factors, self._conduct.secrets, self._conduct.secret_fields, self._conduct.page)

    def _end(self) -> End:
        """Runs the login to its end, whatever that is."""
        from playwright.sync_api import Error

        try:
            earlier = self._context.pages
            page = self._context.new_page()
            self._wire.watch(self._context, page)
            self._context.on("page", self._opened)
            for each in earlier:  # of the errand before this one
                each.close()
            page.goto(self._start, wait_until="commit")
            return self._turn(page)
        except Error as problem:
            said = str(problem).partition("\n")[0][:200]
            gone = End(PAGE_NOT_UNDERSTOOD, "unknown-page", said) if self._open() else End(PAGE_NOT_UNDERSTOOD, WINDOW_CLOSED)
            return self._over() or gone
        finally:
            self._context.remove_listener("page", self._opened)

    def _opened(self, other: Any) -> None:
        self._wire.watch(self._context, other)

    def _turn(self, page: Any) -> End:
        from playwright.sync_api import Error

        pages = Pages(self._wire, self._conduct, self._driver.now, self._driver.timeout)
        last = time.monotonic() + self._driver.patience
        while time.monotonic() < last:
            if end := self._over():
                if self._driver.by_hand and end.how == ARRIVED:
                    page.wait_for_timeout(_GLANCE)
                return end
            if not self._open():
                return End(PAGE_NOT_UNDERSTOOD, WINDOW_CLOSED)
            try:
                (self._context.pages[-1] if page.is_closed() else page).wait_for_timeout(100)
                if not self._driver.by_hand and (end := pages.look(page)):
                    return end
            except Error:
                if not self._open():
                    continue
                time.sleep(0.05)
        return End(PAGE_NOT_UNDERSTOOD, TIME_OUT)

    def _over(self) -> End | None:
        return End(ARRIVED) if self._wire.delivered is not None else self._wire.end

    def _open(self) -> bool:
        return bool(self._browser.is_connected() and self._context.pages)
