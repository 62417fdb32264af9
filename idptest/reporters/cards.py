"""What to do, for a reader: a card for each finding, with what was found, the change to make, why, and where it is seen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from idptest.model.report import Finding, Report
from idptest.model.rule import Evidence, Pointer, Value
from idptest.products import Fix, fix
from idptest.reporters.alike import Alike, Key, key
from idptest.reporters.change import remarks
from idptest.reporters.findings import WaiverLine, groups, ought, place, sentence, waiver_line
from idptest.reporters.reader import Reader
from idptest.reporters.words import pieces, said

_LONG = 1000  # characters of one value; a peer may send a megabyte
_LISTED = 4


@dataclass(frozen=True)
class Place:
    """Where something is seen: in words, and the anchor on this page, if it has one."""

    text: str
    anchor: str | None
    path: str


@dataclass(frozen=True)
class Seen:
    """A piece of evidence. `was` is what was found; it and `expected`, called `label`, are shown when they are there; values beyond a few are counted."""

    at: Place | None
    was: tuple[str, ...]
    was_more: int
    expected: tuple[str, ...]
    expected_more: int
    label: str


@dataclass(frozen=True)
class Change:
    """What to do. `snippet` is lines, shown as they stand; `source` is of what is more than the rule's own words."""

    words: str
    product: str | None
    snippet: tuple[str, ...]
    source: tuple[tuple[str | None, str], ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """One finding for a reader.

    `like` is the number of an earlier finding of the same rule, `as_under` of one that the same change mends, `above` of the same for
    several accounts, at the top of the page. `accounts`: there, how many and which.
    """

    number: int
    rule: str
    level: str
    wrong: tuple[tuple[bool, str], ...]
    title: str
    why: str
    change: Change
    source: tuple[tuple[str | None, str], ...]
    evidence: tuple[Seen, ...]
    waiver: WaiverLine | None
    like: int | None
    as_under: int | None
    above: int | None = None
    accounts: tuple[str, ...] = ()


def numbered(report: Report) -> tuple[tuple[int, Finding], ...]:
    return tuple(enumerate((finding for _, group in groups(report) for finding in group), 1))


def cards(report: Report, reader: Reader) -> tuple[Card, ...]:
    first: dict[str | Fix, int] = {}
    made = []
    for number, finding in numbered(report):
        above = reader.shared.get(key(report, finding))
        made.append(replace(_card(number, finding, first, report, reader), above=above.number if above else None))
    return tuple(made)


def shared(found: Mapping[Key, Alike], reader: Reader) -> tuple[Card, ...]:
    """What several accounts have alike, each once; only the example's own values are shown, if they may be."""
    first: dict[str | Fix, int] = {}
    made = []
    for each in found.values():
        its = replace(reader, show=reader.show or each.report.target.test_person)
        card = _card(each.number, each.finding, first, each.report, its)
        made.append(replace(card, accounts=(each.count(reader.lang), each.names(reader.lang, every=True))))
    return tuple(made)


def _card(number: int, finding: Finding, first: dict[str | Fix, int], report: Report, reader: Reader) -> Card:
    """`first` has the number under which each rule, and each change of a product's own, came first; what is new is added."""
    lang, text = reader.lang, finding.rule.text(reader.lang)
    change = fix(finding.rule, report.target.product, report.target.protocol)
    like = first.setdefault(finding.rule.id, number)
    as_under = first.setdefault(change, number) if change.product else number
    wrong = [(value, cut(piece)) for value, piece in pieces(finding.message, finding.evidence, lang, reader.show)] or [(False, text.title)]
    if not wrong[0][0]:
        wrong[0] = (False, sentence(wrong[0][1]))
    return Card(
        number=number,
        rule=finding.rule.id,
        level=finding.rule.level.value,
        wrong=tuple(wrong),
        title=text.title,
        why=text.why,
        change=Change(
            change.words.text(lang),
            change.product,
            tuple((change.snippet or "").splitlines()),
            linked(change.source or ""),
            remarks(change, lang),
        ),
        source=linked(finding.rule.source),
        evidence=tuple(_seen(evidence, finding, reader) for evidence in finding.evidence if evidence.at or evidence.actual is not None),
        waiver=waiver_line(finding.rule.id, finding.waiver, lang) if finding.waiver else None,
        like=like if like != number else None,
        as_under=as_under if as_under != number else None,
    )


def _seen(evidence: Evidence, finding: Finding, reader: Reader) -> Seen:
    was, expected = _listed(evidence.actual, reader), _listed(evidence.expected, reader)
    return Seen(
        _place(evidence.at, finding, reader) if evidence.at else None,
        was[:_LISTED],
        len(was) - _LISTED,
        expected[:_LISTED],
        len(expected) - _LISTED,
        ought(finding, reader.lang),
    )


def _listed(value: Value, reader: Reader) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(cut(said(item, reader.lang, reader.show)) for item in (value if isinstance(value, tuple) else (value,)))


def _place(at: Pointer, finding: Finding, reader: Reader) -> Place:
    anchors = {"exchange": f"{reader.place}-step-{at.number}", "metadata": f"{reader.place}-certificates"}
    return Place(
        place(at, reader.lang, finding.rule.protocol), anchors.get(at.document) if at.document in reader.anchors else None, at.path
    )


def linked(source: str) -> tuple[tuple[str | None, str], ...]:
    """A rule's source in pieces; what begins with https:// is an address to follow. Only our rules have sources, and the user's own."""
    found = re.split(r"(https://[^\s<>\"'\\]*[^\s<>\"'\\.,;)])", source)
    return tuple((piece if number % 2 else None, piece) for number, piece in enumerate(found) if piece)


def cut(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]}… ({len(text)})"
