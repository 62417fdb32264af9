"""A signature counts only when its structure is the one that SAML allows, and the ID that it refers to is unique."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import xmlsec
from lxml import etree

from idptest.model.saml import Response
from idptest.saml.response import read_response
from idptest.saml.xml import DS
from tests.exempelstad import failing, flow, one, with_answer
from tests.saml.signed import (
    ENVELOPED,
    EVIL,
    EXCLUSIVE,
    HERE,
    IDP,
    assertion_id,
    eppn,
    forge,
    only_assertion_signed,
    read,
    reference,
    root,
    states,
    templated,
)

# --- structure


XPATH = '<ds:XPath xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">not(ancestor-or-self::saml:AttributeStatement)</ds:XPath>'
FILTER2 = (
    '<f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" Filter="subtract">'
    "//saml:AttributeStatement</f:XPath>"
)
XSLT = (
    '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/"><x>constant</x></xsl:template>'
    "</xsl:stylesheet>"
)


def structural() -> dict[str, Callable[[], Any]]:
    """Each truly signed by the IdP's key, and worth nothing."""
    uri = f"#{assertion_id()}"
    return {
        "XPath that leaves the attributes out": lambda: templated(
            reference(uri, (ENVELOPED, "http://www.w3.org/TR/1999/REC-xpath-19991116", EXCLUSIVE), XPATH)
        ),
        "XPath filter 2": lambda: templated(reference(uri, (ENVELOPED, "http://www.w3.org/2002/06/xmldsig-filter2", EXCLUSIVE), FILTER2)),
        "comments are kept": lambda: templated(reference(uri, (ENVELOPED, EXCLUSIVE + "WithComments"))),
        "enveloped twice": lambda: templated(reference(uri, (ENVELOPED, ENVELOPED, EXCLUSIVE))),
        "the whole document": lambda: templated(reference("")),
        "the root by XPointer": lambda: templated(reference("#xpointer(/)")),
        "its own id by XPointer": lambda: templated(reference(f"#xpointer(id('{uri[1:]}'))")),
        "another element": lambda: templated(
            reference("#other"), change=lambda response: one(response, ".//saml:Subject").set("ID", "other")
        ),
        "the Response": lambda: templated(reference("#id-0004")),
        "two references": lambda: templated(
            reference(uri) + reference("#other"), change=lambda response: one(response, ".//saml:Subject").set("ID", "other")
        ),
        "the same reference twice": lambda: templated(reference(uri) * 2),
        "an object": lambda: templated(reference(uri), extra="<ds:Object><x/></ds:Object>"),
        "a manifest": lambda: templated(reference(uri), extra=f"<ds:Object><ds:Manifest>{reference(uri)}</ds:Manifest></ds:Object>"),
        "SignedInfo with comments": lambda: templated(reference(uri), canonical=EXCLUSIVE + "WithComments"),
        "an ID that is an XPointer": lambda: templated(
            reference("#xpointer(id('other'))"),
            change=lambda response: (
                one(response, ".//saml:Subject").set("ID", "other"),
                one(response, "saml:Assertion").set("ID", "xpointer(id('other'))"),
            ),
        ),
        "a second URI in a namespace": lambda: templated(reference(uri, attributes='xmlns:x="urn:x" x:URI="#other"')),
    }


@pytest.mark.parametrize("name", structural())
def test_a_signature_of_odd_structure_counts_for_nothing(name: str) -> None:
    try:
        signed = structural()[name]()
    except xmlsec.Error:
        pytest.fail("the mutant could not be made, so it proves nothing")
    response = read(signed)
    assert states(response) == [("Assertion", "malformed")]
    assert not response.assertions[0].verified
    assert "saml-signature/covers-the-element-it-stands-in" in failing(with_answer(flow(), etree.tostring(signed)))


def _xslt(signature: Any) -> None:
    one(signature, ".//ds:Transforms").append(
        etree.fromstring(f'<ds:Transform xmlns:ds="{DS}" Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116">{XSLT}</ds:Transform>')
    )


def _exclusive_first(signature: Any) -> None:
    transforms = one(signature, ".//ds:Transforms")
    transforms.append(transforms[0])


