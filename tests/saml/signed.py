"""Exempelstad's answers signed anew: with other keys, algorithms and structures. For the tests of signatures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import DigestAlgorithm, SignatureMethod
from signxml.algorithms import CanonicalizationMethod
from signxml.signer import XMLSigner

from idptest.demo import keys
from idptest.model.rule import Pointer
from idptest.model.saml import Assertion, Certificate, Response
from idptest.saml.response import read_response
from idptest.saml.xml import DS, NS
from tests.exempelstad import answer, flow, one

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


def assertion_id() -> str:
    return str(one(root(), "saml:Assertion").get("ID"))
