"""Whole logins, hop by hop, against a scripted IdP."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idptest.errors import ConfigurationError
from idptest.login.credentials import Credentials
from idptest.login.machine import LoginMachine
from idptest.model.flow import ARRIVED, NETWORK, PAGE_NOT_UNDERSTOOD, REFUSED_BY_IDP, TOO_MANY_HOPS, HttpRequest, HttpResponse
from idptest.products.product import Step
from tests.login.scripted import ACS, EXEMPELSTAD, LARARE, LOGIN, NOW, POSTED, SSO, Login, header, html, moved


def test_a_plain_login_arrives() -> None:
    login = Login(moved(302, "/login?s=1", ("Set-Cookie", "s=1; Path=/; Secure; HttpOnly")), html(LOGIN), html(POSTED))
    assert login.outcome == (ARRIVED, None, 4)
    assert login.sent[2].method == "POST" and login.sent[2].url == "https://idp.kommun.example/login"
    assert login.sent[2].form == (("u", "lärare1"), ("p", "Sömmar&2026")) and header(login.sent[2], "Cookie") == "s=1"
    assert login.bodies[2] == b"u=l%C3%A4rare1&p=S%C3%B6mmar%262026"
    delivered = login.machine.delivered
    assert delivered is not None and delivered.url == ACS + "?x=1" and delivered.form == (("SAMLResponse", "abc"),)
    assert header(delivered, "Origin") == "https://idp.kommun.example"
    assert login.machine.factors == ("password",) and login.machine.secret_fields == {"p"} and "Sömmar&2026" in login.machine.secrets


def test_requests_look_like_a_browser_s() -> None:
    login = Login(html(LOGIN))
    first, second = login.sent[0], login.next
    assert header(first, "Accept-Language") == "sv,en;q=0.8" and header(first, "Referer") == "https://idptest.exempelstad.se/"
    assert header(first, "Origin") is None and header(first, "Cookie") is None
    assert header(second, "Origin") == "https://idp.kommun.example" and header(second, "Referer") == SSO
    assert header(second, "Content-Type") == "application/x-www-form-urlencoded"
    own = Login(first=HttpRequest("GET", SSO, (("accept-language", "en"),)))
    assert [pair for pair in own.next.headers if pair[0].lower() == "accept-language"] == [("accept-language", "en")]


def test_a_page_in_latin_1_gets_its_form_in_latin_1() -> None:
    page = "<form method=post><label>Användarnamn <input name=användare></label><label>Lösenord <input type=password name=lösen></label></form>"
    login = Login(html(page, encoding="iso-8859-1"))
    assert login.next.form == (("användare", "lärare1"), ("lösen", "Sömmar&2026"))
    assert login.machine.outgoing_body == b"anv%E4ndare=l%E4rare1&l%F6sen=S%F6mmar%262026"
    assert dict(parse_qsl(login.machine.outgoing_body.decode(), encoding="latin-1"))["lösen"] == "Sömmar&2026"


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
def test_redirects_after_a_post(status: int, method: str) -> None:
    login = Login(html(LOGIN), moved(status, "next"))
    assert login.next.method == method and login.next.url == "https://idp.kommun.example/next"
    assert (login.next.form is not None) == (login.machine.outgoing_body is not None) == (method == "POST")
    assert (header(login.next, "Content-Type") is not None) == (method == "POST")


def test_a_307_from_the_idp_carries_the_post_to_our_acs() -> None:
    login = Login(html("<form method=post action=out><input type=hidden name=SAMLResponse value=abc></form>"), moved(307, ACS))
    assert login.outcome == (ARRIVED, None, 3)
    assert login.machine.delivered is not None and login.machine.delivered.form == (("SAMLResponse", "abc"),)


def test_a_307_with_the_password_to_another_site_is_not_followed() -> None:
    login = Login(html(LOGIN), moved(307, "https://evil.example/collect"))
    assert login.outcome == (PAGE_NOT_UNDERSTOOD, "password-to-another-site", 2)


def test_a_get_to_the_acs_arrives_whatever_it_carries() -> None:
    for query in ("?SAMLResponse=x", "?error=access_denied&state=1", ""):
        login = Login(moved(302, ACS.replace("https://idptest", "HTTPS://IDPTEST").replace(".se/", ".se:443/") + query))
        assert login.outcome == (ARRIVED, None, 2) and login.machine.delivered is not None and login.machine.delivered.method == "GET"
    assert Login(moved(302, ACS + "/x")).machine.ended is None


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("frejaeid://auth?x=1", "redirect-to-other-program"),
        ("bankid:///?autostarttoken=1", "redirect-to-other-program"),
        ("javascript:alert(1)", "redirect-to-other-program"),
        ("http://[::1", "redirect-without-address"),
        ("https://[fe80::1%25eth0", "redirect-without-address"),
    ],
)
def test_redirects_that_lead_out_of_the_web(location: str, reason: str) -> None:
    assert Login(moved(302, location)).outcome == (PAGE_NOT_UNDERSTOOD, reason, 1)


def test_redirects_without_location_are_pages() -> None:
    assert Login(HttpResponse(302)).outcome == (PAGE_NOT_UNDERSTOOD, "redirect-without-address", 1)
    assert Login(html(LOGIN, 302)).next.method == "POST"
    assert Login(moved(302, "")).next.url == SSO  # an empty reference is the page itself


def test_utf8_in_a_location_header_that_came_as_latin_1() -> None:
    assert Login(moved(302, "/skola/ö".encode().decode("latin-1"))).next.url == "https://idp.kommun.example/skola/%C3%B6"


def test_redirect_loops_end() -> None:
    login = Login(max_hops=5)
    while login.machine.outgoing is not None:
        login.answer(moved(302, "/a"))
    assert login.outcome == (TOO_MANY_HOPS, None, 5) and len(login.sent) == 5


def test_network_trouble() -> None:
    login = Login(html(LOGIN))
    login.machine.lost("connection refused")
    assert login.outcome == (NETWORK, None, 2) and login.machine.ended is not None and login.machine.ended.said == "connection refused"
    with pytest.raises(RuntimeError):
        login.machine.lost("again")


def test_strict_cookies_stay_home_until_the_user_acts_on_the_idp_s_page() -> None:
    cookies = (("Set-Cookie", "strict=1; SameSite=Strict; Path=/"), ("Set-Cookie", "lax=1; SameSite=Lax; Path=/"))
    login = Login(moved(302, "/login", *cookies), html(LOGIN))
    assert header(login.sent[1], "Cookie") == "lax=1"  # still the navigation that our SP started
    assert header(login.next, "Cookie") == "strict=1; lax=1"


def test_a_post_request_loses_lax_cookies_on_a_307() -> None:
    first = HttpRequest("POST", "https://idp.kommun.example/sso", form=(("SAMLRequest", "x"),))
    login = Login(moved(307, "/sso2", ("Set-Cookie", "lax=1; SameSite=Lax"), ("Set-Cookie", "fresh=1")), first=first)
    assert header(login.sent[0], "Origin") == "https://idptest.exempelstad.se" and login.bodies[0] == b"SAMLRequest=x"
    assert header(login.next, "Cookie") == "fresh=1"


def test_the_password_is_given_once() -> None:
    login = Login(html(LOGIN), html(LOGIN.replace("<form", "<p role=alert>Det gick inte</p><form", 1)))
    assert login.outcome == (REFUSED_BY_IDP, "wrong-password", 2)
    assert login.machine.ended is not None and login.machine.ended.said == "Det gick inte" and login.machine.page is None
    assert sum("Sömmar&2026" in dict(request.form or ()).values() for request in login.sent) == 1


def test_an_unknown_product_s_no_is_understood_when_nothing_else_is() -> None:
    login = Login(html(LOGIN), html("<h1>Inloggning</h1><p>Felaktigt användarnamn eller lösenord.</p><a href=/>Börja om</a>", 403))
    assert login.outcome == (REFUSED_BY_IDP, "wrong-password", 2)


def test_help_about_wrong_passwords_does_not_stop_a_login() -> None:
    login = Login(html(LOGIN), html("<p>Wrong password? Ring 1234.</p>" + POSTED))
    assert login.outcome[0] == ARRIVED


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("error: invalid_client", "client-unknown"),
        ("unauthorized_client", "client-unknown"),
        ("error: invalid_redirect_uri", "redirect-uri-unknown"),
        ("invalid_request: Invalid redirect_uri", "redirect-uri-unknown"),
        ("Error 400: redirect_uri_mismatch", "redirect-uri-unknown"),
        ("invalid_request (code_challenge missing)", "oidc-request-rejected"),
    ],
)
def test_an_openid_provider_says_no_in_the_standards_words(said: str, reason: str) -> None:
    assert Login(html(f"<h1>Oops</h1><pre>{said}</pre>", 400)).outcome == (REFUSED_BY_IDP, reason, 1)


def test_unknown_pages_are_described_and_kept() -> None:
    page = "<title>Välj inloggningsmetod</title><a href=/f>Freja</a><a href=/b>BankID</a><a href=/p>Användarnamn och lösenord</a>"
    login = Login(html(page))
    assert login.outcome == (PAGE_NOT_UNDERSTOOD, "login-method-choice", 1) and login.machine.page == page.encode()
    assert login.machine.ended is not None and login.machine.ended.page is not None
    assert login.machine.ended.page.links == ("Freja", "BankID", "Användarnamn och lösenord")
    step = Step(title="Välj inloggningsmetod", press="Användarnamn och lösenord")
    assert Login(html(page), steps=(step,)).next.url == "https://idp.kommun.example/p"


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (html("<h1>Bad gateway</h1>", 502), "error-page"),
        (html("<form method=post><input name=email><button>Skicka</button></form>", 500), "error-page"),
        (HttpResponse(404), "error-page"),
        (html("", 401, ("WWW-Authenticate", "Negotiate"), ("WWW-Authenticate", "NTLM")), "integrated-windows-login"),
        (html("", 401, ("www-authenticate", 'Basic realm="x"')), "http-basic-login"),
        (HttpResponse(200, (("Content-Type", "application/json"),), b'{"error":"x"}'), "not-a-web-page"),
        (HttpResponse(200, (("Content-Type", "application/pdf"),), b"%PDF-1.4"), "not-a-web-page"),
        (HttpResponse(200), "not-a-web-page"),
        (HttpResponse(204), "not-a-web-page"),
        (html("<script src=/app.js></script><div id=root></div>"), "script-needed"),
        (html("<meta http-equiv=refresh content=2><p>Godkänn i mobilen"), "page-waits"),
        (html("<h1>Välkommen</h1><a href=/>Glömt lösenord?</a><a href=/b>BankID</a>"), "unknown-page"),
        (html("<button>SITHS-kort</button><button>Freja</button>"), "login-method-choice"),
        (html("<p>Dina uppgifter skickas till tjänsten.</p><form><button>Godkänn</button></form>"), "consent-asked"),
        (html("", 401, ("Set-Cookie", "WASID_HAG_SN=x; Secure"), ("WWW-Authenticate", "NTLM")), "integrated-windows-login"),
    ],
)
def test_pages_that_cannot_be_used(response: HttpResponse, reason: str) -> None:
    login = Login(response)
    assert login.outcome == (PAGE_NOT_UNDERSTOOD, reason, 1) and login.machine.page == response.body


def test_a_401_with_a_login_form_is_filled_in() -> None:
    login = Login(html(LOGIN, 401, ("WWW-Authenticate", "Negotiate")))
    assert login.next.form is not None and dict(login.next.form)["p"] == "Sömmar&2026"


@pytest.mark.parametrize(
    ("action", "first", "reason"),
    [
        ("https://evil.example/x", SSO, "password-to-another-site"),
        (ACS, SSO, "password-to-another-site"),
        ("http://idp.kommun.example/x", SSO, "password-over-plain-http"),
        ("https://sts.kommun.example/x", SSO, None),
        ("https://idp.kommun.example/x", "http://idp.kommun.example/sso", None),
        ("http://idp.kommun.example/x", "http://idp.kommun.example/sso", None),
        ("http://www.kommun.example/x", "http://idp.kommun.example/sso", "password-over-plain-http"),
        ("http://localhost:8001/x", "http://localhost:8001/sso", None),
        ("http://127.0.0.1:8002/x", "http://127.0.0.1:8001/sso", None),
    ],
)
def test_where_a_password_may_go(action: str, first: str, reason: str | None) -> None:
    login = Login(html(f"<form method=post action='{action}'><input name=u><input type=password name=p></form>"), first=first)
    if reason:
        assert login.outcome == (PAGE_NOT_UNDERSTOOD, reason, 1) and login.machine.factors == ()
    else:
        assert login.next.url == action and login.machine.factors == ("password",)


def test_a_site_that_the_idp_led_to_may_be_given_the_password() -> None:
    login = Login(
        moved(302, "https://login.leverantor.example/"), html(LOGIN.replace("action=login", "action=https://idp.kommun.example/back"))
    )
    assert login.next.url == "https://idp.kommun.example/back"


def test_one_time_codes() -> None:
    code = "<form method=post><label>Engångskod <input name=kod></label><button>OK</button></form>"
    login = Login(html(LOGIN), html(code), html(POSTED))
    assert login.outcome == (ARRIVED, None, 4) and login.machine.factors == ("password", "one-time-code")
    given = dict(login.sent[2].form or ())["kod"]
    assert len(given) == 6 and given in login.machine.secrets and login.machine.secret_fields == {"p", "kod"}
    assert Login(html(LOGIN), html(code), html(code)).outcome == (REFUSED_BY_IDP, "wrong-one-time-code", 3)
    without = Login(html(LOGIN), html(code), credentials=Credentials("l", "p4ssw0rd"))
    assert without.outcome == (PAGE_NOT_UNDERSTOOD, "one-time-code-missing", 2)


def test_totp_as_in_rfc_6238() -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    spaced = " ".join(secret.lower()[at : at + 4] for at in range(0, len(secret), 4))
    # Appendix B gives eight digits; the last six are the code.
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        assert Credentials(totp_secret=spaced).one_time_code(datetime.fromtimestamp(seconds, UTC)) == code
    with pytest.raises(ConfigurationError, match="base32") as trouble:
        Credentials(totp_secret="hemligt!")
    assert "hemligt" not in str(trouble.value)
    assert "Sömmar" not in repr(LARARE) and "JBSW" not in repr(LARARE) and LARARE.secrets() == ("Sömmar&2026", "JBSWY3DPEHPK3PXP")


def test_what_the_page_repeats_of_the_password_is_not_kept() -> None:
    login = Login(html(LOGIN), html(f"<title>Sömmar&amp;2026</title>{LOGIN}<p role=alert>Lösenordet Sömmar&amp;2026 är fel</p>"))
    assert "Sömmar" not in repr(login.machine.ended) and "‹secret›" in repr(login.machine.ended)


def test_the_machine_must_be_asked_in_turn() -> None:
    login = Login(moved(302, ACS))
    with pytest.raises(RuntimeError):
        login.machine.receive(HttpResponse(200), NOW)


_ANYTHING: st.SearchStrategy[HttpResponse] = st.builds(
    HttpResponse,
    st.sampled_from([200, 204, 301, 302, 303, 304, 307, 400, 401, 403, 500]) | st.integers(0, 999),
    st.lists(
        st.tuples(
            st.sampled_from(["Location", "Set-Cookie", "Content-Type", "Refresh", "WWW-Authenticate"]),
            st.text(max_size=30)
            | st.sampled_from(["/x", "https://[", "//", "?", "text/html; charset=utf-16", "s=1; Domain=se", "0;url=//["]),
        ),
        max_size=4,
    ).map(tuple),
    st.binary(max_size=60)
    | st.sampled_from([LOGIN.encode(), POSTED.encode(), LOGIN.encode()[:40], b"<form><input type=password name=\xff>"]),
)


@settings(deadline=None)
@given(st.lists(_ANYTHING, min_size=1, max_size=6))
def test_no_answer_makes_it_raise(answers: list[HttpResponse]) -> None:
    machine = LoginMachine(HttpRequest("GET", SSO), acs_url=ACS, credentials=LARARE, product=EXEMPELSTAD)
    passwords = 0
    for answer in answers:
        if machine.outgoing is None:
            break
        passwords += machine.outgoing.form is not None and "Sömmar&2026" in dict(machine.outgoing.form).values()
        machine.receive(answer, NOW)
    assert (machine.outgoing is None) == (machine.ended is not None)
    assert passwords <= 1 or any(300 < answer.status < 400 for answer in answers)
