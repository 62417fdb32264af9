"""Cookies as browsers keep them. Clauses are RFC 6265bis."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idptest.login.cookies import CookieJar, cookie_date, default_path, domain_matches, path_matches

NOW = datetime(2026, 11, 22, 7, 45, tzinfo=UTC)
IDP = "https://idp.exempelstad.se/saml/sso"
SP = "https://idptest.kommun.example/"


def jar(*lines: str, url: str = IDP, now: datetime = NOW) -> CookieJar:
    kept = CookieJar()
    kept.receive(url, lines, now)
    return kept


def test_a_cookie_comes_back_to_its_host_and_path_only() -> None:
    kept = jar("s=1")
    assert kept.header("https://idp.exempelstad.se/saml/login", NOW) == "s=1"
    assert kept.header("https://idp.exempelstad.se/other", NOW) is None
    assert kept.header("https://www.idp.exempelstad.se/saml/", NOW) is None
    assert jar("s=1; Path=/").header("https://idp.exempelstad.se:8443/other", NOW) == "s=1"  # ports do not part cookies


def test_domain_cookies_reach_sisters_but_nobody_may_set_them_for_strangers_or_whole_suffixes() -> None:
    assert jar("s=1; Domain=.Exempelstad.se; Path=/").header("https://sts.exempelstad.se/", NOW) == "s=1"
    for domain in ("se", "com", "kommun.se", "sts.exempelstad.se", "komvux.se"):
        assert jar(f"s=1; Domain={domain}").cookies == ()
    assert jar("s=1; Domain=azurewebsites.net", url="https://x.azurewebsites.net/").cookies == ()


def test_longer_paths_come_first_then_older_cookies_and_a_new_value_keeps_its_place() -> None:
    kept = jar("a=1; Path=/", "b=2; Path=/saml", "c=3; Path=/")
    kept.receive(IDP, ["a=9; Path=/"], NOW + timedelta(minutes=1))
    assert kept.header("https://idp.exempelstad.se/saml/x", NOW + timedelta(minutes=2)) == "b=2; a=9; c=3"


def test_quotes_stay_and_blanks_go() -> None:
    assert jar('  s  =  "a b"  ; Path=/').header(IDP, NOW) == 's="a b"'


def test_expiry_and_deletion() -> None:
    assert jar("s=1; Max-Age=60").header(IDP, NOW + timedelta(seconds=59)) == "s=1"
    assert jar("s=1; Max-Age=60").header(IDP, NOW + timedelta(seconds=60)) is None
    kept = jar("s=1; Path=/", "t=2; Path=/")
    kept.receive(IDP, ["s=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "t=; Path=/; Max-Age=0"], NOW)
    assert kept.cookies == ()
    # Max-Age wins over Expires; an unreadable one is ignored; nothing lives longer than 400 days.
    assert jar("s=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT").header(IDP, NOW) == "s=1"
    assert jar("s=1; Expires=snart").header(IDP, NOW) == "s=1"
    assert jar("s=1; Max-Age=99999999999999999999").cookies[0].expires == NOW + timedelta(days=400)


@pytest.mark.parametrize(
    "text", ["Sun, 22 Nov 2026 07:45:00 GMT", "Sunday, 22-Nov-26 07:45:00 GMT", "Sun Nov 22 07:45:00 2026", "22 nov 2026 7:45:0 whatever"]
)
def test_dates_in_all_the_forms_seen(text: str) -> None:
    assert cookie_date(text) == NOW


@pytest.mark.parametrize("text", ["", "22 Nov 2026", "31 Feb 2026 07:45:00", "22 Nov 1600 07:45:00", "22 Nov 2026 25:45:00"])
def test_dates_that_are_none(text: str) -> None:
    assert cookie_date(text) is None


def test_secure_cookies_need_https_or_this_very_machine() -> None:
    assert jar("s=1; Secure", url="http://idp.exempelstad.se/").cookies == ()
    assert jar("s=1; Secure; Path=/").header("http://idp.exempelstad.se/", NOW) is None
    for place in ("http://localhost:8001/", "http://127.0.0.1:8001/", "http://[::1]:8001/"):
        assert jar("s=1; Secure", url=place).header(place, NOW) == "s=1"


def test_plain_http_may_not_replace_a_secure_cookie() -> None:
    kept = jar("s=1; Secure; Path=/")
    kept.receive("http://idp.exempelstad.se/", ["s=stolen; Path=/"], NOW)
    assert kept.header(IDP, NOW) == "s=1"


def test_prefixes() -> None:
    assert jar("__Host-s=1; Secure; Path=/").header(IDP, NOW) == "__Host-s=1"
    for line in (
        "__Host-s=1; Path=/",
        "__Host-s=1; Secure",
        "__Host-s=1; Secure; Path=/; Domain=exempelstad.se",
        "__Secure-s=1",
        "__HOST-s=1",
    ):
        assert jar(line).cookies == (), line
    assert jar("__Secure-s=1; Secure").header(IDP, NOW) == "__Secure-s=1"
    assert jar("=__Host-s=1; Secure; Path=/").cookies == ()


def test_cross_site_post_takes_neither_lax_nor_strict_cookies() -> None:
    kept = jar("n=1; SameSite=None; Secure", "l=2; SameSite=Lax", "s=3; SameSite=Strict", "d=4")
    assert kept.header(IDP, NOW, method="POST", initiator=SP) == "n=1; d=4"  # d is younger than two minutes
    assert kept.header(IDP, NOW + timedelta(minutes=3), method="POST", initiator=SP) == "n=1"
    assert kept.header(IDP, NOW, method="GET", initiator=SP) == "n=1; l=2; d=4"
    assert kept.header(IDP, NOW, method="POST", initiator="https://sts.exempelstad.se/x") == "n=1; l=2; s=3; d=4"
    assert kept.header(IDP, NOW) == "n=1; l=2; s=3; d=4"


def test_http_and_https_of_one_name_are_two_sites() -> None:
    kept = jar("s=3; SameSite=Strict")
    assert kept.header(IDP, NOW, initiator="http://idp.exempelstad.se/") is None


def test_samesite_none_without_secure_is_refused() -> None:
    assert jar("n=1; SameSite=None").cookies == ()


def test_two_municipalities_under_one_suffix_are_two_sites() -> None:
    kept = jar("s=3; SameSite=Strict; Path=/", url="https://idp.a.komvux.se/")
    assert kept.header("https://idp.a.komvux.se/", NOW, initiator="https://idp.b.komvux.se/") is None
    assert kept.header("https://idp.a.komvux.se/", NOW, initiator="https://sts.a.komvux.se/") == "s=3"


def test_what_browsers_drop() -> None:
    for line in ("", ";", "s=1\x00", "s=1\r\nx", "s=" + "x" * 5000):
        assert jar(line).cookies == (), line
    assert jar("bare").header(IDP, NOW) == "bare"
    assert jar("s=1; Path=relative").cookies[0].path == "/saml"


def test_matching() -> None:
    assert domain_matches("a.b.se", "b.se") and not domain_matches("ab.se", "b.se") and not domain_matches("1.2.3.4", "3.4")
    assert [default_path(path) for path in ("", "x", "/", "/a", "/a/b")] == ["/", "/", "/", "/", "/a"]
    assert path_matches("/a/b", "/a") and path_matches("/a/b", "/a/") and not path_matches("/ab", "/a") and path_matches("/a", "/a")


@given(
    st.lists(st.text(max_size=120) | st.from_regex(r"[a-z_]{1,9}=[^;]*(; ?(Path|Domain|Expires|Max-Age|SameSite)=[^;]*){0,3}"), max_size=5),
    st.text(max_size=60) | st.sampled_from([IDP, "http://localhost/", "https://[::1", "https://[x]/", "https://a:99999/"]),
)
def test_no_header_and_no_address_makes_it_raise(lines: list[str], url: str) -> None:
    kept = CookieJar()
    kept.receive(url, lines, NOW)
    kept.receive(IDP, lines, NOW)
    kept.header(url, NOW, method="POST", initiator=url)
    kept.header(IDP, NOW, initiator=url)
