"""Encrypts an assertion as an IdP would, with `cryptography`: judge and forger share no code.

XML Encryption 1.1, 5.2 (block ciphers) and 5.5 (key transport).
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from lxml import etree

from idptest.saml.xml import DS, SAML, XENC, XENC11, Element

# name → (URI, key length in bytes)
CIPHERS = {
    "aes128-gcm": (f"{XENC11}aes128-gcm", 16),
    "aes256-gcm": (f"{XENC11}aes256-gcm", 32),
    "aes128-cbc": (f"{XENC}aes128-cbc", 16),
    "aes256-cbc": (f"{XENC}aes256-cbc", 32),
}
# name → (URI, digest of OAEP, digest of its mask function); None: PKCS #1 1.5
TRANSPORTS: dict[str, tuple[str, str | None, str | None]] = {
    "oaep-sha1": (f"{XENC}rsa-oaep-mgf1p", "sha1", "sha1"),
    "oaep-sha256-mgf1-sha1": (f"{XENC}rsa-oaep-mgf1p", "sha256", "sha1"),
    "oaep-sha256": (f"{XENC11}rsa-oaep", "sha256", "sha256"),
    "rsa-1_5": (f"{XENC}rsa-1_5", None, None),
}
_DIGESTS = {"sha1": "http://www.w3.org/2000/09/xmldsig#sha1", "sha256": "http://www.w3.org/2001/04/xmlenc#sha256"}
_MGF = {"sha1": f"{XENC11}mgf1sha1", "sha256": f"{XENC11}mgf1sha256"}


def encrypted(plain: bytes, public_key: Any, cipher: str, transport: str, seed: bytes, *, key_beside: bool = False) -> Element:
    """The EncryptedAssertion. `seed` makes key and IV; the padding of the key transport is random, so two are never alike.

    `key_beside`: the EncryptedKey stands beside the EncryptedData instead of in it, as Core 2.3.4 allows.
    """
    uri, length = CIPHERS[cipher]
    key = hashlib.sha256(b"key" + seed).digest()[:length]
    iv = hashlib.sha256(b"iv" + seed).digest()[: 12 if "gcm" in cipher else 16]
    root = etree.Element(f"{{{SAML}}}EncryptedAssertion", nsmap={"saml": SAML, "xenc": XENC, "ds": DS, "xenc11": XENC11})
    data = etree.SubElement(root, f"{{{XENC}}}EncryptedData", Type=f"{XENC}Element")
    etree.SubElement(data, f"{{{XENC}}}EncryptionMethod", Algorithm=uri)
    holder = root if key_beside else etree.SubElement(data, f"{{{DS}}}KeyInfo")
    encrypted_key = etree.SubElement(holder, f"{{{XENC}}}EncryptedKey")
    _method(encrypted_key, transport)
    _cipher_value(encrypted_key, _wrapped(key, public_key, transport))
    _cipher_value(data, iv + _ciphered(plain, key, iv, cipher))
    return root


def _method(encrypted_key: Element, transport: str) -> None:
    uri, digest, mask = TRANSPORTS[transport]
    method = etree.SubElement(encrypted_key, f"{{{XENC}}}EncryptionMethod", Algorithm=uri)
    if digest:
        etree.SubElement(method, f"{{{DS}}}DigestMethod", Algorithm=_DIGESTS[digest])
    if mask and uri.startswith(XENC11):
        etree.SubElement(method, f"{{{XENC11}}}MGF", Algorithm=_MGF[mask])


def _cipher_value(parent: Element, value: bytes) -> None:
    data = etree.SubElement(parent, f"{{{XENC}}}CipherData")
    etree.SubElement(data, f"{{{XENC}}}CipherValue").text = base64.b64encode(value).decode()


def _wrapped(key: bytes, public_key: Any, transport: str) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    named = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}  # noqa: S303 - what the default of RSA-OAEP is
    _, digest, mask = TRANSPORTS[transport]
    if digest is None or mask is None:
        return bytes(public_key.encrypt(key, padding.PKCS1v15()))
    return bytes(public_key.encrypt(key, padding.OAEP(padding.MGF1(named[mask]), named[digest], None)))


def _ciphered(plain: bytes, key: bytes, iv: bytes, cipher: str) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if "gcm" in cipher:
        return AESGCM(key).encrypt(iv, plain, None)
    pad = 16 - len(plain) % 16
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(plain + bytes(pad - 1) + bytes([pad])) + encryptor.finalize()
