"""Rules about how the IdP says no: an error is an answer too, and somebody has to understand it."""

from __future__ import annotations

import re

from idptest.catalogue import check
from idptest.model.flow import ARRIVED, PAGE_NOT_UNDERSTOOD, REFUSED_BY_IDP
from idptest.model.login import Login
from idptest.model.rule import Level, Outcome, Text, Words, failed, not_applicable, passed
from idptest.model.saml import Response
from idptest.products.reasons import STAYS_AT_THE_IDP

_STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
_TOP = tuple(_STATUS + name for name in ("Requester", "Responder", "VersionMismatch"))  # Core 3.2.2.2, without Success

_LONGEST = 200_000  # characters of a page that are looked through
# What an error page should keep to itself. Each pattern takes linear time, whatever the page holds.
_INSIDE: tuple[tuple[Words, re.Pattern[str]], ...] = (
    (
        Words("a stack trace", "en stackspårning"),
        re.compile(
            r"Traceback \(most recent call last\)|\b(?:Stack ?trace|Backtrace):\s|^\s*#\d{1,3} /\S|"
            r"\bat [A-Za-z_$][\w$]{0,99}(?:\.[\w$<>`]{1,99}){1,12}\(",
            re.MULTILINE,
        ),
    ),
    (
        Words("a path on the server", "en sökväg på servern"),
        re.compile(
            r"(?<![\w./:-])/(?:var|usr|opt|home|srv|etc|app)/[\w./-]{1,200}\.(?:php|py|rb|pl|jar|java|class|conf|xml|properties|log)\b|"
            r"(?<![A-Za-z])[A-Za-z]:\\(?:inetpub|windows|program files|users|adfs|web|app)[^\s<>\"]{0,200}",
            re.IGNORECASE,
        ),
    ),
    (
        Words("the version of a program", "ett programs version"),
        re.compile(
            r"\b(?:Apache(?:[ -]Tomcat)?|nginx|PHP|Microsoft-IIS|Jetty|OpenSSL|JBoss|WildFly|WebLogic|Shibboleth|SimpleSAMLphp|Keycloak)"
            r"[/ ]v?\d{1,4}\.\d{1,4}"
        ),
    ),
)


@check(
    Level.SHOULD,
    spec="Kantara IIP-IDP05",
    fix="Let the IdP answer the service with a SAML error when it will not log the person in; many products have a setting for it.",
    sv=Text(
        "Ett nej från IdP:n når tjänsten",
        why="Annars blir användaren kvar på en sida hos IdP:n, och tjänsten får aldrig veta varför.",
        fix="Låt IdP:n svara tjänsten med ett SAML-fel när den inte vill logga in personen. I många produkter är det en inställning.",
    ),
)
def reaches_the_service(login: Login) -> Outcome:
    """A no from the IdP reaches the service.

    Otherwise the user is left on a page at the IdP, and the service never gets to know why.
    """
    ended = login.flow.ended
    if ended.how == ARRIVED and login.refused_in_answer:
        return passed()
    if ended.how != REFUSED_BY_IDP:
        return not_applicable("the IdP did not say no", "IdP:n sade inte nej")
    if ended.reason in STAYS_AT_THE_IDP:
        return not_applicable("this no belongs on a page of the IdP's own", "ett sådant nej hör hemma på en sida hos IdP:n")
    return failed(
        "the login ended on a page at the IdP", "inloggningen slutade på en sida hos IdP:n", at=login.acs_exchange, actual=ended.reason
    )


@check(
    Level.SHOULD,
    spec="SAMLCore 3.2.2.2",
    protocol="saml",
    fix="Let the IdP say Requester or Responder, and below it what it is about: NoAuthnContext, AuthnFailed, RequestDenied or another of SAML's codes.",
    sv=Text(
        "Ett felsvar säger vad felet gäller",
        why="Utan en kod på andra nivån kan tjänsten bara säga att något gick fel, och supporten får gissa.",
        fix="Låt IdP:n ange Requester eller Responder, och under den vad felet gäller: NoAuthnContext, AuthnFailed, RequestDenied eller en annan av SAML:s koder.",
    ),
)
def status_says_what_is_wrong(response: Response) -> Outcome:
    """An error response says what is wrong.

    Without a code of the second level a service can only say that something failed, and support has to guess.
    """
    if response.succeeded:
        return not_applicable("the IdP did not say no", "IdP:n sade inte nej")
    if response.status[:1] and response.status[0] in _TOP and len(response.status) > 1:
        return passed()
    return failed(
        "the status is {actual}",
        "status är {actual}",
        at=response.at("Status"),
        actual=tuple(code.removeprefix(_STATUS) for code in response.status) or None,
        expected=("Requester", "Responder"),
    )


@check(
    Level.SHOULD,
    spec="OWASP ASVS 4.0.3 V7.4.1",
    fix="Turn the product's and the web server's detailed error pages off, and let the page give a number that is found in the log.",
    sv=Text(
        "Felsidan avslöjar inget om hur IdP:n är byggd",
        why="Stackspårningar, sökvägar och versioner säger inget till läraren, men mycket till den som vill bryta sig in.",
        fix="Stäng av produktens och webbserverns utförliga felsidor, och låt sidan visa ett nummer som går att hitta i loggen.",
    ),
)
def page_keeps_the_inside_to_itself(login: Login) -> Outcome:
    """The error page shows nothing of the IdP's inside.

    Stack traces, paths and versions tell a teacher nothing, and much to somebody who wants to break in.
    """
    ended = login.flow.ended
    if ended.how not in (REFUSED_BY_IDP, PAGE_NOT_UNDERSTOOD) or not ended.exchange:
        return not_applicable("the login did not end on a page", "inloggningen slutade inte på en sida")
    response = login.flow.exchanges[ended.exchange - 1].response
    if response is None or not response.body:
        return not_applicable("the page was not captured", "sidan är inte inspelad")
    page = response.body[:_LONGEST].decode("utf-8", "replace")
    shown = [words for words, pattern in _INSIDE if pattern.search(page)]
    if not shown:
        return passed()
    return failed(
        f"the page shows {', '.join(words.en for words in shown)}",
        f"sidan visar {', '.join(words.sv for words in shown)}",
        at=login.acs_exchange,
    )
