"""From what each source gave to the state of each stage: who has the newest version, an older one, or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from idptest.errors import InputError
from idptest.model.rule import Words
from idptest.model.saml import IdpMetadata
from idptest.model.trace import (
    CLASSES,
    DISCOVERY,
    MISSING,
    NOT_CONFIGURED,
    PRESENT,
    STAGES,
    STALE,
    UNVERIFIED,
    UPLOADED,
    Listed,
    Observation,
    Stage,
    Trouble,
)
from idptest.saml.metadata import read_idp
from idptest.trace.version import lacks, same, version

_ENDED = Words("has ended (validUntil)", "har gått ut (validUntil)")
_NOT_GIVEN = Observation(trouble=Trouble(NOT_CONFIGURED, Words("no source is given", "ingen källa är angiven")))


def stages(observations: Mapping[str, Observation], now: datetime) -> tuple[Stage, ...]:
    """Every stage in order. The newest version is that of the first stage that has one: what the IdP shows, else what was uploaded …"""
    seen = {name: observations.get(name, _NOT_GIVEN) for name in STAGES}
    read = {name: _read(seen[name]) for name in STAGES}
    first, newest = next(((name, facts) for name, facts in read.items() if isinstance(facts, IdpMetadata)), (None, None))
    return tuple(
        replace(_stage(name, seen[name], read[name], newest, now), compared=newest is not None and name != first) for name in STAGES
    )


def _read(observation: Observation) -> IdpMetadata | Words | None:
    """The facts; or why they cannot be read; or None when there is nothing."""
    if observation.trouble or observation.entity is None:
        return None
    try:
        return read_idp(observation.entity)
    except InputError as problem:
        return problem.words


def _stage(name: str, seen: Observation, found: IdpMetadata | Words | None, newest: IdpMetadata | None, now: datetime) -> Stage:
    stage = CLASSES[name](
        name, MISSING, seen.source, seen.at, seen.since, seen.from_start, seen.registered_at, nearest=seen.nearest, remark=seen.remark
    )
    if seen.trouble:
        return replace(stage, state=seen.trouble.state, trouble=seen.trouble.words)
    if isinstance(found, Words):
        return replace(stage, state=UNVERIFIED, trouble=found)
    if name == DISCOVERY:
        return _listed(stage, seen.listed, newest)
    if found is None or newest is None:
        return stage
    its = version(found)
    stage = replace(stage, state=PRESENT, version=its.digest)
    if name != UPLOADED and isinstance(found.valid_until, datetime) and found.valid_until <= now:
        return replace(stage, state=STALE, lacks=_ENDED)
    if not same(version(newest), its):
        return replace(stage, state=STALE, lacks=lacks(version(newest), its))
    return stage


def _listed(stage: Stage, entry: Listed | None, newest: IdpMetadata | None) -> Stage:
    """A list tells the name and perhaps the scopes, and nothing else of a version."""
    if entry is None:
        return stage
    if newest is None:
        return replace(stage, state=PRESENT)
    wrong = list(_outdated(entry, newest))
    words = Words("; ".join(each.en for each in wrong), "; ".join(each.sv for each in wrong))
    return replace(stage, state=STALE if wrong else PRESENT, lacks=words if wrong else None)


def _outdated(entry: Listed, newest: IdpMetadata) -> Iterator[Words]:
    names = {
        _plain(shown.text) for shown in newest.shown if shown.element in ("DisplayName", "OrganizationDisplayName", "OrganizationName")
    }
    if entry.titles and names and not names & {_plain(title) for title in entry.titles}:
        title = entry.titles[0][:80]
        yield Words(f'it is called "{title}"', f'där heter den "{title}"')
    scopes = {scope.value for scope in newest.scopes}
    if entry.scopes and scopes and not any(scope.regexp for scope in newest.scopes):
        for missing in sorted(scopes - set(entry.scopes))[:3]:
            yield Words(f"the scope {missing} is missing", f"scope {missing} saknas")


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
