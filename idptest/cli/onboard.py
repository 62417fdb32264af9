"""idptest onboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from idptest.cli import language
from idptest.cli.options import check_driver, deliver, driven, extra_reports, judging, uploaded_at, uploaded_option, yes_production
from idptest.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from idptest.model.onboarding import Mark
    from idptest.model.settings import IdpSettings, Settings


@click.command("onboard")
@click.argument("idp", required=False, metavar="[IDP]")
@click.option("--again", is_flag=True, help="Take every step anew, also what is done.")
@click.option(
    "--skip", multiple=True, metavar="STEP", help="Leave a step out: preflight, metadata, trace, pupil, teacher. May be repeated."
)
@uploaded_option
@driven
@yes_production
@judging
def command(
    idp: str | None,
    again: bool,
    skip: tuple[str, ...],
    uploaded: str | None,
    driver_name: str,
    headed: bool,
    production: bool,
    **output: Any,
) -> int:
    """From nothing to a teacher who logs in, one step at a time.

    Preflight, metadata, its way to Skolverket, a pupil's login, a teacher's: it stops where something is in the way and says what to do. The
    next run goes on from there; what is done is not asked again unless something has changed. IDP may be left out when idptest.toml has one.
    """
    extra = extra_reports(output.pop("reports"))
    check_driver(driver_name, headed)
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
    since = uploaded_at(uploaded, clock.now().astimezone())
    folder = store.workspace()
    settings = read_settings(folder)
    assert folder is not None  # noqa: S101 - read_settings() has refused already
    chosen = _chosen(settings, idp)
    _allowed(chosen, production, skip)
    lang = language(output["lang"])
    went = onboarding.walk(
        STEPS,
        {} if again else memory.read(folder, chosen.name),
        memory.prints(settings, chosen, folder, production),
        context := Context(
            settings, folder, chosen, looking(production, driver_name == "system" or headed), lang, driver_name, headed, since, {}
        ),
        now=clock.now,
        keep=lambda marks: _keep(folder, chosen.name, marks, lang),
        fail_on=Level(output["fail_on"]),
        skip=skip,
    )
    logins.clear_progress()
    checklist = inspect(onboarding.inspection(chosen.name, went.steps, clock.now(), chosen.product))
    reports = [checklist, *went.reports]
    code = deliver(reports, [context.saved.get(id(report)) for report in reports], extra=extra, **output)
    return 2 if went.error else code


def _keep(folder: Path, idp: str, marks: Mapping[str, Mark], lang: str) -> None:
    """When it cannot be remembered a line says so: what was found is worth more."""
    from idptest.adapters import onboarding as memory
    from idptest.cli import logins

    try:
        memory.write(folder, idp, marks)
    except ConfigurationError as problem:
        logins.clear_progress()
        missed = "det gick inte att spara hur långt det har kommit" if lang == "sv" else "how far it has come could not be saved"
        click.echo(f"idptest: {missed}: {problem.line(lang)}", err=True)


def _allowed(idp: IdpSettings, production: bool, skip: tuple[str, ...]) -> None:
    """The preflight asks for a yes to production: nobody comes past it. Raises ConfigurationError."""
    if idp.protocol != "saml":
        raise ConfigurationError(
            f"[idp.{idp.name}] speaks OpenID Connect, and Skolverket's way in is by SAML; idptest doctor {idp.name} and idptest login look at it",
            f"[idp.{idp.name}] talar OpenID Connect, men vägen in hos Skolverket går med SAML; idptest doctor {idp.name} och idptest login prövar den",
            where="idptest.toml",
        )
    if idp.environment == "production" and not production and "preflight" in skip:
        raise ConfigurationError(
            f'[idp.{idp.name}] environment = "production": without the preflight too it takes --yes-production',
            f'[idp.{idp.name}] environment = "production": även utan förkontroll behövs --yes-production',
            where="idptest.toml",
        )


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
