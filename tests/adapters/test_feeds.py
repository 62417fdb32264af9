"""Feeds are fetched, verified and kept: against a server on loopback."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from idptest.adapters.feeds import FRESH, NEW, REFUSED, UNCHANGED, Feeds
from idptest.errors import ConfigurationError
from idptest.model.feed import JWS, Feed
from idptest.model.rule import Words
from tests import moa_feed
from tests.feed_server import (
    ANKARVIK,
    CLIENT,
    EXEMPELSTAD,
    NOW,
    Answer,
    Federation,
    fingerprint,
    idp,
    signed,
    sp,
    unsigned,
)


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


# --- Moa


def test_moa_is_verified_by_its_published_key_and_an_entity_found(tmp_path: Path, server: Federation) -> None:
    moa = Feed("moa", JWS, Words("Moa", "Moa"), "test", server.url, key=moa_feed.key())
    feeds = Feeds(tmp_path, {"moa": moa})
    server.gives(moa_feed.signed())
    fetched = feeds.fetch(moa, CLIENT, NOW)
    assert fetched.state == NEW
    assert fetched.copy is not None
    assert (fetched.copy.entities, fetched.copy.valid_until) == (2, NOW + timedelta(days=7))
    for words in ("exempelstads kommun", "SE2120001234", "egil", "exempelstad.se"):
        assert [entity.entity_id for entity in feeds.find("moa", words)] == [moa_feed.EXEMPELSTAD]
    assert [entity.entity_id for entity in feeds.find("moa", role="server")] == ["https://larresurs.example"]
    assert json.loads(feeds.entity("moa", moa_feed.EXEMPELSTAD) or b"") == moa_feed.entity()
    server.gives(moa_feed.signed(by="other"))
    assert feeds.fetch(moa, CLIENT, NOW, force=True).state == REFUSED
    assert feeds.copy("moa") == fetched.copy


# --- names


def test_an_unknown_feed_is_told_by_the_nearest(feeds: Feeds) -> None:
    with pytest.raises(ConfigurationError, match='did you mean "prov"'):
        feeds.feed("prav")
    with pytest.raises(ConfigurationError, match="has no published address"):
        feeds.fetch(feeds.feed("fidus"), CLIENT, NOW)
