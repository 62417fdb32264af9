"""pytest with our plugin, and a municipality for it to log in at."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from idptest.adapters.demo import named
from idptest.adapters.demo_server import DemoServer
from idptest.demo.people import person

TEACHER, PUPIL = person("larare"), person("elev")
assert TEACHER and PUPIL
EPPN = "exempelstad::larare::dnp/eppn-is-released"
EXAMPLE = Path(__file__).parents[2] / "docs" / "guide" / "pytest-example"

# The first writes, the second imports all of Hypothesis anew in each run.
WITHOUT = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
Pytest = Callable[..., pytest.RunResult]


def outcomes(done: pytest.RunResult) -> dict[str, int]:
    return done.parseoutcomes()


class Town:
    """Exempelstad on loopback, and a workspace with an account there that is nobody's test person."""

    def __init__(self, folder: Path, *defects: str) -> None:
        self.lines: list[str] = []
        services = {"https://idptest.exempelstad.se/sp": "https://localhost:8443/saml/acs"}
        self.server = DemoServer(services, named(defects), log=self.lines.append)
        self.thread = threading.Thread(target=self.server.serve, daemon=True)
        self.thread.start()
        self.folder = folder
        self.write()

    def write(self, more: str = "", **account: str) -> None:
        assert TEACHER
        lines = {
            "idp": '"exempelstad"',
            "role": '"teacher"',
            "username": f'"{TEACHER.username}"',
            "password_env": '"TOWN_PASSWORD"',
        } | account
        text = f"""
[sp]
entity_id = "https://idptest.exempelstad.se/sp"
base_url = "https://localhost:8443"

[idp.exempelstad]
metadata = "{self.server.metadata_url}"

[account.larare]
""" + "".join(f"{key} = {value}\n" for key, value in lines.items())
        (self.folder / "idptest.toml").write_text(text + more, encoding="utf-8")

    @property
    def logins(self) -> int:
        """How many logins have begun."""
        return sum(line.startswith("GET /sso") or line.startswith("GET /saml") for line in self.lines)

    def stop(self) -> None:
        self.server.stop()
        self.thread.join()
