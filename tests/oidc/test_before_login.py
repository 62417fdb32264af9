"""What is looked at of an OpenID provider before anybody logs in: idptest doctor and idptest metadata lint."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from idptest.adapters import clock
from tests.oidc.test_troubled import FETCHED, KEYS, MUST, SAME, dead, folder, gives, written
from tests.oidc.troubled import DISCOVERY, JWKS, SECRET, Folder, op

__all__ = ["folder"]
_PEOPLE = {"preflight-settings/both-roles-can-log-in"}


def failing(folder: Folder, *arguments: str) -> tuple[int, set[str]]:
    """The exit code, and what fails, notes too. The same in Swedish has as many findings and no traceback."""
    code, out = folder.run(*arguments, "--format", "json", "--lang", "en")
    plain = json.loads(out)
    reports = plain.get("reports", [plain])
    assert folder.run(*arguments, "--lang", "sv")[0] == code
    assert not any(report["summary"]["crashed"] for report in reports)
    return code, {found["rule"] for report in reports for found in report["findings"] if found["verdict"] == "fail"}


@pytest.mark.parametrize(
    ("more", "code", "rules"),
    [
        ({}, 0, set()),
        ({"trouble": {DISCOVERY: gives(b"<html></html>", 404)}}, 1, {FETCHED}),
        ({"trouble": {DISCOVERY: written(b'"authorization_endpoint"', b'"x"')}}, 1, {MUST}),
        ({"trouble": {JWKS: gives(b"")}}, 1, {KEYS}),
        ({"trouble": {JWKS: dead}}, 1, {KEYS}),
        ({"issuer": "{base}/"}, 1, {SAME}),
        ({"issuer": "http://127.0.0.1:1"}, 1, {"preflight-address/login-address-answers"}),
        ({"now": lambda: clock.now() + timedelta(minutes=10)}, 1, {"preflight-idp/clocks-agree"}),
    ],
    ids=["well", "404", "no login address", "no keys", "keys dead", "slash", "dead", "clock"],
)
def test_doctor_looks_at_the_op(folder: Folder, more: dict[str, Any], code: int, rules: set[str]) -> None:
    with op(folder.path, **more) as server:
        assert failing(folder, "doctor") == (code, rules | _PEOPLE)
    assert not any(request.url.endswith("/token") for request, _ in server.wire), "nobody logs in"
    assert not list(folder.path.glob(".idptest/flows/*"))


def test_doctor_needs_no_secret_and_says_that_it_is_not_set(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IDPTEST_CLIENT_SECRET")
    with op(folder.path):
        code, rules = failing(folder, "doctor")
        assert (code, rules) == (1, _PEOPLE | {"preflight-settings/credentials-are-at-hand"})
        assert "[idp.exempelstad] client_secret_env" in " ".join(folder.run("doctor", "--lang", "en")[1].split())
        assert SECRET.encode() not in b"".join(folder.said)


@pytest.mark.parametrize(
    ("old", "new"), [('client_id = "idptest"', 'client_id = "idptestt"'), ("https://localhost:8443", "https://localhost:9443")]
)
def test_doctor_asks_whether_our_client_is_known(folder: Folder, old: str, new: str) -> None:
    with op(folder.path):
        path = folder.path / "idptest.toml"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        assert failing(folder, "doctor")[1] - _PEOPLE == {"preflight-idp/idp-takes-our-request"}


def _file(folder: Folder, base: str, data: bytes) -> str:
    (folder.path / "published.json").write_bytes(data)
    return "published.json"


def _address(folder: Folder, base: str, data: bytes) -> str:
    return base + DISCOVERY


@pytest.mark.parametrize("source", [_file, _address])
@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        (b"{", b"{", set()),
        (b'"jwks_uri"', b'"x"', {MUST}),
        (b'"S256"', b'"plain"', {"oidc-discovery/offers-pkce-s256"}),
    ],
)
def test_lint_judges_a_discovery_document(
    folder: Folder, source: Callable[[Folder, str, bytes], str], old: bytes, new: bytes, rules: set[str]
) -> None:
    with op(folder.path, trouble={DISCOVERY: written(old, new)}) as server:
        data = server._municipality.discovery()[2].replace(old, new, 1)
        assert failing(folder, "metadata", "lint", source(folder, server.base_url, data)) == (int(MUST in rules), rules)
        assert not list(folder.path.glob(".idptest/flows/*"))


def test_lint_of_the_idps_of_idptest_toml_takes_the_op_too(folder: Folder) -> None:
    with op(folder.path):
        assert failing(folder, "metadata", "lint") == (0, set())
    with op(folder.path, trouble={DISCOVERY: gives(b"", 404)}) as server:
        assert failing(folder, "metadata", "lint", "--idp", "exempelstad") == (1, {FETCHED})
        assert failing(folder, "metadata", "lint", server.base_url + DISCOVERY) == (1, {FETCHED})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "no discovery document"),
        ('{"log": {"entries": []}}', "no discovery document"),
        ('{"keys": []}', "no discovery document"),
        ("{", "cannot be read: it is not JSON"),
    ],
)
def test_other_json_is_no_metadata(folder: Folder, monkeypatch: pytest.MonkeyPatch, text: str, said: str) -> None:
    monkeypatch.setattr(sys, "argv", ["idptest", "--lang", "en"])
    Path("other.json").write_text(text, encoding="utf-8")
    code, out = folder.run("metadata", "lint", "other.json")
    assert code == 2
    assert said in out
    assert len(out.splitlines()) == 1
