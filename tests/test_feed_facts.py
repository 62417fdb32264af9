"""A feed, whatever its bytes are: judged, never a crash, and never verified when it is not what was signed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from idptest.feed_facts import certificate_key, named_key
from idptest.model.feed import JWS
from idptest.model.inspected_feed import FeedContent
from idptest.model.inspection import Inspection
from idptest.model.rule import Verdict
from idptest.validator import inspect
from tests import moa_feed
from tests.feed_server import NOW, feed, fingerprint, signed, unsigned
from tests.inspections.feeds import FEED, MOA, of

GOOD = feed()
START = GOOD.index(b"<md:EntityDescriptor")  # after the signature: what stands there is signed


def verified(inspection: Inspection) -> bool:
    report = inspect(inspection)
    assert not [f"{found.rule.id}: {found.message}" for found in report.having(Verdict.CRASHED)]
    return any(content.said.verified for content in inspection.all(FeedContent) if isinstance(content, FeedContent))


@settings(max_examples=60)
@given(st.integers(START, len(GOOD) - 40), st.binary(min_size=1, max_size=4))
def test_a_byte_that_was_changed_is_seen(place: int, new: bytes) -> None:
    data = GOOD[:place] + new + GOOD[place + len(new) :]
    layout = bytes.maketrans(b"'", b'"')  # another quote around an attribute is the same XML
    assert not verified(of(data, form=True)) or data.translate(layout) == GOOD.translate(layout) or data.split() == GOOD.split()


@settings(max_examples=40)
@given(st.integers(0, len(GOOD)), st.integers(0, len(GOOD)), st.sampled_from([FEED, MOA]))
def test_pieces_are_judged(start: int, end: int, source: object) -> None:
    verified(of(GOOD[start:end], source=MOA if source is MOA else FEED))


@settings(max_examples=40)
@given(st.binary(max_size=200))
def test_anything_is_judged(data: bytes) -> None:
    assert not verified(of(data, form=True))
    assert not verified(of(data, source=MOA))
    assert certificate_key(data) is None


def test_the_key_that_a_feed_names() -> None:
    named = named_key(FEED, GOOD)
    assert named is not None
    assert (named.sha256, named.subject, named.algorithm, named.bits) == (fingerprint(), "CN=Exempelstad signing", "RSA", 3072)
    assert named_key(FEED, signed(unsigned(), key_info=False)) is None
    assert named_key(FEED, unsigned()) is None
    assert MOA.format == JWS
    assert named_key(MOA, moa_feed.signed()) is None
    assert (named.not_after or NOW) > NOW
