"""idptest login."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idptest.cli import language
from idptest.cli.options import deliver, extra_reports, judging
from idptest.cli.prompt import prompt
from idptest.errors import ConfigurationError

if TYPE_CHECKING:
    from idptest.adapters.driver import Driver
    from idptest.adapters.login_runner import Captured, LoginRunner, Target
    from idptest.model.flow import Flow, HttpRequest
    from idptest.model.report import Report
    from idptest.model.rule import Words


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
@click.option("--repeat", type=click.IntRange(1, 100), default=1, help="Log in so many times, each time afresh.")
@judging
def command(
    accounts: tuple[str, ...], demo: bool, defects: tuple[str, ...], driver_name: str, headed: bool, repeat: int, **output: Any
) -> int:
    """Log in, judge, and say what to change.

    Without ACCOUNT: every account in idptest.toml, and a table at the end. In a folder with idptest.toml each login is saved. If one cannot
    be saved after all, one line says so, and its report and the exit code are what they would have been.
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
    from idptest.validator import judge

    click.get_current_context().call_on_close(_clear_progress)
    folder = store.workspace()
    lang = language(output["lang"])
    reports: list[Report] = []
    saved: list[Path | None] = []
    ready = list(_demo(accounts, defects) if demo else _configured(accounts, folder, lang, driver_name, headed))
    if folder:
        store.check_room(folder)
    for target, runner in ready:
        for _ in range(repeat):
            for captured in runner.run(target):
                flow, path = _keep(captured, folder, lang)
                reports.append(judge(flow))
                saved.append(path)
    _clear_progress()
    return deliver(reports, saved, extra=extra, **output)


def _keep(captured: Captured, folder: Path | None, lang: str) -> tuple[Flow, Path | None]:
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
        _clear_progress()
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


def _clear_progress() -> None:
    if sys.stderr.isatty():
        click.echo(_CLEAR, err=True, nl=False)


def _demo(names: tuple[str, ...], defects: tuple[str, ...]) -> Iterator[tuple[Target, LoginRunner]]:
    from idptest.adapters import clock
    from idptest.adapters.demo import accounts, demo, named, usual
    from idptest.adapters.form_driver import FormDriver
    from idptest.demo.people import person

    wrong = named(defects)
    for name in names or usual():
        who = person(name)
        if who is None:
            listed = ", ".join(accounts())
            raise ConfigurationError(
                f'nobody in Exempelstad is called "{name}"; there are {listed}', f'ingen i Exempelstad heter "{name}"; där finns {listed}'
            )
        target, transport = demo(who, wrong, clock.now, clock.new_id)
        yield target, _runner(FormDriver(transport, clock.now, _show_progress))


def _configured(
    names: tuple[str, ...], folder: Path | None, lang: str, driver_name: str, headed: bool
) -> Iterator[tuple[Target, LoginRunner]]:
    from idptest.adapters import clock, store, targets
    from idptest.adapters.drivers import Choice

    def say(words: Words) -> None:
        _clear_progress()
        click.echo(f"idptest: {words.text(lang)}", err=True)

    settings, ready = targets.configured(folder, names, prompt(lang), Choice(driver_name, headed, _show_progress, say))
    if folder:
        store.tidy(folder, settings.keep_days, clock.now())
    for target, driver in ready:
        yield target, _runner(driver)
