"""A page that was not understood, as a person would see it, and what to write in idptest.toml where that helps."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from idptest.identifiers import personnummer
from idptest.model.flow import AccountFacts, PageSummary
from idptest.model.report import Report
from idptest.products import reason_words
from idptest.reporters.style import Style, clean, wrapped
from idptest.reporters.words import word

LOGIN = "login/idp-completes-the-login"
# Why a login stopped at a page, where a step in idptest.toml gets it further.
_STEP_HELPS = (None, "unknown-page", "login-method-choice", "consent-asked", "step-does-not-fit", "page-came-back", "page-waits")
_ADDRESS = re.compile(r"[^\s\"'<>(),;]+@[^\s\"'<>(),;]+")
_HIDDEN = "‹…›"


def lines(report: Report, style: Style) -> Iterator[str]:
    """The page, in some lines. Nothing when there is none."""
    flow = report.login.flow
    page, lang, sv = flow.ended.page, style.lang, style.lang == "sv"
    if page is None:
        return
    show = style.show_values or flow.account.test_person
    yield ""
    words = reason_words(flow.ended.reason) if flow.ended.reason else None
    if words:
        yield from wrapped(words.text(lang), style, "  ")
    title = page.title if show else _discreet(page.title, flow.account)
    yield from wrapped(f'{word("page", lang)}:  "{title}" · {_address(page)} · {word("step", lang)} {flow.ended.exchange}', style, "  ")
    for label, items in (
        (("den säger" if sv else "it says"), _said(report)),
        (("länkar" if sv else "links"), page.links),
        (("fält" if sv else "fields"), page.fields),
        (("knappar" if sv else "buttons"), page.buttons),
    ):
        if items:
            texts = (item if show else _discreet(item, flow.account) for item in items[:8])
            yield from wrapped(f"{label}: " + ", ".join(f'"{text}"' for text in texts), style, "  ")
    if style.saved:
        saved = style.saved.removesuffix(".json") + f"/page-{flow.ended.exchange}.html"
        yield from wrapped(f"{'sidan är sparad' if sv else 'the page is saved'}: {saved}", style, "  ")
    if flow.ended.reason in _STEP_HELPS:
        yield from _step(flow.idp.name, page, None if show else flow.account, flow.ended.reason == "login-method-choice", style)


def _address(page: PageSummary) -> str:
    """Without its query, which may hold the whole request, or who logs in."""
    parts = urlsplit(page.url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _step(idp: str, page: PageSummary, account: AccountFacts | None, links_first: bool, style: Style) -> Iterator[str]:
    sv = style.lang == "sv"
    choices = (*page.links, *page.buttons) if links_first else (*page.buttons, *page.links)
    choice = next((text for text in choices if _discreet(text, account) == text), "…")
    told = "säg vad som ska väljas, i idptest.toml" if sv else "say what to choose, in idptest.toml"
    yield f"  {word('do-this', style.lang)}: {told}:"
    yield ""
    yield f"      [[idp.{idp}.step]]"
    # A title that is missing, was cut, or greets a person recognises nothing next time; the address does.
    whole = page.title and not page.title.endswith("…") and _discreet(page.title, account) == page.title
    yield f"      title = {_toml(page.title)}" if whole else f"      url = {_toml(urlsplit(page.url).path)}"
    yield f"      press = {_toml(choice)}"


def _toml(text: str) -> str:
    """A basic string: TOML escapes as JSON does."""
    return json.dumps(clean(text), ensure_ascii=False)


def _discreet(text: str, account: AccountFacts | None) -> str:
    """Without what says who logs in: pages greet people by name, and name them in links. None: nothing is to be hidden."""
    if account is None:
        return text
    text = _ADDRESS.sub(_HIDDEN, text)
    for found in personnummer.find(text):
        text = text.replace(found.text, _HIDDEN)
    known = (account.username, account.given_name, account.surname, account.object_guid, account.provisioned_eppn, account.person)
    for value in sorted((value for value in known if value and len(value) > 2), key=len, reverse=True):
        text = re.sub(re.escape(value), _HIDDEN, text, flags=re.IGNORECASE)
    return text


def _said(report: Report) -> tuple[str, ...]:
    """What the page marks up as an error, without what must not be shown."""
    ended = report.login.flow.ended
    found = next((finding for finding in report.findings if finding.rule.id == LOGIN), None)
    return (str(found.evidence[0].actual),) if ended.said and found and found.evidence else ()
