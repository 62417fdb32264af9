"""A federation's feed: facts of who is in it, and no trust but by the pinned key over the whole."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from idptest.demo import federation, metadata
from idptest.model import aggregate as wrong
from idptest.model.aggregate import Aggregate
from idptest.saml import aggregate
from idptest.saml.metadata import read_idp
from idptest.saml.xml import DS, MAX_FEED, MD, NS
from tests.saml import feeds
from tests.saml.feeds import ENVELOPED, EXCLUSIVE, NOW, PINNED, entity, signed, unsigned

OURS, NEIGHBOUR = "https://idp.exempelstad.se/saml", "https://idp.grannstad.se/saml"


def read(data: bytes, certificate: bytes | None = PINNED, now: datetime = NOW) -> Aggregate:
    return aggregate.read(data, certificate, now)


def kinds(data: bytes, certificate: bytes | None = PINNED, now: datetime = NOW) -> list[str]:
    feed = read(data, certificate, now)
    assert feed.verified == (not feed.has(*UNTRUSTED))
    for problem in feed.problems:
        assert problem.words.en != problem.words.sv
        assert "\n" not in problem.words.en + problem.words.sv
    return [problem.kind for problem in feed.problems]


UNTRUSTED = (wrong.UNREADABLE, wrong.NOT_METADATA, wrong.NO_CERTIFICATE, wrong.UNSIGNED, wrong.MALFORMED, wrong.REFUSED, wrong.INVALID)


# --- what it says


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


# --- what is wrong with it


def _without_signature(data: bytes) -> bytes:
    root = etree.fromstring(data)
    root.remove(root.find("ds:Signature", NS))
    return bytes(etree.tostring(root))


def _changed(change: Callable[[Any], object], data: bytes | None = None) -> bytes:
    root = etree.fromstring(data or signed())
    change(root)
    return bytes(etree.tostring(root))


def _wrapped(place: Callable[[Any, Any], object], ident: str | None = "_evil") -> Callable[[], bytes]:
    """The signed feed inside another root, which holds an entity that nobody signed, and the signature where the verifier looks."""

    def make() -> bytes:
        original = etree.fromstring(signed())
        evil = unsigned(entity("evil.se"), ID=ident or "")
        place(evil, original)
        return bytes(etree.tostring(evil))

    return make


def _signature_moved(evil: Any, original: Any) -> None:
    """Signature at the new root, what it signed in its Extensions."""
    evil.insert(0, deepcopy(original.find("ds:Signature", NS)))
    evil.find("md:Extensions", NS).append(original)


def _in_object(evil: Any, original: Any) -> None:
    signature = deepcopy(original.find("ds:Signature", NS))
    etree.SubElement(signature, f"{{{DS}}}Object").append(original)
    evil.insert(0, signature)


def _signature_only(evil: Any, original: Any) -> None:
    evil.insert(0, deepcopy(original.find("ds:Signature", NS)))


def _two_signatures(root: Any) -> None:
    root.insert(1, deepcopy(root[0]))


CERTIFICATE = "".join(federation.certificate().decode().splitlines()[1:-1])
WRONG: dict[str, tuple[Callable[[], bytes], list[str]]] = {
    "unsigned": (lambda: bytes(etree.tostring(unsigned())), [wrong.UNSIGNED]),
    "its signature removed": (lambda: _without_signature(signed()), [wrong.UNSIGNED]),
    "only an entity signed": (lambda: bytes(etree.tostring(unsigned(metadata.to_xml(metadata.Published(signed=True))))), [wrong.UNSIGNED]),
    "another key": (lambda: signed(key="other"), [wrong.INVALID]),
    "another key, whose certificate is in it": (
        lambda: federation.feed(NOW, entity(), {}),
        [wrong.INVALID],
    ),
    "another key, called the pinned one": (
        lambda: signed(
            key="other", info=f"<ds:KeyName>x</ds:KeyName><ds:X509Data><ds:X509Certificate>{CERTIFICATE}</ds:X509Certificate></ds:X509Data>"
        ),
        [wrong.INVALID],
    ),
    "a scope changed": (lambda: signed().replace(b">exempelstad.se<", b">exempelstad.su<"), [wrong.INVALID]),
    "its end changed": (lambda: signed().replace(b"2026-12-01", b"2027-12-01"), [wrong.INVALID]),
    "its ID changed": (lambda: signed().replace(b'"_feed"', b'"_fead"'), [wrong.MALFORMED]),
    "an entity more": (lambda: _changed(lambda root: root.append(etree.fromstring(entity("evil.se")))), [wrong.INVALID]),
    "an entity less": (lambda: _changed(lambda root: root.remove(root[-1])), [wrong.INVALID]),
    "entities in another order": (lambda: _changed(lambda root: root.append(root[2])), [wrong.INVALID]),
    "a text between entities": (lambda: _changed(lambda root: setattr(root[2], "tail", "x")), [wrong.INVALID]),
    "white space between entities": (lambda: _changed(lambda root: setattr(root[2], "tail", "\n")), [wrong.INVALID]),
    "a processing instruction": (lambda: _changed(lambda root: root.append(etree.ProcessingInstruction("x"))), [wrong.INVALID]),
    "a namespace as text": (lambda: signed().replace(b">exempelstad.se<", f'> xmlns:md="{MD}"exempelstad.se<'.encode()), [wrong.INVALID]),
    "a namespace more, in use": (lambda: signed().replace(b"<shibmd:Scope", b'<shibmd:Scope xmlns:x="urn:x" x:y=""', 1), [wrong.INVALID]),
    "two signatures": (lambda: _changed(_two_signatures), [wrong.MALFORMED]),
    "wrapped in Extensions": (_wrapped(_signature_moved), [wrong.MALFORMED]),
    "wrapped in Extensions, the same ID": (_wrapped(_signature_moved, "_feed"), [wrong.MALFORMED]),
    "wrapped in Object": (_wrapped(_in_object, "_feed"), [wrong.MALFORMED]),
    "the signature on another feed": (_wrapped(_signature_only, "_feed"), [wrong.INVALID]),
    "an ID twice": (lambda: signed(unsigned(change=lambda root: root[1].set("ID", "_feed"))), [wrong.MALFORMED]),
    "an ID twice, as xml:id": (lambda: _xml_id(), [wrong.MALFORMED]),
    "an ID twice, as another attribute": (lambda: signed(unsigned(change=lambda root: root[1].set("Id", " _feed "))), [wrong.MALFORMED]),
    "it signs only an entity": (lambda: _signs_an_entity(), [wrong.MALFORMED]),
    "two references": (lambda: signed(references=2), [wrong.MALFORMED]),
    "inclusive transform": (lambda: signed(transforms=(ENVELOPED, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315")), [wrong.MALFORMED]),
    "comments signed": (lambda: signed(transforms=(ENVELOPED, EXCLUSIVE + "WithComments")), [wrong.MALFORMED]),
    "SHA-1": (lambda: signed(method="http://www.w3.org/2000/09/xmldsig#rsa-sha1"), [wrong.REFUSED]),
    "digested with SHA-1": (lambda: signed(digest="http://www.w3.org/2000/09/xmldsig#sha1"), [wrong.REFUSED]),
    "expired": (lambda: signed(unsigned(validUntil="2026-11-22T07:45:00Z")), [wrong.EXPIRED]),
    "an inner group expired": (lambda: signed(unsigned(change=_expired_group)), [wrong.EXPIRED]),
    "without an end": (lambda: signed(unsigned(validUntil="")), [wrong.NO_END]),
    "an end that is none": (lambda: signed(unsigned(validUntil="tomorrow")), [wrong.UNREADABLE_END]),
    "an entity twice": (lambda: signed(unsigned(entity(), entity())), [wrong.DUPLICATES]),
    "nobody in it": (lambda: signed(unsigned(change=lambda root: [root.remove(each) for each in root[1:]])), [wrong.NO_ENTITIES]),
    "nothing": (lambda: b"", [wrong.UNREADABLE]),
    "zeros": (lambda: bytes(1_000_000), [wrong.UNREADABLE]),
    "cut": (lambda: signed()[:-200], [wrong.UNREADABLE]),
    "cut in the first tag": (lambda: signed()[:100], [wrong.UNREADABLE]),
    "with something after it": (lambda: signed() + b"<x/>", [wrong.UNREADABLE]),
    "a doctype": (
        lambda: signed().replace(b"<md:EntitiesDescriptor", b"<!DOCTYPE x [<!ENTITY a 'b'>]><md:EntitiesDescriptor", 1),
        [wrong.UNREADABLE],
    ),
    "a doctype in UTF-16": (lambda: "<?xml version='1.0' encoding='utf-16'?><!DOCTYPE x><x/>".encode("utf-16"), [wrong.UNREADABLE]),
    "a web page": (lambda: b"<html><body/></html>", [wrong.NOT_METADATA]),
    "gzip": (lambda: b"\x1f\x8b\x08" + bytes(50), [wrong.UNREADABLE]),
}


def _expired_group(root: Any) -> None:
    group = etree.SubElement(root, f"{{{MD}}}EntitiesDescriptor", validUntil="2026-11-21T00:00:00Z")
    group.append(etree.fromstring(entity("inre.se")))


def _xml_id() -> bytes:
    """Nothing but the structure says so: the pinned key signed it."""
    return signed(unsigned(change=lambda root: root[1].set("{http://www.w3.org/XML/1998/namespace}id", "_feed")))


def _signs_an_entity() -> bytes:
    root = unsigned(change=lambda root: root[1].set("ID", "_entity"))
    return signed(root, uri="#_entity")


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told(name: str) -> None:
    make, expected = WRONG[name]
    assert kinds(make()) == expected


def test_nothing_but_the_pinned_key_lends_trust() -> None:
    assert kinds(signed(), None) == [wrong.NO_CERTIFICATE]
    assert kinds(signed(), b"x") == [wrong.NO_CERTIFICATE]
    assert kinds(_without_signature(signed()), None) == [wrong.UNSIGNED]
    assert kinds(federation.feed(NOW, entity(), {}), federation.certificate()) == []


def test_it_may_be_larger_than_the_last_word() -> None:
    data = bytes(etree.tostring(unsigned()))
    problem = read(data + b" " * (MAX_FEED + 1 - len(data))).problems[0]
    assert problem.kind == wrong.UNREADABLE
    assert "larger" in problem.words.en


# --- odd, and right


def _default_namespace(root: Any) -> Any:
    xml = etree.tostring(root).replace(b"md:", b"").replace(b"xmlns:md=", b"xmlns=")
    return etree.fromstring(xml)


def _with_comments(root: Any) -> Any:
    root.insert(1, etree.Comment("x"))
    root[2].append(etree.Comment("y"))
    return root


def _schema_location(root: Any) -> Any:
    """A namespace that the root writes besides its own, and that an entity uses too."""
    xsi = "http://www.w3.org/2001/XMLSchema-instance"
    anew = etree.Element(root.tag, root.attrib, nsmap={"md": MD, "xsi": xsi})
    anew.set(f"{{{xsi}}}schemaLocation", "urn:x x.xsd")
    anew.extend(list(root))
    for value in anew.iter("{urn:oasis:names:tc:SAML:2.0:assertion}AttributeValue"):
        value.set(f"{{{xsi}}}type", "xs:string")
    return etree.fromstring(etree.tostring(anew))


def _another_prefix(root: Any) -> Any:
    xml = etree.tostring(root[1]).replace(b"md:", b"m:").replace(b"xmlns:md=", b"xmlns:m=")
    text = etree.tostring(root)
    return etree.fromstring(text.replace(etree.tostring(root[1]), xml))


def _prefix_redeclared(root: Any) -> Any:
    inner = etree.SubElement(root[1].find("md:Extensions", NS), "{urn:other}x", nsmap={"md": "urn:other"})
    etree.SubElement(inner, f"{{{MD}}}y", nsmap={"md": MD})
    return etree.fromstring(etree.tostring(root))


def _no_namespace(root: Any) -> Any:
    root = _default_namespace(root)
    extensions = root[1].find("md:Extensions", NS)
    extensions.append(etree.fromstring(b"<plain><a/></plain>"))
    return etree.fromstring(etree.tostring(root))


def _laid_out(root: Any) -> Any:
    etree.indent(root)
    return root


ODD: dict[str, tuple[Callable[[Any], Any], bool]] = {  # and whether it is canonicalised child by child
    "as it is": (lambda root: root, True),
    "laid out": (_laid_out, True),
    "a default namespace": (_default_namespace, True),
    "comments": (_with_comments, True),
    "a schema location": (_schema_location, True),
    "another prefix in an entity": (_another_prefix, True),
    "a prefix declared anew": (_prefix_redeclared, False),
    "no namespace": (_no_namespace, True),
    "a processing instruction": (lambda root: (root.insert(1, etree.ProcessingInstruction("x")), root)[1], False),
    "a processing instruction inside": (lambda root: (root[1].insert(1, etree.ProcessingInstruction("x", "y")), root)[1], True),
    "a text between": (lambda root: (setattr(root[1], "tail", " x & y "), root)[1], False),
    "special characters": (lambda root: (root[1].set("note", "<&\"'>\t\n\r å"), root)[1], True),
}


def _shape(name: str) -> Any:
    return ODD[name][0](unsigned())


@pytest.mark.parametrize("name", ODD)
def test_odd_feeds_are_verified_and_what_is_changed_in_them_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = signed(_shape(name))
    assert kinds(data) == []
    assert kinds(data.replace(b">exempelstad.se<", b">exempelstad.su<")) == [wrong.INVALID]
    monkeypatch.setattr(aggregate, "verify", lambda root, certificate: pytest.fail("the tree was asked"))
    if ODD[name][1]:
        assert read(data).verified


SIGNED: dict[str, tuple[dict[str, Any], bool]] = {
    "an empty reference": ({"uri": ""}, False),
    "enveloped alone": ({"transforms": (ENVELOPED,)}, False),
    "SignedInfo by inclusive C14N": ({"canonical": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"}, False),
    "SHA-512": ({"method": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", "digest": "http://www.w3.org/2001/04/xmlenc#sha512"}, True),
    "SHA-384": ({"digest": "http://www.w3.org/2001/04/xmldsig-more#sha384"}, True),
    "RSA-PSS": ({"method": "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"}, False),
}


@pytest.mark.parametrize("name", SIGNED)
def test_every_way_of_signing_that_counts(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    how, stepwise = SIGNED[name]
    data = signed(**how)
    assert kinds(data) == []
    assert kinds(data.replace(b">exempelstad.se<", b">exempelstad.su<")) == [wrong.INVALID]
    monkeypatch.setattr(aggregate, "verify", lambda root, certificate: pytest.fail("the tree was asked"))
    if stepwise:
        assert read(data).verified


def test_a_signature_at_the_end_is_found() -> None:
    def moved(root: Any) -> None:
        root.append(root[0])

    assert kinds(_changed(moved)) == [], "the enveloped transform takes it out wherever it is"


def test_a_feed_in_utf_16_with_much_white_space() -> None:
    text = signed().decode().replace("utf-8", "utf-16").replace("UTF-8", "utf-16")
    assert kinds((text + "\n" * 100_000).encode("utf-16")) == []


# --- never raises


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_is_changed_nothing_is_raised_and_nothing_changed_is_believed(data: st.DataObject) -> None:
    good = signed()
    spoilt = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(spoilt) - 1))
        length = data.draw(st.integers(0, 30))
        spoilt[at : at + length] = data.draw(
            st.one_of(st.binary(max_size=8), st.sampled_from([b"<!--", b"-->", b"&#10;", b'"', b" ", b"<x/>"]))
        )
    feed = read(bytes(spoilt))
    was = read(good)
    if feed.verified:
        assert [found.digest for found in feed.entities] == [found.digest for found in was.entities]
        assert (feed.valid_until, feed.id, feed.entities) == (was.valid_until, was.id, was.entities)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    assert not read(data).verified
    assert aggregate.entity(data, "x") is None
    assert list(aggregate.entities(data)) == []
    assert aggregate.signing_certificate(data) is None


_NAMES = st.sampled_from(
    ["EntitiesDescriptor", "EntityDescriptor", "IDPSSODescriptor", "Extensions", "Organization", "OrganizationName", "Signature", "Scope"]
)
_SPACES = st.sampled_from([MD, DS, "urn:mace:shibboleth:metadata:1.0", "urn:oasis:names:tc:SAML:metadata:ui", ""])
_VALUES = st.text(alphabet='a_0T:-Z<&" \n\råé#', max_size=12)


def _element(depth: int) -> st.SearchStrategy[Any]:
    children = st.lists(_element(depth - 1), max_size=3) if depth else st.just([])
    attributes = st.dictionaries(st.sampled_from(["ID", "entityID", "validUntil", "cacheDuration", "Id", "Name"]), _VALUES, max_size=3)
    return st.builds(_made, _SPACES, _NAMES, attributes, st.one_of(st.none(), _VALUES), children, st.sampled_from(["md", "x", None]))


def _made(space: str, name: str, attributes: dict[str, str], text: str | None, children: list[Any], prefix: str | None) -> Any:
    made = etree.Element(f"{{{space}}}{name}" if space else name, attributes, nsmap={prefix: space} if space else None)
    made.text = text
    made.extend(children)
    return made


@settings(max_examples=150, deadline=None)
@given(st.lists(_element(3), max_size=4), _VALUES)
def test_whatever_is_in_a_feed_it_verifies_when_signed_as_the_library_says(inside: list[Any], end: str) -> None:
    """What is canonicalised child by child, and what the library does with the tree, come to the same."""
    root = unsigned(change=lambda root: root.extend(inside))
    root.set("note", end)
    feed = read(signed(etree.fromstring(etree.tostring(root))))  # what lxml builds it may write with other prefixes
    if any(child.tag == f"{{{DS}}}Signature" for child in inside):
        assert not feed.verified
    else:
        assert feed.verified or feed.has(wrong.MALFORMED)
    for found in feed.entities:
        assert found.name("sv") or not found.entity_id
