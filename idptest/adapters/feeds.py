"""Federations' feeds in a workspace: fetched, verified by the one key that is approved, kept, and looked up in."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from idptest import feeds as feeds_file
from idptest.adapters import store
from idptest.adapters.feed_copies import Arriving, Copies
from idptest.errors import ConfigurationError
from idptest.model.aggregate import Aggregate, ListedEntity
from idptest.model.feed import JWS, Changes, Copy, Feed, Seen
from idptest.model.rule import Words
from idptest.toml_lines import FILE

if TYPE_CHECKING:
    from idptest.adapters.feed_index import FeedIndex
    from idptest.adapters.http_client import HttpClient
    from idptest.model.inspected_feed import SigningKey, Wanted
    from idptest.model.inspection import Inspection, InspectionReport
    from idptest.model.settings import Settings

FOLDER = Path(".idptest") / "feeds"
FRESH, UNCHANGED, NEW, REFUSED, UNREACHABLE = STATES = ("fresh", "unchanged", "new", "refused", "unreachable")

# Asked once, before a key is trusted: the feed, the key, and where the federation publishes the same certificate (None: nowhere known).
Confirm = Callable[[Feed, "SigningKey", str | None], bool]


@dataclass(frozen=True)
class Fetched:
    """What became of a fetch; `state` is one of STATES. `copy` is the last good copy as it is now, whatever happened; `before` as it was.

    `trouble` says in one line why the feed was not reached, `report` in full why it was refused. `said` is what a new copy says, and
    `changes` what is other than in the copy before.
    """

    state: str
    copy: Copy | None
    before: Copy | None
    trouble: Words | None = None
    report: InspectionReport | None = None
    said: Aggregate | None = None
    changes: Changes | None = None


class Feeds:
    """The feeds of the workspace in `folder`, by those that its idptest.toml has (or `feeds`, when given)."""

    def __init__(self, folder: Path, feeds: Mapping[str, Feed] | None = None) -> None:
        self.folder = folder
        if feeds is None:
            feeds = feeds_file.in_text(store.settings_text(folder)) if (folder / FILE).is_file() else feeds_file.shipped()
        self.feeds = dict(feeds)

    def feed(self, name: str) -> Feed:
        """Raises ConfigurationError for an unknown name, naming the nearest."""
        return feeds_file.named(name, self.feeds)

    def in_use(self) -> list[Feed]:
        """Those that have been fetched here, or have a table of their own in idptest.toml."""
        shipped = feeds_file.shipped()
        return [feed for feed in self.feeds.values() if feed != shipped.get(feed.name) or self.copies(feed.name).last()]

    def client(self, feed: Feed) -> HttpClient:
        """As idptest.toml has it for this feed. Raises ConfigurationError."""
        from idptest.adapters.ca_file import ca_file
        from idptest.adapters.http_client import HttpClient

        ca = ca_file(feed.ca_file, self.folder, "feed", feed.name, "ca_file")
        return HttpClient(timeout=feed.timeout, proxy=feed.proxy, ca_file=ca)

    # --- the last good copy

    def copy(self, name: str) -> Copy | None:
        """The last good copy, verified by the key that is approved now; None when there is none. Raises ConfigurationError for an unknown name."""
        feed = self.feed(name)
        copy = self.copies(name).last()
        return copy if copy and copy.key == self._approved_fingerprint(feed) else None

    def copies(self, name: str) -> Copies:
        return Copies(self.folder / FOLDER / name)

    def entity(self, name: str, entity_id: str) -> bytes | None:
        """One descriptor (Moa: JSON), cut out of the last good copy; None when it is not there, or there is no copy. Raises InputError."""
        copy = self.copy(name)
        if copy is None:
            return None
        with self._index(copy) as index:
            return index.descriptor(entity_id)

    def entities(self, name: str, entity_id: str) -> tuple[ListedEntity, ...]:
        """What the last good copy lists with that entityID: one, none, or none because there is no copy. Raises InputError."""
        copy = self.copy(name)
        if copy is None:
            return ()
        with self._index(copy) as index:
            return index.entities(entity_id)

    def find(self, name: str, words: str = "", *, called: str = "", scope: str = "", role: str = "") -> tuple[ListedEntity, ...]:
        """Those in the last good copy in which every word occurs, and so on (adapters/feed_index). Raises InputError."""
        copy = self.copy(name)
        if copy is None:
            return ()
        with self._index(copy) as index:
            return index.find(words, name=called, scope=scope, role=role)

    def nearest(self, name: str, entity_id: str) -> str | None:
        """The entityID in the last good copy that was probably meant."""
        import difflib

        copy = self.copy(name)
        if copy is None:
            return None
        with self._index(copy) as index:
            return next(iter(difflib.get_close_matches(entity_id, index.entity_ids(), 1, 0.7)), None)

    def history(self, name: str, entity_id: str) -> tuple[Seen, ...]:
        """Every shape that the entity has had in the copies fetched here, oldest first: since when it is in the feed, and as it is."""
        return self.copies(self.feed(name).name).seen(entity_id)

    def wanted(self, feed: Feed, said: Aggregate, settings: Settings) -> tuple[Wanted, ...]:
        """Who is to be in this feed by idptest.toml: the IdPs that are found through it, and idptest itself."""
        from idptest.feed_facts import listed
        from idptest.model.inspected_feed import Wanted

        idps = [idp for idp in settings.idps.values() if idp.metadata.location == feed.name and idp.metadata.entity_id]
        asked = [(str(idp.metadata.entity_id), "idp", idp.environment) for idp in idps]
        asked += [(settings.sp.entity_id, "sp", feed.environment)] if idps else []
        return tuple(Wanted(who, role, environment, feed, listed(said, who)) for who, role, environment in asked)

    def _index(self, copy: Copy) -> FeedIndex:
        from idptest.adapters.feed_index import FeedIndex

        return FeedIndex(Path(copy.path), copy.digest, _moa if self.feed(copy.feed).format == JWS else None)

    # --- the key

    def approved(self, feed: Feed) -> SigningKey | None:
        """The one key that may have signed the feed; without `pem` when only its fingerprint is known. None: none is approved yet.

        Raises ConfigurationError when idptest.toml contradicts itself.
        """
        from idptest.adapters import feed_keys

        return feed_keys.approved(feed, self.folder, self.copies(feed.name))

    def pin(self, feed: Feed, key: SigningKey) -> Feed:
        """From now on this key and no other: its fingerprint in idptest.toml, its certificate beside the copy. Raises ConfigurationError."""
        from idptest.adapters import feed_keys

        self.feeds[feed.name] = feed_keys.pinned(feed, key, self.folder, self.copies(feed.name))
        return self.feeds[feed.name]

    def _approved_fingerprint(self, feed: Feed) -> str | None:
        """As `approved`, without reading more than has to be read."""
        if feed.sha256 and not feed.certificate and feed.format != JWS:
            return feed.sha256
        key = self.approved(feed)
        return key.sha256 if key else None

    # --- the network

    def fetch(
        self,
        feed: Feed,
        client: HttpClient,
        now: datetime,
        *,
        force: bool = False,
        confirm: Confirm | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Fetched:
        """Asks for the feed unless the copy is fresh, and keeps what it gives when no MUST speaks against it.

        `confirm` is asked when no key is approved yet. `progress` is told how many bytes have come. Raises ConfigurationError.
        """
        import hashlib

        from idptest.adapters import feed_download
        from idptest.adapters.http_client import NetworkTrouble

        if feed.url is None:
            raise ConfigurationError(
                f'{feed.name} has no published address: ask the federation, and write it as url = "https://…" below [feed.{feed.name}]',
                f'{feed.name} har ingen publicerad adress: fråga federationen, och skriv in den som url = "https://…" under [feed.{feed.name}]',
                where=FILE,
            )
        self.feeds.setdefault(feed.name, feed)
        copies, before = self.copies(feed.name), self.copy(feed.name)  # by the key that is approved in idptest.toml
        known = before if before and (before.url, before.key) == (feed.url, self._approved_fingerprint(feed)) else None
        if known and copies.bytes_of(known) is None:  # somebody has changed it on the disk
            known = None
        if known and known.is_fresh(now) and not force:
            return Fetched(FRESH, before, before)
        with copies.beside() as arriving:
            digest, size = hashlib.sha256(), 0

            def into(piece: bytes) -> None:
                nonlocal size
                arriving.add(piece)
                digest.update(piece)
                size += len(piece)
                if progress:
                    progress(size)

            def anew() -> None:
                nonlocal digest, size
                arriving.empty()
                digest, size = hashlib.sha256(), 0

            try:
                answer = feed_download.feed(feed, client, known, into, anew)
            except NetworkTrouble as trouble:
                return Fetched(UNREACHABLE, before, before, trouble.words)
            if answer.status == 304 and known and (known.etag or known.last_modified):
                return Fetched(UNCHANGED, copies.keep(dataclasses.replace(known, fetched_at=now)), before)
            if answer.status != 200:
                said = f"{feed.url}: HTTP {answer.status}"
                return Fetched(UNREACHABLE, before, before, Words(said, said))
            headers = answer.header("etag"), answer.header("last-modified")
            if known and known.digest == digest.hexdigest() and not known.ended(now):  # byte for byte what was verified before
                same = dataclasses.replace(known, fetched_at=now, etag=headers[0], last_modified=headers[1])
                return Fetched(UNCHANGED, copies.keep(same), before)
            return self._taken(feed, arriving, digest.hexdigest(), client, now, before, confirm, headers)

    def _taken(
        self,
        feed: Feed,
        arriving: Arriving,
        digest: str,
        client: HttpClient,
        now: datetime,
        before: Copy | None,
        confirm: Confirm | None,
        headers: tuple[str | None, str | None],
    ) -> Fetched:
        """What has come, judged, and kept when nothing speaks against it."""
        from idptest.adapters import feed_keys
        from idptest.adapters.feed_index import Builder
        from idptest.feed_facts import inspection, read

        data, copies = arriving.data(), self.copies(feed.name)
        approved = self.approved(feed)
        key = feed_keys.candidate(feed, approved, data, client)
        with Builder(copies.path(digest), digest) as index:
            said = read(feed, data, key, now, index.add)
            report = _judged(inspection(feed, data, said, key, now))
            if key is None and not report_refuses(report):
                raise feed_keys.none_named(feed)
            if not said.verified or report_refuses(report):
                return Fetched(REFUSED, before, before, report=report)
            assert key is not None  # noqa: S101 - verified by it
            if approved is None:
                if not (confirm and confirm(feed, key, feed_keys.published(feed, key, client))):
                    raise feed_keys.not_approved(feed, key)
                feed = self.pin(feed, key)
            elif approved.pem is None and key.pem:
                copies.keep_certificate(key.pem)
            path = arriving.take_in(copies.path(digest))
            index.finish()
        same = before is not None and before.digest == digest
        copy = Copy(
            feed=feed.name,
            path=str(path),
            url=feed.url or "",
            digest=digest,
            key=key.sha256,
            fetched_at=now,
            changed_at=before.changed_at if before and same else now,
            valid_until=said.valid_until,
            cache_duration=said.cache_duration,
            entities=len(said.entities),
            etag=headers[0],
            last_modified=headers[1],
        )
        copies.keep(copy)
        if same:
            return Fetched(UNCHANGED, copy, before)
        return Fetched(NEW, copy, before, said=said, changes=copies.remember(_digests(said), now))


def report_refuses(report: InspectionReport) -> bool:
    """Does a MUST speak against taking this feed into use? A rule that crashed does, too."""
    from idptest.model.rule import Level, Verdict

    against = (Verdict.FAIL, Verdict.CRASHED)
    return any(finding.rule.level is Level.MUST and finding.verdict in against for finding in report.findings)


def _judged(inspection: Inspection) -> InspectionReport:
    from idptest.validator import inspect

    return inspect(inspection)


def _digests(said: Aggregate) -> dict[str, str]:
    return {entity.entity_id: entity.digest for entity in said.entities}


def _moa(data: bytes) -> Iterator[tuple[ListedEntity, bytes]]:
    from idptest import moa

    return moa.entities(data)
