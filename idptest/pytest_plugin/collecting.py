"""Gives pytest the tests: a collector for the suite, one for each account in it, and an item for each case."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from idptest.cli import language
from idptest.errors import IdptestError
from idptest.model.rule import Level
from idptest.pytest_plugin import accounts
from idptest.pytest_plugin.accounts import Account, Suite
from idptest.pytest_plugin.logins import Logins, NotRun
from idptest.pytest_plugin.sources import SOURCES, Case
from idptest.pytest_plugin.verdicts import ERROR, PASS, SKIP, XFAIL, Outcome, check
from idptest.reporters.style import Style

MARKER = "idptest"


@dataclass(frozen=True)
class Run:
    """What this run of pytest was told. `only`: the parts after the suite's name of the node ids that were named; None: everything."""

    suite: Suite
    logins: Logins
    lang: str
    fail_on: Level
    show_values: bool
    only: tuple[tuple[str, ...], ...] | None


RUN = pytest.StashKey[Run]()


def start(config: pytest.Config) -> None:
    """Reads what was given, and joins in. Raises pytest.UsageError, with one line."""
    option = config.option
    lang = language(option.idptest_lang)
    try:
        suite = _suite(config, lang)
    except IdptestError as problem:
        raise pytest.UsageError(f"idptest: {problem.line(lang)}") from None
    run = Run(suite, Logins(suite, lang), lang, Level(option.idptest_fail_on or "must"), option.idptest_show_values, _named(config, suite))
    config.stash[RUN] = run
    config.addinivalue_line("markers", f"{MARKER}: a test that idptest made, of a rule and an account.")
    config.pluginmanager.register(Collecting(run), "idptest-collecting")
    if getattr(option, "dist", None) == "load":  # xdist's usual way would have an account log in once in every process
        option.dist = "loadscope"


def _suite(config: pytest.Config, lang: str) -> Suite:
    option = config.option
    if option.idptest_demo:
        if option.idptest is not None:
            raise pytest.UsageError("--idptest-demo goes without --idptest")
        if option.idptest_driver == "browser":
            raise pytest.UsageError("--idptest-demo has no address that a browser could go to")
        if option.idptest_baseline:
            raise pytest.UsageError("--idptest-baseline goes with --idptest FILE")
        return accounts.demo(option.idptest_defects or ())
    if option.idptest_defects:
        raise pytest.UsageError("--idptest-defect goes with --idptest-demo")
    path = config.invocation_params.dir / option.idptest
    return accounts.configured(path, _relative(path, config.rootpath), option.idptest_driver or "form", lang, option.idptest_baseline)


def _relative(path: Path, root: Path) -> str:
    """The path as pytest writes it in node ids: from rootdir, with slashes; outside of it, its last part."""
    whole = path.resolve()
    return whole.relative_to(root.resolve()).as_posix() if whole.is_relative_to(root.resolve()) else whole.name


def _named(config: pytest.Config, suite: Suite) -> tuple[tuple[str, ...], ...] | None:
    """Takes the suite's own node ids out of pytest's arguments, which are files to pytest.

    When node ids are named, only they are run: none of ours if they are all of other tests.
    """
    if hasattr(config.option, "idptest_only"):  # a worker of xdist: the arguments are what the first process left
        if config.option.idptest_alone:
            config.args.clear()
        only: tuple[tuple[str, ...], ...] | None = config.option.idptest_only
        return only
    ours = [argument for argument in config.args if _is_ours(argument.partition("::")[0], config, suite)]
    if ours:
        named = tuple(tuple(argument.split("::")[1:]) for argument in ours)
        config.args[:] = [argument for argument in config.args if argument not in ours]
        only = None if () in named else named
    else:
        only = () if any("::" in argument for argument in config.args) else None
    config.option.idptest_only, config.option.idptest_alone = only, bool(ours) and not config.args
    return only


def _is_ours(file: str, config: pytest.Config, suite: Suite) -> bool:
    if file == suite.name:
        return True
    return suite.folder is not None and (config.invocation_params.dir / file).resolve() == suite.folder / "idptest.toml"


