"""Files as a user would give them to `idptest check`, and what it makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from idptest.adapters.given_files import GivenFiles
from idptest.cli import group
from idptest.errors import IdptestError
from idptest.model.flow import Flow
from idptest.model.report import Report
from tests.captured import browser


def write(folder: Path, flow: Flow, content: bytes, name: str = "login.har") -> tuple[Path, Path]:
    """The file, and beside it the metadata of the flow's IdP."""
    (folder / name).write_bytes(content)
    (folder / "idp.xml").write_bytes(flow.idp.metadata)
    return folder / name, folder / "idp.xml"


def read(folder: Path, flow: Flow, content: bytes, **options: Any) -> tuple[Flow, ...]:
    """The flows in the file, asked for as the flow was."""
    path, metadata = write(folder, flow, content)
    options = {"role": flow.account.role, "rulesets": flow.rulesets} | options
    return GivenFiles(metadata, **options).read(path).flows


def har(folder: Path, flow: Flow, kind: Any = browser.chrome, **options: Any) -> Flow:
    (found,) = read(folder, flow, browser.as_bytes(kind(flow)), **options)
    return found


def facts(report: Report) -> dict[tuple[str, str], object]:
    """All that a report says, by rule and subject."""
    return {(found.rule.id, found.subject): (found.verdict, found.message, found.evidence, found.blocked_by) for found in report.findings}


def check(*arguments: object) -> tuple[Result, IdptestError | None]:
    """`idptest check …` in Swedish; its result, and the error that ends it with one line and exit code 2. Anything else is raised."""
    result = CliRunner().invoke(group, ["check", "--lang", "sv", *map(str, arguments)], standalone_mode=False)
    if result.exception and not isinstance(result.exception, IdptestError):
        raise result.exception
    return result, result.exception
