"""Where an IdP's metadata comes from: a file, or an https address."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin

from idptest.adapters.http_client import NetworkTrouble, Transport
from idptest.adapters.store import read_file
from idptest.errors import InputError
from idptest.model.flow import HttpRequest
from idptest.model.settings import IdpSettings
from idptest.saml.metadata import entity_bytes

_MAX = 200 * 1024 * 1024  # bytes


def idp_metadata(idp: IdpSettings, folder: Path, transport: Transport) -> tuple[str, bytes]:
    """(entityID, the IdP's own descriptor). Raises InputError."""
    location = idp.metadata.location
    return entity_bytes(content(location, folder, transport), idp.metadata.entity_id, location)


def content(location: str, folder: Path, transport: Transport) -> bytes:
    """What is at an address, or in a file of that folder. Raises InputError."""
    return _fetch(location, transport) if "://" in location else read_file(folder / location, _MAX)


def _fetch(url: str, transport: Transport) -> bytes:
    """Follows at most five redirects."""
    where = url
    for _ in range(6):
        try:
            answer = transport(HttpRequest("GET", where, (("Accept", "application/samlmetadata+xml, application/xml, */*"),)), None)
        except NetworkTrouble as trouble:
            raise InputError(
                f"the metadata could not be fetched: {trouble}", f"metadata gick inte att hämta: {trouble}", where=url
            ) from None
        target = answer.header("location")
        if answer.status in (301, 302, 303, 307, 308) and target:
            where = urljoin(where, target)
            if url.startswith("https:") and not where.startswith("https:"):
                break
            continue
        if answer.status == 200:
            return answer.body
        raise InputError(
            f"the metadata could not be fetched: HTTP {answer.status}", f"metadata gick inte att hämta: HTTP {answer.status}", where=url
        )
    raise InputError(
        "the metadata could not be fetched: its redirects lead nowhere safe",
        "metadata gick inte att hämta: omdirigeringarna leder inte fram",
        where=url,
    )
