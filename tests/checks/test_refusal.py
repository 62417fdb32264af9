"""Rules about how the IdP says no, at their edges."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from idptest.model.flow import PAGE_NOT_UNDERSTOOD, REFUSED_BY_IDP, Ended, Exchange, Flow, HttpRequest, HttpResponse
from tests.checks.ruled import NOW, finding, login, verdict

SERVICE = "refusal/reaches-the-service"
STATUS = "refusal/status-says-what-is-wrong"
PAGE = "refusal/page-keeps-the-inside-to-itself"
_S = "urn:oasis:names:tc:SAML:2.0:status:"


def page(text: str, reason: str = "refused", how: str = REFUSED_BY_IDP) -> Flow:
    """A login that ended on that page."""
    exchange = Exchange(1, NOW, HttpRequest("GET", "https://idp.exempelstad.se/sso"), HttpResponse(500, (), text.encode()))
    return replace(login().flow, exchanges=(exchange,), ended=Ended(how, 1, reason))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ((f"{_S}Responder", f"{_S}NoAuthnContext"), "pass"),
        ((f"{_S}Requester", "http://id.elegnamnden.se/status/1.0/cancel"), "pass"),
        ((f"{_S}Responder",), "fail"),
        ((f"{_S}NoAuthnContext",), "fail"),
        ((f"{_S}AuthnFailed", f"{_S}AuthnFailed"), "fail"),
        ((f"{_S}Success",), "not-applicable"),
    ],
)
def test_two_levels_of_status(status: tuple[str, ...], expected: str) -> None:
    flow = login().answered(status=status)
    assert verdict(flow, STATUS) == expected
    assert verdict(flow, SERVICE) == ("not-applicable" if expected == "not-applicable" else "pass")


@pytest.mark.parametrize("reason", ["wrong-password", "account-locked", "sp-unknown", "AADSTS50126", "MSIS7007", "METADATANOTFOUND"])
def test_some_refusals_belong_on_the_idps_own_page(reason: str) -> None:
    assert verdict(page("Nej", reason), SERVICE) == "not-applicable"


def test_a_page_in_place_of_an_answer_is_a_dead_end() -> None:
    assert verdict(page("Nej", "AADSTS50105"), SERVICE) == "fail"
    assert verdict(page("?", "unknown-page", PAGE_NOT_UNDERSTOOD), SERVICE) == "not-applicable"


@pytest.mark.parametrize(
    "text",
    [
        "<pre>\tat net.shibboleth.idp.saml.Profile.execute(Profile.java:12)</pre>",
        "   at Microsoft.IdentityServer.Web.PassiveProtocolListener.OnGetContext(WrappedHttpListenerContext context)",
        "Traceback (most recent call last):\n  File x",
        "Backtrace:\n1 www/module.php",
        "#0 /var/simplesamlphp/lib/SimpleSAML/Auth.php(12): x()",
        "Fatal error in /var/www/html/index.php on line 3",
        r"Could not find file 'C:\inetpub\wwwroot\web.config'",
        "<hr><h3>Apache Tomcat/9.0.31</h3>",
        "<address>Apache/2.4.57 (Debian) PHP/8.2.1</address>",
        "nginx/1.18.0",
    ],
)
def test_the_inside_is_seen(text: str) -> None:
    assert verdict(page(text), PAGE) == "fail"
    assert "/var" not in str(finding(page(text), PAGE).message)


@pytest.mark.parametrize(
    "text",
    [
        "<h1>Du saknar behörighet</h1><p>Kontakta skolan. Ärende 7f3a-19.</p>",
        '<script src="https://cdn.example/app/1.2.3/main.js"></script><a href="/opt/in">x</a>',
        "<a href='https://skola.example/var/info.php'>Läs mer</a>",
        "Meet at school (room 12). Vi ses 10.30, version 2.",
        "Shibboleth är ett ord i Bibeln. nginx",
    ],
)
def test_an_ordinary_page_passes(text: str) -> None:
    assert verdict(page(text), PAGE) == "pass"


def test_without_a_page_there_is_nothing_to_see() -> None:
    assert verdict(page(""), PAGE) == "not-applicable"
    assert verdict(login().flow, PAGE) == "not-applicable"


@pytest.mark.parametrize(
    "text", ["at a." * 60_000, "at " + "a.b" * 90_000, "/var/" + "a/" * 90_000, "c:\\web" + "\\a" * 90_000, "#1 " * 90_000]
)
def test_no_page_takes_long(text: str) -> None:
    start = time.perf_counter()
    verdict(page(text), PAGE)
    assert time.perf_counter() - start < 2
