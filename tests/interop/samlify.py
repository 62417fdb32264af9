"""A real SAML IdP on loopback: samlify (npm) in a server of our own, `samlify_idp/server.mjs`. It signs with xml-crypto and encrypts.

No root. Needs `npm.PACKAGES` and an npm registry; what npm installs is kept in one folder, `.interop` unless INTEROP_CACHE names another.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from tests.interop import npm
from tests.interop.server import ELEV1, LARARE1, Server, ServerTrouble, User, free_port, key_pair

SOURCE = Path(__file__).parent / "samlify_idp"

GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
CBC = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
OAEP = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
RSA_1_5 = "http://www.w3.org/2001/04/xmlenc#rsa-1_5"

_NS = {"md": "urn:oasis:names:tc:SAML:2.0:metadata", "ds": "http://www.w3.org/2000/09/xmldsig#"}


def installed() -> Path:
    """The folder with server.mjs and its packages, made by npm the first time. Raises ServerTrouble."""
    return npm.installed(SOURCE, "samlify")


def with_encryption_certificate(metadata: bytes, certificate: str) -> bytes:
    """The SP's metadata with another certificate for encryption: base64 of the DER."""
    root = etree.fromstring(metadata)
    [place] = root.xpath("//md:KeyDescriptor[@use='encryption']//ds:X509Certificate", namespaces=_NS)
    place.text = certificate
    return bytes(etree.tostring(root))


@dataclass
class Samlify(Server):
    """The IdP. Use as a context manager; `folder` is written to and not removed. `sp` is the SP's metadata.

    `sign_*`: samlify itself signs the assertion or the response as the SP's metadata wants it.
    `cipher`: encrypt the assertion, for the certificate for encryption in the SP's metadata.
    `encrypt_then_sign`: in which order the response is signed; samlify's own order signs what is encrypted afterwards.
    `authn_context`: what the answer says of the login. Without it there is no AuthnStatement, as samlify's own template has none.
    """

    folder: Path
    sp: bytes
    port: int = field(default_factory=free_port)
    users: tuple[User, ...] = (LARARE1, ELEV1)
    scope: str = "exempelstad.se"
    sign_assertion: bool = True
    sign_response: bool = False
    cipher: str | None = None
    key_transport: str = OAEP
    encrypt_then_sign: bool = True
    authn_context: str | None = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def metadata_url(self) -> str:
        return f"{self.base_url}/metadata"

    def start(self, timeout: float = 20.0) -> None:
        """Install if need be, write the configuration, start and wait. `timeout` in seconds, not counting npm. Raises ServerTrouble."""
        if absent := npm.missing():
            raise ServerTrouble(absent)
        program = installed() / "server.mjs"
        (self.folder / "sessions").mkdir(parents=True, exist_ok=True)
        key, certificate = key_pair("Exempelstad samlify")
        (self.folder / "config.json").write_text(json.dumps(self._config(key.decode(), certificate.decode())), encoding="utf-8")
        command = [shutil.which("node") or "node", str(program), str(self.folder / "config.json")]
        self._run(command, {}, "".join(certificate.decode().split("\n")[1:-2]), timeout)

    def _config(self, key: str, certificate: str) -> dict[str, object]:
        return {
            "port": self.port,
            "key": key,
            "certificate": certificate,
            "sp": self.sp.decode(),
            "users": [{"username": user.username, "password": user.password, "eppn": self.eppn(user)} for user in self.users],
            "scope": self.scope,
            "signAssertion": self.sign_assertion,
            "signResponse": self.sign_response,
            "cipher": self.cipher,
            "keyTransport": self.key_transport,
            "encryptThenSign": self.encrypt_then_sign,
            "authnContext": self.authn_context,
            "sessions": str(self.folder / "sessions"),
        }

    def eppn(self, user: User) -> str:
        return f"{user.guid}@{self.scope}"
