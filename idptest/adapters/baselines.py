"""Baselines: a readable file each, `.idptest/baselines/NAME.json`; and the changes that are meant, `expected-changes.toml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from idptest import expected_changes
from idptest.adapters import store
from idptest.adapters.history import KEY
from idptest.errors import ConfigurationError
from idptest.model.history import Baseline, ExpectedChange
from idptest.model.history_file import NotReadable, dump_baseline, load_baseline
from idptest.observe import key_id, rekeyed

FOLDER = Path(".idptest") / "baselines"
_NAME = re.compile(r"\w[\w.-]{0,79}")


def path_of(name: str) -> Path:
    """Below the workspace. Raises ConfigurationError for what is no name."""
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            "a baseline's name is made of letters, digits, hyphens and underscores",
            "namnet på en baslinje består av bokstäver, siffror, bindestreck och understreck",
        )
    return FOLDER / f"{name}.json"


def names(folder: Path) -> list[str]:
    return sorted(path.stem for path in (folder / FOLDER).glob("*.json") if not path.name.startswith("."))


def save(folder: Path, baseline: Baseline, *, overwrite: bool) -> Path:
    """Writes it whole or not at all. Raises ConfigurationError, also when it exists and may not be overwritten."""
    path = path_of(baseline.name)
    if not overwrite and (folder / path).exists():
        raise ConfigurationError(
            f"it exists already; idptest baseline accept {baseline.name} moves it",
            f"den finns redan; idptest baseline accept {baseline.name} flyttar den",
            where=str(path),
        )
    store.write(folder / path, dump_baseline(baseline).encode(), overwrite=overwrite)
    return path


def load(folder: Path, name: str, key: bytes) -> Baseline:
    """By this workspace's key. Raises ConfigurationError in one line: there is none, it is of a newer idptest, or it cannot be read.

    Made with another key, it can be compared with where values stand in clear, which is for test persons; else it is refused.
    """
    path = path_of(name)
    if not (folder / path).is_file():
        known = names(folder)
        raise ConfigurationError(
            f'there is no baseline "{name}"; '
            + (f"there are {', '.join(known)}" if known else f"save one with: idptest baseline save {name}"),
            f'det finns ingen baslinje "{name}"; '
            + (f"det finns {', '.join(known)}" if known else f"spara en med: idptest baseline save {name}"),
        )
    try:
        return _by_our_key(load_baseline(store.read_file(folder / path).decode("utf-8-sig")), key, str(path))
    except UnicodeDecodeError:
        raise ConfigurationError("it is not UTF-8", "den är inte UTF-8", where=str(path)) from None
    except NotReadable as problem:
        raise ConfigurationError(
            f"this baseline cannot be read: {problem.words.en}", f"baslinjen går inte att läsa: {problem.words.sv}", where=str(path)
        ) from None


def _by_our_key(baseline: Baseline, key: bytes, where: str) -> Baseline:
    same = baseline.key_id == key_id(key)
    made = tuple(rekeyed(seen, key) for seen in baseline.observations)
    identifiers = ((seen, found) for seen in made for found in (*seen.eppn, *((seen.name_id,) if seen.name_id else ())))
    lost = () if same else sorted({seen.account for seen, found in identifiers if found.value is None})
    if lost:
        listed = ", ".join(lost)
        raise ConfigurationError(
            f"it was made with another key than {KEY}, so {listed} cannot be compared: only digests are kept of them",
            f"den är gjord med en annan nyckel än {KEY}, så {listed} går inte att jämföra: av dem sparas bara kontrollsummor",
            where=where,
        )
    return replace(baseline, observations=made if same else tuple(replace(seen, person=None) for seen in made))


def chosen(folder: Path, name: str | None, key: bytes) -> Baseline:
    """The one that is named, else the only one there is."""
    known = names(folder)
    if name is None and len(known) != 1:
        raise ConfigurationError(
            f"--baseline is needed: there are {', '.join(known)}"
            if known
            else "there is no baseline; save one with: idptest baseline save NAME",
            f"--baseline behövs: det finns {', '.join(known)}"
            if known
            else "det finns ingen baslinje; spara en med: idptest baseline save NAMN",
        )
    return load(folder, name or known[0], key)


def expected(folder: Path | None, given: Path | None, *, check_accounts: bool = True) -> tuple[ExpectedChange, ...]:
    """What the file expects; nothing when none is named (`given`) and none is there. `check_accounts`: its names are those of idptest.toml."""
    path = given or (folder / expected_changes.FILE if folder else None)
    if path is None or (given is None and not path.exists()):
        return ()
    known: Mapping[str, object] | None = store.settings(folder).accounts if folder and check_accounts else None
    where = str(given) if given else expected_changes.FILE
    try:
        return expected_changes.read(store.read_file(path).decode("utf-8-sig"), where, known)
    except UnicodeDecodeError:
        raise ConfigurationError(
            "it is not UTF-8; save the file as UTF-8", "filen är inte UTF-8; spara den som UTF-8", where=where
        ) from None
