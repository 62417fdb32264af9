"""What came, for a reader: attributes or claims, levels, times, certificates or keys. Values that identify a person are masked as everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from idptest import catalogue
from idptest.model.flow import ARRIVED
from idptest.model.login import Login
from idptest.model.oidc import VALID
from idptest.model.report import LoginReport
from idptest.model.rule import Personal
from idptest.model.saml import Attribute, Instant, Response, Unreadable
from idptest.reporters.findings import asked, sentence
from idptest.reporters.reader import Reader
from idptest.reporters.words import said, shortened, word
from idptest.reporters.words_html import counted, named, of, say, span
from idptest.saml.bindings import POST

_VALUES = 20  # of one attribute
_ATTRIBUTES = 100


@dataclass(frozen=True)
class AttributeRow:
    """`sent_as` is the Name in the answer where that differs; `more` says how many values are left out."""

    name: str
    meaning: str
    sent_as: str | None
    values: tuple[str, ...]
    more: int = 0


@dataclass(frozen=True)
class Received:
    """`called` is what a row is about: an attribute, a claim. `trouble` says why there are no rows."""

    called: str
    rows: tuple[AttributeRow, ...]
    more: int
    masked: bool
    trouble: str | None


def attributes(report: LoginReport, reader: Reader) -> Received:
    assertion, protocol = report.login.assertion, report.target.protocol
    called = say(of("attribute", protocol), reader.lang)
    if assertion is None:
        return Received(called, (), 0, False, say(of("no-assertion", protocol), reader.lang))
    rows = [_attribute(attribute, report, reader) for attribute in assertion.attributes[:_ATTRIBUTES]]
    if name_id := assertion.name_id:
        form = (name_id.format or say("no-format", reader.lang)).rpartition(":")[2]
        name, meaning = ("sub", "") if report.login.oidc else ("NameID", f" ({form})")
        rows.insert(0, AttributeRow(name, say(of("name-id", protocol), reader.lang) + meaning, None, (_value(name_id.value, reader),)))
    trouble = None if assertion.attributes else say(of("no-attributes", protocol), reader.lang)
    return Received(called, tuple(rows), len(assertion.attributes) - _ATTRIBUTES, not reader.show, trouble)


def _attribute(attribute: Attribute, report: LoginReport, reader: Reader) -> AttributeRow:
    name = report.login.name(attribute)
    entry = catalogue.attributes().entry(name)
    meaning = entry.meaning.text(reader.lang) if entry else say("unknown-attribute", reader.lang)
    return AttributeRow(
        name,
        meaning,
        attribute.name if attribute.name != name else None,
        tuple(_value(value.text, reader) for value in attribute.values[:_VALUES]),
        max(0, len(attribute.values) - _VALUES),
    )


def _value(text: str, reader: Reader) -> str:
    return said(Personal(text), reader.lang, reader.show)


@dataclass(frozen=True)
class LevelRow:
    uri: str
    meaning: str
    answered: bool


@dataclass(frozen=True)
class Levels:
    """`asked` is None when the capture does not tell; `how` says how the answer is to be compared with the list."""

    asked: tuple[LevelRow, ...] | None
    shortly: str
    how: str
    ways: tuple[str, ...]
    answered: LevelRow | None
    factors: str
    stops: bool


def levels(report: LoginReport, reader: Reader) -> Levels:
    login, lang = report.login, reader.lang
    got = login.authn_context.value if login.authn_context else None
    rows = tuple(LevelRow(uri, _meaning(uri, lang), uri == got) for uri in login.sent.contexts) if login.told("contexts") else None
    how = say("one-of-these", lang) if login.sent.comparison == "exact" else say("compared", lang, how=login.sent.comparison)
    factors = ", ".join(named("factor", factor, lang) for factor in login.flow.factors)
    answered = LevelRow(shortened(got), _meaning(got, lang), True) if got is not None else None
    fits = not rows or any(row.answered for row in rows)
    return Levels(rows, asked(login.sent.contexts, lang), how, tuple(_ways(login, lang)), answered, factors, got is not None and not fits)


def _ways(login: Login, lang: str) -> Iterator[str]:
    """How it was asked, where Skolverket's gateway would not, and that a new login was demanded, as it does."""
    for there, key in ((login.sent.force_authn, "new-login"), (login.sent.signed, "signed"), (login.sent.binding == POST, "by-post")):
        if there:
            yield sentence(word(key, lang))


