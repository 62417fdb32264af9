"""One feed's folder in a workspace, `.idptest/feeds/<name>/`: the last good copy, its key, and since when each entity is in it.

A copy is a file named by its digest; `copy.json` names the one that counts and is replaced last, so whoever is interrupted, or two at
once, leave a whole copy. The one before is kept, for `idptest metadata diff`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from idptest.adapters import store
from idptest.errors import ConfigurationError
from idptest.model.feed import Changes, Copy, Seen

_COPY, _SEEN, _CERTIFICATE = "copy.json", "seen.json", "certificate.pem"
_BEGUN = ".fetch."
_NAMED_SOON, _ABANDONED = 300, 3600  # seconds after which nobody is still at it
_TIMES = ("fetched_at", "changed_at", "valid_until", "since", "until")


@dataclass(frozen=True)
class Copies:
    """The feed's folder. Whatever in it cannot be read counts as not there: it can be fetched anew."""

    place: Path

    def path(self, digest: str) -> Path:
        """The file of the copy with that digest."""
        return self.place / f"{digest}.feed"

    def last(self) -> Copy | None:
        """The copy that counts."""
        return self._load((_COPY, "current"))

    def before(self) -> Copy | None:
        """The one that counted before it."""
        return self._load((_COPY, "before"))

    def bytes_of(self, copy: Copy) -> bytes | None:
        """What was verified, and nothing that has been put in its place; None when it is not there any more."""
        import hashlib

        try:
            data = Path(copy.path).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == copy.digest else None

    def certificate(self) -> bytes | None:
        try:
            return (self.place / _CERTIFICATE).read_bytes()
        except OSError:
            return None

    def keep_certificate(self, pem: bytes) -> None:
        store.write(self.place / _CERTIFICATE, pem)

    def keep(self, copy: Copy) -> Copy:
        """From now on this one counts. Raises ConfigurationError, and the one before counts still."""
        last = self.last()
        before = self.before() if last and last.digest == copy.digest else last
        store.write(self.place / _COPY, json.dumps({"current": _plain(copy), "before": _plain(before) if before else None}).encode())
        self._tidy({Path(each.path).name for each in (copy, before) if each})
        return copy

    @contextlib.contextmanager
    def beside(self) -> Iterator[Arriving]:
        """A file for what is being fetched, gone again unless it was taken in. Raises ConfigurationError when the disk will not have it."""
        try:
            self.place.mkdir(parents=True, exist_ok=True)
            import tempfile

            handle, name = tempfile.mkstemp(dir=self.place, prefix=_BEGUN)
            try:
                with os.fdopen(handle, "w+b") as file:
                    yield Arriving(self.place, Path(name), file)
            finally:
                with contextlib.suppress(OSError):
                    Path(name).unlink(missing_ok=True)
        except OSError as problem:
            why = store.reason(problem)
            raise ConfigurationError(
                f"the feed cannot be written: {why.en}", f"flödet går inte att skriva: {why.sv}", where=str(self.place)
            ) from None

    def seen(self, entity_id: str) -> tuple[Seen, ...]:
        """Every shape that the entity has had in the copies kept here, oldest first."""
        return tuple(Seen(**_moments(shape)) for shape in self._seen().get(entity_id, ()))

    def remember(self, digests: Mapping[str, str], now: datetime) -> Changes | None:
        """Notes what is in the new copy, entityID → digest. What has changed since the one before; None when there was none."""
        was, at = self._seen(), now.isoformat()
        first = not was
        added, changed, removed = list[str](), list[str](), list[str]()
        for entity_id in dict.fromkeys((*was, *digests)):
            digest, shapes = digests.get(entity_id), was.setdefault(entity_id, [])
            there = bool(shapes) and shapes[-1]["until"] is None
            if there and shapes[-1]["digest"] == digest:
                continue
            if there:
                shapes[-1]["until"] = at
                (changed if digest else removed).append(entity_id)
            if digest:
                shapes.append({"digest": digest, "since": at, "until": None, "from_start": first})
                if not there:
                    added.append(entity_id)
        store.write(self.place / _SEEN, json.dumps(was).encode())
        return None if first else Changes(tuple(added), tuple(changed), tuple(removed))

    def _tidy(self, kept: Collection[str]) -> None:
        """Removes copies from before the last two, and what a killed fetch has left. What is new may be another process's, which names it soon."""
        for pattern, age in (("*.feed", _NAMED_SOON), (f"{_BEGUN}*", _ABANDONED)):
            for path in self.place.glob(pattern):
                with contextlib.suppress(OSError):  # another process tidies too; Windows, where one reads it
                    if path.name not in kept and path.stat().st_mtime < time.time() - age:
                        path.unlink()

    def _seen(self) -> dict[str, list[dict[str, Any]]]:
        try:
            found = json.loads((self.place / _SEEN).read_bytes())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _load(self, which: tuple[str, str]) -> Copy | None:
        file, key = which
        try:
            values = json.loads((self.place / file).read_bytes())[key]
            if values is None:
                return None
            path, lasts = self.place / values["path"], values["cache_duration"]
            copy = Copy(**{**_moments(values), "path": str(path), "cache_duration": None if lasts is None else timedelta(seconds=lasts)})
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return copy if path.is_file() else None


@dataclass(frozen=True)
class Arriving:
    """A feed on its way in: what has come of it is in the file beside the copy."""

    place: Path
    path: Path
    file: Any

    def add(self, piece: bytes) -> None:
        self.file.write(piece)

    def empty(self) -> None:
        """For another attempt."""
        self.file.seek(0)
        self.file.truncate()

    def data(self) -> bytes:
        """All that has come, and is on the disk."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.seek(0)
        found: bytes = self.file.read()
        return found

    def take_in(self, path: Path) -> Path:
        """Gives it its name."""
        self.file.close()
        self.path.replace(path)
        return path


def _moments(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: datetime.fromisoformat(value) if key in _TIMES and value else value for key, value in values.items()}


def _plain(copy: Copy) -> dict[str, Any]:
    values = {**dataclasses.asdict(copy), "path": Path(copy.path).name}
    change: Callable[[Any], Any] = lambda value: (  # noqa: E731
        value.total_seconds() if isinstance(value, timedelta) else value.isoformat() if isinstance(value, datetime) else value
    )
    return {key: change(value) for key, value in values.items()}
