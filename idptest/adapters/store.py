"""Files: the workspace's settings and keys, and flows, written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from idptest.errors import ConfigurationError, InputError
from idptest.model.rule import Words
from idptest.toml_lines import FILE, line_of

if TYPE_CHECKING:
    from idptest.model.flow import Flow
    from idptest.model.settings import Settings

FLOWS = Path(".idptest") / "flows"
SEEN = Path(".idptest") / "seen"
MAX_FLOW = 64 * 1024 * 1024  # bytes
_ROOM = 1024 * 1024  # bytes; most logins take less


def write(path: Path, data: bytes, *, overwrite: bool = True, private: bool = True) -> None:
    """Beside, fsync, rename: whoever is interrupted leaves the old file or the new one. Mode 0600, unless it is not `private`.

    What is no file, such as /dev/stdout or a pipe, is written to as it is. Raises ConfigurationError when the file cannot be written, or
    exists and may not be overwritten.
    """
    try:
        if overwrite and _is_a_device(path):
            path.write_bytes(data)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with _beside(path) as (handle, temporary):
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                if not private:
                    temporary.chmod(_usual_mode(path))
                file.flush()
                os.fsync(file.fileno())
            if overwrite:
                temporary.replace(path)
            else:
                _name(temporary, path)
    except FileExistsError:
        if not path.parent.is_dir():
            why = reason(NotADirectoryError(errno.ENOTDIR, ""))
            raise ConfigurationError(f"cannot be written: {why.en}", f"går inte att skriva: {why.sv}", where=str(path)) from None
        raise ConfigurationError(
            "it exists already, and is left as it is", "den finns redan, och lämnas som den är", where=str(path)
        ) from None
    except OSError as problem:
        why = reason(problem)
        raise ConfigurationError(f"cannot be written: {why.en}", f"går inte att skriva: {why.sv}", where=str(path)) from None


def _is_a_device(path: Path) -> bool:
    """A device or a pipe: put in its place, a file would end it for everybody."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def rename(path: Path, to: Path) -> None:
    """Gives a file another name; what bore that name is gone. Raises ConfigurationError."""
    try:
        path.replace(to)
    except OSError as problem:
        why = reason(problem)
        raise ConfigurationError(f"cannot be renamed: {why.en}", f"går inte att byta namn på: {why.sv}", where=str(path)) from None


def _name(temporary: Path, path: Path) -> None:
    """Gives the finished file its name. Raises FileExistsError when somebody was faster, which a look beforehand would not tell."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # exFAT and some network drives have no hard links, and each says so in its own way
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # from now on the name is ours
        try:
            temporary.replace(path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def _usual_mode(path: Path) -> int:
    """What the file has already, or what the user's umask gives a new one."""
    with contextlib.suppress(OSError):
        return path.stat().st_mode & 0o777
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[tuple[int, Path]]:
    import tempfile  # who only reads does without it, and without flows

    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    temporary = Path(name)
    try:
        yield handle, temporary
    finally:
        temporary.unlink(missing_ok=True)


def read_file(path: Path, limit: int = MAX_FLOW) -> bytes:
    """The bytes of a file that the user named. Raises InputError."""
    try:
        if path.stat().st_size > limit:
            raise InputError(f"larger than {limit // 1024 // 1024} MB", f"större än {limit // 1024 // 1024} MB", where=str(path))
        return path.read_bytes()
    except OSError as problem:
        raise unreadable(str(path), problem) from None


def unreadable(name: str, problem: OSError) -> InputError:
    if isinstance(problem, IsADirectoryError):
        return InputError("this is a folder, not a file", "det här är en mapp, inte en fil", where=name)
    why = reason(problem)
    return InputError(f"cannot be read: {why.en}", f"går inte att läsa: {why.sv}", where=name)


def reason(problem: OSError) -> Words:
    known = {
        errno.ENOENT: Words("there is no such file", "filen finns inte"),
        errno.EACCES: Words("permission denied", "behörighet saknas"),
        errno.EPERM: Words("permission denied", "behörighet saknas"),
        errno.EROFS: Words("the disk is read-only", "disken är skrivskyddad"),
        errno.ENOSPC: Words("the disk is full", "disken är full"),
        errno.ENOTDIR: Words("a part of the path is no folder", "en del av sökvägen är ingen mapp"),
    }
    said = problem.strerror or type(problem).__name__
    return known.get(problem.errno or 0, Words(said, said))


def workspace(start: Path | None = None) -> Path | None:
    """The nearest folder, from here upwards, that holds idptest.toml."""
    here = (start or Path.cwd()).resolve()
    return next((folder for folder in (here, *here.parents) if (folder / FILE).is_file()), None)


