"""A discovery service's list, as three programs write it, and as none should."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from idptest.model.trace import Listed
from idptest.trace.discovery import NotAList, read

IDP = "https://idp.exempelstad.se/saml"
SHAPES = {
    "pyFF and thiss.js": [
        {"entityID": IDP, "title": "Exempelstads kommun", "title_langs": {"sv": "Exempelstads kommun", "en": "Exempelstad"},
         "scope": "exempelstad.se,edu.exempelstad.se", "type": "idp"}
    ],
    "Shibboleth": [
        {"entityID": IDP, "DisplayNames": [{"value": "Exempelstads kommun", "lang": "sv"}, {"value": "Exempelstad", "lang": "en"}],
         "scope": ["exempelstad.se", "edu.exempelstad.se"]}
    ],
    "one alone": {"entity_id": IDP, "title": {"sv": "Exempelstads kommun", "en": "Exempelstad"}, "scopes": ["exempelstad.se", "edu.exempelstad.se"]},
    "in a table": {"version": 3, "entities": [{"entityID": IDP, "title": "Exempelstads kommun", "title_langs": {"en": "Exempelstad"},
                                                "scope": "exempelstad.se, edu.exempelstad.se"}]},
    "by entityID": {IDP: {"entityID": IDP, "title": "Exempelstads kommun", "title_langs": {"en": "Exempelstad"},
                           "scope": "exempelstad.se,edu.exempelstad.se"}},
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_a_list_is_read(shape: str) -> None:
    assert read(json.dumps(SHAPES[shape]).encode()) == {
        IDP: Listed(IDP, ("Exempelstads kommun", "Exempelstad"), ("exempelstad.se", "edu.exempelstad.se"))
    }


def test_what_is_odd_in_an_entry_is_left_out() -> None:
    odd = [
        None,
        7,
        {"title": "nobody"},
        {"entityID": 5},
        {"entityID": IDP, "title": ["x"], "scope": [1, None], "DisplayNames": [1, {"value": 2}]},
    ]
    assert read(json.dumps(odd).encode()) == {IDP: Listed(IDP)}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<!doctype html><title>Not found</title>", "webbsida"),
        (b"\n <EntitiesDescriptor/>", "webbsida"),
        (b"", "inte JSON"),
        (b"\xff\xfe{", "inte JSON"),
        (b"[" * 100_000, "inte JSON"),
        (b"[1" + b"0" * 10_000 + b"]", "inte JSON"),
        (b"[]", "ingen post"),
        (b'"entityID"', "ingen post"),
        (b'{"error": "not found"}', "ingen post"),
    ],
)
def test_what_is_no_list_is_told(data: bytes, says: str) -> None:
    with pytest.raises(NotAList) as refused:
        read(data)
    assert says in refused.value.words.sv


_JSON = some.recursive(
    some.none() | some.booleans() | some.floats() | some.text(),
    lambda inner: (
        some.lists(inner) | some.dictionaries(some.sampled_from(["entityID", "title", "scope", "DisplayNames", "value", "x"]), inner)
    ),
    max_leaves=20,
)


@given(_JSON)
def test_it_never_raises_anything_else(found: object) -> None:
    try:
        entries = read(json.dumps(found).encode())
    except NotAList:
        return
    assert all(isinstance(text, str) for entry in entries.values() for text in (entry.entity_id, *entry.titles, *entry.scopes))
