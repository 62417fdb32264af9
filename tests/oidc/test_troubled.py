"""Whatever goes wrong at an OP, over real HTTP: the right findings, the exit code, one clear sentence, and no secret anywhere."""

from __future__ import annotations

import base64
import gzip
import html
import json
import shutil
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from idptest.adapters import clock, login_runner
from idptest.demo.defects import defect
from idptest.model.flow import HttpRequest, HttpResponse
from idptest.model.report import Finding
from idptest.model.rule import Verdict
from idptest.reporters.words import message
from idptest.validator import judge
from tests.oidc.troubled import (
    BY_KEY,
    DISCOVERY,
    JWKS,
    LARARE,
    SECRET,
    TOKEN,
    USER_INFO,
    Folder,
    Op,
    Trouble,
    leaks,
    op,
    secrets,
)

_HTML = b"<!DOCTYPE html><html><title>502</title><body>Bad Gateway</body></html>"
_MB = 1024 * 1024
FETCHED, KEYS, ACCEPTS = "oidc-discovery/can-be-fetched", "oidc-keys/can-be-fetched", "oidc-token/accepts-the-code"
READ, MUST, SAME = "oidc-user-info/can-be-read", "oidc-discovery/has-what-it-must", "oidc-discovery/issuer-is-where-it-was-found"


def gives(body: bytes, status: int = 200, *headers: tuple[str, str]) -> Trouble:
    return lambda request, response: HttpResponse(status, (("Content-Type", "application/json"), *headers), body)


