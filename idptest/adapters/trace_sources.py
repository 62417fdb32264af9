"""What each stage that metadata passes gives right now: the IdP's address, the uploaded file, the feeds, the discovery service's list."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from idptest.adapters.feed_index import FeedIndex
from idptest.adapters.feeds import Feeds, Fetched
from idptest.adapters.http_client import HttpClient
from idptest.adapters.sources import content, idp_metadata
from idptest.adapters.targets import client_of
from idptest.errors import ConfigurationError, InputError
from idptest.model.feed import Copy
from idptest.model.inspection import Inspection
from idptest.model.rule import Level, Words
from idptest.model.settings import IdpSettings, Settings, TraceSettings
from idptest.model.trace import (
    DISCOVERY,
    FEDERATION,
    FIDUS,
    IDP,
    NOT_CONFIGURED,
    UNREACHABLE,
    UNVERIFIED,
    UPLOADED,
    Elsewhere,
    Observation,
    Trouble,
)
from idptest.saml import entities
from idptest.trace import discovery, inspection, trace
from idptest.trace.timing import at

_PRODUCTION, _TEST = "production", "test"
_FEDERATIONS = {_PRODUCTION: "skolfederation", _TEST: "skolfederation-trial"}


@dataclass(frozen=True)
class Target:
    """Whose metadata, and where it is looked for. `idp` is the table of idptest.toml; None: the entityID stands in no table."""

    entity_id: str
    environment: str
    where: TraceSettings
    idp: IdpSettings | None = None


def targets(settings: Settings, folder: Path, entity_id: str | None, name: str | None, environment: str | None) -> list[Target]:
    """The IdP asked for, or all that speak SAML. Raises ConfigurationError and InputError."""
    saml = [idp for idp in settings.idps.values() if idp.protocol == "saml"]
    if name is not None:
        if name not in {idp.name for idp in saml}:
            raise _no_such_idp(name, settings)
        saml = [settings.idps[name]]
    if entity_id is None:
        if not saml:
            raise ConfigurationError(
                "there is no IdP that speaks SAML in the file: give the entityID",
                "det finns ingen IdP som talar SAML i filen: ange entityID",
                where="idptest.toml",
            )
        return [_target(_entity_id(idp, folder), idp, settings, environment) for idp in saml]
    if name is not None:
        return [_target(entity_id, saml[0], settings, environment)]
    return [_target(entity_id, _known_as(entity_id, saml, folder), settings, environment)]


def _target(entity_id: str, idp: IdpSettings | None, settings: Settings, environment: str | None) -> Target:
    chosen = environment or (idp.environment if idp else _PRODUCTION)
    where = idp.trace if idp else settings.trace
    if environment:
        where = _only_of(environment, where, settings)
    federation = _FEDERATIONS[chosen]
    if idp:
        source = idp.metadata.location
        if source in settings.feeds:
            federation = source
        elif "://" in source and where.own is None:
            where = replace(where, own=source)
    other = _FEDERATIONS[_TEST if chosen == _PRODUCTION else _PRODUCTION]
    fidus = where.fidus or ("fidus" if chosen == _PRODUCTION else None)
    return Target(
        entity_id, chosen, replace(where, federation=where.federation or federation, fidus=fidus, other=where.other or other), idp
    )


def _only_of(environment: str, where: TraceSettings, settings: Settings) -> TraceSettings:
    """Without the feeds of another environment: what is asked for goes before what is written."""

    def fits(name: str | None, wanted: bool) -> str | None:
        feed = settings.feeds.get(name or "")
        return name if feed is None or (feed.environment == environment) is wanted else None

    return replace(where, federation=fits(where.federation, True), fidus=fits(where.fidus, True), other=fits(where.other, False))


def _its_entity_id(idp: IdpSettings, folder: Path) -> str:
    """Raises InputError."""
    return idp.metadata.entity_id or idp_metadata(idp, folder, client_of(idp, folder))[0]


def _entity_id(idp: IdpSettings, folder: Path) -> str:
    try:
        return _its_entity_id(idp, folder)
    except InputError as problem:
        raise InputError(
            f"{problem.words.en}. To look at the other stages give the entityID: idptest metadata trace ENTITYID --idp {idp.name}",
            f"{problem.words.sv}. Ange entityID för att granska de andra leden: idptest metadata trace ENTITYID --idp {idp.name}",
            where=problem.where,
        ) from None


def _known_as(entity_id: str, idps: Iterable[IdpSettings], folder: Path) -> IdpSettings | None:
    """The table of that IdP; or the only one whose metadata cannot be read now."""
    silent = []
    for idp in idps:
        try:
            if _its_entity_id(idp, folder) == entity_id:
                return idp
        except InputError:
            silent.append(idp)
    return silent[0] if len(silent) == 1 else None


def _no_such_idp(name: str, settings: Settings) -> ConfigurationError:
    from idptest.toml_lines import did_you_mean

    if name in settings.idps:
        return ConfigurationError(
            f"[idp.{name}] does not speak SAML: it is in no federation's feed",
            f"[idp.{name}] talar inte SAML: den finns inte i någon federations flöde",
            where="idptest.toml",
        )
    near = did_you_mean(name, settings.idps)
    return ConfigurationError(f"there is no [idp.{name}]{near[0]}", f"det finns inget [idp.{name}]{near[1]}", where="idptest.toml")


@dataclass
class Sources:
    """Looks at every stage. `say` is told what is being looked at. Feeds are asked once in a run, however many IdPs are traced."""

    folder: Path
    settings: Settings
    now: datetime
    say: Callable[[str], None] = lambda _: None
    _fetched: dict[str, tuple[Copy | None, Trouble | None, Words | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.feeds = Feeds(self.folder, self.settings.feeds)

    def inspection(self, target: Target, uploaded: datetime | None = None) -> Inspection:
        """All that was seen, for rules to judge. `uploaded`: when, as the user says. Raises ConfigurationError."""
        seen, others = self.observations(target), self.others(target)
        found = trace(target.entity_id, target.environment, seen, self.now, uploaded, others)
        return inspection(found, target.idp.product if target.idp else None)

    def observations(self, target: Target) -> dict[str, Observation]:
        """By stage. Raises ConfigurationError for what is wrong in idptest.toml; what a peer does is in the observations."""
        where, client = target.where, client_of(target.idp, self.folder) if target.idp else HttpClient()
        return {
            IDP: self._metadata(where.own, target, client, _NO_ADDRESS),
            UPLOADED: self._metadata(where.uploaded, target, client, _NO_FILE),
            FEDERATION: self._feed(where.federation, target, _NO_FIDUS),
            FIDUS: self._feed(where.fidus, target, _NO_FIDUS),
            DISCOVERY: self._list(where.discovery, target, client),
        }

    def others(self, target: Target) -> tuple[Elsewhere, ...]:
        """The IdP in the feed of the other environment."""
        other = target.where.other
        if other is None or other == target.where.federation:
            return ()
        environment = _TEST if target.environment == _PRODUCTION else _PRODUCTION
        copy, trouble, _ = self._copy(other, force=False)
        if copy is None:
            return (Elsewhere(other, environment, None, trouble.words if trouble else None),)
        return (Elsewhere(other, environment, bool(self.feeds.entities(other, target.entity_id))),)

    def _metadata(self, location: str | None, target: Target, client: HttpClient, absent: Words) -> Observation:
        """From an address or a file."""
        if location is None:
            return Observation(trouble=Trouble(NOT_CONFIGURED, absent))
        seen = Observation(source=location, at=self.now)
        self.say(location)
        try:
            data = content(location, self.folder, client)
        except InputError as problem:
            return replace(seen, trouble=Trouble(UNREACHABLE, problem.words))
        try:
            idps = {found.entity_id: found for found in entities.entities(data, location) if entities.IDP in found.roles}
        except InputError as problem:
            return replace(seen, trouble=Trouble(UNVERIFIED, problem.words))
        found = idps.get(target.entity_id)
        if found is None:
            return replace(seen, nearest=next(iter(idps)) if len(idps) == 1 else _nearest(target.entity_id, idps))
        return replace(seen, entity=found.document)

    def _feed(self, name: str | None, target: Target, absent: Words) -> Observation:
        if name is None:
            return Observation(trouble=Trouble(NOT_CONFIGURED, absent))
        copy, trouble, remark = self._copy(name)
        if copy is None:
            return Observation(source=name, trouble=trouble)
        try:
            return self._in_copy(Observation(source=f"{name}, {copy.url}", at=copy.fetched_at, remark=remark), name, copy, target.entity_id)
        except InputError as problem:
            return Observation(source=name, trouble=Trouble(UNVERIFIED, problem.words))

    def _in_copy(self, seen: Observation, name: str, copy: Copy, entity_id: str) -> Observation:
        found = self.feeds.entities(name, entity_id)
        if not any("idp" in each.roles for each in found):
            if found:
                return replace(seen, remark=_NO_IDP)
            with FeedIndex(Path(copy.path), copy.digest) as index:
                near = _alike(entity_id, index.entity_ids())
                nearest = next((each for each in near if "idp" in index.entities(each)[0].roles), None)
            return replace(seen, nearest=nearest, remark=_and(seen.remark, self._gone(name, entity_id)))
        last = next((shape for shape in reversed(self.feeds.history(name, entity_id)) if shape.until is None), None)
        return replace(
            seen,
            entity=self.feeds.entity(name, entity_id),
            since=last.since if last else None,
            from_start=last.from_start if last else False,
            registered_at=found[0].registered_at,
        )

    def _gone(self, name: str, entity_id: str) -> Words | None:
        """When a feed last had what it lacks now."""
        until = max((shape.until for shape in self.feeds.history(name, entity_id) if shape.until), default=None)
        return Words(f"was there until {at(until, self.now)}", f"fanns där till {at(until, self.now)}") if until else None

    def _copy(self, name: str, force: bool = True) -> tuple[Copy | None, Trouble | None, Words | None]:
        """A copy that may be used, as new as can be had; or why there is none. With a copy, the remark says what is wrong with the newest.

        `force`: a copy that the federation would have us use for some time yet is not new enough.
        """
        if name not in self._fetched:
            self._fetched[name] = self._newest_copy(name, force)
        return self._fetched[name]

    def _newest_copy(self, name: str, force: bool) -> tuple[Copy | None, Trouble | None, Words | None]:
        feed = self.feeds.feed(name)
        if feed.url is None:
            return None, Trouble(NOT_CONFIGURED, _no_feed_address(name)), None
        if self.feeds.approved(feed) is None:
            return None, Trouble(NOT_CONFIGURED, _no_key(name)), None
        self.say(feed.url)
        fetched = self.feeds.fetch(feed, self.feeds.client(feed), self.now, force=force)
        copy, why = fetched.copy, _why(fetched)
        if copy is None:
            return None, Trouble(UNVERIFIED if fetched.report else UNREACHABLE, why or Words("there is none", "det finns inget")), None
        if copy.ended(self.now):
            end = at(copy.valid_until, self.now) if copy.valid_until else ""
            words = Words(f"the last good copy ended {end}", f"den senaste godkända kopian gick ut {end}")
            return None, Trouble(UNVERIFIED, _and(why, words) or words), None
        if why is None:
            return copy, None, None
        when = at(copy.fetched_at, self.now)
        return copy, None, _and(why, Words(f"so the copy from {when} was looked at", f"så kopian från {when} granskades"))

    def _list(self, location: str | None, target: Target, client: HttpClient) -> Observation:
        if location is None:
            return Observation(trouble=Trouble(NOT_CONFIGURED, _NO_LIST))
        seen = Observation(source=location, at=self.now)
        self.say(location)
        try:
            entries = discovery.read(content(location, self.folder, client, _THE_LIST))
        except InputError as problem:
            return replace(seen, trouble=Trouble(UNREACHABLE, problem.words))
        except discovery.NotAList as problem:
            return replace(seen, trouble=Trouble(UNVERIFIED, problem.words))
        found = entries.get(target.entity_id)
        return replace(seen, listed=found, nearest=None if found else _nearest(target.entity_id, entries))


def _why(fetched: Fetched) -> Words | None:
    """In one line why there is no newer copy; None when there is."""
    if fetched.report is None:
        return fetched.trouble
    rules = ", ".join(finding.rule.id for finding in fetched.report.failures(Level.MUST)[:2])
    name = fetched.report.inspection.name
    return Words(f"refused ({rules}); more: idptest metadata fetch {name}", f"underkänt ({rules}); mer: idptest metadata fetch {name}")


def _and(first: Words | None, then: Words | None) -> Words | None:
    return Words(f"{first.en}; {then.en}", f"{first.sv}; {then.sv}") if first and then else first or then


def _nearest(entity_id: str, known: Iterable[str]) -> str | None:
    return next(iter(_alike(entity_id, known)), None)


def _alike(entity_id: str, known: Iterable[str]) -> list[str]:
    """A few, the most alike first."""
    return difflib.get_close_matches(entity_id, list(known), 5, 0.8)


_NO_ADDRESS = Words(
    'own = "https://…" below [idp.NAME.trace] in idptest.toml says where the IdP shows its metadata',
    'ange var IdP:n visar sin metadata: own = "https://…" under [idp.NAMN.trace] i idptest.toml',
)
_NO_FILE = Words(
    'uploaded = "FILE" below [idp.NAME.trace] says which file was uploaded',
    'ange vilken fil som laddats upp: uploaded = "FIL" under [idp.NAMN.trace]',
)
_NO_FIDUS = Words(
    'the address of the Fidus feed for tests is not published; fidus = "FEED" below [trace] names one',
    'adressen till Fidus flöde för test är inte publicerad; ange ett med fidus = "FLÖDE" under [trace]',
)
_NO_LIST = Words(
    'the address of the list is not published: look yourself at https://ds.fidus.skolverket.se/ds/, or write discovery = "https://…" below [trace]',
    'listans adress är inte publicerad: titta själv på https://ds.fidus.skolverket.se/ds/, eller ange discovery = "https://…" under [trace]',
)
_THE_LIST = Words("the list", "listan")
_NO_IDP = Words("the entityID is there, but as no IdP", "entityID finns där, men inte som IdP")


def _no_feed_address(name: str) -> Words:
    return Words(
        f'its address is not published: ask the federation, and write url = "https://…" below [feed.{name}]',
        f'adressen är inte publicerad: fråga federationen, och ange url = "https://…" under [feed.{name}]',
    )


def _no_key(name: str) -> Words:
    return Words(
        f"no signing key is approved yet: idptest metadata fetch {name}",
        f"ingen signeringsnyckel är godkänd än: idptest metadata fetch {name}",
    )
