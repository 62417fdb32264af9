"""idptest metadata trace."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from idptest.cli.options import deliver, extra_reports, judging, uploaded_at, uploaded_option
from idptest.errors import ConfigurationError

if TYPE_CHECKING:
    from idptest.model.inspection import InspectionReport

_CLEAR = "\r\x1b[K"


@click.command("trace")
@click.argument("entity_id", required=False, metavar="[ENTITYID]")
@click.option("--idp", metavar="NAME", help="An IdP of idptest.toml. Default: the one with that entityID; without ENTITYID all of them.")
@uploaded_option
@click.option(
    "--environment", type=click.Choice(["test", "production"]), help="Whose feeds. Default: the IdP's in idptest.toml, else production."
)
@click.option("--demo", is_flag=True, help="Exempelstad's metadata. Needs no configuration.")
@click.option("--defect", metavar="NAME", help="With --demo: where it is stuck. A name that does not exist lists them all.")
@judging
def command(
    entity_id: str | None, idp: str | None, uploaded: str | None, environment: str | None, demo: bool, defect: str | None, **output: Any
) -> int:
    """Say where an IdP's metadata is stuck on its way to the services.

    Looks at the IdP's own address, the uploaded file, the federation's feed, Fidus' feed and the discovery service, and says who has
    to act, or until when to wait. Where they are: [trace] and [idp.NAME.trace] in idptest.toml.
    """
    from idptest.adapters import clock

    extra = extra_reports(output.pop("reports"))
    now = clock.now().astimezone()
    since = uploaded_at(uploaded, now)
    entity_id = (entity_id or "").strip() or None  # pasted, it may have blanks around it
    if defect and not demo:
        raise ConfigurationError("--defect goes with --demo", "--defect hör ihop med --demo")
    if demo and (entity_id or idp or environment):
        raise ConfigurationError(
            "--demo traces Exempelstad's metadata, in production: leave ENTITYID, --idp and --environment out",
            "--demo spårar Exempelstads metadata, i produktion: utelämna ENTITYID, --idp och --environment",
        )
    reports = [_demo(defect, now, since)] if demo else _configured(entity_id, idp, environment, now, since)
    return deliver(reports, [None] * len(reports), extra=extra, **output)


def _demo(defect: str | None, now: datetime, uploaded: datetime | None) -> InspectionReport:
    from idptest.demo.way import traced, way
    from idptest.trace import inspection
    from idptest.validator import inspect

    return inspect(inspection(traced(way(defect), now, uploaded)))


def _configured(
    entity_id: str | None, idp: str | None, environment: str | None, now: datetime, uploaded: datetime | None
) -> list[InspectionReport]:
    from idptest.adapters import store
    from idptest.adapters.settings_file import read_settings
    from idptest.adapters.trace_sources import Sources, targets
    from idptest.validator import inspect

    folder = store.workspace()
    settings = read_settings(folder)
    assert folder is not None  # noqa: S101 - read_settings has refused already
    sources = Sources(folder, settings, now, _show)
    chosen = targets(settings, folder, entity_id, idp, environment)
    reports = [inspect(sources.inspection(target, uploaded), waivers=settings.waivers) for target in chosen]
    if sys.stderr.isatty():
        click.echo(_CLEAR, err=True, nl=False)
    return reports


def _show(place: str) -> None:
    """On a terminal: what is being looked at, on one line that goes away. In a pipe: nothing."""
    if sys.stderr.isatty():
        click.echo(f"{_CLEAR}… {place}"[:100], err=True, nl=False)
