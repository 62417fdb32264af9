"""idptest metadata trace, from idptest.toml to the screen, with every stage on loopback and doing wrong what can be done wrong."""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from idptest import catalogue
from idptest.cli import main
from idptest.demo import keys
from idptest.demo.metadata import ENTITY_ID, Published, to_xml
from idptest.demo.way import DEFECTS
from idptest.settings import read
from idptest.trace.table import sentences
from idptest.trace.timing import lasting
from tests.feed_server import Answer, Federation, federation, idp, signed, sp, unsigned

NEW = Published(scopes=("exempelstad.se", "edu.exempelstad.se"))
OLD = replace(NEW, scopes=("exempelstad.se",), key="other")
OWN_SP = "https://idptest.exempelstad.se/sp"
OTHERS = (idp("https://idp.ankarvik.se/idp", name="Ankarvik", scope="ankarvik.se"), sp(OWN_SP))
LISTED = [{"entityID": ENTITY_ID, "title": "Exempelstads kommun", "scope": "exempelstad.se,edu.exempelstad.se"}]

SETTINGS = """
[sp]
entity_id = "{sp}"
base_url = "https://localhost:8443"

[idp.exempelstad]
metadata = "{own}"
environment = "production"
timeout = 1

[idp.exempelstad.trace]
uploaded = "uploaded.xml"

[trace]
discovery = "{discovery}"

[feed.skolfederation]
url = "{federation}"
certificate = "signing.pem"
timeout = 1

[feed.fidus]
url = "{fidus}"
certificate = "signing.pem"
timeout = 1
"""


def feed(*published: Published, key: str = "signing") -> bytes:
    """A signed feed with these, and two others."""
    documents = (to_xml(each).decode().partition("?>")[2] for each in published)
    return signed(unsigned(*documents, *OTHERS, until=datetime.now(UTC) + timedelta(days=7)), key)


@dataclass
class Way:
    """Every stage, as a server or a file."""

    folder: Path
    own: Federation
    federation: Federation
    fidus: Federation
    discovery: Federation

    def upload(self, published: Published) -> None:
        (self.folder / "uploaded.xml").write_bytes(to_xml(published))

    def settings(self, was: str = "", becomes: str = "") -> None:
        text = SETTINGS.format(
            sp=OWN_SP, own=self.own.url, federation=self.federation.url, fidus=self.fidus.url, discovery=self.discovery.url
        )
        assert was in text
        (self.folder / "idptest.toml").write_text(text.replace(was, becomes), encoding="utf-8")


