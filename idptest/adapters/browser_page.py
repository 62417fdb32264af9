"""Reading a browser's page as a person sees it, and typing and pressing there."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from idptest.adapters.browser_wire import Wire
from idptest.login.conduct import Conduct, End
from idptest.login.forms import read_page
from idptest.login.page import MARK, Control, Link
from idptest.login.steps import Move
from idptest.model.flow import PAGE_NOT_UNDERSTOOD, HttpResponse

_SETTLED = 0.4  # seconds without a change: the page is read
_ANSWERED = 1.0  # the same for a page that we have acted on, and that its script changes
_SCRIPT = 3.0  # seconds that a page has to go on by itself
_STUCK = 5.0  # seconds without a change and without traffic: nothing more will come
_ACTION = 5000  # milliseconds

_ELEMENTS = "input,select,textarea,button,a"
# A copy of the page as it stands: what cannot be seen is hidden in it, what scripts make of it is plain, and each element has its number.
_COPY = f"""() => {{
  const copy = document.documentElement.cloneNode(true);
  const body = copy.querySelector('body');
  const all = document.querySelectorAll('{_ELEMENTS}'), twins = copy.querySelectorAll('{_ELEMENTS}');
  const seen = [...document.body.querySelectorAll('*')], images = [...body.querySelectorAll('*')];
  seen.forEach((e, i) => {{
    if (e.checkVisibility && !e.checkVisibility({{visibilityProperty: true}})) images[i].setAttribute('hidden', '');
  }});
  all.forEach((e, i) => {{
    const t = twins[i], kind = (e.getAttribute('type') || '').toLowerCase();
    t.setAttribute('{MARK}', i);
    if (e.tagName === 'A') return;
    if (kind !== 'hidden' && !e.getAttribute('name')) t.setAttribute('name', e.id || 'idptest-' + i);
    if (kind === 'password') t.removeAttribute('value');
    if (e.tagName === 'BUTTON' || kind === 'submit' || kind === 'button') {{
      t.removeAttribute('disabled');
      if (kind === 'button') t.setAttribute('type', 'submit');
    }}
  }});
  copy.querySelectorAll('form').forEach((t, i) => {{
    t.removeAttribute('enctype');
    const action = document.forms[i] && document.forms[i].getAttribute('action') || '';
    if (/^\\s*(?!https?:)[a-z][a-z0-9+.-]*:/i.test(action)) t.removeAttribute('action');
  }});
  const free = (e, tag) => e.tagName === tag && !e.form && e.getAttribute('type') !== 'hidden';
  const lone = e => free(e, 'INPUT') && e.getAttribute('type') === 'password';
  const mute = [...all].some(e => e.getAttribute('type') === 'hidden');
  const buttons = e => free(e, 'BUTTON') && !mute;
  if ((!document.forms.length && [...all].some(e => free(e, 'INPUT') || buttons(e))) || [...all].some(lone)) {{
    const form = document.createElement('form');
    form.setAttribute('method', 'post');
    form.append(...body.childNodes);
    body.append(form);
  }}
  return [location.href.split('#')[0], '<!DOCTYPE html>' + copy.outerHTML.slice(0, 4000000), document.readyState];
}}"""
_FIND = f"number => document.querySelectorAll('{_ELEMENTS}')[number]"
_SUBMIT = "element => element.form ? element.form.requestSubmit() : null"


class Pages:
    """Looks at the page again and again, and acts when it has come to rest. A password is typed once."""

    def __init__(self, wire: Wire, conduct: Conduct, now: Callable[[], datetime], timeout: float) -> None:
        self._wire, self._conduct, self._now, self._timeout = wire, conduct, now, timeout
        self._seen: tuple[str, str] | None = None
        self._left: tuple[object, ...] | None = None  # the page as it was when we had acted on it, and how far we had come
        self._since = time.monotonic()

    def look(self, page: Any) -> End | None:
        """Acts if there is something to do; an End when there will be nothing. Raises Playwright's Error while the page is going."""
        if self._wire.loading:
            self._seen, self._since = None, time.monotonic()
            return None
        url, html, state = page.evaluate(_COPY)
        if (url, html) != self._seen:
            self._seen, self._since = (url, html), time.monotonic()
        rest = time.monotonic() - self._since
        if rest < _SETTLED or (state != "complete" and rest < self._timeout) or (self._wire.busy and rest < _STUCK):
            return None
        stuck = rest >= (self._timeout if self._wire.busy else _STUCK)
        if self._left is not None and self._left[0] == len(self._wire.hops):
            if self._left == (self._left[0], url, html):
                return End(PAGE_NOT_UNDERSTOOD, "page-came-back") if stuck else None
            if rest < _ANSWERED:
                return None
        return self._decide(page, url, html, rest, stuck)

    def _decide(self, page: Any, url: str, html: str, rest: float, stuck: bool) -> End | None:
        came = self._wire.page_response
        body = html.encode("utf-8", "replace")
        response = HttpResponse(came.status, came.headers, body)
        choice = self._conduct.choose(read_page(url, body, "text/html; charset=utf-8"), response, self._now())
        if isinstance(choice, End):
            return choice if stuck or choice.how != PAGE_NOT_UNDERSTOOD else None
        if choice.alone and (rest < max(_SCRIPT, choice.wait) or choice.hands.press is None):
            return End(PAGE_NOT_UNDERSTOOD, "page-waits") if rest > self._timeout else None
        if rest < choice.wait:
            return None
        self._make(page, choice)
        return None

    def _make(self, page: Any, move: Move) -> None:
        self._conduct.made(move)
        self._left = (len(self._wire.hops), *(self._seen or ()))
        last: Any = None
        for control, value in move.hands.fills:
            last = _element(page, control)
            _set(last, control, value)
        self._left = (len(self._wire.hops), *page.evaluate(_COPY)[:2])
        if move.hands.press is not None:
            _element(page, move.hands.press).click(no_wait_after=True, timeout=_ACTION)
        elif last is not None:
            last.evaluate(_SUBMIT)
        else:
            page.goto(move.request.url, wait_until="commit")
        self._since = time.monotonic()


def _element(page: Any, what: Control | Link) -> Any:
    return page.evaluate_handle(_FIND, int(what.mark)).as_element()


def _set(element: Any, control: Control, value: str) -> None:
    if control.kind in ("radio", "checkbox"):
        element.set_checked(control.value == value, timeout=_ACTION, force=True)
    elif control.kind == "select":
        element.select_option(value, timeout=_ACTION)
    elif control.kind != "hidden":
        element.fill(value, timeout=_ACTION)
