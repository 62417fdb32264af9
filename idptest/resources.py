"""The one reader of package data: rulesets, vocabularies, the demo's keys, the templates of reports."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

RULES = "idptest.attribute_rules"
METADATA = "idptest.metadata"
REPORTERS = "idptest.reporters"


@cache
def read(package: str, *path: str) -> bytes:
    """A file in one of the packages that hold data."""
    return files(package).joinpath(*path).read_bytes()


def text(package: str, *path: str) -> str:
    return read(package, *path).decode("utf-8")


@cache
def rulesets() -> tuple[str, ...]:
    """The names of the rulesets that ship with idptest."""
    found = (entry.name for entry in files(RULES).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))
