"""idptest eppn."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from idptest.cli import language
from idptest.cli.eppn_directory import command as directory_command
from idptest.cli.options import exactly, lang_option

if TYPE_CHECKING:
    from uuid import UUID

    from idptest.identifiers.explain import Explanation

_IN_FULL = 3  # so many values are explained at length; more of them get a line each


@click.group("eppn")
def command() -> None:
    """What an identifier is made of; a GUID in all its forms."""


command.add_command(directory_command)


class Guid(click.ParamType):  # type: ignore[type-arg]
    """A GUID in its usual form; braces and capitals are taken too."""

    name = "guid"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> UUID:
        from idptest.identifiers import objectguid

        found = [reading for reading in objectguid.readings(str(value)) if set(reading.forms) <= {"canonical", "upper", "braces", "urn"}]
        if not found:
            from idptest.errors import ConfigurationError

            example = "fc79e369-18a3-40c4-aa33-d92057bfff65"
            raise ConfigurationError(f'"{value}" is no GUID such as {example}', f'"{value}" är ingen GUID som {example}')
        return found[0].guid


form_option = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What to print."
)


@command.command("explain")
@click.argument("values", nargs=-1, metavar="[VALUE]...")
@click.option("--guid", type=Guid(), metavar="GUID", help="The account's own objectGUID: then the reading is certain.")
@click.option("--file", "name", metavar="FILE", help="A file with a value on each line; - is standard input.")
@form_option
@lang_option
def explain_command(values: Sequence[str], guid: UUID | None, name: str | None, form: str, lang: str | None) -> int:
    """What each VALUE is made of: an EPPN, or the part before @.

    Without VALUE and --file, values are read from standard input, one on each line.
    """
    from idptest.errors import ConfigurationError
    from idptest.identifiers.explain import Together, explain

    if name is None and not values:
        if sys.stdin.isatty():
            raise ConfigurationError(
                "there is nothing to explain: give a value, --file FILE, or values on standard input",
                "det finns inget att förklara: ange ett värde, --file FIL, eller skriv värden på standard in",
            )
        name = "-"
    file = _opened(name) if name else None
    chosen = language(lang)
    together = Together()
    few = file is None and len(values) <= _IN_FULL

    def found() -> Iterator[Explanation]:
        for value in chain(values, _progress(file) if file else ()):
            explained = explain(value, guid)
            together.add(explained)
            yield explained

    if form == "json":
        _write(_json(found(), chosen))
    else:
        _write((_at_length(each, chosen) if few else _line(each)) for each in found())
        if together.total > 1:
            click.echo("")
            for words in together.says():
                click.echo(words.text(chosen))
    if together.total == 0:
        raise ConfigurationError("there was no value to explain", "det fanns inget värde att förklara")
    return 0


@command.command("convert")
@click.argument("guid", type=Guid(), metavar="GUID")
@form_option
def convert_command(guid: UUID, form: str) -> int:
    """A GUID in every form that it is seen in."""
    from idptest.identifiers import objectguid

    forms = objectguid.forms(guid)
    if form == "json":
        import json

        exactly(json.dumps(forms, ensure_ascii=False, indent=2) + "\n")
        return 0
    width = max(len(name) for name in forms)
    for name, text in forms.items():
        click.echo(f"{name:<{width}}  {text}")
    return 0


def _opened(name: str) -> TextIO:
    """Its lines as they are asked for: a municipality's file may be long. Raises InputError."""
    if name == "-":
        return io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", errors="replace")
    try:
        return Path(name).open(encoding="utf-8-sig", errors="replace")
    except OSError as problem:
        from idptest.adapters.store import unreadable

        raise unreadable(name, problem) from None


def _progress(file: TextIO) -> Iterator[str]:
    """The lines that hold something. On a terminal a long file shows how far it has come."""
    lines = (stripped for line in file if (stripped := line.strip("\r\n")) and not stripped.isspace())
    if not (sys.stderr.isatty() and not sys.stdout.isatty()):
        yield from lines
        return
    for number, line in enumerate(lines, start=1):
        if number % 5000 == 0:
            click.echo(f"\r{number}", err=True, nl=False)
        yield line
    click.echo("\r       \r", err=True, nl=False)


def _write(pieces: Iterable[str]) -> None:
    """In large pieces: a line at a time would take longer than the explaining."""
    held: list[str] = []
    for piece in pieces:
        held.append(piece)
        if len(held) >= 1000:
            exactly("".join(held))
            held.clear()
    exactly("".join(held))


def _json(found: Iterable[Explanation], lang: str) -> Iterator[str]:
    """A list, an element on each line."""
    import json

    first = True
    for each in found:
        plain = {
            "value": each.value,
            "scope": each.scope,
            "kind": each.kind,
            "readings": [
                {"guid": str(reading.guid), "forms": list(reading.forms), "confidence": reading.confidence} for reading in each.readings
            ],
            "advice": " ".join(words.text(lang) for words in each.advice),
        }
        yield ("[\n" if first else ",\n") + json.dumps(plain, ensure_ascii=False)
        first = False
    yield "[]\n" if first else "\n]\n"


def _line(each: Explanation) -> str:
    best = each.readings[0] if each.readings else None
    return f"{_shown(each.value)}\t{each.kind}\t{', '.join(best.forms) if best else ''}\t{best.guid if best else ''}\n"


def _at_length(each: Explanation, lang: str) -> str:
    import textwrap

    def wrapped(text: str, indent: str) -> str:
        return textwrap.fill(text, 96, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)

    lines = [_shown(each.value), *(wrapped(words.text(lang), "  ") for words in each.advice)]
    for number, reading in enumerate(each.readings, start=1):
        if each.is_canonical and reading.confidence in ("certain", "likely"):
            break
        lines += ["", f"  {number}  {reading.guid}   {', '.join(reading.forms)} ({_CONFIDENCE[lang][reading.confidence]})"]
        lines.append(wrapped(reading.words.text(lang), "     "))
    return "\n".join(lines) + "\n\n"


_CONFIDENCE = {
    "sv": {"certain": "säkert", "likely": "troligt", "undecided": "går inte att avgöra", "unlikely": "osannolikt"},
    "en": {"certain": "certain", "likely": "likely", "undecided": "cannot be decided", "unlikely": "unlikely"},
}


def _shown(value: str) -> str:
    """The value on one line: what a terminal would act upon is written out."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in value)
