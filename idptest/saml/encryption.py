"""EncryptedAssertion (SAML Core 2.3.4, XML Encryption 1.1): decrypted at capture, by python-xmlsec, to bytes that our own parser reads.

The judge never holds a private key: what was decrypted goes into the flow as it came out, and is read in the place, and with the
namespace prefixes, that the EncryptedAssertion has in the response.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from lxml import etree

from idptest.model.flow import Decryption
from idptest.model.rule import Words
from idptest.model.saml import EncryptedAssertion
from idptest.saml.xml import DS, NS, SAML, XENC, Element, NotXml, Places, crowded, parse, text

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
    found = encrypted_assertions(root)
    if not found or crowded(root):
        return ()
    managers = [_manager(pem) for pem in keys]
    return tuple(_decrypt(element, managers) for element in found)


def _manager(pem: bytes) -> Any:
    import xmlsec

    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem, None))
    return manager


def _decrypt(encrypted: Element, managers: Sequence[Any]) -> Decryption:
    import xmlsec

    if not managers:
        return Decryption(None, "we have no key to decrypt with")
    if encrypted.find("xenc:EncryptedData", NS) is None:
        return Decryption(None, "there is no EncryptedData in it")
    said = "none of our keys fits"
    for manager in managers:
        data = _bare(encrypted)
        if data is None:
            return Decryption(None, "its cipher text is not in the message")
        try:
            plain = xmlsec.EncryptionContext(manager).decrypt(data)
        except (xmlsec.Error, xmlsec.InternalError, TypeError, ValueError) as problem:
            if "unsupported" in str(problem).lower():
                said = "our library lacks the algorithm"
            continue
        if isinstance(plain, bytes):
            return Decryption(plain)
    return Decryption(None, said)


def _bare(encrypted: Element) -> Element | None:
    """A new EncryptedData with the algorithms, the encrypted keys and the cipher text of this one, and nothing else; None without cipher text.

    Without Type bytes come back, not nodes. The EncryptedKey may stand beside the EncryptedData (Core 2.3.4); libxmlsec looks inside only.
    And it follows whatever refers to somewhere else: a CipherReference would have it read this computer's files.
    """
    theirs = encrypted.find("xenc:EncryptedData", NS)
    bare = etree.Element(f"{{{XENC}}}EncryptedData", nsmap={"xenc": XENC, "ds": DS})
    _add_method(bare, theirs)
    info = etree.SubElement(bare, f"{{{DS}}}KeyInfo")
    for key in (*theirs.findall("ds:KeyInfo/xenc:EncryptedKey", NS), *encrypted.findall("xenc:EncryptedKey", NS)):
        ours = etree.SubElement(info, f"{{{XENC}}}EncryptedKey")
        _add_method(ours, key)
        if not _add_cipher_text(ours, key):
            info.remove(ours)
    return bare if _add_cipher_text(bare, theirs) else None


def _add_method(to: Element, of: Element) -> None:
    method = of.find("xenc:EncryptionMethod", NS)
    if method is not None:
        to.append(deepcopy(method))


def _add_cipher_text(to: Element, of: Element) -> bool:
    value = text(of.find("xenc:CipherData/xenc:CipherValue", NS))
    if value is None:
        return False
    etree.SubElement(etree.SubElement(to, f"{{{XENC}}}CipherData"), f"{{{XENC}}}CipherValue").text = value
    return True


@dataclass(frozen=True)
class Revealed:
    """An EncryptedAssertion of the response, and what is known of its inside.

    `assertion` stands alone in `document`, a document of its own, with the prefixes that are in scope where it was encrypted: in the
    response's own tree lxml would rename the prefixes of whatever is put there, and its signature would no longer hold.
    """

    encrypted: Element
    how: Decryption | None
    document: Element | None = None
    assertion: Element | None = None


def reveal(root: Element, decrypted: Sequence[Decryption]) -> list[Revealed]:
    """Each EncryptedAssertion of the response, with what was `decrypted` of them, in document order."""
    found: list[Revealed] = []
    for number, encrypted in enumerate(encrypted_assertions(root)):
        how = decrypted[number] if number < len(decrypted) else None
        document = None if how is None or how.xml is None else _in_context(encrypted, how.xml)
        found.append(Revealed(encrypted, how) if document is None else Revealed(encrypted, how, document, document[0]))
    return found


def _in_context(encrypted: Element, xml: bytes) -> Element | None:
    """A document with the Assertion in `xml` as its only child, and with the prefixes of its place; None when it is no Assertion."""
    declared = " ".join(
        f'xmlns{":" + prefix if prefix else ""}="{_quoted(uri)}"' for prefix, uri in encrypted.nsmap.items() if prefix != "xml"
    )
    inner = xml.lstrip(b"\xef\xbb\xbf")
    if inner.lstrip().startswith(b"<?xml"):
        inner = inner.partition(b"?>")[2]
    try:
        document = parse(f"<in-context {declared}>".encode() + inner + b"</in-context>")
    except NotXml:
        return None
    for node in document.xpath("comment() | processing-instruction()"):
        document.remove(node)
    return document if [child.tag for child in document] == [f"{{{SAML}}}Assertion"] else None


def _quoted(uri: str) -> str:
    return uri.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def facts(found: Revealed, places: Places) -> EncryptedAssertion:
    """What is seen of the encryption without any key."""
    encrypted, how = found.encrypted, found.how
    data = encrypted.find("xenc:EncryptedData", NS)
    key = encrypted.find(".//xenc:EncryptedKey", NS)
    error = None
    if found.assertion is None:
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
        Words("its cipher text is not in the message", "den krypterade texten finns inte i meddelandet"),
        Words("none of our keys fits", "ingen av våra nycklar passar"),
        Words("our library lacks the algorithm", "vårt bibliotek klarar inte algoritmen"),
        Words("nobody tried to decrypt it", "ingen försökte dekryptera det"),
        Words("what came out is no assertion", "det som kom ut är inget intyg"),
    )
}


def _algorithm(element: Element | None) -> str | None:
    method = None if element is None else element.find("xenc:EncryptionMethod", NS)
    return None if method is None else method.get("Algorithm")
