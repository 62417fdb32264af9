"""Exempelstad as an OP on loopback with trouble at one of its addresses, a folder with idptest.toml, and a sweep for secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from idptest.adapters import clock
from idptest.adapters.demo import workspace_clients
from idptest.adapters.demo_server import DemoServer
from idptest.cli import main
from idptest.demo import op_changes as changes
from idptest.demo.defect import Defect
from idptest.demo.op import OpClient
from idptest.demo.people import person
from idptest.login.urls import split
from idptest.model.flow import Flow, HttpRequest, HttpResponse
from idptest.model.flow_file import loads
from idptest.model.rule import Words
from tests.interop.workspace import _everything, spellings
from tests.running import running

LARARE = person("larare")
SECRET, REFRESH = "krita/tavla+svamp=2026", "fornya-mig-Zm9ybnlhLW1pZw"
DISCOVERY, JWKS, TOKEN, USER_INFO = "/.well-known/openid-configuration", "/oidc/jwks", "/oidc/token", "/oidc/userinfo"
SETTINGS = """
[sp]
entity_id = "https://idptest.exempelstad.se/sp"
base_url = "https://localhost:8443"

[idp.exempelstad]
protocol = "oidc"
issuer = "{issuer}"
client_id = "idptest"
{auth}
timeout = {timeout}

[account.larare]
idp = "exempelstad"
role = "teacher"
username = "{username}"
password_env = "IDPTEST_LARARE_PASSWORD"
totp_env = "IDPTEST_LARARE_TOTP"
test_person = true
"""
BY_SECRET, BY_KEY = 'client_secret_env = "IDPTEST_CLIENT_SECRET"', 'client_auth = "private_key_jwt"'
# What stands at an address instead of the answer that Exempelstad would give.
Trouble = Callable[[HttpRequest, HttpResponse], HttpResponse]
_REFRESHES = Defect("refreshes", Words("", ""), (), op_answer=changes.members(refresh_token=REFRESH), protocol="oidc")


class Op(DemoServer):
    """It remembers what went over the wire, which is what nobody else may."""

    def __init__(
        self, trouble: Mapping[str, Trouble], defects: tuple[Defect, ...], clients: Mapping[str, OpClient], now: Callable[[], datetime]
    ) -> None:
        super().__init__({}, (_REFRESHES, *defects), clients=clients, now=now)
        self.trouble, self.wire = trouble, list[tuple[HttpRequest, HttpResponse]]()

    def _respond(self, request: HttpRequest) -> HttpResponse:
        response = super()._respond(request)
        self.wire.append((request, response))
        parts = split(request.url)
        change = self.trouble.get(parts.path) if parts else None
        return change(request, response) if change else response


@dataclass
class Folder:
    """The administrator's folder, and all that idptest wrote or said there."""

    path: Path
    screen: pytest.CaptureFixture[bytes]
    said: list[bytes] = field(default_factory=list)

    def run(self, *arguments: str) -> tuple[int, str]:
        self.screen.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([*arguments])
        out, err = self.screen.readouterr()
        self.said += [out, err]
        assert b"Traceback" not in out + err
        return int(ended.value.code or 0), (out + err).decode()

    def login(self) -> tuple[int, str]:
        """The login, and every report there is of it."""
        reports = [f"--report={form}=report.{form}" for form in ("html", "junit", "json")]
        return self.run("login", "larare", "--lang", "sv", *reports)

    def flow(self) -> Flow:
        [path] = (self.path / ".idptest" / "flows").glob("*.json")
        return loads(path.read_text(encoding="utf-8"))

    def places(self) -> Iterator[tuple[str, bytes]]:
        """Everything that somebody may read: what was printed, reports, flow files, pages."""
        yield from ((f"output {number}", data) for number, data in enumerate(self.said, 1))
        for path in self.path.rglob("*"):
            if path.is_file() and "keys" not in path.parts:
                yield path.name, _everything(path)


def secrets(wire: list[tuple[HttpRequest, HttpResponse]]) -> set[str]:
    """What only the two of them may know: codes, tokens, our secret, our assertions, verifiers; and the password."""
    assert LARARE
    found = {LARARE.password, SECRET, REFRESH}
    for request, response in wire:
        fields = ("code", "code_verifier", "client_assertion", "client_secret", "access_token")
        found |= {value for name, value in request.form or () if name in fields}
        found |= {value.partition(" ")[2] for name, value in request.headers if name.lower() == "authorization"}
        found |= set(re.findall(r'"access_token": "([^"]+)"', response.body[:10_000].decode("utf-8", "replace")))
        found |= {code for name, value in response.headers if name == "Location" for code in re.findall(r"[?&]code=([^&]+)", value)}
    return {each for each in found if len(each) > 5}


def leaks(places: Iterator[tuple[str, bytes]], known: set[str]) -> list[str]:
    """Where a secret stands, in whatever spelling."""
    written = [(spelling, secret) for secret in known for spelling in spellings(secret)]
    return [f"{secret} in {place}" for place, data in places for spelling, secret in written if spelling in data]


@contextmanager
def op(folder: Path, *, auth: str = BY_SECRET, issuer: str = "{base}", timeout: int = 10, **more: object) -> Iterator[Op]:
    """It runs, and the folder's idptest.toml names it. `more`: trouble, defects, now."""
    assert LARARE
    values = {"auth": auth, "timeout": timeout, "username": LARARE.username}
    settings = folder / "idptest.toml"
    settings.write_text(SETTINGS.format(issuer="https://op.exempelstad.se", **values), encoding="utf-8")
    trouble, defects, now = more.get("trouble", {}), more.get("defects", ()), more.get("now", clock.now)
    server = Op(trouble, defects, workspace_clients(folder), now)  # type: ignore[arg-type]
    settings.write_text(
        SETTINGS.format(issuer=issuer.format(base=server.base_url, port=server.base_url.rpartition(":")[2]), **values), encoding="utf-8"
    )
    with running(server):
        yield server
