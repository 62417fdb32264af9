"""Writes what of the documentation can be read off the program: `python -m docs.generate`, or `make docs`.

rules.sv.md and rules.en.md hold every rule, fixes.sv.md and fixes.en.md what to change in each product, cli.md every command, coverage.md what
is tested and what is not. `--check` writes nothing and exits 1 when they are stale.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import click

from docs import fixes, rows
from docs.markdown import prose
from idptest import catalogue, resources
from idptest.cli import group
from idptest.demo.defects import DEFECTS
from idptest.model.rule import Rule, Words

HERE = Path(__file__).parent
_WIDTH = 100

_TITLE = Words("The rules", "Reglerna")
_INTRO = Words(
    """{count} rules, each one sentence that is true of a good login. The first part of the id tells where the rule stands: a module in
`idptest/checks/` for what the standards ask of everybody, or a file in `attribute_rules/` for what one federation or service asks.
**MUST**: the login fails, or must not be trusted. **SHOULD**: it works here and now, and breaks somewhere else or later.
**NOTE**: good to know. At the terminal: `idptest rules ID`.""",
    """{count} regler. Varje regel är en mening som är sann om en bra inloggning. Första delen av id:t säger var regeln står: en modul i
`idptest/checks/` för det som standarderna kräver av alla, eller en fil i `attribute_rules/` för det som en federation eller tjänst
kräver. **MUST**: inloggningen fungerar inte, eller går inte att lita på. **SHOULD**: det fungerar här och nu, men kan brista annanstans eller
senare. **NOTE**: bra att veta. I terminalen: `idptest rules ID --lang sv`.""",
)
_MADE = Words(
    "<!-- Made by `make docs` from the rules themselves. Change the rules, not this file. -->",
    "<!-- Skapad av `make docs` ur reglerna. Ändra reglerna, inte den här filen. -->",
)
_LABELS = {
    "level": Words("Level", "Nivå"),
    "rule": Words("Rule", "Regel"),
    "title": Words("In a good login …", "I en bra inloggning …"),
    "why": Words("Why", "Varför"),
    "fix": Words("Do this", "Gör så här"),
    "source": Words("Source", "Källa"),
    "origin": Words("Stands in", "Står i"),
    "shown": Words("Shown by", "Visas av"),
}


def files() -> Iterator[tuple[str, str]]:
    """Every generated file: its name and its text."""
    for lang in ("sv", "en"):
        yield f"rules.{lang}.md", rules(lang)
        yield f"fixes.{lang}.md", fixes.page(lang)
    yield "cli.md", commands()
    yield "coverage.md", rows.page(rows.rows())


# --- the rules


def rules(lang: str) -> str:
    every = list(catalogue.all_rules())
    lines = [_MADE.text(lang), "", f"# {_TITLE.text(lang)}", "", _INTRO.text(lang).format(count=len(every)), ""]
    lines += [f"| {_label('level', lang)} | {_label('rule', lang)} | {_label('title', lang)} |", "|---|---|---|"]
    lines += [f"| {rule.level.value.upper()} | [{rule.id}](#{rule.id}) | {_cell(rule.text(lang).title)} |" for rule in every]
    for place, found in groupby(every, key=lambda rule: rule.id.partition("/")[0]):
        lines += ["", f"## {place}{_about(place, lang)}"]
        for rule in found:
            lines += ["", *_rule(rule, lang)]
    return "\n".join(lines) + "\n"


def _about(place: str, lang: str) -> str:
    return f": {prose(catalogue.ruleset(place).title.text(lang))}" if place in resources.rulesets() else ""


def _rule(rule: Rule, lang: str) -> Iterator[str]:
    text = rule.text(lang)
    origin = rule.origin.rpartition(":")[0]  # without the line: that would make this file stale at every edit
    yield f'<a id="{rule.id}"></a>'
    yield ""
    yield f"### {rule.id}"
    yield ""
    yield f"**{rule.level.value.upper()}** {prose(text.title)}."
    yield ""
    yield f"- {_label('why', lang)}: {prose(text.why)}"
    yield f"- {_label('fix', lang)}: {prose(text.fix)}"
    yield f"- {_label('source', lang)}: {prose(rule.source)}"
    yield f"- {_label('origin', lang)}: [{origin}](../{origin})"
    shown = [f"`idptest {defect.command} --demo {defect.account} --defect {defect.name}`" for defect in DEFECTS if rule.id in defect.fails]
    if shown:
        yield f"- {_label('shown', lang)}: {', '.join(shown)}"


def _label(key: str, lang: str) -> str:
    return _LABELS[key].text(lang)


def _cell(text: str) -> str:
    return prose(text).replace("|", "\\|")


# --- the commands


def commands() -> str:
    lines = [
        "<!-- Made by `make docs` from the commands' own help. Change the commands, not this file. -->",
        "",
        "# The commands",
        "",
        "What `--help` says.",
    ]
    for context in _contexts(group, "idptest"):
        lines += ["", f"## {context.command_path}", "", "```text", *_help(context), "```"]
    return "\n".join(lines) + "\n"


def _contexts(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[click.Context]:
    """The command, and all that it holds."""
    context = click.Context(
        command, parent, info_name=name, terminal_width=_WIDTH, max_content_width=_WIDTH, help_option_names=["-h", "--help"]
    )
    yield context
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            if found := command.get_command(context, inner):
                yield from _contexts(found, inner, context)


def _help(context: click.Context) -> list[str]:
    return [line.rstrip() for line in context.command.get_help(context).splitlines()]


# --- writing


def stale() -> list[str]:
    """What of the tree is not what would be generated."""
    return [name for name, text in files() if not (HERE / name).is_file() or (HERE / name).read_bytes() != text.encode()]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description="Writes the generated part of the documentation.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when something is stale")
    check = parser.parse_args().check
    found = stale()
    if not check:
        for name, text in files():
            (HERE / name).write_bytes(text.encode())
    for name in found:
        sys.stdout.write(f"docs: {name} {'is stale; run: make docs' if check else 'written anew'}\n")
    sys.stdout.write(f"docs: {len(list(files()))} files, {len(found)} {'stale' if check else 'changed'}\n")
    return 1 if check and found else 0


if __name__ == "__main__":
    sys.exit(main())
