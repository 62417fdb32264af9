"""The metadata that a command is given: files, addresses, standard input, feeds, or the IdPs of idptest.toml; and each entity in it."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from idptest import lint
from idptest.adapters.feeds import Feeds
from idptest.adapters.http_client import HttpClient
from idptest.adapters.op_target import looked_at
from idptest.adapters.settings_file import read_settings
from idptest.adapters.sources import content, holding
from idptest.adapters.targets import client_of
from idptest.errors import ConfigurationError, InputError
from idptest.login.urls import is_loopback
from idptest.model.feed import SAML
from idptest.model.flow import IdpFacts
from idptest.model.inspection import Inspection
from idptest.model.metadata_facts import VALIDITY, MetadataFact
from idptest.model.settings import IdpSettings, Settings
from idptest.oidc.discovery import WELL_KNOWN, read_discovery
from idptest.products import product as product_named
from idptest.saml.entities import IDP, ROLES, SP, Entity, entities, named, of_role, only
from idptest.saml.metadata import read_idp
from idptest.saml.metadata_facts import facts
from idptest.saml.metadata_sp import read_sp
from idptest.saml.xml import MAX_BYTES
from idptest.settings import FILE
from idptest.toml_lines import did_you_mean

STDIN, OF_IDP, OF_FEED, BEFORE = "-", "idp:", "feed:", "@before"


@dataclass(frozen=True)
class Wanted:
    """Which entities of a document: the one with that entityID, or all (`whole`), or the only one; as IdP or SP, or as what it is."""

    entity_id: str | None = None
    role: str | None = None
    whole: bool = False

    def of(self, data: bytes, where: str) -> tuple[tuple[Entity, str], ...]:
        """Each with the role that it is looked at in: an entity that is both is an IdP. Raises InputError."""
        found = of_role(entities(data, where), self.role, where)
        if self.entity_id is not None:
            found = (named(found, self.entity_id, where),)
        elif not self.whole:
            found = (only(found, where),)
        return tuple((entity, self.role or next(role for role in ROLES if role in entity.roles)) for entity in found)


def from_sources(
    sources: Collection[str], wanted: Wanted, product: str | None, now: datetime, folder: Path | None, left_out: list[InputError]
) -> Iterator[Inspection]:
    """Every entity wanted in each of these. Raises InputError or ConfigurationError.

    Where all of a source are wanted, one that cannot be read is added to `left_out`, and the others are looked at.
    """
    checked(product)
    for source in sources:
        if source.endswith(WELL_KNOWN) and "://" in source:
            yield _published_at(source, product, now)
            continue
        read, where = _read(source, folder, wanted.entity_id)
        if read[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            yield _op_of(read, where, source, now)
            continue
        for entity, role in wanted.of(read, where):
            try:
                yield _looked_at(entity, role, product, now, source)
            except InputError as problem:
                if not wanted.whole:
                    raise
                left_out.append(InputError(problem.words.en, problem.words.sv, where=f"{source}, {entity.entity_id[:200]}"))


def checked(product: str | None) -> str | None:
    """The product's id as given. Raises ConfigurationError for one that there is not."""
    return product and product_named(product).id


def _looked_at(entity: Entity, role: str, product: str | None, now: datetime, source: str) -> Inspection:
    if role == SP:
        return lint.of_sp(entity.document, now, source)
    return lint.of_idp(IdpFacts(entity.entity_id, entity.entity_id, entity.document, product), now, source)


def _published_at(url: str, product: str | None, now: datetime) -> Inspection:
    """What an OP publishes at the address where it has to stand, and its keys."""
    _not_in_clear(url)
    _, found, keys = looked_at(url, HttpClient())
    named, issuer = found.text("issuer") or "", url.removesuffix(WELL_KNOWN)
    if named.rstrip("/") == issuer:
        issuer = named  # a slash at its end does not show in the address
    return lint.of_op(found, keys, now, IdpFacts(issuer, issuer, b"", product), url)


def _op_of(data: bytes, where: str, source: str, now: datetime) -> Inspection:
    """A discovery document in a file. Raises InputError for other JSON."""
    found = read_discovery(data)
    if found.problem:
        raise InputError(
            f"it begins as JSON, but cannot be read: {found.problem.en}",
            f"den börjar som JSON men går inte att läsa: {found.problem.sv}",
            where=where,
        )
    if not {"issuer", "authorization_endpoint", "jwks_uri"} & set(found.values):
        raise InputError(
            "this is JSON, but no discovery document of an OpenID provider (no issuer, no authorization_endpoint)",
            "det här är JSON men inget discovery-dokument från en OpenID-leverantör (varken issuer eller authorization_endpoint)",
            where=where,
        )
    return lint.of_op(found, None, now, source=source)


