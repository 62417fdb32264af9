"""idptest metadata sign: a feed of a folder, the same each time, and one line for whatever cannot be in it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from idptest.cli import group
from idptest.demo import keys, metadata
from idptest.errors import IdptestError
from idptest.saml import aggregate
from idptest.saml.schema import metadata_fault
from tests.saml.feeds import NOW, entity, signed

AT = ("--at", "2026-11-22T07:45Z", "--id", "_x")


def run(*words: str | Path) -> tuple[int, str]:
    """Exit code, and what was printed, or the error in both languages."""
    done = CliRunner().invoke(group, ["metadata", "sign", *map(str, words)], prog_name="idptest", standalone_mode=False)
    if isinstance(done.exception, IdptestError):
        lines = [done.exception.line("en"), done.exception.line("sv")]
        assert lines[0] != lines[1]
        assert all("\n" not in line for line in lines)
        return 2, lines[0]
    if done.exception is not None:
        raise done.exception
    return done.exit_code, done.output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "members").mkdir()
    (tmp_path / "members" / "b.xml").write_bytes(entity())
    (tmp_path / "members" / "a.xml").write_bytes(entity("grannstad.se"))
    (tmp_path / "members" / "notes.txt").write_text("not read")
    (tmp_path / "key.pem").write_bytes(keys.pem("federation"))
    (tmp_path / "cert.pem").write_bytes(keys.certificate("federation"))
    return tmp_path


def pair(folder: Path) -> tuple[str, ...]:
    return ("--key", str(folder / "key.pem"), "--certificate", str(folder / "cert.pem"))


def test_a_folder_becomes_a_feed(folder: Path) -> None:
    out = folder / "feed.xml"
    about = ("--name", "https://f.example/", "--registrar", "https://r.example/", "--days", "7", "--cache-duration", "PT2H")
    code, said = run(folder / "members", *pair(folder), *AT, *about, "--output", out)
    assert (code, said.split("   ")[1]) == (0, f"entities: 2, valid until 2026-11-29 07:45 UTC, verified with {folder / 'cert.pem'}\n")
    feed = aggregate.read(out.read_bytes(), keys.certificate("federation"), NOW)
    assert (feed.verified, feed.problems) == (True, ())
    assert [found.scopes for found in feed.entities] == [("grannstad.se",), ("exempelstad.se",)], "in the order of the files' names"
    assert {found.registrar for found in feed.entities} == {"https://r.example/"}
    assert (feed.id, feed.name, feed.publisher, feed.published_at) == ("_x", "https://f.example/", "https://f.example/", NOW)
    assert feed.valid_until == datetime(2026, 11, 29, 7, 45, tzinfo=UTC)
    assert feed.cache_duration and feed.cache_duration.total_seconds() == 7200
    assert metadata_fault(out.read_bytes()) is None, "as the schema has it"
    assert sorted(path.name for path in folder.iterdir()) == ["cert.pem", "feed.xml", "key.pem", "members"]


def test_the_same_gives_the_same_bytes_and_otherwise_an_id_of_its_own(folder: Path) -> None:
    first, second = (run(folder / "members", *pair(folder), *AT)[1] for _ in range(2))
    assert first == second
    assert run(folder / "members", *pair(folder))[1] != run(folder / "members", *pair(folder))[1]


def test_the_key_is_made_once(folder: Path) -> None:
    new = ("--key", str(folder / "new" / "key.pem"), "--certificate", str(folder / "new" / "cert.pem"))
    assert run(folder / "nowhere", *new, "--new-key")[0] == 2
    assert not (folder / "new").exists(), "no key is made for nothing"
    code, xml = run(folder / "members", *new, "--new-key", *AT)
    assert code == 0
    assert aggregate.read(xml.encode(), (folder / "new" / "cert.pem").read_bytes(), NOW).verified
    if os.name != "nt":
        assert (folder / "new" / "key.pem").stat().st_mode & 0o777 == 0o600
    was = (folder / "new" / "key.pem").read_bytes()
    assert "exists already" in run(folder / "members", *new, "--new-key")[1]
    (folder / "new" / "key.pem").unlink()
    assert "exists already" in run(folder / "members", *new, "--new-key")[1], "the certificate"
    assert not (folder / "new" / "key.pem").exists(), "a key without a certificate is not left"
    assert was


def test_an_elliptic_key(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    builder = x509.CertificateBuilder(who, who, key.public_key(), 1, datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC))
    pem = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "cert.pem").write_bytes(pem)
    feed = aggregate.read(run(folder / "members", *pair(folder), *AT)[1].encode(), pem, NOW)
    assert feed.verified
    assert (feed.signature_algorithm or "").endswith("ecdsa-sha256")


def test_what_adfs_has_signed_is_taken_without_its_signature_when_that_is_said(folder: Path) -> None:
    (folder / "members" / "b.xml").write_bytes(metadata.to_xml(metadata.Published(signed=True)))
    code, said = run(folder / "members", *pair(folder), *AT)
    assert (code, "b.xml: it bears a signature already" in said) == (2, True)
    code, xml = run(folder / "members", *pair(folder), *AT, "--drop-signatures")
    assert xml.count("<ds:Signature>") == 1
    assert aggregate.read(xml.encode(), keys.certificate("federation"), NOW).verified


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "this is no metadata: there is nothing in it"),
        (b"hello", "this is no metadata: it is not well-formed XML"),
        (b"<html/>", "the root element is html"),
        (b"<!DOCTYPE x><x/>", "it has a doctype"),
        (entity("grannstad.se"), "a.xml too; a feed has it once"),
        (entity().replace(b"entityID", b"entityid"), "no entityID"),
        (b'<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"/>', "there is no entity in it"),
        (signed(), "it bears a signature already"),
    ],
)
def test_what_cannot_be_in_a_feed_is_named_with_its_file(folder: Path, data: bytes, said: str) -> None:
    (folder / "members" / "b.xml").write_bytes(data)
    out = folder / "feed.xml"
    code, line = run(folder / "members", *pair(folder), "--output", out)
    assert (code, said in line, f"{folder / 'members' / 'b.xml'}: " in line) == (2, True, True), line
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--id", "1x"], "--id takes an XML name"),
        (["--id", "x y"], "--id takes an XML name"),
        (["--cache-duration", "1h"], "--cache-duration takes an xs:duration"),
        (["--at", "tomorrow"], "--at takes a time"),
        (["--name", ""], "--name takes a URI"),
        (["--registrar", "a\nb"], "--registrar takes a URI"),
        (["--key", "{cert}"], "this is no private key"),
        (["--certificate", "{key}"], "this is no certificate"),
        (["--key", "{other}"], "this key does not belong to"),
        (["--key", "{locked}"], "without a passphrase"),
        (["--key", "{nowhere}"], "no such file"),
    ],
)
def test_what_is_asked_wrongly_is_one_line(folder: Path, words: list[str], said: str) -> None:
    (folder / "other.pem").write_bytes(keys.pem("other"))
    locked = keys.private("other").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    (folder / "locked.pem").write_bytes(locked)
    places = {name: str(folder / f"{name}.pem") for name in ("cert", "key", "other", "locked", "nowhere")}
    code, line = run(folder / "members", *pair(folder), *(word.format(**places) for word in words))
    assert (code, said in line) == (2, True), line


def test_an_empty_folder_is_said(folder: Path) -> None:
    (folder / "empty").mkdir()
    assert "no *.xml in this folder" in run(folder / "empty", *pair(folder))[1]
