"""The driver `system`: the person logs in with their own browser, and we listen at our own address for the answer."""

from __future__ import annotations

import errno
import re
import secrets
import socket
import ssl
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from idptest.adapters import keys
from idptest.adapters.driver import Drive, Driven, Driver, Errand, Say
from idptest.adapters.sp_server import Listener, Reception
from idptest.adapters.store import FLOWS
from idptest.errors import ConfigurationError
from idptest.login.conduct import TIME_OUT
from idptest.model.flow import ARRIVED, PAGE_NOT_UNDERSTOOD, Ended, Exchange
from idptest.model.rule import Words

_TLS = "tls"


@dataclass(frozen=True)
class SystemDriver(Driver):
    """`base_url` is where we listen, `folder` the workspace, `patience` how many seconds the person has; `open_browser` takes a URL.

    A session is one errand: what else the person has in their browser is not ours to log out.
    """

    goes_on: ClassVar[bool] = False

    base_url: str
    folder: Path
    now: Callable[[], datetime]
    say: Say
    patience: float = 300
    open_browser: Callable[[str], object] = webbrowser.open

    @contextmanager
    def session(self) -> Iterator[Drive]:
        yield self._drive

    def _drive(self, errand: Errand) -> Driven:
        address = urlsplit(self.base_url)
        path = f"/{secrets.token_urlsafe(24)}"
        reception = Reception(errand, path, _earlier(self.folder, errand.sent.request_id))
        context = _context(self.folder, address.hostname or "localhost")
        asked = Exchange(1, self.now(), errand.first)
        with self._listener(address.hostname or "localhost", address.port or 443, context, reception):
            start = f"{address.scheme}://{address.netloc}{path}"
            self.say(
                Words(
                    f"log in in your browser; if none opens, go to {start} (it warns of the certificate of {address.netloc}, which idptest"
                    " made on this computer: choose Advanced, then Continue)",
                    f"logga in i din webbläsare; öppnas ingen, gå till {start} (den varnar för certifikatet för {address.netloc}, som idptest"
                    " har gjort på den här datorn: välj Avancerat och sedan Fortsätt)",
                )
            )
            threading.Thread(target=self.open_browser, args=(start,), daemon=True).start()
            self._wait(reception)
        if reception.delivered is None:
            return Driven((asked,), Ended(PAGE_NOT_UNDERSTOOD, 1, TIME_OUT))
        return Driven((asked, Exchange(2, self.now(), reception.delivered)), Ended(ARRIVED, 2))

    def _wait(self, reception: Reception) -> None:
        """In short pieces, so that Ctrl-C is heard on Windows too."""
        last = time.monotonic() + self.patience
        while not reception.taken.wait(0.2):
            if time.monotonic() > last:
                return
        reception.shown.wait(2)

    def _listener(self, host: str, port: int, context: ssl.SSLContext, reception: Reception) -> Listener:
        try:
            return Listener(_own_address(host, port), port, context, reception, self.say)
        except OSError as problem:
            en, sv = _why_not(problem)
            raise ConfigurationError(
                f"[sp] base_url: cannot listen at {host}, port {port}: {en}",
                f"[sp] base_url: kan inte lyssna på {host}, port {port}: {sv}",
                where="idptest.toml",
            ) from None


def _own_address(host: str, port: int) -> str:
    """Where to listen: loopback for localhost and its kin, else the address that the host has. Raises OSError."""
    if host == "localhost" or host.endswith(".localhost"):
        return "127.0.0.1"
    try:
        return str(ip_address(host))
    except ValueError:
        return str(socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)[0][4][0])


def _why_not(problem: OSError) -> tuple[str, str]:
    if isinstance(problem, socket.gaierror):
        return "the name is not known (DNS)", "namnet är okänt (DNS)"
    known = {
        errno.EADDRINUSE: ("another program uses the port; stop that, or change base_url", "ett annat program använder porten; stoppa det eller ändra base_url"),
        errno.EACCES: ("permission denied; ports below 1024 are not for everybody", "behörighet saknas; portar under 1024 är inte öppna för alla"),
        errno.EADDRNOTAVAIL: ("that is not the address of this computer", "det är inte den här datorns adress"),
    }  # fmt: skip
    windows = {10048: errno.EADDRINUSE, 10013: errno.EACCES, 10049: errno.EADDRNOTAVAIL}
    said = problem.strerror or type(problem).__name__
    return known.get(windows.get(problem.errno or 0, problem.errno or 0), (said, said))


def _context(folder: Path, host: str) -> ssl.SSLContext:
    """TLS with a key of its own, made the first time."""
    key, certificate = folder / keys.KEYS / f"{_TLS}-key.pem", folder / keys.KEYS / f"{_TLS}-cert.pem"
    if not certificate.is_file():
        key.unlink(missing_ok=True)
        keys.make(folder, _TLS, host, names=(host,))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError):
        raise ConfigurationError(
            "the key and certificate for TLS do not work; remove both, and idptest makes new ones",
            "nyckeln och certifikatet för TLS fungerar inte; ta bort båda, så skapar idptest nya",
            where=str(keys.KEYS / f"{_TLS}-cert.pem"),
        ) from None
    return context


def _earlier(folder: Path, current: str) -> Callable[[str], bool]:
    """Knows the requests of the logins saved in the workspace; they are looked up once, when first asked for."""

    @cache
    def known() -> frozenset[str]:
        found: set[str] = set()
        for path in (folder / FLOWS).glob("*.json"):
            try:
                found |= {each.decode() for each in re.findall(rb'"request_id": "([\w.-]{1,200})"', path.read_bytes())}
            except OSError:
                continue  # removed by another run that tidies
        return frozenset(found - {current})

    return lambda request_id: request_id in known()
