"""The command line: options → one call → render → exit code. A command's module is imported when it is used, not before."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from typing import Any

import click

from idptest import __version__

# command → (its module, what `--help` of the group says: the first line of the command's own help, and a test holds them together)
Listed = Mapping[str, tuple[str, str]]

COMMANDS: Listed = {
    "init": ("idptest.cli.init", "Write idptest.toml and the SP's keys in this folder."),
    "doctor": ("idptest.cli.doctor", "Look everything over before the first login, without credentials."),
    "onboard": ("idptest.cli.onboard", "From nothing to a teacher who logs in, one step at a time."),
    "login": ("idptest.cli.login", "Log in, judge, and say what to change."),
    "check": ("idptest.cli.check", "Judge a saved login again, or one in a file from a browser."),
    "baseline": ("idptest.cli.baseline", "What was true before an upgrade: save it, show it, move it."),
    "regress": ("idptest.cli.regress", "Log in again, and say what has changed since the baseline."),
    "demo": ("idptest.cli.demo", "Exempelstad, the demo municipality, as a server; its defects."),
    "metadata": ("idptest.cli.metadata", "Our registration, federations' feeds, an IdP's metadata."),
    "selftest": ("idptest.cli.selftest", "Proof that the rules can fail: a login, spoilt every way."),
    "eppn": ("idptest.cli.eppn", "What an identifier is made of; a GUID in all its forms."),
    "rules": ("idptest.cli.rules", "The catalogue of rules, or one rule explained."),
}


class Commands(click.Group):
    """Knows its commands by name and line, without importing them."""

    def __init__(self, *arguments: Any, listed: Listed, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.listed = listed

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.listed)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.listed:
            return None
        command: click.Command = importlib.import_module(self.listed[name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.listed.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.listed and not args[0].startswith("-"):
            from idptest.errors import ConfigurationError
            from idptest.toml_lines import did_you_mean

            near, above = did_you_mean(args[0], self.listed), ctx.command_path.partition(" ")[2]
            asked = f"{above} {args[0]}".strip()
            raise ConfigurationError(f'there is no command "{asked}"{near[0]}', f'det finns inget kommando "{asked}"{near[1]}')
        return super().resolve_command(ctx, args)


@click.command(
    cls=Commands, listed=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}, epilog="Start here: idptest login --demo"
)
@click.version_option(__version__, prog_name="idptest")
def group() -> None:
    """Is a Swedish municipality's identity provider right? Log in, and be told what is wrong and what to change."""


def language(lang: str | None) -> str:
    """--lang, else Swedish when the locale is. A language that we do not speak is not asked for."""
    if lang in ("sv", "en"):
        return lang
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return "sv" if os.environ[name].lower().startswith("sv") else "en"
    if sys.platform == "win32":
        import locale

        return "sv" if (locale.getlocale()[0] or "").lower().startswith(("sv", "swed")) else "en"
    return "en"


def _asked_language() -> str:
    """For error lines, which may come before options are parsed."""
    for place, word in enumerate(sys.argv):
        if word.startswith("--lang="):
            return language(word.partition("=")[2])
        if word == "--lang" and place + 1 < len(sys.argv):
            return language(sys.argv[place + 1])
    return language(None)


def main(arguments: list[str] | None = None) -> None:
    """Runs a command. What the user can put right is one line and exit code 2; Ctrl-C is 130."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a Windows console that lacks a character must not end the run
    try:
        code: Any = group.main(args=arguments, prog_name="idptest", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as shown:
        click.echo(shown.format_message())
        code = 2
    except click.ClickException as problem:
        from idptest.cli.usage import asked, explained

        where = asked(group, sys.argv[1:] if arguments is None else arguments)
        click.echo(f"idptest: {explained(problem, where).line(_asked_language())}", err=True)
        code = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("avbrutet; inget är halvskrivet" if _asked_language() == "sv" else "interrupted; nothing half-written is left", err=True)
        code = 130
    except BrokenPipeError:
        # Whoever read our output has stopped reading, as `head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as problem:
        from idptest.errors import IdptestError

        if not isinstance(problem, IdptestError):
            raise
        click.echo(f"idptest: {problem.line(_asked_language())}", err=True)
        code = 2
    sys.exit(code or 0)
