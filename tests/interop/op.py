"""An OpenID provider on loopback, whichever it is: our clients there, and the idptest.toml that uses them."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from idptest.oidc.rp import public_jwk
from tests.interop.server import Server, ServerTrouble, User, browser

BASE_URL = "https://localhost:8443"
CALLBACK = f"{BASE_URL}/oidc/callback"


@dataclass(frozen=True)
class Client:
    """One of our clients: what the OP knows of it beside what it knows of all (RFC 7591), and its own lines under [idp.NAME]."""

    name: str
    auth: str = "private_key_jwt"
    known: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[str, ...] = ()


class Op(Server):
    """`clients` are ours, who know `key` (PEM) and `secret`; `users` a teacher and a pupil."""

    key: bytes
    secret: str
    clients: tuple[Client, ...]
    users: tuple[User, ...]

    def proof(self, client: Client) -> dict[str, Any]:
        """What it knows that client by: our secret, or our key."""
        return {"client_secret": self.secret} if "secret" in client.auth else {"jwks": {"keys": [public_jwk(self.key)]}}

    @property
    @abstractmethod
    def issuer(self) -> str:
        """As its discovery document says it."""

    @property
    def metadata_url(self) -> str:
        return f"{self.issuer}/.well-known/openid-configuration"

    def metadata(self) -> bytes:
        """The discovery document as served. Raises ServerTrouble when there is none."""
        return self.fetched(self.metadata_url)

    def fetched(self, url: str) -> bytes:
        """What it has there. Raises ServerTrouble when there is nothing."""
        with browser() as client:
            answer = client.get(url, timeout=10)
        if answer.status_code != 200:
            raise ServerTrouble(f"{url}: HTTP {answer.status_code}\n{self.log()}")
        return answer.content

    def tables(self) -> str:
        """[idp.NAME] of each client."""
        lines = []
        for client in self.clients:
            lines += [f"[idp.{client.name}]", 'protocol = "oidc"', f'issuer = "{self.issuer}"', f'client_id = "{client.name}"']
            lines += [f'client_auth = "{client.auth}"', *(['client_secret_env = "CLIENT_SECRET"'] if "secret" in client.auth else [])]
            lines += client.lines
        return "\n".join(lines) + "\n"

    def into(self, path: Path) -> None:
        """Writes idptest.toml with those clients, and both people at each."""
        lines = ["[sp]", 'entity_id = "https://idptest.exempelstad.se/sp"', f'base_url = "{BASE_URL}"', self.tables()]
        names = json.dumps([client.name for client in self.clients])
        for name, role, user in zip(("larare", "elev"), ("teacher", "pupil"), self.users, strict=True):
            lines += [f"[account.{name}]", f"idp = {names}", f'role = "{role}"', f'username = "{user.username}"']
            lines += [f'password_env = "IDPTEST_{name.upper()}_PASSWORD"', f'object_guid = "{user.guid}"', "test_person = true"]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
