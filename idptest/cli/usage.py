"""What is wrong with a command as it was typed, in both languages. click tells it by class, and in English only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, cast

import click

from idptest.errors import ConfigurationError
from idptest.model.rule import Words
from idptest.toml_lines import did_you_mean, nearest

_EXTRA = re.compile(r"\((.*)\)$", re.DOTALL)  # "Got unexpected extra arguments (a b)": nothing else holds what they were


def explained(problem: click.ClickException, where: str) -> ConfigurationError:
    """As one of our own mistakes, and where the help is."""
    said = sentence(problem)
    return ConfigurationError(f"{said.en} (see: {where} --help)", f"{said.sv} (se: {where} --help)")


def sentence(problem: click.ClickException) -> Words:
    """Without a full stop. A kind that click has and we never meet keeps click's own words."""
    match problem:
        case click.NoSuchOption():
            near = nearest(problem.option_name, [name for option in problem.cmd.params for name in option.opts]) if problem.cmd else None
            name, meant = problem.option_name, did_you_mean(problem.option_name, [near] if near else [])
            return Words(f"there is no option {name}{meant[0]}", f"det finns inget alternativ {name}{meant[1]}")
        case click.MissingParameter(param=click.Argument() as argument):
            name = _name(argument, problem.ctx)
            return Words(f"{name} is missing", f"{name} saknas")
        case click.MissingParameter(param=click.Option() as option):
            name = _name(option, problem.ctx)
            return Words(f"the option {name} is missing", f"alternativet {name} saknas")
        case click.BadParameter(param=click.Parameter() as parameter):
            name, takes = _name(parameter, problem.ctx), wanted(parameter.type)
            if takes:
                return Words(f"{name} takes {takes.en}", f"{name} ska vara {takes.sv}")
        case click.BadOptionUsage():
            name = problem.option_name
            if "not take" in problem.message:
                return Words(f"{name} takes no value", f"{name} tar inget värde")
            return Words(f"{name} needs a value", f"{name} behöver ett värde")
        case click.UsageError() if extra := _EXTRA.search(problem.message):
            return Words(f"there is too much here: {extra[1]}", f"det står för mycket: {extra[1]}")
    said = " ".join(problem.format_message().split())
    return Words(said, said)


def wanted(kind: click.ParamType[Any]) -> Words | None:
    """What an option of that type is to be; nothing where no value is wrong."""
    match kind:
        case click.Choice():
            listed = ", ".join(map(str, kind.choices))
            return Words(f"one of {listed}", f"något av {listed}")
        case click.IntRange():
            return Words(f"a whole number, {kind.min} to {kind.max}", f"ett heltal, {kind.min} till {kind.max}")
        case click.FloatRange():
            low, high = f"{kind.min:.3g}", f"{kind.max:.5g}"
            return Words(f"a number, {low} to {high}", f"ett tal, {low} till {high}".replace(".", ","))
        case click.Path() if not kind.dir_okay:
            return Words("a file, and that is a folder or cannot be read", "en fil, och det där är en mapp eller går inte att läsa")
        case click.Path():
            return Words("what you may read; permission is missing", "något som du får läsa; behörighet saknas")
        case _:
            return None


def asked(group: click.Group, arguments: Sequence[str]) -> str:
    """The command that was meant, as it is typed: click does not always say. Only words, so nothing else that was typed is repeated."""
    words, command = ["idptest"], cast(click.Command, group)
    for word in arguments:
        inner = command.get_command(click.Context(command), word) if isinstance(command, click.Group) else None
        if inner is None:
            break
        words.append(word)
        command = inner
    return " ".join(words)


def _name(parameter: click.Parameter, context: click.Context | None) -> str:
    """As it is typed: the option's longest name, or the argument as the usage line shows it."""
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return parameter.make_metavar(context or click.Context(click.Command(None))).strip("[]")
