"""A real OpenID provider on loopback: oidc-provider (npm, certified) in a server of our own, `oidc_provider_op/server.mjs`.

No root. Needs `npm.PACKAGES` and an npm registry; what npm installs is kept in one folder, `.interop` unless INTEROP_CACHE names another.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from idptest.oidc.tokens import encoded
from tests.interop import npm
from tests.interop.op import CALLBACK, Client, Op
from tests.interop.server import ELEV1, LARARE1, ServerTrouble, User, free_port

SOURCE = Path(__file__).parent / "oidc_provider_op"
LOA3 = "http://id.swedenconnect.se/loa/1.0/uncertified-loa3"


def private_jwk(kid: str, algorithm: str | None = "RS256") -> dict[str, str]:
    """A new RSA key, with its private half, as oidc-provider is given it; for that algorithm alone, or for any."""
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
    return {"kty": "RSA", "use": "sig", **({"alg": algorithm} if algorithm else {}), "kid": kid, **members}


def private_curve_jwk(kid: str) -> dict[str, str]:
    """The same, on a curve; `kid` is the curve's name: P-256 or Ed25519."""
    if kid == "P-256":
        private = ec.generate_private_key(ec.SECP256R1()).private_numbers()
        numbers = {"x": private.public_numbers.x, "y": private.public_numbers.y, "d": private.private_value}
        return {"kty": "EC", "use": "sig", "kid": kid, "crv": kid, **{name: encoded(value.to_bytes(32)) for name, value in numbers.items()}}
    key = ed25519.Ed25519PrivateKey.generate()
    halves = {"d": key.private_bytes_raw(), "x": key.public_key().public_bytes_raw()}
    return {"kty": "OKP", "use": "sig", "kid": kid, "crv": kid, **{name: encoded(value) for name, value in halves.items()}}


THREE = (
    Client("own-key", known={"userinfo_signed_response_alg": "RS256"}),
    Client("by-header", "client_secret_basic"),
    Client("by-form", "client_secret_post"),
)
_ALL = {
    "redirect_uris": [CALLBACK],
    "application_type": "web",
    "grant_types": ["authorization_code"],
    "response_types": ["code"],
    "require_auth_time": True,
}


@dataclass
class OidcProvider(Op):
    """The OP. Use as a context manager; `folder` is written to and not removed. What is changed counts from the next start.

    `clients` know `key` (ours, PEM) and `secret`. `acr` and `amr`: what every login is said to have been.
    `subjects`: what each sub begins with, a number follows. `keys`: private JWKs that it signs with; `published`: what it shows instead of them. `claims`: what it knows of everybody beside sub
    and EPPN. `denies`: the client_ids that nobody gives consent to. `dies_at`: the path whose first request ends it.
    `settings` and `features` are oidc-provider's own.
    """

    folder: Path
    key: bytes
    secret: str
    clients: tuple[Client, ...] = THREE
    port: int = field(default_factory=free_port)
    users: tuple[User, ...] = (LARARE1, ELEV1)
    scope: str = "exempelstad.se"
    subjects: str = "sub-"
    acr: str = LOA3
    amr: tuple[str, ...] = ("pwd",)
    acr_values: tuple[str, ...] = (LOA3,)
    keys: tuple[dict[str, str], ...] = field(default_factory=lambda: (private_jwk("op-1"),))
    published: tuple[dict[str, str], ...] = ()
    claims: Mapping[str, Any] = field(default_factory=dict)
    denies: tuple[str, ...] = ()
    dies_at: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    features: Mapping[str, Any] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    def registered(self, client: Client) -> dict[str, Any]:
        """What it knows of that client, as RFC 7591 has it."""
        known = {**_ALL, "client_id": client.name, "token_endpoint_auth_method": client.auth}
        known |= self.proof(client)
        return known | dict(client.known)

    def asked(self) -> list[dict[str, str]]:
        """What it understood of each request that it showed its page for, oldest first."""
        return [json.loads(line) for line in self._written("asked.jsonl")]

    def issued(self) -> set[str]:
        """The codes and access tokens that it has given."""
        return set(self._written("issued.txt"))

    def _written(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, timeout: float = 20.0) -> None:
        """Install if need be, write the configuration, start and wait. `timeout` in seconds, not counting npm. Raises ServerTrouble."""
        if absent := npm.missing():
            raise ServerTrouble(absent)
        program = npm.installed(SOURCE, "oidc-provider") / "server.mjs"
        self.folder.mkdir(parents=True, exist_ok=True)
        config = {
            "port": self.port,
            "clients": [self.registered(client) for client in self.clients],
            "keys": self.keys,
            "published": self.published or None,
            "users": [
                {
                    "username": user.username,
                    "password": user.password,
                    "claims": {"sub": f"{self.subjects}{number}", "eduperson_principal_name": f"{user.guid}@{self.scope}", **self.claims},
                }
                for number, user in enumerate(self.users, 1)
            ],
            "acr": self.acr,
            "amr": self.amr,
            "acrValues": self.acr_values,
            "denies": self.denies,
            "diesAt": self.dies_at,
            "settings": self.settings,
            "features": self.features,
        }
        (self.folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        command = [shutil.which("node") or "node", str(program), str(self.folder / "config.json")]
        self._run(command, {}, f'"{self.issuer}"', timeout)
