"""Which browser there is, and starting it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from idptest.errors import ConfigurationError

VARIABLE = "IDPTEST_BROWSER"
_CHANNELS = ("msedge", "chrome")
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "microsoft-edge-stable", "chrome")
# A browser for one login: it looks for nothing and tells nobody.
_ARGUMENTS = ("--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync")


@contextlib.contextmanager
def launched(*, headless: bool, proxy: str | None) -> Iterator[Any]:
    """A browser with a profile of its own, closed and removed at the end. Raises ConfigurationError."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise ConfigurationError(
            'the driver browser needs Playwright: pip install "idptest[browser]"',
            'drivrutinen browser behöver Playwright: pip install "idptest[browser]"',
        ) from None
    # A temporary folder of its own: a browser that is killed leaves its profile behind, with the cookies in it.
    with tempfile.TemporaryDirectory(prefix="idptest-", ignore_cleanup_errors=True) as folder, contextlib.ExitStack() as stack:
        with _temporary_files_in(folder):
            playwright = stack.enter_context(sync_playwright())
            browser = _launch(playwright, headless, proxy)
        try:
            yield browser
        finally:
            with contextlib.suppress(Error):
                browser.close()


@contextlib.contextmanager
def _temporary_files_in(folder: str) -> Iterator[None]:
    """Programs started meanwhile have their temporary files there; Playwright asks nobody where its own go."""
    names = ("TMPDIR", "TEMP", "TMP")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, folder))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _launch(playwright: Any, headless: bool, proxy: str | None) -> Any:
    from playwright.sync_api import Error

    options: dict[str, Any] = {"headless": headless, "args": list(_ARGUMENTS), "chromium_sandbox": not _is_root()}
    if proxy:
        options["proxy"] = {"server": proxy}
    for candidate in _candidates():
        try:
            return playwright.chromium.launch(**options, **candidate)
        except Error as problem:
            if "is not found" not in str(problem) and "doesn't exist" not in str(problem):
                raise _will_not_start(candidate, str(problem)) from None
    raise ConfigurationError(
        f"no Edge, Chrome or Chromium was found; install one, or say where it is in {VARIABLE}",
        f"ingen Edge, Chrome eller Chromium hittades; installera en, eller ange i {VARIABLE} var den finns",
    )


def found() -> str | None:
    """A browser that --driver browser would try, by name or path, without starting it; None when there is none, or no Playwright."""
    import importlib.util

    if importlib.util.find_spec("playwright") is None:
        return None
    said = os.environ.get(VARIABLE)
    if said:
        return said if said in _CHANNELS else shutil.which(said)
    return next(filter(None, map(shutil.which, _PROGRAMS)), "Edge" if sys.platform == "win32" else None)


def _candidates() -> Iterator[dict[str, str]]:
    """What to start, the best first: what the user says, else Edge, Chrome, what is on the path, what Playwright itself has fetched."""
    said = os.environ.get(VARIABLE)
    if said:
        if said in _CHANNELS:
            yield {"channel": said}
        elif program := shutil.which(said):
            yield {"executable_path": program}
        else:
            raise ConfigurationError(f"{VARIABLE}: there is no program {said}", f"{VARIABLE}: det finns inget program {said}")
        return
    for channel in _CHANNELS:
        yield {"channel": channel}
    for program in filter(None, map(shutil.which, _PROGRAMS)):
        yield {"executable_path": program}
    yield {}


def _will_not_start(candidate: dict[str, str], said: str) -> ConfigurationError:
    if "DISPLAY" in said or "headed browser without having a XServer" in said:
        return ConfigurationError(
            "there is no screen here to show a browser on; log in at a computer that has one",
            "det finns ingen skärm att visa en webbläsare på; logga in från en dator som har en",
        )
    name = Path(next(iter(candidate.values()), "chromium")).name
    found = re.search(r"FATAL:\S+\] (.+)", said) or re.search(r"ERROR:\S+\] (.+)", said) or re.search(r"(.+)", said)
    why = found[1][:200] if found else ""
    return ConfigurationError(f"{name} does not start: {why}", f"{name} startar inte: {why}")


def _is_root() -> bool:
    """Chromium's sandbox does not work for root."""
    return sys.platform != "win32" and os.geteuid() == 0
