"""Where an IdP's metadata comes from: a file, an https address, or a federation's feed."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin

from idptest.adapters import clock
from idptest.adapters.feeds import Feeds
from idptest.adapters.http_client import NetworkTrouble, Transport
from idptest.adapters.store import line_in_settings, read_file
from idptest.errors import ConfigurationError, InputError
from idptest.model.feed import Feed
from idptest.model.flow import HttpRequest
from idptest.model.rule import Words
from idptest.model.settings import IdpSettings
from idptest.saml.metadata import entity_bytes
from idptest.toml_lines import nearest

_MAX = 200 * 1024 * 1024  # bytes
_METADATA = Words("the metadata", "metadata")


def idp_metadata(idp: IdpSettings, folder: Path, transport: Transport) -> tuple[str, bytes]:
    """(entityID, the IdP's own descriptor). Raises InputError, and ConfigurationError where a feed's key is not approved yet."""
    return entity_bytes(holding(idp, folder, transport), idp.metadata.entity_id, idp.metadata.location)


def holding(idp: IdpSettings, folder: Path, transport: Transport) -> bytes:
    """What holds the IdP's metadata, as it comes. Raises as `idp_metadata`."""
    location = idp.metadata.location
    feeds = Feeds(folder)
    if location in feeds.feeds:
        return _from_feed(feeds, feeds.feed(location), idp)
    return _fetch(location, transport) if "://" in location else file_or_feed(folder, location, feeds)


def content(location: str, folder: Path, transport: Transport, what: Words = _METADATA) -> bytes:
    """What is at an address, or in a file of that folder. Raises InputError, which calls it `what`."""
    return _fetch(location, transport, what) if "://" in location else read_file(folder / location, _MAX)


def file_or_feed(folder: Path, name: str, feeds: Feeds, most: int = _MAX) -> bytes:
    """A file of that folder, where `name` is no feed's. Raises InputError, which names the feed that was probably meant."""
    try:
        return read_file(folder / name, most)
    except InputError as problem:
        near = nearest(name, feeds.feeds) if not (folder / name).exists() else None
        if near is None:
            raise
        raise InputError(
            f'{problem.words.en}, and no feed of that name; did you mean "{near}"?',
            f'{problem.words.sv}, och inget flöde heter så; menade du "{near}"?',
            where=name,
        ) from None


def _from_feed(feeds: Feeds, feed: Feed, idp: IdpSettings) -> bytes:
    """The IdP's descriptor out of the verified copy, which is fetched when there is none or it is not fresh.

    A source that cannot be reached does no harm as long as the copy is in force; one that is refused is said.
    """
    entity_id, now = idp.metadata.entity_id, clock.now()
    if entity_id is None:
        raise ConfigurationError(
            f'[idp.{idp.name}] does not say who it is in the feed: metadata = {{ from = "{feed.name}", entity_id = "https://…" }}',
            f'[idp.{idp.name}] anger inte vem den är i flödet: metadata = {{ from = "{feed.name}", entity_id = "https://…" }}',
            where=line_in_settings(feeds.folder, "idp", idp.name, "metadata"),
        )
    copy = feeds.copy(feed.name)
    if copy is None or not copy.is_fresh(now):
        fetched = feeds.fetch(feed, feeds.client(feed), now)
        copy = fetched.copy
        if fetched.report:
            raise InputError(
                f"the feed is not as it should be, and the last good copy stays: idptest metadata fetch {feed.name} tells why",
                f"flödet är inte som det ska, och den senaste goda kopian är kvar: idptest metadata fetch {feed.name} säger varför",
                where=feed.name,
            )
        if fetched.trouble and (copy is None or copy.ended(now)):
            raise InputError(
                f"the feed could not be fetched: {fetched.trouble.en}", f"flödet gick inte att hämta: {fetched.trouble.sv}", where=feed.name
            )
    data = feeds.entity(feed.name, entity_id)
    if data is None:
        near = feeds.nearest(feed.name, entity_id)
        raise InputError(
            f'no entity with entityID "{entity_id}" in this feed' + (f'; the nearest is "{near}"' if near else ""),
            f'ingen entitet med entityID "{entity_id}" i det här flödet' + (f'; närmast är "{near}"' if near else ""),
            where=feed.name,
        )
    return data


def _fetch(url: str, transport: Transport, what: Words = _METADATA) -> bytes:
    """Follows at most five redirects."""
    where = url
    for _ in range(6):
        try:
            answer = transport(HttpRequest("GET", where, (("Accept", "application/samlmetadata+xml, application/xml, */*"),)), None)
        except NetworkTrouble as trouble:
            raise InputError(
                f"{what.en} could not be fetched: {trouble}", f"{what.sv} gick inte att hämta: {trouble.words.sv}", where=url
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
            f"{what.en} could not be fetched: HTTP {answer.status}", f"{what.sv} gick inte att hämta: HTTP {answer.status}", where=url
        )
    raise InputError(
        f"{what.en} could not be fetched: its redirects lead nowhere safe",
        f"{what.sv} gick inte att hämta: omdirigeringarna leder inte fram",
        where=url,
    )
