"""Rules about the form of the message, at their edges."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from idptest.checks.saml_document import LARGEST
from idptest.saml import schema
from idptest.saml.xml import SAML, SAMLP, parse
from tests.checks.ruled import element, finding, login, verdict

SCHEMA = "saml-document/follows-the-schema"
LONG = "saml-document/values-are-at-most-256-characters"
SPACE = "saml-document/names-bear-no-space-around-them"
SIZE = "saml-document/fits-through-web-servers"


def _set(name: str, value: str) -> Any:
    return lambda found: found.set(name, value)


def _twice(found: Any) -> None:
    found.getparent().append(etree.fromstring(etree.tostring(found)))


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("saml:Assertion", _set("ID", "1 person")),
        ("saml:Assertion", _set("Person", "Åsa")),
        ("saml:Assertion/saml:Conditions", _set("NotBefore", "i morgon")),
        ("saml:Assertion/saml:Subject", lambda found: etree.SubElement(found, f"{{{SAML}}}Person")),
        ("saml:Assertion/saml:Conditions", _twice),
        ("saml:Assertion/saml:AuthnStatement", _set("SessionNotOnOrAfter", "")),
        (".//saml:AttributeValue", _set("{http://www.w3.org/2001/XMLSchema-instance}type", "xs:sträng")),
        ("samlp:Status", lambda found: etree.SubElement(found, f"{{{SAMLP}}}StatusCode", Value="urn:x")),
    ],
)
def test_what_saml_has_no_place_for_is_found_and_no_value_is_quoted(path: str, change: Any) -> None:
    found = finding(login().signed_anew(element(path, change)), SCHEMA)
    assert found.verdict.value == "fail"
    said = str(found.evidence[0])
    assert not [word for word in ("person", "Åsa", "i morgon", "sträng") if f"'{word}" in said]
    assert "{" not in str(found.evidence[0].actual)


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("saml:Assertion", _set("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation", "urn:x http://127.0.0.1:9/x.xsd")),
        (".//saml:Attribute", lambda found: etree.SubElement(etree.SubElement(found, f"{{{SAML}}}AttributeValue"), "{urn:other}anything")),
        ("saml:Assertion/saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData", _set("{urn:other}more", "x")),
        ("saml:Assertion", lambda found: found.append(etree.Comment("x"))),
        ("saml:Assertion", lambda found: found.append(etree.ProcessingInstruction("x", "y"))),
    ],
)
def test_what_saml_has_a_place_for_passes(path: str, change: Any) -> None:
    assert verdict(login().signed_anew(element(path, change)), SCHEMA) == "pass"


def test_a_fault_inside_an_encrypted_assertion_is_found() -> None:
    assert verdict(login().answered(cipher="aes256-gcm"), SCHEMA) == "pass"
    assert verdict(login().answered(cipher="aes256-gcm", conditions_first=True), SCHEMA) == "fail"


def test_the_schemas_words_are_kept_short_whatever_is_in_them() -> None:
    xml = b'<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="%s" Version="2.0"/>' % (b"'x' is not value '" * 5000)
    element_name, said = schema.message_fault(parse(xml)) or ("", "")
    assert element_name == "Response"
    assert len(said) < 300


@pytest.mark.parametrize(("length", "expected"), [(256, "pass"), (257, "fail")])
def test_256_characters_are_the_limit(length: int, expected: str) -> None:
    assert verdict(login().answered(name_id="x" * length), LONG) == expected
    assert verdict(login().answered(session_index="x" * length), LONG) == expected


def test_every_name_with_space_around_it_is_pointed_at() -> None:
    def pad(root: Any) -> None:
        for found in root.iter(f"{{{SAML}}}Issuer", f"{{{SAML}}}Audience", f"{{{SAML}}}NameID"):
            found.text = f" {found.text}"

    found = finding(login().signed_anew(pad), SPACE)
    assert [str(each.at).rpartition(":")[2] for each in found.evidence] == ["Issuer", "Issuer", "NameID", "Audience"]


@pytest.mark.parametrize(("more", "expected"), [(0, "pass"), (1, "fail")])
def test_the_form_is_counted_as_it_is_sent(more: int, expected: str) -> None:
    flow = login().flow
    arrived = flow.exchanges[0]
    empty = len("SAMLResponse=") + len("&RelayState=")
    form = (("SAMLResponse", "A" * (LARGEST - empty + more)), ("RelayState", ""))
    assert verdict(replace(flow, exchanges=(replace(arrived, request=replace(arrived.request, form=form)),)), SIZE) == expected


def test_every_plus_and_slash_counts_three_times() -> None:
    flow = login().flow
    arrived = flow.exchanges[0]
    form = (("SAMLResponse", base64.b64encode(b"\xff" * (LARGEST // 4)).decode()),)
    assert len(form[0][1]) < LARGEST
    assert verdict(replace(flow, exchanges=(replace(arrived, request=replace(arrived.request, form=form)),)), SIZE) == "fail"
