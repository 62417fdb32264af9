"""Whatever the sources gave, and whenever: a sentence, a report, and no crash."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as some

from idptest import trace as tracing
from idptest.demo.metadata import ENTITY_ID
from idptest.model.rule import Verdict, Words
from idptest.model.trace import NOT_CONFIGURED, STAGES, UNREACHABLE, UNVERIFIED, Elsewhere, Listed, Observation, Trouble
from idptest.reporters import text
from idptest.validator import inspect
from tests.feed_server import feed
from tests.trace.states import ENDED, NEW, NOW, OLD, document

DOCUMENTS = (
    *(document(published) for published in (NEW, OLD, ENDED, replace(NEW, key=None), replace(NEW, scopes=("{actual}", "\x85{0}")))),
    *(feed(), b"", b"<", b"<html/>", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', b"{}", b"\xff\xfe"),
)
_texts = some.text(max_size=40) | some.sampled_from(["{entity_id}", "{", "%s", "\x1b[2J", ENTITY_ID])
_moments = some.none() | some.integers(-100_000, 100_000).map(lambda minutes: NOW + timedelta(minutes=minutes))
_words = some.builds(Words, _texts, _texts)
_observations = some.builds(
    Observation,
    source=some.none() | _texts,
    at=_moments,
    since=_moments,
    from_start=some.booleans(),
    registered_at=_moments,
    entity=some.none() | some.sampled_from(DOCUMENTS),
    listed=some.none() | some.builds(Listed, _texts, some.tuples(_texts), some.tuples(_texts)),
    trouble=some.none() | some.builds(Trouble, some.sampled_from([NOT_CONFIGURED, UNREACHABLE, UNVERIFIED]), _words),
    nearest=some.none() | _texts,
    remark=some.none() | _words,
)
_others = some.tuples(some.builds(Elsewhere, _texts, some.just("test"), some.sampled_from([True, False, None]), some.none() | _words))


@settings(deadline=None)
@given(_texts, some.dictionaries(some.sampled_from(STAGES), _observations), _moments, _others)
def test_it_never_raises(entity_id: str, seen: dict[str, Observation], uploaded: object, others: tuple[Elsewhere, ...]) -> None:
    found = tracing.trace(entity_id, "production", seen, NOW, uploaded, others)  # type: ignore[arg-type]
    report = inspect(tracing.inspection(found))
    assert not list(report.having(Verdict.CRASHED))
    for lang in ("sv", "en"):
        shown = text.render([report], [text.Style(lang, verbose=True)])
        assert found.sentence.text(lang) and "\x1b" not in shown
