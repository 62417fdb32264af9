"""The ways in which a certified OpenID provider can sign, encrypt and fill its tokens. What is found is what is true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from idptest.model.flow_file import loads
from idptest.validator import judge
from tests.interop.oidc_provider import LOA3, Client, OidcProvider, private_curve_jwk, private_jwk
from tests.interop.workspace import LARARE, Workspace, failing

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


# --- an OP that does not take the parameter claims: levels by acr_values, which do not bind it, and everything in the ID Token

IN_ID_TOKEN = {
    "conformIdTokenClaims": False,
    "claims": {"openid": ["sub", "eduperson_principal_name", "amr"], "acr": None, "auth_time": None},
}


@pytest.mark.parametrize(
    ("level", "amr", "fails"),
    [
        (LOA3, ["pwd", "otp", "mfa"], [{"level/fits-the-factors-given"}]),
        # It says that it has the level, gives another, and may: nothing in the request binds it. So the narrow list is asked for too.
        (
            "urn:exempelstad:losenord",
            ["pwd"],
            [
                {"level/answer-is-a-known-value", "dnp-teacher/level-is-on-the-list"},
                {"level/answer-is-a-known-value", "loa3-teacher/level-is-at-least-3"},
            ],
        ),
    ],
    ids=["given", "not-given"],
)
def test_levels_by_acr_values_and_the_rest_in_the_id_token(oidc_provider: Start, level: str, amr: list[str], fails: list[set[str]]) -> None:
    user, op = oidc_provider(
        (Client("op"),), acr=level, amr=tuple(amr), settings=IN_ID_TOKEN, features={"claimsParameter": {"enabled": False}}
    )
    reports = user.judged("larare")[1]
    assert [(failing(report), inconclusive(report)) for report in reports] == [(each, {}) for each in fails]
    assert {(LOA3 in asked["acr_values"].split(), "claims" in asked) for asked in op.asked()} == {(True, False)}
    facts = judge(loads(user.flows()[0].read_text(encoding="utf-8"))).login.oidc
    assert facts is not None and facts.id_token is not None and facts.user_info is not None
    eppn = f"{LARARE.guid}@exempelstad.se"
    assert {"acr": level, "amr": amr, "eduperson_principal_name": eppn}.items() <= facts.id_token.values.items()
    assert facts.user_info.values == {"sub": "sub-1", "eduperson_principal_name": eppn}
    # By the code flow it sends neither at_hash nor c_hash, which are optional there (OIDCCore 3.1.3.6).
    told = {each["rule"]: each["verdict"] for each in reports[0]["findings"]}
    assert (told["oidc-id-token/hashes-fit"], told["oidc-id-token-times/methods-are-a-list"]) == ("not-applicable", "pass")
