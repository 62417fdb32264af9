"""Rules about the way there: which addresses the login passes, and the cookies that are set on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import urlsplit

from idptest.catalogue import check
from idptest.model.flow import ARRIVED, Exchange
from idptest.model.login import Login
from idptest.model.rule import Evidence, Level, Outcome, Pointer, Text, Verdict, Words, not_applicable, passed, untold

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class _Cookie(NamedTuple):
    """One Set-Cookie line: where, from which address, the cookie's name, and its attributes by small letters."""

    number: int
    url: str
    name: str
    attributes: Mapping[str, str]


@check(
    Level.MUST,
    spec="Kantara SDP-IDP03",
    fix="Let every address that the IdP and its proxies send the browser to begin with https: the product's own address, and the proxy's headers.",
    sv=Text(
        "Inget steg i inloggningen leder från https till http",
        why="På skolans nät kan då vem som helst läsa sidan, ändra den eller ta över inloggningen.",
        fix="Låt varje adress som IdP:n och dess proxyservrar skickar webbläsaren till börja med https. Se över produktens egen adress och de huvuden som proxyn sätter.",
    ),
)
def no_step_leads_from_https_to_http(login: Login) -> Outcome:
    """No step of the login leads from https to http.

    On the school's network anybody could then read the page, change it, or take the login over.
    """
    if not login.told("exchanges"):
        return untold()
    steps = _steps(login)
    if not steps:
        return not_applicable("no step of the login was captured", "inget steg i inloggningen är inspelat")
    wrong = [
        (after.number, _origin(after.request.url))
        for before, after in pairwise(steps)
        if before.request.url[:6].lower() == "https:" and _is_plain(after.request.url)
    ]
    return _found(wrong, Words("the login goes on to {actual}", "inloggningen går vidare till {actual}"))


@check(
    Level.SHOULD,
    spec="RFC 6265 8.3",
    fix="Set Secure on the cookies: a setting in the product, or in the proxy that ends TLS in front of it.",
    sv=Text(
        "IdP:ns kakor skickas bara över https",
        why="En kaka utan Secure skickas också till http-adressen med samma namn, där vem som helst på nätet kan läsa den och bli inloggad.",
        fix="Sätt Secure på kakorna. Det ställs in i produkten, eller i proxyn som avslutar TLS framför den.",
    ),
)
def cookies_go_over_https_only(login: Login) -> Outcome:
    """The IdP's cookies go over https only.

    A cookie without Secure goes to the http address of the same name too, where anybody on the network can read it, and be logged in.
    """
    return _cookies(
        login,
        lambda cookie: "secure" not in cookie.attributes,
        Words("Secure is missing on {actual}", "Secure saknas på {actual}"),
        only_https=True,
    )


@check(
    Level.SHOULD,
    source="https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis section 5.6.7 (read 2026-11)",
    fix="Set SameSite=Lax, or None together with Secure where services send their requests by POST.",
    sv=Text(
        "Webbläsare tar emot IdP:ns kakor, och skickar tillbaka dem när användaren kommer från en tjänst",
        why="En kaka med SameSite=None utan Secure kastas, och en med Strict skickas inte när användaren kommer från en tjänst. Då glömmer IdP:n inloggningen på vägen.",
        fix="Sätt SameSite=Lax, eller None tillsammans med Secure om tjänster skickar sina frågor med POST.",
    ),
)
def cookies_come_back_from_a_service(login: Login) -> Outcome:
    """Browsers take the IdP's cookies, and send them when a service sends the user there.

    SameSite=None without Secure is thrown away, and Strict is held back when the user comes from a service: the IdP then forgets the login
    on the way.
    """

    def held_back(cookie: _Cookie) -> bool:
        same_site = cookie.attributes.get("samesite", "").lower()
        return same_site == "strict" or (same_site == "none" and "secure" not in cookie.attributes)

    return _cookies(login, held_back, Words("browsers hold {actual} back", "webbläsare skickar inte tillbaka {actual}"))


@check(
    Level.NOTE,
    spec="OWASP ASVS 4.0.3 V3.4.2",
    fix="Set HttpOnly on the cookie that holds the session. Others may need to be read by the page's own scripts.",
    sv=Text(
        "Inget skript kan läsa IdP:ns kakor",
        why="Tar sig ett främmande skript in på sidan kan det annars ta över sessionen. Vi vet inte vilken kaka som bär den.",
        fix="Sätt HttpOnly på kakan som bär sessionen. Andra kakor kan sidans egna skript behöva läsa.",
    ),
)
def cookies_are_out_of_reach_of_scripts(login: Login) -> Outcome:
    """No script can read the IdP's cookies.

    A foreign script that gets into the page could otherwise take the session along. We do not know which cookie holds it.
    """
    return _cookies(
        login, lambda cookie: "httponly" not in cookie.attributes, Words("HttpOnly is missing on {actual}", "HttpOnly saknas på {actual}")
    )


def _steps(login: Login) -> tuple[Exchange, ...]:
    """The requests that the IdP answered; the one for our own ACS is ours."""
    exchanges = login.flow.exchanges
    return exchanges[: login.flow.ended.exchange - 1] if login.flow.ended.how == ARRIVED else exchanges


def _is_plain(url: str) -> bool:
    """http, and not to this very computer."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url[:5].lower() == "http:"
    return parts.scheme == "http" and parts.hostname not in _LOOPBACK


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url[:80]
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"[:200].lower()


def _cookies(login: Login, wrong: Callable[[_Cookie], bool], words: Words, *, only_https: bool = False) -> Outcome:
    """One finding for all cookies that are wrong, each named once."""
    if not login.told("exchanges"):
        return untold()
    kept = [cookie for cookie in _set(login) if not only_https or cookie.url[:6].lower() == "https:"]
    if not kept:
        return not_applicable("no cookie is seen being set", "det syntes inte att någon kaka sattes")
    first: dict[str, int] = {}
    for cookie in kept:
        if wrong(cookie):
            first.setdefault(cookie.name, cookie.number)
    return _found([(number, name) for name, number in first.items()], words)


def _set(login: Login) -> list[_Cookie]:
    """Every cookie that is set, and not taken back in the same line: that is what an empty value means."""
    found = []
    for exchange in _steps(login):
        for header, line in exchange.response.headers if exchange.response else ():
            if header.lower() == "set-cookie":
                pair, _, rest = line.partition(";")
                name, _, value = pair.partition("=")
                if value.strip():
                    pieces = (piece.partition("=") for piece in rest.split(";"))
                    attributes = {key.strip().lower(): said.strip() for key, _, said in pieces}
                    found.append(_Cookie(exchange.number, exchange.request.url, name.strip()[:60], attributes))
    return found


def _found(wrong: list[tuple[int, str]], words: Words) -> Outcome:
    if not wrong:
        return passed()
    return Outcome(Verdict.FAIL, words, tuple(Evidence(Pointer("exchange", "", number), name) for number, name in wrong[:10]))
