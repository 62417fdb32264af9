"""idptest metadata sp, as it is typed: judged before it is written, the registrar's list, and what the federation holds of us."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from idptest import catalogue, registration, settings
from idptest.adapters import clock, keys
from idptest.cli import main
from idptest.cli.metadata.sp import command
from idptest.demo import keys as demo_keys
from idptest.model.sp import ENCRYPTION, SIGNING
from idptest.saml.metadata_sp import read_sp
from idptest.saml.sp_metadata import to_xml
from tests.feed_server import NOW as FEED_NOW
from tests.feed_server import federation, feed, fingerprint, signed, unsigned
from tests.interop.test_own_metadata import SETTINGS

Run = Callable[..., tuple[int, str, str]]
NOW = datetime(2026, 11, 22, 7, 45, tzinfo=UTC)
SP = '[sp]\nentity_id = "https://idptest.exempelstad.se/sp"\nbase_url = "https://localhost:8443"\n'
WHOLE = SP + SETTINGS.replace("[idp.exempelstad]\n", "")
MISSING = ("display_name", "description", "information_url", "privacy_url", "[sp.organization]", "administrative", "technical")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our keys, made once: the demo's, because RSA takes its time."""
    folder = tmp_path_factory.mktemp("keys")
    place = folder / keys.KEYS
    place.mkdir(parents=True)
    for name, key in (("sp", "sp"), ("encryption", "other")):
        (place / f"{name}-key.pem").write_bytes(demo_keys.pem(key))
        (place / f"{name}-cert.pem").write_bytes(demo_keys.certificate(key))
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "idptest.toml").write_text(WHOLE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    def started(*words: str, lang: str = "en") -> tuple[int, str, str]:
        arguments = ["metadata", "sp", *words, "--lang", lang]
        monkeypatch.setattr(sys, "argv", ["idptest", *arguments])
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        out, err = capsysbinary.readouterr()
        return int(str(ended.value.code)), out.decode(), err.decode()

    return started


def write(folder: Path, text: str) -> None:
    (folder / "idptest.toml").write_text(text, encoding="utf-8")


# --- written, or not


def test_it_is_printed_as_it_would_be_written(run: Run, folder: Path) -> None:
    code, out, err = run()
    assert (code, err) == (0, "")
    assert run("--output", "sp.xml") == (0, "", "")
    assert (folder / "sp.xml").read_bytes() == out.encode()
    assert read_sp(out.encode()).display_name == "Inloggningsprov: å, ä & ö"


@pytest.mark.parametrize(("lang", "word"), [("sv", "skrev"), ("en", "wrote")])
def test_the_checksum_that_the_operator_asks_for_is_told(run: Run, folder: Path, lang: str, word: str) -> None:
    code, out, err = run("--for", "production", "--output", "sp.xml", lang=lang)
    assert (code, out) == (0, "")
    assert err == f"{word}  sp.xml  SHA-1 {hashlib.sha1((folder / 'sp.xml').read_bytes()).hexdigest()}\n"


def test_an_idp_alone_gets_metadata_of_the_least_that_there_is(run: Run, folder: Path) -> None:
    write(folder, SP)
    code, out, _ = run()
    assert code == 0
    assert read_sp(out.encode()).display_name == "idptest, provinloggning"
    assert run("--for", "trial")[0] == 0


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_what_production_refuses_is_not_written(run: Run, folder: Path, lang: str) -> None:
    write(folder, SP)
    code, out, err = run("--for", "production", "--output", "sp.xml", lang=lang)
    assert (code, out) == (1, "")
    assert not (folder / "sp.xml").exists()
    assert all(word in err for word in MISSING)
    assert ("inget är skrivet" if lang == "sv" else "nothing was written") in err.splitlines()[-1]


@pytest.mark.parametrize(("days", "code"), [(-3, 1), (30, 0), (400, 0)])
def test_a_certificate_that_has_ended_is_not_written(run: Run, folder: Path, days: int, code: int) -> None:
    certificate = demo_keys.certificate("other", end=NOW + timedelta(days=days))
    (folder / keys.KEYS / "encryption-cert.pem").write_bytes(certificate)
    found, out, err = run(lang="sv")
    assert found == code
    assert ("sp-metadata-keys/certificate-is-in-force" in err) is (code == 1)
    assert bool(out) is (code == 0)
    assert run("--fail-on", "should")[0] == (0 if days == 400 else 1)


def test_a_waiver_lets_it_be_written(run: Run, folder: Path) -> None:
    (folder / keys.KEYS / "encryption-cert.pem").write_bytes(demo_keys.certificate("other", end=NOW - timedelta(days=3)))
    write(folder, WHOLE + '[[waiver]]\nrule = "sp-metadata-keys/certificate-is-in-force"\nreason = "4711"\nuntil = 2026-12-31\n')
    assert run()[0] == 0


def test_the_report_on_what_was_written_goes_to_a_file_and_not_into_the_metadata(run: Run, folder: Path) -> None:
    code, out, err = run("--report", "json=report.json")
    assert code == 0
    read_sp(out.encode())
    assert "FINE" in err
    assert json.loads((folder / "report.json").read_text(encoding="utf-8"))["summary"]["conformant"] is True


# --- --check


@pytest.mark.parametrize(("lang", "required", "there"), [("sv", "Krävs, och saknas", "Finns"), ("en", "Required, and missing", "There")])
def test_check_lists_what_is_missing_under_which_key(run: Run, folder: Path, lang: str, required: str, there: str) -> None:
    code, out, err = run("--check", lang=lang)
    assert (code, err) == (0, "")
    assert required not in out and there in out
    write(folder, SP)
    code, out, err = run("--check", lang=lang)
    assert (code, err) == (1, "")
    assert required in out and there not in out
    assert all(word in out for word in MISSING)
    assert all(len(line) <= 100 for line in out.splitlines())


def test_half_a_service_is_told_what_the_other_half_is(run: Run, folder: Path) -> None:
    write(folder, SP + '[sp.service]\ndisplay_name = "Prov"\n[sp.contact.technical]\nemail = "it@exempelstad.se"\n')
    _, out, _ = run("--check")
    required = out.partition("Required")[2].partition("Wanted")[0]
    assert "description" in required and "technical" not in required and "display_name" not in required


def test_trial_requires_nothing_and_tells_what_production_will(run: Run, folder: Path) -> None:
    write(folder, SP)
    code, out, _ = run("--check", "--for", "trial")
    assert code == 0
    assert "Required" not in out and all(word in out for word in MISSING) and "Trial" in out


def test_the_form_is_filled_in(run: Run) -> None:
    _, out, _ = run("--check", lang="sv")
    form = out.partition("I federationens formulär")[2]
    assert "Exempelstads kommun" in form and "Åsa Öst, idptest@exempelstad.se" in form and "Produktion" in form


def test_check_tells_what_else_is_wrong(run: Run, folder: Path) -> None:
    write(folder, WHOLE.replace('"https://idptest.exempelstad.se/sp"', '"urn:exempelstad:idptest"'))
    code, out, _ = run("--check")
    assert code == 0 and "skolfederation-sp/entity-id-is-a-web-address" in out
    assert run("--check", "--fail-on", "should")[0] == 1


def test_a_program_gets_the_same_as_findings(run: Run, folder: Path) -> None:
    write(folder, SP)
    code, out, _ = run("--check", "--format", "json")
    failed = [each for each in json.loads(out)["findings"] if each["verdict"] == "fail"]
    assert code == 1
    assert sum(each["rule"] == "registration/what-is-required-is-given" for each in failed) == len(MISSING)


# --- --registered


def test_the_same_is_the_same(run: Run) -> None:
    run("--output", "held.xml")
    code, out, _ = run("--registered", "held.xml")
    assert code == 0 and "FINE" in out


def test_differences_are_told_in_words(run: Run, folder: Path) -> None:
    run("--output", "held.xml")
    (folder / keys.KEYS / "encryption-key.pem").write_bytes(demo_keys.pem("signing"))
    (folder / keys.KEYS / "encryption-cert.pem").write_bytes(demo_keys.certificate("signing"))
    write(folder, WHOLE.replace("8443", "9443").replace("Inloggningsprov", "Provinloggning"))
    code, out, _ = run("--registered", "held.xml", lang="sv")
    assert code == 1
    for words in (
        "den har ett certifikat för kryptering som inte är vårt längre",
        "den saknar vårt certifikat för kryptering",
        "2056-01-01",
    ):
        assert words in " ".join(out.split())
    assert "https://localhost:8443/saml/acs" in out and "https://localhost:9443/saml/acs" in out
    assert "registration/texts-are-the-same" in out


def test_an_sp_that_the_feed_does_not_hold(run: Run, folder: Path) -> None:
    (folder / "feed.xml").write_bytes(feed())
    code, out, _ = run("--registered", "feed.xml")
    assert code == 1 and "registration/is-in-the-feed" in out


def test_the_verified_copy_of_a_feed_is_what_is_compared_with(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(clock, "now", lambda: FEED_NOW)
    ours = run()[1].partition("?>")[2]
    with federation() as server:
        write(folder, f'{WHOLE}\n[feed.prov]\nurl = "{server.url}"\ntimeout = 2\n')
        code, _, err = run("--registered", "prov")
        assert code == 2 and "nothing has been fetched from prov yet: idptest metadata fetch prov" in err
        server.gives(signed(unsigned(ours)))
        with pytest.raises(SystemExit) as ended:
            main(["metadata", "fetch", "prov", "--pin", fingerprint()])
        assert ended.value.code in (0, None), capsysbinary.readouterr()
        capsysbinary.readouterr()
        code, out, err = run("--registered", "prov")
        assert (code, err) == (0, ""), out
        monkeypatch.setattr(clock, "now", lambda: FEED_NOW + timedelta(days=8))
        code, out, _ = run("--registered", "prov")
        assert code == 1 and "registration/entry-is-still-valid" in out


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("skolfederation-trail", 'did you mean "skolfederation-trial"?'),
        ("nope.xml", "there is no such file"),
        ("idptest.toml", "this is no SAML metadata"),
        ("http://exempelstad.se/feed.xml", "must be an https address"),
    ],
)
def test_what_cannot_be_compared_is_one_line(run: Run, source: str, said: str) -> None:
    code, out, err = run("--registered", source)
    assert (code, out) == (2, "")
    assert said in err and len(err.splitlines()) == 1


