"""The workspace's history: `.idptest/history.sqlite3`, an observation a row, safe with several processes at once; and the key to it.

A row is written whole or not at all (SQLite's rollback journal, synchronous=FULL), so whoever is killed leaves what was there. Write-ahead
logging is not used: it does not work on network drives, where workspaces may lie. Nothing is ever deleted here.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from idptest.adapters import store
from idptest.errors import ConfigurationError, InputError
from idptest.model.history import Observation
from idptest.model.history_file import NotReadable, dump, load
from idptest.model.rule import Words

FILE = Path(".idptest") / "history.sqlite3"
KEY = Path(".idptest") / "history.key"
WAIT = 10.0  # seconds, for another process to finish its row
# Each step takes the file from its version to the next; the version is PRAGMA user_version.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    ("CREATE TABLE observation (id INTEGER PRIMARY KEY, at TEXT NOT NULL, account TEXT NOT NULL, record TEXT NOT NULL)",),
    ("CREATE INDEX observation_by_time ON observation (at, id)",),
)

Say = Callable[[Words], None]
_BUSY, _LOCKED, _READONLY, _CORRUPT, _FULL, _NOTADB = 5, 6, 8, 11, 13, 26  # https://www.sqlite.org/rescode.html (read 2026-11)
_TROUBLE = {
    _BUSY: Words("another program holds it; nothing was written", "ett annat program håller den; inget skrevs"),
    _LOCKED: Words("another program holds it; nothing was written", "ett annat program håller den; inget skrevs"),
    _READONLY: Words("it is read-only", "den är skrivskyddad"),
    _FULL: Words("the disk is full", "disken är full"),
}


def key(folder: Path) -> bytes:
    """The workspace's key for digests, made when there is none. Raises ConfigurationError."""
    path = folder / KEY
    if not path.exists():
        with contextlib.suppress(ConfigurationError):  # another process may have been faster; whatever else is wrong, reading tells
            store.write(path, secrets.token_hex(32).encode(), overwrite=False)
    try:
        found = bytes.fromhex(store.read_file(path, 1024).decode("ascii").strip())
    except InputError as problem:
        raise ConfigurationError(problem.words.en, problem.words.sv, where=str(KEY)) from None
    except ValueError:
        found = b""
    if len(found) < 32:
        raise ConfigurationError(
            "this is no key (64 hexadecimal digits); without the right one, earlier logins cannot be compared with",
            "det här är ingen nyckel (64 hexadecimala siffror); utan den rätta går tidigare inloggningar inte att jämföra med",
            where=str(KEY),
        )
    return found


def check(folder: Path) -> None:
    """Raises ConfigurationError when the file is of a newer idptest than this: nothing may then be written to it."""
    if (folder / FILE).exists():
        with contextlib.suppress(sqlite3.Error), contextlib.closing(_connect(folder)) as database:
            _refuse_newer(_version(database))


def add(folder: Path, observations: Sequence[Observation], say: Say) -> None:
    """Writes them all, or none. Raises ConfigurationError when that cannot be done. A damaged file is put aside, and a new one begun."""
    rows = [(seen.at.astimezone(UTC).isoformat(), seen.account, dump(seen)) for seen in observations]
    with _opened(folder, say) as database, _transaction(database):
        database.executemany("INSERT INTO observation (at, account, record) VALUES (?, ?, ?)", rows)


def read(folder: Path, say: Say, since: datetime | None = None) -> list[Observation]:
    """Every observation, or those made after a moment; oldest first. Raises ConfigurationError."""
    if not (folder / FILE).exists():
        return []
    after = since.astimezone(UTC).isoformat() if since else ""
    with _opened(folder, say) as database:
        rows = database.execute("SELECT record FROM observation WHERE at > ? ORDER BY at, id", (after,)).fetchall()
    found, unreadable = [], 0
    for (record,) in rows:
        try:
            found.append(load(record))
        except NotReadable:
            unreadable += 1
    if unreadable:
        say(
            Words(
                f"{FILE}: {unreadable} of {len(rows)} observations cannot be read, and are left out",
                f"{FILE}: {unreadable} av {len(rows)} observationer går inte att läsa, och utelämnas",
            )
        )
    return found


