"""metadata/trace.toml: how long each stage takes, and what is said in which case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from idptest import resources
from idptest.errors import RuleFileError
from idptest.model.rule import Words
from idptest.model.trace import ACTORS, ELSEWHERE, KNOWN, STAGES, TIMINGS, UNKNOWN, Delay
from idptest.toml_lines import Document, Table, parse

WHERE = "metadata/trace.toml"
GATEWAY, FIRST = "gateway", "first"
_RECEIVERS = ("federation", "fidus", "discovery", GATEWAY, FIRST)


@dataclass(frozen=True)
class Row:
    """What is said when every stage in `when` has one of the states beside it. `stage` "": it is not stuck."""

    name: str
    when: Mapping[str, tuple[str, ...]]
    stage: str
    actor: str
    waits: bool
    words: Words

    def fits(self, states: Mapping[str, str]) -> bool:
        """`states`: of each stage, and ELSEWHERE, one of KNOWN, or UNKNOWN."""
        return all(states.get(stage, UNKNOWN) in wanted for stage, wanted in self.when.items())


@dataclass(frozen=True)
class Sentences:
    delays: Mapping[str, Delay]
    timings: Mapping[str, Words]
    contacts: Mapping[str, Words]
    actors: Mapping[str, Words]
    rows: tuple[Row, ...]

    def row(self, states: Mapping[str, str]) -> Row:
        """The first that fits; a test holds that there is one for every combination."""
        return next(row for row in self.rows if row.fits(states))


@cache
def sentences() -> Sentences:
    """What ships with idptest."""
    return read(resources.text(resources.METADATA, "trace.toml"))


def read(text: str, where: str = WHERE) -> Sentences:
    """Raises RuleFileError with file and line."""
    file = Table(Document(text, where, RuleFileError), (), parse(text, where, error=RuleFileError))
    file.known("delay", "timing", "contact", "actor", "row")
    delays = file.named("delay")
    return Sentences(
        delays={name: _delay(name, delays[name]) for name in _RECEIVERS},
        timings={name: _words(table) for name, table in file.named("timing").items() if name in TIMINGS},
        contacts={name: _words(table) for name, table in file.named("contact").items()},
        actors={name: _words(table) for name, table in file.named("actor").items()},
        rows=tuple(_row(table) for table in file.tables("row")),
    )


def _delay(name: str, table: Table) -> Delay:
    table.known("minutes", "source", "older", "older_source")
    older = table.integer("older", 0, 0, 10_000) or None
    return Delay(name, table.integer("minutes", 0, 1, 10_000), table.needed("source"), older, table.string("older_source"))


def _words(table: Table) -> Words:
    return Words(table.needed("en"), table.needed("sv"))


def _row(table: Table) -> Row:
    table.known("name", "when", "stage", "actor", "waits", "en", "sv")
    when = table.table("when")
    if when is None:
        table.refuse(None, '"when" is missing', '"when" saknas')
    when.known(*STAGES, ELSEWHERE)
    wanted = {stage: when.strings(stage) or () for stage in when.values}
    for stage, states in wanted.items():
        for state in states:
            when.one_of(state, (*KNOWN, UNKNOWN), stage, "unknown state", "okänt läge")
    place = table.values.get("stage")
    if place not in ("", *STAGES):
        table.bad("stage", "must be a stage, or empty", "ska vara ett led, eller tom")
    return Row(table.needed("name"), wanted, str(place), table.choice("actor", ACTORS), table.boolean("waits"), _words(table))
