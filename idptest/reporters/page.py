"""A page that was not understood, as a person would see it, and what to write in idptest.toml where that helps."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from idptest.identifiers import personnummer
from idptest.login.fields import leads_on
from idptest.model.flow import PAGE_NOT_UNDERSTOOD, AccountFacts, PageSummary
from idptest.model.report import LoginReport
from idptest.products import reason_words
from idptest.reporters.style import Style, clean, wrapped
from idptest.reporters.words import word

LOGIN = "login/idp-completes-the-login"
# Why a login stopped at a page, where a step in idptest.toml gets it further.
_STEP_HELPS = (None, "unknown-page", "login-method-choice", "consent-asked", "step-does-not-fit", "page-came-back", "page-waits")
_ADDRESS = re.compile(r"[^\s\"'<>(),;]+@[^\s\"'<>(),;]+")
_HIDDEN = "‹…›"


@dataclass(frozen=True)
class Seen:
    """The page for a reader: `parts` are labelled lists of quoted texts, `step` what to write in idptest.toml (empty: it does not help)."""

    reason: str | None
    title: str
    address: str
    number: int
    parts: tuple[tuple[str, tuple[str, ...]], ...]
    step: tuple[str, ...]


def seen(report: LoginReport, lang: str, show: bool) -> Seen | None:
    """None when there is no such page. Texts that tell who logs in are hidden unless `show`."""
    flow = report.login.flow
    page = flow.ended.page
    if flow.ended.how != PAGE_NOT_UNDERSTOOD or page is None:
        return None
    account = None if show else flow.account
    words = reason_words(flow.ended.reason) if flow.ended.reason else None
    parts = (
        ("says", _said(report)),
        ("links", page.links),
        ("fields", page.fields),
        ("buttons", page.buttons),
    )
    return Seen(
        words.text(lang) if words else None,
        discreet(page.title, account),
        address(page.url),
        flow.ended.exchange,
        tuple((word(key, lang), tuple(discreet(item, account) for item in items[:8])) for key, items in parts if items),
        tuple(_step(flow.idp.name, page, account, flow.ended.reason == "login-method-choice")) if flow.ended.reason in _STEP_HELPS else (),
    )


def lines(report: LoginReport, style: Style) -> Iterator[str]:
    """The page, in some lines. Nothing when there is none."""
    sv = style.lang == "sv"
    found = seen(report, style.lang, style.show_values or report.login.flow.account.test_person)
    if found is None:
        return
    yield ""
    if found.reason:
        yield from wrapped(found.reason, style, "  ")
    where = f"{found.address} · {word('step', style.lang)} {found.number}"
    yield from wrapped(f'{word("page", style.lang)}:  "{found.title}" · {where}', style, "  ")
    for label, texts in found.parts:
        yield from wrapped(f"{label}: " + ", ".join(f'"{text}"' for text in texts), style, "  ")
    if style.saved:
        saved = style.saved.removesuffix(".json") + f"/page-{found.number}.html"
        yield from wrapped(f"{'sidan är sparad' if sv else 'the page is saved'}: {saved}", style, "  ")
    if found.step:
        yield f"  {word('do-this', style.lang)}: {word('say-what-to-choose', style.lang)}:"
        yield ""
        yield from (f"      {line}" for line in found.step)


def address(url: str) -> str:
    """Without its query, which may hold the whole request, or who logs in."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "–"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _step(idp: str, page: PageSummary, account: AccountFacts | None, links_first: bool) -> Iterator[str]:
    choices = (*page.links, *page.buttons) if links_first else (*page.buttons, *page.links)
    told = [text for text in choices if discreet(text, account) == text]
    choice = next(filter(leads_on, told), told[0] if told else "…")
    yield f"[[idp.{idp}.step]]"
    # A title that is missing, was cut, or greets a person recognises nothing next time; the address does.
    whole = page.title and not page.title.endswith("…") and discreet(page.title, account) == page.title
    yield f"title = {_toml(page.title)}" if whole else f"url = {_toml(urlsplit(page.url).path)}"
    yield f"press = {_toml(choice)}"


def _toml(text: str) -> str:
    """A basic string: TOML escapes as JSON does."""
    return json.dumps(clean(text), ensure_ascii=False)


def discreet(text: str, account: AccountFacts | None) -> str:
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


def _said(report: LoginReport) -> tuple[str, ...]:
    """What the page marks up as an error, without what must not be shown."""
    ended = report.login.flow.ended
    found = next((finding for finding in report.findings if finding.rule.id == LOGIN), None)
    return (str(found.evidence[0].actual),) if ended.said and found and found.evidence else ()
