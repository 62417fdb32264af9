"""pytest in an empty folder, with our plugin; and Exempelstad on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.exempelstad import log_in
from tests.pytest_plugin.plugin import TEACHER, WITHOUT, Pytest, Town


@pytest.fixture(scope="module", autouse=True)
def _everything_is_imported() -> None:
    """pytester forgets what is imported during its runs, and some libraries may not be imported twice."""
    import idptest.pytest_plugin.collecting  # noqa: F401

    log_in()


@pytest.fixture
def run(pytester: pytest.Pytester, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Pytest:
    """pytest in an empty folder, in this process; with the plugin although this idptest may have been installed before it had one."""
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    for name in ("LC_ALL", "CI", "BUILD_NUMBER"):  # in CI, pytest's summary lines are as long as they are
        monkeypatch.delenv(name, raising=False)
    plugin = () if request.config.pluginmanager.has_plugin("idptest") else ("-p", "idptest.pytest_plugin")
    return lambda *arguments: pytester.runpytest_inprocess(*plugin, *WITHOUT, *map(str, arguments))


@pytest.fixture
def town(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Town]]:
    assert TEACHER and TEACHER.totp_secret
    monkeypatch.setenv("TOWN_PASSWORD", TEACHER.password)
    monkeypatch.setenv("TOWN_TOTP", TEACHER.totp_secret)
    started: list[Town] = []

    def start(*defects: str) -> Town:
        started.append(Town(pytester.path, *defects))
        return started[-1]

    yield start
    for each in started:
        each.stop()
