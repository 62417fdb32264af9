"""Our own keys: made once by `idptest init`, kept 0600 in the workspace, outside git."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from idptest.adapters.store import read_file, write
from idptest.errors import ConfigurationError
from idptest.saml.request import Signer

KEYS = Path(".idptest") / "keys"
_YEARS = 10


def make(folder: Path, name: str, common_name: str, names: Sequence[str] = ()) -> Path:
    """A new RSA key of 3072 bits and its self-signed certificate, in the workspace; where the certificate is. Nothing is overwritten.

    `names` are hosts and addresses that a TLS certificate is for.
    """
    path = folder / KEYS / f"{name}-cert.pem"
    write_pair(folder / KEYS / f"{name}-key.pem", path, common_name, names)
    return path


def write_pair(key_path: Path, certificate_path: Path, common_name: str, names: Sequence[str] = ()) -> None:
    """The same, where one wants them. Raises ConfigurationError, also when one of them is there already."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])
    now = datetime.now(UTC).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=365 * _YEARS))
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_host(each) for each in names]), critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    write(key_path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), overwrite=False)
    try:
        write(certificate_path, certificate.public_bytes(Encoding.PEM), overwrite=False)
    except ConfigurationError:
        key_path.unlink(missing_ok=True)  # of no use without it, and in the way of the next try
        raise


def _host(name: str) -> Any:
    from cryptography import x509

    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def certificates(folder: Path, name: str) -> list[bytes]:
    """The certificates of that name, PEM: `sp-cert.pem` and, during a rollover, `sp-new-cert.pem`. Raises ConfigurationError."""
    found = [path for path in (folder / KEYS / f"{name}-cert.pem", folder / KEYS / f"{name}-new-cert.pem") if path.is_file()]
    if not found:
        raise ConfigurationError(
            "the SP's certificate is missing; idptest init makes one",
            "SP:ns certifikat saknas; idptest init skapar ett",
            where=str(KEYS / f"{name}-cert.pem"),
        )
    return [_checked(path) for path in found]


def private_keys(folder: Path, name: str) -> tuple[bytes, ...]:
    """The private keys of that name, PEM: the one in use and, during a rollover, the new one. None when there is none."""
    found = (folder / KEYS / f"{name}-key.pem", folder / KEYS / f"{name}-new-key.pem")
    return tuple(_loadable(path) for path in found if path.is_file())


def signer(folder: Path) -> Signer:
    """The key and certificate that our requests are signed with. Raises ConfigurationError unless both are there and belong together."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    path = KEYS / "sp-key.pem"
    if not (folder / path).is_file():
        raise ConfigurationError(
            "the SP's key is missing; idptest init makes one", "SP:ns nyckel saknas; idptest init skapar en", where=str(path)
        )
    found = Signer(_loadable(folder / path), certificates(folder, "sp")[0])
    key = load_pem_private_key(found.key, None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ConfigurationError(
            "requests are signed with an RSA key, and this is another kind", "frågor signeras med en RSA-nyckel, och det här är en nyckel av annat slag",
            where=str(path),
        )  # fmt: skip
    if x509.load_pem_x509_certificate(found.certificate).public_key() != key.public_key():
        raise ConfigurationError(
            "this key does not belong to sp-cert.pem, which our metadata shows; an IdP would refuse what it signs",
            "den här nyckeln hör inte till sp-cert.pem, som vår metadata visar; en IdP skulle neka det som den signerar",
            where=str(path),
        )
    return found


def pair(key_path: Path, certificate_path: Path) -> tuple[Any, bytes]:
    """A private key (RSA or EC) and its certificate, PEM, from files of the user's. Raises InputError or ConfigurationError."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(_loadable(key_path), None)
    certificate = _checked(certificate_path)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ConfigurationError(
            "feeds are signed with an RSA or EC key, and this is another kind",
            "metadataflöden signeras med en RSA- eller EC-nyckel, och det här är en nyckel av annat slag",
            where=str(key_path),
        )
    if x509.load_pem_x509_certificate(certificate).public_key() != key.public_key():
        raise ConfigurationError(
            f"this key does not belong to {certificate_path}", f"den här nyckeln hör inte till {certificate_path}", where=str(key_path)
        )
    return key, certificate


def _loadable(path: Path) -> bytes:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    pem = read_file(path)
    try:
        load_pem_private_key(pem, None)
    except (ValueError, TypeError):
        raise ConfigurationError(
            "this is no private key in PEM without a passphrase",
            "det här är ingen privat nyckel i PEM-format utan lösenfras",
            where=str(path),
        ) from None
    return pem


def _checked(path: Path) -> bytes:
    from cryptography import x509

    pem = read_file(path)
    try:
        x509.load_pem_x509_certificate(pem)
    except ValueError:
        raise ConfigurationError("this is no certificate in PEM", "det här är inget certifikat i PEM-format", where=str(path)) from None
    return pem
