"""What a browser, or SAML-tracer in it, would have saved of a login that idptest made: the other way round from idptest.captured."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlsplit

from idptest.login.redaction import COOKIE, SECRET
from idptest.model.flow import Exchange, Flow, Pairs

# What must never come out again. They stand wherever the flow has its marks, and in places of the browser's own.
PASSWORD, COOKIE_VALUE, TOKEN = "Vårregn&tistel+9", "kaka-5f1c0e77a2", "bearer-93d1aa07"
SECRETS = (PASSWORD, quote_plus(PASSWORD), COOKIE_VALUE, TOKEN)
_CLUTTER = (
    ("https://idp.exempelstad.se/stil.css", "text/css", "stylesheet", "body { color: black }"),
    ("https://idp.exempelstad.se/vapen.png", "image/png", "image", ""),
    ("https://statistik.example/hit", "application/json", "xhr", '{"ok": true}'),
)


def chrome(flow: Flow, **changes: Any) -> dict[str, Any]:
    """As "Save all as HAR with content" of Chrome and Edge writes it: what was posted as text and as parameters still quoted."""
    return _har("WebInspector", [_chrome_entry(exchange) for exchange in flow.exchanges], flow, **changes)


def firefox(flow: Flow, **changes: Any) -> dict[str, Any]:
    """As Firefox writes it: parameters unquoted, headers of the upload before the text, and base64 for what is no text."""
    return _har("Firefox", [_firefox_entry(exchange) for exchange in flow.exchanges], flow, **changes)


def saml_tracer(flow: Flow, profile: str = "none") -> dict[str, Any]:
    """As SAML-tracer 1.9 exports it with that choice of what to take out: none, mask or remove."""
    return {"requests": [_traced(exchange, number, profile) for number, exchange in enumerate(flow.exchanges)], "timestamp": _time(flow)}


def as_bytes(plain: object) -> bytes:
    return json.dumps(plain, ensure_ascii=False, indent=2).encode()


def _har(creator: str, entries: Sequence[dict[str, Any]], flow: Flow, clutter: bool = True) -> dict[str, Any]:
    found = list(entries)
    if clutter:
        at = entries[0]["startedDateTime"]
        found[1:1] = [_resource(*one, at) for one in _CLUTTER]
        found.append({"startedDateTime": at, "request": {"method": "GET", "url": "data:image/gif;base64,R0lGODlh"}, "response": {}})
    return {"log": {"version": "1.2", "creator": {"name": creator, "version": "1"}, "pages": [], "entries": found}}


def _resource(url: str, mime: str, kind: str, text: str, at: str) -> dict[str, Any]:
    headers = [{"name": "Authorization", "value": f"Bearer {TOKEN}"}]
    return {
        "startedDateTime": at,
        "_resourceType": kind,
        "request": {"method": "GET", "url": url, "headers": headers, "cookies": [], "queryString": []},
        "response": {"status": 200, "headers": [], "content": {"mimeType": mime, "text": text}},
    }


def _time(exchange: Exchange | Flow) -> str:
    at = exchange.at if isinstance(exchange, Exchange) else exchange.captured_at
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _form(exchange: Exchange) -> Pairs | None:
    form = exchange.request.form
    return form and tuple((name, value.replace(SECRET, PASSWORD)) for name, value in form)


def _headers(pairs: Pairs) -> list[dict[str, str]]:
    return [{"name": name, "value": value.replace(COOKIE, COOKIE_VALUE)} for name, value in pairs]


def _named(pairs: Sequence[tuple[str, str]], quoted: bool) -> list[dict[str, str]]:
    return [{"name": quote_plus(name) if quoted else name, "value": quote_plus(value) if quoted else value} for name, value in pairs]


def _posted(form: Pairs) -> str:
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in form)


def _entry(exchange: Exchange, quoted: bool) -> dict[str, Any]:
    request, response, form = exchange.request, exchange.response, _form(exchange)
    cookies = [{"name": "session", "value": COOKIE_VALUE}]
    plain: dict[str, Any] = {
        "startedDateTime": _time(exchange),
        "time": 12.5,
        "request": {
            "method": request.method,
            "url": request.url,
            "httpVersion": "HTTP/2.0",
            "headers": [*_headers(request.headers), {"name": "cookie", "value": f"session={COOKIE_VALUE}"}],
            "queryString": _named(parse_qsl(urlsplit(request.url).query), quoted),
            "cookies": cookies,
            "headersSize": -1,
            "bodySize": -1,
        },
        "response": {
            "status": response.status if response else 0,
            "statusText": "",
            "headers": _headers(response.headers) if response else [],
            "cookies": cookies,
            "content": {
                "size": len(response.body) if response else 0,
                "mimeType": "text/html" if response else "x-unknown",
                "text": response.body.decode() if response else "",
            },
            "redirectURL": (response.header("location") or "") if response else "",
            "_error": None if response else "net::ERR_CONNECTION_REFUSED",
        },
        "cache": {},
        "timings": {"send": 0, "wait": 10, "receive": 2},
    }
    if form is not None:
        plain["request"]["postData"] = {
            "mimeType": "application/x-www-form-urlencoded",
            "text": _posted(form),
            "params": _named(form, quoted),
        }
        plain["request"]["headers"].append({"name": "content-length", "value": str(len(_posted(form)))})
    return plain


def _chrome_entry(exchange: Exchange) -> dict[str, Any]:
    return {"_resourceType": "document", "_priority": "VeryHigh", **_entry(exchange, quoted=True)}


def _firefox_entry(exchange: Exchange) -> dict[str, Any]:
    plain = _entry(exchange, quoted=False)
    posted = plain["request"].get("postData")
    if posted:
        upload = f"Content-Type: {posted['mimeType']}\r\nContent-Length: {len(posted['text'])}\r\n\r\n"
        posted["text"] = upload + posted["text"]
    return {"pageref": "page_1", **plain, "serverIPAddress": "192.0.2.7", "connection": "443"}


def _traced(exchange: Exchange, number: int, profile: str) -> dict[str, Any]:
    """The fields of SAMLTrace.Request after exportRequests, in its order."""
    request, response, form = exchange.request, exchange.response, _form(exchange) or ()
    message = next((value for name, value in form if name == "SAMLResponse"), None)
    masked = [[name, _masked(value, place, profile)] for place, (name, value) in enumerate(form)]
    plain: dict[str, Any] = {
        "method": request.method,
        "url": request.url,
        "requestId": str(700 + number),
        "requestHeaders": _traced_headers(request.headers, "Cookie", profile),
    }
    if request.method == "GET":
        plain["get"] = [list(pair) for pair in parse_qsl(urlsplit(request.url).query)]
    else:
        plain["postData"] = {name: [value] for name, value in form} if profile == "none" else "{overwritten}"
        plain["post"] = masked
    if message:
        plain["protocol"] = "SAML-P"
        plain["saml"] = base64.b64decode(message).decode()
    plain["responseStatus"] = response.status if response else 200
    plain["responseStatusText"] = "HTTP/2.0 200"
    plain["responseHeaders"] = _traced_headers(
        response.headers if response else (("date", "Sun, 22 Nov 2026 07:45:00 GMT"),), "Set-Cookie", profile
    )
    return plain


def _traced_headers(pairs: Pairs, cookies: str, profile: str) -> list[dict[str, str]]:
    return [
        {**header, "value": _masked(header["value"], 0, profile)} if header["name"].lower() == cookies.lower() else header
        for header in _headers(pairs)
    ]


def _masked(value: str, place: int, profile: str) -> str:
    return {"none": value, "mask": "{hash:8d969eef6ecad3c29a3a629280e686cf}", "remove": f"{{obf:alternative_{place}}}"}[profile]
