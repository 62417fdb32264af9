"""A browser's file is full of passwords and cookies. None of them comes out again, whatever is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from idptest.model.flow_file import dumps, loads
from tests import exempelstad
from tests.captured import browser, given

FLOW = exempelstad.flow("elev", "relay-state-lost")
KINDS = (browser.chrome, browser.firefox, browser.saml_tracer)


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_does_hold_them(kind: Any) -> None:
    text = browser.as_bytes(kind(FLOW)).decode()
    assert browser.COOKIE_VALUE in text
    assert browser.SECRETS[0] in text or browser.SECRETS[1] in text


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_secret_is_in_the_flow(tmp_path: Path, kind: Any) -> None:
    saved = dumps(given.har(tmp_path, FLOW, kind))
    assert not [secret for secret in browser.SECRETS if secret in saved]
    assert loads(saved).untold == ("account", "seen_before")


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_secret_is_in_a_report(tmp_path: Path, kind: Any, form: str) -> None:
    path, metadata = given.write(tmp_path, FLOW, browser.as_bytes(kind(FLOW)))
    result, problem = given.check(path, "--idp-metadata", metadata, "--role", "teacher", "-v", "--show-values", "--format", form)
    assert problem is None
    assert result.stdout
    assert not [secret for secret in browser.SECRETS if secret in result.output + result.stderr]


def test_a_password_that_turns_up_in_an_address_or_a_relay_state_goes_too(tmp_path: Path) -> None:
    plain = browser.chrome(FLOW)
    entries = plain["log"]["entries"]
    entries[2]["request"]["url"] = (
        f"https://user:{browser.TOKEN}@idp.exempelstad.se/{browser.SECRETS[1]}?code={browser.TOKEN}#{browser.TOKEN}"
    )
    entries[2]["_resourceType"] = "document"
    delivered = entries[-2]["request"]["postData"]
    delivered["text"] += f"&RelayState={browser.SECRETS[1]}&next={browser.TOKEN}"
    (found,) = given.read(tmp_path, FLOW, browser.as_bytes(plain))
    saved = dumps(found)
    assert "idp.exempelstad.se/‹secret›" in saved
    assert not [secret for secret in browser.SECRETS if secret in saved]


def test_personal_data_is_masked(tmp_path: Path) -> None:
    path, metadata = given.write(tmp_path, FLOW, browser.as_bytes(browser.chrome(exempelstad.flow("larare", "eppn-braces"))))
    result, _ = given.check(path, "--idp-metadata", metadata)
    assert "7C1D9E52-4B3A-4F60" not in result.stdout
    result, _ = given.check(path, "--idp-metadata", metadata, "--show-values")
    assert "7C1D9E52-4B3A-4F60" in result.stdout
