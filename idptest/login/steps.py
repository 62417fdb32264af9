"""Choosing what to do on a page: a step that names it, else a login form, a message to pass on, a consent (or, for who leaves, a yes to
logging out), a form that a script would submit, a refresh.

Nothing is pressed that was not asked for: a page with only unknown buttons (choice of method, terms) is not understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from idptest.login.consent import release
from idptest.login.fields import folded, is_other_business, purposes, right_button, wants_new_password
from idptest.login.forms import encode, submission
from idptest.login.leaving import way_out
from idptest.login.page import Control, Form, Link, Page
from idptest.login.urls import origin, same_endpoint, split
from idptest.model.flow import PAGE_NOT_UNDERSTOOD, REFUSED_BY_IDP, HttpRequest
from idptest.products.product import LITERAL, ONE_TIME_CODE, PASSWORD, USERNAME, Consent, Halt, Step

CREDENTIALS = (USERNAME, PASSWORD, ONE_TIME_CODE)
_SECRETS = (PASSWORD, ONE_TIME_CODE)
_AGAIN = {USERNAME: "wrong-username", PASSWORD: "wrong-password", ONE_TIME_CODE: "wrong-one-time-code"}

# Hidden fields that only messages between parties have: SAML, WS-Federation, OpenID Connect form_post.
_MESSAGES = frozenset({"SAMLResponse", "SAMLRequest", "wresult", "id_token", "wctx"})
_PATIENCE = 15  # seconds; a refresh that waits longer renews a page, it does not lead on


@dataclass(frozen=True)
class Hands:
    """A move as hands make it in a browser: what is typed or chosen where, and what is pressed last."""

    fills: tuple[tuple[Control, str], ...] = ()
    press: Control | Link | None = None


@dataclass(frozen=True)
class Move:
    """A request to send next. `gives` are the credentials in it, `fields` the names of the fields that hold secrets.

    `body` is the urlencoded form in the page's own encoding; None for GET. `wait` seconds are to pass before it is sent. `consent` is the
    origin of the page that is answered yes by it. `hands` make the same move in a browser; `alone` says that
    a browser makes it by itself, by script or refresh.
    """

    request: HttpRequest
    body: bytes | None = None
    gives: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    factor: str | None = None
    step: Step | None = None
    wait: float = 0
    consent: str | None = None
    hands: Hands = Hands()
    alone: bool = False


@dataclass(frozen=True)
class Stop:
    """The login ends here. `how` is refused-by-idp or page-not-understood."""

    how: str
    reason: str


@dataclass(frozen=True)
class Situation:
    """What the login has come to. `supply` gives a credential or None; `given` were sent already; `done` are steps taken.

    `halts` and `consents` are those of the products that the page may be of; `consented` are the origins that were answered yes. `leaving`:
    the person is to be logged out.
    """

    supply: Callable[[str], str | None]
    given: Collection[str] = ()
    done: Collection[Step] = field(default_factory=tuple)
    halts: Sequence[Halt] = ()
    consents: Sequence[Consent] = ()
    consented: Collection[str] = ()
    leaving: bool = False


def choose(page: Page, steps: Sequence[Step], situation: Situation) -> Move | Stop | None:
    """What to do on the page; None when nothing on it is understood. Steps are tried in the order given."""
    for step in steps:
        if matches(step, page):
            return _take(step, page, situation)
    if stop := _halt(page, [halt for halt in situation.halts if halt.first]):
        return stop
    forms = [form for form in page.forms if not form.noscript]
    for wanted in ((PASSWORD,), (ONE_TIME_CODE,), (USERNAME,)):
        for form in forms:
            chosen = _login(page, form, wanted[0], situation)
            if chosen is not None:
                return chosen
    if any(wants_new_password(form) for form in forms):
        return Stop(PAGE_NOT_UNDERSTOOD, "password-change-asked")
    return _message(page, forms) or _halt(page, situation.halts) or _consent(page, situation) or _scripted(page, forms) or _refresh(page)


def matches(step: Step, page: Page) -> bool:
    """Is this the page that the step names?"""
    wanted = folded(step.title) if step.title is not None else None
    return (
        (step.url is not None or step.title is not None or step.field is not None)
        and (step.url is None or step.url in page.url)
        and (wanted is None or wanted in (folded(page.title), folded(page.heading)))
        and (step.field is None or any(step.field == control.name for form in page.forms for control in form.controls))
    )


def _take(step: Step, page: Page, situation: Situation) -> Move | Stop:
    again = next((_AGAIN[use] for use in step.fill.values() if use in _SECRETS and use in situation.given), None)
    if again:
        return Stop(REFUSED_BY_IDP, again)
    idle = not step.fill and not step.press
    if (step.fill or step.factor or idle) and step in situation.done:
        return Stop(PAGE_NOT_UNDERSTOOD, "page-came-back")
    if idle and step.wait:
        return _later(step, page)
    if step.press and not step.fill and (link := _link(step.press, page)):
        return Move(HttpRequest("GET", link.url or ""), factor=step.factor, step=step, wait=step.wait, hands=Hands(press=link))
    form, button = _target(step, page)
    if form is None or (step.press and button is None):
        return Stop(PAGE_NOT_UNDERSTOOD, "step-does-not-fit")
    return _fill(page, form, step.fill, button or right_button(form), situation, step)


def _later(step: Step, page: Page) -> Move:
    """After waiting, what the page itself would do by then: submit its hidden form, lead on, or be loaded anew."""
    forms = [form for form in page.forms if not form.noscript]
    then = _message(page, forms) or _scripted(page, forms) or _refresh(page)
    return replace(then if isinstance(then, Move) else Move(HttpRequest("GET", page.url), alone=True), step=step, wait=step.wait)


def _target(step: Step, page: Page) -> tuple[Form | None, Control | None]:
    """The form that has the step's fields and its button."""
    wanted = {*step.fill, *([step.field] if step.field else [])}
    for form in page.forms:
        if wanted <= {control.name for control in form.controls}:
            button = _button(step.press, form) if step.press else None
            if button or not step.press:
                return form, button
    return None, None


