"""The nouns of federations' feeds: where one is, the last good copy of it, and since when an entity is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from idptest.model.rule import Words

ENVIRONMENTS = ("test", "production")
SAML, JWS = FORMATS = ("saml", "jws")
_LONGEST = timedelta(days=7)  # nobody who waits for a change is served by longer
UNSAID = timedelta(hours=1)  # how long a copy is new enough when the feed does not say


@dataclass(frozen=True)
class PublicKey:
    """An EC P-256 key as its owner publishes it (RFC 7517): coordinates in base64url."""

    kid: str
    x: str
    y: str


@dataclass(frozen=True)
class Feed:
    """A federation's feed. `format` is one of FORMATS: a signed EntitiesDescriptor, or a JWS of JSON as Moa has it.

    `url` is None where no address is published. `source` says where address and key are published, and when that was read; `remark` what
    is not known. Trusted is one key: `certificate`, a file; or the certificate whose SHA-256 fingerprint is `sha256` (64 hexadecimal
    digits); or `key`. `certificate_url` is where the federation publishes its certificate. `timeout` in seconds, `max_mb` in megabytes.
    """

    name: str
    format: str
    title: Words
    environment: str
    url: str | None = None
    source: str | None = None
    remark: Words | None = None
    certificate: str | None = None
    certificate_url: str | None = None
    sha256: str | None = None
    key: PublicKey | None = None
    ca_file: str | None = None
    proxy: str | None = None
    timeout: float = 30
    max_mb: int = 500


@dataclass(frozen=True)
class Copy:
    """The last copy of a feed that was verified: `path` is the file, `digest` the SHA-256 of its bytes, `key` that of what verified it.

    `fetched_at`: when the feed was last seen to hold just this; `changed_at`: when it first was. `entities`: how many.
    """

    feed: str
    path: str
    url: str
    digest: str
    key: str
    fetched_at: datetime
    changed_at: datetime
    valid_until: datetime | None
    cache_duration: timedelta | None
    entities: int
    etag: str | None = None
    last_modified: str | None = None

    def ended(self, now: datetime) -> bool:
        return self.valid_until is not None and self.valid_until <= now

    @property
    def fresh_until(self) -> datetime:
        """When the federation would have us ask again."""
        lasts = UNSAID if self.cache_duration is None else min(self.cache_duration, _LONGEST)
        return self.fetched_at + lasts

    def is_fresh(self, now: datetime) -> bool:
        """Whether the federation would have us use it without asking again."""
        return not self.ended(now) and self.fetched_at <= now < self.fresh_until


@dataclass(frozen=True)
class Seen:
    """One shape that an entity had in a feed: its digest, the fetch that first held it, and the one that no longer did (None: it is there).

    `from_start`: it was in the first copy that was ever fetched here, and so may be older than `since`.
    """

    digest: str
    since: datetime
    until: datetime | None
    from_start: bool


@dataclass(frozen=True)
class Changes:
    """What a new copy has that the one before had not: entityIDs."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
