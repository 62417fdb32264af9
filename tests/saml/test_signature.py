"""Signatures that count, and those that must not: wrapping, duplicate ids, confused keys and algorithms, odd transforms.

Mutants are signed with the IdP's own key wherever that makes them more dangerous, so that structure alone has to refuse them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import DigestAlgorithm, SignatureMethod
from signxml.algorithms import CanonicalizationMethod
from signxml.signer import XMLSigner

from idptest.demo import keys
from idptest.model.rule import Pointer
from idptest.model.saml import Assertion, Certificate, Response
from idptest.saml.response import read_response
from idptest.saml.signature import ACCEPTED_METHODS
from idptest.saml.xml import DS, NS, SAML, SAMLP
from tests.exempelstad import NOW, answer, failing, flow, one, with_answer

HERE = Pointer("exchange", "", 1)
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
EVIL = "00000000-0000-4000-8000-000000000666@exempelstad.se"


def certificate(pem: bytes) -> Certificate:
    return Certificate(HERE, {}, pem, None, None, None, None)


IDP = certificate(keys.certificate("signing"))


def read(xml: bytes | Any, *trusted: Certificate) -> Response:
    response = read_response(xml if isinstance(xml, bytes) else etree.tostring(xml), HERE, trusted or (IDP,))
    assert isinstance(response, Response)
    return response


def states(response: Response) -> list[tuple[str, str]]:
    return [(signature.of, signature.state) for signature in response.signatures]


def eppn(assertion: Assertion) -> str:
    return assertion.attributes[0].values[0].text


def root() -> Any:
    return etree.fromstring(answer(flow()))


def forge(element: Any) -> Any:
    """Another person's EPPN in place of the signed one."""
    one(element, ".//saml:AttributeValue").text = EVIL
    return element


def resigned(
    element: Any,
    pair: tuple[Any, bytes] | None = None,
    method: SignatureMethod = SignatureMethod.RSA_SHA256,
    digest: DigestAlgorithm = DigestAlgorithm.SHA256,
) -> Any:
    """The element signed anew by signxml, its old signature dropped, the new one after Issuer."""
    key, cert = pair or keys.pair("signing")
    for old in element.findall("ds:Signature", NS):
        element.remove(old)
    element.insert(1, etree.Element(f"{{{DS}}}Signature", Id="placeholder", nsmap={"ds": DS}))
    signer = XMLSigner(
        signature_algorithm=method, digest_algorithm=digest, c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
    )
    alone = etree.fromstring(etree.tostring(element, with_tail=False))
    return signer.sign(alone, key=key, cert=cert.decode(), reference_uri=f"#{element.get('ID')}", id_attribute="ID")


def only_assertion_signed(sign: Callable[[Any], Any] = resigned) -> Any:
    response = root()
    response.remove(one(response, "ds:Signature"))
    response.replace(one(response, "saml:Assertion"), sign(one(response, "saml:Assertion")))
    return response


def reference(uri: str, transforms: Sequence[str] = (ENVELOPED, EXCLUSIVE), inside: str = "", attributes: str = "") -> str:
    listed = "".join(
        f'<ds:Transform Algorithm="{found}">{inside if found not in (ENVELOPED, EXCLUSIVE) else ""}</ds:Transform>' for found in transforms
    )
    return (
        f'<ds:Reference URI="{uri}" {attributes}><ds:Transforms>{listed}</ds:Transforms>'
        '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference>'
    )


def templated(
    references: str, *, method: str = RSA_SHA256, key: Any = None, canonical: str = EXCLUSIVE, extra: str = "", change: Any = None
) -> Any:
    """A Response whose assertion bears exactly this signature, made by xmlsec, with the IdP's own key unless another is given."""
    response = root()
    response.remove(one(response, "ds:Signature"))
    assertion = one(response, "saml:Assertion")
    assertion.remove(one(assertion, "ds:Signature"))
    signature = etree.fromstring(
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{canonical}"/>'
        f'<ds:SignatureMethod Algorithm="{method}"/>{references}</ds:SignedInfo><ds:SignatureValue/>{extra}</ds:Signature>'
    )
    assertion.insert(1, signature)
    if change:
        change(response)
    context = xmlsec.SignatureContext()
    context.key = key or idp_key()
    xmlsec.tree.add_ids(response, ["ID"])
    context.sign(signature)
    return etree.fromstring(etree.tostring(response))


def idp_key() -> Any:
    pem = keys.private("signing").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem, None)


@cache
def own(kind: str) -> tuple[Any, bytes]:
    """A fresh key of that kind and its certificate."""
    key: Any = (
        ed25519.Ed25519PrivateKey.generate()
        if kind == "Ed25519"
        else ec.generate_private_key({"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}[kind])
    )
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, kind)])
    builder = x509.CertificateBuilder(who, who, key.public_key(), 1, datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC))
    return key, builder.sign(key, None if kind == "Ed25519" else hashes.SHA256()).public_bytes(Encoding.PEM)


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


def assertion_id() -> str:
    return str(one(root(), "saml:Assertion").get("ID"))


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


# --- wrapping, after Somorovsky et al., "On Breaking SAML: Be Whoever You Want to Be" (2012)


def _wrap(build: Callable[[Any, Any], Any], signed: Callable[[], Any]) -> Any:
    """`build(evil, original)` where evil is the whole message with a forged person and ids of its own, signatures as they were."""
    original = signed()
    evil = deepcopy(original)
    forge(evil)
    return build(evil, original)


def _extensions(response: Any) -> Any:
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    response.insert(1, extensions)
    return extensions


def _fresh(element: Any) -> Any:
    element.set("ID", "evil")
    return element


def _object(signature: Any, content: Any) -> None:
    etree.SubElement(signature, f"{{{DS}}}Object").append(content)


