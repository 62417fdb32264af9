"""A federation's feed: facts of who is in it, and no trust but by the pinned key over the whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from idptest.demo import federation, metadata
from idptest.model import aggregate as wrong
from idptest.model.aggregate import Aggregate
from idptest.saml import aggregate
from tests.saml.feeds import NOW, PINNED, signed


def read(data: bytes, certificate: bytes | None = PINNED) -> Aggregate:
    return aggregate.read(data, certificate, NOW)


def test_what_a_feed_says() -> None:
    feed = read(signed())
    assert (feed.verified, feed.problems) == (True, ())
    assert (feed.id, feed.name, feed.publisher) == ("_feed", "https://feed.example/", "https://feed.example/")
    assert feed.valid_until == datetime(2026, 12, 1, tzinfo=UTC)
    assert feed.cache_duration == timedelta(hours=6)
    ours, theirs = feed.entities
    assert (ours.entity_id, ours.roles, ours.scopes) == ("https://idp.exempelstad.se/saml", ("idp",), ("exempelstad.se",))
    assert (ours.name("sv"), ours.name("en")) == ("Exempelstads kommun", "Municipality of Exempelstad")
    assert ours.valid_until == feed.valid_until
    assert ours.digest != theirs.digest


def test_nothing_but_the_pinned_key_lends_trust() -> None:
    assert [problem.kind for problem in read(signed(key="other")).problems] == [wrong.INVALID]
    assert [problem.kind for problem in read(signed(), None).problems] == [wrong.NO_CERTIFICATE]
    assert [problem.kind for problem in read(signed(), b"x").problems] == [wrong.NO_CERTIFICATE]


def test_the_certificate_in_the_feed_is_shown() -> None:
    data = federation.feed(NOW, metadata.to_xml(metadata.Published()), {})
    assert aggregate.signing_certificate(data) == federation.certificate()
    assert read(data, federation.certificate()).verified
    assert aggregate.signing_certificate(signed()) is None
