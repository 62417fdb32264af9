"""Tokens, keys and JSON from a peer: whatever they are, they are facts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idptest.demo import op_answer
from idptest.demo.op_answer import OpPublished, Signed
from idptest.model.oidc import CRITICAL, ENCRYPTED, INVALID, LACKING, MALFORMED, NO_KEY, REFUSED, UNSIGNED, VALID
from idptest.model.rule import Pointer
from idptest.oidc.discovery import read_discovery, read_keys
from idptest.oidc.json_text import read_object
from idptest.oidc.tokens import half_hash_for, half_hashes, read_token

AT = Pointer("exchange", "", 1)
HEADER = {"alg": "RS256", "kid": "exempelstad-signing"}
CLAIMS = {"sub": "x"}


def keys(*names: str, **members: Any) -> Any:
    return read_keys(op_answer.jwks(OpPublished({}, names or ("signing",), members))[2], AT)


def token(**changes: Any) -> str:
    return op_answer.to_jwt(Signed(**{"claims": CLAIMS, "header": HEADER, **changes}))


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (token(), VALID),
        (token(header={"alg": "RS256"}), VALID),
        (token(key="other"), INVALID),
        (token(tampered=True), INVALID),
        (token(header={**HEADER, "kid": "another"}), NO_KEY),
        (token(header={**HEADER, "kid": 7}), NO_KEY),
        (token(header={**HEADER, "alg": "none"}, key=None), UNSIGNED),
        (token(header={**HEADER, "alg": "NONE"}, key=None), UNSIGNED),
        (token(header={**HEADER, "alg": "HS256"}), REFUSED),
        (token(header={**HEADER, "alg": ["RS256"]}), REFUSED),
        (token(header={}), REFUSED),
        (token(header={**HEADER, "alg": "PS256"}), LACKING),
        (token(header={**HEADER, "alg": "Ed25519"}), NO_KEY),
        (token(header={**HEADER, "crit": []}), CRITICAL),
        (token(encrypted=True), ENCRYPTED),
        (token() + "=", MALFORMED),
        ("..", MALFORMED),
        ("", MALFORMED),
        ("a.b.c", MALFORMED),
        ("x" * 300_000, MALFORMED),
    ],
)
def test_what_a_token_is(text: str, state: str) -> None:
    assert read_token(text, AT, keys()).state == state


def test_every_key_that_it_may_be_is_tried_and_no_other() -> None:
    assert read_token(token(header={"alg": "RS256"}), AT, keys("other", "signing")).key == 2
    assert read_token(token(), AT, keys("other", "signing", use="enc")).state == NO_KEY
    assert read_token(token(), AT, None).state == NO_KEY


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=200)
    | st.lists(st.binary(max_size=60), min_size=2, max_size=6).map(lambda parts: ".".join(op_answer.encoded(part) for part in parts))
)
def test_any_text_is_a_token_of_some_kind(text: str) -> None:
    assert read_token(text, AT, keys()).state != VALID


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["keys", "kty", "n", "e", "kid", "crv", "x", "issuer", "y", "d"]), inner, max_size=6)
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(_json)
def test_any_json_is_a_jwks_or_says_why_not(plain: Any) -> None:
    data = json.dumps(plain).encode()
    found = read_keys(data, AT)
    assert found.keys or found.problem
    assert read_token(token(), AT, found).state != VALID
    read_discovery(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html>", "web page"),
        (b"[1]", "no object"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "nested"),
    ],
)
def test_what_is_no_json_object_says_what_it_is(data: bytes, said: str) -> None:
    values, problem = read_object(data)
    assert values == {}
    assert problem is not None
    assert said in problem.en


def test_half_a_character_and_a_number_of_many_digits_can_be_shown() -> None:
    values, problem = read_object('{"a": "\\ud800", "b": ' + "9" * 5000 + ', "c": NaN}')
    assert problem is None
    json.dumps(values, ensure_ascii=False).encode()


def test_at_hash_by_the_example_of_the_specification() -> None:
    """OpenID Connect Core 1.0, Appendix A.3: the access token and its at_hash."""
    assert half_hash_for("RS256", half_hashes("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y")) == "77QmUPtjPfzWtF2AnpK9RQ"
    assert half_hash_for("ES512", half_hashes("x")) == half_hashes("x")[2]
    assert half_hash_for(None, half_hashes("x")) is None
