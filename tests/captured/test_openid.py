"""An ID Token alone, and a login by OpenID Connect in a HAR: what is judged, what the file cannot tell, and no secret."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from idptest import captured
from idptest.adapters.given_files import GivenFiles
from idptest.errors import InputError
from idptest.model.flow import AccountFacts, Exchange, Flow, HttpRequest, HttpResponse, IdpFacts
from idptest.model.flow_file import dumps, loads
from idptest.model.report import LoginReport
from idptest.model.rule import Verdict, is_untold
from idptest.validator import judge
from tests.captured import browser, given
from tests.test_oidc_flows import log_in, secrets_on

SIGNATURE, ISSUER = "oidc-id-token/signature-is-by-a-key-of-the-op", "oidc-id-token/issuer-is-the-op"


@cache
def taught(*defects: str) -> tuple[Flow, list[tuple[HttpRequest, HttpResponse]]]:
    return log_in(*defects)


def body(defects: tuple[str, ...], path: str) -> bytes:
    """What was answered there; of a login that did not come so far, what is answered in a good one."""
    wire = (*taught(*defects)[1], *taught()[1])
    return next(response.body for request, response in wire if request.url.endswith(path))


def answer(*defects: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(body(defects, "/oidc/token"))
    return found


TOKEN = answer()["id_token"]
SPELLINGS = {
    "alone": TOKEN.encode(),
    "with a line break": TOKEN.encode() + b"\r\n",
    "in lines": "\n".join(textwrap.wrap(TOKEN, 76)).encode(),
    "in quotation marks": f'"{TOKEN}"'.encode(),
    "as PowerShell writes it": TOKEN.encode("utf-16"),
    "with a byte order mark": b"\xef\xbb\xbf" + TOKEN.encode(),
    "from a form": f"state=x&id_token={TOKEN}&session_state=y".encode(),
    "from an address": f"https://sp.example/cb#id_token={TOKEN}&state=x".encode(),
    "from a log": f"id_token: {TOKEN}".encode(),
    "a token response": json.dumps(answer()).encode(),
}


def read(folder: Path, content: bytes, *defects: str, files: tuple[str, ...] = ("discovery.json", "jwks.json"), **options: Any) -> Flow:
    """The flow in a file with that content, judged as a teacher's."""
    (folder / "given").write_bytes(content)
    (folder / "discovery.json").write_bytes(taught(*defects)[0].idp.metadata)
    (folder / "jwks.json").write_bytes(body(defects, "/oidc/jwks"))
    paths = [folder / name for name in files]
    [found] = GivenFiles(paths[0] if paths else None, "teacher", more=tuple(paths[1:]), **options).read(folder / "given").flows
    return found


def outcomes(flow: Flow) -> tuple[LoginReport, dict[str, Verdict]]:
    report = judge(flow)
    assert not list(report.having(Verdict.CRASHED))
    return report, {finding.rule.id: finding.verdict for finding in report.findings}


def failing(flow: Flow) -> set[str]:
    return {finding.rule.id for finding in outcomes(flow)[0].failures()}


# --- an ID Token


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_id_token_is_read_however_it_was_copied(tmp_path: Path, spelling: str) -> None:
    flow = read(tmp_path, SPELLINGS[spelling])
    report, verdicts = outcomes(flow)
    assert not report.failures() and report.complete and report.login.trusted
    assert verdicts[SIGNATURE] is verdicts[ISSUER] is verdicts["dnp-teacher/level-is-on-the-list"] is Verdict.PASS
    assert loads(dumps(flow)) == flow


@pytest.mark.parametrize(
    "rule",
    [
        *("oidc-id-token/nonce-is-ours", "oidc-id-token/audience-is-this-client", "oidc-id-token-times/is-issued-now"),
        *("oidc-id-token-times/has-not-ended", "oidc-id-token-times/login-is-new", "oidc-flow/gives-a-code", "oidc-flow/state-comes-back"),
        *("oidc-token/accepts-the-code", "oidc-user-info/can-be-read", "oidc-keys/can-be-fetched", "oidc-discovery/can-be-fetched"),
        *("dnp/eppn-is-released", "dnp/only-the-eppn-is-released", "dnp/no-personnummer-is-released", "eppn/has-exactly-one-value"),
    ],
)
def test_what_a_token_cannot_tell_is_no_pass(tmp_path: Path, rule: str) -> None:
    report, _ = outcomes(read(tmp_path, TOKEN.encode()))
    [found] = [finding for finding in report.findings if finding.rule.id == rule]
    assert is_untold(found.verdict, found.message), (found.verdict, found.message)


