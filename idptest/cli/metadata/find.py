"""idptest metadata find."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idptest.cli import language
from idptest.cli.options import exactly, lang_option

if TYPE_CHECKING:
    from idptest.adapters.feeds import Feeds
    from idptest.model.aggregate import ListedEntity
    from idptest.model.feed import Feed


MOST = 1000  # of what a feed's index gives


@click.command("find")
@click.argument("words", nargs=-1, metavar="[WORD]...")
@click.option("--feed", "names", multiple=True, metavar="NAME", help="Look in this feed only. May be repeated.")
@click.option("--name", "called", default="", metavar="TEXT", help="Who is called so.")
@click.option("--scope", default="", metavar="DOMAIN", help="Who has this scope, or one below it.")
@click.option("--role", type=click.Choice(["idp", "sp", "client", "server"]), help="IdPs or SPs only; in Moa clients or servers.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What to print.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write the metadata of the one that is found."
)
@lang_option
def command(
    words: tuple[str, ...],
    names: tuple[str, ...],
    called: str,
    scope: str,
    role: str | None,
    form: str,
    output: Path | None,
    lang: str | None,
) -> int:
    """Find an IdP or SP in the feeds that have been fetched.

    By entityID, name, scope, or any words, whatever their case. Nobody found: exit code 1.
    """
    from idptest.adapters import clock, store
    from idptest.adapters.feeds import Feeds
    from idptest.reporters import feed_text

    chosen, now = language(lang), clock.now()
    feeds = Feeds(store.workspace() or Path.cwd())
    looked = _looked_in(feeds, names)
    found = [(feed, entity) for feed in looked for entity in _found(feeds, feed, words, called, scope, role or "")]
    if output:
        _write(feeds, found, output, chosen)
    if form == "json":
        import json

        exactly(json.dumps([_plain(feeds, feed, entity) for feed, entity in found], ensure_ascii=False, indent=2) + "\n")
    else:
        for feed, entity in found:
            for row in feed_text.entity_rows(entity, feed.name, feeds.history(feed.name, entity.entity_id), chosen):
                click.echo(row)
            click.echo()
        for feed in looked:
            copy = feeds.copy(feed.name)
            if copy and (not found or copy.ended(now)):
                said = feed_text.copy_words(copy, now).text(chosen)
                click.echo(f"  {'Sökt i' if chosen == 'sv' else 'Looked in'} {feed.name}: {said}", err=True)
        if len(found) >= MOST:
            click.echo(
                f"  De första {len(found)}; sök noggrannare." if chosen == "sv" else f"  The first {len(found)}; ask for less.", err=True
            )
        if not found:
            click.echo("  Ingen hittades." if chosen == "sv" else "  Nobody was found.", err=True)
    return 0 if found else 1


def _found(feeds: Feeds, feed: Feed, words: tuple[str, ...], called: str, scope: str, role: str) -> tuple[ListedEntity, ...]:
    """An entityID alone is looked up as such; everything else is searched for."""
    if len(words) == 1 and not (called or scope):
        exact = tuple(entity for entity in feeds.entities(feed.name, words[0]) if not role or role in entity.roles)
        if exact:
            return exact
    return feeds.find(feed.name, " ".join(words), called=called, scope=scope, role=role)


def _looked_in(feeds: Feeds, names: tuple[str, ...]) -> list[Feed]:
    """The feeds named, or all that have been fetched. Raises InputError when one of them has no copy."""
    from idptest.errors import InputError

    named = [feeds.feed(name) for name in names]
    for feed in named:
        if feeds.copy(feed.name) is None:
            raise InputError(
                f"there is no copy of {feed.name} here: idptest metadata fetch {feed.name}",
                f"det finns ingen kopia av {feed.name} här: idptest metadata fetch {feed.name}",
            )
    found = named or [feed for feed in feeds.feeds.values() if feeds.copy(feed.name)]
    if not found:
        raise InputError(
            "no feed has been fetched here yet: idptest metadata fetch NAME (all: --list)",
            "inget flöde är hämtat här än: idptest metadata fetch NAMN (alla: --list)",
        )
    return found


def _write(feeds: Feeds, found: list[tuple[Feed, ListedEntity]], output: Path, lang: str) -> None:
    from idptest.adapters import store
    from idptest.errors import InputError

    if len(found) != 1:
        raise InputError(
            f"--output writes one entity's metadata, and {len(found)} were found: give its entityID, or --feed NAME",
            f"--output skriver metadata för en entitet, och {len(found)} hittades: ange dess entityID, eller --feed NAMN",
        )
    ((feed, entity),) = found
    data = feeds.entity(feed.name, entity.entity_id)
    assert data is not None  # noqa: S101 - it was just found
    store.write(output, data, private=False)
    click.echo(f"  {'Skrivet till' if lang == 'sv' else 'Written to'} {output}", err=True)


def _plain(feeds: Feeds, feed: Feed, entity: ListedEntity) -> dict[str, Any]:
    seen = feeds.history(feed.name, entity.entity_id)
    here = seen[-1] if seen and seen[-1].until is None else None
    return {
        "feed": feed.name,
        "entity_id": entity.entity_id,
        "roles": list(entity.roles),
        "names": [{"lang": lang or None, "text": text} for lang, text in entity.names],
        "organizations": [{"lang": lang or None, "text": text} for lang, text in entity.organizations],
        "scopes": list(entity.scopes),
        "registrar": entity.registrar,
        "registered_at": _moment(entity.registered_at),
        "valid_until": _moment(entity.valid_until),
        "digest": entity.digest,
        "seen_since": _moment(here.since) if here else None,
        "seen_from_start": here.from_start if here else None,
    }


def _moment(moment: Any) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
