"""Rules about addresses and cookies on the way, at their edges."""

from __future__ import annotations

from dataclasses import replace

import pytest

from idptest.model.flow import ARRIVED, Ended, Exchange, Flow, HttpRequest, HttpResponse
from tests.checks.ruled import NOW, finding, login, verdict

STEPS = "transport/no-step-leads-from-https-to-http"
SECURE = "transport/cookies-go-over-https-only"
BACK = "transport/cookies-come-back-from-a-service"
SCRIPTS = "transport/cookies-are-out-of-reach-of-scripts"


def way(*urls: str, cookies: tuple[str, ...] = ()) -> Flow:
    """The login, had it come by these addresses; the first sets the cookies."""
    flow = login().flow
    steps = [
        Exchange(number, NOW, HttpRequest("GET", url), HttpResponse(302, tuple(("set-cookie", line) for line in cookies if number == 1)))
        for number, url in enumerate(urls, 1)
    ]
    last = replace(flow.exchanges[0], number=len(steps) + 1)
    return replace(flow, exchanges=(*steps, last), ended=Ended(ARRIVED, len(steps) + 1))


@pytest.mark.parametrize(
    ("urls", "expected"),
    [
        (("https://a.se/",), "pass"),
        (("https://a.se/", "https://b.se/"), "pass"),
        (("https://a.se/", "http://a.se/"), "fail"),
        (("https://a.se/", "HTTP://b.se/", "https://a.se/"), "fail"),
        (("https://a.se/", "http://127.0.0.1:8000/"), "pass"),
        (("https://a.se/", "http://localhost/"), "pass"),
        (("https://a.se/", "http://localhost.a.se/"), "fail"),
        (("https://a.se/", "http://127.0.0.1.a.se/"), "fail"),
        (("https://a.se/", "http://localhost@a.se/"), "fail"),
        (("https://a.se/", "http://["), "fail"),
        (("http://a.se/", "http://a.se/b"), "pass"),  # said by saml-metadata/login-address-is-https
        ((), "not-applicable"),
    ],
)
def test_a_step_down_to_http_is_found(urls: tuple[str, ...], expected: str) -> None:
    assert verdict(way(*urls), STEPS) == expected


def test_our_own_acs_is_not_the_idps_fault() -> None:
    flow = way("https://a.se/")
    plain = replace(flow.exchanges[-1], request=replace(flow.exchanges[-1].request, url="http://skola.example/saml/acs"))
    assert verdict(replace(flow, exchanges=(*flow.exchanges[:-1], plain)), STEPS) == "pass"


@pytest.mark.parametrize(
    ("line", "secure", "back", "scripts"),
    [
        ("a=1; Path=/; Secure; HttpOnly; SameSite=Lax", "pass", "pass", "pass"),
        ("a=1; path=/; secure; httponly", "pass", "pass", "pass"),
        ("a=1; Secure; HttpOnly; SameSite=None", "pass", "pass", "pass"),
        ("a=1; HttpOnly; SameSite=None", "fail", "fail", "pass"),
        ("a=1; Secure; HttpOnly; SameSite = STRICT", "pass", "fail", "pass"),
        ("a=1; Secure", "pass", "pass", "fail"),
        ("a=1", "fail", "pass", "fail"),
        ("a=; Max-Age=0", "not-applicable", "not-applicable", "not-applicable"),
        ("", "not-applicable", "not-applicable", "not-applicable"),
    ],
)
def test_a_cookie_is_judged_by_its_attributes(line: str, secure: str, back: str, scripts: str) -> None:
    flow = way("https://a.se/", cookies=(line,))
    assert (verdict(flow, SECURE), verdict(flow, BACK), verdict(flow, SCRIPTS)) == (secure, back, scripts)


def test_secure_is_not_asked_for_over_http_and_each_cookie_is_named_once() -> None:
    assert verdict(way("http://127.0.0.1/", cookies=("a=1; HttpOnly",)), SECURE) == "not-applicable"
    found = finding(way("https://a.se/", cookies=("a=1", "a=2", "b=1")), SECURE)
    assert [each.actual for each in found.evidence] == ["a", "b"]


@pytest.mark.parametrize("rule", [STEPS, SECURE, BACK, SCRIPTS])
def test_a_bare_response_tells_nothing_of_the_way(rule: str) -> None:
    assert verdict(replace(login().flow, untold=("exchanges",)), rule) == "not-applicable"
