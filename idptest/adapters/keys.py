"""Our own keys: made once by `idptest init`, kept 0600 in the workspace, outside git.

Each of `sp` (signs requests) and `encryption` has up to three pairs in `.idptest/keys/`:

- `NAME-key.pem`, `NAME-cert.pem`: in use, and in our metadata
- `NAME-new-key.pem`, `NAME-new-cert.pem`: in our metadata too, and not used yet (`make_new`)
- `NAME-old-key.pem`, `NAME-old-cert.pem`: out of the metadata; IdPs that have not read it yet may still encrypt to it (`switch`)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from idptest.adapters.store import read_file, rename, write
from idptest.errors import ConfigurationError
from idptest.saml.request import Signer

KEYS = Path(".idptest") / "keys"
OWNERS = {"sp": "idptest SP", "encryption": "idptest SP encryption"}
_PARTS = ("key", "cert")
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
    """The certificates of that name for our metadata, PEM: the one in use and, during a change, the new one. Raises ConfigurationError.

    Each has to have its key beside it, and be that key's.
    """
    found = [each for each in (name, f"{name}-new") if (folder / KEYS / f"{each}-cert.pem").is_file()]
    if not found:
        raise ConfigurationError(
            "the SP's certificate is missing; idptest init makes one",
            "SP:ns certifikat saknas; idptest init skapar ett",
            where=str(KEYS / f"{name}-cert.pem"),
        )
    return [_paired(folder, each) for each in found]


def private_keys(folder: Path, name: str) -> tuple[bytes, ...]:
    """The private keys of that name, PEM: the one in use, the new one and the old one, as far as they are there."""
    found = (folder / KEYS / f"{each}-key.pem" for each in (name, f"{name}-new", f"{name}-old"))
    return tuple(_loadable(path) for path in found if path.is_file())


def make_new(folder: Path) -> list[Path]:
    """New pairs beside those in use: where their certificates are. Raises ConfigurationError when a change is under way already."""
    under_way = [path for name in OWNERS for part in _PARTS if (path := folder / KEYS / f"{name}-new-{part}.pem").exists()]
    if under_way:
        raise ConfigurationError(
            "there is a new key already; when every IdP has the metadata with both, take it into use: idptest metadata sp --switch-key",
            "det finns redan en ny nyckel; när alla IdP:er har metadata med båda, ta den i bruk: idptest metadata sp --switch-key",
            where=str(under_way[0].relative_to(folder)),
        )
    return [make(folder, f"{name}-new", owner) for name, owner in OWNERS.items()]


def switch(folder: Path) -> list[Path]:
    """The new pairs become those in use, and those in use become the old ones: what was renamed. Raises ConfigurationError without a new key.

    File by file: whoever is interrupted does it again.
    """
    renamed = []
    pairs = [(folder / KEYS, name, part) for name in OWNERS for part in _PARTS if (folder / KEYS / f"{name}-new-{part}.pem").exists()]
    for place, name, part in pairs:
        (_loadable if part == "key" else _checked)(place / f"{name}-new-{part}.pem")
    for place, name, part in pairs:
        used = place / f"{name}-{part}.pem"
        if used.is_file():
            rename(used, place / f"{name}-old-{part}.pem")
        rename(place / f"{name}-new-{part}.pem", used)
        renamed.append(used)
    if not renamed:
        raise ConfigurationError(
            "there is no new key to take into use; make one first: idptest metadata sp --new-key",
            "det finns ingen ny nyckel att ta i bruk; skapa en först: idptest metadata sp --new-key",
            where=str(KEYS / "sp-new-key.pem"),
        )
    return renamed


def signer(folder: Path) -> Signer:
    """The key and certificate that our requests are signed with. Raises ConfigurationError unless both are there and belong together."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    path = KEYS / "sp-key.pem"
    if not (folder / path).is_file():
        raise _missing(path)
    key = _loadable(folder / path)
    if not isinstance(load_pem_private_key(key, None), rsa.RSAPrivateKey):
        raise ConfigurationError(
            "requests are signed with an RSA key, and this is another kind",
            "frågor signeras med en RSA-nyckel, och det här är en nyckel av annat slag",
            where=str(path),
        )
    return Signer(key, certificates(folder, "sp")[0])


def _missing(path: Path) -> ConfigurationError:
    return ConfigurationError(
        "the SP's key is missing; idptest init makes one", "SP:ns nyckel saknas; idptest init skapar en", where=str(path)
    )


def _paired(folder: Path, name: str) -> bytes:
    """The certificate, when it is the one of the key beside it. Raises ConfigurationError."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    certificate, path = _checked(folder / KEYS / f"{name}-cert.pem"), KEYS / f"{name}-key.pem"
    if not (folder / path).is_file():
        raise _missing(path)
    key = load_pem_private_key(_loadable(folder / path), None)
    if x509.load_pem_x509_certificate(certificate).public_key() != key.public_key():
        raise ConfigurationError(
            f"this key does not belong to {name}-cert.pem, which our metadata shows; an IdP would refuse what it signs, and what is encrypted to it could not be read",
            f"den här nyckeln hör inte till {name}-cert.pem, som vår metadata visar; en IdP skulle neka det som den signerar, och det som krypteras till den gick inte att läsa",
            where=str(path),
        )
    return certificate


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
