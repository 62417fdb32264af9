"""idptest metadata diff."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from idptest.cli import language
from idptest.cli.options import exactly, lang_option


@click.command("diff")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--entity-id", metavar="ID", help="Which entity, where A and B hold several.")
@click.option("--role", type=click.Choice(["idp", "sp"]), help="Compare as IdP or as SP. Default: what it is; both: IdP.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What to print.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to FILE instead of printing.")
@click.option("--show-values", is_flag=True, help="Show contacts' addresses. They are masked otherwise.")
@lang_option
def command(
    a: str, b: str, entity_id: str | None, role: str | None, form: str, output: Path | None, show_values: bool, lang: str | None
) -> int:
    """Say in words what differs between two versions of an entity's metadata.

    A and B are each a file, an https address, - for standard input, idp:NAME for the metadata of [idp.NAME] as it is now, feed:NAME for
    the last good copy of a feed, or feed:NAME@before for the copy before that. Exit code 0: no difference; 1: there is one.
    """
    from idptest.adapters import store
    from idptest.adapters.given_metadata import both
    from idptest.model.metadata_facts import differences
    from idptest.reporters import metadata_changes as changes
    from idptest.reporters.style import Style

    chosen = language(lang)
    name, (was, now) = both(a, b, entity_id, role, store.workspace())
    found = changes.Difference(name, a, b, differences(was, now))
    if form == "json":
        text = changes.as_json(found, chosen, show_values)
    else:
        width = min(shutil.get_terminal_size((100, 24)).columns, 120)
        text = changes.text(found, Style(chosen, width, sys.stdout.isatty() and output is None, show_values=show_values))
    if output:
        store.write(output, text.encode())
    elif form == "json":
        exactly(text)
    else:
        click.echo(text, nl=False)
    return 1 if found.changes else 0
