"""idptest login."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from idptest.cli import language
from idptest.cli.options import check_defects, check_driver, defect_option, deliver, driven, extra_reports, judging, repeat_option

if TYPE_CHECKING:
    from idptest.model.report import Report


@click.command("login")
@click.argument("accounts", nargs=-1, metavar="[ACCOUNT]…")
@click.option("--demo", is_flag=True, help="Log in at Exempelstad, the demo municipality (accounts: larare, elev). Needs no configuration.")
@defect_option
@driven
@click.option(
    "--protocol",
    type=click.Choice(["saml", "oidc", "both"]),
    help="Log in by SAML, by OpenID Connect, or by both, and compare. Default: as each IdP is configured; in the demo SAML.",
)
@repeat_option
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
    what must never change is noted in the history. If that cannot be done after all, one line says so, and its report and the exit code
    are what they would have been.
    """
    extra = extra_reports(output.pop("reports"))
    check_defects(defects, demo)
    check_driver(driver_name, headed, demo)
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
