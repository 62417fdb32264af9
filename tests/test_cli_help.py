"""The help: what `idptest --help` lists without importing is what the commands themselves say."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from idptest import __version__
from idptest.cli import COMMANDS, Commands, group


def paths(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that lead to it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from paths(inner, (*path, name))


ALL = dict(paths(group))


LISTED = {(*path, name): line for path, group in ALL.items() if isinstance(group, Commands) for name, (_, line) in group.listed.items()}


@pytest.mark.parametrize("path", LISTED, ids=" ".join)
def test_the_line_in_the_list_is_the_commands_own(path: tuple[str, ...]) -> None:
    assert inspect.cleandoc(ALL[path].help or "").splitlines()[0] == LISTED[path]
    assert ALL[path].name == path[-1]


@pytest.mark.parametrize("flag", ["--help", "-h"])
@pytest.mark.parametrize("path", ALL, ids=lambda path: " ".join(path) or "idptest")
def test_every_command_explains_itself(path: tuple[str, ...], flag: str) -> None:
    done = CliRunner().invoke(group, [*path, flag], prog_name="idptest")
    assert done.exit_code == 0, done.output
    assert done.output.startswith(" ".join(("Usage: idptest", *path)))


@pytest.mark.parametrize("path", ALL, ids=lambda path: " ".join(path) or "idptest")
def test_every_option_is_explained(path: tuple[str, ...]) -> None:
    options = [option for option in ALL[path].params if isinstance(option, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_the_list_holds_every_command() -> None:
    done = CliRunner().invoke(group, ["--help"])
    for name, (_, line) in COMMANDS.items():
        assert any(row.split() == [name, *line.split()] for row in done.output.splitlines()), name


def test_version() -> None:
    assert CliRunner().invoke(group, ["--version"], prog_name="idptest").output == f"idptest, version {__version__}\n"
