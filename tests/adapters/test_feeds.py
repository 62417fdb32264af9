"""Feeds are fetched, verified and kept: against a server on loopback that does everything wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from idptest.adapters.feeds import FRESH, NEW, REFUSED, UNCHANGED, Feeds
from idptest.adapters.http_client import HttpClient
from idptest.demo import keys
from idptest.errors import ConfigurationError
from tests.feed_server import ANKARVIK, EXEMPELSTAD, NOW, Answer, Federation, federation, fingerprint, idp, signed, sp, unsigned

SP = '[sp]\nentity_id = "https://idptest.exempelstad.se/sp"\nbase_url = "https://localhost:8443"\n'


@pytest.fixture
def server() -> Iterator[Federation]:
    with federation() as running:
        yield running


@pytest.fixture
def feeds(tmp_path: Path, server: Federation) -> Feeds:
    (tmp_path / "fed.pem").write_bytes(keys.certificate("signing"))
    (tmp_path / "idptest.toml").write_text(f'{SP}[feed.prov]\nurl = "{server.url}"\ncertificate = "fed.pem"\n', encoding="utf-8")
    return Feeds(tmp_path)


CLIENT = HttpClient(timeout=2)


def test_a_feed_is_fetched_and_an_entity_found(feeds: Feeds) -> None:
    fetched = feeds.fetch(feeds.feed("prov"), CLIENT, NOW)
    assert fetched.state == NEW
    copy = feeds.copy("prov")
    assert copy == fetched.copy
    assert copy is not None
    assert (copy.entities, copy.key, copy.valid_until) == (3, fingerprint(), NOW + timedelta(days=7))
    entity = feeds.entity("prov", EXEMPELSTAD)
    assert entity is not None
    assert b"exempelstad.se" in entity
    assert feeds.entity("prov", "https://other.example") is None


def test_a_fresh_copy_is_not_asked_for_again(feeds: Feeds, server: Federation) -> None:
    feeds.fetch(feeds.feed("prov"), CLIENT, NOW)
    assert feeds.fetch(feeds.feed("prov"), CLIENT, NOW + timedelta(minutes=59)).state == FRESH
    assert len(server.asked) == 1
    assert feeds.fetch(feeds.feed("prov"), CLIENT, NOW + timedelta(minutes=59), force=True).state == UNCHANGED
    assert len(server.asked) == 2


def test_what_has_not_changed_is_not_sent_again(feeds: Feeds, server: Federation) -> None:
    server.gives(Answer(headers={"ETag": '"1"'}, body=signed(unsigned())), Answer(status=304))
    first = feeds.fetch(feeds.feed("prov"), CLIENT, NOW).copy
    later = NOW + timedelta(hours=2)
    fetched = feeds.fetch(feeds.feed("prov"), CLIENT, later)
    assert fetched.state == UNCHANGED
    assert server.asked[-1]["if-none-match"] == '"1"'
    assert first is not None
    assert fetched.copy is not None
    assert (fetched.copy.fetched_at, fetched.copy.changed_at, fetched.copy.digest) == (later, NOW, first.digest)


def test_since_when_an_entity_is_in_the_feed(feeds: Feeds, server: Federation) -> None:
    def at(hour: int, *entities: str) -> None:
        server.gives(signed(unsigned(*entities)))
        feeds.fetch(feeds.feed("prov"), CLIENT, NOW + timedelta(hours=hour), force=True)

    at(0, idp(), sp())
    at(1, idp(), idp(ANKARVIK), sp())
    at(2, idp(location="https://ny.exempelstad.se/sso"), sp())
    old, new = feeds.history("prov", EXEMPELSTAD)
    assert (old.since, old.until, old.from_start) == (NOW, NOW + timedelta(hours=2), True)
    assert (new.since, new.until, new.from_start) == (NOW + timedelta(hours=2), None, False)
    (gone,) = feeds.history("prov", ANKARVIK)
    assert (gone.since, gone.until, gone.from_start) == (NOW + timedelta(hours=1), NOW + timedelta(hours=2), False)
    assert feeds.history("prov", "https://other.example") == ()


def test_another_key_is_refused_and_the_last_good_copy_kept(feeds: Feeds, server: Federation) -> None:
    good = feeds.fetch(feeds.feed("prov"), CLIENT, NOW).copy
    server.gives(signed(unsigned(), "other"))
    fetched = feeds.fetch(feeds.feed("prov"), CLIENT, NOW, force=True)
    assert fetched.state == REFUSED
    assert feeds.copy("prov") == good


def test_an_unknown_feed_is_told_by_the_nearest(feeds: Feeds) -> None:
    with pytest.raises(ConfigurationError, match='did you mean "prov"'):
        feeds.feed("prav")
    with pytest.raises(ConfigurationError, match="has no published address"):
        feeds.fetch(feeds.feed("fidus"), CLIENT, NOW)
