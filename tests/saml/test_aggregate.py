"""A federation's feed: facts of who is in it, and no trust but by the pinned key over the whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from idptest.demo import federation, metadata
from idptest.saml import aggregate
from idptest.saml.metadata import read_idp
from idptest.saml.xml import MD
from tests.saml import feeds
from tests.saml.feeds import NOW, PINNED, entity, read, signed, unsigned

OURS, NEIGHBOUR = "https://idp.exempelstad.se/saml", "https://idp.grannstad.se/saml"


def test_what_a_feed_says() -> None:
    feed = read(signed())
    assert (feed.verified, feed.problems) == (True, ())
    assert (feed.id, feed.name, feed.publisher) == ("_feed", "https://feed.example/", "https://feed.example/")
    assert feed.published_at == datetime(2026, 11, 22, tzinfo=UTC)
    assert feed.valid_until == datetime(2026, 12, 1, tzinfo=UTC)
    assert feed.cache_duration == timedelta(hours=6)
    assert (feed.signature_algorithm, feed.digest_algorithm) == (feeds.RSA_SHA256, feeds.SHA256)
    ours, theirs = feed.entities
    assert (ours.entity_id, ours.roles, ours.scopes) == (OURS, ("idp",), ("exempelstad.se",))
    assert (ours.name("sv"), ours.name("en"), ours.name("fi")) == (
        "Exempelstads kommun",
        "Municipality of Exempelstad",
        "Exempelstads kommun",
    )
    assert ("sv", "Exempelstad") in ours.organizations
    assert ours.valid_until == feed.valid_until
    assert ours.digest != theirs.digest


def test_the_federation_of_exempelstad() -> None:
    data = federation.feed(NOW, metadata.to_xml(metadata.Published()), {"https://sp.example/": "https://sp.example/acs"})
    feed = read(data, federation.certificate())
    assert (feed.verified, feed.problems, len(feed.entities)) == (True, (), 4)
    assert feed.entities[0].registrar == federation.NAME
    assert (feed.entities[3].roles, feed.entities[3].name("sv")) == (("sp",), "idptest i Exempelstad")
    assert data == federation.feed(
        NOW + timedelta(minutes=14), metadata.to_xml(metadata.Published()), {"https://sp.example/": "https://sp.example/acs"}
    )


def test_one_entity_alone_is_a_feed_too() -> None:
    root = etree.fromstring(entity())
    root.set("ID", "_one")
    feed = read(signed(etree.fromstring(etree.tostring(root))))  # what lxml builds it may write with other prefixes
    assert (feed.verified, [found.entity_id for found in feed.entities]) == (True, [OURS])


def test_groups_in_groups_count_and_the_earliest_end_holds() -> None:
    def nest(root: Any) -> None:
        group = etree.SubElement(root, f"{{{MD}}}EntitiesDescriptor", validUntil="2026-11-30T00:00:00Z")
        inner = etree.SubElement(group, f"{{{MD}}}EntitiesDescriptor", validUntil="2026-11-29T00:00:00Z")
        inner.append(etree.fromstring(entity("inre.se")))
        inner[0].set("validUntil", "2026-12-24T00:00:00Z")
        group.append(etree.fromstring(entity("yttre.se")))

    data = signed(unsigned(change=nest))
    feed = read(data)
    assert feed.verified
    ends = {found.scopes[0]: found.valid_until and found.valid_until.day for found in feed.entities}
    assert ends == {"exempelstad.se": 1, "grannstad.se": 1, "inre.se": 29, "yttre.se": 30}
    assert feed.valid_until == datetime(2026, 11, 29, tzinfo=UTC)
    assert b'validUntil="2026-11-29T00:00:00Z"' in (aggregate.entity(data, "https://idp.inre.se/saml") or b"")


def test_an_entity_is_cut_out_as_it_is_read_alone() -> None:
    data = signed()
    cut = aggregate.entity(data, NEIGHBOUR)
    assert cut is not None
    assert read_idp(cut).entity_id == NEIGHBOUR
    assert aggregate.entity(data, "https://nobody.example/") is None
    kept: dict[str, bytes] = {}
    feed = aggregate.read(data, PINNED, NOW, keep=lambda listed, xml: kept.update({listed.entity_id: xml}))
    assert kept[NEIGHBOUR] == cut
    assert list(aggregate.entities(data)) == [(listed, kept[listed.entity_id]) for listed in feed.entities]


def test_the_digest_is_of_what_is_said_not_of_how() -> None:
    def digest(data: bytes) -> str:
        return read(data).entities[0].digest

    assert digest(signed()) == digest(signed(unsigned(ID="_other", validUntil="2026-12-24T00:00:00Z")))
    assert digest(signed()) == digest(signed(unsigned(change=lambda root: root[1].insert(0, etree.Comment("x")))))
    assert digest(signed()) != digest(signed(unsigned(change=lambda root: root[1].set("cacheDuration", "PT1H"))))


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("PT6H", timedelta(hours=6)),
        ("P1D", timedelta(days=1)),
        (" P1Y2M3DT4H5M6.5S ", timedelta(days=428, hours=4, minutes=5, seconds=6.5)),
        ("PT", None),
        ("P", None),
        ("-PT1H", None),
        ("6H", None),
        ("P" + "9" * 90 + "Y", timedelta.max),
        (None, None),
    ],
)
def test_durations(raw: str | None, found: timedelta | None) -> None:
    assert aggregate.duration(raw) == found


def test_the_certificate_in_the_feed_is_shown() -> None:
    assert aggregate.signing_certificate(federation.feed(NOW, entity(), {})) == federation.certificate()
    for data in (
        signed(),
        b"",
        b"<x/>",
        b"<!DOCTYPE x><x/>",
        signed(info="<ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data>"),
    ):
        assert aggregate.signing_certificate(data) is None
    assert aggregate.signing_certificate(bytes(etree.tostring(unsigned(metadata.to_xml(metadata.Published(signed=True)))))) is None, (
        "an entity's own"
    )
