"""The one reader of package data: rulesets, vocabularies, fixes, the demo's keys, reports' templates, and the OASIS schemas in pysaml2."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

RULES = "idptest.attribute_rules"
METADATA = "idptest.metadata"
FIXES = "idptest.products.fixes"
REPORTERS = "idptest.reporters"
OIDC = "idptest.oidc"


@cache
def read(package: str, *path: str) -> bytes:
    """A file in one of the packages that hold data."""
    spec = find_spec(package)
    assert spec is not None and spec.submodule_search_locations  # noqa: S101 - it is one of ours
    return spec.loader.get_data("/".join((spec.submodule_search_locations[0], *path)))  # type: ignore[union-attr,no-any-return]


def text(package: str, *path: str) -> str:
    return read(package, *path).decode("utf-8")


@cache
def rulesets() -> tuple[str, ...]:
    """The names of the rulesets that ship with idptest."""
    return _tables(RULES)


@cache
def fixes(protocol: str = "saml") -> tuple[str, ...]:
    """The names of the files of fixes: products' ids, and "general"."""
    return _tables(FIXES if protocol == "saml" else f"{FIXES}.{protocol}")


def _tables(package: str) -> tuple[str, ...]:
    from importlib.resources import files  # it imports much

    found = (entry.name for entry in files(package).iterdir())
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
