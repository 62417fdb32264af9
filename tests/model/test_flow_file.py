"""A flow survives its file unchanged, and nothing but a flow is taken for one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idptest.model.flow import (
    ARRIVED,
    ENDINGS,
    AccountFacts,
    Ended,
    Exchange,
    Flow,
    HttpRequest,
    HttpResponse,
    IdpFacts,
    OidcPart,
    PageSummary,
    Sent,
    StockSp,
)
from idptest.model.flow_file import NotAFlow, dumps, loads
from idptest.model.rule import Waiver
from tests.exempelstad import flow

# --- any flow

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
maybe = st.none() | texts
many = st.lists(texts, max_size=3).map(tuple)
pairs = st.lists(st.tuples(texts, texts), max_size=3).map(tuple)
bodies = st.binary(max_size=40) | texts.map(str.encode) | st.just(b"\xff\xfe<\x00") | st.just(b"\x00\r\n\xc3\xa5")
moments = st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2900, 1, 1), timezones=st.just(UTC))

requests = st.builds(HttpRequest, texts, texts, pairs, st.none() | pairs)
responses = st.builds(HttpResponse, st.integers(100, 599), pairs, bodies, maybe)
exchanges = st.builds(Exchange, st.integers(1, 99), moments, requests, st.none() | responses, maybe)
pages = st.builds(PageSummary, texts, texts, many, many, many)
sent = st.builds(Sent, texts, moments, texts, texts, texts, maybe, many, texts, st.booleans())
idps = st.builds(IdpFacts, texts, texts, bodies, maybe, texts, st.booleans(), texts)
accounts = st.builds(
    AccountFacts,
    name=texts,
    role=st.sampled_from(["teacher", "pupil"]),
    username=maybe,
    test_person=st.booleans(),
    object_guid=st.none() | st.uuids().map(str),
    given_name=maybe,
    surname=maybe,
    provisioned_eppn=maybe,
    person=maybe,
    protected_identity=st.booleans(),
)


@st.composite
def flows(draw: Any) -> Flow:
    hops = tuple(draw(st.lists(exchanges, min_size=1, max_size=3)))
    number = st.none() | st.integers(1, len(hops))
    lists = dict.fromkeys(("scopes", "claims", "code_hashes", "access_token_hashes"), many)
    numbers = dict.fromkeys(("token", "keys", "user_info"), number)
    part = draw(
        st.none() | st.builds(OidcPart, nonce=texts, code_challenge=maybe, essential=st.booleans(), prompt=maybe, **lists, **numbers)
    )
    return Flow(
        protocol="oidc" if part else "saml",
        captured_at=draw(moments),
        sent=draw(sent),
        exchanges=hops,
        ended=Ended(draw(st.sampled_from(ENDINGS)), draw(st.integers(1, len(hops))), draw(maybe), draw(maybe), draw(st.none() | pages)),
        idp=draw(idps),
        account=draw(accounts),
        rulesets=draw(many),
        factors=draw(many),
        waivers=draw(st.lists(st.builds(Waiver, texts, texts, texts), max_size=2).map(tuple)),
        own_rulesets=draw(st.dictionaries(texts, texts, max_size=2)),
        stock_sp=draw(st.none() | st.builds(StockSp, texts, st.booleans(), maybe)),
        seen_before=draw(st.booleans()),
        id=draw(maybe),
        recorded_by=draw(st.dictionaries(texts, texts, max_size=2)),
        oidc=part,
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(flows())
def test_a_flow_survives_its_file(one: Flow) -> None:
    text = dumps(one)
    assert loads(text) == one
    assert loads(text.encode().decode("utf-8-sig")) == one
    assert dumps(loads(text)) == text, "the same bytes for the same flow"


def test_a_real_flow_survives_its_file() -> None:
    assert loads(dumps(flow())) == flow()


def test_times_are_in_utc_whatever_zone_they_came_in() -> None:
    stockholm = timezone(timedelta(hours=1))
    there = replace(flow(), captured_at=flow().captured_at.astimezone(stockholm))
    assert dumps(there) == dumps(flow())
    assert loads(dumps(there)).captured_at.tzinfo is UTC


# --- no flow


def test_a_file_that_is_cut_anywhere_is_no_flow() -> None:
    text = dumps(flow())
    cuts = [*range(0, 400), *range(400, len(text) - 400, 97), *range(len(text) - 400, len(text) - 2)]
    for cut in cuts:
        with pytest.raises(NotAFlow):
            loads(text[:cut])


@pytest.mark.parametrize("version", ["idptest-flow/2", "idptest-flow/99", "idptest-flow/", "idptest-flow/1 "])
def test_another_format_is_refused_in_one_line(version: str) -> None:
    plain = json.loads(dumps(flow())) | {"format": version}
    with pytest.raises(NotAFlow, match="newer idptest") as refused:
        loads(json.dumps(plain))
    assert "\n" not in str(refused.value)
    assert version.strip() in str(refused.value)


@pytest.mark.parametrize(
    "text",
    ["", "\x00", "null", "[]", "5", '"idptest-flow/1"', "{}", '{"format": 1}', '{"format": null}', '{"format": "idptest-report/1"}', '{"format": "idptest-flow/1"}', "[" * 200_000, '{"a":' * 50_000, "9" * 10_000, "NaN", '{"format": "idptest-flow/1\\n\\n\\u001b[31m"}'],
)  # fmt: skip
def test_other_json_is_no_flow(text: str) -> None:
    with pytest.raises(NotAFlow) as refused:
        loads(text)
    assert "\n" not in str(refused.value)
    assert "\x1b" not in str(refused.value)
    assert len(str(refused.value)) < 300


def _places(plain: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in the JSON, apart from what may be anything."""
    found = [at] if at else []
    if at[:1] == ("recorded_by",):
        return []
    for key in plain if isinstance(plain, dict) else range(len(plain)) if isinstance(plain, list) else ():
        found += _places(plain[key], (*at, key))
    return found


