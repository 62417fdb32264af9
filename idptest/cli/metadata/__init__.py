"""idptest metadata: a module for each of its commands, imported when it is used."""

from __future__ import annotations

import click

from idptest.cli import Commands, Listed

COMMANDS: Listed = {
    "sp": ("idptest.cli.metadata.sp", "Write our SP metadata, for the IdP or the federation to read."),
    "lint": ("idptest.cli.metadata.lint", "Judge an IdP's or an SP's metadata, without any login."),
    "diff": ("idptest.cli.metadata.diff", "Say in words what differs between two versions of an entity's metadata."),
}


@click.command("metadata", cls=Commands, listed=COMMANDS)
def command() -> None:
    """Our registration, federations' feeds, an IdP's metadata."""
