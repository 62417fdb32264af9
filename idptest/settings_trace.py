"""[trace] in idptest.toml, and [idp.NAME.trace], which goes before it key by key: where each stage that metadata passes is looked at."""

from __future__ import annotations

import dataclasses

from idptest.model.settings import TraceSettings
from idptest.settings_address import web_address
from idptest.toml_lines import Table

_KEYS = tuple(field.name for field in dataclasses.fields(TraceSettings))
_FILES = ("own", "uploaded", "discovery")  # a file or an address; the others are names of feeds


def read_trace(table: Table | None, general: TraceSettings | None = None) -> TraceSettings:
    """Raises ConfigurationError with file and line. Whether there are such feeds is seen when they are looked at."""
    general = general or TraceSettings()
    if table is None:
        return general
    table.known(*_KEYS)
    given = {key: value for key in _KEYS if (value := table.string(key)) is not None}
    for key in _FILES:
        if "://" in given.get(key, ""):
            web_address(table, key, given[key], or_file=True)
    return dataclasses.replace(general, **given)
