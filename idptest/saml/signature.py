"""XML signatures, verified in process against the keys that the IdP's metadata holds.

Structure first, keys last. A signature counts only when it stands directly below the element it signs, refers to exactly
that element by an ID which no other element bears, and transforms it by nothing but enveloped-signature and exclusive C14N
without comments (SAML Core 5.4). A key or certificate inside the message is never used.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from idptest.model.rule import Words
from idptest.model.saml import Certificate, Signature
from idptest.saml.xml import DS, NS, SAML, SAMLP, Element, Places

ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"  # of SignedInfo only, where nothing can be smuggled in by it

SIGNATURE_METHODS = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": "RSA-SHA256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384": "RSA-SHA384",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": "RSA-SHA512",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256": "ECDSA-SHA256",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384": "ECDSA-SHA384",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512": "ECDSA-SHA512",
    "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1": "RSA-PSS-SHA256",
    "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1": "RSA-PSS-SHA384",
    "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1": "RSA-PSS-SHA512",
}
DIGEST_METHODS = {
    "http://www.w3.org/2001/04/xmlenc#sha256": "SHA-256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "SHA-384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "SHA-512",
}
# They still verify, so that the rest can be judged; that they are used is a finding of its own.
WEAK_SIGNATURE_METHODS = {
    "http://www.w3.org/2000/09/xmldsig#rsa-sha1": "RSA-SHA1",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1": "ECDSA-SHA1",
}
WEAK_DIGEST_METHODS = {"http://www.w3.org/2000/09/xmldsig#sha1": "SHA-1"}
ACCEPTED_METHODS = SIGNATURE_METHODS | WEAK_SIGNATURE_METHODS
ACCEPTED_DIGESTS = DIGEST_METHODS | WEAK_DIGEST_METHODS


def verify_all(
    root: Element, places: Places, keys: Sequence[Certificate], duplicate_ids: Collection[str]
) -> tuple[tuple[Signature, ...], list[Element]]:
    """Every ds:Signature in the document, and the elements that a valid one covers."""
    facts: list[Signature] = []
    verified: list[Element] = []
    for found in root.iter(f"{{{DS}}}Signature"):
        fact = _verify(found, places, keys, duplicate_ids)
        facts.append(fact)
        if fact.state == "valid":
            verified.append(found.getparent())
    return tuple(facts), verified


def _verify(signature: Element, places: Places, keys: Sequence[Certificate], duplicate_ids: Collection[str]) -> Signature:
    parent = signature.getparent()
    algorithm = algorithm_of(signature, "ds:SignedInfo/ds:SignatureMethod")
    digest = algorithm_of(signature, "ds:SignedInfo/ds:Reference/ds:DigestMethod")
    problem = _structure(signature, parent, duplicate_ids)
    key: int | None = None
    if problem:
        state = "malformed"
    elif algorithm not in ACCEPTED_METHODS or digest not in ACCEPTED_DIGESTS:
        state = "refused"
    else:
        state, key = _with_keys(signature, parent, keys)
    return Signature(
        pointer=places.point(signature),
        parts=places.parts(signature),
        of="" if parent is None else parent.tag.rpartition("}")[2],
        state=state,
        algorithm=algorithm,
        digest=digest,
        problem=problem,
        key=key,
    )


def holds(signature: Element, keys: Sequence[Certificate]) -> bool | None:
    """Does a signature in an element of any kind, such as metadata, verify with one of the keys? None when its form allows no telling."""
    algorithm = algorithm_of(signature, "ds:SignedInfo/ds:SignatureMethod")
    digest = algorithm_of(signature, "ds:SignedInfo/ds:Reference/ds:DigestMethod")
    known = algorithm in ACCEPTED_METHODS and digest in ACCEPTED_DIGESTS
    if not known or not any(key.pem for key in keys) or form_fault(signature, signature.getparent(), ()):
        return None
    return _with_keys(signature, signature.getparent(), keys)[0] == "valid"


def algorithm_of(signature: Element, path: str) -> str | None:
    """The Algorithm of the element at that path."""
    element = signature.find(path, NS)
    return None if element is None else element.get("Algorithm")


def _structure(signature: Element, parent: Element | None, duplicate_ids: Collection[str]) -> Words | None:
    """What makes this signature worth nothing, whatever its key; None when it is sound."""
    if parent is None or parent.tag not in (f"{{{SAMLP}}}Response", f"{{{SAML}}}Assertion"):
        return Words("it stands below neither Response nor Assertion", "den står varken under Response eller Assertion")
    return form_fault(signature, parent, duplicate_ids)


def form_fault(signature: Element, parent: Element, duplicate_ids: Collection[str], whole: bool = False) -> Words | None:
    """The same of what stands in an element that may be signed. `whole`: it is a root, which an empty reference means too."""
    if len(parent.findall("ds:Signature", NS)) > 1:
        return Words("its element bears several signatures", "elementet har flera signaturer")
    if len(signature.findall("ds:SignedInfo", NS)) != 1:
        return Words("it has not exactly one SignedInfo", "den har inte exakt ett SignedInfo")
    references = signature.findall("ds:SignedInfo/ds:Reference", NS)
    if len(references) != 1:
        return Words(f"it has {len(references)} references, not one", f"den har {len(references)} referenser, inte en")
    own, uri = parent.get("ID"), references[0].get("URI")
    if not (whole and uri == "") and (not own or uri != f"#{own}"):
        return Words("its reference is not the ID of the element it stands in", "dess referens är inte ID:t på elementet den står i")
    if uri and not re.fullmatch(r"[\w.\-]+", own):  # such as "xpointer(id('other'))", which the library would follow
        return Words("the ID it refers to is no XML name", "det ID som den refererar till är inget XML-namn")
    if any(name.startswith("{") for element in signature.find("ds:SignedInfo", NS).iter(etree.Element) for name in element.attrib):
        # the library reads an attribute by its local name, whatever its namespace
        return Words("its SignedInfo bears attributes with a prefix", "dess SignedInfo har attribut med prefix")
    if uri and own in duplicate_ids:
        return Words("several elements bear the ID it refers to", "flera element har det ID som den refererar till")
    canonical = algorithm_of(signature, "ds:SignedInfo/ds:CanonicalizationMethod")
    if canonical not in (EXCLUSIVE, INCLUSIVE):
        return Words(f"it is canonicalised by {canonical}", f"den är kanoniserad med {canonical}")
    transforms = [found.get("Algorithm") for found in references[0].iterfind("ds:Transforms/ds:Transform", NS)]
    if not transforms or transforms[0] != ENVELOPED or any(found != EXCLUSIVE for found in transforms[1:]) or len(transforms) > 2:
        listed = ", ".join(str(found) for found in transforms) or "–"
        return Words(
            f"its transforms are not the two that SAML allows ({listed})", f"dess transformer är inte de två som SAML tillåter ({listed})"
        )
    if signature.find(".//ds:Object", NS) is not None:
        return Words("it carries an Object", "den innehåller ett Object")
    return None


def _with_keys(signature: Element, parent: Element, keys: Sequence[Certificate]) -> tuple[str, int | None]:
    """("valid", which key) or ("invalid", None). Every key is tried: the library's errors do not tell why one does not fit."""
    import xmlsec

    xmlsec.tree.add_ids(parent, ["ID"])
    for number, certificate in enumerate(keys, start=1):
        if certificate.pem is None:
            continue
        context = xmlsec.SignatureContext()
        try:
            context.key = library_key(certificate.pem)
            context.verify(signature)
        except xmlsec.Error:
            continue
        return "valid", number
    return "invalid", None


@lru_cache(maxsize=64)
def library_key(pem: bytes) -> Any:
    """The certificate's public key. Raises xmlsec.Error.

    Loading it costs more than a verification with it. A context makes a copy of the key it is given, and a copy of a certificate is dear:
    so it is the bare key, where cryptography knows its kind.
    """
    import xmlsec

    try:
        bare = x509.load_pem_x509_certificate(pem).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        return xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem, None)
    return xmlsec.Key.from_memory(bare, xmlsec.constants.KeyDataFormatPem, None)
