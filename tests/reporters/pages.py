"""The HTML report as a reader's browser sees it: parsed, so that tests speak of elements and not of text."""

from __future__ import annotations

from lxml import html
from lxml.html import HtmlElement

from idptest.model.report import Report
from idptest.reporters import html as html_report

EVERYTHING = "//*[not(self::style)]"


def parsed(*reports: Report, lang: str = "sv", show_values: bool = False) -> HtmlElement:
    return html.document_fromstring(html_report.render(reports, lang=lang, show_values=show_values))


def words(element: HtmlElement) -> str:
    """The text that is read, white space evened out."""
    return " ".join(element.text_content().split())


def one(page: HtmlElement, path: str) -> HtmlElement:
    [found] = page.xpath(path)
    return found
