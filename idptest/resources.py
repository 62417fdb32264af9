"""The one reader of package data: rulesets, vocabularies, the demo's keys, and the schemas that pysaml2 brings along."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.util import find_spec

RULES = "idptest.attribute_rules"
METADATA = "idptest.metadata"


@cache
def read(package: str, *path: str) -> bytes:
    """A file in one of the two data packages."""
    return files(package).joinpath(*path).read_bytes()


def text(package: str, *path: str) -> str:
    return read(package, *path).decode("utf-8")


@cache
def rulesets() -> tuple[str, ...]:
    """The names of the rulesets that ship with idptest."""
    found = (entry.name for entry in files(RULES).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


@cache
def saml_schema(name: str) -> bytes | None:
    """One of the OASIS and W3C schemas that ship with pysaml2; None when it brings none of that name. pysaml2 itself is not imported."""
    spec = find_spec("saml2")
    if spec is None or not spec.submodule_search_locations or spec.loader is None or not hasattr(spec.loader, "get_data"):
        return None
    try:
        return bytes(spec.loader.get_data(f"{spec.submodule_search_locations[0]}/data/schemas/{name}"))
    except OSError:
        return None
