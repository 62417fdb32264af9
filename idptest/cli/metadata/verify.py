"""idptest metadata verify."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idptest.cli.options import deliver, extra_reports, judging

if TYPE_CHECKING:
    from idptest.adapters.feeds import Feeds
    from idptest.model.feed import Feed
    from idptest.model.inspected_feed import SigningKey


@click.command("verify")
@click.argument("what", metavar="NAME|FILE")
@click.option("--feed", "name", metavar="NAME", help="FILE is this feed: its approved key is to have signed it.")
@click.option("--certificate", type=click.Path(path_type=Path), metavar="FILE", help="The certificate that is to have signed it.")
@judging
def command(what: str, name: str | None, certificate: Path | None, reports: tuple[str, ...], **options: Any) -> int:
    """Judge a feed: its signature, its end, who is in it.

    The copy of the feed NAME, or a FILE.
    """
    from idptest.adapters import clock, store
    from idptest.adapters.feeds import Feeds
    from idptest.adapters.sources import file_or_feed
    from idptest.feed_facts import inspection, read
    from idptest.model.feed import JWS, SAML, Feed
    from idptest.model.rule import Words
    from idptest.validator import inspect

    extra, now = extra_reports(reports), clock.now()
    folder = store.workspace()
    feeds = Feeds(folder or Path.cwd())
    if what in feeds.feeds and not Path(what).is_file() and name is None:
        feed = feeds.feed(what)
        data, own = _copied(feeds, feed), True
    else:
        data, own = file_or_feed(Path(), what, feeds, 1024 * 1024 * 1024), name is not None
        form = SAML if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"<", b"") or b"\x00" in data[:4] else JWS
        feed = feeds.feed(name) if name else Feed(what, form, Words(what, what), "test")
    key = _key(certificate) if certificate else feeds.approved(feed) if own else None
    said = read(feed, data, key, now)
    settings = store.settings(folder) if folder else None
    wanted = feeds.wanted(feed, said, settings) if settings and own else ()
    report = inspect(inspection(feed, data, said, key, now, wanted, form=True), waivers=settings.waivers if settings else ())
    return deliver([report], [None], extra=extra, **options)


def _copied(feeds: Feeds, feed: Feed) -> bytes:
    from idptest.errors import InputError

    copy = feeds.copy(feed.name)
    data = feeds.copies(feed.name).bytes_of(copy) if copy else None
    if data is None:
        raise InputError(
            f"there is no copy of {feed.name} here: idptest metadata fetch {feed.name}",
            f"det finns ingen kopia av {feed.name} här: idptest metadata fetch {feed.name}",
        )
    return data


def _key(path: Path) -> SigningKey:
    from idptest.adapters import store
    from idptest.errors import InputError
    from idptest.feed_facts import certificate_key

    key = certificate_key(store.read_file(path, 1024 * 1024))
    if key is None:
        raise InputError(
            "it is no certificate that can be read (PEM or DER)",
            "det är inget certifikat som går att läsa (PEM eller DER)",
            where=str(path),
        )
    return key
