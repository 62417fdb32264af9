"""The nouns of a trace: the stages that metadata passes on its way from the IdP to where people choose it, and what each of them has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from idptest.model.inspection import Part
from idptest.model.rule import Words

IDP, UPLOADED, FEDERATION, FIDUS, DISCOVERY = STAGES = (
    "idp",
    "uploaded",
    "federation",
    "fidus",
    "discovery",
)  # in the order that metadata takes

# What a stage has. Of the last three nothing is known of the metadata: there was nothing to look at, it could not be reached, or not be trusted.
PRESENT, MISSING, STALE, NOT_CONFIGURED, UNREACHABLE, UNVERIFIED = STATES = (
    "present", "missing", "stale", "not-configured", "unreachable", "unverified",
)  # fmt: skip
KNOWN = (PRESENT, MISSING, STALE)
UNKNOWN = "unknown"
ELSEWHERE = "elsewhere"  # in the table of sentences: the feed of the other environment, beside the stages

YOU, OPERATOR, SKOLVERKET, NOBODY = ACTORS = ("you", "operator", "skolverket", "nobody")

# How long it has taken, beside what it normally takes: as usual; longer; nobody knows since when; or what we looked at is older than that.
WAITING, LATE, UNTIMED, TOO_OLD = TIMINGS = ("waiting", "late", "untimed", "too-old")


@dataclass(frozen=True)
class Listed:
    """An entry of a discovery service's list: what people read there, and which scopes it is found by. Empty: it says none."""

    entity_id: str
    titles: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trouble:
    """Why a stage could not be looked at. `state` is one of NOT_CONFIGURED, UNREACHABLE, UNVERIFIED; `words` what to do, or what is wrong."""

    state: str
    words: Words


@dataclass(frozen=True)
class Observation:
    """What a stage's source gave, as an adapter found it.

    `source`: the file, address or feed, as shown. `at`: when the source was so. `since`: it has been so at least since then, as far as
    is known; `from_start`: since the first look that was ever taken, and perhaps much longer. `registered_at`: when the
    federation took the IdP in, as the feed says (mdrpi:RegistrationInfo). `entity`: the IdP's descriptor; `listed`:
    its entry in a discovery service's list; neither of them: the source lacks it.
    `nearest`: the entityID there that is most like the one asked for. `remark`: what else the reader should know of the source.
    """

    source: str | None = None
    at: datetime | None = None
    since: datetime | None = None
    from_start: bool = False
    registered_at: datetime | None = None
    entity: bytes | None = None
    listed: Listed | None = None
    trouble: Trouble | None = None
    nearest: str | None = None
    remark: Words | None = None


@dataclass(frozen=True)
class Stage(Part):
    """A stage, looked at. `version` is the start of a digest over the facts that matter; `lacks` says how it differs from the newest.

    `compared`: there was a newest version to compare with. The rest is as in Observation.
    """

    name: str
    state: str
    source: str | None = None
    at: datetime | None = None
    since: datetime | None = None
    from_start: bool = False
    registered_at: datetime | None = None
    version: str | None = None
    compared: bool = False
    lacks: Words | None = None
    trouble: Words | None = None
    nearest: str | None = None
    remark: Words | None = None

    @property
    def known(self) -> bool:
        return self.state in KNOWN


class IdpItself(Stage):
    """What the IdP publishes at its own address. Stale: it says of itself that it has ended."""


class UploadedFile(Stage):
    """The file that was given to the federation."""


class FederationFeed(Stage):
    """The federation's signed feed."""


class FidusFeed(Stage):
    """Fidus' signed feed, which Skolverket's gateway reads."""


class DiscoveryService(Stage):
    """The list that people choose their IdP from."""


CLASSES: Mapping[str, type[Stage]] = dict(zip(STAGES, (IdpItself, UploadedFile, FederationFeed, FidusFeed, DiscoveryService), strict=True))


@dataclass(frozen=True)
class Elsewhere(Part):
    """The feed of the other environment. `there`: the IdP is in it; None: it is not known, `trouble` says why."""

    feed: str
    environment: str
    there: bool | None
    trouble: Words | None = None


@dataclass(frozen=True)
class Delay:
    """How long it takes from an upload until a receiver has it, in minutes. `older`: what was said earlier."""

    receiver: str
    minutes: int
    source: str
    older: int | None = None
    older_source: str | None = None


@dataclass(frozen=True)
class Trace(Part):
    """Where one IdP's metadata is.

    `stuck`: the stage that it has not passed; None when it has passed all, or nothing is known. `row`: the name of the row of the table
    that says so; `actor`: who has to act; `sentence`: what to do. `timing`: one of TIMINGS, None where no time is waited for; `due`: when
    it is there normally. `gateway_due`: when Skolverket's gateway has read it, None when nobody knows.
    `others`: the feeds of the other environment. `uploaded`: when, as the user says.
    """

    entity_id: str
    environment: str
    now: datetime
    stages: tuple[Stage, ...]
    stuck: str | None
    row: str
    actor: str
    sentence: Words
    timing: str | None = None
    due: datetime | None = None
    gateway_due: datetime | None = None
    delays: Mapping[str, Delay] = field(default_factory=dict)
    others: tuple[Elsewhere, ...] = ()
    uploaded: datetime | None = None

    def stage(self, name: str) -> Stage:
        return next(stage for stage in self.stages if stage.name == name)
