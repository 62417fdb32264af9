"""The table of states and sentences: every combination, from real metadata to the sentence, in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from idptest import trace as tracing
from idptest.demo.metadata import Published
from idptest.errors import RuleFileError
from idptest.model.rule import Words
from idptest.model.trace import (
    ELSEWHERE,
    FEDERATION,
    FIDUS,
    IDP,
    MISSING,
    NOBODY,
    NOT_CONFIGURED,
    PRESENT,
    STAGES,
    STALE,
    UNKNOWN,
    UNREACHABLE,
    UNVERIFIED,
    UPLOADED,
    Elsewhere,
    Observation,
    Trace,
)
from idptest.trace import table
from idptest.validator import inspect
from tests.trace.states import ENDED, LETTERS, NEW, NOW, at, document, traced

TROUBLES = (NOT_CONFIGURED, UNREACHABLE, UNVERIFIED)
GRID: Mapping[str, str] = dict(line.split() for line in (Path(__file__).parent / "table.txt").read_text(encoding="utf-8").splitlines())


def possible(letters: Sequence[str]) -> bool:
    """The first stage that has a version has the newest: only the IdP itself can be outdated by itself, and a list needs something to differ from."""
    first = next((letter for letter in letters[:4] if letter in "PS"), None)
    return first == "P" or (letters[0] == "S") or (first is None and letters[4] != "S")


EVERY = ["".join(letters) for letters in product("PMS", repeat=5)]
SAMPLED = ["".join(letters) for letters in product("PMS?", repeat=5) if "?" in letters]


def test_the_file_has_every_combination_once() -> None:
    assert list(GRID) == EVERY


@pytest.mark.parametrize("letters", EVERY)
def test_every_combination_gives_the_tables_sentence(letters: str) -> None:
    states = {stage: LETTERS[letter] for stage, letter in zip(STAGES, letters, strict=True)}
    row = table.sentences().row(states)
    assert row.name == GRID[letters]
    if not possible(letters):
        return
    found = traced(letters)
    assert {stage.name: stage.state for stage in found.stages} == states
    assert (found.row, found.stuck or "") == (row.name, row.stage)
    for lang in ("sv", "en"):
        said, start = found.sentence.text(lang), row.words.text(lang).partition("{")[0].strip()
        assert said.startswith(start)
        assert "{" not in said and "  " not in said and not said.endswith(" ")


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("letters", [letters for letters in SAMPLED if possible(letters)][::7])
def test_what_could_not_be_looked_at_is_not_taken_for_missing(letters: str, trouble: str) -> None:
    found = traced(letters, trouble)
    for stage, letter in zip(found.stages, letters, strict=True):
        assert stage.state == (trouble if letter == "?" else LETTERS[letter])
    assert found.stuck is None or letters[STAGES.index(found.stuck)] in "MS"
    report = inspect(tracing.inspection(found))
    assert trouble == NOT_CONFIGURED or not report.complete


@pytest.mark.parametrize("letters", [letters for letters in (*EVERY, *SAMPLED) if possible(letters)])
def test_it_is_stuck_where_metadata_is_not_and_somebody_acts(letters: str) -> None:
    found = traced(letters)
    if found.stuck is not None:
        assert letters[STAGES.index(found.stuck)] in "MS"
        assert found.actor != NOBODY
    elif letters.count("?") == 0:
        assert letters[3:] == "PP" and letters[0] == "P"


@pytest.mark.parametrize("letters", [letters for letters in EVERY if possible(letters)])
def test_the_other_environment_matters_only_to_what_is_missing_in_this_one(letters: str) -> None:
    there = Elsewhere("skolfederation-trial", "test", True)
    found, without = traced(letters, others=(there,)), traced(letters)
    if letters[0] == "P" and letters[2:4] == "MM":
        assert found.row == "in-the-wrong-environment" and "skolfederation-trial" in found.sentence.sv
    else:
        assert found.row == without.row
    assert traced(letters, others=(replace(there, there=False),)).row == without.row


def test_every_row_is_the_one_somewhere() -> None:
    rows = table.sentences().rows
    found = {
        table.sentences().row({stage: LETTERS[letter] for stage, letter in zip(STAGES, letters, strict=True)} | {ELSEWHERE: other}).name
        for letters in (*EVERY, *SAMPLED)
        for other in (PRESENT, MISSING, UNKNOWN)
    }
    assert found == {row.name for row in rows}
    assert len({row.name for row in rows}) == len(rows)


def texts() -> Iterator[tuple[str, Words]]:
    found = table.sentences()
    yield from ((row.name, row.words) for row in found.rows)
    yield from found.timings.items()
    yield from found.contacts.items()
    yield from found.actors.items()


@pytest.mark.parametrize(("name", "words"), list(texts()), ids=lambda each: each if isinstance(each, str) else "")
def test_a_sentence_is_there_in_both_languages(name: str, words: Words) -> None:
    assert words.en.strip() == words.en != words.sv == words.sv.strip() or name == "skolverket"
    assert words.en.count("{") == words.sv.count("{")


def test_delays_are_dated_and_grow_along_the_way() -> None:
    delays = table.sentences().delays
    assert all("(read 20" in delay.source and (delay.older is None) == (delay.older_source is None) for delay in delays.values())
    assert [delays[name].minutes for name in ("federation", "fidus", "discovery", "gateway")] == [15, 75, 90, 105]
    assert (delays["discovery"].older, delays["gateway"].older) == (30, 90)


@pytest.mark.parametrize(
    ("was", "becomes", "line"),
    [
        ('stage = "fidus"', 'stage = "fidos"', "must be a stage"),
        ('fidus = ["missing"]', 'fidus = ["mising"]', 'did you mean "missing"'),
        ('actor = "skolverket"', 'actor = "skolan"', "unknown actor"),
        ("waits = true", "wait = true", 'did you mean "waits"'),
    ],
)
def test_a_mistake_in_the_table_is_refused_with_its_line(was: str, becomes: str, line: str) -> None:
    from idptest import resources

    text = resources.text(resources.METADATA, "trace.toml")
    with pytest.raises(RuleFileError, match="metadata/trace.toml:[0-9]+: .*" + line):
        table.read(text.replace(was, becomes, 1))


# --- time


@pytest.mark.parametrize(
    ("letters", "uploaded", "timing", "says"),
    [
        ("PPPMM", at(7), "waiting", "vänta till 08:15"),
        ("PPPMM", at(6), "late", "klart 07:15: hör av dig till Skolverket"),
        ("PPPPM", at(6, 30), "waiting", "vänta till 08:00"),
        ("PPSSP", at(7, 40), "waiting", "vänta till 07:55"),
        ("PPSSP", at(7), "late", "klart 07:15: hör av dig till federationens operatör"),
        ("PPMMM", at(7), "waiting", "vänta till 2026-11-21 07:00"),  # eight working hours, from a Friday: not Saturday
        ("PPMMM", None, "untimed", "8 arbetstimmar från uppladdningen; ange när"),
        ("PPPSP", None, "untimed", "1 h 15 min från uppladdningen; ange när den gjordes med --uploaded"),
        ("PSSSP", at(7), None, "Ladda upp det den publicerar nu"),
    ],
)
def test_how_long_it_takes_is_said(letters: str, uploaded: datetime | None, timing: str | None, says: str) -> None:
    found = traced(letters, uploaded=uploaded)
    assert found.timing == timing
    assert says.replace("2026-11-21", "2026-11-23") in found.sentence.sv
    assert found.actor == (
        NOBODY if timing == "waiting" else table.sentences().row({stage.name: stage.state for stage in found.stages}).actor
    )


def test_a_change_that_was_seen_in_a_feed_counts_before_what_somebody_says() -> None:
    changed = Observation(source="feed", at=NOW, since=at(7, 30), entity=document(NEW))
    assert traced("PPPMM", uploaded=at(5), federation=changed).due == at(8, 30)
    first_look = replace(changed, from_start=True)
    assert traced("PPPMM", uploaded=at(5), federation=first_look).due == at(6, 15)
    assert traced("PPPMM", federation=first_look).due == at(8, 30)


def test_who_was_taken_in_after_the_upload_has_its_time_from_then() -> None:
    taken_in = Observation(source="feed", at=NOW, entity=document(NEW), registered_at=at(7))
    assert traced("PPPMM", uploaded=at(5), federation=taken_in).due == at(8, 15)
    assert traced("PPPMM", federation=taken_in).due == at(8, 15)
    assert traced("PPPSP", federation=taken_in).due is None  # a change long after that tells nothing of when
    assert traced("PPPSP", uploaded=at(7, 30), federation=taken_in).due == at(8, 45)


def test_an_old_copy_does_not_make_anybody_late() -> None:
    old = Observation(source="fidus", at=at(7), nearest=None)
    found = traced("PPPMM", uploaded=at(6), fidus=old)
    assert found.timing == "too-old"
    assert "är från 07:00" in found.sentence.sv


def test_the_gateway_is_later_than_the_list() -> None:
    assert traced("PPPPP", uploaded=at(6)).gateway_due == at(7, 45)
    changed = Observation(source="fidus", at=NOW, since=at(7, 30), entity=document(NEW))
    assert traced("PPPPP", fidus=changed).gateway_due == at(8)


@pytest.mark.parametrize(
    ("start", "end"), [((20, 7), (23, 7)), ((21, 15), (24, 8)), ((22, 6), (24, 8)), ((23, 16), (24, 16)), ((19, 9), (20, 9))]
)
def test_eight_working_hours_are_a_working_day(start: tuple[int, int], end: tuple[int, int]) -> None:
    from idptest.trace.timing import working_day_after

    assert working_day_after(at(start[1], day=start[0])) == at(end[1], day=end[0])


# --- what is the same version


SAME = {
    "validUntil": replace(NEW, valid_until=NOW + timedelta(days=3)),
    "contacts": replace(NEW, contacts=()),
    "names": replace(NEW, shown=(("DisplayName", "sv", "Ett annat namn"),)),
    "error address": replace(NEW, error_url=None),
    "algorithms": replace(NEW, algorithms=()),
    "order of scopes": replace(NEW, scopes=NEW.scopes[::-1]),
    "levels that a federation added": replace(NEW, levels=(*NEW.levels, "http://www.swamid.se/policy/assurance/al1")),
    "its own signature": replace(NEW, signed=True),
}
OTHER = {
    "key": (replace(NEW, key="other"), "saknar signeringsnyckeln"),
    "one more key": (replace(NEW, more_keys=("other",)), "har kvar signeringsnyckeln"),
    "scope": (replace(NEW, scopes=NEW.scopes[:1]), "saknar scope edu.exempelstad.se"),
    "place of scopes": (replace(NEW, scope_place="entity"), "saknar scope"),
    "address": (replace(NEW, sso="https://gammal.exempelstad.se/sso"), "har kvar adressen SingleSignOnService HTTP-POST https://gammal"),
    "e-leg": (replace(NEW, e_leg=None), "saknar entitetsattributet https://fidus.skolverket.se/authentication/e-leg"),
    "a level": (replace(NEW, levels=NEW.levels[:1]), "saknar entitetsattributet http://id.swedenconnect.se"),
    "signed requests": (replace(NEW, wants_signed_requests=True), "har kvar önskemålet WantAuthnRequestsSigned"),
}


def federation_has(published: Published, **more: Observation) -> Trace:
    return traced("PP?P?", federation=Observation(source="feed", at=NOW, entity=document(published)), **more)


@pytest.mark.parametrize("what", SAME)
def test_what_federations_change_makes_no_other_version(what: str) -> None:
    assert federation_has(SAME[what]).stage(FEDERATION).state == PRESENT


@pytest.mark.parametrize("what", OTHER)
def test_what_logins_stand_on_makes_another_version_and_is_told(what: str) -> None:
    published, says = OTHER[what]
    stage = federation_has(published).stage(FEDERATION)
    assert stage.state == STALE
    assert stage.lacks is not None and says in stage.lacks.sv
    assert stage.version != federation_has(NEW).stage(IDP).version


def test_the_declaration_of_e_leg_is_the_idps_own() -> None:
    without = Observation(entity=document(replace(NEW, e_leg=None)))
    assert traced("PPPPP", idp=without).stage(UPLOADED).lacks == Words(
        "still has the entity attribute https://fidus.skolverket.se/authentication/e-leg",
        "har kvar entitetsattributet https://fidus.skolverket.se/authentication/e-leg",
    )


def test_a_feed_whose_entry_has_ended_is_stale() -> None:
    assert federation_has(ENDED).stage(FEDERATION).lacks == Words("has ended (validUntil)", "har gått ut (validUntil)")


def test_metadata_that_cannot_be_read_is_unverified_not_missing() -> None:
    found = traced("PPPPP", fidus=Observation(entity=b"<html/>"))
    assert found.stage(FIDUS).state == UNVERIFIED
