"""A response, from bytes to facts: read whole, and read leniently."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from idptest.adapters.demo import ACS_URL, SP_ENTITY_ID
from idptest.demo import keys
from idptest.model.rule import Pointer
from idptest.model.saml import Certificate, Response, Unreadable
from idptest.saml.response import read_response
from tests.exempelstad import NOW, answer, changed, flow, one

HERE = Pointer("exchange", "", 4)
IDP = Certificate(HERE, {}, keys.certificate("signing"), None, None, None, None)
SAML = 'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'


def read(xml: bytes) -> Response:
    response = read_response(xml, HERE, [IDP])
    assert isinstance(response, Response), response
    return response


def after(change: Callable[[Any], Any]) -> Response:
    return read(answer(changed(flow(), change)))


def test_everything_that_exempelstad_says() -> None:
    response = read(answer(flow()))
    assert response.succeeded
    assert (response.destination, response.in_response_to, response.issuer) == (
        ACS_URL,
        flow().sent.request_id,
        "https://idp.exempelstad.se/saml",
    )
    assert response.issue_instant == NOW
    (assertion,) = response.assertions
    assert assertion.issuer == response.issuer
    assert assertion.audience_restrictions == ((SP_ENTITY_ID,),)
    (confirmation,) = assertion.confirmations
    assert (confirmation.method, confirmation.recipient) == ("urn:oasis:names:tc:SAML:2.0:cm:bearer", ACS_URL)
    assert confirmation.in_response_to == flow().sent.request_id
    assert confirmation.not_before is None
    (statement,) = assertion.authn_statements
    assert statement.instant == NOW
    assert statement.context_class == "http://id.swedenconnect.se/loa/1.0/uncertified-loa3"
    (attribute,) = assertion.attributes
    assert (attribute.name, attribute.friendly_name) == ("urn:oid:1.3.6.1.4.1.5923.1.1.1.6", "eduPersonPrincipalName")
    assert attribute.values[0].text == "7c1d9e52-4b3a-4f60-9a1e-2d5c8b7f3e04@exempelstad.se"
    assert not response.misplaced_assertions
    assert not response.encrypted_assertions
    assert not response.duplicate_ids
    assert not response.commented_values


def test_every_pointer_leads_to_where_it_says() -> None:
    response, root = read(answer(flow())), etree.fromstring(answer(flow()))
    from idptest.saml.xml import NS

    (assertion,) = response.assertions
    for thing, name in (
        (response, "Response"),
        (assertion, "Assertion"),
        (assertion.confirmations[0], "SubjectConfirmation"),
        (assertion.authn_statements[0], "AuthnStatement"),
        (assertion.attributes[0], "Attribute"),
        (response.signatures[0], "Signature"),
    ):
        assert thing.pointer.number == 4
        (found,) = root.xpath(thing.pointer.path, namespaces=NS)
        assert etree.QName(found).localname == name
        for part, pointer in thing.parts.items():
            (found,) = root.xpath(pointer.path, namespaces=NS)
            assert etree.QName(found).localname == part
    assert assertion.at("Nowhere") == assertion.pointer


def test_each_audience_restriction_is_kept_apart() -> None:
    def two(root: Any) -> None:
        conditions = one(root, ".//saml:Conditions")
        conditions.append(
            etree.fromstring(
                f"<saml:AudienceRestriction {SAML}><saml:Audience>a</saml:Audience><saml:Audience> b </saml:Audience></saml:AudienceRestriction>"
            )
        )

    assert after(two).assertions[0].audience_restrictions == ((SP_ENTITY_ID,), ("a", "b"))


def test_a_no_break_space_in_an_audience_is_another_audience() -> None:
    def padded(root: Any) -> None:
        one(root, ".//saml:Audience").text += "\u00a0"

    assert after(padded).assertions[0].audience_restrictions == ((SP_ENTITY_ID + "\u00a0",),)


def test_an_attribute_value_is_read_letter_for_letter() -> None:
    def spaced(root: Any) -> None:
        one(root, ".//saml:AttributeValue").text = " a\n"

    assert after(spaced).assertions[0].attributes[0].values[0].text == " a\n"


def test_nested_status_codes_are_read_outermost_first() -> None:
    xml = f'<samlp:Response {SAML}><samlp:Status><samlp:StatusCode Value="a"><samlp:StatusCode Value="b"/></samlp:StatusCode><samlp:StatusMessage> no </samlp:StatusMessage></samlp:Status></samlp:Response>'
    response = read(xml.encode())
    assert (response.status, response.status_message, response.succeeded) == (("a", "b"), "no", False)


def test_success_must_stand_outermost() -> None:
    success = "urn:oasis:names:tc:SAML:2.0:status:Success"
    xml = f'<samlp:Response {SAML}><samlp:Status><samlp:StatusCode Value="x"><samlp:StatusCode Value="{success}"/></samlp:StatusCode></samlp:Status></samlp:Response>'
    assert not read(xml.encode()).succeeded


def test_assertions_elsewhere_are_told_and_never_read() -> None:
    def hide(root: Any) -> None:
        assertion = one(root, "saml:Assertion")
        extensions = etree.SubElement(root, "{urn:oasis:names:tc:SAML:2.0:protocol}Extensions")
        extensions.append(assertion)

    response = after(hide)
    assert response.assertions == ()
    assert [pointer.path for pointer in response.misplaced_assertions] == ["/samlp:Response/samlp:Extensions/saml:Assertion"]


def test_encrypted_assertions_are_counted() -> None:
    xml = f"<samlp:Response {SAML}><saml:EncryptedAssertion/></samlp:Response>".encode()
    assert [found.pointer.path for found in read(xml).encrypted_assertions] == ["/samlp:Response/saml:EncryptedAssertion"]


@pytest.mark.parametrize(
    "xml",
    [
        f"<samlp:Response {SAML}/>",
        f"<samlp:Response {SAML}><saml:Assertion/></samlp:Response>",
        f"<samlp:Response {SAML}><saml:Assertion><saml:Subject/><saml:Conditions/><saml:AuthnStatement/><saml:AttributeStatement/></saml:Assertion></samlp:Response>",
        f"<samlp:Response {SAML}><saml:Assertion><saml:Subject><saml:SubjectConfirmation/><saml:NameID/></saml:Subject><saml:AttributeStatement><saml:Attribute/></saml:AttributeStatement></saml:Assertion></samlp:Response>",
        f"<samlp:Response {SAML}><samlp:Status><samlp:StatusCode/></samlp:Status><ds:Signature/></samlp:Response>",
        f"<samlp:Response {SAML}><saml:Assertion><saml:AttributeStatement><saml:Attribute><saml:AttributeValue/></saml:Attribute></saml:AttributeStatement></saml:Assertion></samlp:Response>",
    ],
)
def test_what_is_missing_is_missing_and_nothing_raises(xml: str) -> None:
    read(xml.encode())


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        (b"", "nothing"),
        (b"<html/>", "/html"),
        (b'<Response xmlns="urn:oasis:names:tc:SAML:1.0:protocol"/>', "/Response"),
        (f"<saml:Assertion {SAML}/>".encode(), "/saml:Assertion"),
        (b"<!DOCTYPE r><r/>", "doctype"),
        (b"\xff\xd8\xff", "well-formed"),
    ],
)
def test_what_is_no_response_says_why(xml: bytes, said: str) -> None:
    unreadable = read_response(xml, HERE, [IDP])
    assert isinstance(unreadable, Unreadable)
    assert said in unreadable.why.en
    assert unreadable.at.number == 4


@pytest.mark.parametrize("element", ["saml:Assertion", "ds:Signature", "saml:Assertion><saml:AuthnStatement/></saml:Assertion"])
def test_a_flood_of_what_rules_judge_one_by_one_is_refused_quickly(element: str) -> None:
    one_of_them = f"<{element}/>" if ">" not in element else f"<{element}>"
    xml = f"<samlp:Response {SAML}>{one_of_them * (4_000_000 // len(one_of_them))}</samlp:Response>".encode()
    start = time.perf_counter()
    assert isinstance(read_response(xml, HERE, [IDP]), Unreadable)
    assert time.perf_counter() - start < 3


def test_ten_thousand_values_are_read_in_bounded_time() -> None:
    def many(root: Any) -> None:
        attribute = one(root, ".//saml:Attribute")
        for number in range(10_000):
            attribute.append(etree.fromstring(f"<saml:AttributeValue {SAML}>{number}</saml:AttributeValue>"))

    xml = answer(changed(flow(), many))
    start = time.process_time()
    response = read(xml)
    assert time.process_time() - start < 3
    values = response.assertions[0].attributes[0].values
    assert len(values) == 10_001
    assert values[-1].at.path.endswith("/saml:AttributeValue[10001]")


def test_a_flood_of_attributes_is_not_read() -> None:
    """Each is the subject of several rules, and a report of a hundred thousand findings helps nobody."""

    def many(root: Any) -> None:
        for number in range(100):
            one(root, ".//saml:AttributeStatement").append(etree.fromstring(f'<saml:Attribute {SAML} Name="urn:oid:{number}"/>'))

    found = read_response(answer(changed(flow(), many)), Pointer("exchange", "", 1), [])
    assert isinstance(found, Unreadable)
