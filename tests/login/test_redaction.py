"""What a flow may keep."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idptest.login.redaction import COOKIE, SECRET, conceal, conceal_bytes, redact, redact_response
from idptest.model.flow import Exchange, HttpRequest, HttpResponse

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PASSWORD = "Hemlig+å&<'\"/%\\ ö€1"


def exchange(request: HttpRequest, response: HttpResponse | None = None, error: str | None = None) -> Exchange:
    return Exchange(1, NOW, request, response, error)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "url": lambda text: quote(text, safe=""),
    "url, lower case": lambda text: re.sub(r"%..", lambda found: found.group().lower(), quote(text, safe="")),
    "plus": quote_plus,
    "twice": lambda text: quote(quote(text, safe=""), safe=""),
    "html": html.escape,
    "html, without quotes": lambda text: html.escape(text, quote=False),
    "html, all numbers": lambda text: "".join(f"&#x{ord(c):x};" for c in text),
    "json": lambda text: json.dumps(text)[1:-1],
    "json, utf-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "html, named": lambda text: html.escape(text).replace("å", "&aring;").replace("ö", "&ouml;"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_password_is_found_however_it_is_spelled(spelling: str) -> None:
    written = SPELLINGS[spelling](PASSWORD)
    assert conceal(f"a {written} b", [PASSWORD]) == f"a {SECRET} b"
    assert conceal_bytes(f"a {written} b".encode(), [PASSWORD]) == f"a {SECRET} b".encode()
    if "raw" in spelling:
        assert conceal_bytes(f"a {written} b".encode("windows-1252"), [PASSWORD]) == f"a {SECRET} b".encode()
        assert SECRET.encode() in conceal_bytes(f"a {written} b".encode("utf-16"), [PASSWORD])


def test_forms_urls_headers_bodies_and_errors() -> None:
    kept = redact(
        exchange(
            HttpRequest(
                "POST",
                "https://i.se/x?a=1&Password=hej&b=sommar2026&kod=1",
                (("Referer", "https://i.se/?p=sommar2026"), ("Authorization", "Basic bGFyYXJl")),
                (("user", "larare1"), ("pw", "sommar2026"), ("j_password", "gammalt"), ("kod", "12"), ("SAMLResponse", "UHNvbW1hcjIwMjY=")),
            ),
            HttpResponse(302, (("Location", "https://i.se/?pw=sommar2026&SAMLRequest=fZJsommar2026"),), b"<p>sommar2026</p>"),
            "timeout at https://i.se/?sommar2026",
        ),
        ["sommar2026", "12"],
        {"kod"},
    )
    assert kept.request.url == f"https://i.se/x?a=1&Password={SECRET}&b={SECRET}&kod={SECRET}"
    assert kept.request.form == (
        ("user", "larare1"),
        ("pw", SECRET),
        ("j_password", SECRET),
        ("kod", SECRET),
        ("SAMLResponse", "UHNvbW1hcjIwMjY="),
    )
    assert dict(kept.request.headers) == {"Referer": f"https://i.se/?p={SECRET}", "Authorization": "Basic ‹authorization›"}
    assert kept.response is not None
    assert kept.response.headers == (("Location", f"https://i.se/?pw={SECRET}&SAMLRequest=fZJsommar2026"),)
    assert kept.response.body == f"<p>{SECRET}</p>".encode()
    assert kept.error == f"timeout at https://i.se/?{SECRET}"


def test_cookies_keep_names_attributes_and_deletion() -> None:
    kept = redact(
        exchange(
            HttpRequest("GET", "https://i.se/", (("Cookie", "a=1; b=x=y"),)),
            HttpResponse(200, (("Set-Cookie", "s=abc; Path=/; Secure; SameSite=None"), ("set-cookie", "t=; Max-Age=0"))),
        ),
        [],
    )
    assert kept.request.headers == (("Cookie", f"a={COOKIE}; b={COOKIE}"),)
    assert kept.response is not None
    assert kept.response.headers == (("Set-Cookie", f"s={COOKIE}; Path=/; Secure; SameSite=None"), ("set-cookie", "t=; Max-Age=0"))


def test_what_names_a_node_behind_a_load_balancer_stays() -> None:
    headers = (
        ("Set-Cookie", "ROUTEID=.1; path=/"),
        ("Set-Cookie", "JSESSIONID=9F8E7D6C.node1; Secure"),
        ("Set-Cookie", "SERVERID=larare1-hemligt"),
        ("Set-Cookie", "JSESSIONID=a.9F8E7D6C9F8E7D6C9F8E7D6C9F8E7D6C"),
    )
    kept = redact_response(HttpResponse(200, headers), ["larare1-hemligt"]).headers
    assert [value for _, value in kept] == [
        "ROUTEID=.1; path=/",
        "JSESSIONID=‹cookie›.node1; Secure",
        "SERVERID=‹secret›",
        "JSESSIONID=‹cookie›",
    ]


def test_short_secrets_go_only_from_their_own_field() -> None:
    kept = redact(exchange(HttpRequest("POST", "https://i.se/abc", form=(("p", "abc"), ("x", "abcd")))), ["abc"])
    assert kept.request.url.endswith("/abc") and kept.request.form == (("p", SECRET), ("x", "abcd"))


def test_a_code_is_a_number_of_its_own() -> None:
    assert conceal("kod=123456&t=9912345699 123456.", ["123456"]) == f"kod={SECRET}&t=9912345699 {SECRET}."
    assert conceal("kod%3D123456 kod%20123456", ["123456"]) == f"kod%3D{SECRET} kod%20{SECRET}"


def test_saml_messages_and_tokens_are_left_as_they_were() -> None:
    message = base64.b64encode(b"<samlp:Response>" + b"sommar" * 60).decode()
    piece = message[40:46]
    body = f'<input name="SAMLResponse" value="{message}"><p>{piece}</p>'.encode()
    assert conceal_bytes(body, [piece]) == body.replace(f"<p>{piece}</p>".encode(), f"<p>{SECRET}</p>".encode())


def test_without_secrets_every_byte_stays() -> None:
    body = bytes(range(256))
    assert conceal_bytes(body, []) == body == conceal_bytes(body, ["finns inte här"])


@given(st.text(min_size=4, max_size=12).filter(lambda text: text.strip() == text), st.binary(max_size=50))
def test_no_secret_survives_in_utf8_bodies_and_urls(secret: str, noise: bytes) -> None:
    raw = secret.encode("utf-8", "surrogatepass")
    if secret in SECRET or secret.isdigit():
        return
    assert raw not in conceal_bytes(noise + b" " + raw, [secret]).replace(SECRET.encode(), b"")
    assert secret not in conceal(quote(secret, safe="", errors="surrogatepass") + " " + secret, [secret]).replace(SECRET, "")
