"""What every command that logs in does: the logins of `adapters.logins`, shown at a terminal, and held beside each other."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idptest.cli.prompt import prompt

if TYPE_CHECKING:
    from idptest.adapters.driver import Say
    from idptest.adapters.login_runner import LoginRunner, Target
    from idptest.adapters.logins import Judged
    from idptest.model.flow import HttpRequest
    from idptest.model.history import HistoryReport, Observation
    from idptest.model.rule import Words


def demo(names: Collection[str], defects: Collection[str], protocol: str | None = None) -> Iterator[tuple[Target, LoginRunner]]:
    from idptest.adapters import logins

    return logins.demo(names, defects, show_progress, protocol)


def configured(
    names: Collection[str],
    folder: Path | None,
    lang: str,
    driver_name: str,
    headed: bool,
    at: Mapping[str, Collection[str]] | None = None,
    protocol: str | None = None,
) -> Iterator[tuple[Target, LoginRunner]]:
    """The logins of these accounts, or of all. `at`: by account, the IdPs to log in at; None: at each that it has."""
    from idptest.adapters import logins
    from idptest.adapters.drivers import Choice

    return logins.configured(names, folder, prompt(lang), Choice(driver_name, headed, show_progress, saying(lang)), at, protocol)


def log_in(
    ready: Collection[tuple[Target, LoginRunner]], repeat: int, folder: Path | None, lang: str, key: bytes, record: bool = True
) -> Iterator[Judged]:
    """Carries the logins out, so many times each; each is saved, judged and, when it arrives, added to the history (`record`)."""
    from idptest.adapters import logins

    return logins.log_in(ready, repeat, folder, key, saying(lang), record)


def over_time(made: Sequence[Judged]) -> list[HistoryReport]:
    """A report for each account and IdP: were the logins of this run alike in what must never change?"""
    from idptest.model.history import History
    from idptest.validator import judge_history

    reports = []
    for place, found in by_place(made).items():
        now = tuple(login.observation for login in found)
        history = History(found[-1].report.target, now, others=beside(place, made))
        reports.append(judge_history(history, found[-1].target.waivers))
    return reports


def beside(place: tuple[str, str], made: Iterable[Judged], known: Iterable[Observation] = ()) -> tuple[Observation, ...]:
    """The last login of every other account, of this run or of those `known`; and this account's at other IdPs in this run."""
    account, idp = place
    run = [login.observation for login in made if login.observation.arrived]
    last = {seen.account: seen for seen in (*known, *run) if seen.account != account}
    return (*last.values(), *(seen for seen in run if seen.account == account and seen.idp != idp))


def by_place(made: Iterable[Judged]) -> dict[tuple[str, str], list[Judged]]:
    """The logins of each account at each IdP."""
    found: dict[tuple[str, str], list[Judged]] = {}
    for login in made:
        found.setdefault((login.observation.account, login.observation.idp), []).append(login)
    return found


def saying(lang: str) -> Say:
    """Prints a line for the person who runs this."""

    def say(words: Words) -> None:
        clear_progress()
        click.echo(f"idptest: {words.text(lang)}", err=True)

    return say


_CLEAR = "\r\x1b[K"


def show_progress(request: HttpRequest) -> None:
    """On a terminal: where the login is right now, on one line that goes away. In a pipe: nothing."""
    from urllib.parse import urlsplit

    if sys.stderr.isatty():
        parts = urlsplit(request.url)
        click.echo(f"{_CLEAR}… {parts.netloc}{parts.path}"[:100], err=True, nl=False)


def clear_progress() -> None:
    if sys.stderr.isatty():
        click.echo(_CLEAR, err=True, nl=False)
