"""A real Active Directory on loopback: a Samba domain controller, provisioned in one folder, with people in it.

It listens at an address of its own within 127.0.0.0/8, for its ports (389, 636, 3268, 3269) cannot be chosen. Needs root, and the
packages in `PACKAGES`.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import ldap3

from tests import tls

PACKAGES = ("samba", "samba-ad-dc", "samba-ad-provision", "winbind", "ldap-utils", "ldb-tools")
INSTALL = "apt-get install -y --no-install-recommends " + " ".join(PACKAGES)

REALM = "AD.EXEMPELSTAD.TEST"
DOMAIN = "EXEMPELSTAD"
BASE = "DC=ad,DC=exempelstad,DC=test"
STAFF, PUPILS, ELSEWHERE, CROWD = f"OU=Personal,{BASE}", f"OU=Elever,{BASE}", f"OU=Östra skolan,{BASE}", f"OU=Många,{BASE}"
READER = f"idptest@{REALM.lower()}"
READER_PASSWORD = "Läser-katalogen-1"
_ADMIN_PASSWORD = "Krita-och-tavla-1"
_PORTS = (389, 636)
_PROGRAMS = ("samba", "samba-tool", "ldbadd")

_CONF = """\
[global]
netbios name = DC1
realm = {realm}
workgroup = {domain}
server role = active directory domain controller
server services = ldap
interfaces = {address}/8
bind interfaces only = yes
private dir = {dc}/private
state directory = {dc}/state
cache directory = {dc}/cache
lock directory = {dc}
pid directory = {dc}/run
ncalrpc dir = {dc}/ncalrpc
binddns dir = {dc}/bind-dns
ntp signd socket directory = {dc}/ntp
winbindd socket directory = {dc}/winbindd
logging = file
log file = {dc}/log.%m
tls keyfile = {tls}/key.pem
tls certfile = {tls}/cert.pem
tls cafile = {tls}/ca.pem
[sysvol]
path = {dc}/state/sysvol
read only = no
[netlogon]
path = {dc}/state/sysvol/scripts
read only = no
"""


class DirectoryTrouble(Exception):
    """Samba did not do what it was asked; the message holds what it said."""


def forbidden() -> str | None:
    """Why no domain controller may run here, as one line; None when one may."""
    return None if hasattr(os, "geteuid") and os.geteuid() == 0 else "a domain controller's ports (389, 636) need root"


def missing() -> str | None:
    """What has to be installed first, as one line; None when all is there."""
    absent = [name for name in _PROGRAMS if not shutil.which(name)]
    return f"{' and '.join(absent)} missing; install with: {INSTALL}" if absent else None


@dataclass
class Samba:
    """The domain controller. Use as a context manager; `folder` is written to and not removed. `crowd`: pupils without a name."""

    folder: Path
    crowd: int = 0
    address: str = field(default_factory=lambda: f"127.{random.randint(16, 250)}.{random.randint(1, 250)}.{random.randint(2, 250)}")
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)
    _admin: Any = field(default=None, init=False, repr=False)

    @property
    def ca_file(self) -> Path:
        return self.folder / "tls" / "ca.pem"

    def __enter__(self) -> Self:
        if absent := forbidden() or missing():
            raise DirectoryTrouble(absent)
        try:
            self._provision()
            self._start()
            self._people()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Stops the process, by its own id, and waits until it is gone."""
        process, self._process = self._process, None
        if process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
                return

    # -- what the municipality's administrator does

    def add(self, ou: str, sam: str, given_name: str, surname: str, password: str, **more: str | bytes) -> UUID:
        """A new person in `ou`, with a UPN and mail of that name; their objectGUID."""
        dn = f"CN={given_name} {surname},{ou}"
        upn = f"{sam}@exempelstad.se"
        attributes: dict[str, Any] = {"sAMAccountName": sam, "userPrincipalName": upn, "mail": upn, "givenName": given_name, "sn": surname}
        self._must(self._admin.add(dn, ["user"], attributes | more))
        self.change(dn, unicodePwd=f'"{password}"'.encode("utf-16-le"), userAccountControl="66048")  # enabled; its password never expires
        return self.guid(dn)

    def change(self, dn: str, **values: str | bytes) -> None:
        self._must(self._admin.modify(dn, {name.replace("_", "-"): [(ldap3.MODIFY_REPLACE, [value])] for name, value in values.items()}))

    def move(self, dn: str, name: str, ou: str) -> str:
        """Renames and moves; the new DN."""
        self._must(self._admin.modify_dn(dn, f"CN={name}", new_superior=ou))
        return f"CN={name},{ou}"

    def remove(self, dn: str) -> None:
        self._must(self._admin.delete(dn))

    def empty(self, ou: str) -> None:
        """Removes everybody in it."""
        self._admin.search(ou, "(objectClass=user)", search_scope=ldap3.LEVEL)
        for dn in [entry["dn"] for entry in self._admin.response if entry["type"] == "searchResEntry"]:
            self.remove(dn)

    def guid(self, dn: str) -> UUID:
        """The objectGUID of what bears this name."""
        self._must(self._admin.search(dn, "(objectClass=*)", search_scope=ldap3.BASE, attributes=["objectGUID"]))
        return UUID(bytes_le=self._admin.response[0]["raw_attributes"]["objectGUID"][0])

    def _must(self, done: bool) -> None:
        if not done:
            raise DirectoryTrouble(f"{self._admin.result['description']}: {self._admin.result['message']}")

    # -- how it comes to be

    def _provision(self) -> None:
        dc, keys = self.folder / "dc", self.folder / "tls"
        run(
            *("samba-tool", "domain", "provision", f"--targetdir={dc}", f"--realm={REALM}", f"--domain={DOMAIN}", "--server-role=dc"),
            *("--dns-backend=NONE", "--host-name=dc1", f"--host-ip={self.address}", f"--adminpass={_ADMIN_PASSWORD}"),
        )
        keys.mkdir()
        ca = tls.pair("Exempelstad CA")
        server = tls.pair("dc1.ad.exempelstad.test", ca, self.address)
        for name, data in (("ca", ca.certificate_pem), ("cert", server.certificate_pem), ("key", server.key_pem())):
            (keys / f"{name}.pem").write_bytes(data)
            (keys / f"{name}.pem").chmod(0o600)  # Samba wants it so
        (dc / "run").mkdir()
        (self.folder / "smb.conf").write_text(_CONF.format(realm=REALM, domain=DOMAIN, address=self.address, dc=dc, tls=keys))
        entries = [{"dn": ou, "objectClass": "organizationalUnit"} for ou in (STAFF, PUPILS, ELSEWHERE, CROWD)]
        for number in range(self.crowd):
            names = {"sAMAccountName": f"p{number}", "userPrincipalName": f"p{number}@exempelstad.se"}
            entries.append({"dn": f"CN=p{number},{CROWD}", "objectClass": "user", **names})
        ldif = self.folder / "people.ldif"
        ldif.write_text("\n".join(_ldif(entries)), encoding="utf-8")
        run("ldbadd", "-H", str(dc / "private" / "sam.ldb"), str(ldif))

    def _start(self) -> None:
        with (self.folder / "samba.log").open("ab") as log:
            self._process = subprocess.Popen(
                ["samba", "-i", "-M", "single", "-s", str(self.folder / "smb.conf"), "--debug-stdout"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + 90
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(OSError):
                for port in _PORTS:
                    socket.create_connection((self.address, port), timeout=1).close()
                return
            time.sleep(0.1)
        raise DirectoryTrouble((self.folder / "samba.log").read_text(errors="replace")[-2000:])

    def _people(self) -> None:
        secure = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=str(self.ca_file))
        server = ldap3.Server(self.address, port=636, use_ssl=True, tls=secure, get_info=ldap3.NONE)
        self._admin = ldap3.Connection(server, f"Administrator@{REALM}", _ADMIN_PASSWORD, auto_referrals=False)
        self._must(self._admin.bind())
        self.add(f"CN=Users,{BASE}", "idptest", "Läsare", "Katalog", READER_PASSWORD, userPrincipalName=READER)


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise DirectoryTrouble(f"{command[0]}: {(done.stderr or done.stdout)[-2000:]}")
    return done.stdout


def _ldif(entries: Sequence[Mapping[str, str]]) -> list[str]:
    """RFC 2849; what is not ASCII in base64."""
    from base64 import b64encode

    lines = []
    for entry in entries:
        for name, value in entry.items():
            lines.append(f"{name}: {value}" if value.isascii() else f"{name}:: {b64encode(value.encode()).decode()}")
        lines.append("")
    return lines
