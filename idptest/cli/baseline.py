"""idptest baseline."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idptest.cli import language
from idptest.cli.options import exactly, lang_option
from idptest.errors import ConfigurationError

if TYPE_CHECKING:
    from idptest.model.history import Baseline, Observation


@click.group("baseline", no_args_is_help=True)
def command() -> None:
    """What was true before an upgrade: save it, show it, move it."""


@command.command("save")
@click.argument("name", metavar="NAME")
@click.argument("accounts", nargs=-1, metavar="[ACCOUNT]…")
@lang_option
def save(name: str, accounts: tuple[str, ...], lang: str | None) -> int:
    """Save the last login of each account as baseline NAME.

    Nobody logs in: log in first, with idptest login, and see that all is as it should be. What is saved is what the history holds of the
    last login at each IdP. A baseline that exists is left alone; idptest baseline accept moves it.
    """
    from idptest import catalogue
    from idptest.adapters import baselines, clock, history
    from idptest.model.history import Baseline
    from idptest.observe import key_id

    folder, chosen = _workspace(), language(lang)
    baselines.path_of(name)
    found = _last(folder, accounts, chosen)
    baseline = Baseline(name, clock.now(), catalogue.tool(), key_id(history.key(folder)), tuple(found))
    path = baselines.save(folder, baseline, overwrite=False)
    click.echo(f"{'sparade' if chosen == 'sv' else 'saved'}  {path}")
    for line in _summary(baseline, chosen):
        click.echo(f"  {line}")
    return 0


@command.command("show")
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What to print.")
@lang_option
def show(name: str | None, form: str, lang: str | None) -> int:
    """Show what baseline NAME holds; the only one, when there is only one."""
    from idptest.adapters import baselines, history
    from idptest.model.history_file import dump_baseline

    folder = _workspace()
    baseline, chosen = baselines.chosen(folder, name, history.key(folder)), language(lang)
    if form == "json":
        exactly(dump_baseline(baseline))
        return 0
    sv = chosen == "sv"
    click.echo(f"{baseline.name}   {'sparad' if sv else 'saved'} {baseline.saved_at:%Y-%m-%d %H:%M} UTC, idptest {baseline.tool.version}")
    if not baseline.intact:
        click.echo("  ÄNDRAD FÖR HAND: kontrollsumman stämmer inte" if sv else "  EDITED BY HAND: its digest is wrong")
    for seen in baseline.observations:
        click.echo("")
        for label, text in _facts(seen, chosen):
            click.echo(f"  {label:<14} {text}")
    return 0


@command.command("accept")
@click.argument("name", metavar="NAME")
@click.argument("accounts", nargs=-1, metavar="[ACCOUNT]…")
@lang_option
def accept(name: str, accounts: tuple[str, ...], lang: str | None) -> int:
    """Move baseline NAME to the last login of each account, or of these.

    This is the only way to move it. What changes is said, was → is; the accounts that are not named stay as they were.
    """
    from idptest import catalogue
    from idptest.adapters import baselines, clock, history
    from idptest.observe import key_id

    folder, chosen = _workspace(), language(lang)
    key = history.key(folder)
    old = baselines.load(folder, name, key)
    found = _last(folder, accounts or tuple(dict.fromkeys(seen.account for seen in old.observations)), chosen)
    for line in _moves(old, found, chosen):
        click.echo(line)
    places = {(seen.account, seen.idp) for seen in found}
    kept = tuple(seen for seen in old.observations if (seen.account, seen.idp) not in places)
    path = baselines.save(
        folder, replace(old, saved_at=clock.now(), tool=catalogue.tool(), key_id=key_id(key), observations=(*kept, *found)), overwrite=True
    )
    click.echo(f"{'flyttade' if chosen == 'sv' else 'moved'}  {path}")
    return 0


def _workspace() -> Path:
    from idptest.adapters import history, store

    folder = store.workspace()
    store.settings(folder)  # says what to do when there is none
    assert folder is not None  # noqa: S101 - settings() has refused already
    history.check(folder)
    return folder


def _last(folder: Path, accounts: Collection[str], lang: str) -> list[Observation]:
    """The logins of the last run of each account at each IdP. Raises ConfigurationError for an account that has none worth saving."""
    from idptest.adapters import history
    from idptest.cli import logins

    every = history.read(folder, logins.saying(lang))
    runs = {(seen.account, seen.idp): seen.run for seen in every}
    found = [seen for seen in every if runs[seen.account, seen.idp] == seen.run and (not accounts or seen.account in accounts)]
    missing = [name for name in accounts if not any(seen.account == name for seen in found)]
    if missing or not found:
        who = " ".join(missing)
        raise ConfigurationError(
            f"no login has been noted{f' of {who}' if who else ''}; log in first: idptest login {who}".rstrip(),
            f"ingen inloggning finns noterad{f' för {who}' if who else ''}; logga in först: idptest login {who}".rstrip(),
        )
    for seen in found:
        if not seen.trusted:
            raise ConfigurationError(
                f"no signature vouches for the last login of {seen.account} at {seen.idp}; it is no baseline. See: idptest login {seen.account}",
                f"ingen signatur står bakom den senaste inloggningen av {seen.account} hos {seen.idp}; det blir ingen baslinje. Se: idptest login {seen.account}",
            )
    return found


def _moves(old: Baseline, found: Collection[Observation], lang: str) -> Iterator[str]:
    """A line for each change that is accepted."""
    from idptest.model.history import History
    from idptest.model.report import Target
    from idptest.reporters.style import clean
    from idptest.reporters.words import message
    from idptest.validator import judge_history

    for seen in found:
        target = Target(seen.idp, seen.entity_id, seen.product, seen.account, seen.role, seen.protocol, seen.test_person)
        for finding in judge_history(History(target, (seen,), old)).failures():
            text = message(finding.message, finding.evidence, lang, seen.test_person)
            yield clean(f"  {seen.account} › {seen.idp}: {text}")


def _summary(baseline: Baseline, lang: str) -> Iterator[str]:
    from idptest.reporters.words import said

    for seen in baseline.observations:
        eppn = said(tuple(found.shown for found in seen.eppn), lang, seen.test_person) if seen.eppn else "–"
        yield f"{seen.account} › {seen.idp}   {seen.at:%Y-%m-%d %H:%M}   {eppn}"


def _facts(seen: Observation, lang: str) -> Iterator[tuple[str, str]]:
    from idptest.reporters.style import clean
    from idptest.reporters.words import said, word

    sv = lang == "sv"
    eppn = said(tuple(found.shown for found in seen.eppn), lang, seen.test_person) if seen.eppn else "–"
    attributes = ", ".join(f"{sent.name} ({sent.values})" for sent in seen.attributes) or "–"
    rows = (
        ("konto" if sv else "account", f"{seen.account} › {seen.idp}   {seen.at:%Y-%m-%d %H:%M} UTC"),
        ("EPPN", eppn),
        (word("level", lang), seen.context or "–"),
        ("attribut" if sv else "attributes", attributes),
        ("NameID", seen.name_id_format or "–"),
        ("algoritmer" if sv else "algorithms", ", ".join(seen.algorithms) or "–"),
        ("nyckel" if sv else "key", seen.key or "–"),
        ("kryptering" if sv else "encryption", ", ".join(seen.encryption) or "–"),
        ("giltighet" if sv else "lifetime", "–" if seen.lifetime is None else f"{seen.lifetime} s"),
        ("metadata", ", ".join(seen.metadata) or "–"),
    )
    return ((label, clean(text)) for label, text in rows)
