"""idptest check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idptest.cli import language
from idptest.cli.options import deliver, extra_reports, judging, moment

if TYPE_CHECKING:
    from idptest.model.flow import Flow


@click.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--idp-metadata",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The IdP's metadata, or a feed that holds it, for a file of others. Of an OP: its discovery document or its JWKS; both, given twice.",
)
@click.option("--role", type=click.Choice(["teacher", "pupil"]), help="Who logged in, in a file of others. Default: pupil.")
@click.option(
    "--account", metavar="NAME", help="Which account in idptest.toml logged in, in a file of others: what is known of it is used."
)
@click.option(
    "--ruleset",
    "rulesets",
    multiple=True,
    metavar="NAME",
    help="Judge by this ruleset instead of the login's, the account's or the role's. May be repeated.",
)
@click.option("--at", metavar="TIME", help="Judge as if it had been captured then (ISO 8601, such as 2026-11-22T07:45Z).")
@judging
def command(
    files: tuple[Path, ...],
    idp_metadata: tuple[Path, ...],
    role: str | None,
    account: str | None,
    rulesets: tuple[str, ...],
    at: str | None,
    **output: Any,
) -> int:
    """Judge a saved login again, or one in a file from a browser.

    FILE is a flow that idptest login saved: the verdict is the same as it was then, byte for byte, unless the rules have changed. Or it
    is a SAML response (XML or base64), an ID Token, a HAR from a browser, or an export from SAML-tracer: every login by SAML in it is judged
    whose IdP's metadata is known, from --idp-metadata or from a file that idptest.toml names, and every login by OpenID Connect. What such a
    file cannot tell is listed. Nothing is sent, and nothing is saved.
    """
    from idptest.adapters.given_files import GivenFiles
    from idptest.validator import judge

    extra = extra_reports(output.pop("reports"))
    first, more = next(iter(idp_metadata), None), idp_metadata[1:]
    given = GivenFiles(first, role, rulesets, moment(at) if at else None, account, more)
    flows: list[Flow] = []
    names: list[Path] = []
    for path in files:
        read = given.read(path)
        flows += read.flows
        names += [path] * len(read.flows)
        for words in read.left_out:
            click.echo(f"idptest: {words.text(language(output['lang']))}", err=True)
    return deliver([judge(flow) for flow in flows], names, extra=extra, **output)
