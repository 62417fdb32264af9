"""An index beside the copy of a feed, `<copy>.index`: who is in it, and every descriptor, without reading the copy again.

It is SQLite, made whole in a file of its own and renamed, so two processes at once leave one whole index. It belongs to one copy by that
one's SHA-256; when it is damaged, of another version or of another copy, it is made anew from the copy, whose digest must then be what it
was when the copy was verified. A look-up needs neither lxml nor the copy.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import sqlite3
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import filterfalse
from pathlib import Path
from typing import Any

from idptest.errors import ConfigurationError, InputError
from idptest.model.aggregate import ListedEntity

VERSION = 1
SUFFIX = ".index"
_TABLES = (
    "CREATE TABLE copy (digest TEXT NOT NULL)",
    "CREATE TABLE entity (id INTEGER PRIMARY KEY, entity_id TEXT NOT NULL, name TEXT NOT NULL, said TEXT NOT NULL, record TEXT NOT NULL)",
    "CREATE TABLE scope (scope TEXT NOT NULL, id INTEGER NOT NULL)",
    "CREATE TABLE descriptor (id INTEGER PRIMARY KEY, digest BLOB NOT NULL, xml BLOB NOT NULL)",
)
# Made last, of all rows at once.
_LAST = (
    "CREATE INDEX entity_by_id ON entity (entity_id)",
    "CREATE INDEX scope_by_name ON scope (scope)",
    f"PRAGMA user_version = {VERSION}",
)
_BEGUN = ".index."
_ABANDONED = 3600  # seconds after which nobody is still at it

Read = Callable[[bytes], Iterator[tuple[ListedEntity, bytes]]]


def place(copy: Path) -> Path:
    """Where the index of a copy is."""
    return copy.with_name(copy.name + SUFFIX)


def folded(text: str) -> str:
    """For comparing: without case, and å, ä, ö and é as a, a, o and e."""
    bare = text.lower() if text.isascii() else "".join(filterfalse(unicodedata.combining, unicodedata.normalize("NFKD", text.casefold())))
    return " ".join(bare.split())


class Builder:
    """Takes entities; `finish` gives them their place, and whoever does not call it leaves nothing behind.

    with Builder(copy, digest) as index:
        said = aggregate.read(data, certificate, now, keep=index.add)
        if said.verified:
            index.finish()

    Raises ConfigurationError when the disk will not have it.
    """

    def __init__(self, copy: Path, digest: str) -> None:
        self._copy, self._digest, self._number = copy, digest, 0

    def __enter__(self) -> Builder:
        with self._on_disk():
            self._copy.parent.mkdir(parents=True, exist_ok=True)
            import tempfile  # a look-up does without

            handle, name = tempfile.mkstemp(dir=self._copy.parent, prefix=_BEGUN)
            os.close(handle)
            self._path = Path(name)
            self._database = sqlite3.connect(name, isolation_level=None)
            # nobody reads it before it is whole, and it is synced then: no journal is needed
            for statement in ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "BEGIN", *_TABLES):
                self._database.execute(statement)
            self._database.execute("INSERT INTO copy VALUES (?)", (self._digest,))
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    def add(self, entity: ListedEntity, descriptor: bytes) -> None:
        self._number += 1
        name = "\n".join(folded(each) for each in dict.fromkeys(text for _, text in (*entity.names, *entity.organizations)))
        said = "\n".join((folded(entity.entity_id), name, *(folded(scope) for scope in entity.scopes)))
        with self._on_disk():
            ask = self._database.execute
            ask("INSERT INTO entity VALUES (?, ?, ?, ?, ?)", (self._number, entity.entity_id, name, said, _dump(entity)))
            ask("INSERT INTO descriptor VALUES (?, ?, ?)", (self._number, _digest(descriptor), descriptor))
            self._database.executemany("INSERT INTO scope VALUES (?, ?)", [(folded(scope), self._number) for scope in entity.scopes])

    def finish(self) -> None:
        with self._on_disk():
            for statement in (*_LAST, "COMMIT"):
                self._database.execute(statement)
            self._database.close()
            with self._path.open("rb+") as file:
                os.fsync(file.fileno())
            try:
                self._path.replace(place(self._copy))
            except PermissionError:  # Windows, where another process has it open: it is the same one, or will be made anew
                if not place(self._copy).exists():
                    raise
        _tidy(self._copy)

    @contextlib.contextmanager
    def _on_disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            from idptest.adapters import store

            why = store.reason(problem)
            raise ConfigurationError(
                f"cannot be written: {why.en}", f"går inte att skriva: {why.sv}", where=str(self._copy.parent)
            ) from None
        except sqlite3.Error as problem:
            raise ConfigurationError(f"SQLite says: {problem}", f"SQLite säger: {problem}", where=str(place(self._copy))) from None


class FeedIndex:
    """The index of a copy whose SHA-256 was `digest` when it was verified. Raises InputError when it has changed since then.

    `read` gives the entities of a feed's bytes and their descriptors; it is called only when the index has to be made.
    """

    def __init__(self, copy: Path, digest: str, read: Read | None = None) -> None:
        self._copy, self._digest, self._read = copy, digest, read or _read
        self._database = self._opened()

    def close(self) -> None:
        if self._database:
            self._database.close()

    def __enter__(self) -> FeedIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def entities(self, entity_id: str) -> tuple[ListedEntity, ...]:
        """Those with that entityID, letter for letter: one, unless the feed has it twice."""
        return tuple(_load(row[0]) for row in self._ask("SELECT record FROM entity WHERE entity_id = ? ORDER BY id", entity_id))

    def descriptor(self, entity_id: str) -> bytes | None:
        """The first descriptor with that entityID, alone, its end the earliest of its own and those around it."""
        asked = "SELECT digest, xml FROM descriptor WHERE id = (SELECT min(id) FROM entity WHERE entity_id = ?)"
        for attempt in (1, 2):
            rows = self._ask(asked, entity_id)
            if not rows:
                return None
            digest, xml = rows[0]
            if _digest(xml) == digest:
                return bytes(xml)
            if attempt == 1:
                self._make()
        return None

    def find(
        self, words: str = "", *, name: str = "", scope: str = "", role: str = "", most: int | None = None
    ) -> tuple[ListedEntity, ...]:
        """Those in which every word occurs, whatever its case and accents; whose names hold `name`; which have that scope, or a domain below
        it; of that role, "idp" or "sp". In the order of their names in Swedish. An entityID, written in full, is that entity alone."""
        exact = self.entities(words.strip()) if words and not (name or scope) else ()
        if exact:
            return tuple(entity for entity in exact if not role or role in entity.roles)
        where, given = ["1"], list[object]()
        for word in folded(words).split():
            where, given = [*where, "instr(said, ?) > 0"], [*given, word]
        if name:
            where, given = [*where, "instr(name, ?) > 0"], [*given, folded(name)]
        if scope:
            where.append("id IN (SELECT id FROM scope WHERE scope = ? OR substr(scope, -length(?)) = ?)")
            given += [folded(scope), "." + folded(scope), "." + folded(scope)]
        rows = self._ask(f"SELECT record FROM entity WHERE {' AND '.join(where)}", *given)  # noqa: S608 - none of it is the user's
        found = [entity for entity in (_load(row[0]) for row in rows) if not role or role in entity.roles]
        return tuple(sorted(found, key=lambda entity: (folded(entity.name("sv")), entity.entity_id))[:most])

    def entity_ids(self) -> list[str]:
        return [row[0] for row in self._ask("SELECT entity_id FROM entity ORDER BY id")]

    def _ask(self, question: str, *given: object) -> list[Any]:
        for attempt in (1, 2):
            if self._database is None:
                self._make()
            assert self._database is not None  # noqa: S101 - or _make has raised
            try:
                return self._database.execute(question, given).fetchall()
            except (sqlite3.Error, UnicodeDecodeError) as problem:
                if attempt == 2:
                    raise ConfigurationError(f"SQLite says: {problem}", f"SQLite säger: {problem}", where=str(place(self._copy))) from None
                self._make()
        raise AssertionError  # the second attempt returns or raises

    def _opened(self) -> sqlite3.Connection | None:
        """The index, if there is one of our version and this copy."""
        if not place(self._copy).is_file():
            return None
        database = None
        try:
            database = sqlite3.connect(place(self._copy))
            database.execute("PRAGMA query_only = 1")
            version = database.execute("PRAGMA user_version").fetchone()
            if version == (VERSION,) and database.execute("SELECT digest FROM copy").fetchall() == [(self._digest,)]:
                return database
        except (sqlite3.Error, UnicodeDecodeError):
            pass
        if database:
            database.close()
        return None

    def _make(self) -> None:
        """Anew, from the copy."""
        self.close()
        try:
            data = self._copy.read_bytes()
        except OSError as problem:
            from idptest.adapters import store

            why = store.reason(problem)
            raise InputError(f"cannot be read: {why.en}", f"går inte att läsa: {why.sv}", where=str(self._copy)) from None
        if _digest(data).hex() != self._digest:
            raise InputError(
                "this copy is not what it was when it was verified: fetch the feed again",
                "den här kopian är inte vad den var när den verifierades: hämta metadataflödet igen",
                where=str(self._copy),
            )
        with Builder(self._copy, self._digest) as index:
            for entity, descriptor in self._read(data):
                index.add(entity, descriptor)
            index.finish()
        self._database = self._opened()


def _read(data: bytes) -> Iterator[tuple[ListedEntity, bytes]]:
    from idptest.saml import aggregate

    return aggregate.entities(data)


def _digest(data: bytes) -> bytes:
    import hashlib  # who only searches does without it

    return hashlib.sha256(data).digest()


def _tidy(copy: Path) -> None:
    """Removes the indexes of other copies that are gone, and what killed builders have left."""
    from idptest.adapters import clock

    oldest = clock.now().timestamp() - _ABANDONED
    with contextlib.suppress(OSError):  # another process tidies too; Windows, where one reads it
        for path in copy.parent.glob(f"*{SUFFIX}"):
            if path != place(copy) and not path.with_name(path.name.removesuffix(SUFFIX)).exists():
                path.unlink()
        for path in copy.parent.glob(f"{_BEGUN}*"):
            if path.stat().st_mtime < oldest:
                path.unlink()


def _dump(entity: ListedEntity) -> str:
    return json.dumps([getattr(entity, field.name) for field in dataclasses.fields(entity)], default=datetime.isoformat, ensure_ascii=False)


def _load(record: str) -> ListedEntity:
    values = dict(zip((field.name for field in dataclasses.fields(ListedEntity)), json.loads(record)))
    for name, value in values.items():
        if isinstance(value, list):
            values[name] = tuple(tuple(each) if isinstance(each, list) else each for each in value)
        elif name.endswith(("_at", "_until")) and value:
            values[name] = datetime.fromisoformat(value)
    return ListedEntity(**values)
