"""A feed's bytes → what rules judge of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from idptest import moa
from idptest.feed_words import ROLES, grouped, lasting, roles
from idptest.model import aggregate as wrong
from idptest.model.aggregate import Aggregate, ListedEntity
from idptest.model.feed import JWS, SAML, Feed
from idptest.model.inspected_feed import FeedContent, FeedFile, FeedForm, SigningKey, Wanted
from idptest.model.inspection import FEED, Fact, Inspection
from idptest.model.rule import Words
from idptest.saml import aggregate, schema

Keep = Callable[[ListedEntity, bytes], None]
UNREADABLE = "feed/is-metadata"


def read(feed: Feed, data: bytes, key: SigningKey | None, now: datetime, keep: Keep | None = None) -> Aggregate:
    """What the feed says, verified with the approved key and no other. Never raises."""
    if feed.format == JWS:
        return moa.read(data, feed.key, now, keep)
    return aggregate.read(data, key.pem if key else None, now, keep)


def inspection(
    feed: Feed, data: bytes, said: Aggregate, key: SigningKey | None, now: datetime, wanted: Sequence[Wanted] = (), form: bool = False
) -> Inspection:
    """What rules are applied to. `wanted` are entities that should be in it; `form`: the schema is asked too, which takes time."""
    unreadable = next((problem.words for problem in said.problems if problem.kind in (wrong.UNREADABLE, wrong.NOT_METADATA)), None)
    named = named_key(feed, data)
    content = () if unreadable else (FeedContent(feed, said, key, named),)
    subjects: dict[type, tuple[object, ...]] = {FeedFile: (FeedFile(unreadable),), FeedContent: content}
    if key is not None:
        subjects[SigningKey] = (key,)
    if wanted:
        subjects[Wanted] = () if unreadable else tuple(wanted)
    if form and feed.format == SAML:
        subjects[FeedForm] = () if unreadable else (FeedForm(schema.metadata_fault(data)),)
    blockers: dict[type, str] = dict.fromkeys((FeedContent, Wanted, FeedForm), UNREADABLE)
    return Inspection(FEED, feed.name, now, subjects, tuple(_facts(feed, data, said, key, named)), blockers)


def listed(said: Aggregate, entity_id: str) -> tuple[ListedEntity, ...]:
    return tuple(entity for entity in said.entities if entity.entity_id == entity_id)


def named_key(feed: Feed, data: bytes) -> SigningKey | None:
    """The key that the feed's own signature names. To be shown and compared, never trusted by itself."""
    pem = aggregate.signing_certificate(data) if feed.format == SAML else None
    return certificate_key(pem) if pem else None


def published_key(feed: Feed) -> SigningKey | None:
    """The key that stands in metadata/feeds.toml or idptest.toml."""
    return SigningKey(moa.thumbprint(feed.key), None, f"kid {feed.key.kid}", "EC", 256) if feed.key else None


def certificate_key(data: bytes) -> SigningKey | None:
    """A certificate's, in PEM or DER; None when it is none that can be read."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        certificate = x509.load_pem_x509_certificate(data) if b"-----BEGIN" in data else x509.load_der_x509_certificate(data)
        public = certificate.public_key()
        return SigningKey(
            sha256=certificate.fingerprint(hashes.SHA256()).hex(),
            sha1=certificate.fingerprint(hashes.SHA1()).hex(),  # noqa: S303 - the operator confirms by SHA-1; nothing here trusts it
            subject=certificate.subject.rfc4514_string()[:200],
            algorithm="RSA" if isinstance(public, rsa.RSAPublicKey) else "EC" if isinstance(public, ec.EllipticCurvePublicKey) else "?",
            bits=getattr(public, "key_size", None),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            pem=certificate.public_bytes(Encoding.PEM),
        )
    except Exception:  # cryptography and its backend raise many kinds for a broken certificate
        return None


def _facts(feed: Feed, data: bytes, said: Aggregate, key: SigningKey | None, named: SigningKey | None) -> list[Fact]:
    facts = [Fact(Words("Address", "Adress"), feed.url)] if feed.url else []
    facts.append(Fact(Words("Size", "Storlek"), f"{len(data) / 1e6:.1f} MB" if len(data) >= 1e5 else f"{len(data)} byte"))
    if said.name:
        facts.append(Fact(Words("Name", "Namn"), said.name))
    if said.entities:
        facts.append(Fact(Words("Entities", "Entiteter"), len(said.entities)))
        facts += [Fact(ROLES[role][1], count) for role, count in roles(said.entities)]
    if said.published_at:
        facts.append(Fact(Words("Published", "Publicerat"), _minute(said.published_at)))
    if said.valid_until:
        facts.append(Fact(Words("Valid until", "Gäller till"), _minute(said.valid_until)))
    if said.cache_duration is not None:
        facts.append(Fact(Words("A copy is fresh for", "En kopia är färsk i"), lasting(said.cache_duration)))
    for which, label in ((key, Words("Approved key", "Godkänd nyckel")), (named, Words("Key in its signature", "Nyckel i dess signatur"))):
        if which and (which is key or key is None or which.sha256 != key.sha256):
            facts.append(Fact(label, which.subject))
            facts.append(Fact(_SHA_256, grouped(which.sha256)))
            facts += [Fact(_SHA_1, grouped(which.sha1))] if which.sha1 else []
            facts += [Fact(Words("It ends", "Det går ut"), f"{which.not_after:%Y-%m-%d}")] if which.not_after else []
    return facts


_SHA_256, _SHA_1 = Words("SHA-256", "SHA-256"), Words("SHA-1", "SHA-1")


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
