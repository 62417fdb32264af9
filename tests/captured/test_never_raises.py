"""Whatever stands in a file: flows, or one line. Never a traceback, never a rule that crashes, never for long."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from idptest import captured
from idptest.errors import InputError
from idptest.model.flow import AccountFacts
from idptest.model.flow_file import dumps, loads
from idptest.model.rule import Verdict
from idptest.validator import judge
from tests import exempelstad
from tests.captured import browser

FLOW = exempelstad.flow("larare")
HAR, EXPORT = browser.chrome(FLOW), browser.saml_tracer(FLOW)

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["https://[", "\ud800", "%ZZ", "POST"])
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=12
)
NAMES = [
    "log",
    "entries",
    "request",
    "response",
    "method",
    "url",
    "postData",
    "params",
    "text",
    "mimeType",
    "encoding",
    "headers",
    "name",
    "value",
    "status",
    "content",
    "startedDateTime",
    "_resourceType",
    "requests",
    "post",
    "get",
    "saml",
    "requestHeaders",
    "responseHeaders",
    "responseStatus",
    "SAMLResponse",
    "SAMLRequest",
]
shaped = st.recursive(
    scalars | st.sampled_from([base64.b64encode(exempelstad.answer(FLOW)).decode(), FLOW.exchanges[0].request.url, FLOW.sent.acs_url]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=25,
)


def _read(data: bytes) -> None:
    """As `idptest check` does, with the metadata at hand: every flow is judged, saved and read again."""
    try:
        for found in captured.logins(data, "file"):
            flow = found.flow(FLOW.idp, AccountFacts("file", "teacher"), FLOW.rulesets)
            report = judge(loads(dumps(flow)))
            assert not list(report.having(Verdict.CRASHED))
    except InputError as problem:
        assert "\n" not in problem.line("en")


@settings(deadline=None, max_examples=150)
@examples(anything | shaped)
def test_any_json(plain: Any) -> None:
    _read(json.dumps(plain).encode())


@settings(deadline=None, max_examples=150)
@examples(shaped, st.booleans())
def test_any_json_in_the_place_of_the_requests(plain: Any, har: bool) -> None:
    _read(
        json.dumps(
            {"log": {"entries": [plain, {"request": plain, "response": plain}]}} if har else {"requests": [plain, {"url": plain}]}
        ).encode()
    )


@settings(deadline=None, max_examples=150)
@examples(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: ("SAMLResponse=" + text).encode("utf-8", "replace")))
def test_any_bytes(data: bytes) -> None:
    _read(data)


def _places(plain: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key, value in plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ():
        yield from _places(value, (*path, key))


def _with(plain: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(plain) if isinstance(plain, dict) else list(plain)
    copy[path[0]] = _with(plain[path[0]], path[1:], value)
    return copy


@settings(deadline=None, max_examples=300)
@examples(st.data())
def test_a_good_file_with_one_value_of_another_kind(data: st.DataObject) -> None:
    good = data.draw(st.sampled_from([HAR, EXPORT]))
    path = data.draw(st.sampled_from(list(_places(good))))
    _read(json.dumps(_with(good, path, data.draw(anything))).encode())


@settings(deadline=None, max_examples=100)
@examples(st.integers(0, len(browser.as_bytes(HAR))))
def test_half_a_file(length: int) -> None:
    _read(browser.as_bytes(HAR)[:length])


@settings(deadline=None, max_examples=100)
@examples(st.integers(0, len(exempelstad.answer(FLOW)) - 1), st.binary(min_size=1, max_size=3))
def test_a_changed_response(at: int, change: bytes) -> None:
    xml = exempelstad.answer(FLOW)
    _read(xml[:at] + change + xml[at + 1 :])
    _read(base64.b64encode(xml[:at] + change + xml[at + 1 :]))


def test_times_at_the_edges_of_time() -> None:
    for moment in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "2026-11-22", "20261122T074500Z", "nu"):
        plain = json.loads(json.dumps(HAR))
        for entry in plain["log"]["entries"]:
            entry["startedDateTime"] = moment
        _read(browser.as_bytes(plain))
        request = exempelstad.answer(FLOW).replace(b"2026-11-22T07:45:00Z", moment.encode())
        _read(request)


def test_time_is_bounded() -> None:
    """Many requests, many answers, long lines of what is almost base64: no more than seconds, and most is I/O of JSON."""
    start = time.monotonic()
    asks = {"request": {"method": "GET", "url": FLOW.exchanges[0].request.url}}
    answer = {
        "request": {"method": "POST", "url": "https://a.example/", "postData": {"params": [{"name": "SAMLResponse", "value": "PHg+"}]}}
    }
    missing = {
        "request": {"method": "POST", "url": "https://a.example/"},
        "response": {"status": 200, "content": {"text": "SAMLResponse" * 100}},
    }
    _read(json.dumps({"log": {"entries": [asks] * 3000 + [answer] * 3000 + [missing] * 500}}).encode())
    _read(b"SAMLResponse=" + b"A" * 5_000_000 + b"!")
    _read(b"SAMLResponse=" + b"%41" * 1_000_000)
    _read(b"\xff\xfe" + b"SAMLResponse: " * 100_000)
    assert time.monotonic() - start < 30
