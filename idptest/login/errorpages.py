"""Recognising that a page says no, before anything on it is filled in."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from idptest.login.page import Page
from idptest.products.product import ONE_TIME_CODE, PASSWORD, SOURCE, USERNAME, ErrorPattern, Product
from idptest.products.reasons import AFTER_CREDENTIALS

_NEEDS = {"wrong-password": (PASSWORD,), "wrong-username": (USERNAME, PASSWORD), "wrong-one-time-code": (ONE_TIME_CODE,)}

# For products that we have no file for. What is about a credential is only believed once that has been given.
_GENERAL = (
    ErrorPattern(
        r"((wrong|incorrect|invalid|bad|unknown) (username|user name|user id|login|e-?mail|credentials|password)|"
        r"(username|user name|password|credentials) (is|was|are|were) (wrong|incorrect|invalid|not (correct|recognized|valid))|"
        r"(fel|felaktigt|ogiltigt|felaktiga|okänt) (användarnamn|användar-?id|användaridentitet|lösenord|inloggningsuppgifter)|"
        r"(lösenordet|användarnamnet|inloggningsuppgifterna) (är|var|stämmer) (fel|felaktigt|felaktiga|ogiltigt|inte)|"
        r"(login|sign-?in|authentication) failed|inloggningen misslyckades)",
        "wrong-password",
    ),
    ErrorPattern(
        r"((wrong|incorrect|invalid|expired) (one-?time |verification |security )?(code|passcode|otp)|"
        r"(fel|felaktig|ogiltig) (engångskod|kod|verifieringskod|säkerhetskod)|koden (är|var|stämmer) (fel|felaktig|ogiltig|inte))",
        "wrong-one-time-code",
    ),
    # An OpenID provider that cannot answer us says so on a page, mostly by the standards' own words (RFC 6749 4.1.2.1, RFC 7591 3.2.2).
    ErrorPattern(r"(?<![a-z])redirect[_ ]ur[il]", "redirect-uri-unknown"),
    ErrorPattern(r"\b(invalid_client|unauthorized_client)\b", "client-unknown"),
    ErrorPattern(
        r"\b(invalid_(request(_object|_uri)?|scope|client_metadata)|unsupported_response_(type|mode)|request_(uri_)?not_supported)\b",
        "oidc-request-rejected",
    ),
)


@dataclass(frozen=True)
class Refusal:
    """`reason` is a word of REASONS or a product's code; `said` what the page said."""

    reason: str
    said: str | None


def refusal(page: Page, products: Sequence[Product], given: Collection[str]) -> Refusal | None:
    """The no that the page says in the words of one of these products; None when it says none."""
    errors = (error for product in products for error in product.errors)
    return next((found for error in errors if (found := _search(error, page, given))), None)


def general_refusal(page: Page, given: Collection[str]) -> Refusal | None:
    """The no that the page says in common words. For pages on which nothing can be done: elsewhere "wrong password?" may be a help link."""
    return next((found for error in _GENERAL if (found := _search(error, page, given))), None)


def said(page: Page) -> str | None:
    """What the page marks up as an error, in its own words."""
    return _short(" – ".join(page.alerts)) or None


def _search(error: ErrorPattern, page: Page, given: Collection[str]) -> Refusal | None:
    if error.reason in AFTER_CREDENTIALS and not any(use in given for use in _NEEDS[error.reason]):
        return None
    text = page.source if error.where == SOURCE else f"{page.title}\n{page.text}"
    match = re.search(error.pattern, text, re.IGNORECASE | re.MULTILINE)
    if match is None:
        return None
    named = match.groupdict().get("said")
    quoted = html.unescape(named) if named else match.group() if error.where == SOURCE else _around(text, match.start())
    return Refusal(match.expand(error.reason) if "\\" in error.reason else error.reason, _short(quoted) or said(page))


def _around(text: str, at: int) -> str:
    """The line in which something stands, and the next when that line is but a heading."""
    start = text.rfind("\n", 0, at) + 1
    lines = text[start:].split("\n")
    following = next((line for line in lines[1:5] if line and line != lines[0]), "") if len(lines[0]) < 60 else ""
    return f"{lines[0]} – {following}" if following else lines[0]


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 300 else text[:299] + "…"
