"""idptest metadata fetch."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from idptest.cli import language
from idptest.cli.options import exactly, lang_option

if TYPE_CHECKING:
    from datetime import datetime

    from idptest.adapters.feeds import Confirm, Feeds, Fetched
    from idptest.model.feed import Feed
    from idptest.model.inspected_feed import SigningKey


@click.command("fetch")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--list", "listing", is_flag=True, help="The feeds there are, what is known of them, and what is here. Fetches nothing.")
@click.option("--force", is_flag=True, help="Ask even if the copy is fresh.")
@click.option(
    "--pin", metavar="SHA256", help="Approve the certificate with this fingerprint, which the federation has confirmed, and no other."
)
@click.option("--watch", is_flag=True, help="Go on asking, and tell what changes, until Ctrl-C.")
@click.option("--entity", "entity_id", metavar="ENTITYID", help="With --watch: end when this one has come or changed.")
@click.option("--every", type=click.FloatRange(1 / 60, 1440), metavar="MINUTES", help="With --watch: how often. Default: as the feed says.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What to print.")
@lang_option
def command(
    names: tuple[str, ...],
    listing: bool,
    force: bool,
    pin: str | None,
    watch: bool,
    entity_id: str | None,
    every: float | None,
    form: str,
    lang: str | None,
) -> int:
    """Fetch a federation's feed, verify it and keep it.

    Without NAME: those that are in use here. What is refused or cannot be had leaves the last good copy as it is.
    """
    from pathlib import Path

    from idptest.adapters import clock, store
    from idptest.adapters.feeds import Feeds
    from idptest.errors import ConfigurationError

    chosen, now = language(lang), clock.now()
    folder = store.workspace()
    if listing:
        return _list(Feeds(folder or Path.cwd()), names, now, form, chosen)
    store.settings(folder)
    assert folder is not None  # noqa: S101 - settings() has refused already
    feeds = Feeds(folder)
    wanted = [feeds.feed(name) for name in names] or feeds.in_use()
    if not wanted:
        raise ConfigurationError(
            "say which feed: idptest metadata fetch NAME (all: --list)", "ange vilket flöde: idptest metadata fetch NAMN (alla: --list)"
        )
    if (pin or watch) and len(wanted) != 1:
        raise ConfigurationError("--pin and --watch take one feed", "--pin och --watch gäller ett flöde i taget")
    if (entity_id or every) and not watch:
        raise ConfigurationError("--entity and --every go with --watch", "--entity och --every hör till --watch")
    confirm = _asked(chosen)
    if pin:
        from idptest.adapters import feed_keys

        wanted, confirm, force = [feed_keys.unpinned(wanted[0], folder)], _by(pin), True
    if watch:
        from idptest.cli.metadata.watching import watched

        return watched(feeds, wanted[0], confirm, entity_id, every, chosen)
    asked = set() if pin else {feed.name for feed in wanted if feeds.approved(feed) is None}
    results: list[tuple[Feed, Fetched]] = []
    wrong: ConfigurationError | None = None
    for feed in wanted:
        try:
            fetched = feeds.fetch(feed, feeds.client(feed), now, force=force, confirm=confirm, progress=_progress(feed))
            results.append((feed, fetched))
        except ConfigurationError as problem:  # the others are fetched all the same
            wrong = wrong or problem
    if form == "json":
        import json

        exactly(json.dumps([_plain(feed, fetched, chosen) for feed, fetched in results], ensure_ascii=False, indent=2) + "\n")
    else:
        for feed, fetched in results:
            show(feeds, feed, fetched, now, chosen, asked=feed.name in asked)
    if wrong:
        raise wrong
    states = {fetched.state for _, fetched in results}
    return 1 if "refused" in states else 3 if "unreachable" in states else 0


def show(feeds: Feeds, feed: Feed, fetched: Fetched, now: datetime, lang: str, *, asked: bool = False) -> None:
    """What became of a fetch. `asked`: the key has just been shown, to be approved."""
    from idptest.adapters.feeds import FRESH, NEW, REFUSED, UNREACHABLE
    from idptest.reporters import feed_text

    copy = fetched.copy
    if fetched.report:
        from idptest.reporters import text

        click.echo(text.render([fetched.report], [text.Style(lang, colour=sys.stdout.isatty(), zone=None)]), nl=False)
    if fetched.state in (REFUSED, UNREACHABLE) or copy is None:
        said = (
            {"sv": "gick inte att hämta", "en": "could not be fetched"}[lang]
            if fetched.trouble
            else {"sv": "godtas inte", "en": "refused"}[lang]
        )
        why = f": {fetched.trouble.text(lang)}" if fetched.trouble else ""
        click.echo(f"  {feed.name}: {said}{why}. {feed_text.kept(copy, now).text(lang)}")
        return
    if fetched.state == FRESH:
        click.echo(f"  {feed.name}: {feed_text.fresh(copy, copy.fresh_until).text(lang)}")
    elif fetched.state == NEW:
        click.echo(f"  {feed.name}: {feed_text.new(copy, fetched.said.entities if fetched.said else ()).text(lang)}")
        key = feeds.approved(feeds.feed(feed.name))
        if fetched.before is None and key and not asked:
            click.echo({"sv": "  Verifierat med den godkända nyckeln:", "en": "  Verified with the approved key:"}[lang])
            for row in feed_text.key_rows(key, lang):
                click.echo(row)
            if feed.key and feed.source:
                click.echo(
                    {"sv": f"    Publicerad på {feed_text.source_words(feed.source, lang)}", "en": f"    Published at {feed.source}"}[lang]
                )
        for row in feed_text.change_rows(fetched.changes, lang) if fetched.changes else ():
            click.echo(row)
    else:
        click.echo(f"  {feed.name}: {feed_text.unchanged(copy).text(lang)}")


def _list(feeds: Feeds, names: tuple[str, ...], now: datetime, form: str, lang: str) -> int:
    from idptest.reporters import feed_text

    chosen = [feeds.feed(name) for name in names] or list(feeds.feeds.values())
    if form == "json":
        import json

        exactly(json.dumps([_known(feeds, feed, lang) for feed in chosen], ensure_ascii=False, indent=2) + "\n")
        return 0
    for number, feed in enumerate(chosen):
        if number:
            click.echo()
        for row in feed_text.feed_rows(feed, feeds.approved(feed), feeds.copy(feed.name), now, lang):
            click.echo(row)
    return 0


def _known(feeds: Feeds, feed: Feed, lang: str) -> dict[str, Any]:
    key = feeds.approved(feed)
    return {
        "name": feed.name,
        "title": feed.title.text(lang),
        "format": feed.format,
        "environment": feed.environment,
        "url": feed.url,
        "key": {"subject": key.subject, "sha256": key.sha256, "sha1": key.sha1} if key else None,
        "copy": _copy(feeds.copy(feed.name)),
        "remark": feed.remark.text(lang) if feed.remark else None,
        "source": feed.source,
    }


def _plain(feed: Feed, fetched: Fetched, lang: str) -> dict[str, Any]:
    from idptest.model.rule import Verdict

    failed = [finding for finding in fetched.report.findings if finding.verdict is Verdict.FAIL] if fetched.report else []
    return {
        "feed": feed.name,
        "state": fetched.state,
        "trouble": fetched.trouble.text(lang) if fetched.trouble else None,
        "failed": [finding.rule.id for finding in failed],
        "copy": _copy(fetched.copy),
        "changes": vars(fetched.changes) if fetched.changes else None,
    }


def _copy(copy: Any) -> dict[str, Any] | None:
    import dataclasses

    if copy is None:
        return None
    lasts = copy.cache_duration
    moments = {key: value.isoformat().replace("+00:00", "Z") for key, value in vars(copy).items() if hasattr(value, "isoformat")}
    return {**dataclasses.asdict(copy), **moments, "cache_duration": None if lasts is None else lasts.total_seconds()}


def _by(pin: str) -> Confirm:
    """Approves the certificate with that fingerprint. Raises ConfigurationError for any other."""
    from idptest.errors import ConfigurationError
    from idptest.feed_words import grouped
    from idptest.feeds import fingerprint

    wanted = fingerprint(pin)
    if wanted is None:
        raise ConfigurationError(
            "--pin takes a SHA-256 fingerprint, 64 hexadecimal digits (SHA-1 has 40)",
            "--pin ska vara ett fingeravtryck i SHA-256, 64 hexadecimala siffror (SHA-1 har 40)",
        )

    def same(feed: Feed, key: SigningKey, published: str | None) -> bool:
        if key.sha256 != wanted:
            raise ConfigurationError(
                f"{feed.name} is signed with another certificate than --pin says: {grouped(key.sha256)}. Nothing is approved.",
                f"{feed.name} är signerat med ett annat certifikat än --pin anger: {grouped(key.sha256)}. Inget är godkänt.",
            )
        return True

    return same


def _asked(lang: str) -> Confirm:
    """Shows the key and asks; when nobody is there to answer, nothing is trusted."""

    def ask(feed: Feed, key: SigningKey, published: str | None) -> bool:
        from idptest.reporters import feed_text

        sv = lang == "sv"
        click.echo(
            f"\n  {feed.title.text(lang)} – {feed.url}\n  "
            + (
                "Flödet är signerat med ett certifikat som du inte har godkänt än:"
                if sv
                else "The feed is signed with a certificate that you have not approved yet:"
            ),
            err=True,
        )
        for row in feed_text.key_rows(key, lang):
            click.echo(row, err=True)
        if published:
            click.echo(
                f"  Samma certifikat publiceras på {published}" if sv else f"  The same certificate is published at {published}", err=True
            )
        elif feed.certificate_url:
            click.echo(
                f"  OBS! Certifikatet på {feed.certificate_url} är ett annat, eller gick inte att hämta."
                if sv
                else f"  Note: the certificate at {feed.certificate_url} is another one, or could not be fetched.",
                err=True,
            )
        click.echo(
            "  Bekräfta fingeravtrycket med federationen på en annan väg än den här, till exempel per telefon."
            if sv
            else "  Confirm the fingerprint with the federation by another way than this one, such as by telephone.",
            err=True,
        )
        if not sys.stdin.isatty():
            return False
        answer: str = click.prompt("  Stämmer det? [j/N]" if sv else "  Is it right? [y/N]", default="n", show_default=False, err=True)
        return answer.strip().lower() in ("j", "ja", "y", "yes")

    return ask


def _progress(feed: Feed) -> Any:
    """How much has come, on a terminal; nothing in a pipe."""
    if not sys.stderr.isatty():
        return None
    shown = -1

    def told(size: int) -> None:
        nonlocal shown
        if size // 1_000_000 != shown:
            shown = size // 1_000_000
            click.echo(f"  {feed.name}: {shown} MB  \r", nl=False, err=True)

    return told
