"""The OASIS schemas, as they ship with pysaml2, for tests. Nothing is fetched."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree


class _Local(etree.Resolver):
    """What the schemas import by web address stands in the same folder, under its last name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def resolve(self, url: str, public: str | None, context: Any) -> Any:
        name = url.rpartition("/")[2]
        found = self._folder / {"XMLSchema.dtd": "", "datatypes.dtd": ""}.get(name, name)
        return self.resolve_filename(str(found), context) if found.is_file() else self.resolve_empty(context)


@cache
def schema(name: str) -> etree.XMLSchema:
    """ "protocol" or "metadata"."""
    spec = importlib.util.find_spec("saml2")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0]) / "data" / "schemas"
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Local(folder))
    return etree.XMLSchema(etree.parse(str(folder / f"saml-schema-{name}-2.0.xsd"), parser))


def faults(name: str, xml: bytes) -> list[str]:
    """What the schema has against it."""
    found = schema(name)
    found.validate(etree.fromstring(xml))
    return [str(fault.message) for fault in found.error_log]
