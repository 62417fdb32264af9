"""Moa's feed, whatever its bytes are: facts, never an exception."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from idptest import moa
from idptest.model.feed import PublicKey
from tests import moa_feed
from tests.feed_server import NOW

GOOD = moa_feed.signed()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


def test_what_it_says() -> None:
    said = moa.read(GOOD, moa_feed.key(), NOW)
    entity = said.entities[0]
    assert said.verified
    assert (said.name, said.cache_duration, said.valid_until) == (
        "https://federation.example/",
        timedelta(hours=1),
        NOW + timedelta(days=7),
    )
    assert (entity.entity_id, entity.name("sv"), entity.roles, entity.scopes) == (
        moa_feed.EXEMPELSTAD,
        "Exempelstads kommun",
        ("client",),
        ("exempelstad.se",),
    )
    assert [text for _, text in entity.organizations] == ["SE2120001234", "EgilSCIM"]


def test_the_signature_by_the_published_key_is_the_one_that_counts() -> None:
    good, other = json.loads(GOOD), json.loads(moa_feed.signed(by="other"))
    both = {"payload": good["payload"], "signatures": [*other["signatures"], *good["signatures"]]}
    assert moa.read(json.dumps(both).encode(), moa_feed.key(), NOW).verified
    off_the_curve = PublicKey(moa_feed.key().kid, "A" * 43, "B" * 43)
    assert not moa.read(GOOD, off_the_curve, NOW).verified


@given(st.integers(0, len(GOOD) - 1), st.binary(max_size=3))
def test_changed_bytes_are_never_verified_and_never_raise(place: int, new: bytes) -> None:
    data = GOOD[:place] + new + GOOD[place + 1 :]
    said = moa.read(data, moa_feed.key(), NOW)
    assert not said.verified or json.loads(data) == json.loads(GOOD) or said.entities == moa.read(GOOD, moa_feed.key(), NOW).entities


@given(JSON, JSON, JSON)
def test_whatever_is_signed_is_read_or_told(entity: Any, header: Any, ttl: Any) -> None:
    said = {
        "version": "1.0.0",
        "cache_ttl": ttl,
        "entities": [entity, {"entity_id": "x", "organization": entity, "clients": entity, "extensions": header}],
    }
    moa.read(moa_feed.signed(said, until=None, exp=header, iat=ttl), moa_feed.key(), NOW)
    list(moa.entities(moa_feed.signed(said)))
