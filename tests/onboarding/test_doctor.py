"""idptest doctor: what it looks at before any password is typed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from idptest.cli import main
from idptest.demo.metadata import Published, to_xml
from tests.feed_server import federation
from tests.onboarding.conftest import PUPIL, TEACHER, Town, line


def doctor(town: Town, *arguments: str) -> tuple[int, dict[str, dict[str, Any]], set[str]]:
    """The exit code, the reports by name, and the rules that fail, of whatever level."""
    town.screen.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["doctor", *arguments, "--format", "json", "--lang", "en"])
    out, err = (stream.decode() for stream in town.screen.readouterr())
    assert err == "", err
    plain = json.loads(out)
    reports = plain.get("reports", [plain])
    failing = {found["rule"] for report in reports for found in report["findings"] if found["verdict"] == "fail"}
    assert not any(report["summary"]["crashed"] for report in reports)
    return int(ended.value.code or 0), {report["inspection"]["name"]: report for report in reports}, failing


LINKS = {"preflight-address/links-answer"}  # Exempelstad's web pages are nowhere


def test_doctor_of_openid_connect_looks_at_the_way_there(town: Town) -> None:
    town.open()
    with federation(b"{}") as issuer:
        town.settings += f'\n[idp.op]\nprotocol = "oidc"\nissuer = "{issuer.url.rpartition("/")[0]}"\nclient_id = "idptest"\n'
        town.write()
        code, _, failing = doctor(town, "op")
    assert (code, failing) == (1, {"preflight-settings/both-roles-can-log-in", "oidc-discovery/has-what-it-must"})
    assert "speaks OpenID Connect" in line(town, "onboard", "op")


def test_doctor_finds_all_well(town: Town) -> None:
    town.open()
    code, reports, failing = doctor(town)
    assert (code, failing) == (0, LINKS)
    assert set(reports) == {"idptest.toml", "exempelstad"}
    assert not list((town.folder / ".idptest").glob("flows/*")), "a preflight is no login"


def test_doctor_never_shows_what_a_variable_holds(town: Town) -> None:
    town.open()
    for form in ("text", "json", "junit", "html"):
        with pytest.raises(SystemExit):
            main(["doctor", "-v", "--format", form, "--show-values"])
        assert TEACHER and TEACHER.totp_secret and PUPIL
        shown = b"".join(town.screen.readouterr()).decode()
        assert not {secret for secret in (TEACHER.password, TEACHER.totp_secret, PUPIL.password) if secret in shown}


@pytest.mark.parametrize(
    ("spoil", "rules"),
    [
        (lambda folder: (folder / ".idptest/keys/sp-key.pem").write_text("no key"), {"preflight-keys/key-and-certificate-are-there"}),
        (
            lambda folder: (folder / ".idptest/keys/sp-cert.pem").write_text("no certificate"),
            {"preflight-keys/key-and-certificate-are-there"},
        ),
        (
            lambda folder: shutil.copy(folder / ".idptest/keys/encryption-key.pem", folder / ".idptest/keys/sp-key.pem"),
            {"preflight-keys/key-belongs-to-its-certificate"},
        ),
        (lambda folder: (folder / ".idptest/keys/sp-key.pem").chmod(0o644), {"preflight-files/files-are-for-you-alone"}),
        (lambda folder: (folder / ".git").mkdir(), {"preflight-files/git-leaves-the-keys-alone"}),
    ],
)
def test_doctor_looks_at_keys_and_files(town: Town, spoil: Callable[[Path], object], rules: set[str]) -> None:
    town.open()
    spoil(town.folder)
    assert doctor(town)[2] == LINKS | rules


def test_doctor_when_the_idp_is_down(town: Town) -> None:
    town.open()
    (town.folder / "idp.xml").write_bytes(to_xml(Published(sso="https://127.0.0.1:1/sso", error_url=None, shown=())))
    town.values["metadata"] = "idp.xml"
    town.write()
    code, reports, failing = doctor(town, "exempelstad")
    assert (code, failing) == (1, {"preflight-address/login-address-answers"})
    blocked = {found["rule"]: found["blocked_by"] for found in reports["exempelstad"]["findings"] if found["blocked_by"]}
    assert (
        blocked["preflight-idp/clocks-agree"] == blocked["preflight-idp/idp-takes-our-request"] == "preflight-address/login-address-answers"
    )


@pytest.mark.parametrize("form", ["text", "json", "junit", "html"])
@pytest.mark.parametrize("lang", ["sv", "en"])
def test_doctor_at_the_demo(capsysbinary: pytest.CaptureFixture[bytes], form: str, lang: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--demo", "--format", form, "--lang", lang])
    assert ended.value.code in (0, None)
    assert b"exempelstad" in capsysbinary.readouterr().out


def test_doctor_sees_the_demos_defects(town: Town) -> None:
    assert doctor(town, "--demo", "--defect", "metadata-ended")[2] == {"preflight-idp/metadata-is-at-hand"}
