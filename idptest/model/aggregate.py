"""A federation's feed as read: who is in it, until when it is valid, and whether it is what the federation signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from idptest.model.rule import Words

# What can be wrong with a feed.
UNREADABLE = "unreadable"  # no XML, or XML that we do not read
NOT_METADATA = "not-metadata"
NO_CERTIFICATE = "no-certificate"  # none was pinned, or it cannot be read
UNSIGNED = "unsigned"
MALFORMED = "malformed"  # the signature covers something else than the whole feed, or something more
REFUSED = "refused"  # signed or digested with an algorithm that does not count
INVALID = "invalid"  # changed after signing, or signed with another key
NO_ENTITIES = "no-entities"
DUPLICATES = "duplicates"
NO_END = "no-end"
UNREADABLE_END = "unreadable-end"
EXPIRED = "expired"


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a feed: its kind, one of the words above, and a sentence."""

    kind: str
    words: Words


Localised = tuple[tuple[str, str], ...]  # (language, text); the language is "" where none is given


@dataclass(frozen=True)
class ListedEntity:
    """An entity in a feed. `roles` are "idp" and "sp"; `names` are mdui's, of any role; `organizations` what its organisation is called.

    `valid_until` is the earliest of its own end and those around it. `digest`: SHA-256, in hex, of its exclusive C14N without comments:
    it changes when the entity does, and not when the feed is laid out differently.
    """

    entity_id: str
    roles: tuple[str, ...]
    names: Localised
    organizations: Localised
    scopes: tuple[str, ...]
    registrar: str | None
    registered_at: datetime | None
    valid_until: datetime | None
    digest: str

    def name(self, lang: str) -> str:
        """What people call it: the name in that language, any name, the organisation's, the entityID."""
        for texts in (self.names, self.organizations):
            for _, text in sorted(texts, key=lambda each: each[0] != lang):
                if text:
                    return text
        return self.entity_id


@dataclass(frozen=True)
class Aggregate:
    """What a feed says. Unless `verified`, nobody answers for any of it.

    `valid_until`: the earliest end of the feed and of the groups in it. `duplicates`: the entityIDs that several entities bear.
    `publisher` and `published_at`, `registrar`: mdrpi's, of the whole.
    """

    verified: bool
    problems: tuple[Problem, ...]
    id: str | None = None
    name: str | None = None
    valid_until: datetime | None = None
    cache_duration: timedelta | None = None
    registrar: str | None = None
    publisher: str | None = None
    published_at: datetime | None = None
    signature_algorithm: str | None = None
    digest_algorithm: str | None = None
    entities: tuple[ListedEntity, ...] = ()
    duplicates: tuple[str, ...] = ()

    def has(self, *kinds: str) -> bool:
        """Is one of these wrong with it?"""
        return any(problem.kind in kinds for problem in self.problems)
