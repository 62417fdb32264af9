"""What is wrong with a federation's feed is told, and no part of it is trusted."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from lxml import etree

from idptest.demo import federation, metadata
from idptest.model import aggregate as wrong
from idptest.saml.xml import DS, MAX_FEED, MD, NS
from tests.saml.feeds import ENVELOPED, EXCLUSIVE, NOW, changed, entity, kinds, read, signed, unsigned, without_signature


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
    "its signature removed": (lambda: without_signature(signed()), [wrong.UNSIGNED]),
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
    "an entity more": (lambda: changed(lambda root: root.append(etree.fromstring(entity("evil.se")))), [wrong.INVALID]),
    "an entity less": (lambda: changed(lambda root: root.remove(root[-1])), [wrong.INVALID]),
    "entities in another order": (lambda: changed(lambda root: root.append(root[2])), [wrong.INVALID]),
    "a text between entities": (lambda: changed(lambda root: setattr(root[2], "tail", "x")), [wrong.INVALID]),
    "white space between entities": (lambda: changed(lambda root: setattr(root[2], "tail", "\n")), [wrong.INVALID]),
    "a processing instruction": (lambda: changed(lambda root: root.append(etree.ProcessingInstruction("x"))), [wrong.INVALID]),
    "a namespace as text": (lambda: signed().replace(b">exempelstad.se<", f'> xmlns:md="{MD}"exempelstad.se<'.encode()), [wrong.INVALID]),
    "a namespace more, in use": (lambda: signed().replace(b"<shibmd:Scope", b'<shibmd:Scope xmlns:x="urn:x" x:y=""', 1), [wrong.INVALID]),
    "two signatures": (lambda: changed(_two_signatures), [wrong.MALFORMED]),
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
    assert kinds(without_signature(signed()), None) == [wrong.UNSIGNED]
    assert kinds(federation.feed(NOW, entity(), {}), federation.certificate()) == []


def test_it_may_be_larger_than_the_last_word() -> None:
    data = bytes(etree.tostring(unsigned()))
    problem = read(data + b" " * (MAX_FEED + 1 - len(data))).problems[0]
    assert problem.kind == wrong.UNREADABLE
    assert "larger" in problem.words.en