def _meaning(uri: str, lang: str) -> str:
    known, nearest = catalogue.assurance().value(uri), catalogue.assurance().nearest(uri)
    if known:
        return known.meaning.text(lang)
    unknown = say("unknown-level", lang)
    return f"{unknown}; {say('nearest-level', lang, uri=nearest.uri)}" if nearest else unknown


@dataclass(frozen=True)
class TimeRow:
    what: str
    when: str
    beside: str


def times(report: LoginReport, reader: Reader) -> tuple[TimeRow, ...]:
    """In order of time; what cannot be read comes last."""
    login = report.login
    found: list[tuple[str, Instant]] = []
    if login.told("issued_at"):
        found.append(("time-asked", login.sent.issued_at))
    if login.assertion:
        found += [("time-authn", statement.instant) for statement in login.assertion.authn_statements]
        found += [
            ("time-issued", login.assertion.issue_instant),
            ("time-from", login.assertion.not_before),
            ("time-until", login.assertion.not_on_or_after),
        ]
    if login.told("captured_at") and login.flow.ended.how == ARRIVED:
        found.append(("time-got", login.now))
    found = [(of(key, report.target.protocol), when) for key, when in found]
    there = [(key, when) for key, when in found if isinstance(when, datetime)]
    rows = [_time(key, when, login.now, reader) for key, when in sorted(there, key=lambda row: row[1])]
    return tuple(rows) + tuple(
        TimeRow(say(key, reader.lang), say("unreadable", reader.lang, text=when.text), "")
        for key, when in found
        if isinstance(when, Unreadable)
    )


def _time(key: str, when: datetime, now: datetime, reader: Reader) -> TimeRow:
    length = span(when - now, reader.lang)
    if int(abs(when - now).total_seconds()) == 0:
        beside = say("same-time", reader.lang)
    else:
        beside = say("before" if when < now else "after", reader.lang, span=length)
    return TimeRow(say(key, reader.lang), reader.clock(when, now), beside)


@dataclass(frozen=True)
class CertificateRow:
    number: int
    key: str
    lasts: str
    left: str
    worry: bool
    signed: bool


def certificates(report: LoginReport, reader: Reader) -> tuple[CertificateRow, ...]:
    """The signing certificates of the metadata; those that no longer hold, or not for 90 days more, are a worry."""
    login, lang = report.login, reader.lang
    signatures = login.response.signatures if isinstance(login.response, Response) else ()
    used = {signature.key for signature in signatures if signature.state == "valid"}
    rows = []
    for number, found in enumerate(login.metadata.signing, 1):
        key = " ".join(str(part) for part in (found.algorithm, found.bits) if part)
        if found.not_before is None or found.not_after is None:
            rows.append(CertificateRow(number, key or "–", found.problem.text(lang) if found.problem else "–", "–", True, number in used))
            continue
        lasts = f"{reader.day(found.not_before)} – {reader.day(found.not_after)}"
        if found.not_after <= login.now:
            left = say("ended", lang, span=span(login.now - found.not_after, lang))
        elif found.not_before > login.now:
            left = say("not-begun", lang, span=span(found.not_before - login.now, lang))
        else:
            left = counted((found.not_after - login.now).days, "day", lang)
        worry = found.not_before > login.now or (found.not_after - login.now).days < 90
        rows.append(CertificateRow(number, key, lasts, left, worry, number in used))
    return tuple(rows)


@dataclass(frozen=True)
class KeyRow:
    """`used` when the ID Token names it."""

    kid: str
    kind: str
    used: bool


def keys(report: LoginReport, reader: Reader) -> tuple[KeyRow, ...]:
    """What jwks_uri showed; nothing of SAML, or where it could not be read."""
    part = report.login.oidc
    if part is None or part.keys is None:
        return ()
    used = part.id_token.header.get("kid") if part.id_token and part.id_token.state == VALID else None
    return tuple(
        KeyRow(
            shortened(key.kid) if key.kid else say("no-kid", reader.lang),
            " ".join(str(each) for each in (key.kind, key.bits) if each) or "–",
            key.kid is not None and key.kid == used,
        )
        for key in part.keys.keys[:_VALUES]
    )
