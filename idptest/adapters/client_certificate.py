"""A client certificate and its key, from a PEM or a P12 (PFX) file."""

from __future__ import annotations

import os
import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from idptest.adapters.store import read_file
from idptest.errors import ConfigurationError

FACTOR = "client-certificate"
_MAX = 1024 * 1024  # bytes


@dataclass(frozen=True)
class ClientCertificate:
    """`chain` is the certificate and those it came with, `key` its private key without a password; both PEM."""

    chain: bytes
    key: bytes = field(repr=False)

    def into(self, context: ssl.SSLContext) -> None:
        """`ssl` reads certificates from files only: it gets one that nobody else can read, for as long as that takes."""
        handle, name = tempfile.mkstemp(prefix="idptest-")  # mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(self.key + self.chain)
            context.load_cert_chain(name)
        finally:
            Path(name).unlink(missing_ok=True)


def load(path: Path, password: str | None, where: str) -> ClientCertificate:
    """`where` names the setting. Raises ConfigurationError, InputError."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    data = read_file(path, _MAX)
    secret = password.encode() if password else None
    try:
        key, certificates = _pem(data, secret) if b"-----BEGIN" in data else _p12(data, secret)
    except (ValueError, TypeError) as problem:
        if password is None and "password" in str(problem).lower():
            raise ConfigurationError(
                f"{where}: the file has a password; put it in an environment variable and write its name in client_certificate_password_env",
                f"{where}: filen har ett lösenord; lägg det i en miljövariabel och skriv dess namn i client_certificate_password_env",
            ) from None
        raise ConfigurationError(
            f"{where}: the file is no certificate with its private key (PEM, or P12 with the right password): {path.name}",
            f"{where}: filen är inget certifikat med sin privata nyckel (PEM, eller P12 med rätt lösenord): {path.name}",
        ) from None
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    own = [each for each in certificates if each.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == public]
    if not own:
        raise ConfigurationError(
            f"{where}: the private key in {path.name} is not the certificate's",
            f"{where}: den privata nyckeln i {path.name} hör inte till certifikatet",
        )
    chain = [own[0], *(each for each in certificates if each != own[0])]
    return ClientCertificate(
        b"".join(each.public_bytes(Encoding.PEM) for each in chain),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )


def _pem(data: bytes, password: bytes | None) -> tuple[Any, list[Any]]:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificates

    try:
        key = load_pem_private_key(data, password)
    except TypeError as problem:  # a password for a key that has none is no trouble
        if password is None or "not encrypted" not in str(problem):
            raise
        key = load_pem_private_key(data, None)
    return key, load_pem_x509_certificates(data)


def _p12(data: bytes, password: bytes | None) -> tuple[Any, list[Any]]:
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

    key, certificate, others = load_key_and_certificates(data, password)
    if key is None or certificate is None:
        raise ValueError("a key or a certificate is missing")
    return key, [certificate, *others]
