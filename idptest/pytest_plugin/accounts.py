"""Whose tests there are: the accounts of idptest.toml or of Exempelstad, each at each of its IdPs. Nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from idptest.cli.logins import saying
from idptest.cli.prompt import prompt
from idptest.errors import ConfigurationError
from idptest.model.flow import AccountFacts
from idptest.model.rule import Rule

if TYPE_CHECKING:
    from idptest.adapters.login_runner import LoginRunner, Target
    from idptest.model.history import Baseline, ExpectedChange

# The logins of an account, by its name, one for each of its IdPs. Raises IdptestError when something is wrong with what was given.
Ready = Callable[[str], Sequence[tuple["Target", "LoginRunner"]]]


@dataclass(frozen=True)
class Account:
    """An account at one of its IdPs. `name` is its part of a node id: `larare`, or `larare@exempelstad` when it has several IdPs."""

    name: str
    idp: str
    facts: AccountFacts
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Before:
    """What the logins are compared with: a baseline, and the changes that are meant."""

    baseline: Baseline
    expected: tuple[ExpectedChange, ...]


@dataclass(frozen=True)
class Suite:
    """All of them, under the first part of their node ids. `folder` is the workspace, None for the demo; `before` None: no baseline."""

    name: str
    folder: Path | None
    accounts: tuple[Account, ...]
    ready: Ready
    before: Before | None = None


def demo(defects: Sequence[str]) -> Suite:
    """Exempelstad with these defects. Raises ConfigurationError."""
    from idptest import catalogue
    from idptest.adapters import logins
    from idptest.demo.people import USUAL

    def ready(name: str) -> list[tuple[Target, LoginRunner]]:
        return list(logins.demo((name,), defects))

    targets = [target for name in USUAL for target, _ in ready(name)]
    accounts = [
        Account(target.account.name, target.idp.name, target.account, catalogue.rules_for(target.rulesets, target.own_rulesets))
        for target in targets
    ]
    return Suite("exempelstad", None, tuple(accounts), ready)


def configured(path: Path, name: str, driver: str, lang: str, baseline: str | None = None) -> Suite:
    """What this idptest.toml says. Raises IdptestError for whatever can be told to be wrong without a secret or the network."""
    from idptest import catalogue
    from idptest.adapters import logins, store, targets
    from idptest.adapters.drivers import Choice
    from idptest.adapters.settings_file import read_settings
    from idptest.settings import FILE

    path = path / FILE if path.is_dir() else path
    if path.name != FILE:
        raise ConfigurationError(f"--idptest takes a file called {FILE}; got {path}", f"--idptest tar en fil som heter {FILE}; fick {path}")
    if not path.is_file():
        raise ConfigurationError(
            "there is no such file; idptest init writes one (or try: pytest --idptest-demo)",
            "filen finns inte; idptest init skriver en (eller prova: pytest --idptest-demo)",
            where=str(path),
        )
    folder = path.resolve().parent
    settings = read_settings(folder)
    if not settings.accounts:
        raise ConfigurationError(
            "there is no account: write one as [account.larare]",
            "det finns inget konto: skriv ett som [account.larare]",
            where=FILE,
        )

    def ready(account: str) -> list[tuple[Target, LoginRunner]]:
        logins.key_of(folder)  # a history that cannot be added to is told of before anything is sent
        return list(logins.configured((account,), folder, prompt(lang), Choice(driver, say=saying(lang))))

    def rules(rulesets: Sequence[str], protocol: str) -> tuple[Rule, ...]:
        own: Mapping[str, str] = store.own_rulesets(folder, rulesets)
        return catalogue.rules_for(rulesets, own, protocol)

    accounts = [
        Account(
            account.name if len(account.idps) == 1 else f"{account.name}@{idp}",
            idp,
            targets.facts_of(account),
            rules(account.rulesets, settings.idps[idp].protocol),
        )
        for account in settings.accounts.values()
        for idp in account.idps
    ]
    return Suite(name, folder, tuple(accounts), ready, _before(folder, baseline))


def _before(folder: Path, name: str | None) -> Before | None:
    """The baseline that is named, else the only one there is; None where there is none. Raises ConfigurationError."""
    from idptest.adapters import baselines
    from idptest.adapters.logins import key_of

    known = baselines.names(folder)
    if not known and name is None:
        return None
    if name is None and len(known) > 1:
        listed = ", ".join(known)
        raise ConfigurationError(
            f"--idptest-baseline is needed: there are {listed}", f"--idptest-baseline behövs: det finns {listed}", where=str(folder)
        )
    return Before(baselines.chosen(folder, name, key_of(folder)), baselines.expected(folder, None))
