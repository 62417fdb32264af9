"""Our metadata as this workspace would write it, and what the federation holds of us."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from idptest import catalogue
from idptest.adapters import keys, store
from idptest.adapters.feeds import Feeds
from idptest.adapters.http_client import HttpClient
from idptest.adapters.sources import content
from idptest.errors import ConfigurationError
from idptest.login.urls import is_loopback
from idptest.model.inspection import InspectionReport
from idptest.model.registration import PRODUCTION, Registered
from idptest.model.settings import Settings
from idptest.model.sp import SpMetadata
from idptest.registration import RULESET, SAID_BY_ITEMS, own_inspection, registered_inspection, service_provider
from idptest.saml.metadata_sp import read_sp, sp_bytes
from idptest.saml.sp_metadata import to_xml
from idptest.validator import inspect

_DNP = "dnp"  # what idptest is for: an SP that nobody logs in to yet asks for what Skolverket does


def own_metadata(folder: Path, settings: Settings) -> bytes:
    """Our metadata, of the keys and settings of this workspace. Raises ConfigurationError or InputError."""
    rulesets = [name for account in settings.accounts.values() for name in account.rulesets] or [_DNP]
    wanted = catalogue.wanted(rulesets, dict(store.own_rulesets(folder, rulesets)))
    certificates, encryption = (keys.certificates(folder, name) for name in keys.OWNERS)
    return to_xml(service_provider(settings, certificates, encryption, wanted, catalogue.attributes()))


def judged(xml: bytes, settings: Settings, environment: str | None, at: datetime) -> InspectionReport:
    """Our metadata by the rules for an SP, and for production by Skolfederation's. `environment` None: for an IdP alone."""
    inspection = own_inspection(xml, at, settings.sp, environment)
    report = inspect(inspection, [RULESET] if environment == PRODUCTION else [], settings.waivers)
    return replace(report, findings=tuple(found for found in report.findings if found.rule.id not in SAID_BY_ITEMS))


def compared(xml: bytes, folder: Path, source: str, settings: Settings, at: datetime) -> InspectionReport:
    """Our metadata beside what a feed, a file or an address on the web holds of us. Raises ConfigurationError or InputError."""
    ours = read_sp(xml)
    theirs = _held(ours.entity_id, folder, source)
    return inspect(registered_inspection(Registered(ours, theirs, source), at), waivers=settings.waivers)


def _held(entity_id: str, folder: Path, source: str) -> SpMetadata | None:
    if "://" in source and not source.startswith("https://") and not is_loopback(source):
        raise ConfigurationError("must be an https address", "ska vara en https-adress", where=source)
    if any(sign in source for sign in "/\\."):  # no feed's name has them
        data = sp_bytes(content(source, Path(), HttpClient()), entity_id, source)
        return read_sp(data) if data else None
    feeds = Feeds(folder)
    copy = feeds.copy(feeds.feed(source).name)
    if copy is None:
        raise ConfigurationError(
            f"nothing has been fetched from {source} yet: idptest metadata fetch {source}",
            f"ingenting är hämtat från {source} ännu: idptest metadata fetch {source}",
            where=source,
        )
    data = feeds.entity(source, entity_id)
    theirs = read_sp(data) if data else None
    # What is cut out of a feed ends when the feed does (SAMLMeta 2.3.1).
    return replace(theirs, valid_until=copy.valid_until) if theirs and theirs.valid_until is None else theirs
