"""A real SAML IdP on loopback: samlify (npm) in a server of our own, `samlify_idp/server.mjs`. It signs with xml-crypto and encrypts.

No root. Needs `npm.PACKAGES` and an npm registry; what npm installs is kept in one folder, `.interop` unless INTEROP_CACHE names another.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import requests
from lxml import etree

from tests.interop import npm
from tests.interop.simplesamlphp import ELEV1, LARARE1, ServerTrouble, User, browser, free_port, key_pair

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
class Samlify:
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

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self, timeout: float = 20.0) -> None:
        """Install if need be, write the configuration, start and wait. `timeout` in seconds, not counting npm. Raises ServerTrouble."""
        if absent := npm.missing():
            raise ServerTrouble(absent)
        program = installed() / "server.mjs"
        (self.folder / "sessions").mkdir(parents=True, exist_ok=True)
        key, certificate = key_pair("Exempelstad samlify")
        self._certificate = "".join(certificate.decode().split("\n")[1:-2])
        (self.folder / "config.json").write_text(json.dumps(self._config(key.decode(), certificate.decode())), encoding="utf-8")
        with (self.folder / "node.log").open("ab") as log:
            # In a session of its own, so that stop() reaches it and nobody else.
            self._process = subprocess.Popen(
                [shutil.which("node") or "node", str(program), str(self.folder / "config.json")],
                env={name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._wait(timeout)
        except BaseException:
            self.stop()
            raise

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

    def stop(self) -> None:
        """Stop the process group and wait until it is gone. Does nothing when not running."""
        process, self._process = self._process, None
        if process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
                return
        raise ServerTrouble(f"process group {process.pid} does not stop")

    def metadata(self) -> bytes:
        """The IdP's metadata as served. Raises ServerTrouble unless it is an EntityDescriptor."""
        with browser() as client:
            answer = client.get(self.metadata_url, timeout=10)
        if answer.status_code != 200 or b"EntityDescriptor" not in answer.content:
            raise ServerTrouble(f"{self.metadata_url}: HTTP {answer.status_code}\n{self.log()}")
        return answer.content

    def eppn(self, user: User) -> str:
        return f"{user.guid}@{self.scope}"

    def log(self) -> str:
        """The end of the server's log."""
        path = self.folder / "node.log"
        return path.read_text(encoding="utf-8", errors="replace")[-4000:] if path.exists() else ""

    def _wait(self, timeout: float) -> None:
        assert self._process
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise ServerTrouble(f"node stopped with {self._process.returncode}\n{self.log()}")
            with contextlib.suppress(requests.ConnectionError, ServerTrouble):
                # When the port is taken, another server answers there: only one that shows our certificate is ours.
                if self._certificate.encode() in self.metadata():
                    return
            time.sleep(0.05)
        raise ServerTrouble(f"no answer of its own from {self.metadata_url} in {timeout} s\n{self.log()}")