def test_options_that_exclude_each_other(run: Run) -> None:
    assert run("--check", "--new-key", lang="sv") == (2, "", "idptest: --check och --new-key går inte ihop\n")


# --- what is asked for


def requested(text: str, own: dict[str, str] | None = None) -> dict[str, bool]:
    found = settings.read(SP + "[idp.x]\nmetadata = 'x.xml'\n" + text)
    rulesets = [name for account in found.accounts.values() for name in account.rulesets] or ["dnp"]
    wanted = catalogue.wanted(rulesets, own)
    certificates = [demo_keys.certificate("sp")]
    sp = registration.service_provider(found, certificates, certificates, wanted, catalogue.attributes())
    return {each.friendly_name or each.name: each.required for each in read_sp(to_xml(sp)).requested}


def test_the_eppn_is_required_for_skolverkets_tests_and_when_nobody_logs_in_yet() -> None:
    assert requested("") == {"eduPersonPrincipalName": True}
    assert requested("[account.a]\nidp = 'x'\nrole = 'teacher'\n") == {"eduPersonPrincipalName": True}


def test_a_services_attributes_are_asked_for_and_those_for_some_are_not_required() -> None:
    found = requested("[account.a]\nidp = 'x'\nrole = 'pupil'\nrulesets = ['skolfederation', 'natur-kultur']\n")
    assert found["eduPersonPrincipalName"] and found["sisSchoolUnitCode"]
    assert found["sisSchoolCourseTeacher"] is found["mail"] is False


