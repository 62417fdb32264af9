"""What protects the workspace: who can read its files, what copies it elsewhere, whether git would take it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from idptest.model.preflight import PrivateFile, Workspace
from idptest.model.rule import Words

# Runs a program and gives (exit code, what it printed); None when there is no such program, or it does not answer.
Run = Callable[[Sequence[str]], tuple[int, str] | None]

_PRIVATE = ("keys/*.pem", "flows/*.json", "history.sqlite3", "history.key")
_MOST = 500  # saved logins that are looked at
_SYNCED = (
    ("OneDrive", r"OneDrive( - .*)?"),
    ("Dropbox", r"Dropbox( \(.*\))?"),
    ("Google Drive", r"Google ?Drive|My Drive|Min enhet|GoogleDrive-.*"),
    ("iCloud", r"iCloud ?Drive|Mobile Documents|com~apple~CloudDocs"),
    ("Nextcloud", r"Nextcloud"),
    ("Box", r"Box( Sync)?|Box-Box"),
)
# Who may always read in Windows, as SDDL has it: the system, administrators, and the owner; and which trustees are many people.
# https://learn.microsoft.com/en-us/windows/win32/secauthz/sid-strings (read 2026-11)
_OWN = frozenset({"SY", "BA", "OW", "CO"})
_MANY = {
    "WD": Words("everybody", "alla"),
    "BU": Words("every user of this computer", "alla användare av datorn"),
    "AU": Words("everybody who is logged in", "alla inloggade"),
    "IU": Words("everybody at this computer", "alla vid datorn"),
    "NU": Words("everybody on the network", "alla på nätverket"),
    "AN": Words("anybody, without a login", "vem som helst, utan inloggning"),
    "BG": Words("guests", "gäster"),
    "LG": Words("guests", "gäster"),
    "DU": Words("everybody in the domain", "alla i domänen"),
    "DG": Words("guests of the domain", "domänens gäster"),
}
_GROUP = Words("the file's group", "filens grupp")
_READS = 0x1  # FILE_READ_DATA, in the rights that SDDL writes as a number
_RIGHTS = re.compile(r"FA|FR|GA|GR|CC")


def run(command: Sequence[str]) -> tuple[int, str] | None:
    """A Run, on this computer. Ten seconds at most."""
    program = shutil.which(command[0])
    if program is None:
        return None
    try:
        done = subprocess.run([program, *command[1:]], capture_output=True, timeout=10, check=False)  # noqa: S603 - our own arguments
    except (OSError, subprocess.SubprocessError):
        return None
    return done.returncode, done.stdout.decode("utf-8", "replace")


def private_files(folder: Path, others: Sequence[str] = (), *, platform: str = sys.platform, run: Run = run) -> list[PrivateFile]:
    """The files of the workspace that hold secrets or tell who somebody is, and `others`, by their names in idptest.toml. Those there are."""
    inside = folder / ".idptest"
    paths = [path for pattern in _PRIVATE for path in sorted(inside.glob(pattern))[:_MOST]]
    paths += [folder / name for name in others]
    return [PrivateFile(_named(path, folder), _others(path, platform, run)) for path in paths if path.is_file()]


def described(files: Sequence[PrivateFile], platform: str = sys.platform) -> Words:
    """What protects those files, in words."""
    if platform == "win32":
        if any(file.others is None for file in files):
            return Words("Windows' access lists, which could not be read", "Windows åtkomstlistor, som inte gick att läsa")
        if any(file.others for file in files):
            return Words("Windows' access lists, and others may read", "Windows åtkomstlistor, och andra får läsa")
        return Words(
            "Windows' access lists: you, the system and administrators may read",
            "Windows åtkomstlistor: du, systemet och administratörer får läsa",
        )
    if any(file.others for file in files):
        return Words("file permissions, and others may read", "filrättigheter, och andra får läsa")
    return Words("file permissions: you alone may read", "filrättigheter: bara du får läsa")


def _named(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _others(path: Path, platform: str, run: Run) -> tuple[Words, ...] | None:
    if platform == "win32":
        return _by_acl(path, run)
    try:
        mode = path.stat().st_mode
    except OSError:
        return None
    return tuple(name for name, bits in ((_GROUP, 0o040), (_MANY["WD"], 0o004)) if mode & bits)


def _by_acl(path: Path, run: Run) -> tuple[Words, ...] | None:
    """Who may read, by the file's access list: `icacls /save` writes it as SDDL, whatever language Windows speaks."""
    with tempfile.TemporaryDirectory(prefix="idptest-") as place:
        saved = Path(place) / "acl"
        done = run(["icacls", str(path), "/save", str(saved)])
        try:
            text = saved.read_bytes().decode("utf-16") if done is not None and done[0] == 0 else ""
        except (OSError, UnicodeDecodeError):
            return None
    return tuple(dict.fromkeys(_readers(text))) if "D:" in text else None


def _readers(sddl: str) -> Iterator[Words]:
    """Who may read besides the owner, the system and administrators. One person's own account is taken to be the owner's."""
    for rights, trustee in re.findall(r"\(A;[^;)]*;([^;)]*);[^;)]*;[^;)]*;([^;)]+)\)", sddl):
        reads = int(rights, 16) & _READS if rights.startswith("0x") else _RIGHTS.search(rights)
        if not reads or trustee in _OWN:
            continue
        if trustee in _MANY:
            yield _MANY[trustee]
        elif re.fullmatch(r"S-1-5-21-[\d-]+-51[345]", trustee):
            yield _MANY["DU"]
        elif not trustee.startswith("S-1-5-21-"):
            yield Words(trustee, trustee)


def workspace(folder: Path, environment: Mapping[str, str] = os.environ, run: Run = run) -> Workspace:
    """The folder itself."""
    repository = next((each for each in (folder, *folder.parents) if (each / ".git").exists()), None)
    synced = _synced_by(folder, environment)
    if repository is None:
        return Workspace(str(folder), synced)
    tracked = run(["git", "-C", str(folder), "ls-files", ".idptest"])
    return Workspace(
        str(folder),
        synced,
        True,
        _ignored(folder, repository, run),
        tuple(tracked[1].split("\n")[:-1]) if tracked and tracked[0] == 0 else (),
    )


def _synced_by(folder: Path, environment: Mapping[str, str]) -> str | None:
    for name in ("OneDriveCommercial", "OneDriveConsumer", "OneDrive"):
        if environment.get(name) and folder.is_relative_to(environment[name]):
            return "OneDrive"
    return next((name for part in folder.parts for name, pattern in _SYNCED if re.fullmatch(pattern, part, re.IGNORECASE)), None)


def _ignored(folder: Path, repository: Path, run: Run) -> bool:
    asked = run(["git", "-C", str(folder), "check-ignore", "-q", ".idptest/keys/sp-key.pem"])
    if asked is not None and asked[0] in (0, 1):
        return asked[0] == 0
    # Without git on this computer: the line that idptest init writes, here or above.
    for place in (folder, *folder.parents):
        try:
            lines = (place / ".gitignore").read_text("utf-8", "replace").splitlines()
        except OSError:
            lines = []
        if any(line.strip() in (".idptest/", ".idptest", "/.idptest/", "/.idptest", "**/.idptest/") for line in lines):
            return True
        if place == repository:
            break
    return False