# --- the file


@contextlib.contextmanager
def _opened(folder: Path, say: Say) -> Iterator[sqlite3.Connection]:
    """The database, whole and of our version. SQLite's trouble becomes one line of ours."""
    path = folder / FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(_sound(folder, say)) as database:
            yield database
    except sqlite3.Error as problem:
        code = _code(problem)
        said = _TROUBLE.get(code, Words(f"SQLite says: {problem}", f"SQLite säger: {problem}"))
        raise ConfigurationError(said.en, said.sv, where=str(FILE)) from None
    except OSError as problem:
        said = store.reason(problem)
        raise ConfigurationError(f"cannot be written: {said.en}", f"går inte att skriva: {said.sv}", where=str(FILE)) from None


def _sound(folder: Path, say: Say) -> sqlite3.Connection:
    """An open database that has passed SQLite's own check. One that has not is put aside, once."""
    for attempt in (1, 2):
        database = _connect(folder)
        inode = _inode(folder / FILE)
        try:
            database.execute("PRAGMA synchronous = FULL")
            _migrate(database)
            if database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise _damaged()
            return database
        except BaseException as problem:
            database.close()
            if not isinstance(problem, sqlite3.Error) or _code(problem) not in (_CORRUPT, _NOTADB) or attempt == 2:
                raise
            _put_aside(folder / FILE, inode, say)
    raise AssertionError  # the second attempt returns or raises


def _damaged() -> sqlite3.DatabaseError:
    problem = sqlite3.DatabaseError("quick_check")
    problem.sqlite_errorcode = _CORRUPT
    return problem


def _code(problem: sqlite3.Error) -> int:
    """The primary result code."""
    return getattr(problem, "sqlite_errorcode", 0) & 0xFF


def _connect(folder: Path) -> sqlite3.Connection:
    path = folder / FILE
    with contextlib.suppress(OSError):  # SQLite says what is wrong
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    return sqlite3.connect(path, timeout=WAIT, isolation_level=None)  # reads nothing yet


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _refuse_newer(version: int) -> None:
    if version > len(MIGRATIONS):
        raise ConfigurationError(
            f"it is of version {version}, and this idptest knows {len(MIGRATIONS)}: use a newer idptest",
            f"den har version {version}, och den här idptest känner till {len(MIGRATIONS)}: använd en nyare idptest",
            where=str(FILE),
        )


def _migrate(database: sqlite3.Connection) -> None:
    """Step by step to our version; two processes at once take their turns."""
    _refuse_newer(_version(database))
    if _version(database) == len(MIGRATIONS):
        return
    with _transaction(database):
        version = _version(database)
        _refuse_newer(version)
        for step in MIGRATIONS[version:]:
            for statement in step:
                database.execute(statement)
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


@contextlib.contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            database.execute("ROLLBACK")
        raise


def _inode(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_ino
    return -1


def _put_aside(path: Path, inode: int, say: Say) -> None:
    """Gives a damaged file another name, and its journal with it, which would be played back into the new file."""
    if _inode(path) != inode:
        return  # another process has done it
    stamp = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    aside = path.with_name(f"history-damaged-{stamp}.sqlite3")
    path.rename(aside)
    with contextlib.suppress(FileNotFoundError):
        path.with_name(f"{path.name}-journal").rename(aside.with_name(f"{aside.name}-journal"))
    say(
        Words(
            f"{FILE}: it was damaged; it is kept as {aside.name}, and a new history begins",
            f"{FILE}: den var skadad; den finns kvar som {aside.name}, och en ny historik börjar",
        )
    )
