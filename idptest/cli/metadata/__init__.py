"""idptest metadata: a module for each of its commands, imported when it is used."""

from __future__ import annotations

import click

from idptest.cli import Commands, Listed

COMMANDS: Listed = {
    "sp": ("idptest.cli.metadata.sp", "Write our SP metadata, for the IdP or the federation to read."),
    "rp": ("idptest.cli.metadata.rp", "Tell what to enter in an OpenID provider for it to know us."),
    "lint": ("idptest.cli.metadata.lint", "Judge an IdP's or an SP's metadata, without any login."),
    "diff": ("idptest.cli.metadata.diff", "Say in words what differs between two versions of an entity's metadata."),
    "fetch": ("idptest.cli.metadata.fetch", "Fetch a federation's feed, verify it and keep it."),
    "verify": ("idptest.cli.metadata.verify", "Judge a feed: its signature, its end, who is in it."),
    "find": ("idptest.cli.metadata.find", "Find an IdP or SP in the feeds that have been fetched."),
    "trace": ("idptest.cli.metadata.trace", "Say where an IdP's metadata is stuck on its way to the services."),
    "sign": ("idptest.cli.metadata.sign", "Build and sign a feed of metadata files, for a test federation."),
}


@click.command("metadata", cls=Commands, listed=COMMANDS)
def command() -> None:
    """Our registration, federations' feeds, an IdP's metadata."""
