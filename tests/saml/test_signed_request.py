"""Signed requests: the query's signature as cryptography sees it, the XML's as signxml does; neither is our own verifier."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from signxml import XMLVerifier
from signxml.exceptions import InvalidDigest, InvalidInput

from idptest.demo import keys
from idptest.model.flow import HttpRequest, Sent
from idptest.saml import bindings
from idptest.saml.request import Signer, authn_request, message
from idptest.saml.xml import NS
from tests.saml.schemas import faults
from tests.saml.test_request import REQUESTS, SENT

SIGNER = Signer(keys.pem("sp"), keys.certificate("sp"))
CERTIFICATE = x509.load_pem_x509_certificate(SIGNER.certificate)
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
WAYS = [
    *REQUESTS,
    replace(SENT, is_passive=True, force_authn=False),
    replace(SENT, name_id_format=TRANSIENT, acs_index=0),
    replace(SENT, relay_state=" å&+=%20#é "),
    replace(SENT, relay_state=""),
]
# An XML document holds no control characters but these three, and no surrogates.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=60)


def by(binding: str, sent: Sent, signed: bool = True) -> HttpRequest:
    return message(replace(sent, binding=binding, signed=signed), SIGNER)


def own_query(request: HttpRequest, sent: Sent) -> str:
    """The query without what the endpoint's address has of its own."""
    return urlsplit(request.url).query.removeprefix(urlsplit(sent.destination).query).removeprefix("&")


def verify_query(query: str) -> None:
    """As Bindings 3.4.4.1 tells the receiver: over the octets as they came, in this order. Raises InvalidSignature."""
    came = dict(piece.split("=", 1) for piece in query.split("&"))
    octets = "&".join(f"{name}={came[name]}" for name in ("SAMLRequest", "RelayState", "SigAlg") if name in came).encode("ascii")
    key = CERTIFICATE.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert unquote_plus(came["SigAlg"]) == "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    key.verify(base64.b64decode(unquote_plus(came["Signature"]), validate=True), octets, padding.PKCS1v15(), SHA256())


def posted(request: HttpRequest) -> bytes:
    assert (request.method, request.form is None) == ("POST", False)
    return base64.b64decode(dict(request.form or ())["SAMLRequest"], validate=True)


def verified(xml: bytes) -> Any:
    """The element that the signature covers, as signxml sees it."""
    return XMLVerifier().verify(etree.fromstring(xml), x509_cert=CERTIFICATE, id_attribute="ID").signed_xml


@pytest.mark.parametrize("sent", WAYS)
def test_the_query_is_signed_over_the_octets_that_are_sent(sent: Sent) -> None:
    request = by(bindings.REDIRECT, sent)
    query = own_query(request, sent)
    names = [piece.partition("=")[0] for piece in query.split("&")]
    assert names == ["SAMLRequest", *(["RelayState"] if sent.relay_state is not None else []), "SigAlg", "Signature"]
    verify_query(query)
    xml = bindings.inflate(dict(parse_qsl(query))["SAMLRequest"])
    assert xml == authn_request(sent), "the XML itself bears no signature: Bindings 3.4.4.1"
    assert dict(parse_qsl(query, keep_blank_values=True)).get("RelayState") == sent.relay_state


def test_a_query_that_was_changed_does_not_verify() -> None:
    query = own_query(by(bindings.REDIRECT, SENT), SENT)
    for old, new in (("RelayState=id-2", "RelayState=id-3"), ("RelayState=id-2&", ""), ("SAMLRequest=", "SAMLRequest=A")):
        assert old in query
        with pytest.raises(InvalidSignature):
            verify_query(query.replace(old, new))


@pytest.mark.parametrize("sent", WAYS)
def test_a_posted_request_is_signed_and_still_valid_by_the_schema(sent: Sent) -> None:
    request = by(bindings.POST, sent)
    assert request.url == sent.destination
    assert dict(request.form or ()).get("RelayState") == sent.relay_state
    xml = posted(request)
    assert faults("protocol", xml) == []
    signed = verified(xml)
    assert signed.get("ID") == sent.request_id
    # Without its signature it says what the unsigned request says.
    root = etree.fromstring(xml)
    [signature] = root.findall("ds:Signature", NS)
    assert signature.getprevious().tag == f"{{{NS['saml']}}}Issuer"
    shown = base64.b64decode(signature.findtext(".//ds:X509Certificate", namespaces=NS))
    assert x509.load_der_x509_certificate(shown) == CERTIFICATE, "some IdPs look for it here"
    root.remove(signature)
    assert etree.tostring(root, method="c14n") == etree.tostring(etree.fromstring(authn_request(sent)), method="c14n")


def test_a_posted_request_that_was_changed_does_not_verify() -> None:
    xml = posted(by(bindings.POST, SENT))
    with pytest.raises(InvalidDigest):
        verified(xml.replace(b"/saml/acs", b"/saml/acx"))
    with pytest.raises(InvalidInput):
        verified(authn_request(SENT))


@pytest.mark.parametrize("binding", [bindings.REDIRECT, bindings.POST])
def test_the_key_is_used_only_when_the_request_is_to_be_signed(binding: str) -> None:
    plain = by(binding, SENT, signed=False)
    assert plain == message(replace(SENT, binding=binding))
    assert "Signature" not in plain.url
    assert plain.form is None or b"Signature" not in posted(plain)
    with pytest.raises(ValueError, match="nothing to sign it with"):
        message(replace(SENT, binding=binding, signed=True))


@settings(max_examples=40, deadline=None)  # an RSA signature takes milliseconds
@given(TEXT, TEXT)
def test_whatever_is_in_it_the_receiver_verifies_and_reads_what_was_sent(relay_state: str, issuer: str) -> None:
    sent = replace(SENT, relay_state=relay_state, sp_entity_id=issuer)
    request = by(bindings.REDIRECT, sent)
    request.url.encode("ascii")
    query = own_query(request, sent)
    verify_query(query)
    fields = dict(parse_qsl(query, keep_blank_values=True))
    assert fields["RelayState"] == relay_state
    assert bindings.inflate(fields["SAMLRequest"]) == bindings.decode_redirect(fields["SAMLRequest"]) == authn_request(sent)

    form = dict(by(bindings.POST, sent).form or ())
    assert form["RelayState"] == relay_state
    xml = bindings.decode_post(form["SAMLRequest"])
    assert xml is not None
    assert (verified(xml).findtext("saml:Issuer", namespaces=NS) or "") == issuer


@given(st.binary(max_size=300), st.text(max_size=30))
def test_any_bytes_survive_the_post(data: bytes, relay_state: str) -> None:
    request = bindings.post("https://idp/sso", data, relay_state)
    form = dict(request.form or ())
    assert bindings.decode_post(form["SAMLRequest"]) == data
    assert form["RelayState"] == relay_state
