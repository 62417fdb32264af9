"""Our keys and certificates as they lie in the workspace, for the preflight: whatever is wrong with one is data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from idptest.adapters.keys import KEYS
from idptest.adapters.store import read_file
from idptest.errors import InputError
from idptest.model.preflight import OwnKey
from idptest.model.rule import Words

_NO_KEY = Words("there is no private key in PEM in it", "den innehåller ingen privat nyckel i PEM-format")
_NO_CERTIFICATE = Words("there is no certificate in PEM in it", "den innehåller inget certifikat i PEM-format")


def own_keys(folder: Path) -> list[OwnKey]:
    """The pairs that our metadata shows: for signing and for encryption, and the new ones during a rollover."""
    names = [name for name in ("sp-new", "encryption-new") if any(path.exists() for path in _pair(folder, name))]
    return [_own_key(folder, name) for name in ("sp", "encryption", *names)]


def _pair(folder: Path, name: str) -> tuple[Path, Path]:
    return folder / KEYS / f"{name}-key.pem", folder / KEYS / f"{name}-cert.pem"


def _own_key(folder: Path, name: str) -> OwnKey:
    found = []
    for path in _pair(folder, name):
        try:
            found.append(read_file(path))
        except InputError as problem:
            return OwnKey(name, _about(path, problem.words))
    return described(name, *found)


def described(name: str, key_pem: bytes, certificate_pem: bytes) -> OwnKey:
    """What a key and its certificate are, both PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key_path, certificate_path = _pair(Path(), name)
    try:
        key: Any = load_pem_private_key(key_pem, None)
    except Exception:  # cryptography and its backend raise many kinds for a broken key
        return OwnKey(name, _about(key_path, _NO_KEY))
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem)
        same = certificate.public_key() == key.public_key()
    except Exception:  # as above
        return OwnKey(name, _about(certificate_path, _NO_CERTIFICATE))
    return OwnKey(
        name,
        belong_together=same,
        algorithm=_algorithm(key),
        bits=getattr(key, "key_size", None),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def _about(path: Path, words: Words) -> Words:
    return Words(f"{path.name}: {words.en}", f"{path.name}: {words.sv}")


def _algorithm(key: Any) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if isinstance(key, rsa.RSAPrivateKey):
        return "RSA"
    return "EC" if isinstance(key, ec.EllipticCurvePrivateKey) else type(key).__name__.strip("_").removesuffix("PrivateKey")