def _xsw1(evil: Any, original: Any) -> Any:
    """The original Response inside the forged one's signature, detached."""
    signature = one(evil, "ds:Signature")
    original.remove(one(original, "ds:Signature"))
    _fresh(evil)
    _object(signature, original)
    return evil


def _xsw2(evil: Any, original: Any) -> Any:
    """The original Response before the forged one's signature."""
    original.remove(one(original, "ds:Signature"))
    _fresh(evil).insert(1, original)
    return evil


def _xsw3(evil: Any, original: Any) -> Any:
    """The forged assertion before the original."""
    forged = _fresh(one(evil, "saml:Assertion"))
    forged.remove(one(forged, "ds:Signature"))
    original.insert(list(original).index(one(original, "saml:Assertion")), forged)
    return original


def _xsw4(evil: Any, original: Any) -> Any:
    """The original inside the forged assertion."""
    forged = _fresh(one(evil, "saml:Assertion"))
    forged.remove(one(forged, "ds:Signature"))
    inner = one(original, "saml:Assertion")
    original.replace(inner, forged)
    forged.append(inner)
    return original


def _xsw5(evil: Any, original: Any) -> Any:
    """The forged assertion keeps the signature; the original without it comes after."""
    forged = _fresh(one(evil, "saml:Assertion"))
    inner = one(original, "saml:Assertion")
    inner.remove(one(inner, "ds:Signature"))
    original.replace(inner, forged)
    original.append(inner)
    return original


def _xsw6(evil: Any, original: Any) -> Any:
    """The original without signature inside the signature of the forged assertion."""
    forged = _fresh(one(evil, "saml:Assertion"))
    inner = one(original, "saml:Assertion")
    inner.remove(one(inner, "ds:Signature"))
    original.replace(inner, forged)
    one(forged, "ds:Signature").append(inner)
    return original


def _xsw7(evil: Any, original: Any) -> Any:
    """The forged assertion, with the original's ID, inside Extensions."""
    forged = one(evil, "saml:Assertion")
    forged.remove(one(forged, "ds:Signature"))
    _extensions(original).append(forged)
    return original


def _xsw8(evil: Any, original: Any) -> Any:
    """The original without signature inside an Object of the forged assertion's signature."""
    forged = one(evil, "saml:Assertion")
    inner = one(original, "saml:Assertion")
    inner.remove(one(inner, "ds:Signature"))
    original.replace(inner, forged)
    _object(one(forged, "ds:Signature"), inner)
    return original


def _in_extensions(evil: Any, original: Any) -> Any:
    """The signed original inside Extensions, the forged one unsigned in its place."""
    forged = _fresh(one(evil, "saml:Assertion"))
    forged.remove(one(forged, "ds:Signature"))
    inner = one(original, "saml:Assertion")
    original.replace(inner, forged)
    _extensions(original).append(inner)
    return original


def _in_key_info(evil: Any, original: Any) -> Any:
    """The signed original inside KeyInfo of the forged assertion's signature."""
    forged = _fresh(one(evil, "saml:Assertion"))
    inner = one(original, "saml:Assertion")
    original.replace(inner, forged)
    one(forged, ".//ds:KeyInfo").append(inner)
    return original


def _same_id(evil: Any, original: Any) -> Any:
    """Two assertions with one ID, the forged first, both with the signature."""
    original.insert(list(original).index(one(original, "saml:Assertion")), one(evil, "saml:Assertion"))
    return original


def _response_in_response(evil: Any, original: Any) -> Any:
    """The whole signed Response inside the Extensions of a forged, unsigned one."""
    _fresh(evil).remove(one(evil, "ds:Signature"))
    inner = one(evil, "saml:Assertion")
    inner.remove(one(inner, "ds:Signature"))
    _extensions(evil).append(original)
    return evil


WRAPPED_ASSERTIONS = [_xsw3, _xsw4, _xsw5, _xsw6, _xsw7, _xsw8, _in_extensions, _in_key_info, _same_id]
WRAPPED_RESPONSES = [_xsw1, _xsw2, _response_in_response]


@pytest.mark.parametrize("build", [*WRAPPED_ASSERTIONS, *WRAPPED_RESPONSES], ids=lambda build: build.__name__.strip("_"))
def test_wrapping_never_makes_the_forged_assertion_verified_and_is_refused(build: Callable[[Any, Any], Any]) -> None:
    signed = only_assertion_signed if build in WRAPPED_ASSERTIONS else root
    xml = etree.tostring(_wrap(build, signed))
    response = read(xml)
    forged = [assertion for assertion in response.assertions if eppn(assertion) == EVIL]
    assert not any(assertion.verified for assertion in forged)
    wrapped = with_answer(flow(), xml)
    assert failing(wrapped) & {
        "saml-signature/identity-is-signed-by-a-metadata-key",
        "saml-response/has-exactly-one-assertion",
        "saml-response/ids-are-unique",
        "saml-signature/covers-the-element-it-stands-in",
    }
    if response.assertions[0].verified is False and len(response.assertions) == 1:
        assert "saml-signature/identity-is-signed-by-a-metadata-key" in failing(wrapped)


@pytest.mark.parametrize("build", WRAPPED_ASSERTIONS, ids=lambda build: build.__name__.strip("_"))
def test_a_wrapped_assertion_never_lends_its_name(build: Callable[[Any, Any], Any]) -> None:
    """Where something is trusted, it is the original person."""
    from idptest.validator import judge

    login = judge(with_answer(flow(), etree.tostring(_wrap(build, only_assertion_signed)))).login
    if login.trusted:
        assert login.principal_name is not None
        assert EVIL not in login.principal_name.values


def test_the_time_of_the_recordings_is_the_one_the_tests_expect() -> None:
    assert flow().captured_at == NOW
