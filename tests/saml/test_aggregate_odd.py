"""Feeds that are oddly written, and right; whatever is done to one, nothing is raised and nothing changed is believed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from idptest.model import aggregate as wrong
from idptest.saml import aggregate
from idptest.saml.xml import DS, MD, NS
from tests.saml.feeds import ENVELOPED, changed, kinds, read, signed, unsigned


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

    assert kinds(changed(moved)) == [], "the enveloped transform takes it out wherever it is"


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