def test_without_keys_the_signature_is_not_judged(tmp_path: Path) -> None:
    for files in ((), ("discovery.json",)):
        flow = read(tmp_path, TOKEN.encode(), files=files)
        report, verdicts = outcomes(flow)
        assert verdicts[SIGNATURE] is Verdict.NOT_APPLICABLE
        assert (verdicts[ISSUER] is Verdict.PASS) == bool(files), "who is asked is known from the discovery document alone"
        assert not report.login.trusted and not report.failures() and "keys" in flow.untold


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("oidc-keys-stale", {SIGNATURE}),
        ("oidc-crit-unknown", {"oidc-id-token/demands-nothing-unknown"}),
    ],
)
def test_a_fault_in_the_token_is_found(tmp_path: Path, name: str, rules: set[str]) -> None:
    content = answer(name)["id_token"].encode()
    at = taught()[0].captured_at
    assert failing(read(tmp_path, content, name, at=at)) == rules


def test_another_ops_token_is_found(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_bytes(taught()[0].idp.metadata.replace(b"//idp.exempelstad.se", b"//idp.grannstad.se"))
    assert failing(read(tmp_path, TOKEN.encode(), files=("other.json", "jwks.json"))) == {ISSUER}


def test_an_encrypted_token_says_so(tmp_path: Path) -> None:
    report, verdicts = outcomes(read(tmp_path, answer("oidc-id-token-encrypted")["id_token"].encode()))
    assert verdicts["oidc-id-token/can-be-read"] is Verdict.INCONCLUSIVE
    assert not report.failures() and not report.complete


def test_another_token_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, b"eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJSUzI1NiJ9.e30.AAAA")
    assert "access token" in refused.value.words.en


def test_json_that_is_neither_discovery_nor_keys_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(InputError) as refused:
        read(tmp_path, TOKEN.encode(), files=("other.json",))
    assert "varken ett discovery-dokument" in refused.value.words.sv


# --- a HAR


def front(flow: Flow) -> Flow:
    """What a browser sees of it: not the requests that the service makes."""
    return replace(flow, exchanges=flow.exchanges[: flow.ended.exchange])


def by_form_post(flow: Flow, fragment: bool = False) -> Flow:
    """The same login where the service had asked for an ID Token with the browser."""
    [*before, arrival] = front(flow).exchanges
    first = before[0]
    mode = "fragment" if fragment else "form_post"
    asked = first.request.url.replace("response_type=code", f"response_type=id_token&response_mode={mode}")
    fields = (("state", flow.sent.relay_state or ""), ("iss", flow.idp.entity_id), ("id_token", TOKEN))
    hops: list[Exchange] = [replace(first, request=replace(first.request, url=asked)), *before[1:]]
    if fragment:
        query = "&".join(f"{name}={value}" for name, value in fields)
        hops[-1] = replace(hops[-1], response=HttpResponse(302, (("Location", f"{flow.sent.acs_url}#{query}"),)))
        return replace(flow, exchanges=tuple(hops))
    posted = HttpRequest("POST", flow.sent.acs_url, form=fields)
    return replace(flow, exchanges=(*hops, replace(arrival, request=posted)))


@pytest.mark.parametrize("kind", [browser.chrome, browser.firefox, browser.saml_tracer])
def test_a_login_in_a_har_is_judged_as_far_as_the_browser_saw(tmp_path: Path, kind: Callable[[Flow], Any]) -> None:
    flow = read(tmp_path, browser.as_bytes(kind(front(taught()[0]))), at=taught()[0].captured_at)
    report, verdicts = outcomes(flow)
    assert not report.failures() and report.complete
    assert flow.sent.contexts == taught()[0].sent.contexts and flow.sent.sp_entity_id == "idptest"
    for rule in ("gives-a-code", "state-comes-back", "comes-from-the-op-we-asked", "comes-as-asked"):
        assert verdicts[f"oidc-flow/{rule}"] is Verdict.PASS
    for rule in ("oidc-id-token/can-be-read", "dnp/eppn-is-released", "oidc-token/accepts-the-code", "loa3-teacher/level-is-at-least-3"):
        assert verdicts[rule] is Verdict.NOT_APPLICABLE, rule


