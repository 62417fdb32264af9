"""idptest metadata lint and diff: what an administrator types, and what a script reads."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idptest.adapters.feeds import Feeds
from idptest.adapters.http_client import HttpClient
from idptest.cli import group
from idptest.demo import keys
from idptest.demo.metadata import Published, to_xml
from idptest.errors import IdptestError
from tests.feed_server import ANKARVIK, ENTITIES, EXEMPELSTAD, NOW, Answer, federation, idp, signed, unsigned
from tests.product_metadata import PRODUCTS

TOML = """\
[sp]
entity_id = "https://idptest.exempelstad.se/sp"
base_url = "https://localhost:8443"

[idp.exempelstad]
protocol = "saml"
metadata = "idp.xml"

[[waiver]]
rule = "dnp/takes-unsigned-requests"
reason = "ärende 4711"
until = 2099-01-01
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "idp.xml").write_bytes(to_xml(Published()))
    (tmp_path / "signed-requests.xml").write_bytes(to_xml(Published(wants_signed_requests=True)))
    (tmp_path / "adfs.xml").write_bytes(PRODUCTS["adfs"]())
    two = b"<EntitiesDescriptor xmlns='urn:oasis:names:tc:SAML:2.0:metadata'>%s%s</EntitiesDescriptor>"
    parts = [to_xml(Published(entity_id=f"https://{name}.exempelstad.se")).partition(b"?>")[2] for name in ("a", "b")]
    (tmp_path / "feed.xml").write_bytes(two % tuple(parts))
    return tmp_path


def run(*words: str, typed: bytes = b"") -> Result:
    return CliRunner().invoke(group, ["metadata", *words], input=typed, prog_name="idptest", standalone_mode=False)


def code(*words: str) -> int:
    result = run(*words)
    assert result.exception is None, result.exception
    return int(result.return_value or 0)


def refused(*words: str) -> str:
    """The line in English; the one in Swedish is another."""
    problem = run(*words).exception
    assert isinstance(problem, IdptestError), problem
    assert problem.line("sv") != problem.line("en")
    return problem.line("en")


def test_a_file_is_judged() -> None:
    assert code("lint", "idp.xml") == 0
    assert code("lint", "signed-requests.xml") == 0  # worth a look, and stops nobody
    assert code("lint", "signed-requests.xml", "--fail-on", "should") == 1
    assert "INTE KLART   1 fel" in run("lint", "adfs.xml", "--lang", "sv").output
    assert "Do this (AD FS)" in run("lint", "adfs.xml", "--lang", "en").output
    assert "Do this (Keycloak)" in run("lint", "signed-requests.xml", "--product", "keycloak", "--lang", "en", "-v").output


def test_standard_input_is_judged() -> None:
    result = run("lint", "-", "--format", "json", typed=to_xml(Published()))
    plain = json.loads(result.output)
    assert (plain["subject"], plain["inspection"]["name"]) == ("metadata", "https://idp.exempelstad.se/saml")


def test_several_are_a_table() -> None:
    said = run("lint", "idp.xml", "adfs.xml", "--lang", "en").output
    assert "1 of 2 judgements hold." in said
    assert len(json.loads(run("lint", "feed.xml", "--all", "--format", "json").output)["reports"]) == 2


def test_a_feed_wants_a_name() -> None:
    assert "there are 2 entities" in refused("lint", "feed.xml")
    assert code("lint", "feed.xml", "--entity-id", "https://b.exempelstad.se") == 0
    assert 'did you mean "https://b.exempelstad.se"' in refused("lint", "feed.xml", "--entity-id", "https://bb.exempelstad.se")
    assert "no SP" in refused("lint", "feed.xml", "--role", "sp")


def test_one_that_cannot_be_read_is_told_and_the_others_are_judged(folder: Path) -> None:
    key = (
        b"<md:KeyDescriptor"
        + to_xml(Published()).partition(b"<md:KeyDescriptor")[2].partition(b"</md:KeyDescriptor>")[0]
        + b"</md:KeyDescriptor>"
    )
    crowded = (folder / "feed.xml").read_bytes().replace(key, key * 21, 1)
    (folder / "crowded.xml").write_bytes(crowded)
    done = run("lint", "crowded.xml", "--all", "--lang", "en")
    assert done.return_value == 3 and "more than 20 signing certificates" in done.stderr
    assert "https://b.exempelstad.se" in done.stdout
    assert "more than 20" in refused("lint", "crowded.xml", "--entity-id", "https://a.exempelstad.se")


def test_the_idps_of_idptest_toml(folder: Path) -> None:
    assert "there is no idptest.toml" in refused("lint")
    (folder / "idptest.toml").write_text(TOML, encoding="utf-8")
    said = run("lint", "--lang", "en").output
    assert "[idp.exempelstad], idp.xml" in said
    assert "is not needed" in said  # the waiver's rule holds
    (folder / "idp.xml").write_bytes(to_xml(Published(wants_signed_requests=True)))
    assert code("lint", "--idp", "exempelstad", "--fail-on", "should") == 0  # accepted until 2099
    assert "ärende 4711" in run("lint", "--lang", "en").output
    assert 'did you mean "exempelstad"' in refused("lint", "--idp", "exempelsta")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lint", "nowhere.xml"], "there is no such file"),
        (["lint", "http://example.org/x.xml"], "https only"),
        (["lint", "idp.xml", "--demo"], "choose one"),
        (["lint", "--role", "sp"], "give one"),
        (["lint", "idp.xml", "--product", "adsf"], "there is no product"),
        (["lint", "--demo", "--defect", "eppn-base64"], "does not show in the metadata"),
        (["lint", "feed:nowhere"], "there is no feed called"),
        (["lint", "feed:skolfederation"], "there is no copy of this feed"),
        (["lint", "idp.xml", "adfs.xml", "--suggest"], "one IdP at a time"),
        (["lint", "adfs.xml", "--role", "sp", "--suggest"], "corrects an IdP's metadata"),
        (["lint", "adfs.xml", "--suggest", "--format", "json"], "leave --format"),
        (["lint", "--demo", "--product", "adsf"], "there is no product"),
        (["diff", "idp.xml", "feed.xml"], "https://idp.exempelstad.se/saml"),
        (["diff", "feed.xml", "feed.xml"], "there are 2 entities"),
        (["diff", "idp.xml", "idp:exempelstad"], "there is no idptest.toml"),
        (["diff", "feed:skolfederation@before", "idp.xml"], "no earlier copy"),
    ],
)
def test_what_is_asked_wrongly_is_said_in_a_line(words: list[str], said: str) -> None:
    assert said in refused(*words)


