"""Cases of a federation's feed: a good one of each format, and every way to spoil it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from idptest.demo import keys
from idptest.feed_facts import certificate_key, inspection, listed, published_key, read
from idptest.model.feed import JWS, SAML, Feed
from idptest.model.inspected_feed import SigningKey, Wanted
from idptest.model.inspection import Inspection
from idptest.model.rule import Words
from tests import moa_feed
from tests.feed_server import ANKARVIK, ENTITIES, EXEMPELSTAD, NOW, TJANST, feed, idp, signed, sp, unsigned
from tests.inspections import Case

_DAY = timedelta(days=1)
_NAME = Words("test", "prov")
FEED = Feed("prov", SAML, _NAME, "test", "https://fed.example.se/feed.xml")
MOA = Feed("moa", JWS, _NAME, "test", "https://fed.example.se/moa.jws", key=moa_feed.key())
_UNENDING = "feed/says-until-when-it-is-valid"
_UNSIGNED, _OTHER_KEY = "feed-signature/is-signed-as-a-whole", "feed-signature/is-signed-by-the-approved-key"


def key(name: str = "signing", **dates: datetime) -> SigningKey:
    found = certificate_key(keys.certificate(name, **dates))
    assert found is not None
    return found


def of(data: bytes, *, approved: SigningKey | None = None, form: bool = False, source: Feed = FEED) -> Inspection:
    by = published_key(source) if source.format == JWS else approved or key()
    return inspection(source, data, read(source, data, by, NOW), by, NOW, form=form)


def wanting(entity_id: str, role: str, data: bytes | None = None, environment: str = "test") -> Inspection:
    bytes_of = feed() if data is None else data
    said = read(FEED, bytes_of, key(), NOW)
    wanted = Wanted(entity_id, role, environment, FEED, listed(said, entity_id))
    return inspection(FEED, bytes_of, said, key(), NOW, (wanted,))


def unverified() -> Inspection:
    """Nobody has approved a key yet."""
    return inspection(FEED, feed(), read(FEED, feed(), None, NOW), None, NOW)


def by_fingerprint_alone(sha256: str) -> Inspection:
    """The fingerprint stands in idptest.toml, and no certificate is at hand."""
    approved = SigningKey(sha256, None, "", "?", None)
    inspected = inspection(FEED, feed(), read(FEED, feed(), approved, NOW), approved, NOW)
    return replace(inspected, subjects={kind: found for kind, found in inspected.subjects.items() if kind is not SigningKey})


def _spoilt(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    return data.replace(old, new)


def cases() -> Iterator[Case]:
    yield Case("good", of(feed(), form=True))
    yield Case("nothing at all", of(b""), ("feed/is-metadata",))
    yield Case("cut off", of(feed()[: len(feed()) // 2]), ("feed/is-metadata",))
    yield Case("an error page", of(b"<html><body>502</body></html>", form=True), ("feed/is-metadata",))
    yield Case("zeros", of(bytes(10_000)), ("feed/is-metadata",))
    yield Case("with a doctype", of(b'<!DOCTYPE x [<!ENTITY a "b">]>' + feed().partition(b"?>")[2]), ("feed/is-metadata",))
    yield Case("unsigned", of(unsigned()), (_UNSIGNED,))
    inner = signed(unsigned(), "other")
    yield Case("signed twice", of(_twice(inner)), (_UNSIGNED,))
    yield Case("signed with SHA-1", of(signed(unsigned(), algorithm="sha1")), ("feed-signature/signature-is-strong",))
    yield Case("signed by another key", of(signed(unsigned(), "other")), (_OTHER_KEY,))
    yield Case("changed after signing", of(_spoilt(feed(), b"Ankarviks", b"Anfarviks")), (_OTHER_KEY,))
    yield Case(
        "changed in the middle of the transfer",
        of(feed()[:4000] + signed(unsigned(sp(name="Ny"), *ENTITIES[:2]))[4000:]),
        ("feed/is-metadata",),
    )
    yield Case("no key approved", unverified())
    yield Case("the approved certificate is not at hand", by_fingerprint_alone(key().sha256))
    yield Case("another fingerprint is approved", by_fingerprint_alone(key("other").sha256), (_OTHER_KEY,))
    yield from _ends(lambda until, lasts: signed(unsigned(until=until, lasts=lasts)), FEED)
    yield Case("an end that is no time", of(signed(_spoilt(unsigned(), b"2026-11-29T", b"2026-13-29T"))), (_UNENDING,))
    yield Case("no cacheDuration", of(signed(unsigned(lasts=None))), ("feed/says-how-long-a-copy-is-fresh",))
    yield Case("a copy outlives the feed", of(signed(unsigned(lasts="P8D"))), ("feed/copy-is-renewed-in-time",))
    empty = '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"/>'
    nobody = _spoilt(unsigned(empty), empty.encode(), b"")
    yield Case("nobody in it", of(signed(nobody)), ("feed/holds-entities",))
    yield Case("an entityID twice", of(signed(unsigned(idp(), idp(name="En annan"), sp()))), ("feed/entity-ids-are-unique",))
    yield Case("nobody says who registered", of(signed(unsigned(registered=""))), ("feed/entities-name-their-registrar",))
    ended = idp(ANKARVIK).replace("<md:EntityDescriptor ", '<md:EntityDescriptor validUntil="2026-11-01T00:00:00Z" ')
    yield Case("one in it has ended", of(signed(unsigned(idp(), ended))), ("feed/no-entity-has-ended",))
    odd = idp().replace("<md:Organization>", "<md:Organisation/><md:Organization>")
    yield Case("not by the schema", of(signed(unsigned(odd)), form=True), ("feed/is-valid-by-the-schema",))
    soon = key(start=NOW - 100 * _DAY, end=NOW + 10 * _DAY)
    yield Case("the certificate ends soon", of(signed(unsigned()), approved=soon), ("feed-signature/signing-certificate-lasts",))
    weak = signed(unsigned(), "weak")
    yield Case("a weak key", of(weak, approved=key("weak")), ("feed-signature/signing-key-is-strong",))
    yield Case("the IdP is there", wanting(EXEMPELSTAD, "idp"))
    yield Case("the IdP is not there", wanting("https://idp.annan.se", "idp"), ("feed-wanted/holds-the-idp-once",))
    yield Case("the IdP is an SP", wanting(TJANST, "idp"), ("feed-wanted/holds-the-idp-once",))
    double = signed(unsigned(idp(), idp(name="En annan")))
    yield Case(
        "the IdP is there twice", wanting(EXEMPELSTAD, "idp", double), ("feed-wanted/holds-the-idp-once", "feed/entity-ids-are-unique")
    )
    yield Case(
        "the IdP is for production", wanting(EXEMPELSTAD, "idp", environment="production"), ("feed-wanted/idp-is-in-its-own-environment",)
    )
    yield Case("this SP is there", wanting(TJANST, "sp"))
    yield Case("this SP is not there", wanting("https://idptest.exempelstad.se/sp", "sp"), ("feed-wanted/holds-this-sp",))
    yield Case("nobody can tell who is there", wanting(EXEMPELSTAD, "idp", b"x"), ("feed/is-metadata",))
    yield from _moa()


def _twice(data: bytes) -> bytes:
    """Another signature beside the first."""
    start, end = data.index(b"<ds:Signature"), data.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    return data[:end] + data[start:end] + data[end:]


def _ends(made: Callable[[datetime | None, str | None], bytes], source: Feed) -> Iterator[Case]:
    name = source.name
    yield Case(f"{name}: no end", of(made(None, "PT1H"), source=source), (_UNENDING,))
    yield Case(f"{name}: ended", of(made(NOW - _DAY, "PT1H"), source=source), ("feed/has-not-ended",))
    yield Case(f"{name}: ends in three months", of(made(NOW + 90 * _DAY, "PT1H"), source=source), ("feed/ends-within-two-months",))
    yield Case(f"{name}: ends in two years", of(made(NOW + 730 * _DAY, "PT1H"), source=source), ("feed/ends-within-a-year",))


def _moa() -> Iterator[Case]:
    def moa(data: bytes) -> Inspection:
        return of(data, source=MOA)

    good = moa_feed.signed()
    yield Case("moa: good", moa(good))
    yield Case("moa: compact", moa(moa_feed.compact(good)))
    yield Case("moa: flattened", moa(moa_feed.flattened(good)))
    yield from _ends(lambda until, _: moa_feed.signed(until=until), MOA)
    yield Case("moa: another key", moa(moa_feed.signed(by="other")), (_OTHER_KEY,))
    yield Case("moa: another key by the same kid", moa(moa_feed.signed(by="other", kid=moa_feed.key().kid)), (_OTHER_KEY,))
    document: dict[str, Any] = json.loads(good)
    other = json.loads(moa_feed.signed(moa_feed.payload(moa_feed.entity("https://annan.se"))))
    yield Case("moa: changed", moa(json.dumps({**document, "payload": other["payload"]}).encode()), (_OTHER_KEY,))
    yield Case("moa: unsigned", moa(json.dumps({"payload": document["payload"], "signatures": []}).encode()), (_UNSIGNED, _UNENDING))
    head = "eyJhbGciOiJub25lIn0"  # {"alg":"none"}
    none = json.dumps({"payload": document["payload"], "signatures": [{"protected": head, "signature": ""}]}).encode()
    yield Case("moa: alg none", moa(none), ("feed-signature/signature-is-strong", _UNENDING))
    yield Case("moa: unencoded", moa(moa_feed.signed(b64=False, crit=["b64"])), ("feed-signature/signature-is-strong",))
    yield Case("moa: no cache_ttl", moa(moa_feed.signed(moa_feed.payload(cache_ttl="3600"))), ("feed/says-how-long-a-copy-is-fresh",))
    twice = moa_feed.payload(moa_feed.entity(), moa_feed.entity(organization="En annan"))
    yield Case("moa: an entity_id twice", moa(moa_feed.signed(twice)), ("feed/entity-ids-are-unique",))
    yield Case("moa: nobody in it", moa(moa_feed.signed({**moa_feed.payload(), "entities": []})), ("feed/holds-entities",))
    for name, data in (
        ("nothing", b""),
        ("XML", feed()),
        ("no text", b"\xff\xfe\x00"),
        ("no payload", b'{"signatures": []}'),
        ("deep", b"[" * 100_000),
        ("a list", b"[]"),
        ("no base64", b'{"payload": "\xc3\xa5", "signatures": []}'),
        ("an entity without a name", moa_feed.signed(moa_feed.payload({"organization": "x"}))),
        ("entities that are none", moa_feed.signed(moa_feed.payload("x"))),
        ("no entities", moa_feed.signed({"version": "1"})),
    ):
        yield Case(f"moa: {name}", moa(data), ("feed/is-metadata",))
