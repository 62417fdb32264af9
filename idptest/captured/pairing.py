"""From a browser's requests to the logins among them: every SAML response that was delivered is one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from urllib.parse import urlsplit, urlunsplit

from idptest.captured.entry import Entry, field, fields
from idptest.captured.messages import Asked, answered, asked
from idptest.captured.saml import FoundSaml
from idptest.login.forms import read_page, submission
from idptest.login.redaction import SECRET, redact_request
from idptest.model.flow import HttpRequest, HttpResponse

# What is judged of the things that a browser sends. All else stays in the file.
_MESSAGES = frozenset({"SAMLRequest", "SAMLResponse", "RelayState", "SigAlg", "Signature"})
_KEPT_HEADERS = frozenset({"date"})
_MOST_HOPS, _LOOK_BACK = 100, 10
MOST_LOGINS = 200


@dataclass(frozen=True)
class Trace:
    """The logins in a file, in order of time, and the requests for one that no answer came to."""

    logins: tuple[FoundSaml, ...]
    unanswered: tuple[Asked, ...] = ()


def trace(entries: Iterable[Entry]) -> Trace:
    """Pairs answers with requests by InResponseTo. An answer that was sent twice, as a reload does, is one login.

    One login more than MOST_LOGINS ends the search.
    """
    known = in_order(list(entries))
    known = [_with_its_form(known, number) for number in range(len(known))]
    secrets = _secrets(known)
    requests: dict[str, tuple[int, Asked]] = {}
    for number, entry in enumerate(known):
        found = asked(entry.request)
        if found and found.request_id not in requests:
            requests[found.request_id] = (number, found)
    kept: dict[int, Entry] = {}

    def keep(number: int) -> Entry:
        if number not in kept:
            kept[number] = _kept(known[number], secrets)
        return kept[number]

    logins: list[FoundSaml] = []
    seen, replied = set(), set()
    for number, entry in enumerate(known):
        value, answer = field(entry.request, "SAMLResponse"), answered(entry.request)
        if value is None or answer is None or value in seen:
            continue
        seen.add(value)
        start, request = requests.get(answer.in_response_to or "", (number, None))
        if request:
            replied.add(request.request_id)
            request = asked(keep(start).request)  # as it is kept, without secrets
        between = islice((step for step in range(number - 1, start, -1) if known[step].step), _MOST_HOPS)
        hops = [keep(step) for step in ((start, *reversed(list(between)), number) if start < number else (number,))]
        logins.append(FoundSaml(answer, request, tuple(hops)))
        if len(logins) > MOST_LOGINS:
            break
    return Trace(tuple(logins), tuple(request for _, request in requests.values() if request.request_id not in replied))


def in_order(entries: list[Entry]) -> list[Entry]:
    """By time, where every entry has one: HAR 1.2 recommends that order, and does not demand it."""
    times = [entry.at for entry in entries if entry.at]
    if len(times) < len(entries):
        return entries
    order: list[tuple[datetime, int]] = sorted(zip(times, range(len(entries)), strict=True))
    return [entries[number] for _, number in order]


def _with_its_form(entries: Sequence[Entry], number: int) -> Entry:
    """A POST whose body is not in the file, with the form of the page that it came from, when that page holds a SAML response."""
    entry = entries[number]
    if entry.request.method != "POST" or entry.request.form is not None:
        return entry
    for before in reversed(entries[max(0, number - _LOOK_BACK) : number]):
        if before.response and b"SAMLResponse" in before.response.body:
            sent = _delivery(before.request.url, before.response)
            if sent and sent.url == entry.request.url:
                return replace(entry, request=replace(entry.request, form=sent.form))
    return entry


def _delivery(url: str, response: HttpResponse) -> HttpRequest | None:
    for form in read_page(url, response.body).forms:
        if any(control.name == "SAMLResponse" for control in form.controls):
            return submission(form, {})
    return None


def _secrets(entries: Sequence[Entry]) -> tuple[str, ...]:
    """What was typed into fields whose names say password or code."""
    found = set()
    for entry in entries:
        redacted = redact_request(HttpRequest("POST", "", form=fields(entry.request)), ())
        found |= {value for (_, value), (_, now) in zip(fields(entry.request), redacted.form or (), strict=True) if now == SECRET}
    return tuple(sorted(found - {SECRET, ""}))


def _kept(entry: Entry, secrets: Sequence[str]) -> Entry:
    """What a flow may hold of it: the SAML messages, addresses without queries, and of the answer its status and date."""
    request, response = entry.request, entry.response
    parts = urlsplit(request.url)
    query = "&".join(item for item in parts.query.split("&") if item.partition("=")[0] in _MESSAGES)
    url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))
    form = request.form and tuple(pair for pair in request.form if pair[0] in _MESSAGES)
    request = redact_request(replace(request, url=url, headers=(), form=form), secrets)
    if response:
        headers = tuple(pair for pair in response.headers if pair[0].lower() in _KEPT_HEADERS)
        response = replace(response, headers=headers, body=b"")
    return replace(entry, request=request, response=response)
