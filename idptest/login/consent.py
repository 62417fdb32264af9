"""Pages that ask whether information may be sent to the service: recognised only when certain, accepted once, never remembered.

Certain is a page that a product's file describes; else one that says, in Swedish or English, that information is to be sent to a service,
and has nothing but hidden fields, boxes and two buttons, yes and no. Terms of use, cookies and the like are a person's to answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from idptest.login.fields import folded
from idptest.login.page import Control, Form, Page
from idptest.products.product import Consent

# All patterns are for folded text: lower case, å ä as a, ö as o, no punctuation.
_RELEASE = re.compile(
    r"\bsamtyck|\b(information|attribute) release\b|\bconsent (about|to|for)\b|\boverforing av person|"
    r"\b(uppgift|information|attribut|personuppgift|personinformation)\w*( \w+){0,12} (skickas|lamnas|overfors|delas|formedlas|fors over)\b|"
    r"\b(information|attributes|data)( \w+){0,12} (sent|released|shared|provided|transferred|disclosed)\b"
)
_OTHER = re.compile(
    r"\bcookie|\bkakor\b|villkor|\bterms\b|\blicen[sc]|avtal|\bagreement\b|\bradera|\bta bort\b|\bdelete|\bremove|\bbetal|\bpayment|"
    r"\bkop\b|\blosenord|\bpassword|\bsigner|\bunderskri|\bsignature"
)
_ACCEPT = re.compile(
    r"(ja|jag )?\b(godkann(er)?|acceptera(r)?|samtycker|tillat(er)?|medger|accept|agree|allow|approve|consent|yes|share|release)\b|ja\b|"
    r"i (accept|agree|consent)\b"
)
_DECLINE = re.compile(
    r"(nej|neka|avboj|avsla|avvisa|avbryt|tillat inte|godkann inte|acceptera inte|no|decline|reject|deny|refuse|disagree|do not|don t|"
    r"cancel)\b|jag (godkanner|accepterar|samtycker) inte\b"
)
_REMEMBER = re.compile(r"remember|save ?consent|spara|kom ihag|fraga (mig )?inte|don t ask|do not ask|minns|always|alltid")
_ONCE = re.compile(
    r"do ?not ?remember|(ask|fraga)( me| mig)? ((again|igen) )?(at|vid|each|every|varje|next|nasta)|just (this )?once|bara (denna|den har) gang"
)


@dataclass(frozen=True)
class Release:
    """How to say yes: the form, what to set in it, and the button."""

    form: Form
    fills: Mapping[str, str]
    button: Control


def release(page: Page, known: Sequence[Consent], begun: bool) -> Release | None:
    """How to accept what the page asks; None when it is no consent page, or not certainly. `begun`: a credential has been given."""
    for consent in known:
        if re.search(consent.pattern, page.source, re.IGNORECASE):
            return _known(page, consent)
    return _general(page) if begun and _asks(page) else None


def seems(page: Page) -> bool:
    """Does the page look like one that asks for consent?"""
    return _asks(page) and any(_ACCEPT.match(folded(button.text)) for button in _buttons(page))


def _known(page: Page, consent: Consent) -> Release | None:
    for form in page.forms:
        button = next((each for each in form.buttons if consent.accept in (each.name, each.id)), None)
        if button:
            return Release(form, _choices(form, consent.choose), button)
    return None


def _general(page: Page) -> Release | None:
    buttons = _buttons(page)
    yes = [button for button in buttons if _ACCEPT.match(folded(button.text)) and not _DECLINE.match(folded(button.text))]
    no = [button for button in buttons if _DECLINE.match(folded(button.text))]
    plain = all(control.kind in ("checkbox", "radio") for form in page.forms for control in form.shown)
    if len(buttons) != 2 or len(yes) != 1 or len(no) != 1 or not plain:
        return None
    form = next((form for form in page.forms if yes[0] in form.buttons), None)
    if form is None:
        return None
    fills = _choices(form, ())
    radios = {control.name for control in form.fields if control.kind == "radio"}
    return Release(form, fills, yes[0]) if radios <= fills.keys() else None


def _buttons(page: Page) -> list[Control]:
    return [*(each for form in page.forms for each in form.buttons if each.visible and not each.noscript), *page.loose_buttons]


def _asks(page: Page) -> bool:
    words = folded(f"{page.title} | {page.heading} | {page.text}")
    return bool(_RELEASE.search(words)) and not _OTHER.search(words)


def _choices(form: Form, wanted: Sequence[str]) -> dict[str, str]:
    """Boxes for remembering are emptied. Of radio buttons the first that is wanted, else the one that says "only this time"; others stay."""
    fills: dict[str, str] = {}
    for control in form.fields:
        words = folded(f"{control.name} {control.id} {control.value} | {control.label}")
        if control.kind == "checkbox" and _REMEMBER.search(words):
            fills[control.name] = f"not {control.value}"
        elif control.kind == "radio" and _ONCE.search(words):
            fills[control.name] = control.value
    for value in reversed(wanted):
        fills |= {control.name: value for control in form.fields if control.kind == "radio" and control.value == value}
    return fills
