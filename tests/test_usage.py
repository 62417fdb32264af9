"""A command that is typed wrong: one line, in the language asked for, which names what is wrong and where the help is."""

from __future__ import annotations

import inspect

import click
import pytest

from idptest.cli import group, main
from idptest.cli.usage import sentence, wanted
from tests.test_cli_help import ALL

TYPED = {
    "login --nope": (
        "there is no option --nope (see: idptest login --help)",
        "det finns inget alternativ --nope (se: idptest login --help)",
    ),
    "login --formt=json": (
        'there is no option --formt; did you mean "--format"? (see: idptest login --help)',
        'det finns inget alternativ --formt; menade du "--format"? (se: idptest login --help)',
    ),
    "login --format=x": (
        "--format takes one of text, json, junit, html (see: idptest login --help)",
        "--format ska vara något av text, json, junit, html (se: idptest login --help)",
    ),
    "login --report": ("--report needs a value (see: idptest login --help)", "--report behöver ett värde (se: idptest login --help)"),
    "login --headed=3": ("--headed takes no value (see: idptest login --help)", "--headed tar inget värde (se: idptest login --help)"),
    "demo --port 99999": (
        "--port takes a whole number, 0 to 65535 (see: idptest demo --help)",
        "--port ska vara ett heltal, 0 till 65535 (se: idptest demo --help)",
    ),
    "metadata fetch x --every now": (
        "--every takes a number, 0.0167 to 1440 (see: idptest metadata fetch --help)",
        "--every ska vara ett tal, 0,0167 till 1440 (se: idptest metadata fetch --help)",
    ),
    "login --output .": (
        "--output takes a file, and that is a folder or cannot be read (see: idptest login --help)",
        "--output ska vara en fil, och det där är en mapp eller går inte att läsa (se: idptest login --help)",
    ),
    "check": ("FILE… is missing (see: idptest check --help)", "FILE… saknas (se: idptest check --help)"),
    "metadata sign .": (
        "the option --key is missing (see: idptest metadata sign --help)",
        "alternativet --key saknas (se: idptest metadata sign --help)",
    ),
    "rules a b c": ("there is too much here: b c (see: idptest rules --help)", "det står för mycket: b c (se: idptest rules --help)"),
    "eppn explain --guid x y": (
        '"x" is no GUID such as fc79e369-18a3-40c4-aa33-d92057bfff65',
        '"x" är ingen GUID som fc79e369-18a3-40c4-aa33-d92057bfff65',
    ),
    "eppn explain --file missing.txt": (
        "missing.txt: cannot be read: there is no such file",
        "missing.txt: går inte att läsa: filen finns inte",
    ),
    "eppn explain --file .": (".: this is a folder, not a file", ".: det här är en mapp, inte en fil"),
}


@pytest.mark.parametrize("lang", ["en", "sv"])
@pytest.mark.parametrize("typed", TYPED)
def test_one_line_in_the_language_asked_for(
    typed: str, lang: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The language is known from the locale, or from --lang wherever it stands, though no option was read to the end."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, "sv_SE.UTF-8" if lang == "sv" else "C")
    monkeypatch.setattr("sys.argv", ["idptest", *typed.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr() == ("", f"idptest: {TYPED[typed][lang == 'sv']}\n")


@pytest.mark.parametrize(("said", "locale", "told"), [("sv", "C", "alternativ"), ("en", "sv_SE.UTF-8", "option"), ("de", "C", "något av")])
def test_lang_goes_before_the_locale(
    said: str, locale: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", locale if said != "de" else "sv_SE.UTF-8")
    monkeypatch.setattr("sys.argv", ["idptest", "login", f"--lang={said}", *(["--nope"] if said != "de" else [])])
    with pytest.raises(SystemExit):
        main()
    assert told in capsys.readouterr().err


def test_every_kind_of_mistake_that_click_knows_has_its_words() -> None:
    """Those that never leave click, or say what we have said ourselves, are listed here by name."""
    ours = {"NoSuchCommand", "NoArgsIsHelpError", "FileError", "BadArgumentUsage", "ClickException", "UsageError"}
    context = click.Context(group)
    option, argument = click.Option(["--size"], type=click.IntRange(1, 9)), click.Argument(["name"])
    kinds = (
        click.NoSuchOption("--nope", ctx=context),
        click.MissingParameter(param=option, ctx=context),
        click.MissingParameter(param=argument, ctx=context),
        click.BadParameter("0 is not in the range", param=option, ctx=context),
        click.BadOptionUsage("--size", "Option '--size' requires an argument."),
    )
    known = {
        name
        for name, kind in inspect.getmembers(click.exceptions, inspect.isclass)
        if issubclass(kind, click.ClickException) and kind.__module__ == "click.exceptions"
    }
    assert known - ours == {type(kind).__name__ for kind in kinds}
    for kind in kinds:
        words = sentence(kind)
        assert words.en != words.sv
        assert kind.format_message() not in (words.en, words.sv)


def test_what_we_have_no_words_for_keeps_clicks() -> None:
    assert sentence(click.FileError("x", "why")).sv == "Could not open file 'x': why"


def test_every_type_of_option_that_can_be_wrong_has_its_words() -> None:
    free = (click.types.StringParamType, click.types.BoolParamType)
    without = {
        type(parameter.type).__name__
        for command in ALL.values()
        for parameter in command.params
        if not isinstance(parameter.type, free) and wanted(parameter.type) is None
    }
    assert without == {"Guid"}  # which says it itself


def test_a_file_that_may_not_be_read() -> None:
    """As click sees it before any of ours is asked; root may read everything, so it is not tried with a file."""
    problem = click.BadParameter("Path 'x' is not readable.", param=click.Argument(["files"], type=click.Path(), metavar="FILE…"))
    assert sentence(problem).sv == "FILE… ska vara något som du får läsa; behörighet saknas"
    assert sentence(problem).en == "FILE… takes what you may read; permission is missing"
