"""The one reader of package data: rulesets, vocabularies, the demo's keys, templates of reports, and the OASIS schemas of pysaml2."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.util import find_spec

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


@cache
def schema(name: str) -> bytes:
    """A schema of OASIS or W3C, as it stands in pysaml2, which is not imported for that (it takes 50 ms); nothing when it has none so named."""
    found = find_spec("saml2")
    if found is None or found.loader is None or not found.submodule_search_locations:
        return b""
    try:
        return found.loader.get_data(f"{found.submodule_search_locations[0]}/data/schemas/{name}")  # type: ignore[attr-defined,no-any-return]
    except OSError:
        return b""
