"""A real OpenID provider on loopback: oidc-provider (npm, certified) in a server of our own, `oidc_provider_op/server.mjs`.

No root. Needs `npm.PACKAGES` and an npm registry; what npm installs is kept in one folder, `.interop` unless INTEROP_CACHE names another.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric import rsa

from idptest.oidc.rp import public_jwk
from idptest.oidc.tokens import encoded
from tests.interop import npm
from tests.interop.server import ELEV1, LARARE1, Server, ServerTrouble, User, browser, free_port

SOURCE = Path(__file__).parent / "oidc_provider_op"
LOA3 = "http://id.swedenconnect.se/loa/1.0/uncertified-loa3"


def private_jwk(kid: str) -> dict[str, str]:
    """A new RSA key, with its private half, as oidc-provider is given it."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=3072).private_numbers()
    public = private.public_numbers
    values = {
        "n": public.n,
        "e": public.e,
        "d": private.d,
        "p": private.p,
        "q": private.q,
        "dp": private.dmp1,
        "dq": private.dmq1,
        "qi": private.iqmp,
    }
    members = {name: encoded(value.to_bytes((value.bit_length() + 7) // 8)) for name, value in values.items()}
    return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, **members}


@dataclass
class OidcProvider(Server):
    """The OP. Use as a context manager; `folder` is written to and not removed.

    `clients` as oidc-provider takes them (RFC 7591). `acr` and `amr`: what every login is said to have been.
    """

    folder: Path
    clients: tuple[dict[str, Any], ...]
    port: int = field(default_factory=free_port)
    users: tuple[User, ...] = (LARARE1, ELEV1)
    scope: str = "exempelstad.se"
    acr: str = LOA3
    amr: tuple[str, ...] = ("pwd",)
    acr_values: tuple[str, ...] = (LOA3,)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @classmethod
    def known_to(cls, folder: Path, key: bytes, secret: str, **options: Any) -> Self:
        """With one person's three clients: own-key (private_key_jwt, by that key), by-header and by-form (with the secret)."""
        plain = {
            "redirect_uris": ["https://localhost:8443/oidc/callback"],
            "application_type": "web",
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "require_auth_time": True,
        }
        own = {
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [public_jwk(key)]},
            "userinfo_signed_response_alg": "RS256",
        }
        others = {"by-header": "client_secret_basic", "by-form": "client_secret_post"}
        clients = [{**plain, **own, "client_id": "own-key"}]
        clients += [
            {**plain, "client_id": name, "client_secret": secret, "token_endpoint_auth_method": method} for name, method in others.items()
        ]
        return cls(folder, tuple(clients), **options)

    def into(self, path: Path) -> None:
        """Writes idptest.toml with those three clients, and both people at each."""
        clients = {"own-key": "private_key_jwt", "by-header": "client_secret_basic", "by-form": "client_secret_post"}
        lines = ["[sp]", 'entity_id = "https://idptest.exempelstad.se/sp"', 'base_url = "https://localhost:8443"']
        for name, method in clients.items():
            lines += [
                f"[idp.{name}]",
                'protocol = "oidc"',
                f'issuer = "{self.issuer}"',
                f'client_id = "{name}"',
                f'client_auth = "{method}"',
            ]
            lines += ['client_secret_env = "CLIENT_SECRET"'] if "secret" in method else []
        for name, role, user in zip(("larare", "elev"), ("teacher", "pupil"), self.users, strict=True):
            lines += [f"[account.{name}]", f"idp = {json.dumps(list(clients))}", f'role = "{role}"', f'username = "{user.username}"']
            lines += [f'password_env = "IDPTEST_{name.upper()}_PASSWORD"', f'object_guid = "{user.guid}"', "test_person = true"]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def metadata_url(self) -> str:
        return f"{self.issuer}/.well-known/openid-configuration"

    def metadata(self) -> bytes:
        """The discovery document as served. Raises ServerTrouble when there is none."""
        with browser() as client:
            answer = client.get(self.metadata_url, timeout=10)
        if answer.status_code != 200:
            raise ServerTrouble(f"{self.metadata_url}: HTTP {answer.status_code}\n{self.log()}")
        return answer.content

    def start(self, timeout: float = 20.0) -> None:
        """Install if need be, write the configuration, start and wait. `timeout` in seconds, not counting npm. Raises ServerTrouble."""
        if absent := npm.missing():
            raise ServerTrouble(absent)
        program = npm.installed(SOURCE, "oidc-provider") / "server.mjs"
        self.folder.mkdir(parents=True, exist_ok=True)
        config = {
            "port": self.port,
            "clients": list(self.clients),
            "keys": [private_jwk("op-1")],
            "users": [
                {"username": user.username, "password": user.password, "eppn": f"{user.guid}@{self.scope}", "sub": f"sub-{number}"}
                for number, user in enumerate(self.users, 1)
            ],
            "acr": self.acr,
            "amr": list(self.amr),
            "acrValues": list(self.acr_values),
        }
        (self.folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        command = [shutil.which("node") or "node", str(program), str(self.folder / "config.json")]
        self._run(command, {}, f'"{self.issuer}"', timeout)