def test_metadata_that_is_none_is_said_in_a_line(folder: Path) -> None:
    for content in (
        b"",
        b"hej",
        b"<html/>",
        b"<!DOCTYPE x><x/>",
        b"\x00\xff",
        b"<md:EntityDescriptor xmlns:md='urn:oasis:names:tc:SAML:2.0:metadata'/>",
    ):
        (folder / "x.xml").write_bytes(content)
        assert "x.xml" in refused("lint", "x.xml")


def test_a_suggestion_is_written_and_lints_clean(folder: Path) -> None:
    assert code("lint", "--demo", "--defect", "scope-misplaced", "--suggest", "--output", "fixed.xml") == 0
    assert code("lint", "fixed.xml", "--fail-on", "should") == 0
    result = run("lint", "adfs.xml", "--suggest", "--lang", "sv")
    assert result.stdout.startswith("<?xml")
    assert "rollerna för WS-Federation är borttagna" in result.stderr
    assert "kvar att göra: Metadata deklarerar ett scope där gatewayen läser det (dnp/scope-is-declared)" in result.stderr
    assert "signaturen är borttagen" in result.stderr
    assert "antal rättningar: 3" in run("lint", "adfs.xml", "--lang", "sv").stderr
    nothing = run("lint", "idp.xml", "--suggest", "--lang", "en")
    assert nothing.stdout == "" and "Nothing" in nothing.stderr


def test_a_difference_is_told_and_exit_code_1_says_so() -> None:
    assert code("diff", "idp.xml", "idp.xml") == 0
    assert code("diff", "idp.xml", "signed-requests.xml") == 1
    said = run("diff", "idp.xml", "signed-requests.xml", "--lang", "sv").output
    assert "1 SKILLNAD" in said and "+ WantAuthnRequestsSigned true" in said
    plain = json.loads(run("diff", "idp.xml", "signed-requests.xml", "--format", "json").output)
    assert (plain["format"], plain["same"]) == ("idptest-metadata-diff/1", False)
    [change] = plain["changes"]
    assert (change["kind"], change["change"], change["was"], change["now"]) == ("requests", "added", None, "true")


def test_one_entity_of_a_feed_is_compared_with_another_version_of_it(folder: Path) -> None:
    (folder / "a.xml").write_bytes(to_xml(Published(entity_id="https://a.exempelstad.se", scopes=("exempelstad.se", "a.se"))))
    said = run("diff", "feed.xml", "a.xml", "--lang", "en")
    assert said.return_value == 1 and "+ a.se (IDPSSODescriptor)" in said.output
    assert code("diff", "feed.xml", "feed.xml", "--entity-id", "https://b.exempelstad.se") == 0


def test_contacts_are_masked_unless_they_are_to_be_shown(folder: Path) -> None:
    (folder / "a.xml").write_bytes(to_xml(Published(contacts=())))
    assert "it-chef" not in run("diff", "idp.xml", "a.xml").output
    assert "it-chef@exempelstad.se" in run("diff", "idp.xml", "a.xml", "--show-values").output


def test_what_idptest_toml_names_is_compared_as_it_is_now(folder: Path) -> None:
    (folder / "idptest.toml").write_text(TOML, encoding="utf-8")
    assert code("diff", "idp:exempelstad", "idp.xml") == 0
    assert code("diff", "idp:exempelstad", "signed-requests.xml") == 1


def test_the_versions_of_a_feed_are_compared(folder: Path) -> None:
    (folder / "fed.pem").write_bytes(keys.certificate("signing"))
    with federation() as server:
        settings = f'{TOML}[feed.prov]\nurl = "{server.url}"\ncertificate = "fed.pem"\n'
        (folder / "idptest.toml").write_text(settings, encoding="utf-8")
        feeds = Feeds(folder)
        assert feeds.fetch(feeds.feed("prov"), HttpClient(timeout=2), NOW).copy
        assert "no earlier copy" in refused("diff", "feed:prov@before", "feed:prov", "--entity-id", EXEMPELSTAD)
        later = signed(unsigned(idp(scope="skola.exempelstad.se"), ENTITIES[1], until=NOW + timedelta(days=8)))
        server.gives(Answer(body=later))
        assert feeds.fetch(feeds.feed("prov"), HttpClient(timeout=2), NOW, force=True).copy
    assert "there are 2" in refused("lint", "feed:prov", "--role", "idp")
    assert code("lint", "feed:prov", "--entity-id", EXEMPELSTAD) in (0, 1)
    plain = json.loads(run("diff", "feed:prov@before", "feed:prov", "--entity-id", EXEMPELSTAD, "--format", "json").output)
    assert [(change["kind"], change["change"]) for change in plain["changes"]] == [
        ("scopes", "removed"),
        ("scopes", "added"),
    ]  # not the feed's own end
    assert code("diff", "feed:prov@before", "feed:prov", "--entity-id", ANKARVIK) == 0
