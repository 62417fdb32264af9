"""Signatures that count, what a change after signing does to them, and whose keys are believed."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable

import pytest
import xmlsec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from lxml import etree
from signxml import DigestAlgorithm, SignatureMethod

from idptest.demo import keys
from idptest.model.saml import Response
from idptest.saml.response import read_response
from idptest.saml.signature import ACCEPTED_METHODS
from idptest.saml.xml import DS, NS, SAML
from tests.exempelstad import NOW, answer, failing, flow, one, with_answer
from tests.saml.signed import (
    ENVELOPED,
    HERE,
    IDP,
    assertion_id,
    certificate,
    eppn,
    forge,
    idp_key,
    only_assertion_signed,
    own,
    read,
    reference,
    resigned,
    root,
    states,
    templated,
)

# --- what counts


def test_both_are_signed() -> None:
    response = read(answer(flow()))
    assert states(response) == [("Response", "valid"), ("Assertion", "valid")]
    assert [signature.key for signature in response.signatures] == [1, 1]
    assert response.assertions[0].verified


def test_a_signature_of_the_response_alone_covers_its_assertion() -> None:
    response = root()
    assertion = one(response, "saml:Assertion")
    assertion.remove(one(assertion, "ds:Signature"))
    found = read(resigned(response))
    assert states(found) == [("Response", "valid")]
    assert found.assertions[0].verified


def test_a_signature_of_the_assertion_alone_is_enough_though_the_response_declares_its_namespaces() -> None:
    xml = etree.tostring(only_assertion_signed())
    assert b"<saml:Assertion ID" in xml, "the prefixes are declared on the Response only"
    found = read(xml)
    assert states(found) == [("Assertion", "valid")]
    assert found.assertions[0].verified


def test_a_signature_of_the_response_does_not_verify_what_only_the_assertion_signed() -> None:
    response = only_assertion_signed()
    response.set("Destination", "https://other.example/acs")
    found = read(response)
    assert found.assertions[0].verified
    assert found.destination == "https://other.example/acs"


@pytest.mark.parametrize("number", [1, 2, 3])
def test_any_of_the_metadata_keys_will_do(number: int) -> None:
    others = [certificate(keys.certificate("other")), certificate(own("P-256")[1])]
    trusted = [*others[: number - 1], IDP, *others[number - 1 :]]
    response = read(answer(flow()), *trusted)
    assert [(signature.state, signature.key) for signature in response.signatures] == [("valid", number)] * 2


@pytest.mark.parametrize("broken", [b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"", None])
def test_a_broken_certificate_beside_it_does_no_harm(broken: bytes | None) -> None:
    response = read(answer(flow()), certificate(broken), IDP)  # type: ignore[arg-type]
    assert response.assertions[0].verified


@pytest.mark.parametrize("first", ["P-256", "P-384", "Ed25519"])
def test_a_key_of_another_kind_beside_it_does_no_harm(first: str) -> None:
    assert read(answer(flow()), certificate(own(first)[1]), IDP).assertions[0].verified


@pytest.mark.parametrize("only", ["P-256", "Ed25519"])
def test_a_key_of_another_kind_alone_makes_the_signature_invalid(only: str) -> None:
    assert states(read(answer(flow()), certificate(own(only)[1]))) == [("Response", "invalid"), ("Assertion", "invalid")]


@pytest.mark.parametrize(
    ("kind", "method"),
    [("P-256", SignatureMethod.ECDSA_SHA256), ("P-384", SignatureMethod.ECDSA_SHA384), ("P-384", SignatureMethod.ECDSA_SHA512)],
)
def test_elliptic_curves(kind: str, method: SignatureMethod) -> None:
    signed = only_assertion_signed(lambda assertion: resigned(assertion, own(kind), method))
    assert read(signed, certificate(own(kind)[1])).assertions[0].verified
    assert read(signed, IDP, certificate(own(kind)[1])).assertions[0].verified
    assert states(read(signed, IDP)) == [("Assertion", "invalid")]
    assert states(read(forge(signed), certificate(own(kind)[1]))) == [("Assertion", "invalid")]


@pytest.mark.parametrize("method", [SignatureMethod.SHA256_RSA_MGF1, SignatureMethod.SHA512_RSA_MGF1])
def test_probabilistic_padding(method: SignatureMethod) -> None:
    signed = only_assertion_signed(lambda assertion: resigned(assertion, method=method))
    assert states(read(signed)) == [("Assertion", "valid")]
    assert states(read(forge(signed))) == [("Assertion", "invalid")]


@pytest.mark.parametrize("method", ACCEPTED_METHODS)
def test_the_library_computes_every_algorithm_on_our_list(method: str) -> None:
    """It does not say whether a signature is wrong or beyond it, so there must be none that is beyond it."""
    key, pair = idp_key(), keys.pair("signing")
    if "ecdsa" in method:
        pair = own("P-384")
        pem = pair[0].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem, None)
    signed = templated(reference(f"#{assertion_id()}"), method=method, key=key)
    assert states(read(signed, certificate(pair[1]))) == [("Assertion", "valid")]


@pytest.mark.parametrize("digest", [DigestAlgorithm.SHA384, DigestAlgorithm.SHA512])
def test_longer_digests(digest: DigestAlgorithm) -> None:
    assert states(read(only_assertion_signed(lambda assertion: resigned(assertion, digest=digest)))) == [("Assertion", "valid")]


def test_enveloped_alone_is_a_legal_transform() -> None:
    assert states(read(templated(reference(f"#{assertion_id()}", (ENVELOPED,))))) == [("Assertion", "valid")]


def test_sha1_still_verifies_and_is_named() -> None:
    (signature, *_) = read(answer(flow("larare", "sha1"))).signatures
    assert (signature.state, signature.algorithm) == ("valid", "http://www.w3.org/2000/09/xmldsig#rsa-sha1")
    assert signature.digest == "http://www.w3.org/2000/09/xmldsig#sha1"


# --- what was changed after signing


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "another person": lambda xml: xml.replace(b"7c1d9e52", b"7c1d9e53"),
    "another audience": lambda xml: xml.replace(b"idptest.exempelstad.se/sp<", b"idptest.exempelstad.se/sq<"),
    "a space in a value": lambda xml: xml.replace(b"@exempelstad.se<", b"@exempelstad.se <"),
    "a line between elements": lambda xml: xml.replace(b"<saml:Conditions", b"\n<saml:Conditions"),
    "CRLF as a character reference": lambda xml: xml.replace(b"<saml:Conditions", b"&#13;\n<saml:Conditions"),
    "an attribute more": lambda xml: xml.replace(b"<saml:Subject>", b'<saml:Subject note="x">'),
    "another prefix": lambda xml: xml.replace(b"<saml:Audience>", b'<a:Audience xmlns:a="' + SAML.encode() + b'">').replace(
        b"</saml:Audience>", b"</a:Audience>"
    ),
    "a processing instruction": lambda xml: xml.replace(b"@exempelstad.se<", b"@exempelstad.se<?x y?><"),
    "an element more": lambda xml: xml.replace(b"</saml:AttributeStatement>", b'<saml:Attribute Name="x"/></saml:AttributeStatement>'),
    "a shorter validity": lambda xml: xml.replace(b'NotOnOrAfter="2026', b'NotOnOrAfter="2027'),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_is_changed_after_signing_breaks_both_signatures(name: str) -> None:
    before = answer(flow())
    after = CHANGES[name](before)
    assert after != before
    response = read(after)
    assert states(response) == [("Response", "invalid"), ("Assertion", "invalid")]
    assert not response.assertions[0].verified


def test_what_xml_itself_does_not_tell_apart_breaks_nothing() -> None:
    before = answer(flow())
    harmless = {
        "a declaration": b'<?xml version="1.0" encoding="UTF-8"?>' + before,
        "CDATA": before.replace(b">https://idptest.exempelstad.se/sp<", b"><![CDATA[https://idptest.exempelstad.se/sp]]><"),
        "a character reference": before.replace(b"7c1d9e52", b"&#55;c1d9e52"),
        "single quotes": before.replace(
            b'Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"', b"Method='urn:oasis:names:tc:SAML:2.0:cm:bearer'"
        ),
        "UTF-16": before.decode().encode("utf-16"),
    }
    for name, xml in harmless.items():
        assert xml != before, name
        assert states(read(xml)) == [("Response", "valid"), ("Assertion", "valid")], name


@pytest.mark.parametrize(
    "element", ["saml:Attribute/saml:AttributeValue", "saml:NameID", "saml:Audience", "saml:Issuer", "saml:AuthnContextClassRef"]
)
def test_a_comment_inside_a_value_verifies_reads_whole_and_is_told(element: str) -> None:
    response = root()
    found = response.xpath(f"saml:Assertion//{element}", namespaces=NS)[0]
    text, found.text = found.text, found.text[:5]
    comment = etree.Comment("x")
    comment.tail = text[5:]
    found.append(comment)
    after = read(response)
    assert states(after) == [("Response", "valid"), ("Assertion", "valid")], "exclusive C14N drops comments"
    assert after.commented_values
    plain = read(answer(flow())).assertions[0]
    assert (after.assertions[0].issuer, eppn(after.assertions[0])) == (plain.issuer, eppn(plain)), "not cut at the comment"
    assert after.assertions[0].audience_restrictions == plain.audience_restrictions
    assert "saml-response/values-hold-no-comments" in failing(with_answer(flow(), etree.tostring(response)))


# --- keys


def test_a_key_in_the_message_is_never_used() -> None:
    """Everything signed by the attacker, whose certificate is embedded in KeyInfo as signxml does it."""
    signed = only_assertion_signed(lambda assertion: resigned(forge(assertion), keys.pair("other")))
    assert signed.find(".//ds:X509Certificate", NS) is not None
    response = read(signed)
    assert states(response) == [("Assertion", "invalid")]
    assert not response.assertions[0].verified


def test_the_idps_certificate_in_keyinfo_lends_nothing_to_another_key() -> None:
    signed = only_assertion_signed(lambda assertion: resigned(forge(assertion), keys.pair("other")))
    one(signed, ".//ds:X509Certificate").text = one(root(), "ds:Signature//ds:X509Certificate").text
    assert states(read(signed)) == [("Assertion", "invalid")]


def test_another_certificate_in_keyinfo_takes_nothing_from_the_idps_key() -> None:
    response = only_assertion_signed()
    one(response, ".//ds:X509Certificate").text = "".join(keys.certificate("other").decode().splitlines()[1:-1])
    assert states(read(response)) == [("Assertion", "valid")]


@pytest.mark.parametrize(
    "inside", ["<ds:KeyName>signing</ds:KeyName>", "<ds:RetrievalMethod URI='http://127.0.0.1:9/key'/>", "<ds:KeyValue/>", "<x/>", ""]
)
def test_odd_key_info_is_not_looked_at(inside: str) -> None:
    response = only_assertion_signed()
    info = one(response, ".//ds:KeyInfo")
    info.getparent().replace(info, etree.fromstring(f'<ds:KeyInfo xmlns:ds="{DS}">{inside}</ds:KeyInfo>'))
    assert states(read(response)) == [("Assertion", "valid")]


def test_no_key_at_all() -> None:
    response = read_response(answer(flow()), HERE, ())
    assert isinstance(response, Response)
    assert states(response) == [("Response", "invalid"), ("Assertion", "invalid")]


@pytest.mark.parametrize("secret", ["certificate", "public key", "der"])
def test_hmac_with_the_public_key_as_secret_is_refused_before_a_key_is_tried(secret: str) -> None:
    pem = keys.certificate("signing")
    public = keys.private("signing").public_key()
    known = {
        "certificate": pem,
        "public key": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "der": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    }[secret]
    key = xmlsec.Key.from_binary_data(xmlsec.constants.KeyDataHmac, known)
    signed = templated(reference(f"#{assertion_id()}"), method="http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", key=key, change=forge)
    value = base64.b64decode(one(signed, ".//ds:SignatureValue").text)
    info = etree.tostring(one(signed, ".//ds:SignedInfo"), method="c14n", exclusive=True)
    assert value == hmac.new(known, info, hashlib.sha256).digest(), "the mutant is what it says"
    assert states(read(signed)) == [("Assertion", "refused")]


@pytest.mark.parametrize(
    ("method", "digest"),
    [
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-md5", None),
        ("http://www.w3.org/2000/09/xmldsig#dsa-sha1", None),
        ("http://www.w3.org/2000/09/xmldsig#hmac-sha1", None),
        ("", None),
        (None, "http://www.w3.org/2001/04/xmldsig-more#md5"),
        (None, ""),
    ],
)
def test_an_algorithm_that_is_not_on_the_list_is_refused(method: str | None, digest: str | None) -> None:
    response = only_assertion_signed()
    if method is not None:
        one(response, ".//ds:SignatureMethod").set("Algorithm", method)
    if digest is not None:
        one(response, ".//ds:DigestMethod").set("Algorithm", digest)
    assert states(read(response)) == [("Assertion", "refused")]


def test_the_time_of_the_recordings_is_the_one_the_tests_expect() -> None:
    assert flow().captured_at == NOW
