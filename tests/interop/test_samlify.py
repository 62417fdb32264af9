"""Logins at a second real IdP: samlify signs with xml-crypto and encrypts as few others do. What is found is what is true of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.interop import npm
from tests.interop.samlify import CBC, GCM, RSA_1_5, SOURCE, Samlify, installed, with_encryption_certificate
from tests.interop.server import ServerTrouble, alive, key_pair
from tests.interop.workspace import ELEV, LARARE, Workspace, failing

Start = Callable[..., Samlify]

PEOPLE = (LARARE, ELEV)
UNCERTIFIED_LOA3 = "http://id.swedenconnect.se/loa/1.0/uncertified-loa3"
LEVEL_IGNORED = {"level/answer-is-one-that-was-asked-for", "loa3-teacher/level-is-at-least-3"}
# samlify's own template leaves AuthnStatement out, and pysaml2 will not have that.
NO_STATEMENT = {"saml-assertion/has-exactly-one-authn-statement", "login/a-stock-sp-accepts-it"}
# A note, of an answer where the assertion alone is signed.
RESPONSE_UNSIGNED = {"saml-signature/covers-the-response-itself"}
# A note, of every teacher here.
NO_E_LEG = {"dnp-teacher/e-leg-is-declared"}
# What nobody can open is no assertion: nothing to verify, nobody to name.
CLOSED = {"saml-encryption/assertion-can-be-decrypted", "login/a-stock-sp-accepts-it"}


def metadata_of_ours(workspace: Workspace) -> bytes:
    """What `idptest metadata sp` writes: with a certificate for encryption."""
    workspace.set_up()
    return (workspace.folder / "sp.xml").read_bytes()


def undecided(report: dict[str, Any]) -> set[str]:
    return {each["rule"] for each in report["findings"] if each["verdict"] == "inconclusive"}


@pytest.mark.parametrize(
    ("options", "signed"),
    [
        ({}, ["Assertion"]),
        ({"sign_assertion": False, "sign_response": True}, ["Response"]),
        ({"sign_response": True}, ["Assertion", "Response"]),
    ],
    ids=["assertion signed", "response signed", "both signed"],
)
def test_a_pupil_whose_answer_is_signed_passes_in_full(
    workspace: Workspace, samlify_idp: Start, options: dict[str, Any], signed: list[str]
) -> None:
    workspace.use(samlify_idp(metadata_of_ours(workspace), users=PEOPLE, **options), by="url")
    run, (report,) = workspace.judged("elev", "--fail-on", "should")
    assert failing(report) == (set() if "Response" in signed else RESPONSE_UNSIGNED)
    assert undecided(report) == set()
    assert run.code == 0
    assert report["summary"]["complete"] is True
    assert report["login"]["trusted"] is True
    judged = [each["subject"] for each in report["findings"] if each["rule"] == "saml-signature/is-valid" and each["verdict"] == "pass"]
    assert sorted(subject.rpartition("/ds:")[0].rpartition(":")[2] for subject in judged) == signed


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"cipher": GCM}, set()),
        ({"cipher": GCM, "sign_response": True}, set()),
        ({"cipher": GCM, "sign_assertion": False, "sign_response": True}, set()),
        ({"cipher": CBC}, {"saml-encryption/cipher-is-authenticated"}),
        ({"cipher": CBC, "sign_response": True}, {"saml-encryption/cipher-is-authenticated"}),
        ({"cipher": GCM, "key_transport": RSA_1_5}, {"saml-encryption/key-transport-is-oaep"}),
        # Its own order: the response is signed as it was before the assertion in it was encrypted, and nobody can verify that.
        (
            {"cipher": GCM, "sign_response": True, "encrypt_then_sign": False},
            {"saml-signature/is-valid", "login/a-stock-sp-accepts-it"},
        ),
        (
            {"cipher": GCM, "sign_assertion": False, "sign_response": True, "encrypt_then_sign": False},
            {"saml-signature/identity-is-signed-by-a-metadata-key", "login/a-stock-sp-accepts-it"},
        ),
        ({"cipher": GCM, "authn_context": None}, NO_STATEMENT),
    ],
)
def test_an_encrypted_answer_is_judged_as_if_it_were_open(
    workspace: Workspace, samlify_idp: Start, options: dict[str, Any], expected: set[str]
) -> None:
    workspace.use(samlify_idp(metadata_of_ours(workspace), users=PEOPLE, **options))
    run, (report,) = workspace.judged("elev", "--fail-on", "should")
    assert failing(report) == expected | (set() if options.get("sign_response") else RESPONSE_UNSIGNED)
    assert run.code == (1 if expected else 0)
    assert report["login"]["eppn"] is not None
    for each in report["findings"]:
        assert each["verdict"] != "inconclusive" or each["blocked_by"] in expected, each
    assert report["summary"]["complete"] is (not undecided(report))


def test_an_assertion_for_somebody_else_stays_closed(workspace: Workspace, samlify_idp: Start) -> None:
    """The IdP has another certificate of ours, as after a change that it has not noticed."""
    old = "".join(key_pair("idptest of last year")[1].decode().split("\n")[1:-2])
    sp = with_encryption_certificate(metadata_of_ours(workspace), old)
    workspace.use(samlify_idp(sp, users=PEOPLE, cipher=GCM))
    run, (report,) = workspace.judged("elev", "--fail-on", "should")
    assert failing(report) == CLOSED
    assert run.code == 1
    assert report["login"]["trusted"] is False
    assert report["login"]["eppn"] is None
    assert report["summary"]["complete"] is False
    # Whatever is left undecided leads back to that.
    blocked_by = {each["rule"]: each["blocked_by"] for each in report["findings"] if each["verdict"] == "inconclusive"}
    assert blocked_by["saml-assertion/is-valid-now"] == "saml-encryption/assertion-can-be-decrypted"
    assert set(blocked_by.values()) <= CLOSED | set(blocked_by)
    seen = workspace.idptest("login", "elev").out.split("\n\n")[2]
    assert "cannot be decrypted" in seen, seen


def test_a_teacher_is_asked_twice_and_the_level_is_judged(workspace: Workspace, samlify_idp: Start) -> None:
    workspace.use(samlify_idp(metadata_of_ours(workspace), users=PEOPLE, cipher=GCM))
    _, reports = workspace.judged("larare")
    assert [failing(report) for report in reports] == [NO_E_LEG | RESPONSE_UNSIGNED, LEVEL_IGNORED | RESPONSE_UNSIGNED]
    workspace.use(samlify_idp((workspace.folder / "sp.xml").read_bytes(), users=PEOPLE, cipher=GCM, authn_context=UNCERTIFIED_LOA3))
    _, reports = workspace.judged("larare")
    assert failing(reports[-1]) == {"level/fits-the-factors-given"} | RESPONSE_UNSIGNED


def test_a_wrong_password_is_the_end_of_it(workspace: Workspace, samlify_idp: Start) -> None:
    workspace.use(samlify_idp(metadata_of_ours(workspace), users=PEOPLE))
    workspace.environment["IDPTEST_ELEV_PASSWORD"] = "fel lösenord"
    run, (report,) = workspace.judged("elev")
    assert run.code == 1
    assert failing(report) == {"login/idp-completes-the-login"}


@pytest.mark.parametrize("options", [{"cipher": GCM}, {"cipher": CBC, "sign_response": True}, {"sign_response": True}])
def test_check_says_the_same_byte_for_byte_without_any_key(workspace: Workspace, samlify_idp: Start, options: dict[str, Any]) -> None:
    idp = workspace.use(samlify_idp(metadata_of_ours(workspace), users=PEOPLE, **options))
    said = workspace.idptest("login", "elev", "--format", "json")
    idp.stop()
    [flow] = workspace.flows()
    elsewhere = workspace.place / "home" / "sparat"
    elsewhere.mkdir()
    shutil.move(flow, elsewhere / flow.name)
    shutil.rmtree(workspace.folder / ".idptest" / "keys")
    (workspace.folder / "idptest.toml").unlink()
    again = workspace.idptest("check", flow.name, "--format", "json", cwd=elsewhere)
    assert (again.out, again.err, again.code) == (said.out, "", said.code)


def test_it_stops_with_all_it_started(workspace: Workspace, samlify_idp: Start) -> None:
    idp = samlify_idp(metadata_of_ours(workspace))
    assert idp._process
    group = idp._process.pid
    assert alive(group)
    with pytest.raises(ServerTrouble, match=r"EADDRINUSE|no answer of its own"):
        Samlify(workspace.place / "other", idp.sp, port=idp.port).start(timeout=5)
    assert idp.metadata()
    idp.stop()
    assert alive(group) == []


def test_what_is_installed_is_pinned_and_comes_from_wherever_npm_is_told(tmp_path: Path) -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in SOURCE.iterdir() if path.is_file()}
    assert set(files) == {"package.json", "package-lock.json", "server.mjs"}
    assert "resolved" not in files["package-lock.json"]
    assert files["package-lock.json"].count('"integrity": "sha512-') == 14
    assert not list(installed().parent.glob("samlify-*/node_modules/.staging"))


def test_what_is_missing_is_said_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    assert npm.missing() == "node and npm missing; install with: apt-get install -y --no-install-recommends nodejs npm"
    with pytest.raises(ServerTrouble, match="apt-get install"):
        Samlify(tmp_path / "own", b"").start()
