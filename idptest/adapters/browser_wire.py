"""What a browser's page sends and gets, hop by hop: each is stopped at DevTools' Fetch domain, looked at, and let go.

That sees redirects too, keeps every body before a script can leave the page, and answers what goes to our ACS itself, so that nothing
has to listen. Cookies stand in the events of the Network domain.
"""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from idptest.adapters.driver import Progress
from idptest.adapters.http_client import MAX_BODY
from idptest.adapters.sp_server import DONE
from idptest.login.conduct import REDIRECTS, End, nowhere
from idptest.login.urls import host, resolve, same_endpoint, split
from idptest.model import trouble
from idptest.model.flow import NETWORK, TOO_MANY_HOPS, Exchange, HttpRequest, HttpResponse, Pairs

_URLENCODED = "application/x-www-form-urlencoded"
# Of what Chromium calls its errors, those that an administrator meets.
_ERRORS = (
    ("ERR_CONNECTION_REFUSED", trouble.REFUSED.en),
    ("ERR_NAME_NOT_RESOLVED", trouble.UNKNOWN_NAME.en),
    ("ERR_CERT_AUTHORITY_INVALID", f"TLS: {trouble.NOT_TRUSTED_BY_COMPUTER.en}"),
    ("ERR_CERT_COMMON_NAME_INVALID", f"TLS: {trouble.CERTIFICATE_FOR_ANOTHER.en}"),
    ("ERR_CERT_DATE_INVALID", f"TLS: {trouble.CERTIFICATE_ENDED.en}"),
    ("ERR_BAD_SSL_CLIENT_AUTH_CERT", f"TLS: {trouble.WANTS_CERTIFICATE.en}"),
    ("ERR_TIMED_OUT", trouble.NO_ANSWER.en),
    ("ERR_PROXY_CONNECTION_FAILED", f"proxy: {trouble.REFUSED.en}"),
)


@dataclass
class Hop:
    """`key` and `turn` find the headers that the browser really sent and got: they are told apart from the rest."""

    at: datetime
    request: HttpRequest
    key: str
    turn: int
    response: HttpResponse | None = None
    error: str | None = None


