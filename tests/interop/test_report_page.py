"""The HTML report in Chromium: axe-core finds no fault in it, nothing is loaded, it fits a telephone, and it prints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from fixtures import record
from idptest.adapters.browser_found import launched
from idptest.reporters import html
from idptest.validator import judge
from tests.interop import browsers, npm
from tests.reporters.pages import stopped

GOLDEN = tuple(path.name for path in sorted((record.HERE / "reports").glob("*.html")))
TELEPHONE, DESK = 390, 1280  # pixels


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if absent := browsers.missing():
        pytest.fail(absent, pytrace=False)
    with launched(headless=True, proxy=None) as browser:
        yield browser


@pytest.fixture(scope="module")
def axe() -> str:
    if absent := npm.missing():
        pytest.fail(absent, pytrace=False)
    place = npm.installed(Path(__file__).parent / "axe", "axe")
    return (place / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The golden pages, and one of a login that stopped on the way."""
    path = tmp_path_factory.mktemp("pages") / "stopped.html"
    path.write_text(html.render([judge(stopped())], lang="sv"), encoding="utf-8")
    return {name: record.HERE / "reports" / name for name in GOLDEN} | {"stopped": path}


@contextmanager
def opened(browser: Browser, path: Path, width: int = DESK, scheme: Any = "light") -> Iterator[tuple[Page, list[str]]]:
    """The page, all its details unfolded, and what it asked for and complained of meanwhile."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page, trouble = context.new_page(), []
    page.on("request", lambda request: trouble.append(request.url))
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(found => found.open = true)")
    yield page, trouble
    context.close()


def test_there_are_pages() -> None:
    assert len(GOLDEN) >= 6


@pytest.mark.parametrize(("width", "scheme"), [(TELEPHONE, "light"), (DESK, "dark")])
@pytest.mark.parametrize("name", [*GOLDEN, "stopped"])
def test_axe_finds_no_fault(chromium: Browser, axe: str, pages: dict[str, Path], name: str, width: int, scheme: str) -> None:
    with opened(chromium, pages[name], width, scheme) as (page, _):
        page.evaluate(axe)
        found = page.evaluate("axe.run()")
        faults = [f"{fault['impact']}: {fault['id']}: {fault['nodes'][0]['html'][:200]}" for fault in found["violations"]]
    assert not faults
    assert len(found["passes"]) > 20, "axe has looked"


def test_axe_would_see_a_fault(chromium: Browser, axe: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.html"
    path.write_text("<!doctype html><title>x</title><p style='color:#ccc'>pale</p><img src='data:,'>", encoding="utf-8")
    with opened(chromium, path) as (page, _):
        page.evaluate(axe)
        assert {"color-contrast", "html-has-lang", "image-alt"} <= {fault["id"] for fault in page.evaluate("axe.run()")["violations"]}


@pytest.mark.parametrize("name", [*GOLDEN, "stopped"])
def test_it_asks_for_nothing_and_fits_a_telephone(chromium: Browser, pages: dict[str, Path], name: str) -> None:
    with opened(chromium, pages[name], TELEPHONE) as (page, trouble):
        assert trouble == [pages[name].as_uri()], "itself, and no complaint of its policy"
        assert page.evaluate("document.documentElement.scrollWidth") == TELEPHONE
        assert page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") != "none", "its style is in force"
        small = page.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => e.innerText && parseFloat(getComputedStyle(e).fontSize) < 11).length"
        )
        assert small == 0


def test_the_keyboard_goes_to_the_verdict_first(chromium: Browser, pages: dict[str, Path]) -> None:
    with opened(chromium, pages["stopped"]) as (page, _):
        page.keyboard.press("Tab")
        page.locator(".skip:focus").wait_for()
        assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0, "it is seen when it has the focus"
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: url.endswith("#verdict"))  # a fragment is gone to, not at once


@pytest.mark.parametrize("name", [*GOLDEN, "stopped"])
def test_it_prints(chromium: Browser, pages: dict[str, Path], name: str) -> None:
    with opened(chromium, pages[name], scheme="dark") as (page, _):
        assert page.pdf(format="A4", prefer_css_page_size=True).startswith(b"%PDF-")
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
