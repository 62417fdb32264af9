"""Cases of the way of metadata: all is well, and stuck at each stage in each way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from idptest import trace as tracing
from idptest.demo import way as demo
from idptest.model.inspection import Inspection
from idptest.model.trace import NOT_CONFIGURED, Elsewhere
from tests.inspections import Case
from tests.trace.states import NOW, at, traced

TRIAL = (Elsewhere("skolfederation-trial", "test", True),)
HERE = (Elsewhere("skolfederation-trial", "test", False),)


@dataclass(frozen=True)
class Way:
    """States by letter, in the order of the stages; and the rules that fail."""

    letters: str
    fails: tuple[str, ...] = ()
    others: tuple[Elsewhere, ...] = HERE
    uploaded: datetime | None = None


WAITS = "metadata-comes-through-in-the-usual-time"
WAYS = {
    "all is well": Way("PPPPP", uploaded=at(5)),
    "nobody knows it": Way("MMMMM", ("idp-shows-its-metadata",)),
    "another entityID at the IdP": Way("MPPPP", ("idp-shows-its-metadata",)),
    "the IdP's metadata has ended": Way("SPPPP", ("what-the-idp-shows-has-not-ended",)),
    "another file uploaded": Way("PMMMM", ("uploaded-file-holds-the-idp",)),
    "a new key, not uploaded": Way("PSSSP", ("uploaded-file-is-the-newest-version",)),
    "not published": Way("PPMMM", ("idp-is-in-the-federations-feed",)),
    "taken out of the federation": Way("PPMPP", ("idp-is-in-the-federations-feed",)),
    "the federation has the old": Way("PPSSP", ("federations-feed-has-the-newest-version", WAITS), uploaded=at(6)),
    "not in Fidus": Way("PPPMM", ("idp-is-in-fidus-feed", WAITS), uploaded=at(5)),
    "in the list before Fidus": Way("PPPMP", ("idp-is-in-fidus-feed", WAITS), uploaded=at(5)),
    "Fidus has the old": Way("PPPSP", ("fidus-feed-has-the-newest-version", WAITS), uploaded=at(5)),
    "not in the list": Way("PPPPM", ("discovery-service-lists-the-idp", WAITS), uploaded=at(5)),
    "in the list as it was": Way("PPPPS", ("discovery-service-lists-the-idp-as-it-is", WAITS), uploaded=at(5)),
    "in Trial too": Way("PPPPP", ("environments-are-not-mixed",), TRIAL, at(5)),
    "in Trial instead": Way(
        "PPMMM",
        ("environments-are-not-mixed", "idp-is-in-the-federations-feed"),
        TRIAL,
    ),
}


def inspection(way: Way, trouble: str = NOT_CONFIGURED) -> Inspection:
    return tracing.inspection(traced(way.letters, trouble, way.uploaded, way.others))


def cases() -> Iterator[Case]:
    for name, way in WAYS.items():
        yield Case(name, inspection(way), tuple(f"trace/{rule}" for rule in way.fails))
    for known in demo.DEFECTS:
        yield Case(f"demo: {known.name}", tracing.inspection(demo.traced(known, NOW)), known.fails)