def both(a: str, b: str, entity_id: str | None, role: str | None, folder: Path | None) -> tuple[str, list[tuple[MetadataFact, ...]]]:
    """The same entity in two sources, the one named, or the only one in either of them: its entityID, and the facts in each.

    How long a feed holds is none of them. Raises InputError or ConfigurationError.
    """
    sources = [_read(source, folder, entity_id) for source in (a, b)]
    found = [of_role(entities(*source), role, source[1]) for source in sources]
    alone = next((each[0].entity_id for each in found if len(each) == 1), None)
    pair = [
        named(each, entity_id or str(alone), where) if entity_id or (alone and len(each) > 1) else only(each, where)
        for each, (_, where) in zip(found, sources, strict=True)
    ]
    shared = [role] if role else [known for known in ROLES if all(known in entity.roles for entity in pair)]
    if not shared:
        raise InputError("one is an IdP and the other an SP", "den ena är en IdP och den andra en SP", where=f"{a}, {b}")
    read = read_idp if shared[0] == IDP else read_sp
    found_in = [facts(read(entity.document)) for entity in pair]
    if any(entity.whole is None or source.startswith(OF_FEED) for entity, source in zip(pair, (a, b), strict=True)):
        found_in = [tuple(fact for fact in each if fact.kind != VALIDITY) for each in found_in]
    return pair[1].entity_id, found_in


def _read(source: str, folder: Path | None, entity_id: str | None = None) -> tuple[bytes, str]:
    """What a source holds, and what to call it; of a feed only the entity that is named, if one is. Raises InputError or ConfigurationError."""
    if source == STDIN:
        return sys.stdin.buffer.read(MAX_BYTES + 1), source
    if source.startswith(OF_IDP):
        settings = read_settings(folder)
        assert folder is not None  # noqa: S101 - read_settings has refused already
        idp = _named(settings, source.removeprefix(OF_IDP))
        data, location = holding(idp, folder, client_of(idp, folder)), idp.metadata.location
        return Wanted(idp.metadata.entity_id, IDP).of(data, location)[0][0].document, location
    if source.startswith(OF_FEED):
        return _feed(source.removeprefix(OF_FEED), folder, source, entity_id), source
    _not_in_clear(source)
    return content(source, Path(), HttpClient()), source


def _not_in_clear(source: str) -> None:
    """Raises InputError: metadata decides whom services trust, and over http anybody on the way may have written it."""
    if source.startswith("http://") and not is_loopback(source):
        raise InputError("metadata is fetched over https only", "metadata hämtas bara över https", where=source)


def _feed(name: str, folder: Path | None, source: str, entity_id: str | None) -> bytes:
    feeds, earlier, name = Feeds(folder or Path()), name.endswith(BEFORE), name.removesuffix(BEFORE)
    feed = feeds.feed(name)
    if feed.format != SAML:
        raise InputError("this feed holds no SAML metadata", "flödet innehåller ingen SAML-metadata", where=source)
    if entity_id is not None and not earlier and (descriptor := feeds.entity(name, entity_id)):
        return descriptor  # through the index, without building the others
    copies, last = feeds.copies(name), feeds.copy(name)
    copy = copies.before() if earlier and last else last
    data = copies.bytes_of(copy) if copy else None
    if data is None:
        raise InputError(
            "there is no earlier copy of this feed" if earlier else f"there is no copy of this feed: idptest metadata fetch {name}",
            "det finns ingen tidigare kopia av flödet" if earlier else f"det finns ingen kopia av flödet: idptest metadata fetch {name}",
            where=source,
        )
    return data


def from_settings(settings: Settings, folder: Path, names: Collection[str], product: str | None, now: datetime) -> Iterator[Inspection]:
    """The IdPs of idptest.toml with these names, or all. Raises InputError or ConfigurationError."""
    checked(product)
    chosen = [_named(settings, name, ("saml", "oidc")) for name in names] or list(settings.idps.values())
    if not chosen:
        raise ConfigurationError(
            "there is no IdP: write one as [idp.exempelstad], or name a file",
            "det finns ingen IdP: skriv en som [idp.exempelstad], eller ange en fil",
            where=FILE,
        )
    for idp in chosen:
        location = idp.metadata.location
        if idp.oidc:
            asked = IdpFacts(idp.name, idp.oidc.issuer, b"", product or idp.product)
            yield lint.of_op(*looked_at(location, client_of(idp, folder))[1:], now, asked, f"[idp.{idp.name}], {location}")
            continue
        data = holding(idp, folder, client_of(idp, folder))
        [(entity, _)] = Wanted(idp.metadata.entity_id, IDP).of(data, location)
        known = IdpFacts(
            idp.name, entity.entity_id, entity.document, product or idp.product, idp.eppn_source, idp.digg_approved, idp.environment
        )
        yield lint.of_idp(known, now, f"[idp.{idp.name}], {location}")


def _named(settings: Settings, name: str, protocols: Collection[str] = ("saml",)) -> IdpSettings:
    if name not in settings.idps:
        near = did_you_mean(name, settings.idps)
        raise ConfigurationError(f"there is no [idp.{name}]{near[0]}", f"det finns inget [idp.{name}]{near[1]}", where=FILE)
    if settings.idps[name].protocol not in protocols:
        raise ConfigurationError(f"[idp.{name}] does not speak SAML", f"[idp.{name}] talar inte SAML", where=FILE)
    return settings.idps[name]
