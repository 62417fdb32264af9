"""idptest login."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from idptest.cli import language
from idptest.cli.options import deliver, extra_reports, judging
from idptest.errors import ConfigurationError

if TYPE_CHECKING:
    from idptest.model.report import Report


@click.command("login")
@click.argument("accounts", nargs=-1, metavar="[ACCOUNT]…")
@click.option("--demo", is_flag=True, help="Log in at Exempelstad, the demo municipality (accounts: larare, elev). Needs no configuration.")
@click.option(
    "--defect",
    "defects",
    multiple=True,
    metavar="NAME",
    help="Give Exempelstad a defect. May be repeated. See: idptest demo --list-defects",
)
@click.option(
    "--driver",
    "driver_name",
    type=click.Choice(["form", "browser", "system"]),
    default="form",
    show_default=True,
    help="Who logs in: idptest itself by filling in forms; a browser that idptest steers; or you, in your own browser.",
)
@click.option("--headed", is_flag=True, help="With --driver browser: show the window, and let a person log in.")
@click.option(
    "--protocol",
    type=click.Choice(["saml", "oidc", "both"]),
    help="Log in by SAML, by OpenID Connect, or by both, and compare. Default: as each IdP is configured; in the demo SAML.",
)
@click.option(
    "--repeat",
    type=click.IntRange(1, 100),
    default=1,
    help="Log in so many times, each time afresh, and compare: who the person is must never change.",
)
@judging
def command(
    accounts: tuple[str, ...],
    demo: bool,
    defects: tuple[str, ...],
    driver_name: str,
    headed: bool,
    protocol: str | None,
    repeat: int,
    **output: Any,
) -> int:
    """Log in, judge, and say what to change.

    Without ACCOUNT: every account in idptest.toml, and a table at the end. In a folder with idptest.toml each login is saved, and
    what must never change is noted in the history. If that cannot be done after all, one line says so, and its report and the exit code are what they would have been.
    """
    extra = extra_reports(output.pop("reports"))
    if defects and not demo:
        raise ConfigurationError("--defect goes with --demo", "--defect hör ihop med --demo")
    if headed and driver_name != "browser":
        raise ConfigurationError("--headed goes with --driver browser", "--headed hör ihop med --driver browser")
    if demo and driver_name != "form":
        raise ConfigurationError(
            "--demo has no address that a browser could go to; idptest demo serves Exempelstad",
            "--demo har ingen adress som en webbläsare kan gå till; idptest demo startar Exempelstad som server",
        )
    from idptest.adapters import store
    from idptest.adapters.logins import key_of
    from idptest.cli import logins

    click.get_current_context().call_on_close(logins.clear_progress)
    folder = store.workspace()
    lang = language(output["lang"])
    ready = list(
        logins.demo(accounts, defects, protocol) if demo else logins.configured(accounts, folder, lang, driver_name, headed, None, protocol)
    )
    if folder:
        store.check_room(folder)
    made = list(logins.log_in(ready, repeat, folder, lang, key_of(folder)))
    logins.clear_progress()
    reports: list[Report] = [login.report for login in made]
    saved = [login.path for login in made]
    if repeat > 1 or protocol == "both":
        reports += logins.over_time(made)
    return deliver(reports, [*saved, *[None] * (len(reports) - len(saved))], extra=extra, **output)
