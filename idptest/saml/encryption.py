"""EncryptedAssertion (SAML Core 2.3.4, XML Encryption 1.1): decrypted at capture, by python-xmlsec, to bytes that our own parser reads.

The judge never holds a private key: what was decrypted goes into the flow as it came out, and is read in the place, and with the
namespace prefixes, that the EncryptedAssertion has in the response.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

from idptest.model.flow import Decryption
from idptest.model.rule import Words
from idptest.model.saml import EncryptedAssertion
from idptest.saml.xml import DS, NS, SAML, Element, NotXml, Places, parse

AUTHENTICATED = {
    "http://www.w3.org/2009/xmlenc11#aes128-gcm": "AES-128-GCM",
    "http://www.w3.org/2009/xmlenc11#aes192-gcm": "AES-192-GCM",
    "http://www.w3.org/2009/xmlenc11#aes256-gcm": "AES-256-GCM",
}
UNAUTHENTICATED = {
    "http://www.w3.org/2001/04/xmlenc#aes128-cbc": "AES-128-CBC",
    "http://www.w3.org/2001/04/xmlenc#aes192-cbc": "AES-192-CBC",
    "http://www.w3.org/2001/04/xmlenc#aes256-cbc": "AES-256-CBC",
    "http://www.w3.org/2001/04/xmlenc#tripledes-cbc": "3DES-CBC",
}
OAEP = {
    "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p": "RSA-OAEP",
    "http://www.w3.org/2009/xmlenc11#rsa-oaep": "RSA-OAEP",
}
RSA_1_5 = {"http://www.w3.org/2001/04/xmlenc#rsa-1_5": "RSA-1.5"}


def encrypted_assertions(root: Element) -> list[Element]:
    """Those directly below Response; elsewhere they count for nothing."""
    return list(root.findall("saml:EncryptedAssertion", NS))


def decrypt_all(data: bytes, keys: Sequence[bytes]) -> tuple[Decryption, ...]:
    """What each EncryptedAssertion of the response holds, in document order. `keys`: private keys, PEM; several during a rollover.

    Nothing raises: what cannot be read here is the rules' business.
    """
    try:
        root = parse(data)
    except NotXml:
        return ()
    return tuple(_decrypt(element, keys) for element in encrypted_assertions(root))


def _decrypt(encrypted: Element, keys: Sequence[bytes]) -> Decryption:
    import xmlsec

    if not keys:
        return Decryption(None, "we have no key to decrypt with")
    if encrypted.find("xenc:EncryptedData", NS) is None:
        return Decryption(None, "there is no EncryptedData in it")
    said = "none of our keys fits"
    for pem in keys:
        data = _standing_alone(encrypted)
        try:
            manager = xmlsec.KeysManager()
            manager.add_key(xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem, None))
            plain = xmlsec.EncryptionContext(manager).decrypt(data)
        except (xmlsec.Error, xmlsec.InternalError, TypeError, ValueError) as problem:
            if "unsupported" in str(problem).lower():
                said = "our library lacks the algorithm"
            continue
        if isinstance(plain, bytes):
            return Decryption(plain)
    return Decryption(None, said)


def _standing_alone(encrypted: Element) -> Element:
    """The EncryptedData in a document of its own, without Type (so that bytes come back, not nodes), its EncryptedKey inside it.

    Core 2.3.4 lets the EncryptedKey stand beside the EncryptedData; libxmlsec looks inside only.
    """
    whole = parse(_serialised(encrypted))
    data = whole.find("xenc:EncryptedData", NS)
    data.attrib.pop("Type", None)
    info = data.find("ds:KeyInfo", NS)
    if info is None:
        info = data.makeelement(f"{{{DS}}}KeyInfo")
        method = data.find("xenc:EncryptionMethod", NS)
        data.insert(0 if method is None else data.index(method) + 1, info)
    for reference in info.findall("ds:RetrievalMethod", NS):
        info.remove(reference)
    for key in whole.findall("xenc:EncryptedKey", NS):
        info.append(deepcopy(key))
    return data


def _serialised(element: Element) -> bytes:
    from lxml import etree

    return bytes(etree.tostring(element, with_tail=False))


def reveal(root: Element, decrypted: Sequence[Decryption]) -> list[tuple[Element, Element | None, Decryption | None]]:
    """Puts what was decrypted in its place in the tree. (EncryptedAssertion, the Assertion that came out, how) for each.

    The tree changes: signatures over what stood there before have to be verified first.
    """
    found: list[tuple[Element, Element | None, Decryption | None]] = []
    for number, encrypted in enumerate(encrypted_assertions(root)):
        how = decrypted[number] if number < len(decrypted) else None
        inner = None if how is None or how.xml is None else _in_context(encrypted, how.xml)
        if inner is not None:
            encrypted.append(inner)
        found.append((encrypted, inner, how))
    return found


def _in_context(encrypted: Element, xml: bytes) -> Element | None:
    """The Assertion in `xml`, read with the prefixes that are in scope where it stands; None when it is no Assertion."""
    declared = " ".join(
        f'xmlns{":" + prefix if prefix else ""}="{_quoted(uri)}"' for prefix, uri in encrypted.nsmap.items() if prefix != "xml"
    )
    text = xml.lstrip(b"\xef\xbb\xbf")
    if text.lstrip().startswith(b"<?xml"):
        text = text.partition(b"?>")[2]
    try:
        inner = parse(f"<in-context {declared}>".encode() + text + b"</in-context>")
    except NotXml:
        return None
    children = [child for child in inner if isinstance(child.tag, str)]
    return children[0] if len(children) == 1 and children[0].tag == f"{{{SAML}}}Assertion" else None


def _quoted(uri: str) -> str:
    return uri.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def facts(encrypted: Element, inner: Element | None, how: Decryption | None, places: Places) -> EncryptedAssertion:
    """What is seen of the encryption without any key."""
    data = encrypted.find("xenc:EncryptedData", NS)
    key = encrypted.find(".//xenc:EncryptedKey", NS)
    error = None
    if inner is None:
        said = "nobody tried to decrypt it" if how is None else how.error or "what came out is no assertion"
        error = _SAID.get(said, Words(said, said))
    return EncryptedAssertion(
        pointer=places.point(encrypted),
        parts=places.parts(encrypted),
        algorithm=_algorithm(data),
        key_transport=_algorithm(key),
        problem=error,
    )


_SAID = {
    words.en: words
    for words in (
        Words("we have no key to decrypt with", "vi har ingen nyckel att dekryptera med"),
        Words("there is no EncryptedData in it", "det finns inget EncryptedData i det"),
        Words("none of our keys fits", "ingen av våra nycklar passar"),
        Words("our library lacks the algorithm", "vårt bibliotek saknar algoritmen"),
        Words("nobody tried to decrypt it", "ingen försökte dekryptera det"),
        Words("what came out is no assertion", "det som kom ut är inget intyg"),
    )
}


def _algorithm(element: Element | None) -> str | None:
    method = None if element is None else element.find("xenc:EncryptionMethod", NS)
    return None if method is None else method.get("Algorithm")
