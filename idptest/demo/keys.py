"""Exempelstad's keys, from package data, with certificates made as they are asked for. They protect nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from idptest import resources

# Long enough that no demo ever meets its end, and therefore 3072 bits (SWAMID SAML WebSSO 5.2.1).
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2056, 1, 1, tzinfo=UTC)


@cache
def private(name: str) -> Any:
    """ "signing", "other" (not in the metadata), "weak" (1024 bits), or "sp": what the demo's SP decrypts with; "federation" signs its feed."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return load_pem_private_key(pem(name), None, unsafe_skip_rsa_key_validation=True)


@cache
def certificate(name: str, start: datetime = START, end: datetime = END, issuer: str | None = None) -> bytes:
    """A self-signed certificate, PEM; with `issuer`, one that says that somebody else issued it. The same arguments give the same bytes."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    key = private(name)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Exempelstad {name}")])
    return (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]) if issuer else who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(end)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )


def pair(name: str) -> tuple[Any, bytes]:
    return private(name), certificate(name)


def pem(name: str) -> bytes:
    """The private key, PEM."""
    return resources.read(resources.METADATA, "exempelstad", f"{name}-key.pem")
