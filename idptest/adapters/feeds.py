"""Federations' feeds in a workspace: `.idptest/feeds/<name>/`, with the last good copy, its key, and since when each entity is in it.

A copy is a file named by its digest; `copy.json` names the one that counts and is replaced last, so whoever is interrupted, or two at
once, leave a whole copy. The one before is kept, for `idptest metadata diff`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit

from idptest import feeds as feeds_file
from idptest.adapters import store
from idptest.adapters.http_client import HttpClient, NetworkTrouble
from idptest.errors import ConfigurationError
from idptest.login.urls import is_loopback
from idptest.model.feed import Copy, Feed, Seen
from idptest.model.flow import HttpRequest, HttpResponse
from idptest.model.rule import Words
from idptest.settings import FILE

FOLDER = Path(".idptest") / "feeds"
FRESH, UNCHANGED, NEW, REFUSED, UNREACHABLE = STATES = ("fresh", "unchanged", "new", "refused", "unreachable")
_MOST_HOPS = 5


@dataclass(frozen=True)
class Fetched:
    """What became of a fetch; `state` is one of STATES. `copy` is the last good copy as it is now, whatever happened; `before` as it was.

    `trouble` says in one line why there is no new copy, when it was refused or not reached.
    """

    state: str
    copy: Copy | None
    before: Copy | None
    trouble: Words | None = None


class Feeds:
    """The feeds of the workspace in `folder`, by those that its idptest.toml has (or `feeds`, when given)."""

    def __init__(self, folder: Path, feeds: Mapping[str, Feed] | None = None) -> None:
        self.folder = folder
        if feeds is None:
            feeds = store.settings(folder).feeds if (folder / FILE).is_file() else feeds_file.shipped()
        self.feeds = feeds

    def feed(self, name: str) -> Feed:
        """Raises ConfigurationError for an unknown name, naming the nearest."""
        return feeds_file.named(name, self.feeds)

    def copy(self, name: str) -> Copy | None:
        """The last good, verified copy; None when there is none. Raises ConfigurationError for an unknown name."""
        place = self._place(self.feed(name).name)
        try:
            return _load((place / "copy.json").read_bytes(), place)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def path_before(self, name: str) -> str | None:
        """The file of the copy before the last good one; None when there is none. Raises ConfigurationError for an unknown name."""
        copy = self.copy(name)
        others = (path for path in self._place(name).glob("*.[xj][mw][ls]") if copy and path.name != Path(copy.path).name)
        return next((str(path) for path in others), None)

    def fetch(self, feed: Feed, client: HttpClient, now: datetime, *, force: bool = False) -> Fetched:
        """Asks for the feed unless the copy is fresh, and keeps what it gives when that is verified. Raises ConfigurationError."""
        before = self.copy(feed.name)
        if feed.url is None:
            raise ConfigurationError(
                f'no address is published for {feed.name}: write it as url = "https://…" below [feed.{feed.name}]',
                f'ingen adress är publicerad för {feed.name}: skriv in den som url = "https://…" under [feed.{feed.name}]',
                where=FILE,
            )
        if before and before.is_fresh(now) and before.url == feed.url and not force:
            return Fetched(FRESH, before, before)
        place = self._place(feed.name)
        with _beside(place) as (file, path):
            digest = hashlib.sha256()

            def into(piece: bytes) -> None:
                digest.update(piece)
                file.write(piece)

            try:
                answer = _asked(feed, client, before, into, lambda: _emptied(file))
            except NetworkTrouble as trouble:
                return Fetched(UNREACHABLE, before, before, Words(str(trouble), str(trouble)))
            if answer.status == 304 and before:
                return Fetched(UNCHANGED, self._keep(place, dataclasses.replace(before, fetched_at=now)), before)
            if answer.status != 200:
                said = f"HTTP {answer.status}"
                return Fetched(UNREACHABLE, before, before, Words(said, said))
            file.flush()
            os.fsync(file.fileno())
            found = _read(feed, path.read_bytes(), self._certificate(feed), now)
            if isinstance(found, Words):
                return Fetched(REFUSED, before, before, found)
            name = f"{digest.hexdigest()}.{'xml' if feed.format == 'saml' else 'jws'}"
            path.replace(place / name)
            same = before is not None and before.digest == digest.hexdigest()
            copy = Copy(
                feed=feed.name,
                path=str(place / name),
                url=feed.url,
                digest=digest.hexdigest(),
                key=found.key,
                fetched_at=now,
                changed_at=before.changed_at if before and same else now,
                valid_until=found.valid_until,
                cache_duration=found.cache_duration,
                entities=len(found.entities),
                etag=answer.header("etag"),
                last_modified=answer.header("last-modified"),
            )
            self._remember(place, found.entities, now)
            return Fetched(UNCHANGED if same else NEW, self._keep(place, copy, before), before)

    def entity(self, name: str, entity_id: str) -> bytes | None:
        """One EntityDescriptor, cut out of the verified copy; None when it is not there, or there is no copy."""
        copy = self.copy(name)
        return None if copy is None else _entities(Path(copy.path).read_bytes()).get(entity_id)

    def history(self, name: str, entity_id: str) -> tuple[Seen, ...]:
        """Every shape that the entity has had in the copies fetched here, oldest first."""
        place = self._place(self.feed(name).name)
        return tuple(Seen(**_times(seen)) for seen in _seen(place).get(entity_id, ()))

    def _place(self, name: str) -> Path:
        return self.folder / FOLDER / name

    def _certificate(self, feed: Feed) -> bytes | None:
        path = self.folder / feed.certificate if feed.certificate else self._place(feed.name) / "certificate.pem"
        return path.read_bytes() if path.is_file() else None

    def _keep(self, place: Path, copy: Copy, before: Copy | None = None) -> Copy:
        store.write(place / "copy.json", _dump(copy))
        for path in place.glob("*.[xj][mw][ls]"):
            if path.name not in {Path(each.path).name for each in (copy, before) if each}:
                path.unlink(missing_ok=True)
        return copy

    def _remember(self, place: Path, entities: Mapping[str, bytes], now: datetime) -> None:
        was = _seen(place)
        first, at = not was, now.isoformat()
        for entity_id in {*was, *entities}:
            digest = hashlib.sha256(entities[entity_id]).hexdigest() if entity_id in entities else None
            shapes = was.setdefault(entity_id, [])
            if shapes and shapes[-1]["until"] is None and shapes[-1]["digest"] != digest:
                shapes[-1]["until"] = at
            if digest and not (shapes and shapes[-1]["until"] is None):
                shapes.append({"digest": digest, "since": at, "until": None, "from_start": first})
        store.write(place / "seen.json", json.dumps(was).encode())


def _seen(place: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((place / "seen.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return found


def _times(values: Mapping[str, Any]) -> dict[str, Any]:
    names = ("fetched_at", "changed_at", "valid_until", "since", "until")
    return {key: datetime.fromisoformat(value) if key in names and value else value for key, value in values.items()}


def _dump(copy: Copy) -> bytes:
    values = {**dataclasses.asdict(copy), "path": Path(copy.path).name}
    return json.dumps(values, default=lambda value: value.total_seconds() if isinstance(value, timedelta) else value.isoformat()).encode()


def _load(data: bytes, place: Path) -> Copy | None:
    values = _times(json.loads(data))
    lasts = values["cache_duration"]
    path = place / values["path"]
    values |= {"path": str(path), "cache_duration": None if lasts is None else timedelta(seconds=lasts)}
    return Copy(**values) if path.is_file() else None


@contextlib.contextmanager
def _beside(place: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A file for what is being fetched, gone again unless it was renamed. Raises ConfigurationError when the disk will not have it."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place, prefix=".fetch.")
        try:
            with os.fdopen(handle, "w+b") as file:
                yield file, Path(name)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as problem:
        why = store.reason(problem)
        raise ConfigurationError(f"cannot be written: {why.en}", f"går inte att skriva: {why.sv}", where=str(place)) from None


def _emptied(file: BinaryIO) -> None:
    file.seek(0)
    file.truncate()


def _asked(feed: Feed, client: HttpClient, before: Copy | None, into: Callable[[bytes], object], anew: Callable[[], None]) -> HttpResponse:
    """The answer at the end of at most five redirects, none of them away from https. Raises NetworkTrouble."""
    asked = [("Accept", "application/samlmetadata+xml, application/xml, */*"), ("Accept-Encoding", "gzip")]
    if before and before.url == feed.url:
        asked += [("If-None-Match", before.etag)] if before.etag else []
        asked += [("If-Modified-Since", before.last_modified)] if before.last_modified else []
    where = feed.url or ""
    for _ in range(_MOST_HOPS + 1):
        anew()
        answer = client.download(HttpRequest("GET", where, tuple(asked)), into, feed.max_mb * 1024 * 1024)
        target = answer.header("location")
        if answer.status not in (301, 302, 303, 307, 308) or not target:
            return answer
        where = urljoin(where, target)
        if urlsplit(where).scheme != "https" and not (is_loopback(where) and is_loopback(feed.url or "")):
            raise NetworkTrouble("it redirects to an address without https")
    raise NetworkTrouble("it redirects for ever")


# --- until saml/aggregate.py is there


@dataclass(frozen=True)
class _Found:
    key: str
    valid_until: datetime | None
    cache_duration: timedelta | None
    entities: Mapping[str, bytes]


def _read(feed: Feed, data: bytes, certificate: bytes | None, now: datetime) -> _Found | Words:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    from idptest.model.rule import Pointer
    from idptest.model.saml import Certificate
    from idptest.saml import signature
    from idptest.saml.xml import NS, NotXml, Places, parse

    if certificate is None:
        return Words("no key is pinned", "ingen nyckel är fastlåst")
    try:
        root = parse(data)
    except NotXml as problem:
        return problem.words
    places = Places(Pointer("metadata"))
    key = Certificate(Pointer("metadata"), {}, certificate, None, None, None, None)
    found = root.find("ds:Signature", NS)
    if found is None or signature.holds(found, [key]) is not True:
        return Words("its signature is not by the pinned key", "dess signatur är inte gjord med den fastlåsta nyckeln")
    end = places.instant(root, "validUntil")
    if not isinstance(end, datetime) or end <= now:
        return Words("it has ended", "det har upphört att gälla")
    sha256 = x509.load_pem_x509_certificate(certificate).fingerprint(hashes.SHA256()).hex()
    return _Found(sha256, end, None, _entities(data))


def _entities(data: bytes) -> dict[str, bytes]:
    from lxml import etree

    from idptest.saml.xml import MD, parse

    return {
        entity.get("entityID", ""): etree.tostring(entity, encoding="utf-8", with_tail=False)
        for entity in parse(data).iter(f"{{{MD}}}EntityDescriptor")
    }
