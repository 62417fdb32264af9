"""Observations: what stays of a login, what kind of change two of them show, and that nothing an IdP sends can break them."""

from __future__ import annotations

import uuid
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures import record
from fixtures.histories import KEY, compared, scenarios
from idptest import catalogue
from idptest.identifiers import objectguid
from idptest.model.flow_file import loads
from idptest.model.history import KINDS, Identifier
from idptest.model.history_file import NotReadable, dump, dump_baseline, load, load_baseline
from idptest.model.inspection import Part
from idptest.observe import identify, observe, rekeyed
from idptest.validator import judge
from tests.exempelstad import flow

GUID = uuid.UUID("fc79e369-18a3-40c4-aa33-d92057bfff65")
SCOPE = "exempelstad.se"


def changes(was: str, now: str) -> tuple[str, ...]:
    return identify(now, KEY, False).changes_from(identify(was, KEY, False))


@pytest.mark.parametrize("form", [form for form in objectguid.forms(GUID) if not form.endswith("-reversed")])
def test_the_same_guid_in_another_form_is_known_again(form: str) -> None:
    found = changes(f"{GUID}@{SCOPE}", f"{objectguid.forms(GUID)[form]}@{SCOPE}")
    assert found == {"canonical": (), "upper": ("eppn-case",)}.get(form, ("eppn-encoding",))


@given(st.uuids(version=4))
def test_so_it_is_for_every_guid_and_never_taken_for_another(guid: uuid.UUID) -> None:
    assert changes(f"{guid}@{SCOPE}", f"{objectguid.forms(guid)['base64-ad']}@{SCOPE}") == ("eppn-encoding",)
    assert changes(f"{objectguid.forms(guid)['braces']}@{SCOPE}", f"{guid}@{SCOPE}") == ("eppn-encoding",)
    assert changes(f"{guid}@{SCOPE}", f"{objectguid.forms(guid)['byte-order-mistake']}@{SCOPE}") == ("eppn-encoding",)
    if guid != GUID:
        assert changes(f"{GUID}@{SCOPE}", f"{guid}@{SCOPE}") == ("eppn-guid",)


@pytest.mark.parametrize(
    ("was", "now", "kinds"),
    [
        (f"{GUID}@{SCOPE}", f"{GUID}@edu.{SCOPE}", ("eppn-scope",)),
        (f"{GUID}@{SCOPE}", f"{GUID}", ("eppn-scope",)),
        (f"{GUID}@{SCOPE}", f"asa.ostrom@{SCOPE}", ("eppn-value",)),
        (f"asa@{SCOPE}", f"Asa@{SCOPE}", ("eppn-case",)),
        (f"asa@{SCOPE}", f"lova@{SCOPE}", ("eppn-value",)),
        (f"{GUID}@{SCOPE}", f"{objectguid.forms(GUID)['base64-ad']}@edu.{SCOPE}", ("eppn-scope", "eppn-encoding")),
        (f"aeN5/KMYxECqM9kgV7//ZQ==@{SCOPE}", f"aen5/kmyxecqm9kgv7//zq==@{SCOPE}", ("eppn-value",)),  # lower case destroys base64
        (f"[B@6d06d69c@{SCOPE}", f"[B@1b28cdfa@{SCOPE}", ("eppn-value",)),
        ("", f"x@{SCOPE}", ("eppn-scope", "eppn-value")),
    ],
)  # fmt: skip
def test_a_change_is_classified(was: str, now: str, kinds: tuple[str, ...]) -> None:
    assert changes(was, now) == kinds
    assert changes(was, was) == ()


@given(st.text(), st.text(), st.booleans())
def test_any_two_texts_are_compared(was: str, now: str, keep: bool) -> None:
    found = identify(now, KEY, keep).changes_from(identify(was, KEY, keep))
    assert set(found) <= set(KINDS)
    assert bool(found) is (was != now)


def test_every_kind_of_change_is_shown_by_a_history() -> None:
    shown = {kind for scenario in scenarios() for change in scenario.history().changes for kind in change.kinds}
    assert shown == set(KINDS)


def test_digests_say_nothing_without_the_key() -> None:
    one, other = identify("a@b.se", KEY, False), identify("a@b.se", b"another", False)
    for field in fields(Identifier):
        if field.name in ("exact", "folded", "local", "local_folded", "scope"):
            assert getattr(one, field.name) != getattr(other, field.name)
    assert one.value is None


def test_a_test_persons_observation_is_made_anew_by_another_key() -> None:
    seen = observe(judge(flow()), KEY)
    assert rekeyed(seen, KEY) == seen
    assert rekeyed(rekeyed(seen, b"another"), KEY) == seen
    real = replace(flow(), account=replace(flow().account, test_person=False))
    assert rekeyed(observe(judge(real), KEY), b"another") == observe(judge(real), KEY)


def test_every_recorded_login_is_observed_and_comes_back_from_its_row() -> None:
    seen = 0
    for path in (record.HERE / "flows").glob("*/flow*.json"):
        observation = observe(judge(loads(path.read_text(encoding="utf-8"))), KEY)
        assert load(dump(observation)) == observation, path.parent.name
        assert "\n" not in dump(observation)
        seen += 1
    assert seen > 100


def test_a_baseline_comes_back_from_its_file_but_for_what_the_key_makes() -> None:
    baseline = compared().baseline
    assert baseline is not None
    read = load_baseline(dump_baseline(baseline))
    assert replace(read, observations=tuple(rekeyed(seen, KEY) for seen in read.observations)) == baseline
    assert dump_baseline(read) == dump_baseline(baseline)
    assert not load_baseline(dump_baseline(baseline).replace('"elev"', '"x"').replace('"larare"', '"x"')).intact


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"at": 1}', '{"at": "x"}', "\ud800", '{"unknown": 1}', "[" * 100_000])
def test_what_is_no_observation_is_refused(text: str) -> None:
    with pytest.raises(NotReadable):
        load(text)


def test_rules_over_time_and_rules_about_a_login_are_all_the_rules_in_code() -> None:
    over_time = catalogue.rules_over_time()
    at_login = [rule for protocol in ("saml", "oidc") for rule in catalogue.rules_for((), protocol=protocol)]
    of_inspections = {rule.id for rule in catalogue.rules_in_code() if issubclass(rule.subject, Part)}
    assert {rule.id for rule in (*over_time, *at_login)} | of_inspections == {rule.id for rule in catalogue.rules_in_code()}
    assert not {rule.id for rule in over_time} & {rule.id for rule in at_login}