def _no_reference(signature: Any) -> None:
    one(signature, "ds:SignedInfo").remove(one(signature, ".//ds:Reference"))


def _no_transforms(signature: Any) -> None:
    one(signature, ".//ds:Reference").remove(one(signature, ".//ds:Transforms"))


def _no_uri(signature: Any) -> None:
    del one(signature, ".//ds:Reference").attrib["URI"]


def _two_signed_infos(signature: Any) -> None:
    signature.insert(1, deepcopy(one(signature, "ds:SignedInfo")))


def _empty(signature: Any) -> None:
    for child in list(signature):
        signature.remove(child)


@pytest.mark.parametrize(
    "change",
    [_xslt, _exclusive_first, _no_reference, _no_transforms, _no_uri, _two_signed_infos, _empty],
    ids=lambda change: change.__name__,
)
def test_what_xmlsec_itself_would_not_sign_counts_for_nothing_either(change: Callable[[Any], None]) -> None:
    response = only_assertion_signed()
    change(one(response, ".//ds:Signature"))
    assert states(read(response)) == [("Assertion", "malformed")]


@pytest.mark.parametrize("place", ["ds:SignatureValue", "ds:SignedInfo/ds:Reference/ds:DigestValue"])
@pytest.mark.parametrize("value", ["", "%%%", "AAAA", "å", "A" * 100_000])
def test_values_that_are_none_are_invalid(place: str, value: str) -> None:
    response = only_assertion_signed()
    one(response, f".//ds:Signature/{place}").text = value
    assert states(read(response)) == [("Assertion", "invalid")]


def test_signatures_that_stand_elsewhere_count_for_nothing() -> None:
    response = only_assertion_signed()
    signature = one(response, "saml:Assertion/ds:Signature")
    one(response, "saml:Assertion/saml:Subject").append(signature)
    found = read(response)
    assert states(found) == [("Subject", "malformed")]
    assert not found.assertions[0].verified


def test_two_signatures_in_one_element_count_for_nothing() -> None:
    response = only_assertion_signed()
    assertion = one(response, "saml:Assertion")
    assertion.insert(2, deepcopy(one(assertion, "ds:Signature")))
    assert states(read(response)) == [("Assertion", "malformed")] * 2


def test_a_signature_as_the_root_is_no_response() -> None:
    unreadable = read_response(etree.tostring(one(root(), "ds:Signature")), HERE, (IDP,))
    assert not isinstance(unreadable, Response)


# --- ids


SPELLINGS = ["ID", "Id", "id", "{http://www.w3.org/XML/1998/namespace}id", "{urn:x}ID", "AssertionID", "{urn:x}id"]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("place", ["saml:Issuer", "samlp:Status", "saml:Assertion/ds:Signature", "saml:Assertion/saml:Subject"])
def test_an_id_that_two_elements_bear_verifies_nothing(spelling: str, place: str) -> None:
    """The library would verify past a duplicate: which of the two it means is not for it to choose."""
    response = only_assertion_signed()
    one(response, place).set(spelling, assertion_id())
    found = read(response)
    assert found.duplicate_ids == (assertion_id(),)
    assert states(found) == [("Assertion", "malformed")]
    assert not found.assertions[0].verified


def test_white_space_around_an_xml_id_does_not_hide_it() -> None:
    response = only_assertion_signed()
    one(response, "samlp:Status").set("{http://www.w3.org/XML/1998/namespace}id", f" {assertion_id()} ")
    found = read(response)
    assert not found.assertions[0].verified or found.duplicate_ids == ()
    assert found.duplicate_ids == (assertion_id(),)


def test_an_id_registered_for_an_earlier_signature_is_not_used_for_a_later_one() -> None:
    """xmlsec registers IDs for the whole document; the forged assertion comes first and bears a valid outer shape."""
    response = only_assertion_signed()
    original = one(response, "saml:Assertion")
    evil = forge(deepcopy(original))
    evil.set("ID", "evil")
    response.insert(1, evil)
    found = read(response)
    assert states(found) == [("Assertion", "malformed"), ("Assertion", "valid")]
    assert [(eppn(assertion) == EVIL, assertion.verified) for assertion in found.assertions] == [(True, False), (False, True)]