def slow(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    time.sleep(2)
    return response


def dead(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    raise ConnectionAbortedError


def around(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    return HttpResponse(302, (("Location", request.url),))


def written(old: bytes, new: bytes) -> Trouble:
    """The same answer with one text in it changed."""

    def change(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        assert old in response.body, response.body
        return replace(response, body=response.body.replace(old, new, 1))

    return change


@dataclass(frozen=True)
class Case:
    """`fails`: every rule that fails. `tells`: the rule that says what is wrong, and what its sentence holds, in English and Swedish."""

    name: str
    at: str
    trouble: Trouble | None
    code: int
    fails: tuple[str, ...]
    tells: tuple[str, str, str] | None = None
    defects: tuple[str, ...] = ()
    timeout: int = 10
    minutes: int = 0
    auth: str = 'client_secret_env = "IDPTEST_CLIENT_SECRET"'
    issuer: str = "{base}"


def discovery(name: str, trouble: Trouble | None, en: str, sv: str, code: int = 1, **more: object) -> Case:
    """One that stops the login: nothing else is asked of anybody."""
    return Case(f"discovery {name}", DISCOVERY, trouble, code, (FETCHED,) if code == 1 else (), (FETCHED, en, sv), **more)  # type: ignore[arg-type]


def keys(name: str, trouble: Trouble, en: str, sv: str, **more: object) -> Case:
    return Case(f"keys {name}", JWKS, trouble, 1, (KEYS,), (KEYS, en, sv), **more)  # type: ignore[arg-type]


def token(name: str, trouble: Trouble, en: str, sv: str, **more: object) -> Case:
    return Case(f"token {name}", TOKEN, trouble, 1, (ACCEPTS,), (ACCEPTS, en, sv), **more)  # type: ignore[arg-type]


def info(name: str, trouble: Trouble, en: str, sv: str, **more: object) -> Case:
    return Case(f"userinfo {name}", USER_INFO, trouble, 1, (READ,), (READ, en, sv), **more)  # type: ignore[arg-type]


_NOW, _CRIT, _READ = "oidc-id-token-times/is-issued-now", "oidc-id-token/demands-nothing-unknown", "oidc-id-token/can-be-read"
_OTHER_ISSUER = ("oidc-flow/comes-from-the-op-we-asked", "oidc-id-token/issuer-is-the-op", "oidc-user-info/says-from-whom-to-whom")
_DEEP, _TORN, _LATE = b'{"a":' + b"[" * 100_000, b'{"issuer": "\xff\xfe"}', ("did not answer within 1 s", "svarade inte inom 1 s")
CASES = [
    Case("nothing is wrong", "", None, 0, ()),
    Case("nothing is wrong, with a key", "", None, 0, (), auth=BY_KEY),
    discovery("404", gives(_HTML, 404), "it answered HTTP 404", "den svarade HTTP 404"),
    discovery("500", gives(b"", 500), "it answered HTTP 500", "den svarade HTTP 500"),
    discovery("html", gives(_HTML), "it is a web page, not JSON", "det är en webbsida, inte JSON"),
    discovery("empty", gives(b""), "it is empty", "det är tomt"),
    discovery("a list", gives(b"[]"), "it is JSON, but no object", "det är JSON, men inget objekt"),
    discovery("nested deeply", gives(_DEEP), "nested too deeply", "nästlade för djupt"),
    discovery("no UTF-8", gives(_TORN), "it is not JSON", "det är inte JSON"),
    discovery("10 MB", gives(b'{"issuer": "' + b"a" * 10_000_000), "it is not JSON", "det är inte JSON"),
    discovery("more than 10 MB", gives(b" " * 11 * _MB), "it sent more than 10 MB", "10 MB"),
    discovery("gzip bomb", gives(gzip.compress(b" " * 99 * _MB, 1), 200, ("Content-Encoding", "gzip")), "more than 10 MB", "10 MB"),
    discovery("round in circles", around, "its redirects lead nowhere", "omdirigeringarna leder inte fram"),
    discovery("redirect to nothing", gives(b"", 302, ("Location", "http://[")), "redirects lead nowhere", "omdirigeringarna leder inte"),
    discovery("slow", slow, *_LATE, 3, timeout=1),
    discovery("dead", dead, "the network failed", "nätverket fungerade inte", 3),
    discovery("no server", None, "connection refused", "nätverket fungerade inte", 3, issuer="http://127.0.0.1:1"),
    discovery("unknown host", None, "(DNS)", "nätverket fungerade inte", 3, issuer="https://op.exempelstad.invalid"),
    discovery("no TLS", None, "TLS", "TLS", 3, issuer="https://127.0.0.1:{port}"),
    discovery("AD FS by its entityID", None, "its issuer is https://", "dess issuer är https://", issuer="{base}/adfs/services/trust"),
    Case("another issuer", DISCOVERY, written(b'"issuer": "http://127', b'"issuer": "http://op'), 1, ("oidc-discovery/issuer-is-an-https-address", SAME), (SAME, "by another host name", "vid ett annat värdnamn")),
    Case("issuer with a slash", "", None, 1, (SAME, *_OTHER_ISSUER), (SAME, "only the slash at the end", "bara snedstrecket på slutet"), issuer="{base}/"),
    Case("no login address", DISCOVERY, written(b'"authorization_endpoint"', b'"authorisation_endpoint"'), 1, (MUST,), (MUST, "lacks", "saknar")),
    Case("login address is a number", DISCOVERY, written(b'"authorization_endpoint": "', b'"authorization_endpoint": 7, "x": "'), 1, ("oidc-discovery/addresses-are-https",)),
    Case("no token address", DISCOVERY, written(b'"token_endpoint"', b'"token_end"'), 1, (MUST,)),
    Case("no address of keys", DISCOVERY, written(b'"jwks_uri"', b'"jwks_url"'), 1, (MUST,)),
    Case("a member twice", DISCOVERY, written(b'"issuer"', b'"issuer": "http://first.example", "issuer"'), 0, ()),
    Case("NaN", DISCOVERY, written(b'"scopes_supported": [', b'"scopes_supported": [NaN, '), 0, ()),
    keys("404", gives(_HTML, 404), "it answered HTTP 404", "den svarade HTTP 404"),
    keys("html", gives(_HTML), "it is a web page, not JSON", "det är en webbsida, inte JSON"),
    keys("empty", gives(b""), "it is empty", "det är tomt"),
    keys("none", gives(b'{"keys": []}'), "there is no key in it", "det innehåller ingen nyckel"),
    keys("10 MB", gives(b'{"keys": "' + b"a" * 10_000_000 + b'"}'), 'no list "keys"', 'ingen lista "keys"'),
    keys("more than 10 MB", gives(b" " * 11 * _MB), "it sent more than 10 MB", "10 MB"),
    keys("slow", slow, *_LATE, timeout=1),
    keys("dead", dead, "the network failed", "nätverket fungerade inte"),
    keys("nested deeply", gives(_DEEP), "nested too deeply", "nästlade för djupt"),
    token("html", gives(_HTML), "web page", "webbsida"),
    token("html, refused", gives(_HTML, 500), "500", "500"),
    token("empty", gives(b""), "empty", "tomt"),
    token("no UTF-8", gives(_TORN), "not JSON", "inte JSON"),
    token("slow", slow, *_LATE, timeout=1),
    token("dead", dead, "the network failed", "nätverket fungerade inte"),
    token("dead, by key", dead, "the network failed", "nätverket fungerade inte", auth=BY_KEY),
    info("html", gives(_HTML), "web page", "webbsida"),
    info("slow", slow, *_LATE, timeout=1),
    info("dead", dead, "the network failed", "nätverket fungerade inte"),
    Case("clock ten minutes ahead", "", None, 0, (_NOW,), (_NOW, "s after it came", "s efter att den kom"), minutes=10),
    Case("clock ten minutes behind", "", None, 1, (_NOW, "oidc-id-token-times/has-not-ended", "oidc-id-token-times/login-is-new"), (_NOW, "s before it came", "s innan den kom"), minutes=-10),
    Case("unknown crit", "", None, 1, (_CRIT,), (_CRIT, "crit demands b64", "crit kräver b64"), defects=("oidc-crit-unknown",)),
    Case("five parts", "", None, 1, (_READ,), (_READ, "is encrypted (five parts", "är krypterad (fem delar"), defects=("oidc-id-token-encrypted",)),
]  # fmt: skip
# The teacher logs in with an e-legitimation; and by key our secret is not used.
NEVER_SENT = {SECRET, LARARE.password if LARARE else ""}
BY_NAME = {case.name: case for case in CASES}


@pytest.fixture
def folder(tmp_path: Path, own_keys: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Folder:
    assert LARARE and LARARE.totp_secret
    shutil.copytree(own_keys, tmp_path / ".idptest")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IDPTEST_LARARE_PASSWORD", LARARE.password)
    monkeypatch.setenv("IDPTEST_LARARE_TOTP", LARARE.totp_secret)
    monkeypatch.setenv("IDPTEST_CLIENT_SECRET", SECRET)
    real = socket.getaddrinfo

    def loopback_only(host: str, *arguments: object, **named: object) -> object:
        if host not in ("127.0.0.1", "localhost"):
            raise socket.gaierror(-2, "Name or service not known")
        return real(host, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", loopback_only)
    return Folder(tmp_path, capsysbinary)


@pytest.fixture
def met(folder: Folder, request: pytest.FixtureRequest) -> Iterator[tuple[Case, Folder, Op, int]]:
    """The login of one case: carried out and judged by the command itself."""
    case = BY_NAME[request.param]
    found = tuple(known for name in case.defects if (known := defect(name)))
    trouble = {case.at: case.trouble} if case.trouble else {}

    def now() -> object:
        return clock.now() + timedelta(minutes=case.minutes)

    with op(folder.path, auth=case.auth, issuer=case.issuer, timeout=case.timeout, trouble=trouble, defects=found, now=now) as server:
        code, _ = folder.login()
        yield case, folder, server, code


def said(finding: Finding) -> list[str]:
    return [message(finding.message, finding.evidence, lang, True) or "" for lang in ("en", "sv")]


@pytest.mark.parametrize("met", BY_NAME, indirect=True)
def test_trouble_is_a_finding_and_no_secret_is_told(met: tuple[Case, Folder, Op, int]) -> None:
    case, folder, server, code = met
    report = judge(folder.flow())
    failing = {finding.rule.id for finding in report.failures()}
    assert (failing, code) == (set(case.fails), case.code), [said(finding) for finding in report.failures()]
    assert not list(report.having(Verdict.CRASHED))
    if case.tells:
        [told] = [finding for finding in report.findings if finding.rule.id == case.tells[0]]
        assert [part in whole for part, whole in zip(case.tells[1:], said(told), strict=True)] == [True, True], said(told)
    assert folder.run("check", str(next(folder.path.glob(".idptest/flows/*.json"))), "--lang", "en")[0] == code
    known = secrets(server.wire)
    assert len(known) >= 3
    assert leaks(folder.places(), known) == []
    if case.name.startswith(("discovery", "no login", "login address")):
        assert {request.url.partition("?")[0].rpartition("/")[2] for request, _ in server.wire} <= {"openid-configuration"}


def test_the_sweep_finds_what_is_left(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were nothing taken out of the flow, the sweep would find all that went over the wire."""
    monkeypatch.setattr(login_runner, "_without_tokens", lambda driven: driven.exchanges)
    with op(folder.path, auth=BY_KEY) as server:
        folder.login()
    known = secrets(server.wire)
    found = {line.rpartition(" in ")[0] for line in leaks(folder.places(), known)}
    assert known - found == NEVER_SENT
    assert len(found) >= 5  # the code, its verifier, our assertion, the access token and the refresh token


@pytest.mark.parametrize("secret", sorted(NEVER_SENT))
def test_the_sweep_finds_it_however_it_is_written(secret: str) -> None:
    for written in (
        secret,
        quote(secret),
        json.dumps(secret),
        html.escape(secret),
        base64.b64encode(f"idptest:{secret}".encode()).decode(),
    ):
        assert leaks(iter([("a file", f"<b>{written}</b>".encode())]), {secret}) != [], written