class Wire:
    """`start` is the address of our own start page, and what it says. `unsafe` tells why a request must not be sent; None leaves that, and
    programs that take over, to the person who logs in. `end` is set when the login is over.
    """

    def __init__(
        self,
        acs_url: str,
        start: tuple[str, str],
        now: Callable[[], datetime],
        progress: Progress,
        unsafe: Callable[[HttpRequest, str], End | None] | None,
        max_hops: int,
    ) -> None:
        self.hops: list[Hop] = []
        self.delivered: HttpRequest | None = None
        self.end: End | None = None
        self.loading = False
        self.busy: set[str] = set()
        self._acs, self._start = acs_url, start
        self._now, self._progress, self._unsafe, self._max_hops = now, progress, unsafe, max_hops
        self._sent: dict[str, list[Pairs]] = {}
        self._got: dict[str, list[Pairs]] = {}

    def watch(self, context: Any, page: Any) -> None:
        """Attach to a page or window, before it goes anywhere."""
        devtools = context.new_cdp_session(page)
        main = devtools.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        devtools.on("Fetch.requestPaused", lambda event: self._paused(devtools, main, event))
        devtools.on("Network.requestWillBeSentExtraInfo", lambda event: _keep(self._sent, event))
        devtools.on("Network.responseReceivedExtraInfo", lambda event: _keep(self._got, event))
        devtools.on("Network.requestWillBeSent", lambda event: self.busy.add(event["requestId"]))
        devtools.on("Network.loadingFinished", lambda event: self.busy.discard(event["requestId"]))
        devtools.on("Network.loadingFailed", self._failed)
        devtools.send("Network.enable")
        stages = [{"urlPattern": "*", "resourceType": "Document", "requestStage": stage} for stage in ("Request", "Response")]
        devtools.send("Fetch.enable", {"patterns": stages})

    def exchanges(self) -> tuple[Exchange, ...]:
        """What has happened so far, an arrival last."""
        found = []
        for number, hop in enumerate(self.hops, 1):
            request, response = hop.request, hop.response
            sent, got = self._sent.get(hop.key, []), self._got.get(hop.key, [])
            if hop.turn < len(sent):
                request = HttpRequest(request.method, request.url, sent[hop.turn], request.form)
            if response is not None and hop.turn < len(got):
                response = HttpResponse(response.status, got[hop.turn], response.body)
            found.append(Exchange(number, hop.at, request, response, hop.error))
        if self.delivered is not None:
            found.append(Exchange(len(found) + 1, self._now(), self.delivered))
        return tuple(found)

    @property
    def page_response(self) -> HttpResponse:
        """The answer that brought the page that is shown."""
        answers = (hop.response for hop in reversed(self.hops) if hop.response is not None and hop.response.status not in REDIRECTS)
        return next(answers, HttpResponse(200))

    def _paused(self, devtools: Any, main: str, event: dict[str, Any]) -> None:
        with contextlib.suppress(_errors()):  # the page is gone, or has gone on
            if event["frameId"] != main:
                devtools.send("Fetch.continueRequest", {"requestId": event["requestId"]})
            elif "responseStatusCode" in event or "responseErrorReason" in event:
                self._answered(devtools, event)
            else:
                self._asked(devtools, event)

    def _asked(self, devtools: Any, event: dict[str, Any]) -> None:
        request = _request(devtools, event)
        page_url = self.hops[-1].request.url if self.hops else request.url
        if request.url == self._start[0]:
            _fulfil(devtools, event, self._start[1])
            return
        self.loading = True
        self._progress(request)
        if self.end is not None or self.delivered is not None:
            devtools.send("Fetch.failRequest", {"requestId": event["requestId"], "errorReason": "Aborted"})
        elif same_endpoint(request.url, self._acs):
            self.delivered = request
            _fulfil(devtools, event, DONE)
        elif end := self._forbids(request, page_url):
            self.end = end
            devtools.send("Fetch.failRequest", {"requestId": event["requestId"], "errorReason": "Aborted"})
        else:
            key = event.get("networkId", "")
            self.hops.append(Hop(self._now(), request, key, sum(1 for hop in self.hops if hop.key == key)))
            devtools.send("Fetch.continueRequest", {"requestId": event["requestId"]})

    def _forbids(self, request: HttpRequest, page_url: str) -> End | None:
        if len(self.hops) >= self._max_hops:
            return End(TOO_MANY_HOPS)
        return self._unsafe(request, page_url) if self._unsafe else None

    def _answered(self, devtools: Any, event: dict[str, Any]) -> None:
        hop = next((hop for hop in reversed(self.hops) if hop.key == event.get("networkId", "")), None)
        status = event.get("responseStatusCode")
        if hop is not None and status is not None:
            body = b""
            if status not in REDIRECTS:
                self.loading = False
                self.busy.clear()
                body = self._body(devtools, event, hop)
            headers = tuple((each["name"], each["value"]) for each in event.get("responseHeaders", ()))
            hop.response = HttpResponse(status, headers, body)
            location = hop.response.header("location") if status in REDIRECTS else None
            if location is not None and self._unsafe:
                target = resolve(hop.request.url, location)
                if target is None or split(target) is None:
                    self.end = nowhere(hop.request.url, location, target)
        devtools.send("Fetch.continueRequest", {"requestId": event["requestId"]})

    def _body(self, devtools: Any, event: dict[str, Any], hop: Hop) -> bytes:
        lengths = [each["value"] for each in event.get("responseHeaders", ()) if each["name"].lower() == "content-length"]
        body = b""
        if not any(length.isdecimal() and int(length) > MAX_BODY for length in lengths):
            with contextlib.suppress(_errors()):  # 204 has none
                found = devtools.send("Fetch.getResponseBody", {"requestId": event["requestId"]})
                body = base64.b64decode(found["body"]) if found["base64Encoded"] else found["body"].encode()
            if len(body) <= MAX_BODY:
                return body
        hop.error = f"{host(hop.request.url)}: {trouble.too_much(MAX_BODY // 1024 // 1024).en}"
        self.end = End(NETWORK, said=hop.error)
        return b""

    def _failed(self, event: dict[str, Any]) -> None:
        self.busy.discard(event["requestId"])
        hop = self.hops[-1] if self.hops else None
        if hop is None or hop.key != event["requestId"]:
            return
        self.loading = False
        text = event.get("errorText", "")
        # Aborted: a newer navigation, a download, or a program that took over.
        if "ERR_TOO_MANY_REDIRECTS" in text:
            self.end = self.end or End(TOO_MANY_HOPS)
        elif hop.response is None and "ERR_ABORTED" not in text and self.end is None:
            words = next((words for sign, words in _ERRORS if sign in text), text.removeprefix("net::"))
            hop.error = f"{_netloc(hop.request.url)}: {words}"
            self.end = End(NETWORK, said=hop.error)


def _errors() -> type[Exception]:
    from playwright.sync_api import Error

    return Error


def _netloc(url: str) -> str:
    return re.sub(r"^\w+://|[/?#].*", "", url)


def _keep(kept: dict[str, list[Pairs]], event: dict[str, Any]) -> None:
    """DevTools joins headers of one name by line breaks."""
    pairs = ((name, line) for name, value in event["headers"].items() for line in value.split("\n"))
    kept.setdefault(event["requestId"], []).append(tuple((name, value) for name, value in pairs if not name.startswith(":")))


def _request(devtools: Any, event: dict[str, Any]) -> HttpRequest:
    """The request that is about to be sent; cookies are not in it yet."""
    plain = event["request"]
    headers = tuple((str(name), str(value)) for name, value in plain["headers"].items())
    form: Pairs | None = None
    if plain["method"] == "POST":
        data = plain.get("postData")
        if data is None and plain.get("hasPostData"):
            with contextlib.suppress(_errors()):
                data = devtools.send("Network.getRequestPostData", {"requestId": event["networkId"]})["postData"]
        kind = next((value for name, value in headers if name.lower() == "content-type"), _URLENCODED)
        if kind.startswith(_URLENCODED):
            form = tuple(parse_qsl(data or "", keep_blank_values=True))
    return HttpRequest(plain["method"], plain["url"], headers, form)


def _fulfil(devtools: Any, event: dict[str, Any], page: str) -> None:
    headers = [{"name": "Content-Type", "value": "text/html; charset=utf-8"}]
    answer = {"requestId": event["requestId"], "responseCode": 200, "responseHeaders": headers}
    devtools.send("Fetch.fulfillRequest", answer | {"body": base64.b64encode(page.encode()).decode()})