@pytest.mark.parametrize("fragment", [False, True])
def test_an_id_token_that_the_browser_saw_is_judged(tmp_path: Path, fragment: bool) -> None:
    flow = read(tmp_path, browser.as_bytes(browser.chrome(by_form_post(taught()[0], fragment))), at=taught()[0].captured_at)
    _, verdicts = outcomes(flow)
    for rule in (
        SIGNATURE,
        ISSUER,
        "oidc-id-token/nonce-is-ours",
        "oidc-id-token/audience-is-this-client",
        "oidc-id-token-times/is-issued-now",
    ):
        assert verdicts[rule] is Verdict.PASS, rule
    assert verdicts["oidc-flow/gives-a-code"] is verdicts["oidc-flow/carries-no-tokens"] is Verdict.NOT_APPLICABLE
    assert not failing(flow)


@pytest.mark.parametrize(
    ("name", "rules"),
    [("oidc-state-swapped", {"oidc-flow/state-comes-back"}), ("oidc-iss-mixed-up", {"oidc-flow/comes-from-the-op-we-asked"})],
)
def test_a_fault_in_the_answer_is_found(tmp_path: Path, name: str, rules: set[str]) -> None:
    assert failing(read(tmp_path, browser.as_bytes(browser.chrome(front(taught(name)[0]))), name)) == rules


def test_no_secret_of_the_file_is_kept(tmp_path: Path) -> None:
    """The recorded flow has marks where the code was; here a real one stands in their place."""
    flow = taught()[0]
    content = browser.as_bytes(browser.chrome(front(flow))).decode().replace("%E2%80%B9secret%E2%80%BA", "kod-mycket-hemlig-4711")
    content = content.replace("‹secret›", "kod-mycket-hemlig-4711")
    assert "kod-mycket-hemlig-4711" in content
    kept = dumps(read(tmp_path, content.encode()))
    assert "kod-mycket-hemlig-4711" not in kept
    assert not [secret for secret in (*browser.SECRETS, *secrets_on(taught()[1])) if secret in kept]
    access = answer()["access_token"]
    assert access not in dumps(read(tmp_path, SPELLINGS["a token response"]))


def test_the_command_lists_what_the_file_does_not_tell(tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text(TOKEN)
    (tmp_path / "jwks.json").write_bytes(body((), "/oidc/jwks"))
    result, error = given.check(tmp_path / "token.txt", "--idp-metadata", tmp_path / "jwks.json", "--role", "teacher")
    assert error is None and result.return_value == 0
    said = " ".join(result.output.split())
    for words in ("UserInfo", "vilken OP som tillfrågades", "svaret från token-endpointen"):
        assert words in said


# --- whatever stands in a file

_PARTS = st.sampled_from(["eyJhbGciOiJSUzI1NiJ9", "e30", "", "eyJpc3MiOjF9", "eyJpYXQiOjFlOTk5fQ", "\ud800", "AAAA", "%", "eyJ", "W10"])


@examples(st.lists(_PARTS, min_size=1, max_size=6).map(".".join) | st.text(max_size=60).map("eyJ.".__add__))
def test_no_token_makes_it_raise(text: str) -> None:
    _judged(text.encode("utf-8", "replace"))


_URLS = st.sampled_from(
    [
        "https://op.example/a?response_type=code&client_id=x&redirect_uri=https://sp.example/cb&state=1&scope=openid",
        "https://op.example/a?response_type=id_token&client_id=x&redirect_uri=https://[&claims={}&max_age=99999999999",
        "https://op.example/a?response_type=code&client_id=x&claims=[[[&acr_values=%00",
        "https://sp.example/cb?code=1&state=1",
        "https://sp.example/cb?id_token=eyJ.e30.&state=2",
        "https://sp.example/cb?error=x&state=1&state=1",
        "https://[",
    ]
)


@examples(st.lists(st.tuples(_URLS, st.sampled_from(["GET", "POST", ""]), _URLS), max_size=5))
def test_no_har_makes_it_raise(seen: list[tuple[str, str, str]]) -> None:
    entries = [
        {
            "startedDateTime": "2026-11-22T07:45:00Z",
            "request": {
                "method": method,
                "url": url,
                "postData": {"mimeType": "application/x-www-form-urlencoded", "text": to.partition("?")[2]},
            },
            "response": {"status": 302, "headers": [{"name": "Location", "value": to.replace("?", "#")}]},
        }
        for url, method, to in seen
    ]
    _judged(json.dumps({"log": {"entries": entries}}).encode())


def _judged(content: bytes) -> None:
    try:
        found = captured.logins(content, "given")
    except InputError:
        return
    for login in found:
        try:
            flow = login.flow(IdpFacts("op", login.issuer or "", b""), AccountFacts("given", "pupil"), ("dnp",))
        except InputError:
            continue
        assert loads(dumps(flow)) == flow
        outcomes(flow)
