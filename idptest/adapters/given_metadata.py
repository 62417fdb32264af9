"""The metadata that a command is given: files, addresses, standard input, or the IdPs of idptest.toml; and each entity in it."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from idptest import lint
from idptest.adapters.http_client import HttpClient
from idptest.adapters.sources import content
from idptest.adapters.targets import client_of
from idptest.errors import ConfigurationError, InputError
from idptest.login.urls import is_loopback
from idptest.model.flow import IdpFacts
from idptest.model.inspection import Inspection
from idptest.model.settings import IdpSettings, Settings
from idptest.products import product as product_named
from idptest.saml.entities import IDP, ROLES, SP, Entity, entities, named, of_role, only
from idptest.settings import FILE
from idptest.toml_lines import did_you_mean

STDIN = "-"


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


def from_sources(sources: Collection[str], wanted: Wanted, product: str | None, now: datetime) -> Iterator[Inspection]:
    """Every entity wanted in each of these. Raises InputError or ConfigurationError."""
    if product is not None:
        product_named(product)
    for source in sources:
        where = "standard input" if source == STDIN else source
        data = sys.stdin.buffer.read() if source == STDIN else content(_reachable(source), Path(), HttpClient())
        for entity, role in wanted.of(data, where):
            document = entity.document
            if role == SP:
                yield lint.of_sp(document, now, where)
            else:
                yield lint.of_idp(IdpFacts(entity.entity_id, entity.entity_id, document, product), now, where)


def _reachable(source: str) -> str:
    """Metadata decides whom services trust, and over http anybody on the way may have written it."""
    if source.startswith("http://") and not is_loopback(source):
        raise InputError("metadata is fetched over https only", "metadata hämtas bara över https", where=source)
    return source


def from_settings(settings: Settings, folder: Path, names: Collection[str], product: str | None, now: datetime) -> Iterator[Inspection]:
    """The IdPs of idptest.toml with these names, or all that speak SAML. Raises InputError or ConfigurationError."""
    chosen = [_named(settings, name) for name in names] or [idp for idp in settings.idps.values() if idp.protocol == "saml"]
    if not chosen:
        raise ConfigurationError(
            "there is no IdP that speaks SAML: write one as [idp.exempelstad], or name a file",
            "det finns ingen IdP som talar SAML: skriv en som [idp.exempelstad], eller ange en fil",
            where=FILE,
        )
    for idp in chosen:
        location = idp.metadata.location
        data = content(location, folder, client_of(idp, folder))
        [(entity, _)] = Wanted(idp.metadata.entity_id, IDP).of(data, location)
        facts = IdpFacts(
            idp.name, entity.entity_id, entity.document, product or idp.product, idp.eppn_source, idp.digg_approved, idp.environment
        )
        yield lint.of_idp(facts, now, f"[idp.{idp.name}], {location}")


def _named(settings: Settings, name: str) -> IdpSettings:
    if name not in settings.idps:
        near = did_you_mean(name, settings.idps)
        raise ConfigurationError(f"there is no [idp.{name}]{near[0]}", f"det finns inget [idp.{name}]{near[1]}", where=FILE)
    if settings.idps[name].protocol != "saml":
        raise ConfigurationError(f"[idp.{name}] does not speak SAML", f"[idp.{name}] talar inte SAML", where=FILE)
    return settings.idps[name]
