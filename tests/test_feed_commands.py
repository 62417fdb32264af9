"""idptest metadata fetch, verify and find, as they are typed: what is said in both languages, and the exit codes."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import click
import pytest
from lxml import etree

from idptest.adapters import clock
from idptest.cli import main
from idptest.cli.metadata import watching
from idptest.demo import keys
from tests import moa_feed
from tests.feed_server import (
    ANKARVIK,
    EXEMPELSTAD,
    NOW,
    TJANST,
    Answer,
    Federation,
    federation,
    feed,
    fingerprint,
    idp,
    signed,
    sp,
    unsigned,
)

Run = Callable[..., tuple[int, str, str]]
SP = '[sp]\nentity_id = "https://idptest.exempelstad.se/sp"\nbase_url = "https://localhost:8443"\n'
PIN = fingerprint()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Federation]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.chdir(tmp_path)
    with federation() as running:
        (tmp_path / "idptest.toml").write_text(f'{SP}\n[feed.prov]\nurl = "{running.url}"\ntimeout = 2\n', encoding="utf-8")
        yield running


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def started(*words: str, lang: str = "en") -> tuple[int, str, str]:
        arguments = ["metadata", *words, "--lang", lang]
        monkeypatch.setattr(sys, "argv", ["idptest", *arguments])
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        out, err = capsys.readouterr()
        return int(str(ended.value.code)), out, err

    return started


@pytest.fixture
def fetched(server: Federation, run: Run) -> Federation:
    assert run("fetch", "prov", "--pin", PIN)[0] == 0
    return server


# --- the key


def test_without_a_terminal_the_line_that_approves_is_said_and_nothing_is_kept(server: Federation, run: Run) -> None:
    for lang, said in (("sv", "nyckeln för prov är inte godkänd än"), ("en", "the key of prov is not approved yet")):
        code, out, err = run("fetch", "prov", lang=lang)
        assert (code, out) == (2, "")
        assert said in err
        assert f"idptest metadata fetch prov --pin {PIN}" in err
        assert ":".join(re.findall("..", PIN.upper())) in err
        assert "SHA-1" in err
    assert "sha256" not in Path("idptest.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(("answer", "code"), [("j", 0), ("Ja", 0), ("y", 0), ("n", 2), ("", 2), ("kanske", 2)])
def test_on_a_terminal_it_is_asked(answer: str, code: int, server: Federation, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(click, "prompt", lambda *_, **__: answer)
    assert run("fetch", "prov", lang="sv")[0] == code
    assert (f'sha256 = "{PIN}"' in Path("idptest.toml").read_text(encoding="utf-8")) == (code == 0)


def test_a_pin_may_be_written_as_it_is_shown(server: Federation, run: Run) -> None:
    code, out, _ = run("fetch", "prov", "--pin", ":".join(re.findall("..", PIN.upper())), lang="sv")
    assert code == 0
    assert "nytt: 3 entiteter (2 IdP:er, 1 SP), gäller till" in out
    assert "Innehavare   CN=Exempelstad signing" in out


@pytest.mark.parametrize(
    ("pin", "said"),
    [
        ("ab" * 20, "64 hexadecimal digits (SHA-1 has 40)"),
        ("ab" * 32, "signed with another certificate than --pin says"),
        ("x", "64 hexadecimal"),
    ],
)
def test_a_pin_that_is_none_or_of_another_approves_nothing(pin: str, said: str, server: Federation, run: Run) -> None:
    code, _, err = run("fetch", "prov", "--pin", pin)
    assert code == 2
    assert said in err
    assert "sha256" not in Path("idptest.toml").read_text(encoding="utf-8")


def test_another_key_is_refused_loudly_and_the_pin_can_be_moved(fetched: Federation, run: Run) -> None:
    fetched.gives(signed(unsigned(idp()), "other"))
    code, out, _ = run("fetch", "prov", "--force", lang="sv")
    assert code == 1
    assert "feed-signature/is-signed-by-the-approved-key" in out
    assert "idptest metadata fetch NAMN --pin SHA256" in " ".join(out.split())
    assert "godtas inte. Den senaste goda kopian är kvar: från" in out
    assert run("find", TJANST)[0] == 0
    assert run("fetch", "prov", "--pin", fingerprint("other"))[0] == 0
    assert f'sha256 = "{fingerprint("other")}"' in Path("idptest.toml").read_text(encoding="utf-8")
    assert run("find", TJANST)[0] == 1


def test_a_pin_is_compared_even_where_nothing_has_changed(fetched: Federation, run: Run) -> None:
    fetched.gives(Answer(headers={"ETag": '"1"'}, body=feed()), Answer(304))
    assert run("fetch", "prov", "--force")[0] == 0
    fetched.gives(feed())
    code, _, err = run("fetch", "prov", "--pin", fingerprint("other"))
    assert code == 2
    assert "signed with another certificate than --pin says" in err
    assert "if-none-match" not in fetched.asked[-1]
    assert run("fetch", "prov", "--pin", PIN)[0] == 0


def test_a_file_that_decides_is_not_overruled_by_pin(server: Federation, run: Run, tmp_path: Path) -> None:
    (tmp_path / "fed.pem").write_bytes(keys.certificate("signing"))
    with Path("idptest.toml").open("a", encoding="utf-8") as file:
        file.write('certificate = "fed.pem"\n')
    assert run("fetch", "prov")[0] == 0
    code, _, err = run("fetch", "prov", "--pin", PIN)
    assert code == 2
    assert "idptest.toml:8: certificate = … decides" in err
    code, _, err = run("fetch", "moa", "--pin", PIN)
    assert code == 2
    assert "the key of moa is no certificate" in err


# --- fetch


def test_what_is_known_of_the_feeds_is_listed_without_a_workspace(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = run("fetch", "--list", lang="sv")
    assert code == 0
    for said in ("skolfederation-trial", "inte publicerad", "ingen godkänd än", "kid c2fb860e", "(läst 2026-11)"):
        assert said in out
    code, out, _ = run("fetch", "--list", "--format", "json")
    assert [found["name"] for found in json.loads(out)] == ["skolfederation", "skolfederation-trial", "fidus", "moa", "moa-trial"]
    assert all(found["source"].endswith("(read 2026-11)") for found in json.loads(out))


def test_a_feed_is_told_fresh_unchanged_and_new(fetched: Federation, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "är färsk till" in run("fetch", "prov", lang="sv")[1]
    assert "oförändrat sedan" in run("fetch", "--force", lang="sv")[1]  # all that are in use here
    fetched.gives(signed(unsigned(idp(location="https://ny.example.se"), sp(), sp("https://ny.example.se/sp"))))
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=2))
    code, out, _ = run("fetch", "prov", lang="sv")
    assert code == 0
    assert [" ".join(line.split()) for line in out.splitlines()[1:]] == [
        "1 ny https://ny.example.se/sp",
        f"1 ändrad {EXEMPELSTAD}",
        f"1 borttagen {ANKARVIK}",
    ]
    code, out, _ = run("fetch", "prov", "--format", "json")
    assert json.loads(out)[0]["state"] == "fresh"


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_what_cannot_be_had_is_exit_code_3_and_the_copy_stays(lang: str, fetched: Federation, run: Run) -> None:
    fetched.gives(Answer(503))
    code, out, _ = run("fetch", "prov", "--force", lang=lang)
    assert code == 3
    assert "HTTP 503" in out
    assert {"sv": "Den senaste goda kopian är kvar", "en": "The last good copy stays"}[lang] in out
    code, out, _ = run("fetch", "prov", "--force", "--format", "json", lang=lang)
    assert (code, json.loads(out)[0]["state"]) == (3, "unreachable")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fetch",), "ange vilket flöde"),
        (("fetch", "skolfederaton"), 'menade du "skolfederation"'),
        (("fetch", "fidus"), "fidus har ingen publicerad adress"),
        (("fetch", "prov", "moa", "--pin", PIN), "ett flöde i taget"),
        (("fetch", "prov", "--entity", "x"), "hör till --watch"),
        (("verify", "prvo"), 'filen finns inte, och inget flöde heter så; menade du "prov"?'),
        (("verify", "moa"), "det finns ingen kopia av moa här: idptest metadata fetch moa"),
        (("verify", "idptest.toml", "--certificate", "idptest.toml"), "inget certifikat som går att läsa"),
        (("find", "x"), "inget flöde är hämtat här än"),
        (("find", "x", "--feed", "moa"), "det finns ingen kopia av moa här"),
        (("find", "x", "--feed", "mao"), 'menade du "moa"'),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(words: tuple[str, ...], said: str, server: Federation, run: Run) -> None:
    if words == ("fetch",):  # nothing is in use
        Path("idptest.toml").write_text(SP, encoding="utf-8")
    code, out, err = run(*words, lang="sv")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert said in err


def test_without_a_workspace_nothing_is_fetched(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run("fetch", "skolfederation-trial")
    assert code == 2
    assert "idptest init" in err
    assert not list(tmp_path.iterdir())


# --- watch


def test_it_is_watched_until_the_entity_comes(fetched: Federation, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    new = signed(unsigned(idp(), sp(), idp("https://idp.ny.se")))
    monkeypatch.setattr(time, "sleep", lambda seconds: (waited.append(seconds), fetched.gives(new if len(waited) == 3 else feed()))[0])
    code, out, _ = run("fetch", "prov", "--watch", "--entity", "https://idp.ny.se", lang="sv")
    assert code == 0
    assert "https://idp.ny.se: finns inte i flödet än" in out
    assert "https://idp.ny.se: finns nu i flödet" in out
    assert waited == [3600, 3600, 3600]


def test_a_change_and_a_removal_end_the_watch_too(fetched: Federation, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(seconds: float) -> None:
        assert seconds == 30
        fetched.gives(signed(unsigned(idp(name="Nytt namn"))))

    monkeypatch.setattr(time, "sleep", sleep)
    code, out, _ = run("fetch", "prov", "--watch", "--entity", EXEMPELSTAD, "--every", "0.5")
    assert code == 0
    assert f"{EXEMPELSTAD}: changed in the feed" in out
    monkeypatch.setattr(time, "sleep", lambda _: fetched.gives(signed(unsigned(sp()))))
    code, out, _ = run("fetch", "prov", "--watch", "--entity", EXEMPELSTAD)
    assert f"{EXEMPELSTAD}: no longer in the feed" in out


def test_interrupted_it_leaves_a_state_that_can_be_used(fetched: Federation, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupted)
    code, _, err = run("fetch", "prov", "--watch", lang="sv")
    assert code == 130
    assert "inget är halvskrivet" in err
    assert run("find", EXEMPELSTAD)[0] == 0


def test_how_long_it_waits() -> None:
    assert watching._wait(timedelta(seconds=5), None) == timedelta(minutes=1)
    assert watching._wait(timedelta(hours=6), None) == timedelta(hours=1)
    assert watching._wait(None, None) == timedelta(minutes=1)


# --- verify


def test_a_copy_is_judged_with_those_who_are_to_be_in_it(fetched: Federation, run: Run) -> None:
    code, out, _ = run("verify", "prov", "-v", lang="sv")
    assert code == 0
    with Path("idptest.toml").open("a", encoding="utf-8") as file:
        file.write(f'[idp.a]\nmetadata = {{ from = "prov", entity_id = "{EXEMPELSTAD}" }}\nenvironment = "production"\n')
        file.write('[idp.b]\nmetadata = { from = "prov", entity_id = "https://idp.annan.se" }\n')
    code, out, _ = run("verify", "prov", "--format", "json")
    (report,) = [json.loads(out)] if json.loads(out)["format"] == "idptest-report/1" else json.loads(out)["reports"]
    failed = {finding["rule"] for finding in report["findings"] if finding["verdict"] == "fail"}
    assert code == 1
    assert failed == {"feed-wanted/holds-the-idp-once", "feed-wanted/holds-this-sp", "feed-wanted/idp-is-in-its-own-environment"}


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_a_file_is_judged_by_the_key_that_is_given(lang: str, fetched: Federation, run: Run, tmp_path: Path) -> None:
    file, other = tmp_path / "f.xml", tmp_path / "other.pem"
    file.write_bytes(feed())
    other.write_bytes(keys.certificate("other"))
    assert run("verify", str(file), "--feed", "prov", lang=lang)[0] == 0
    code, out, _ = run("verify", str(file), lang=lang)
    assert code == 3
    assert {"sv": "Nyckel i dess signatur", "en": "Key in its signature"}[lang] in out
    code, out, _ = run("verify", str(file), "--certificate", str(other), lang=lang)
    assert code == 1
    assert "feed-signature/is-signed-by-the-approved-key" in out
    moa = tmp_path / "moa.jws"
    moa.write_bytes(moa_feed.signed())
    assert run("verify", str(moa), lang=lang)[0] == 3
    assert run("verify", str(moa), "--feed", "moa", lang=lang)[0] == 1


def test_a_verified_feed_that_has_ended_since_is_said(fetched: Federation, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=8))
    code, out, _ = run("verify", "prov")
    assert code == 1
    assert "feed/has-not-ended" in out
    _, _, err = run("find", EXEMPELSTAD, lang="sv")
    assert "upphörde att gälla" in err


# --- find


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((EXEMPELSTAD,), [EXEMPELSTAD]),
        (("exempelstads",), [EXEMPELSTAD]),
        (("ÅRE",), [ANKARVIK]),
        (("kommun",), [ANKARVIK, EXEMPELSTAD]),
        (("kommun", "åre", "ö"), [ANKARVIK]),
        (("lärresurs",), [TJANST]),
        (("--scope", "ankarvik.se"), [ANKARVIK]),
        (("--name", "kommun", "--role", "sp"), []),
        (("--role", "sp"), [TJANST]),
        (("--role", "idp"), [ANKARVIK, EXEMPELSTAD]),
        (("100%_",), []),
    ],
)
def test_who_is_looked_for_is_found(words: tuple[str, ...], found: list[str], fetched: Federation, run: Run) -> None:
    code, out, _ = run("find", *words, "--format", "json")
    assert sorted(entity["entity_id"] for entity in json.loads(out)) == sorted(found)
    assert code == (0 if found else 1)
    for lang in ("sv", "en"):
        code, out, err = run("find", *words, lang=lang)
        assert all(entity_id in out for entity_id in found)
        assert bool(found) or {"sv": "Ingen hittades", "en": "Nobody was found"}[lang] in err


def test_what_is_found_is_told(fetched: Federation, run: Run) -> None:
    _, out, _ = run("find", ANKARVIK, lang="sv")
    for said in (
        "Namn         Ankarviks kommun, Åre ö",
        "Scope        ankarvik.se",
        "Roll         IdP",
        "Registrerad  2024-03-01",
        "prov, där sedan före",
    ):
        assert said in out
    (plain,) = json.loads(run("find", ANKARVIK, "--format", "json")[1])
    assert (plain["seen_since"], plain["seen_from_start"], plain["roles"]) == ("2026-11-22T07:45:00Z", True, ["idp"])


def test_the_metadata_of_one_is_written(fetched: Federation, run: Run) -> None:
    code, _, err = run("find", EXEMPELSTAD, "--output", "idp.xml", lang="sv")
    assert (code, "Skrivet till idp.xml" in err) == (0, True)
    root = etree.parse("idp.xml").getroot()
    assert (root.get("entityID"), root.get("validUntil")) == (EXEMPELSTAD, "2026-11-29T07:45:00Z")
    code, _, err = run("find", "kommun", "--output", "two.xml")
    assert code == 2
    assert "2 were found" in err
    assert not Path("two.xml").exists()


def test_one_feed_that_is_not_approved_does_not_keep_the_others_from_being_fetched(fetched: Federation, run: Run) -> None:
    with Path("idptest.toml").open("a", encoding="utf-8") as file:
        file.write(f'[feed.annat]\nurl = "{fetched.url}"\n')
    code, out, err = run("fetch", "annat", "prov", "--force", lang="sv")
    assert code == 2
    assert "prov: oförändrat sedan" in out
    assert "nyckeln för annat är inte godkänd än" in err
