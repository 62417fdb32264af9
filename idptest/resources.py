"""The one reader of package data: rulesets, vocabularies, fixes, the demo's keys."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

RULES = "idptest.attribute_rules"
METADATA = "idptest.metadata"
FIXES = "idptest.products.fixes"


@cache
def read(package: str, *path: str) -> bytes:
    """A file in one of the data packages."""
    return files(package).joinpath(*path).read_bytes()


def text(package: str, *path: str) -> str:
    return read(package, *path).decode("utf-8")


@cache
def rulesets() -> tuple[str, ...]:
    """The names of the rulesets that ship with idptest."""
    return _tables(RULES)


@cache
def fixes() -> tuple[str, ...]:
    """The names of the files of fixes: products' ids, and "general"."""
    return _tables(FIXES)


def _tables(package: str) -> tuple[str, ...]:
    found = (entry.name for entry in files(package).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))
