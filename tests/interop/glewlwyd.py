"""A real OpenID provider on loopback whose login is a single-page app: glewlwyd 2.7 as Debian packages it.

No root, no system service, nothing outside one folder. Needs the packages in `PACKAGES`. It is set up as an administrator would, by its
JSON API (docs/API.md and docs/OIDC.md in https://github.com/babelouest/glewlwyd, read 2026-11). As it is written, its auth_time is always
0, it answers no acr, and its addresses have two slashes.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from tests.interop.op import CALLBACK, Client, Op
from tests.interop.server import ELEV1, LARARE1, ServerTrouble, User, browser, free_port, key_pair

# The last is there so that no MariaDB is fetched: the package wants one of the dbconfig-… and would take that of MySQL.
PACKAGES = ("glewlwyd", "dbconfig-sqlite3")
INSTALL = "apt-get install -y --no-install-recommends " + " ".join(PACKAGES)
SCOPE = "skola"  # that the EPPN comes with
EPPN = "eduperson_principal_name"

# Where Debian's packages put what we read: its tables, its pages, its modules.
_TABLES = Path("/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3")
_PAGES = Path("/usr/share/glewlwyd/webapp")
_MODULES = Path("/usr/lib/glewlwyd")
_KINDS = {"html": "text/html", "css": "text/css", "js": "application/javascript", "json": "application/json", "png": "image/png"}
# Of a new database, which is this folder's alone.
_ADMINISTRATOR = {"username": "admin", "password": "password"}


def missing() -> str | None:
    """What has to be installed before a server can start, as one line; None when all is there."""
    absent = [str(path) for path in (_TABLES, _PAGES / "login.html", _MODULES) if not path.exists()]
    absent += [] if shutil.which("glewlwyd") else ["glewlwyd"]
    return f"{' and '.join(absent)} missing; install with: {INSTALL}" if absent else None


def _client(name: str, auth: str, *lines: str) -> Client:
    """Logged in, one is asked whether to go on to the client."""
    going_on = (f"[[idp.{name}.step]]", f'title = "Connection to {name}"', 'press = "Continue"')
    return Client(name, auth, lines=(f'scopes = ["openid", "{SCOPE}"]', *lines, *going_on))


TWO = (_client("own-key", "private_key_jwt", 'response_mode = "form_post"'), _client("by-header", "client_secret_basic"))


@dataclass
class Glewlwyd(Op):
    """The OP. Use as a context manager; `folder` is written to and not removed.

    `clients` know `key` (ours, PEM) and `secret`. `plugin`: more settings of its OpenID Connect plugin. `granted`: everybody has said yes
    beforehand to what the clients ask for; else its page asks.
    """

    folder: Path
    key: bytes
    secret: str
    clients: tuple[Client, ...] = TWO
    port: int = field(default_factory=free_port)
    users: tuple[User, ...] = (LARARE1, ELEV1)
    scope: str = "exempelstad.se"
    plugin: Mapping[str, Any] = field(default_factory=dict)
    granted: bool = True
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    def registered(self, client: Client) -> dict[str, Any]:
        """What it knows of that client."""
        known = {"client_id": client.name, "token_endpoint_auth_method": [client.auth], "redirect_uri": [CALLBACK]}
        known |= self.proof(client)
        return {**known, "confidential": True, "enabled": True, "authorization_type": ["code"], **client.known}

    @property
    def base_url(self) -> str:
        """With a trailing slash."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def issuer(self) -> str:
        return f"{self.base_url}api/oidc"

    def answer(self) -> bytes:
        """Before it is set up there is no discovery document; a file of this folder is what shows that it is ours."""
        return self.fetched(f"{self.base_url}proof.json")

    def start(self, timeout: float = 20.0) -> None:
        """Write the configuration, start the server, wait, and set it up. `timeout` in seconds; raises ServerTrouble."""
        if self._process:
            raise ServerTrouble("already started")
        if absent := missing():
            raise ServerTrouble(absent)
        proof = uuid.uuid4().hex
        self._write(proof)
        self._run([shutil.which("glewlwyd") or "glewlwyd", f"--config-file={self.folder / 'glewlwyd.conf'}"], {}, proof, timeout)
        try:
            self._set_up()
        except BaseException:
            self.stop()
            raise

    def _write(self, proof: str) -> None:
        pages = self.folder / "pages"
        # Links are followed, for the server follows none that lead out of its folder. What config.json links to is a folder (as packaged).
        shutil.copytree(_PAGES, pages, ignore=shutil.ignore_patterns("config.json"))
        told = (_PAGES / "config.json").resolve()
        shutil.copyfile(told / "config.json" if told.is_dir() else told, pages / "config.json")
        (pages / "proof.json").write_text(json.dumps(proof), encoding="utf-8")
        tables = sqlite3.connect(self.folder / "glewlwyd.db")
        tables.executescript(_TABLES.read_text(encoding="utf-8"))
        tables.close()
        settings: dict[str, object] = {
            "port": self.port,
            "bind_address": "127.0.0.1",
            "external_url": self.base_url,
            "login_url": "login.html",
            "api_prefix": "api",
            "static_files_path": str(pages),
            "log_mode": "console",
            "log_level": "INFO",
            # Plain http, on loopback.
            "cookie_secure": False,
            "session_key": "GLEWLWYD2_SESSION_ID",
            "admin_scope": "g_admin",
            "profile_scope": "g_profile",
            "hash_algorithm": "SHA512",
            "database": {"type": "sqlite3", "path": str(self.folder / "glewlwyd.db")},
            "static_files_mime_types": [{"extension": f".{name}", "mime_type": kind} for name, kind in _KINDS.items()],
        }
        settings |= {f"{name}_module_path": str(_MODULES / name) for name in ("user", "client", "plugin")}
        settings["user_auth_scheme_module_path"] = str(_MODULES / "scheme")
        lines = [f"{name} = {libconfig(value)}" for name, value in settings.items()]
        (self.folder / "glewlwyd.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _set_up(self) -> None:
        """What an administrator does: a scope, the plugin, what is known of people, the people, the clients; and each person's yes."""
        with browser() as admin:
            self._call(admin, "POST", "auth/", _ADMINISTRATOR)
            self._call(admin, "POST", "scope/", {"name": SCOPE, "display_name": "Skola", "password_required": True})
            self._call(admin, "POST", "mod/plugin/", {"module": "oidc", "name": "oidc", "display_name": "OP", "parameters": self._plugin()})
            people = self._call(admin, "GET", "mod/user/database")
            people["parameters"]["data-format"]["eppn"] = {"multiple": False, "read": True, "write": True}
            self._call(admin, "PUT", "mod/user/database", people)
            self._call(admin, "PUT", "mod/user/database/reset")
            for user in self.users:
                person = {"username": user.username, "password": user.password, "name": f"{user.given_name} {user.surname}"}
                scopes = {"scope": ["openid", SCOPE, "g_profile"], "eppn": f"{user.guid}@{self.scope}", "enabled": True}
                self._call(admin, "POST", "user/", {**person, **scopes})
            for client in self.clients:
                self._call(admin, "POST", "client/", self.registered(client))
        for user in self.users if self.granted else ():
            with browser() as person_themself:
                self._call(person_themself, "POST", "auth/", {"username": user.username, "password": user.password})
                for client in self.clients:
                    self._call(person_themself, "PUT", f"auth/grant/{client.name}", {"scope": f"openid {SCOPE}"})

    def _plugin(self) -> dict[str, Any]:
        key, _ = key_pair("Exempelstad glewlwyd")
        public = load_pem_private_key(key, None).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        eppn = {"name": EPPN, "user-property": "eppn", "type": "string", "mandatory": False, "on-demand": True, "scope": [SCOPE]}
        return {
            "iss": self.issuer,
            "jwt-type": "rsa",
            "jwt-key-size": "256",
            "key": key.decode(),
            "cert": public.decode(),
            "jwks-show": True,
            "auth-type-code-enabled": True,
            # Seconds. Without them no access token is ever valid.
            "access-token-duration": 3600,
            "refresh-token-duration": 3600,
            "code-duration": 600,
            "pkce-allowed": True,
            "pkce-required": True,
            "allowed-scope": ["openid", SCOPE],
            "claims": [eppn],
            "client-jwks-parameter": "jwks",
            "request-parameter-allow": True,
            "request-maximum-exp": 300,
            **self.plugin,
        }

    def _call(self, session: requests.Session, method: str, path: str, body: object = None) -> Any:
        """Its API. Raises ServerTrouble with what it said."""
        answer = session.request(method, f"{self.base_url}api/{path}", json=body, timeout=20)
        if answer.status_code != 200:
            raise ServerTrouble(f"{method} {path}: HTTP {answer.status_code} {answer.text}\n{self.log()}")
        return answer.json() if answer.content else None


def libconfig(value: object) -> str:
    """A value (bool, int, str, dict, list) as libconfig reads it."""
    if isinstance(value, Mapping):
        return "{ " + " ".join(f"{name} = {libconfig(item)};" for name, item in value.items()) + " }"
    if isinstance(value, list):
        return "( " + ", ".join(map(libconfig, value)) + " )"
    return json.dumps(value)
