"""Encryption."""

from __future__ import annotations

from idptest.demo import changes
from idptest.demo.defect import Defect
from idptest.model.rule import Words

_STOCK = "login/a-stock-sp-accepts-it"

DEFECTS: tuple[Defect, ...] = (
    Defect(
        "encrypted-for-another",
        Words("the assertion is encrypted for another service", "intyget är krypterat för en annan tjänst"),
        (_STOCK, "saml-encryption/assertion-can-be-decrypted"),
        answer=changes.answered(cipher="aes256-gcm", encrypt_for="other"),
    ),
    Defect(
        "encrypted-with-cbc",
        Words("the assertion is encrypted with CBC", "intyget är krypterat med CBC"),
        ("saml-encryption/cipher-is-authenticated",),
        answer=changes.answered(cipher="aes256-cbc"),
    ),
    Defect(
        "encrypted-with-rsa-1-5",
        Words("the key is encrypted with RSA 1.5", "nyckeln är krypterad med RSA 1.5"),
        ("saml-encryption/key-transport-is-oaep",),
        answer=changes.answered(cipher="aes256-gcm", key_transport="rsa-1_5"),
    ),
)