def _button(press: str, form: Form) -> Control | None:
    wanted = folded(press)
    exact = [each for each in form.buttons if press in (each.name, each.id) or wanted in (folded(each.text), folded(each.value))]
    part = [each for each in form.buttons if wanted and wanted in folded(each.text)]
    return next(iter(exact + part), None)


def _link(press: str, page: Page) -> Link | None:
    links = [link for link in page.links if link.url and split(link.url)]
    exact = [link for link in links if folded(link.text) == folded(press)]
    part = [link for link in links if folded(press) and folded(press) in folded(link.text)]
    return next(iter(exact + part), None)


def _login(page: Page, form: Form, leading: str, situation: Situation) -> Move | Stop | None:
    """Fill in a login form whose most telling field is `leading`."""
    found = purposes(form)
    if leading not in found or wants_new_password(form) or form.method == "DIALOG":
        return None
    if leading != PASSWORD and (PASSWORD in found or is_other_business(form)):
        return None
    if leading == USERNAME:
        if PASSWORD in situation.given:
            return None  # nobody asks for the user name after the password: this is another form
        if len([control for control in form.shown if control.is_text]) > 1:
            return None
    if leading in situation.given:
        return Stop(REFUSED_BY_IDP, _AGAIN[leading])
    fills = {control.name: use for use, control in found.items() if use in CREDENTIALS}
    return _fill(page, form, fills, right_button(form), situation)


def _fill(
    page: Page, form: Form, fills: Mapping[str, str], button: Control | None, situation: Situation, step: Step | None = None
) -> Move | Stop:
    values: dict[str, str] = {}
    for name, use in fills.items():
        value = use.removeprefix(LITERAL) if use.startswith(LITERAL) else situation.supply(use)
        if value is None:
            return Stop(PAGE_NOT_UNDERSTOOD, f"{use}-missing")
        values[name] = value
    request = submission(form, values, button)
    if request is None:
        return Stop(PAGE_NOT_UNDERSTOOD, "form-encoding-not-supported")
    gives = tuple(use for use in CREDENTIALS if use in fills.values())
    secret = tuple(name for name, use in fills.items() if use in _SECRETS)
    factor, wait = (step.factor, step.wait) if step else (None, 0)
    return Move(request, _body(request, page), gives, secret, factor, step, wait, hands=_hands(form, values, button))


def _hands(form: Form, values: Mapping[str, str], button: Control | None) -> Hands:
    typed = [(control, values[control.name]) for control in form.fields if control.name in values]
    # A radio button is let go by choosing another, never by itself.
    return Hands(tuple((control, value) for control, value in typed if control.kind != "radio" or control.value == value), button)


def _body(request: HttpRequest, page: Page) -> bytes | None:
    return None if request.form is None else encode(request.form, page.encoding)


def hands_over(page: Page) -> bool:
    """Does the page do nothing but carry a message (a SAML response …) to another party?"""
    return any(_is_message(form) for form in page.forms) and not any(form.shown for form in page.forms)


def _is_message(form: Form) -> bool:
    return form.method == "POST" and not form.shown and bool({control.name for control in form.fields} & _MESSAGES)


def _halt(page: Page, halts: Sequence[Halt]) -> Stop | None:
    found = (halt for halt in halts if re.search(halt.pattern, page.source, re.IGNORECASE))
    return next((Stop(PAGE_NOT_UNDERSTOOD, halt.reason) for halt in found), None)


def _consent(page: Page, situation: Situation) -> Move | Stop | None:
    """Yes to a page that certainly asks whether information may be sent to the service, or whether to log out; once for each IdP that asks."""
    found = way_out(page) if situation.leaving else release(page, situation.consents, begun=bool(situation.given))
    request = submission(found.form, found.fills, found.button) if found else None
    if found is None or request is None:
        return None
    here = origin(page.url) or page.url
    if here in situation.consented:
        return Stop(PAGE_NOT_UNDERSTOOD, "page-came-back")
    return Move(request, _body(request, page), consent=here, hands=_hands(found.form, found.fills, found.button))


def _message(page: Page, forms: Sequence[Form]) -> Move | None:
    """A form that carries a message to another party."""
    return _submitted(page, [form for form in forms if _is_message(form)])


def _scripted(page: Page, forms: Sequence[Form]) -> Move | None:
    """A form of hidden fields that a script of the page submits."""
    if any(form.shown for form in forms):
        return None
    hidden = [form for form in forms if form.fields and not is_other_business(form)]
    return _submitted(page, [form for form in hidden if page.runs_submit or _button_for_the_scriptless(form)])


def _submitted(page: Page, forms: Sequence[Form]) -> Move | None:
    for form in forms:
        button = next((each for each in form.buttons if not each.noscript), None)
        request = submission(form, {}, button)
        if request:
            return Move(request, _body(request, page), hands=Hands(press=button), alone=True)
    return None


def _button_for_the_scriptless(form: Form) -> bool:
    return bool(form.buttons) and all(button.noscript for button in form.buttons)


def _refresh(page: Page) -> Move | Stop | None:
    if page.refresh is None or page.refresh.seconds > _PATIENCE or split(page.refresh.url) is None:
        return None
    if same_endpoint(page.refresh.url, page.url) and page.refresh.url.partition("?")[2] == page.url.partition("?")[2]:
        return Stop(PAGE_NOT_UNDERSTOOD, "page-waits")
    return Move(HttpRequest("GET", page.refresh.url), alone=True)
