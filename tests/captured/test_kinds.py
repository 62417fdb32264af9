"""Every way in which a SAML response, a HAR or an export may come, and what is said of a file that is none of them."""

from __future__ import annotations

import base64
import json
import textwrap
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from idptest import captured
from idptest.errors import InputError
from idptest.saml.bindings import redirect
from idptest.saml.request import authn_request
from idptest.validator import judge
from tests import exempelstad
from tests.captured import browser, given

FIXTURES = Path(__file__).parents[2] / "fixtures" / "captured"
FLOW = exempelstad.flow("larare")
XML = exempelstad.answer(FLOW)
B64 = base64.b64encode(XML).decode()

SPELLINGS: dict[str, bytes] = {
    "xml": XML,
    "xml with a declaration and a byte order mark": b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>\n' + XML,
    "xml as PowerShell writes it": ('<?xml version="1.0" encoding="utf-8"?>\r\n' + XML.decode()).encode("utf-16"),
    "base64": B64.encode(),
    "base64 in lines": "\r\n".join(textwrap.wrap(B64, 76)).encode(),
    "base64 as PowerShell writes it": B64.encode("utf-16"),
    "base64 without padding": B64.rstrip("=").encode(),
    "base64 in quotation marks": f'"{B64}"\n'.encode(),
    "quoted for a URL": quote_plus(B64).encode(),
    "quoted twice": quote_plus(quote_plus(B64)).encode(),
    "from a form": f"RelayState=x&SAMLResponse={quote_plus(B64)}&Signature=y".encode(),
    "from a form, as it was typed in": f"SAMLResponse: {B64}\nRelayState: x".encode(),
    "from JSON": f'  "SAMLResponse" : "{B64}",'.encode(),
    "from a URL": redirect("https://sp.example/acs", XML, None).url.replace("SAMLRequest", "SAMLResponse").encode(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_response_is_read_however_it_was_copied(tmp_path: Path, spelling: str) -> None:
    (found,) = given.read(tmp_path, FLOW, SPELLINGS[spelling])
    assert exempelstad.failing(found) == set()
    assert found.captured_at == exempelstad.NOW
    assert {"captured_at", "request_id", "exchanges"} <= set(found.untold)


def test_at_says_when_a_response_came(tmp_path: Path) -> None:
    (found,) = given.read(tmp_path, FLOW, XML, at=datetime(2026, 12, 24, tzinfo=UTC))
    assert "captured_at" not in found.untold
    assert "saml-assertion/is-valid-now" in exempelstad.failing(found)


def test_a_response_without_a_time_needs_one(tmp_path: Path) -> None:
    timeless = XML.replace(b'IssueInstant="2026', b'IssueInstant="9999', 1)
    with pytest.raises(InputError, match="--at") as problem:
        given.read(tmp_path, FLOW, timeless)
    assert problem.value.where
    assert given.read(tmp_path, FLOW, timeless, at=exempelstad.NOW)


@pytest.mark.parametrize("name", ["chrome.har", "firefox.har", "saml-tracer.json"])
def test_a_file_from_each_program(name: str) -> None:
    """Made after the structure of what these programs save, with pictures, scripts and other addresses among the steps of the login."""
    result, problem = given.check(FIXTURES / name, "--idp-metadata", FIXTURES / "idp-metadata.xml", "--role", "teacher", "--format", "json")
    assert problem is None
    report = json.loads(result.stdout)
    assert (report["target"]["account"], report["target"]["role"]) == (name, "teacher")
    failed = [found["rule"] for found in report["findings"] if (found["verdict"], found["level"]) == ("fail", "must")]
    assert failed == ["dnp/eppn-scope-in-metadata"]
    assert report["login"]["captured_at"] == "2026-11-22T07:45:00Z"


def test_a_file_that_chromium_itself_made() -> None:
    """Driven by Playwright, at Exempelstad behind a web server: the pupil's login, with her password."""
    result, problem = given.check(FIXTURES / "chromium.har", "--idp-metadata", FIXTURES / "idp-metadata.xml", "-v", "--show-values")
    assert problem is None
    assert result.return_value == 0
    assert "KLART" in result.stdout
    assert "gråsparv" in (FIXTURES / "chromium.har").read_text(encoding="utf-8")
    assert "gråsparv" not in result.stdout


def _no_text(har: dict[str, Any]) -> None:
    for posted in _posted(har):
        del posted["text"]


def _no_params(har: dict[str, Any]) -> None:
    for posted in _posted(har):
        posted["params"] = []


def _cut(har: dict[str, Any]) -> None:
    for posted in _posted(har):
        posted["text"] = posted["text"][:300]


def _base64_body(har: dict[str, Any]) -> None:
    for posted in _posted(har):
        posted.update(text=base64.b64encode(posted["text"].encode()).decode(), encoding="base64", params=[])


def _no_body(har: dict[str, Any]) -> None:
    for entry in har["log"]["entries"]:
        entry["request"].pop("postData", None)


def _base64_pages_no_body(har: dict[str, Any]) -> None:
    _no_body(har)
    for entry in har["log"]["entries"]:
        content = entry["response"].get("content")
        if content:
            content.update(text=base64.b64encode(content["text"].encode()).decode(), encoding="base64")


def _upside_down(har: dict[str, Any]) -> None:
    for second, entry in enumerate(har["log"]["entries"]):
        entry["startedDateTime"] = f"2026-11-22T08:45:{second:02}.125+01:00"
    har["log"]["entries"].reverse()


def _posted(har: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry["request"]["postData"] for entry in har["log"]["entries"] if "postData" in entry["request"]]


@pytest.mark.parametrize("change", [_no_text, _no_params, _cut, _base64_body, _no_body, _base64_pages_no_body, _upside_down])
@pytest.mark.parametrize("kind", [browser.chrome, browser.firefox])
def test_what_is_missing_in_one_place_is_found_in_another(tmp_path: Path, kind: Any, change: Callable[[dict[str, Any]], None]) -> None:
    plain = kind(exempelstad.flow("larare", "scope-wrong"))
    change(plain)
    (found,) = given.read(tmp_path, FLOW, browser.as_bytes(plain))
    assert exempelstad.failing(found) == {"dnp/eppn-scope-in-metadata"}
    assert found.untold == ("account", "seen_before")
    assert judge(found).login.trusted


def test_without_times_the_acs_answers_for_the_clock_or_nobody(tmp_path: Path) -> None:
    plain = browser.saml_tracer(FLOW)
    (timed,) = given.read(tmp_path, FLOW, browser.as_bytes(plain))
    plain["requests"][-1]["responseHeaders"] = [{"name": "Date", "value": "soon"}]
    (timeless,) = given.read(tmp_path, FLOW, browser.as_bytes(plain))
    assert "captured_at" not in timed.untold
    assert {"captured_at", "issued_at"} <= set(timeless.untold)


def test_a_request_that_leaves_levels_open_is_no_trap(tmp_path: Path) -> None:
    """With Comparison="minimum" a higher level than those named is right."""
    flow = exempelstad.flow("larare", "level-unrequested")
    plain = browser.chrome(flow)
    request = captured.logins(browser.as_bytes(plain), "f")[0].asked
    assert request is not None
    assert request.comparison == "exact"
    assert "level/answer-is-one-that-was-asked-for" in exempelstad.failing(given.har(tmp_path, flow))

    plain["log"]["entries"][0]["request"]["url"] = redirect(
        flow.sent.destination, authn_request(replace(flow.sent, comparison="minimum")), flow.sent.relay_state
    ).url
    (found,) = given.read(tmp_path, flow, browser.as_bytes(plain))
    assert "level/answer-is-one-that-was-asked-for" not in exempelstad.failing(found)


OTHERS = {
    b"": "varken",
    b"   \n": "varken",
    b"hello": "varken",
    b"\x00\x01\x02": "varken",
    b"%PDF-1.7": "varken",
    b"<html><body>Logga in</body></html>": "roten är html",
    b"<html><p>": "varken",
    b'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"/>': "roten är EntityDescriptor",
    b"{}": "varken",
    b"[]": "varken",
    b'{"log": 1}': "varken",
    b'{"log": {"entries": {}}}': "varken",
    b'{"requests": [1, 2]}': "varken",
    b'{"log": {"entries": []}}': "varken ett SAML-svar",
    b'{"log": {"entries": [' + b"[]," * 20_000 + b"[]]}}": "20000 anrop",
    b'{"log": {"entries": [{"request"': "avklippt",
    b'{"log": {"entries": ' + b"[" * 200_000: "nästlade",
    b'{"log": {"entries": [{"request": ' + b'{"a":' * 100_000: "nästlade",
    b'{"a": ' + b"9" * 5000 + b"}": "avklippt",
    b'{"a": "\xff"}': "avklippt",
    browser.as_bytes({"log": {"entries": browser.chrome(FLOW)["log"]["entries"][:2]}}): "idp.exempelstad.se",
}


@pytest.mark.parametrize("content", OTHERS, ids=lambda content: content[:30])
def test_what_is_no_login_is_one_line_in_both_languages(tmp_path: Path, content: bytes) -> None:
    path, metadata = given.write(tmp_path, FLOW, content, "fil")
    _, problem = given.check(path, "--idp-metadata", metadata)
    assert isinstance(problem, InputError)
    assert OTHERS[content] in problem.line("sv")
    assert problem.words.en != problem.words.sv
    assert problem.where == str(path)
    assert "\n" not in problem.line("sv") + problem.line("en")
    assert len(problem.line("sv")) < 300 + len(str(path))


def test_a_file_larger_than_we_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.har"
    with path.open("wb") as file:
        file.truncate(101 * 1024 * 1024)
    _, problem = given.check(path)
    assert isinstance(problem, InputError)
    assert "100 MB" in problem.line("sv")


def test_a_large_har_is_read(tmp_path: Path) -> None:
    plain = browser.chrome(FLOW)
    plain["log"]["entries"][1:1] = [
        browser._resource(f"https://cdn.example/{n}.js", "text/javascript", "script", "x" * 2000, "") for n in range(5000)
    ]
    (found,) = given.read(tmp_path, FLOW, browser.as_bytes(plain))
    assert len(found.exchanges) == len(FLOW.exchanges)
    assert exempelstad.failing(found) == set()


def test_the_report_says_what_such_a_file_cannot_tell(tmp_path: Path) -> None:
    path, metadata = given.write(tmp_path, FLOW, XML, "svar.xml")
    alone = " ".join(given.check(path, "--idp-metadata", metadata)[0].stdout.split())
    assert "Filen säger inte: vilken tjänst som frågade" in alone
    assert "svaret säger sig vara utfärdat" in alone
    assert "Bad om: det säger filen inte" in alone
    path, _ = given.write(tmp_path, FLOW, browser.as_bytes(browser.chrome(FLOW)))
    whole = " ".join(given.check(path, "--idp-metadata", metadata)[0].stdout.split())
    assert "Filen säger inte: vad personen angav" in whole
    assert "vilken tjänst" not in whole
    assert "säger sig vara utfärdat" not in whole
    saved = Path(__file__).parents[2] / "fixtures" / "flows" / "larare" / "flow.json"
    assert "Filen säger inte" not in given.check(saved)[0].stdout


def test_a_saved_login_is_known_in_any_order_and_by_a_piece(tmp_path: Path) -> None:
    flow = json.loads((FIXTURES.parent / "flows" / "elev" / "flow.json").read_text(encoding="utf-8"))
    path = tmp_path / "flow.json"
    path.write_text(json.dumps(flow, sort_keys=True), encoding="utf-8")
    assert given.GivenFiles().read(path).flows[0].account.name == "elev"
    path.write_text(json.dumps(flow)[:2000], encoding="utf-8")
    with pytest.raises(InputError, match="no flow that idptest has saved"):
        given.GivenFiles().read(path)
