"""Options that several commands share, and the way from reports to output and exit code."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idptest.cli import language
from idptest.errors import ConfigurationError

if TYPE_CHECKING:
    from idptest.model.report import Report

lang_option = click.option(
    "--lang", type=click.Choice(["sv", "en"]), help="Language of the report. Default: Swedish when the locale is, else English."
)

yes_production = click.option(
    "--yes-production", "production", is_flag=True, help='Say yes to testing an IdP with environment = "production" in idptest.toml.'
)

FORMATS = ("text", "json", "junit", "html")


def judging(command: Callable[..., Any]) -> Callable[..., Any]:
    """What every command that judges takes."""
    for option in reversed(
        (
            click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="What to print."),
            click.option(
                "--report", "reports", multiple=True, metavar="FORMAT=FILE", help="Also write a report to a file. May be repeated."
            ),
            click.option(
                "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to FILE instead of printing."
            ),
            lang_option,
            click.option(
                "--fail-on", type=click.Choice(["must", "should"]), default="must", show_default=True, help="What makes the exit code 1."
            ),
            click.option("--show-values", is_flag=True, help="Show values that identify a person. They are masked otherwise."),
            click.option("-v", "--verbose", is_flag=True, help="List every rule, those that hold too."),
        )
    ):
        command = option(command)
    return command


def extra_reports(reports: Sequence[str]) -> list[tuple[str, Path]]:
    """--report FORMAT=FILE, checked before any login is made."""
    found: list[tuple[str, Path]] = []
    for text in reports:
        form, sign, name = text.partition("=")
        if form not in FORMATS or not sign or not name:
            listed = ", ".join(FORMATS)
            raise ConfigurationError(
                f"--report takes FORMAT=FILE with one of {listed}; got {text}",
                f"--report ska vara FORMAT=FIL med något av {listed}; fick {text}",
            )
        if Path(name) in (path for _, path in found):
            raise ConfigurationError(f"--report writes {name} twice", f"--report skriver {name} två gånger")
        found.append((form, Path(name)))
    return found


def exactly(text: str) -> None:
    """What programs read: in a pipe UTF-8 with plain line ends, whatever the console of this computer speaks."""
    click.echo(text if sys.stdout.isatty() else text.encode(), nl=False)


def deliver(
    reports: Sequence[Report],
    saved: Sequence[Path | None],
    *,
    form: str,
    extra: Sequence[tuple[str, Path]],
    output: Path | None,
    lang: str | None,
    fail_on: str,
    show_values: bool,
    verbose: bool,
) -> int:
    """Prints and writes the reports. The worst exit code of them all: 1 before 3 before 0."""
    from idptest.adapters import store
    from idptest.model.rule import Level

    chosen = language(lang)

    def rendered(kind: str, colour: bool) -> str:
        return _render(kind, reports, saved, chosen, fail_on, show_values, verbose, colour)

    # Files first: whoever reads our output may stop reading, as `head` does.
    for kind, path in extra:
        store.write(path, rendered(kind, False).encode())
    if output:
        store.write(output, rendered(form, False).encode())
    elif form == "text":
        click.echo(rendered(form, sys.stdout.isatty()), nl=False)
    else:
        exactly(rendered(form, False))
    codes = {report.exit_code(Level(fail_on)) for report in reports}
    return 1 if 1 in codes else 3 if 3 in codes else 0


def _render(
    form: str,
    reports: Sequence[Report],
    saved: Sequence[Path | None],
    lang: str,
    fail_on: str,
    show_values: bool,
    verbose: bool,
    colour: bool,
) -> str:
    if form == "json":
        from idptest.reporters import json

        return json.render(reports, lang=lang, show_values=show_values)
    if form == "junit":
        from idptest.model.rule import Level
        from idptest.reporters import junit

        return junit.render(reports, lang=lang, show_values=show_values, fail_on=Level(fail_on))
    if form == "html":
        from idptest.reporters import html

        return html.render(reports, lang=lang, show_values=show_values, zone=None)
    from idptest.reporters import text

    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    styles = [text.Style(lang, width, colour, verbose, show_values, str(path) if path else None, zone=None) for path in saved]
    return text.render(reports, styles)
