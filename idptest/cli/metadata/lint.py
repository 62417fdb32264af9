"""idptest metadata lint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from idptest.cli import language
from idptest.cli.options import deliver, exactly, extra_reports, judging
from idptest.errors import ConfigurationError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from idptest.model.inspection import Inspection, InspectionReport
    from idptest.model.rule import Waiver


@click.command("lint")
@click.argument("sources", nargs=-1, metavar="[SOURCE…]")
@click.option("--idp", "idps", multiple=True, metavar="NAME", help="An IdP of idptest.toml. May be repeated. Default: all of them.")
@click.option("--entity-id", metavar="ID", help="Which entity, where SOURCE holds several.")
@click.option("--role", type=click.Choice(["idp", "sp"]), help="Judge it as IdP or as SP. Default: what it is; both: IdP.")
@click.option("--all", "whole", is_flag=True, help="Every entity in SOURCE.")
@click.option("--product", metavar="PRODUCT", help="Which product the IdP is, where it is not recognised (adfs, entra …).")
@click.option("--demo", is_flag=True, help="Exempelstad's metadata. Needs no configuration.")
@click.option("--defect", "defects", multiple=True, metavar="NAME", help="With a defect in Exempelstad's metadata. May be repeated.")
@click.option("--suggest", is_flag=True, help="Print the metadata with what can be put right put right, instead of the report.")
@judging
def command(
    sources: tuple[str, ...],
    idps: tuple[str, ...],
    entity_id: str | None,
    role: str | None,
    whole: bool,
    product: str | None,
    demo: bool,
    defects: tuple[str, ...],
    suggest: bool,
    **output: Any,
) -> int:
    """Judge an IdP's or an SP's metadata, without any login.

    SOURCE is a file, an https address, - for standard input, or feed:NAME for the last good copy of a feed; of an OpenID provider its
    discovery document. Without SOURCE: what the IdPs of idptest.toml publish.
    """
    from idptest.adapters import clock, given_metadata, store
    from idptest.adapters.settings_file import read_settings
    from idptest.lint import rulesets
    from idptest.suggest import hint
    from idptest.validator import inspect

    _only_one_of(sources, idps, demo or defects)
    if (entity_id or role or whole) and not sources:
        raise ConfigurationError(
            "--entity-id, --role and --all choose in a SOURCE: give one", "--entity-id, --role och --all väljer i en SOURCE: ange en"
        )
    extra, lang = extra_reports(output.pop("reports")), language(output["lang"])
    if suggest and (extra or output["form"] != "text"):
        raise ConfigurationError(
            "--suggest prints metadata, and no report: leave --format and --report out",
            "--suggest skriver metadata och ingen rapport: utelämna --format och --report",
        )
    left_out: list[InputError] = []
    now, folder = clock.now(), store.workspace()
    waivers: Sequence[Waiver] = ()
    found: Iterable[Inspection]
    if demo or defects:
        found = [_exempelstad(defects, product, now)]
    elif sources:
        waivers = read_settings(folder).waivers if folder else ()
        found = given_metadata.from_sources(sources, given_metadata.Wanted(entity_id, role, whole), product, now, folder, left_out)
    else:
        settings = read_settings(folder)
        assert folder is not None  # noqa: S101 - read_settings has refused already
        waivers, found = settings.waivers, given_metadata.from_settings(settings, folder, idps, product, now)
    reports = [inspect(inspection, rulesets(inspection), waivers) for inspection in found]
    if not reports:
        raise left_out[0]
    if suggest:
        return _suggested(reports, output["output"], lang, output["fail_on"])
    code = deliver(reports, [None] * len(reports), extra=extra, **output)
    for problem in left_out:
        click.echo(f"idptest: {problem.line(lang)}", err=True)
    if output["form"] == "text" and not output["output"] and len(reports) == 1:
        for line in hint(reports[0], lang):
            click.echo(line, err=True)
    return code or (3 if left_out else 0)


def _suggested(reports: Sequence[InspectionReport], output: Path | None, lang: str, fail_on: str) -> int:
    """The corrected metadata goes where a report would, and what was changed to standard error. The exit code is that of what is left."""
    from idptest.adapters import store
    from idptest.model.rule import Level
    from idptest.model.saml import IdpMetadata
    from idptest.suggest import as_file, corrected, summary

    if len(reports) != 1:
        raise ConfigurationError("--suggest takes one IdP at a time", "--suggest tar en IdP i taget")
    if not reports[0].inspection.all(IdpMetadata):
        raise ConfigurationError(
            "--suggest corrects an IdP's metadata; an SP's, such as ours, is written by idptest metadata sp",
            "--suggest rättar en IdP:s metadata; en SP:s, som vår egen, skrivs av idptest metadata sp",
        )
    made = corrected(reports[0])
    for line in summary(reports[0], made, lang):
        click.echo(line, err=True)
    if made is None:
        return reports[0].exit_code(Level(fail_on))
    text = as_file(made, lang)
    if output:
        store.write(output, text.encode(), private=False)
    else:
        exactly(text)
    return made.report.exit_code(Level(fail_on))


def _only_one_of(sources: object, idps: object, demo: object) -> None:
    if sum(map(bool, (sources, idps, demo))) > 1:
        raise ConfigurationError(
            "SOURCE, --idp and --demo are three ways to say which metadata: choose one",
            "SOURCE, --idp och --demo är tre sätt att ange vilken metadata: välj ett",
        )


def _exempelstad(defects: tuple[str, ...], product: str | None, now: datetime) -> Inspection:
    from dataclasses import replace

    from idptest import lint
    from idptest.adapters import demo, given_metadata

    idp = demo.published(demo.named(defects), now)
    return lint.of_idp(replace(idp, product=given_metadata.checked(product) or idp.product), now)
