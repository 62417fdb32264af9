"""A workspace whose IdP is Exempelstad in one version, and then in another."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from idptest.adapters.demo import named
from idptest.adapters.demo_server import DemoServer
from idptest.cli import group
from idptest.demo.people import PEOPLE, Person
from idptest.errors import ConfigurationError
from tests.running import running

SP = "https://idptest.exempelstad.se/sp"
Start = Callable[..., DemoServer]
TEACHER, PUPIL = PEOPLE[0], PEOPLE[1]


@contextmanager
def serving(*defects: str) -> Iterator[DemoServer]:
    with running(DemoServer({SP: "https://localhost:8443/saml/acs"}, named(defects))) as server:
        yield server


def account(who: Person, idp: str, more: str) -> str:
    return (
        f'[account.{who.name}]\nidp = {idp}\nrole = "{who.role}"\nusername = "{who.username}"\n'
        f'password_env = "IDPTEST_{who.name.upper()}_PASSWORD"\n{more}\n'
    )


class Workspace:
    """A folder with idptest.toml, and idptest in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = ""

    def settings(
        self, more: str = "test_person = true", people: tuple[Person, ...] = (TEACHER,), rest: str = "", **idps: DemoServer
    ) -> None:
        listed = json.dumps(list(idps))
        (self.folder / "idptest.toml").write_text(
            f'[sp]\nentity_id = "{SP}"\nbase_url = "https://localhost:8443"\n'
            + "".join(f'[idp.{name}]\nmetadata = "{server.metadata_url}"\n' for name, server in idps.items())
            + "".join(account(who, listed, more) for who in people)
            + rest,
            encoding="utf-8",
        )

    def run(self, *arguments: str) -> Result:
        """An error of the user's own is in `exception`; any other is raised."""
        result = CliRunner().invoke(group, [*arguments, "--lang", "en"], standalone_mode=False)
        self.said += result.output
        if result.exception and not isinstance(result.exception, ConfigurationError):
            raise result.exception
        return result

    def refused(self, *arguments: str) -> str:
        problem = self.run(*arguments).exception
        assert isinstance(problem, ConfigurationError)
        self.said += problem.line("en") + problem.line("sv")
        assert "\n" not in problem.line("sv")
        return problem.line("en")

    def failing(self, *arguments: str) -> set[str]:
        return {rule for report in self.reports(*arguments) for rule in failing(report)}

    def reports(self, *arguments: str) -> list[dict[str, Any]]:
        plain = json.loads(self.run("regress", "--format", "json", *arguments).stdout)
        return plain.get("reports", [plain])


def failing(report: dict[str, Any]) -> set[str]:
    """But for the addresses in the metadata: each server that a test starts is at another port."""
    return {found["rule"] for found in report["findings"] if found["verdict"] == "fail"} - {"history-metadata/addresses-are-unchanged"}
