"""The logins of one run of pytest: an account logs in once at each IdP, when the first test asks for it."""

from __future__ import annotations

import logging
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from idptest.errors import IdptestError, InputError
from idptest.model.flow import Flow
from idptest.model.history import Observation
from idptest.model.login import Login
from idptest.model.report import LoginReport
from idptest.model.rule import Words
from idptest.pytest_plugin.accounts import Account, Suite

if TYPE_CHECKING:
    from idptest.adapters.login_runner import LoginRunner, Target

_T = TypeVar("_T")


@dataclass(frozen=True)
class IdpLogin:
    """One login, judged. What it prints of itself identifies nobody; what is taken out of it may.

    `report` has the findings, `login` what was decoded (`login.principal_name.value` is the EPPN, `login.released` the other
    attributes), `flow` every exchange. `path` is where the flow is saved; None in the demo. `observation` is what stays of it in the
    history. `further`: the logins that the account's other rulesets needed, which ask for a level of their own.
    """

    account: str
    idp: str
    report: LoginReport = field(repr=False)
    observation: Observation = field(repr=False)
    path: Path | None = field(default=None, repr=False)
    further: tuple[IdpLogin, ...] = field(default=(), repr=False)

    @property
    def login(self) -> Login:
        return self.report.login

    @property
    def flow(self) -> Flow:
        return self.report.login.flow


class NotRun(Exception):
    """A login that could not be carried out, and why, in one line. `ours`: what was configured is wrong, and nothing was sent."""

    def __init__(self, line: str, *, ours: bool = False) -> None:
        super().__init__(line)
        self.ours = ours


class Logins:
    """Carries them out, and remembers what came, a failure too: a wrong password is tried once.

    What could not be saved or noted in the history is a warning of the test that logged in.
    """

    def __init__(self, suite: Suite, lang: str) -> None:
        self.suite, self.lang = suite, lang
        self._missed: list[Words] = []
        self._ready: dict[str, Sequence[tuple[Target, LoginRunner]] | NotRun] = {}
        self._made: dict[tuple[str, str], tuple[IdpLogin, ...] | NotRun] = {}

    def prepare(self, name: str) -> Sequence[tuple[Target, LoginRunner]]:
        """Gets the account's logins ready: its secrets, its certificate, the IdP's metadata. Raises NotRun."""
        if name not in self._ready:
            self._ready[name] = attempt(lambda: self.suite.ready(name), self.lang)
        return _or_raise(self._ready[name])

    def of(self, account: Account, *, fresh: bool = False) -> tuple[IdpLogin, ...]:
        """The logins of the account at its IdP, at least one; made now if `fresh` or if nobody has asked before. Raises NotRun."""
        place = (account.facts.name, account.idp)
        if fresh:
            return _or_raise(self._made_now(*place))
        if place not in self._made:
            self._made[place] = self._made_now(*place)
        return _or_raise(self._made[place])

    def _made_now(self, name: str, idp: str) -> tuple[IdpLogin, ...] | NotRun:
        made = attempt(lambda: tuple(self._log_in(name, idp)), self.lang)
        while self._missed:
            warnings.warn(pytest.PytestWarning(f"idptest: {self._missed.pop(0).text(self.lang)}"), stacklevel=1)
        return made

    def _log_in(self, name: str, idp: str) -> Iterator[IdpLogin]:
        from idptest.adapters import logins, store

        folder = self.suite.folder
        ready = [each for each in self.prepare(name) if each[0].idp.name == idp]
        if folder:
            store.check_room(folder)
        for made in logins.log_in(ready, 1, folder, logins.key_of(folder), self._missed.append):
            yield IdpLogin(name, idp, made.report, made.observation, made.path)


def attempt(what: Callable[[], _T], lang: str) -> _T | NotRun:
    """What comes of it, or the exception to raise outside of it.

    pytest shows the locals of every frame that an exception passed (--showlocals, --full-trace), and here these hold passwords. So none
    leaves by its own way. Libraries log what they read: they are silent meanwhile.
    """
    try:
        with _silence():
            return what()
    except NotRun as known:
        return known
    except IdptestError as problem:
        fetched = isinstance(problem, InputError) and "://" in (problem.where or "")
        return NotRun(f"idptest: {problem.line(lang)}", ours=not fetched)
    except Exception as bug:
        last = traceback.extract_tb(bug.__traceback__)[-1]
        return NotRun(f"a bug in idptest: {type(bug).__name__} in {last.filename}:{last.lineno}")
    except BaseException as interrupt:  # Ctrl-C, or pytest.exit of another plugin
        ended = interrupt.with_traceback(None)
    raise ended


def _or_raise(found: _T | NotRun) -> _T:
    if isinstance(found, NotRun):
        raise NotRun(*found.args, ours=found.ours)
    return found


@contextmanager
def _silence() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
