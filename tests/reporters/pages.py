"""The HTML report as a reader's browser sees it: parsed, so that tests speak of elements and not of text."""

from __future__ import annotations

from dataclasses import replace

from lxml import html
from lxml.html import HtmlElement

from idptest.model.flow import PAGE_NOT_UNDERSTOOD, Ended, Flow, PageSummary
from idptest.model.report import Report
from idptest.reporters import html as html_report
from tests.exempelstad import flow


def stopped() -> Flow:
    """A login that came no further than a page with several ways to log in."""
    page = PageSummary("https://idp.exempelstad.se/wa/auth?x=1", "Välj inloggningsmetod", ("Freja", "BankID"), (), ())
    ended = Ended(PAGE_NOT_UNDERSTOOD, 3, reason="login-method-choice", page=page)
    return replace(flow(), exchanges=flow().exchanges[:3], ended=ended, stock_sp=None)


def parsed(*reports: Report, lang: str = "sv", show_values: bool = False) -> HtmlElement:
    return html.document_fromstring(html_report.render(reports, lang=lang, show_values=show_values))


def words(element: HtmlElement) -> str:
    """The text that is read, white space evened out."""
    return " ".join(element.text_content().split())


def one(page: HtmlElement, path: str) -> HtmlElement:
    [found] = page.xpath(path)
    return found
