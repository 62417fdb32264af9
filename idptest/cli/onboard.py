"""idptest onboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from idptest.cli import language
from idptest.cli.options import deliver, extra_reports, judging, yes_production
from idptest.errors import ConfigurationError

if TYPE_CHECKING:
    from idptest.model.settings import IdpSettings, Settings


@click.command("onboard")
@click.argument("idp", required=False, metavar="[IDP]")
@click.option("--again", is_flag=True, help="Take every step anew, also what is done.")
@click.option(
    "--skip", multiple=True, metavar="STEP", help="Leave a step out: preflight, metadata, trace, pupil, teacher. May be repeated."
)
@click.option(
    "--driver",
    "driver_name",
    type=click.Choice(["form", "browser", "system"]),
    default="form",
    show_default=True,
    help="Who logs in, as for idptest login.",
)
@click.option("--headed", is_flag=True, help="With --driver browser: show the window, and let a person log in.")
@yes_production
@judging
def command(idp: str | None, again: bool, skip: tuple[str, ...], driver_name: str, headed: bool, production: bool, **output: Any) -> int:
    """From nothing to a teacher who logs in, one step at a time.

    Preflight, metadata, its way to Skolverket, a pupil's login, a teacher's: it stops where something is in the way and says what to do. The
    next run goes on from there; what is done is not asked again unless something has changed. IDP may be left out when idptest.toml has one.
    """
    extra = extra_reports(output.pop("reports"))
    if headed and driver_name != "browser":
        raise ConfigurationError("--headed goes with --driver browser", "--headed hör ihop med --driver browser")
    from idptest import onboarding
    from idptest.adapters import clock, store
    from idptest.adapters import onboarding as memory
    from idptest.adapters.settings_file import read_settings
    from idptest.cli import logins
    from idptest.cli.doctor import looking
    from idptest.cli.onboarding_steps import STEPS, Context
    from idptest.model.rule import Level
    from idptest.validator import inspect

    click.get_current_context().call_on_close(logins.clear_progress)
    _known(skip, [step.name for step in STEPS])
    folder = store.workspace()
    settings = read_settings(folder)
    assert folder is not None  # noqa: S101 - read_settings() has refused already
    chosen = _chosen(settings, idp)
    lang = language(output["lang"])
    went = onboarding.walk(
        STEPS,
        {} if again else memory.read(folder, chosen.name),
        memory.prints(settings, chosen, folder, production),
        context := Context(settings, folder, chosen, looking(production), lang, driver_name, headed, {}),
        now=clock.now,
        keep=lambda marks: memory.write(folder, chosen.name, marks),
        fail_on=Level(output["fail_on"]),
        skip=skip,
    )
    logins.clear_progress()
    checklist = inspect(onboarding.inspection(chosen.name, went.steps, clock.now(), chosen.product))
    reports = [checklist, *went.reports]
    code = deliver(reports, [context.saved.get(id(report)) for report in reports], extra=extra, **output)
    return 2 if went.error else code


def _known(skip: tuple[str, ...], names: list[str]) -> None:
    from idptest.toml_lines import did_you_mean

    for name in skip:
        if name not in names:
            near, listed = did_you_mean(name, names), ", ".join(names)
            raise ConfigurationError(f'there is no step "{name}"{near[0]} ({listed})', f'det finns inget steg "{name}"{near[1]} ({listed})')


def _chosen(settings: Settings, name: str | None) -> IdpSettings:
    """The IdP of that name, or the only one. Raises ConfigurationError."""
    from idptest.cli.doctor import idp_of

    if name is not None or len(settings.idps) == 1:
        return idp_of(settings, name or next(iter(settings.idps)))
    listed = ", ".join(settings.idps)
    if not listed:
        return idp_of(settings, "exempelstad")
    raise ConfigurationError(
        f"idptest.toml has several IdPs: say which ({listed})", f"idptest.toml har flera IdP:er: ange vilken ({listed})"
    )