@pytest.fixture
def way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
    """All is well."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "signing.pem").write_bytes(keys.certificate("signing"))
    with contextlib.ExitStack() as open_servers:

        def serve(*answers: Answer | bytes) -> Federation:
            return open_servers.enter_context(federation(*answers))

        made = Way(tmp_path, serve(to_xml(NEW)), serve(feed(NEW)), serve(feed(NEW)), serve(json.dumps(LISTED).encode()))
        made.upload(NEW)
        made.settings()
        yield made


@dataclass
class Screen:
    code: int
    out: str
    err: str

    @property
    def plain(self) -> str:
        return " ".join(self.out.split())


Run = Callable[..., Screen]


@pytest.fixture
def screen(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(*arguments: str, lang: str = "sv") -> Screen:
        monkeypatch.setenv("LC_ALL", lang)  # for lines that come before options are read
        capsysbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["metadata", "trace", *arguments, "--lang", lang])
        out, err = (stream.decode() for stream in capsysbinary.readouterr())
        return Screen(int(ended.value.code or 0), out, err)

    return run


def long_ago() -> str:
    return (datetime.now(UTC) - timedelta(hours=5)).isoformat(timespec="minutes")


def just_now() -> str:
    return (datetime.now(UTC) - timedelta(minutes=2)).isoformat(timespec="minutes")


def test_all_is_well(way: Way, screen: Run) -> None:
    shown = screen("--uploaded", long_ago())
    assert shown.code == 0, shown.out
    assert "Läge" in shown.out and "Metadata har inte fastnat" in shown.plain
    assert shown.out.index("Läge") < shown.out.index("1 IdP:n själv")


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_what_waits_is_waited_for_and_then_late(way: Way, screen: Run, lang: str) -> None:
    way.fidus.gives(feed())
    way.discovery.gives(json.dumps([{"entityID": "https://idp.ankarvik.se/idp"}]).encode())
    waits = screen("--uploaded", just_now(), lang=lang)
    assert waits.code == 3
    assert ("På väg till: Fidus flöde" if lang == "sv" else "On its way to: Fidus' feed") in waits.plain
    # The feed was seen when it was looked at first, and may have had it since long: what the user says counts.
    late = screen("--uploaded", long_ago(), lang=lang)
    assert late.code == 1
    assert ("Stopp vid: Fidus flöde, försenat sedan" if lang == "sv" else "Stuck at: Fidus' feed, late since") in late.plain


def test_a_change_of_key_that_was_not_uploaded(way: Way, screen: Run) -> None:
    way.upload(OLD)
    way.federation.gives(feed(OLD))
    way.fidus.gives(feed(OLD))
    shown = screen(lang="sv")
    assert shown.code == 1
    assert "Stopp vid: Uppladdad fil. Ska agera: du." in shown.plain
    assert "saknar signeringsnyckeln" in shown.plain and "saknar scope edu.exempelstad.se" in shown.plain


def test_what_was_taken_out_of_the_federation(way: Way, screen: Run) -> None:
    screen()
    way.federation.gives(feed())
    shown = screen()
    assert shown.code == 1
    assert "fanns där till" in shown.plain and "antingen har den tagits bort" in shown.plain


def test_an_entity_id_that_is_nearly_right(way: Way, screen: Run) -> None:
    shown = screen(ENTITY_ID + "/", "--environment", "production")
    assert shown.code == 1
    assert f'Närmast är "{ENTITY_ID}".' in shown.plain


def test_another_municipality_is_not_compared_with_ours(way: Way, screen: Run) -> None:
    shown = screen("https://idp.ankarvik.se/idp")
    assert "own = " in shown.plain
    assert "3 Federationens flöde senaste versionen" in shown.plain


def test_an_idp_that_is_down_is_traced_by_its_entity_id(way: Way, screen: Run) -> None:
    way.own.gives(Answer(status=503))
    asks = screen()
    assert asks.code == 2 and "idptest metadata trace ENTITYID --idp exempelstad" in asks.err
    for shown in (screen(ENTITY_ID, "--uploaded", long_ago()), screen(ENTITY_ID, "--idp", "exempelstad", "--uploaded", long_ago())):
        assert shown.code == 3
        assert "1 IdP:n själv går inte att nå · metadata gick inte att hämta: HTTP 503" in shown.plain
        assert "2 Uppladdad fil senaste versionen" in shown.plain


def test_by_the_name_of_the_idp(way: Way, screen: Run) -> None:
    assert screen("--idp", "exempelstad", "--uploaded", long_ago()).code == 0
    wrong = screen("--idp", "exempelstaden")
    assert (wrong.code, wrong.err) == (2, 'idptest: idptest.toml: det finns inget [idp.exempelstaden]; menade du "exempelstad"?\n')


HTML = Answer(body=b"<!doctype html><html><title>Inloggning</title></html>", headers={"Content-Type": "text/html"})
WRONG = {
    "404": (Answer(status=404), "HTTP 404"),
    "500": (Answer(status=500), "HTTP 500"),
    "to http": (Answer(status=302, headers={"Location": "http://192.0.2.1/feed.xml"}), ""),
    "for ever": (Answer(status=302, headers={"Location": "/feed.xml"}), ""),
    "nothing": (Answer(body=b""), ""),
    "cut off": (Answer(body=b"<x>", wrong_length=50), ""),
    "web page": (HTML, ""),
}


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize("stage", ["own", "federation", "fidus", "discovery"])
def test_a_stage_that_answers_wrongly_is_not_judged_and_the_rest_is(way: Way, screen: Run, stage: str, what: str) -> None:
    answer, says = WRONG[what]
    getattr(way, stage).gives(answer)
    arguments = (ENTITY_ID,) if stage == "own" else ()
    shown = screen(*arguments, "--idp", "exempelstad", "--uploaded", long_ago())
    assert shown.code == 3, shown.out
    assert shown.err == ""
    assert "går inte att nå" in shown.plain or "inte verifierad" in shown.plain
    assert says in shown.out
    assert "Traceback" not in shown.out


def test_a_stage_that_does_not_answer(way: Way, screen: Run) -> None:
    def slow() -> Iterator[bytes]:
        time.sleep(3)
        yield b"x"

    way.discovery.gives(Answer(body=slow))
    shown = screen("--uploaded", long_ago())
    assert shown.code == 3
    assert "svarade inte inom 1 s" in shown.plain


@pytest.mark.parametrize("spoil", ["unsigned", "wrong key", "expired"])
def test_a_feed_that_nobody_answers_for_is_not_looked_into(way: Way, screen: Run, spoil: str) -> None:
    plain = unsigned(*OTHERS, until=datetime.now(UTC) + timedelta(days=7))
    ended = signed(unsigned(*OTHERS, until=datetime.now(UTC) - timedelta(days=1)))
    way.fidus.gives({"unsigned": plain, "wrong key": feed(NEW, key="other"), "expired": ended}[spoil])
    shown = screen("--uploaded", long_ago())
    assert shown.code == 3
    assert "4 Fidus flöde inte verifierad · underkänt (feed" in shown.plain


def test_the_last_good_copy_is_used_and_that_is_said(way: Way, screen: Run) -> None:
    assert screen("--uploaded", long_ago()).code == 0
    way.fidus.gives(Answer(status=503))
    shown = screen("--uploaded", long_ago())
    assert shown.code == 0
    assert "HTTP 503; så kopian från" in shown.plain


def test_no_key_is_approved_yet(way: Way, screen: Run) -> None:
    way.settings('certificate = "signing.pem"\ntimeout = 1\n\n[feed.fidus]', "\n[feed.fidus]")
    shown = screen()
    assert "idptest metadata fetch skolfederation" in shown.plain


def test_test_and_production(way: Way, screen: Run) -> None:
    trial = f'\n[feed.skolfederation-trial]\nurl = "{way.federation.url}"\ncertificate = "signing.pem"\n'
    way.settings("[feed.fidus]", f"{trial}\n[feed.fidus]")
    shown = screen("--uploaded", long_ago())
    assert shown.code == 0
    assert "IdP:n finns även i skolfederation-trial (test), med samma entityID" in shown.plain


def test_the_environment_asked_for_goes_before_what_is_written(way: Way, screen: Run) -> None:
    way.settings("[trace]", '[trace]\nfederation = "skolfederation"\nfidus = "fidus"\nother = "skolfederation-trial"')
    shown = screen("--environment", "test")
    assert "idptest metadata fetch skolfederation-trial" in shown.plain
    assert "adressen till Fidus flöde för test är inte publicerad" in shown.plain


@pytest.mark.parametrize(
    ("text", "says"), [("igår", "ska vara en tidpunkt"), ("2099-01-01T08:00", "är i framtiden"), ("25:00", "ska vara en tidpunkt")]
)
def test_a_time_that_is_none(way: Way, screen: Run, text: str, says: str) -> None:
    shown = screen("--uploaded", text)
    assert shown.code == 2 and says in shown.err and shown.out == ""


def test_the_demo_needs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, screen: Run) -> None:
    monkeypatch.chdir(tmp_path)
    assert screen("--demo").code == 0
    assert screen("--demo", "--defect", "key-not-uploaded").code == 1
    assert screen("--demo", "--defect", "not-in-fidus-yet").code == 3
    wrong = screen("--demo", "--defect", "what")
    assert wrong.code == 2 and all(known.name in wrong.err for known in DEFECTS)
    assert screen("--defect", "not-listed").code == screen("--demo", "--idp", "x").code == 2
    assert not list(tmp_path.iterdir())


def test_without_a_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, screen: Run) -> None:
    monkeypatch.chdir(tmp_path)
    shown = screen(ENTITY_ID)
    assert shown.code == 2 and "idptest init" in shown.err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('discovry = "https://x.se/"', 'okänd nyckel "discovry" i [trace]; menade du "discovery"?'),
        ('own = "http://idp.exempelstad.se/"', '"own" i [trace] ska vara en fil eller en https-adress'),
        ('federation = "skolfederationen"', 'menade du "skolfederation"?'),
    ],
)
def test_a_mistake_in_the_settings(way: Way, screen: Run, line: str, says: str) -> None:
    way.settings("[trace]", f"[trace]\n{line}")
    shown = screen()
    assert shown.code == 2 and says in shown.err


@pytest.mark.parametrize("form", ["json", "junit", "html"])
def test_every_report(way: Way, screen: Run, form: str) -> None:
    way.fidus.gives(feed())
    shown = screen("--format", form, "--uploaded", long_ago())
    assert shown.code == 1
    assert "trace/idp-is-in-fidus-feed" in shown.out
    if form == "json":
        report = json.loads(shown.out)
        assert report["inspection"]["kind"] == "trace"
        assert report["inspection"]["facts"][0]["value"].startswith("Stopp vid: Fidus flöde")


@pytest.mark.parametrize("page", ["trace.md", "trace.sv.md"])
def test_the_guide_tells_the_truth(page: str) -> None:
    text = (Path(__file__).parents[1] / "docs" / "guide" / page).read_text(encoding="utf-8")
    [example] = re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    head = '[sp]\nentity_id = "https://sp.se"\nbase_url = "https://localhost"\n[idp.exempelstad]\nmetadata = "idp.xml"\n'
    found = read(head + example).idps["exempelstad"].trace
    assert all(getattr(found, field.name) for field in fields(found))
    delays = sentences().delays
    for name in ("federation", "fidus", "discovery", "gateway"):
        assert f"| {lasting(timedelta(minutes=delays[name].minutes)).sv}" in text
    assert set(re.findall(r"`(trace/[a-z-]+)`", text)) <= {rule.id for rule in catalogue.all_rules()}
