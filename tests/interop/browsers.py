"""The browser for tests of --driver browser, and what must be true when it has ended."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from idptest.adapters import clock
from idptest.adapters.browser import BrowserDriver
from idptest.adapters.driver import Driven, Errand
from idptest.login.credentials import Credentials
from idptest.model.flow import HttpRequest, Sent
from tests.interop.exempelstad_pages import ACS
from tests.interop.pages import Answer, Asked, Pages


def missing() -> str | None:
    """What to install, or None."""
    if not shutil.which("chromium"):
        return "no Chromium; as root on Debian: apt-get install --no-install-recommends chromium"
    try:
        import playwright  # noqa: F401
    except ImportError:
        return 'no Playwright: pip install -e ".[dev]"'
    return None


def children(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] not in "ZX":
            parents[int(stat.parent.name)] = int(fields[1])
    found = [child for child, parent in parents.items() if parent == pid]
    return found + [each for child in found for each in children(child)]


def chromium_of(process: subprocess.Popen[bytes], within: float = 20) -> int:
    """The process id of the browser that a run of idptest has started: the first of Chromium's own."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        for pid in sorted(children(process.pid)):
            command = Path(f"/proc/{pid}/cmdline").read_bytes() if Path(f"/proc/{pid}/cmdline").exists() else b""
            if b"--headless" in command and b"--type=" not in command and b"chromium" in command:
                return pid
        time.sleep(0.05)
    raise AssertionError("no browser was started")


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def gone(pids: list[int], within: float = 10) -> bool:
    """Have these processes ended?"""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if not any(Path(f"/proc/{pid}/stat").exists() and _runs(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def errand(url: str, user: str = "larare1", password: str = "Blå krita & 1") -> Errand:
    sent = Sent("id-1", clock.now(), "https://sp.example", ACS, url)
    return Errand(HttpRequest("GET", url), sent, Credentials(user, password))


def drive(answer: Callable[[Asked], Answer], path: str = "/sso", **options: Any) -> tuple[Driven, list[Asked]]:
    with Pages(answer) as idp:
        driven = BrowserDriver(clock.now, **options).drive(errand(idp.url + path))
        return driven, idp.asked


def page_of(html: str) -> Callable[[Asked], Answer]:
    return lambda asked: Answer(html) if asked.path == "/sso" else Answer("", 404)
