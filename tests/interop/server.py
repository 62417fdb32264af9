"""A server of somebody else's on loopback, started for a test and stopped with all that it started; and who logs in there."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


class ServerTrouble(Exception):
    """The server did not start or did not answer; the message holds the end of its log."""


@dataclass(frozen=True)
class User:
    """A person at the IdP. `guid` is the objectGUID that the EPPN is built on, in canonical form."""

    username: str
    password: str
    guid: str
    given_name: str
    surname: str


LARARE1 = User("larare1", "Krita-och-tavla-1", "fc79e369-18a3-40c4-aa33-d92057bfff65", "Lova", "Lärarsson")
ELEV1 = User("elev1", "Penna-och-sudd-1", "35918bc9-196d-40ea-9779-889d79b753f0", "Elis", "Elevsson")


def free_port() -> int:
    """A TCP port on loopback that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def browser() -> requests.Session:
    """A session that keeps cookies and goes straight to loopback, whatever proxy the environment names."""
    session = requests.Session()
    session.trust_env = False
    return session


class Server(ABC):
    """An IdP in a process of its own. Use as a context manager, or `start()` and `stop()`; `folder` is written to and not removed."""

    folder: Path
    _process: subprocess.Popen[bytes] | None

    @property
    @abstractmethod
    def metadata_url(self) -> str:
        """Where its metadata is."""

    @property
    def pid(self) -> int | None:
        """The server's process id, which is also its process group; None when it is not running."""
        return self._process.pid if self._process else None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @abstractmethod
    def start(self, timeout: float = 20.0) -> None:
        """Starts it and waits until it answers, at most `timeout` seconds. Raises ServerTrouble."""

    def _run(self, command: Sequence[str], environment: Mapping[str, str], proof: str, timeout: float) -> None:
        """Starts the program and waits for its metadata, at most `timeout` seconds. Raises ServerTrouble.

        When the port is taken, another server answers there: only one whose metadata holds the `proof`, such as our certificate, is ours.
        """
        usual = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        with (self.folder / "server.log").open("ab") as log:
            # In a session of its own, so that stop() reaches forked workers and nobody else.
            self._process = subprocess.Popen(
                list(command),
                env={**usual, **environment},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._wait(proof.encode(), timeout)
        except BaseException:
            self.stop()
            raise

    def _wait(self, proof: bytes, timeout: float) -> None:
        assert self._process
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise ServerTrouble(f"the server stopped with {self._process.returncode}\n{self.log()}")
            with contextlib.suppress(requests.ConnectionError, ServerTrouble):
                if proof in self.answer():
                    return
            time.sleep(0.05)
        raise ServerTrouble(f"no answer of its own from {self.metadata_url} in {timeout} s\n{self.log()}")

    def stop(self) -> None:
        """Stop the whole process group and wait until it is gone. Does nothing when not running."""
        process, self._process = self._process, None
        if process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
                # Forked workers may outlive their leader by a moment.
                if _gone(process.pid, within=5):
                    return
        raise ServerTrouble(f"process group {process.pid} does not stop")

    def metadata(self) -> bytes:
        """The IdP's metadata as served. Raises ServerTrouble unless it is an EntityDescriptor."""
        with browser() as client:
            answer = client.get(self.metadata_url, timeout=10)
        if answer.status_code != 200 or b"EntityDescriptor" not in answer.content:
            raise ServerTrouble(f"{self.metadata_url}: HTTP {answer.status_code}\n{self.log()}")
        return answer.content

    def answer(self) -> bytes:
        """What shows that it runs and is ours; as metadata()."""
        return self.metadata()

    def log(self) -> str:
        """The end of the server's log."""
        path = self.folder / "server.log"
        return path.read_text(encoding="utf-8", errors="replace")[-4000:] if path.exists() else ""


def alive(group: int) -> list[int]:
    """The processes of a group that still run. Zombies are not counted: in a container nobody may ever reap orphans."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name stands in brackets and may hold anything; then follow state, parent and group.
            state, _, its_group, *_ = stat.read_text(errors="replace").rpartition(")")[2].split()
            if int(its_group) == group and state not in "ZX":
                found.append(int(stat.parent.name))
    return found


def _gone(group: int, within: float) -> bool:
    """Whether nothing is left of the group; `within` in seconds."""
    end = time.monotonic() + within
    while alive(group):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def key_pair(common_name: str) -> tuple[bytes, bytes]:
    """A new RSA-2048 key and a self-signed certificate valid for a year, both PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private, certificate.public_bytes(encoding)
