"""What every command that logs in does: get the logins ready, carry them out, keep what came."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idptest.cli.prompt import prompt
from idptest.errors import ConfigurationError

if TYPE_CHECKING:
    from idptest.adapters.driver import Driver, Say
    from idptest.adapters.login_runner import Captured, LoginRunner, Target
    from idptest.model.flow import Flow, HttpRequest
    from idptest.model.history import ExpectedChange, HistoryReport, Observation
    from idptest.model.report import LoginReport
    from idptest.model.rule import Words


@dataclass(frozen=True)
class Judged:
    """One login of a run: the report on it, where it is saved, and what stays of it in the history."""

    target: Target
    report: LoginReport
    path: Path | None
    observation: Observation


def log_in(
    ready: Collection[tuple[Target, LoginRunner]], repeat: int, folder: Path | None, lang: str, key: bytes, record: bool = True
) -> Iterator[Judged]:
    """Carries the logins out, so many times each; each is saved, judged and, when it arrives, added to the history (`record`)."""
    from idptest.adapters import clock
    from idptest.observe import observe
    from idptest.validator import judge

    for target, runner in ready:
        for _ in range(repeat):
            run = clock.new_id()
            for captured in runner.run(target):
                flow, path = keep(captured, folder, lang)
                report = judge(flow)
                observation = replace(observe(report, key), run=run)
                if folder and record and observation.arrived:
                    remember(folder, observation, lang)
                yield Judged(target, report, path, observation)


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


def remember(folder: Path, observation: Observation, lang: str) -> None:
    """Adds a row to the history. When that cannot be done a line says so: the judgement of the login is worth more."""
    from idptest.adapters import history

    try:
        history.add(folder, [observation], saying(lang))
    except ConfigurationError as problem:
        clear_progress()
        missed = "inloggningen finns inte i historiken" if lang == "sv" else "the login is not in the history"
        click.echo(f"idptest: {missed}: {problem.line(lang)}", err=True)


def key_of(folder: Path | None) -> bytes:
    """The workspace's key; for this run only where there is no workspace."""
    import secrets

    from idptest.adapters import history

    if folder is None:
        return secrets.token_bytes(32)
    history.check(folder)
    return history.key(folder)


def expected(folder: Path | None, given: Path | None, accounts: Collection[str] | None) -> tuple[ExpectedChange, ...]:
    """What the file expects; nothing when none is named and none is there."""
    from idptest import expected_changes
    from idptest.adapters import store

    path = given or (folder / expected_changes.FILE if folder else None)
    if path is None or (given is None and not path.exists()):
        return ()
    known: Mapping[str, object] | None = store.settings(folder).accounts if folder and accounts is not None else None
    where = str(given) if given else expected_changes.FILE
    try:
        return expected_changes.read(store.read_file(path).decode("utf-8-sig"), where, known)
    except UnicodeDecodeError:
        raise ConfigurationError(
            "it is not UTF-8; save the file as UTF-8", "filen är inte UTF-8; spara den som UTF-8", where=where
        ) from None


def saying(lang: str) -> Say:
    """Prints a line for the person who runs this."""

    def say(words: Words) -> None:
        clear_progress()
        click.echo(f"idptest: {words.text(lang)}", err=True)

    return say


def keep(captured: Captured, folder: Path | None, lang: str) -> tuple[Flow, Path | None]:
    """The flow with its id, and where it is saved; without a workspace nothing is written, and the id is None.

    The id is None too when the disk is full after all: the judgement of a login is worth more than its file.
    """
    from idptest.adapters import clock, store
    from idptest.decode import assertions

    if folder is None:
        return captured.flow, None
    flow = captured.flow
    try:
        for assertion in assertions(flow):
            flow = replace(flow, seen_before=not store.first_time(folder, *assertion) or flow.seen_before)
        named = replace(flow, id=clock.flow_id(flow.account.name, flow.captured_at))
        path = store.save_flow(folder, named, captured.page)
    except ConfigurationError as problem:
        clear_progress()
        not_saved = "inloggningen sparades inte" if lang == "sv" else "the login was not saved"
        click.echo(f"idptest: {not_saved}: {problem.line(lang)}", err=True)
        return flow, None
    with contextlib.suppress(ValueError):
        path = path.relative_to(Path.cwd())
    return named, path


def _runner(driver: Driver) -> LoginRunner:
    from idptest.adapters import clock
    from idptest.adapters.login_runner import LoginRunner

    return LoginRunner(driver, clock.now, clock.new_id)


_CLEAR = "\r\x1b[K"


def _show_progress(request: HttpRequest) -> None:
    """On a terminal: where the login is right now, on one line that goes away. In a pipe: nothing."""
    from urllib.parse import urlsplit

    if sys.stderr.isatty():
        parts = urlsplit(request.url)
        click.echo(f"{_CLEAR}… {parts.netloc}{parts.path}"[:100], err=True, nl=False)


def clear_progress() -> None:
    if sys.stderr.isatty():
        click.echo(_CLEAR, err=True, nl=False)


def demo(names: Collection[str], defects: Collection[str]) -> Iterator[tuple[Target, LoginRunner]]:
    from idptest.adapters import clock
    from idptest.adapters import demo as exempelstad
    from idptest.adapters.form_driver import FormDriver
    from idptest.demo.people import person

    wrong = exempelstad.named(defects)
    for name in names or exempelstad.usual():
        who = person(name)
        if who is None:
            listed = ", ".join(exempelstad.accounts())
            raise ConfigurationError(
                f'nobody in Exempelstad is called "{name}"; there are {listed}', f'ingen i Exempelstad heter "{name}"; där finns {listed}'
            )
        target, transport = exempelstad.demo(who, wrong, clock.now, clock.new_id)
        yield target, _runner(FormDriver(transport, clock.now, _show_progress))


def configured(
    names: Collection[str], folder: Path | None, lang: str, driver_name: str, headed: bool, at: Mapping[str, Collection[str]] | None = None
) -> Iterator[tuple[Target, LoginRunner]]:
    """The logins of these accounts, or of all. `at`: by account, the IdPs to log in at; None: at each that it has."""
    from idptest.adapters import clock, store, targets
    from idptest.adapters.drivers import Choice

    settings, ready = targets.configured(folder, names, prompt(lang), Choice(driver_name, headed, _show_progress, saying(lang)), at)
    if folder:
        store.tidy(folder, settings.keep_days, clock.now())
    for target, driver in ready:
        yield target, _runner(driver)
