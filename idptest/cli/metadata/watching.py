"""idptest metadata fetch --watch: a feed is asked again and again, and what changes is told."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from idptest.model.rule import Words

if TYPE_CHECKING:
    from idptest.adapters.feeds import Confirm, Feeds
    from idptest.model.feed import Feed

_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(hours=1)


def watched(feeds: Feeds, feed: Feed, confirm: Confirm, entity_id: str | None, every: float | None, lang: str) -> int:
    """Until Ctrl-C; with an entity until that one has come, changed or gone: then 0. What was fetched before stays, whatever happens."""
    from idptest.adapters import clock
    from idptest.adapters.feeds import FRESH, UNCHANGED
    from idptest.cli.metadata.fetch import show
    from idptest.reporters.feed_text import minute

    told = feeds.copy(feed.name) is not None  # what the copy had is known, so a change since then is one
    was, first = _shape(feeds, feed, entity_id), True
    while True:
        now = clock.now()
        feed = feeds.feed(feed.name)
        asked = feeds.approved(feed) is None
        fetched = feeds.fetch(feed, feeds.client(feed), now, force=not first, confirm=confirm)
        if first or fetched.state not in (FRESH, UNCHANGED):
            show(feeds, feed, fetched, now, lang, asked=asked)
        if entity_id and fetched.copy:
            is_ = _shape(feeds, feed, entity_id)
            if told and is_ != was:
                click.echo(f"  {entity_id}: {_what(was, is_).text(lang)}")
                return 0
            if first:
                click.echo(f"  {entity_id}: {_now(is_).text(lang)}")
            told, was = True, is_
        first = False
        wait = _wait(fetched.copy.cache_duration if fetched.copy else None, every)
        if sys.stderr.isatty():
            click.echo(f"  {minute(now)}  {_ASKS.text(lang)} {minute(now + wait)} (Ctrl-C {_ENDS.text(lang)})", err=True)
        time.sleep(wait.total_seconds())


_ASKS, _ENDS = Words("asks again", "frågar igen"), Words("ends", "avslutar")


def _shape(feeds: Feeds, feed: Feed, entity_id: str | None) -> str | None:
    """The digest of the entity as it is in the last good copy; None when it is not there."""
    seen = feeds.history(feed.name, entity_id) if entity_id else ()
    return seen[-1].digest if seen and seen[-1].until is None else None


def _now(shape: str | None) -> Words:
    if shape is None:
        return Words("not in the feed yet; waiting for it", "finns inte i flödet än; väntar på den")
    return Words("in the feed; waiting for a change", "finns i flödet; väntar på en ändring")


def _what(was: str | None, is_: str | None) -> Words:
    if was is None:
        return Words("now in the feed", "finns nu i flödet")
    return Words("changed in the feed", "har ändrats i flödet") if is_ else Words("no longer in the feed", "finns inte längre i flödet")


def _wait(lasts: timedelta | None, every: float | None) -> timedelta:
    """As the feed says, but at least a minute, and not longer than an hour: somebody is waiting."""
    return timedelta(minutes=every) if every is not None else min(max(lasts or _SHORTEST, _SHORTEST), _LONGEST)
