"""What is said of feeds in a terminal: where they are and what signs them, what a fetch brought, who was found."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from idptest.feed_words import counted, grouped, lasting
from idptest.model.aggregate import ListedEntity
from idptest.model.feed import Changes, Copy, Feed, Seen
from idptest.model.rule import Words

if TYPE_CHECKING:
    from idptest.model.inspected_feed import SigningKey

_INDENT = "  "
_SHOWN = 10
_COLUMN = 12
_LABELS = {
    "address": Words("Address", "Adress"),
    "key": Words("Key", "Nyckel"),
    "copy": Words("Copy", "Kopia"),
    "source": Words("Source", "Källa"),
    "note": Words("Note", "Att veta"),
    "subject": Words("Subject", "Innehavare"),
    "ends": Words("Ends", "Går ut"),
    "names": Words("Names", "Namn"),
    "scope": Words("Scope", "Scope"),
    "role": Words("Role", "Roll"),
    "registered": Words("Registered", "Registrerad"),
    "feed": Words("Feed", "Flöde"),
}
NOT_PUBLISHED = Words("not published", "inte publicerad")
NOT_APPROVED = Words("none approved yet", "ingen godkänd än")
NO_COPY = Words("none here", "ingen här")


def minute(moment: datetime) -> str:
    """In the time of this computer."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def _row(label: str, value: str, lang: str, width: int = 110) -> Iterator[str]:
    head = (_LABELS[label].text(lang) if label in _LABELS else label).ljust(_COLUMN)
    indent = _INDENT * 2 + " " * (_COLUMN + 1)
    yield from textwrap.wrap(
        value, width, initial_indent=f"{_INDENT * 2}{head} ", subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def key_rows(key: SigningKey, lang: str) -> Iterator[str]:
    """For comparing with what the federation says."""
    yield from _row("subject" if key.sha1 else "key", key.subject, lang)
    yield from _row("SHA-256", grouped(key.sha256), lang, 200)
    if key.sha1:
        yield from _row("SHA-1", grouped(key.sha1), lang, 200)
    if key.not_after:
        yield from _row("ends", f"{key.not_after:%Y-%m-%d}", lang)


def feed_rows(feed: Feed, key: SigningKey | None, copy: Copy | None, now: datetime, lang: str) -> Iterator[str]:
    """All that is known of a feed."""
    yield f"{_INDENT}{feed.name}  –  {feed.title.text(lang)}"
    yield from _row("address", feed.url or NOT_PUBLISHED.text(lang), lang)
    said = f"{key.subject} SHA-256 {grouped(key.sha256)}".strip() if key else NOT_APPROVED.text(lang)
    yield from _row("key", said, lang, 200)
    yield from _row("copy", copy_words(copy, now).text(lang) if copy else NO_COPY.text(lang), lang)
    if feed.remark:
        yield from _row("note", feed.remark.text(lang), lang)
    if feed.source:
        yield from _row("source", source_words(feed.source, lang), lang, 300)


def source_words(source: str, lang: str) -> str:
    """An address, and when it was read."""
    return source.replace("(read ", "(läst ") if lang == "sv" else source


def copy_words(copy: Copy, now: datetime) -> Words:
    """The last good copy, in few words."""
    en, sv = f"of {minute(copy.fetched_at)}, {copy.entities} entities", f"från {minute(copy.fetched_at)}, {copy.entities} entiteter"
    if copy.valid_until is None:
        return Words(en, sv)
    if copy.ended(now):
        return Words(f"{en}, ended {minute(copy.valid_until)}", f"{sv}, upphörde att gälla {minute(copy.valid_until)}")
    return Words(f"{en}, valid until {minute(copy.valid_until)}", f"{sv}, gäller till {minute(copy.valid_until)}")


def kept(copy: Copy | None, now: datetime) -> Words:
    """What is left when a feed was refused or not reached."""
    if copy is None:
        return Words("There is no earlier copy.", "Det finns ingen tidigare kopia.")
    words = copy_words(copy, now)
    return Words(f"The last good copy stays: {words.en}.", f"Den senaste goda kopian är kvar: {words.sv}.")


def fresh(copy: Copy, until: datetime) -> Words:
    return Words(
        f"the copy {_minutely(copy)} is fresh until {minute(until)}; nothing was fetched (--force fetches)",
        f"kopian {_minutely(copy, 'från')} är färsk till {minute(until)}; inget hämtades (--force hämtar ändå)",
    )


def _minutely(copy: Copy, word: str = "of") -> str:
    return f"{word} {minute(copy.fetched_at)}"


def unchanged(copy: Copy) -> Words:
    return Words(
        f"unchanged since {minute(copy.changed_at)}: {copy.entities} entities",
        f"oförändrat sedan {minute(copy.changed_at)}: {copy.entities} entiteter",
    )


def new(copy: Copy, entities: Sequence[ListedEntity]) -> Words:
    who = counted(entities)
    en, sv = who.en, who.sv
    if copy.valid_until:
        en, sv = f"{en}, valid until {minute(copy.valid_until)}", f"{sv}, gäller till {minute(copy.valid_until)}"
    if copy.cache_duration is not None:
        lasts = lasting(copy.cache_duration)
        en, sv = f"{en}, a copy is fresh for {lasts}", f"{sv}, en kopia är färsk i {lasts}"
    return Words(f"new: {en}", f"nytt: {sv}")


_CHANGED = (
    ("added", Words("new", "ny"), Words("new", "nya")),
    ("changed", Words("changed", "ändrad"), Words("changed", "ändrade")),
    ("removed", Words("removed", "borttagen"), Words("removed", "borttagna")),
)


def change_rows(changes: Changes, lang: str) -> Iterator[str]:
    """Who came, changed and left since the copy before."""
    for kind, one, several in _CHANGED:
        entity_ids: tuple[str, ...] = getattr(changes, kind)
        if entity_ids:
            count = len(entity_ids)
            yield from _row(f"{count} {(one if count == 1 else several).text(lang)}", entity_ids[0], lang, 300)
            for entity_id in entity_ids[1:_SHOWN]:
                yield from _row("", entity_id, lang, 300)
            if count > _SHOWN:
                yield from _row("", Words(f"and {count - _SHOWN} more", f"och {count - _SHOWN} till").text(lang), lang)


def entity_rows(entity: ListedEntity, feed: str, seen: Sequence[Seen], lang: str) -> Iterator[str]:
    """Somebody who was found."""
    yield f"{_INDENT}{entity.entity_id}"
    names = tuple(dict.fromkeys(text for _, text in (*entity.names, *entity.organizations) if text))
    if names:
        yield from _row("names", " · ".join(names), lang)
    if entity.scopes:
        yield from _row("scope", ", ".join(entity.scopes), lang)
    roles = [role.upper().replace("IDP", "IdP") if role in ("idp", "sp") else role for role in entity.roles]
    yield from _row("role", ", ".join(roles) or "–", lang)
    if entity.registered_at or entity.registrar:
        at = f"{entity.registered_at:%Y-%m-%d}" if entity.registered_at else ""
        yield from _row("registered", ", ".join(part for part in (at, entity.registrar) if part), lang)
    yield from _row("feed", f"{feed}{since(seen).text(lang)}", lang)


def since(seen: Sequence[Seen]) -> Words:
    """How long it has been as it is, as far as has been seen here."""
    if not seen or seen[-1].until is not None:
        return Words("", "")
    now = seen[-1]
    if now.from_start:
        return Words(f", there since before {minute(now.since)}", f", där sedan före {minute(now.since)}")
    if len(seen) > 1:
        return Words(f", as it is since {minute(now.since)}", f", som den är sedan {minute(now.since)}")
    return Words(f", there since {minute(now.since)}", f", där sedan {minute(now.since)}")
