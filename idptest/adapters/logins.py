"""Logins as every caller makes them: got ready, carried out, saved, judged, and noted in the history."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from idptest.adapters import clock, history, store
from idptest.adapters import demo as exempelstad
from idptest.adapters.driver import Driver, Progress, Say
from idptest.adapters.drivers import Choice
from idptest.adapters.form_driver import FormDriver
from idptest.adapters.login_runner import Captured, LoginRunner, Target
from idptest.adapters.targets import Prompt
from idptest.adapters.targets import configured as targets_of
from idptest.decode import assertions
from idptest.demo.people import person
from idptest.errors import ConfigurationError
from idptest.model.flow import Flow
from idptest.model.history import Observation
from idptest.model.report import LoginReport
from idptest.model.rule import Words
from idptest.model.settings import PROTOCOLS
from idptest.observe import observe
from idptest.validator import judge

BOTH = "both"


@dataclass(frozen=True)
class Judged:
    """One login of a run: the report on it, where it is saved (None: nowhere), and what stays of it in the history."""

    target: Target
    report: LoginReport
    path: Path | None
    observation: Observation


def demo(
    names: Collection[str],
    defects: Collection[str],
    progress: Progress = lambda request: None,
    protocol: str | None = None,
) -> Iterator[tuple[Target, LoginRunner]]:
    """The logins of these people of Exempelstad, or of the usual ones. `protocol` "both": each by SAML and by OpenID Connect; None: by the
    one that the defects are about. Raises ConfigurationError for nobody, and for no defect.
    """
    wrong = exempelstad.named(defects, protocol)
    protocols = PROTOCOLS if protocol == BOTH else (protocol or next((each.protocol for each in wrong), "saml"),)
    for name in names or exempelstad.usual():
        who = person(name)
        if who is None:
            listed = ", ".join(exempelstad.accounts())
            raise ConfigurationError(
                f'nobody in Exempelstad is called "{name}"; there are {listed}', f'ingen i Exempelstad heter "{name}"; där finns {listed}'
            )
        for spoken in protocols:
            target, transport = exempelstad.demo(who, wrong, clock.now, clock.new_id, spoken)
            yield target, _runner(FormDriver(transport, clock.now, progress))


def configured(
    names: Collection[str],
    folder: Path | None,
    prompt: Prompt,
    choice: Choice,
    at: Mapping[str, Collection[str]] | None = None,
    protocol: str | None = None,
) -> Iterator[tuple[Target, LoginRunner]]:
    """The logins of these accounts, or of all; flows that are too old are removed. The rest is as in `targets.configured`."""
    settings, ready = targets_of(folder, names, prompt, choice, at, None if protocol == BOTH else protocol)
    if folder:
        store.tidy(folder, settings.keep_days, clock.now())
    for target, driver in ready:
        yield target, _runner(driver)


def _runner(driver: Driver) -> LoginRunner:
    return LoginRunner(driver, clock.now, clock.new_id)


def key_of(folder: Path | None) -> bytes:
    """The workspace's key to its history; one for this run only where there is no workspace. Raises ConfigurationError."""
    if folder is None:
        return secrets.token_bytes(32)
    history.check(folder)
    return history.key(folder)


def log_in(
    ready: Collection[tuple[Target, LoginRunner]], repeat: int, folder: Path | None, key: bytes, say: Say, record: bool = True
) -> Iterator[Judged]:
    """Carries the logins out, so many times each; each is saved, judged and, when it arrives, added to the history (`record`).

    `folder` None: nothing is written. What could not be written after all, `say` is told: the judgement of a login is worth more.
    """
    for target, runner in ready:
        for _ in range(repeat):
            run = clock.new_id()
            for captured in runner.run(target):
                flow, path = _keep(captured, folder, say)
                report = judge(flow)
                observation = replace(observe(report, key), run=run)
                if folder and record and observation.arrived:
                    _remember(folder, observation, say)
                yield Judged(target, report, path, observation)


def _keep(captured: Captured, folder: Path | None, say: Say) -> tuple[Flow, Path | None]:
    """The flow with its id, and where it is saved; the id is None when it is not saved."""
    flow = captured.flow
    if folder is None:
        return flow, None
    try:
        for assertion in assertions(flow):
            flow = replace(flow, seen_before=not store.first_time(folder, *assertion) or flow.seen_before)
        named = replace(flow, id=clock.flow_id(flow.account.name, flow.captured_at))
        path = store.save_flow(folder, named, captured.page)
    except ConfigurationError as problem:
        say(_because(Words("the login was not saved", "inloggningen sparades inte"), problem))
        return flow, None
    with contextlib.suppress(ValueError):
        path = path.relative_to(Path.cwd())
    return named, path


def _remember(folder: Path, observation: Observation, say: Say) -> None:
    """Adds a row to the history."""
    try:
        history.add(folder, [observation], say)
    except ConfigurationError as problem:
        say(_because(Words("the login is not in the history", "inloggningen finns inte i historiken"), problem))


def _because(missed: Words, problem: ConfigurationError) -> Words:
    return Words(f"{missed.en}: {problem.line('en')}", f"{missed.sv}: {problem.line('sv')}")
