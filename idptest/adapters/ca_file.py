"""The `ca_file` of an IdP or a directory: certificates to trust, besides nothing else."""

from __future__ import annotations

import ssl
from pathlib import Path

from idptest.adapters import store
from idptest.errors import ConfigurationError, InputError


def ca_file(name: str | None, folder: Path, *keys: str) -> str | None:
    """The file's path, when it can be read and holds certificates; None when none is given.

    `keys`: where in idptest.toml the name stands. Raises ConfigurationError.
    """
    if name is None:
        return None
    path = folder / name
    where = store.line_in_settings(folder, *keys)
    try:
        store.read_file(path)
        ssl.create_default_context(cafile=path)
    except InputError as problem:
        raise ConfigurationError(f"ca_file {name}: {problem.words.en}", f"ca_file {name}: {problem.words.sv}", where=where) from None
    except ssl.SSLError:
        raise ConfigurationError(
            f"ca_file {name}: it holds no certificate in PEM (-----BEGIN CERTIFICATE-----)",
            f"ca_file {name}: den innehåller inget certifikat i PEM (-----BEGIN CERTIFICATE-----)",
            where=where,
        ) from None
    return str(path)