def test_an_attribute_of_ones_own_is_asked_for_by_its_uri() -> None:
    guide = (Path(__file__).parents[1] / "docs" / "guide" / "own-rules.md").read_text(encoding="utf-8")
    own = guide.partition("```toml\n[ruleset]")[2].partition("```")[0]
    found = requested("[account.a]\nidp = 'x'\nrole = 'pupil'\nrulesets = ['b.toml']\n", {"b.toml": "[ruleset]" + own})
    assert found == {"sisSchoolUnitCode": True, "lanekort": True}


def test_the_key_in_use_comes_before_the_new_one(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC))  # the new one begins now
    code, out, err = run("--new-key", lang="sv")
    assert code == 0 and "--switch-key" in err
    sp = read_sp(out.encode())
    assert [len(sp.keys_for(use)) for use in (SIGNING, ENCRYPTION)] == [2, 2]
    assert sp.keys_for(SIGNING)[0].certificate.pem == demo_keys.certificate("sp")
    code, _, err = run("--new-key")
    assert code == 2 and "there is a new key already" in err
    assert run("--switch-key")[0] == 0
    assert len(read_sp(run()[1].encode()).keys) == 2


# --- the guide


@pytest.mark.parametrize("page", ["registration.md", "registration.sv.md"])
def test_with_the_guides_settings_nothing_is_missing(run: Run, folder: Path, page: str) -> None:
    text = (Path(__file__).parents[1] / "docs" / "guide" / page).read_text(encoding="utf-8")
    [example] = re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    write(folder, SP + example)
    code, out, _ = run("--check", "--fail-on", "should")
    assert code == 0 and "missing" not in out
    assert run("--for", "production", "--output", "sp.xml")[0] == 0


@pytest.mark.parametrize("page", ["registration.md", "registration.sv.md"])
def test_the_options_that_the_guide_names_exist(run: Run, page: str) -> None:
    text = (Path(__file__).parents[1] / "docs" / "guide" / page).read_text(encoding="utf-8")
    named = set(re.findall(r"--[a-z][a-z-]+", text))
    assert {"--check", "--for", "--registered", "--new-key", "--switch-key", "--output"} <= named
    assert named <= {option for parameter in command.params for option in parameter.opts}
