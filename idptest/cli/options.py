"""Options that several commands share, and the way from reports to output and exit code."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
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

defect_option = click.option(
    "--defect",
    "defects",
    multiple=True,
    metavar="NAME",
    help="Give Exempelstad a defect. May be repeated. See: idptest demo --list-defects",
)

repeat_option = click.option(
    "--repeat",
    type=click.IntRange(1, 100),
    default=1,
    help="Log in so many times, each time afresh, and compare: who the person is must never change.",
)

uploaded_option = click.option("--uploaded", metavar="TIME", help="When the metadata was uploaded last: 08:00 (today), 2026-11-22T08:00.")


def driven(command: Callable[..., Any]) -> Callable[..., Any]:
    """What every command that logs in at a configured IdP takes; `check_driver` says what does not go together."""
    driver = click.option(
        "--driver",
        "driver_name",
        type=click.Choice(["form", "browser", "system"]),
        default="form",
        show_default=True,
        help="Who logs in: idptest itself by filling in forms; a browser that idptest steers; or you, in your own browser.",
    )
    headed = click.option("--headed", is_flag=True, help="With --driver browser: show the window, and let a person log in.")
    return driver(headed(command))


def check_driver(driver_name: str, headed: bool, demo: bool = False) -> None:
    """Raises ConfigurationError."""
    if headed and driver_name != "browser":
        raise ConfigurationError("--headed goes with --driver browser", "--headed hör ihop med --driver browser")
    if demo and driver_name != "form":
        raise ConfigurationError(
            "--demo has no address that a browser could go to; idptest demo serves Exempelstad",
            "--demo har ingen adress som en webbläsare kan gå till; idptest demo startar Exempelstad som server",
        )


def check_defects(defects: Sequence[str], demo: bool) -> None:
    """Raises ConfigurationError."""
    if defects and not demo:
        raise ConfigurationError("--defect goes with --demo", "--defect hör ihop med --demo")


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


def moment(text: str, option: str = "--at") -> datetime:
    """What an option that takes a time was given; UTC when it names no zone. Raises ConfigurationError."""
    from idptest.model.flow_file import EARLIEST, LATEST

    try:
        found = datetime.fromisoformat(text)
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        if not EARLIEST <= found <= LATEST:
            raise ValueError
    except ValueError:
        raise ConfigurationError(
            f"{option} takes a time such as 2026-11-22T07:45Z; got {text}",
            f"{option} ska vara en tidpunkt som 2026-11-22T07:45Z; fick {text}",
        ) from None
    return found.astimezone(UTC)


def uploaded_at(text: str | None, now: datetime) -> datetime | None:
    """In this computer's zone unless it says another; a time alone is today's. Raises ConfigurationError."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(f"{now:%Y-%m-%d}T{text}" if re.fullmatch(r"\d\d:\d\d(:\d\d)?", text) else text)
        found = found if found.tzinfo else found.astimezone()
        late = found > now
    except (ValueError, OverflowError):
        raise ConfigurationError(
            f"--uploaded takes a time such as 08:00 or 2026-11-22T08:00; got {text}",
            f"--uploaded ska vara en tidpunkt som 08:00 eller 2026-11-22T08:00; fick {text}",
        ) from None
    if late:
        raise ConfigurationError(
            f"--uploaded: {text} is in the future; write the day too: 2026-11-22T08:00",
            f"--uploaded: {text} är i framtiden; skriv även dagen: 2026-11-22T08:00",
        )
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
    err: bool = False,
) -> int:
    """Prints and writes the reports. The worst exit code of them all: 1 before 3 before 0.

    `err`: printed on stderr, because stdout is for what the command makes.
    """
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
    elif form == "text" or err:
        click.echo(rendered(form, (sys.stderr if err else sys.stdout).isatty()), nl=False, err=err)
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
    import shutil  # with it come three ways to compress files; most commands do without

    from idptest.reporters import text

    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    styles = [text.Style(lang, width, colour, verbose, show_values, str(path) if path else None, zone=None) for path in saved]
    return text.render(reports, styles)
