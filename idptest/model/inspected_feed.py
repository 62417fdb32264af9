"""What rules judge of a federation's feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from idptest.model.aggregate import Aggregate, ListedEntity
from idptest.model.feed import Feed
from idptest.model.inspection import Part
from idptest.model.rule import Pointer, Words


@dataclass(frozen=True)
class SigningKey(Part):
    """What signs a feed. `sha256` is the fingerprint of its certificate, or of the key itself where it has none (RFC 7638).

    `subject`: the certificate's, or the key's kid; `bits` its size; `pem` its certificate.
    """

    sha256: str
    sha1: str | None
    subject: str
    algorithm: str
    bits: int | None
    not_before: datetime | None = None
    not_after: datetime | None = None
    pem: bytes | None = None


@dataclass(frozen=True)
class FeedFile(Part):
    """A feed's bytes. `unreadable` says why they are no metadata."""

    unreadable: Words | None


@dataclass(frozen=True)
class FeedContent(Part):
    """What a feed says. `key` is the one that is approved for it, `named` the one that its own signature names, and is nobody's word."""

    feed: Feed
    said: Aggregate
    key: SigningKey | None
    named: SigningKey | None

    def why(self, *kinds: str) -> Words | None:
        """The reader's words for the first of these that is wrong with it; None when none is."""
        return next((problem.words for problem in self.said.problems if problem.kind in kinds), None)


@dataclass(frozen=True)
class FeedForm(Part):
    """Whether a SAML feed is as the schema has it: where it first departs from it, and the schema processor's words."""

    fault: tuple[Pointer, str] | None


@dataclass(frozen=True)
class Wanted(Part):
    """An entity that somebody here needs to be in the feed: `role` is "idp" or "sp", `environment` that which it is meant for.

    `listed` is what the feed has under its entityID.
    """

    entity_id: str
    role: str
    environment: str
    feed: Feed
    listed: tuple[ListedEntity, ...]
