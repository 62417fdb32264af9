"""Which key a feed is verified with: none that nobody has approved."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from idptest.adapters.feeds import NEW, REFUSED, Feeds
from idptest.demo import keys
from idptest.errors import ConfigurationError
from idptest.model.feed import Feed
from idptest.model.inspected_feed import SigningKey
from tests.feed_server import (
    CLIENT,
    NOW,
    SP,
    Answer,
    Federation,
    fingerprint,
    of,
    signed,
    unsigned,
)


@pytest.fixture
def unpinned(tmp_path: Path, server: Federation) -> Feeds:
    (tmp_path / "idptest.toml").write_text(f'{SP}# federationens\n[feed.prov]  # ett flöde\nurl = "{server.url}"\n', encoding="utf-8")
    return Feeds(tmp_path)


def yes(*_: object) -> bool:
    return True


def test_no_key_is_trusted_silently(unpinned: Feeds) -> None:
    with pytest.raises(ConfigurationError) as caught:
        unpinned.fetch(unpinned.feed("prov"), CLIENT, NOW)
    assert f"idptest metadata fetch prov --pin {fingerprint()}" in caught.value.line("sv")
    assert unpinned.copy("prov") is None


def test_what_is_confirmed_is_pinned_in_place(unpinned: Feeds, server: Federation) -> None:
    asked = []

    def confirm(feed: Feed, key: SigningKey, published: str | None) -> bool:
        asked.append((feed.name, key.sha256, key.sha1, published))
        return True

    fetched = unpinned.fetch(unpinned.feed("prov"), CLIENT, NOW, confirm=confirm)
    ((name, sha256, sha1, published),) = asked
    assert (name, sha256, published) == ("prov", fingerprint(), None)
    assert sha1 and len(sha1) == 40
    assert (unpinned.folder / "idptest.toml").read_text(encoding="utf-8") == (
        f'{SP}# federationens\n[feed.prov]  # ett flöde\nurl = "{server.url}"\nsha256 = "{fingerprint()}"\n'
    )
    assert Feeds(unpinned.folder).copy("prov") == fetched.copy
    server.gives(signed(unsigned(), "other"))
    again = Feeds(unpinned.folder)
    assert again.fetch(again.feed("prov"), CLIENT, NOW, force=True, confirm=yes).state == REFUSED


def test_what_is_broken_is_not_asked_about(unpinned: Feeds, server: Federation) -> None:
    for broken in (unsigned(), signed(unsigned()).replace(b"Ankarviks", b"Anfarviks"), b"x"):
        server.gives(broken)
        assert unpinned.fetch(unpinned.feed("prov"), CLIENT, NOW, confirm=yes).state == REFUSED
    assert "sha256" not in (unpinned.folder / "idptest.toml").read_text(encoding="utf-8")


def test_a_certificate_that_got_lost_is_found_again_by_its_fingerprint(unpinned: Feeds) -> None:
    feed = unpinned.pin(unpinned.feed("prov"), of(keys.certificate("signing")))
    (unpinned.copies("prov").place / "certificate.pem").unlink()
    assert unpinned.fetch(feed, CLIENT, NOW).state == NEW
    assert unpinned.copies("prov").certificate() == keys.certificate("signing")


def test_a_copy_by_a_key_that_is_not_approved_any_more_does_not_count(unpinned: Feeds) -> None:
    unpinned.fetch(unpinned.feed("prov"), CLIENT, NOW, confirm=yes)
    unpinned.pin(unpinned.feed("prov"), of(keys.certificate("other")))
    assert unpinned.copy("prov") is None
    assert unpinned.fetch(unpinned.feed("prov"), CLIENT, NOW).state == REFUSED


def test_a_feed_without_a_certificate_in_it_takes_one_that_is_published(unpinned: Feeds, server: Federation) -> None:
    bare = signed(unsigned(), key_info=False)
    server.gives(bare)
    with pytest.raises(ConfigurationError, match="bears no certificate"):
        unpinned.fetch(unpinned.feed("prov"), CLIENT, NOW, confirm=yes)
    published = dataclasses.replace(unpinned.feed("prov"), certificate_url=server.url)
    server.gives(bare, keys.certificate("signing"))
    assert unpinned.fetch(published, CLIENT, NOW, confirm=yes).state == NEW


def test_the_same_certificate_elsewhere_is_told(unpinned: Feeds, server: Federation) -> None:
    told = []

    def confirm(feed: Feed, key: SigningKey, published: str | None) -> bool:
        told.append(published)
        return False

    feed = dataclasses.replace(unpinned.feed("prov"), certificate_url=server.url)
    for other in (keys.certificate("signing"), keys.certificate("other"), Answer(404)):
        server.gives(signed(unsigned()), other)
        with pytest.raises(ConfigurationError, match="not approved yet"):
            unpinned.fetch(feed, CLIENT, NOW, confirm=confirm)
    assert told == [server.url, None, None]


@pytest.mark.parametrize(
    ("certificate", "extra", "said"),
    [
        ("gone.pem", "", "there is no such file"),
        ("idptest.toml", "", "no certificate that can be read"),
        ("fed.pem", f'sha256 = "{"ab" * 32}"', "not what sha256 says"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_said(certificate: str, extra: str, said: str, tmp_path: Path, server: Federation) -> None:
    (tmp_path / "fed.pem").write_bytes(keys.certificate("signing"))
    text = f'{SP}[feed.prov]\nurl = "{server.url}"\ncertificate = "{certificate}"\n{extra}\n'
    (tmp_path / "idptest.toml").write_text(text, encoding="utf-8")
    feeds = Feeds(tmp_path)
    with pytest.raises(ConfigurationError, match=said) as caught:
        feeds.fetch(feeds.feed("prov"), CLIENT, NOW)
    assert caught.value.where == "idptest.toml:6"
