"""The pytest plugin: `pytest --idptest idptest.toml` makes a test of each rule for each account.

pytest imports this module whenever it starts, wherever idptest is installed. So it imports nothing but pytest; all else waits until
--idptest or --idptest-demo is given. The hooks are pytest's (https://docs.pytest.org/en/stable/reference/reference.html, read 2026-11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from idptest.pytest_plugin.own_tests import IdpAccount, LogIn

_ON, _DEMO = "idptest", "idptest_demo"
_NEEDS_ONE = ("idptest_defects", "idptest_fail_on", "idptest_show_values", "idptest_lang", "idptest_driver", "idptest_baseline")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("idptest", "idptest: is an identity provider right?")
    group.addoption("--idptest", metavar="FILE", help="A test of each rule for each account in this idptest.toml.")
    group.addoption("--idptest-demo", action="store_true", help="The same at Exempelstad, the demo municipality. Needs no configuration.")
    group.addoption(
        "--idptest-defect",
        dest="idptest_defects",
        action="append",
        metavar="NAME",
        help="Give Exempelstad a defect. May be repeated. See: idptest demo --list-defects",
    )
    group.addoption(
        "--idptest-fail-on",
        choices=["must", "should", "note"],
        help="What fails a test. A failed rule below it is an xfail. Default: must.",
    )
    group.addoption("--idptest-show-values", action="store_true", help="Show values that identify a person. They are masked otherwise.")
    group.addoption("--idptest-lang", choices=["sv", "en"], help="Language of the messages. Default: Swedish when the locale is.")
    group.addoption(
        "--idptest-baseline",
        metavar="NAME",
        help="Compare with this baseline. Default: the only one there is; none, and nothing is compared.",
    )
    group.addoption("--idptest-driver", choices=["form", "browser"], help="Who logs in, as for idptest login. Default: form.")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption(_ON) is None and not config.getoption(_DEMO):
        given = next((name for name in _NEEDS_ONE if config.getoption(name)), None)
        if given:
            option = "--" + given.replace("_", "-").removesuffix("s") if given == "idptest_defects" else "--" + given.replace("_", "-")
            raise pytest.UsageError(f"{option} goes with --idptest FILE or --idptest-demo")
        return
    from idptest.pytest_plugin.collecting import start

    start(config)


@pytest.fixture(scope="session")
def idp_login(request: pytest.FixtureRequest) -> LogIn:
    """Logs an account in: `idp_login("larare")` gives its login, judged: `.report`, `.login`, `.flow`. Once in a run; `fresh=True`: again."""
    from idptest.pytest_plugin.own_tests import log_in

    return log_in(request.config)


@pytest.fixture(scope="session")
def idp_account(request: pytest.FixtureRequest) -> IdpAccount:
    """A test that takes it is run once for each account: `.name`, `.role`, `.idps`, `.test_person`, `.facts`."""
    from idptest.pytest_plugin.own_tests import account

    return account(request.config, getattr(request, "param", None))