def _put(plain: Any, at: tuple[Any, ...], change: Callable[[Any, Any], None]) -> None:
    for key in at[:-1]:
        plain = plain[key]
    change(plain, at[-1])


WHOLE = replace(
    flow(),
    exchanges=flow().exchanges[:2],
    ended=Ended(ARRIVED, 2, "x", "y", PageSummary("u", "t", ("l",), ("f",), ("b",))),
    waivers=(Waiver("a/b", "c", "2026-12-31"),),
    own_rulesets={"own.toml": ""},
    id="x",
)


@pytest.mark.parametrize("value", [{}, [], [[]], 7, 1e999, -1, True, "x", "\ud800", [1], {"text": 5}, {"base64": "%"}, {"x": {"x": 1}}])
def test_whatever_stands_anywhere_is_read_or_refused_and_what_is_read_is_whole(value: object) -> None:
    for at in _places(json.loads(dumps(WHOLE))):
        plain = json.loads(dumps(WHOLE))
        _put(plain, at, lambda parent, key: parent.__setitem__(key, value))
        try:
            read = loads(json.dumps(plain))
        except NotAFlow as refused:
            assert "\n" not in str(refused)
            continue
        assert loads(dumps(read)) == read, at
        dumps(read).encode()


def test_whatever_is_missing_is_missed() -> None:
    optional = {("untold",), ("decrypted",)} | {("idp", name) for name in ("product", "eppn_source", "digg_approved", "environment")}
    for at in _places(json.loads(dumps(WHOLE))):
        plain = json.loads(dumps(WHOLE))
        _put(plain, at, lambda parent, key: parent.__delitem__(key))
        try:
            loads(json.dumps(plain))
        except NotAFlow:
            continue
        assert at in optional or isinstance(at[-1], int) or at[0] in ("account", "sent", "observations", "ended", "own_rulesets", "idp"), at


@pytest.mark.parametrize("unknown", ["idp", "account", "sent", "ended"])
def test_a_key_that_we_do_not_know_is_refused(unknown: str) -> None:
    plain = json.loads(dumps(flow()))
    plain[unknown]["colour"] = "blue"
    with pytest.raises(NotAFlow, match="colour"):
        loads(json.dumps(plain))


@pytest.mark.parametrize(("how", "exchange"), [("arrived", 0), ("arrived", 99), ("network", -1), ("network", 99), ("vanished", 1)])
def test_a_login_ends_in_a_known_way_at_an_exchange_that_is_there(how: str, exchange: int) -> None:
    plain = json.loads(dumps(flow()))
    plain["ended"] |= {"how": how, "exchange": exchange}
    with pytest.raises(NotAFlow, match="ended"):
        loads(json.dumps(plain))


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(NotAFlow, match="zone"):
        loads(dumps(flow()).replace("2026-11-22T07:45:00Z", "2026-11-22T07:45:00", 1))


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=8,
    )
)
def test_any_json_is_no_flow(plain: Any) -> None:
    with pytest.raises(NotAFlow):
        loads(json.dumps(plain))
    with pytest.raises(NotAFlow):
        loads(json.dumps({**json.loads(dumps(WHOLE)), "exchanges": plain}))