class Collecting:
    """The hooks that are called only when idptest takes part."""

    def __init__(self, run: Run) -> None:
        self.run = run

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """The suite hangs under the session itself: it needs no file below pytest's arguments."""
        report = yield
        if isinstance(collector, pytest.Session) and report.passed and self.run.only != ():
            suite = self.run.suite
            path = suite.folder / "idptest.toml" if suite.folder else collector.path
            report.result = [*(report.result or ()), SuiteNode.from_parent(collector, name=suite.name, nodeid=suite.name, path=path)]
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: Sequence[pytest.Item]) -> None:
        """A node id of ours that names nothing stops the run, as with any other."""
        ids = [item.nodeid for item in items if isinstance(item, CaseItem)]
        for parts in self.run.only or ():
            named = "::".join((self.run.suite.name, *parts))
            if not any(f"{found}::".startswith(f"{named}::") for found in ids) and not hasattr(session.config, "workerinput"):
                known = ", ".join(account.name for account in self.run.suite.accounts)
                raise pytest.UsageError(f"idptest: not found: {named} (accounts: {known})")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Whatever can be wrong is said before anything is sent, of the accounts that are going to log in."""
        config = session.config
        if config.option.collectonly or hasattr(config, "workerinput"):
            return
        for name in dict.fromkeys(item.account.facts.name for item in session.items if isinstance(item, CaseItem)):
            try:
                self.run.logins.prepare(name)
            except NotRun as problem:
                if problem.ours:
                    raise pytest.UsageError(str(problem)) from None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "idp_account" in metafunc.fixturenames and not _chosen_already(metafunc):
            whole = self.run.suite.accounts
            metafunc.parametrize("idp_account", [each.name for each in whole], indirect=True)


def _chosen_already(metafunc: pytest.Metafunc) -> bool:
    marks = metafunc.definition.iter_markers("parametrize")
    return any("idp_account" in (names.split(",") if isinstance(names := mark.args[0], str) else names) for mark in marks)


class SuiteNode(pytest.Collector):
    """`idptest.toml`, or `exempelstad`."""

    def collect(self) -> Iterator[AccountNode]:
        run = self.config.stash[RUN]
        for account in run.suite.accounts:
            if _wanted(run.only, account.name):
                yield AccountNode.from_parent(self, name=account.name, account=account)


class AccountNode(pytest.Collector):
    def __init__(self, *, account: Account, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]
        self.account = account

    def collect(self) -> Iterator[CaseItem]:
        run = self.config.stash[RUN]
        for source in SOURCES:
            for case in source(run.suite, self.account, run.logins, run.lang):
                if _wanted(run.only, self.account.name, case.name):
                    yield CaseItem.from_parent(self, name=case.name, account=self.account, case=case)


def _wanted(only: Sequence[tuple[str, ...]] | None, *names: str) -> bool:
    """Whether a node id that was named is on the way to these names, or above them."""
    return only is None or any(all(one == other for one, other in zip(parts, names, strict=False)) for parts in only)


class CaseItem(pytest.Item):
    """One test. Logging in belongs to its setup: what cannot be judged is then an error, and no failure."""

    def __init__(self, *, account: Account, case: Case, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]
        self.account, self.case = account, case
        self.add_marker(MARKER)

    def setup(self) -> None:
        run = self.config.stash[RUN]
        style = Style(run.lang, show_values=run.show_values, zone=None)
        try:
            self.outcome = check(self.case.found(), run.fail_on, style)
        except NotRun as problem:
            self.outcome = Outcome(ERROR, str(problem))
        if self.outcome.kind == ERROR:
            pytest.fail(self.outcome.text, pytrace=False)
        if self.outcome.kind == SKIP:
            pytest.skip(self.outcome.text)
        for line in self.outcome.warnings:
            self.warn(pytest.PytestWarning(line))

    def runtest(self) -> None:
        if self.outcome.kind == XFAIL:
            pytest.xfail(self.outcome.text.partition("\n")[0])
        if self.outcome.kind != PASS:  # with --runxfail what was forgiven fails too
            pytest.fail(self.outcome.text, pytrace=False)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, 0, f"{self.account.name}: {self.case.title}"
