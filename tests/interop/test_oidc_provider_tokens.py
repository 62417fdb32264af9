"""The ways in which a certified OpenID provider can sign, encrypt and fill its tokens. What is found is what is true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.interop.oidc_provider import Client, OidcProvider, private_curve_jwk, private_jwk
from tests.interop.workspace import Workspace, failing

Start = Callable[..., tuple[Workspace, OidcProvider]]
Reports = dict[str, dict[str, Any]]
BY_ID_TOKEN, BY_INFO = "oidc-id-token/signature-is-by-a-key-of-the-op", "oidc-user-info/signature-holds"
HELD, LACKED = ("RS256", "RS512", "ES256"), ("PS256", "EdDSA", "Ed25519")  # python-jose 3.5 has none of the latter
ALGORITHMS = HELD + LACKED


def public(jwk: dict[str, str]) -> dict[str, str]:
    return {name: jwk[name] for name in ("kty", "n", "e", "kid")} | {"use": "enc"}


def to(key: dict[str, str], of: str) -> dict[str, Any]:
    """Registered with a key that is not ours, and to be sent to it encrypted."""
    return {f"{of}_encrypted_response_alg": "RSA-OAEP", "jwks": {"keys": [key]}, "userinfo_signed_response_alg": "RS256"}


@pytest.fixture(scope="module")
def reports(oidc_provider: Start) -> Reports:
    """A pupil's login at each client, all in one run."""
    theirs = public(private_jwk("theirs"))
    clients = [Client(f"token-{name.lower()}", known={"id_token_signed_response_alg": name}) for name in ALGORITHMS]
    clients += [Client(f"info-{name.lower()}", known={"userinfo_signed_response_alg": name}) for name in ALGORITHMS]
    clients += [Client(f"{of}-encrypted", "client_secret_basic", to(theirs, of)) for of in ("id_token", "userinfo")]
    clients.append(Client("pairwise", known={"subject_type": "pairwise"}))
    user, _ = oidc_provider(
        tuple(clients),
        keys=(private_jwk("rsa", None), private_curve_jwk("P-256"), private_curve_jwk("Ed25519")),
        features={"encryption": {"enabled": True}},
        settings={"enabledJWA": {"idTokenSigningAlgValues": ALGORITHMS, "userinfoSigningAlgValues": ALGORITHMS}},
    )
    return {report["target"]["idp"]: report for report in user.judged("elev", "--lang", "en")[1]}


def inconclusive(report: dict[str, Any]) -> dict[str, str]:
    return {each["rule"]: each["message"] for each in report["findings"] if each["verdict"] == "inconclusive"}


@pytest.mark.parametrize("what", ["token", "info"])
@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_signature_is_verified_or_said_to_be_beyond_us(reports: Reports, name: str, what: str) -> None:
    report = reports[f"{what}-{name.lower()}"]
    lacked = {BY_ID_TOKEN if what == "token" else BY_INFO: f"our library lacks {name}"} if name in LACKED else {}
    assert (failing(report), inconclusive(report)) == (set(), lacked)
    assert report["login"]["trusted"] is (not lacked)


def test_what_is_encrypted_to_a_key_that_we_have_not_given_is_one_finding(reports: Reports) -> None:
    assert failing(reports["id_token-encrypted"]) == {"oidc-id-token/can-be-read"}
    assert failing(reports["userinfo-encrypted"]) == {"oidc-user-info/can-be-read"}


def test_a_pairwise_subject_is_as_good_as_any(reports: Reports) -> None:
    assert (failing(reports["pairwise"]), inconclusive(reports["pairwise"])) == (set(), {})