def settings(
    folder: Path | None,
    *,
    products: Collection[str] | None = None,
    rulesets: Collection[str] | None = None,
    rules: Collection[str] | None = None,
) -> Settings:
    """What idptest.toml says; names are checked against those given. Raises ConfigurationError, also when there is no file."""
    if folder is None:
        raise ConfigurationError(
            f"there is no {FILE} here; write one with: idptest init   (or try: idptest login --demo)",
            f"det finns ingen {FILE} här; skapa en med: idptest init   (eller prova: idptest login --demo)",
        )
    from idptest.settings import read

    return read(settings_text(folder), FILE, products=products, rulesets=rulesets, rules=rules)


def settings_text(folder: Path) -> str:
    """The text of idptest.toml. Raises ConfigurationError or InputError."""
    path = folder / FILE
    try:
        return read_file(path).decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = path.read_bytes()[: problem.start].count(b"\n") + 1
        raise ConfigurationError(
            "it is not UTF-8; save the file as UTF-8", "filen är inte UTF-8; spara den som UTF-8", where=f"{FILE}:{line}"
        ) from None


def line_in_settings(folder: Path, *keys: str) -> str:
    """file:line of a key in idptest.toml, for messages: `line_in_settings(folder, "idp", name, "ca_file")`."""
    return f"{FILE}:{line_of(read_file(folder / FILE).decode('utf-8-sig', 'replace'), *keys)}"


def own_rulesets(folder: Path, names: Collection[str]) -> Mapping[str, str]:
    """The text of each ruleset that is a path of the user's own, by the path as written."""
    from idptest.settings import is_path

    found: dict[str, str] = {}
    for name in names:
        if is_path(name):
            try:
                found[name] = read_file(folder / name).decode("utf-8-sig")
            except UnicodeDecodeError:
                raise ConfigurationError("it is not UTF-8", "den är inte UTF-8", where=name) from None
    return found


def check_room(folder: Path) -> None:
    """Whether logins can be saved here. Raises ConfigurationError, before anything is sent, when they cannot."""
    for name in (FLOWS, SEEN):
        probe = folder / name / f".probe.{os.getpid()}.tmp"
        try:
            write(probe, bytes(_ROOM))
        except ConfigurationError as problem:
            raise ConfigurationError(problem.words.en, problem.words.sv, where=str(probe.parent)) from None
        finally:
            with contextlib.suppress(OSError):
                probe.unlink()


def save_flow(folder: Path, flow: Flow, page: bytes | None = None) -> Path:
    """Writes the flow, which bears its id already, and beside it the page that the login stopped at, or neither.

    Two logins at once cannot meet: ids hold a random part. Raises ConfigurationError.
    """
    from idptest.model.flow_file import dumps

    path = folder / FLOWS / f"{flow.id}.json"
    write(path, dumps(flow).encode(), overwrite=False)
    if page is not None:
        try:
            write(path.with_suffix("") / f"page-{flow.ended.exchange}.html", page)
        except ConfigurationError:
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                path.with_suffix("").rmdir()
            raise
    return path


def load_flow(path: Path) -> Flow:
    """A saved flow. Raises InputError."""
    from idptest.model.flow_file import NotAFlow, loads

    try:
        return loads(read_file(path).decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InputError(*_NO_FLOW, where=str(path)) from None
    except NotAFlow as problem:
        raise InputError(
            f"this is no flow that idptest has saved: {problem.words.en}",
            f"det här är inget flöde som idptest har sparat: {problem.words.sv}",
            where=str(path),
        ) from None


_NO_FLOW = ("this is no flow that idptest has saved: it is not text", "det här är inget flöde som idptest har sparat: det är inte text")


def first_time(folder: Path, issuer: str, assertion: str) -> bool:
    """Whether this assertion is seen for the first time in this workspace; from now on it is not. Safe with several processes."""
    import hashlib

    name = hashlib.sha256(f"{issuer}\n{assertion}".encode()).hexdigest()
    mark = folder / SEEN / name
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        return False
    except OSError as problem:
        why = reason(problem)
        raise ConfigurationError(f"cannot be written: {why.en}", f"går inte att skriva: {why.sv}", where=str(mark)) from None
    return True


def tidy(folder: Path, keep_days: int, now: datetime) -> int:
    """Removes flows older than `keep_days`, with their pages, and what a killed run left half-written; how many flows.

    Their age is that of the file.
    """
    removed = 0
    oldest = (now - timedelta(days=keep_days)).timestamp()
    for mark in (folder / SEEN).glob("*"):
        with contextlib.suppress(OSError):
            if mark.stat().st_mtime < oldest:
                mark.unlink()
    for path in (folder / FLOWS).glob("*.json"):
        with contextlib.suppress(OSError):  # another run may be tidying too
            if path.stat().st_mtime < oldest:
                path.unlink()
                removed += 1
                for page in path.with_suffix("").glob("page-*.html"):
                    page.unlink()
                path.with_suffix("").rmdir()
    for path in (folder / FLOWS).rglob(".*.*.*"):  # as `_beside` names them
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < oldest:
                path.unlink()
    return removed
