"""Damaged letters, letters in pieces, code where text should be, many values in one."""

from __future__ import annotations

import base64
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idptest.identifiers import writing
from idptest.identifiers.formats import FORMATS

NAMES = [
    "Åsa Öström",
    "Älvsjö",
    "Łukasz Wójcik",
    "Žužana Černá",
    "يوسف الحسن",
    "Čapek",
    "O’Neill",
    "Zoë",
    "Søren Ærø",
    "Борис",
    "50 % & mer",
    "A&B",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_whole(name: str) -> None:
    assert writing.damage(name) is None
    assert writing.is_nfc(name)
    assert writing.code(name) is None


@pytest.mark.parametrize("charset", ["latin-1", "cp1252"])
@pytest.mark.parametrize("name", ["Åsa Öström", "Älvsjö", "Zoë", "Växjö", "Söderköping"])
def test_utf_8_read_as_something_else_is_seen_and_can_be_mended(name: str, charset: str) -> None:
    misread = name.encode().decode(charset)
    fault = writing.damage(misread)
    assert fault is not None and "UTF-8" in fault.en
    assert writing.repaired(misread) == name


@pytest.mark.parametrize(
    ("value", "says"),
    [("�sa", "U+FFFD"), ("&Aring;sa", "HTML"), ("&#197;sa", "HTML"), ("%C3%85sa", "percent"), ("V%c3%a4xj%c3%b6", "percent")],
)
def test_other_damage(value: str, says: str) -> None:
    fault = writing.damage(value)
    assert fault is not None and says in fault.en


@given(st.text(max_size=80))
def test_whatever_is_composed_is_composed(value: str) -> None:
    assert writing.is_nfc(unicodedata.normalize("NFC", value))


def test_decomposed_letters_are_seen() -> None:
    assert not writing.is_nfc(unicodedata.normalize("NFD", "Åsa"))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("<b>Åsa</b>", "XML"),
        ("  <NameID>x</NameID>", "XML"),
        ('{"namn": "Åsa"}', "JSON"),
        ('["a", "b"]', "JSON"),
        (base64.b64encode("Åsa Öström".encode()).decode(), "base64"),
        (base64.b64encode(bytes(range(16))).decode(), "base64"),
    ],
)
def test_code_is_seen(value: str, says: str) -> None:
    found = writing.code(value)
    assert found is not None and says in found.en


@pytest.mark.parametrize(
    "value",
    ["Exempelstad1", "fc79e36918a340c4aa33d92057bfff65", "21648755", "[Rektor]", "{x", "a < b", "<3", "Undersköterska", "ABCDEFGHIJKL", "lindqvistsson123"],
)  # fmt: skip
def test_text_that_looks_a_little_like_code_is_text(value: str) -> None:
    assert writing.code(value) is None


def test_values_in_one() -> None:
    unit = FORMATS["school-unit-code"]
    assert writing.packed("21648755;12345678", unit) == ("21648755", "12345678")
    assert writing.packed("21648755, 12345678", unit) == ("21648755", "12345678")
    assert writing.packed("21648755", unit) == ()
    assert writing.packed("21648755;x", unit) == ()
    assert writing.packed("sv, en;q=0.8", FORMATS["languages"]) == ()
    assert writing.packed("Öström, Åsa", None) == ()
    assert writing.packed("a;b", None) == ("a", "b")
    assert writing.packed("a;", None) == ()


@given(st.text(max_size=200))
def test_nothing_makes_it_raise(value: str) -> None:
    writing.damage(value)
    writing.code(value)
    writing.packed(value, None)
    for fault in FORMATS.values():
        writing.packed(value, fault)


@pytest.mark.parametrize("value", ["[" * 200_000, "<" * 200_000, "A" * 200_000, "Ã¥" * 100_000, ";" * 200_000, "&" * 200_000])
def test_a_huge_value_is_looked_at_in_bounded_time(value: str) -> None:
    writing.damage(value)
    writing.code(value)
    writing.packed(value, None)
