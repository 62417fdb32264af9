"""idptest doctor."""

from __future__ import annotations

import sys
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import click

from idptest.cli.options import check_defects, defect_option, deliver, extra_reports, judging, yes_production
from idptest.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from idptest.adapters.preflight import Look
    from idptest.model.inspection import Inspection, InspectionReport
    from idptest.model.settings import AccountSettings, IdpSettings, Settings


@click.command("doctor")
@click.argument("idps", nargs=-1, metavar="[IDP]…")
@click.option("--demo", is_flag=True, help="Look at Exempelstad, the demo municipality. Needs no configuration.")
@defect_option
@yes_production
@judging
def command(idps: tuple[str, ...], demo: bool, defects: tuple[str, ...], production: bool, **output: Any) -> int:
    """Look everything over before the first login, without credentials.

    The configuration, our keys, who can read the files; and for each IDP (default: all in idptest.toml) its metadata, every address in
    it, the clocks, and whether it knows us. Nobody logs in, and no password is used.
    """
    extra = extra_reports(output.pop("reports"))
    check_defects(defects, demo)
    from idptest.adapters import store
    from idptest.adapters.settings_file import read_settings
    from idptest.cli import logins

    click.get_current_context().call_on_close(logins.clear_progress)
    look = looking(production)
    if demo:
        from idptest.adapters import demo_preflight

        reports = [_judged(each) for each in demo_preflight.inspections(defects, look)]
    else:
        folder = store.workspace()
        settings = read_settings(folder)
        assert folder is not None  # noqa: S101 - read_settings() has refused already
        reports = list(preflight(settings, folder, idps, look))
    logins.clear_progress()
    return deliver(reports, [None] * len(reports), extra=extra, **output)


def looking(production: bool, by_hand: bool = False) -> Look:
    """How to look from this command line. `by_hand`: a person logs in, and needs no variable for it."""
    from idptest.adapters import clock
    from idptest.adapters.preflight import Look
    from idptest.cli.logins import show_progress

    return Look(clock.now, clock.new_id, show_progress, asked=by_hand or sys.stdin.isatty(), production=production)


def preflight(settings: Settings, folder: Path, names: Collection[str], look: Look) -> list[InspectionReport]:
    """This computer first, then each IdP, all of them when none is named. Raises ConfigurationError."""
    from idptest.adapters import preflight as seen

    chosen = [idp_of(settings, name).name for name in names or settings.idps]
    if not chosen:
        raise ConfigurationError(
            "there is no IdP: write one as [idp.exempelstad]", "det finns ingen IdP: skriv en som [idp.exempelstad]", where="idptest.toml"
        )
    accounts: list[AccountSettings] = [account for account in settings.accounts.values() if set(account.idps) & set(chosen)]
    inspections = [seen.computer(settings, folder, accounts, look)]
    inspections += [seen.idp(settings, settings.idps[name], folder, look) for name in chosen]
    return [_judged(inspection, settings) for inspection in inspections]


def idp_of(settings: Settings, name: str) -> IdpSettings:
    """The IdP of that name. Raises ConfigurationError."""
    from idptest.toml_lines import did_you_mean

    if name in settings.idps:
        return settings.idps[name]
    near = did_you_mean(name, settings.idps)
    raise ConfigurationError(f"there is no [idp.{name}]{near[0]}", f"det finns inget [idp.{name}]{near[1]}", where="idptest.toml")


def _judged(inspection: Inspection, settings: Settings | None = None) -> InspectionReport:
    from idptest.validator import inspect

    return inspect(inspection, waivers=settings.waivers if settings else ())
