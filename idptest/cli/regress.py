"""idptest regress."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idptest.cli import language
from idptest.cli.options import check_defects, check_driver, defect_option, deliver, driven, extra_reports, judging, repeat_option
from idptest.errors import ConfigurationError

if TYPE_CHECKING:
    from idptest.adapters.logins import Judged
    from idptest.model.history import Baseline, ExpectedChange, HistoryReport, Observation


@click.command("regress")
@click.argument("accounts", nargs=-1, metavar="[ACCOUNT]…")
@click.option("--baseline", "name", metavar="NAME", help="What to compare with. Default: the only baseline there is.")
@click.option("--idp", metavar="OTHER", help="Log in at this IdP instead, and compare with the baseline of the IdP before: a migration.")
@click.option(
    "--expected",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The changes that are meant. Default: expected-changes.toml beside idptest.toml.",
)
@click.option("--demo", is_flag=True, help="At Exempelstad: compare logins at its new version, which has the defects, with its old one.")
@defect_option
@driven
@repeat_option
@judging
def command(
    accounts: tuple[str, ...],
    name: str | None,
    idp: str | None,
    expected: Path | None,
    demo: bool,
    defects: tuple[str, ...],
    driver_name: str,
    headed: bool,
    repeat: int,
    **output: Any,
) -> int:
    """Log in again, and say what has changed since the baseline.

    Without ACCOUNT: every account in the baseline. A change that is not in expected-changes.toml fails; one that is, and does not come, is a
    warning. The logins are saved and noted in the history as by idptest login; the baseline stays where it is: only idptest baseline
    accept moves it.
    """
    extra = extra_reports(output.pop("reports"))
    check_defects(defects, demo)
    check_driver(driver_name, headed, demo)
    if demo and idp:
        raise ConfigurationError("--demo goes without --idp", "--demo går inte ihop med --idp")
    from idptest.adapters import baselines, store
    from idptest.adapters.logins import key_of
    from idptest.cli import logins

    click.get_current_context().call_on_close(logins.clear_progress)
    folder, lang = store.workspace(), language(output["lang"])
    key = key_of(folder)
    changes = baselines.expected(folder, expected, check_accounts=not demo)
    if demo and name is None:
        baseline = _before(accounts, repeat, key, lang)
    else:
        baseline = _chosen(folder, name, accounts, key)
    if idp:
        baseline = _elsewhere(baseline, idp)
    names = accounts or tuple(dict.fromkeys(seen.account for seen in baseline.observations))
    before = _history(folder, baseline, lang)
    if demo:
        ready = list(logins.demo(names, defects))
    else:
        at = {account: [idp] if idp else _idps(baseline, account) for account in names}
        ready = list(logins.configured(names, folder, lang, driver_name, headed, at))
    if folder:
        store.check_room(folder)
    made = list(logins.log_in(ready, repeat, folder, lang, key))
    logins.clear_progress()
    reports = _compared(made, baseline, before, changes)
    return deliver(reports, [None] * len(reports), extra=extra, **output)


def _compared(
    made: Sequence[Judged], baseline: Baseline, before: Sequence[Observation], expected: Sequence[ExpectedChange]
) -> list[HistoryReport]:
    """A report for each account and IdP."""
    from idptest.cli import logins
    from idptest.model.history import History
    from idptest.validator import judge_history

    # What is true of an account that does not log in now is what its baseline says, else what was seen last.
    known = (*before, *baseline.observations)
    reports = []
    for place, found in logins.by_place(made).items():
        history = History(
            target=found[-1].report.target,
            now=tuple(login.observation for login in found),
            baseline=baseline,
            before=tuple(seen for seen in before if seen.account == place[0]),
            others=logins.beside(place, made, known),
            expected=tuple(expected),
        )
        reports.append(judge_history(history, found[-1].target.waivers))
    return reports


def _history(folder: Path | None, baseline: Baseline, lang: str) -> list[Observation]:
    """What was seen since the baseline. When the history cannot be read a line says so, and only the baseline is compared with."""
    from idptest.adapters import history
    from idptest.cli import logins

    if folder is None:
        return []
    try:
        return history.read(folder, logins.saying(lang), baseline.saved_at)
    except ConfigurationError as problem:
        click.echo(f"idptest: {problem.line(lang)}", err=True)
        return []


def _before(accounts: Collection[str], repeat: int, key: bytes, lang: str) -> Baseline:
    """Exempelstad as it was: a baseline that is made on the spot, and stands in no file."""
    from idptest import catalogue
    from idptest.adapters import clock
    from idptest.cli import logins
    from idptest.model.history import Baseline
    from idptest.observe import key_id

    made = [login.observation for login in logins.log_in(list(logins.demo(accounts, ())), 1, None, lang, key)]
    return Baseline("exempelstad", clock.now(), catalogue.tool(), key_id(key), tuple(made))


def _chosen(folder: Path | None, name: str | None, accounts: Collection[str], key: bytes) -> Baseline:
    """The baseline, with something in it about every account that is asked for."""
    from idptest.adapters import baselines, store

    if folder is None:
        store.settings(folder)  # says that there is no workspace, and what to do
    assert folder is not None  # noqa: S101 - settings() has refused already
    baseline = baselines.chosen(folder, name, key)
    known = {seen.account for seen in baseline.observations}
    for account in accounts:
        if account not in known:
            raise ConfigurationError(
                f"the baseline {baseline.name} holds nothing about {account}; idptest baseline accept {baseline.name} {account} adds its last login",
                f"baslinjen {baseline.name} innehåller inget om {account}; idptest baseline accept {baseline.name} {account} lägger till dess senaste inloggning",
            )
    return baseline


def _elsewhere(baseline: Baseline, idp: str) -> Baseline:
    """Without what it holds of the IdP that people move to: what they move from is what counts."""
    from dataclasses import replace

    before = tuple(seen for seen in baseline.observations if seen.idp != idp)
    if not before:
        raise ConfigurationError(
            f"the baseline {baseline.name} holds logins at {idp} only; --idp compares them with those at another IdP",
            f"baslinjen {baseline.name} innehåller bara inloggningar hos {idp}; --idp jämför med dem hos en annan IdP",
        )
    return replace(baseline, observations=before)


def _idps(baseline: Baseline, account: str) -> list[str]:
    return list(dict.fromkeys(seen.idp for seen in baseline.observations if seen.account == account))
