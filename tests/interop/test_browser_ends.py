"""How a login in a browser may end otherwise than well: each a clear line, no browser left, nothing in the temporary folder."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import pytest

from idptest.adapters import clock
from idptest.adapters.browser import BrowserDriver
from idptest.model.flow import NETWORK, PAGE_NOT_UNDERSTOOD, TOO_MANY_HOPS
from tests.interop import browsers
from tests.interop.browsers import drive, errand, page_of
from tests.interop.pages import Answer, Asked, Pages, redirect
from tests.interop.server import free_port
from tests.interop.workspace import Workspace, point_to

pytestmark = pytest.mark.usefixtures("chromium")


@pytest.mark.parametrize(
    ("answer", "how", "reason"),
    [
        (page_of("<title>Välj</title><p>Välj <a href='/a'>A</a> <a href='/b'>B</a></p>"), PAGE_NOT_UNDERSTOOD, "unknown-page"),
        (lambda asked: redirect("/sso?" + asked.query + "x"), TOO_MANY_HOPS, None),
        (lambda asked: redirect("bankid:///?autostarttoken=1"), PAGE_NOT_UNDERSTOOD, "redirect-to-other-program"),
        (lambda asked: Answer("", 401, (("WWW-Authenticate", "Negotiate"),)), PAGE_NOT_UNDERSTOOD, "integrated-windows-login"),
        (
            page_of('<form method="post" action="http://localhost:9/"><input name="user"><input type="password" name="pw"></form>'),
            PAGE_NOT_UNDERSTOOD,
            "password-to-another-site",
        ),
        (
            page_of(
                "<form method='post' onsubmit=\"this.action='http://localhost:9/'\"><input name='user'><input type='password' name='pw'></form>"
            ),
            PAGE_NOT_UNDERSTOOD,
            "password-to-another-site",
        ),
    ],
    ids=["unknown", "round", "bankid", "windows", "elsewhere", "elsewhere by script"],
)
def test_what_stops_it(answer: Callable[[Asked], Answer], how: str, reason: str | None, nothing_left: None) -> None:
    driven, asked = drive(answer, timeout=6)
    assert (driven.ended.how, driven.ended.reason) == (how, reason)
    assert not any("Bl" in each.body for each in asked)
    assert driven.ended.exchange == len(driven.exchanges)


def test_nobody_is_there(nothing_left: None) -> None:
    port = free_port()
    driven = BrowserDriver(clock.now).drive(errand(f"http://127.0.0.1:{port}/sso"))
    assert driven.ended.how == NETWORK
    assert driven.ended.said == f"127.0.0.1:{port}: connection refused"
    assert driven.exchanges[-1].error == driven.ended.said


def waiting(desk: Workspace, idp: Pages) -> None:
    """A login page that never gets anywhere."""
    desk.set_up()
    point_to(desk, f"{idp.url}/sso")


NEVER = "<title>Vänta</title><p>Vänta …</p><script>setInterval(() => fetch('/wait'), 300)</script>"


def test_a_closed_window_is_one_clear_line(desk: Workspace) -> None:
    with Pages(page_of(NEVER)) as idp:
        waiting(desk, idp)
        process = desk.start("login", "elev", "--driver", "browser", "--lang", "sv")
        browser = browsers.chromium_of(process)
        until(lambda: any(asked.path == "/wait" for asked in idp.asked))
        browsers.kill(browser)
        run = desk.ended(process)
    assert run.code == 3
    assert run.err == ""
    assert sum("Webbläsarfönstret stängdes" in line for line in run.out.splitlines()) == 1


def test_a_time_out_is_one_clear_line(desk: Workspace) -> None:
    with Pages(page_of("<title>Vänta</title><script>setInterval(() => document.title += '.', 200)</script>")) as idp:
        waiting(desk, idp)
        desk.edit("[idp.exempelstad]", "[idp.exempelstad]\ntimeout = 1")
        run = desk.idptest("login", "elev", "--driver", "browser")
    assert run.code == 3
    assert run.err == ""
    assert sum("The login was not done in time" in line for line in run.out.splitlines()) == 1


def test_ctrl_c_leaves_no_browser(desk: Workspace) -> None:
    with Pages(page_of(NEVER)) as idp:
        waiting(desk, idp)
        process = desk.start("login", "elev", "--driver", "browser")
        until(lambda: any(asked.path == "/wait" for asked in idp.asked))
        started = browsers.children(process.pid)
        process.send_signal(signal.SIGINT)
        run = desk.ended(process)
    assert run.code == 130
    assert "interrupted" in run.line
    assert browsers.gone(started)


def until(true: Callable[[], bool], within: float = 20) -> None:
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_what_is_missing_is_one_line_and_exit_2(desk: Workspace) -> None:
    desk.set_up()
    point_to(desk, "http://127.0.0.1:9/sso")
    for program in ("/nowhere/chromium", "no-such-browser"):
        desk.environment["IDPTEST_BROWSER"] = program
        run = desk.idptest("login", "elev", "--driver", "browser")
        assert run.code == 2
        assert program in run.line
    # Nobody to show a window to.
    desk.environment["IDPTEST_BROWSER"] = "chromium"
    desk.environment.pop("DISPLAY", None)
    run = desk.idptest("login", "elev", "--driver", "browser", "--headed")
    assert run.code == 2
    assert "no screen" in run.err.splitlines()[-1]
    folder = desk.place / "absent" / "playwright"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise ImportError\n")
    desk.environment["PYTHONPATH"] = str(folder.parent)
    run = desk.idptest("login", "elev", "--driver", "browser")
    assert run.code == 2
    assert 'pip install "idptest[browser]"' in run.line
