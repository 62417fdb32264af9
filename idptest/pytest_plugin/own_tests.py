"""What the fixtures `idp_login` and `idp_account` give to somebody's own tests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol

import pytest

from idptest.model.flow import AccountFacts
from idptest.pytest_plugin.accounts import Account
from idptest.pytest_plugin.logins import IdpLogin, NotRun

_WANTS = "needs --idptest FILE or --idptest-demo"


@dataclass(frozen=True)
class IdpAccount:
    """An account, without its secrets. `facts` is what idptest.toml says of it that rules want to know; it may identify a person."""

    name: str
    role: str
    idps: tuple[str, ...]
    test_person: bool
    facts: AccountFacts = field(repr=False)


class LogIn(Protocol):
    """`account`: a name in idptest.toml; `idp`: at which of its IdPs, None for the first; `fresh`: a login of its own, which is not kept."""

    def __call__(self, account: str, *, idp: str | None = None, fresh: bool = False) -> IdpLogin: ...


def log_in(config: pytest.Config) -> LogIn:
    """Logs in when it is called. A login that could not be carried out fails the test, in one line."""
    from idptest.pytest_plugin.collecting import RUN

    run = config.stash.get(RUN, None)
    if run is None:
        pytest.fail(f"idp_login {_WANTS}", pytrace=False)

    def idp_login(account: str, *, idp: str | None = None, fresh: bool = False) -> IdpLogin:
        chosen = next((each for each in run.suite.accounts if _is(each, account, idp)), None)
        if chosen is None:
            known = ", ".join(each.name for each in run.suite.accounts)
            pytest.fail(f"idp_login: {run.suite.name} has no account {account}{f' at {idp}' if idp else ''} ({known})", pytrace=False)
        said = ""
        try:
            first, *further = run.logins.of(chosen, fresh=fresh)
            return replace(first, further=tuple(further))
        except NotRun as problem:
            said = str(problem)
        pytest.fail(said, pytrace=False)

    return idp_login


def _is(account: Account, name: str, idp: str | None) -> bool:
    return account.name == name or (account.facts.name == name and idp in (None, account.idp))


def account(config: pytest.Config, name: str | None) -> IdpAccount:
    """The account that this run of the test is about."""
    from idptest.pytest_plugin.collecting import RUN

    run = config.stash.get(RUN, None)
    found = [each for each in run.suite.accounts if name in (each.name, each.facts.name)] if run else []
    if run is None or not found:
        pytest.fail(f"idp_account {_WANTS}" if run is None else f"idp_account: {run.suite.name} has no account {name}", pytrace=False)
    facts = found[0].facts
    return IdpAccount(found[0].name, facts.role, tuple(each.idp for each in found), facts.test_person, facts)
