"""Formats of values: what is right, and what is said of what is wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idptest.attributes import Attributes
from idptest.identifiers import organisation_number, personnummer
from idptest.identifiers.formats import FORMATS

VOCABULARY = Path(__file__).parents[2] / "attribute_rules/vocabularies/attributes.toml"


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("affiliation", "library-walk-in"),
        ("scoped-affiliation", "student@exempelstad.se"),
        ("country", "SE"),
        ("course", "21648755/7A"),
        ("course", "21648755/7A Matematik/grupp 2"),
        ("course", "urn:skola:21648755:7A"),
        ("day", "20240229"),
        ("domain", "edu.exempelstad.se"),
        ("gender", "9"),
        ("languages", "sv"),
        ("languages", "sv-SE, en;q=0.8"),
        ("languages", "zh-Hant-TW"),
        ("mail", "åsa.öström@exempelstad.se"),
        ("mail", "o'neill+skola@sub.exempelstad.se"),
        ("organisation-number", "2120009994"),
        ("organisation-number", "SE2120009994"),
        ("organisation-number", "162120009994"),
        ("person-number", "198503139803"),
        ("person-number", "197911642390"),  # a samordningsnummer
        ("person-number", "20110829TF01"),
        ("person-number", "20110829-TF01"),
        ("school-unit-code", "21648755"),
        ("subject-id", "idm123456789@exempelstad.se"),
        ("subject-id", "fc79e369-18a3-40c4-aa33-d92057bfff65@exempelstad.se"),
        ("unique-id", "28c5353b8bb34984a8bd4169ba94c606@exempelstad.se"),
        ("uri", "urn:mace:dir:entitlement:common-lib-terms"),
    ],
)
def test_right(form: str, value: str) -> None:
    assert FORMATS[form](value) is None


@pytest.mark.parametrize(
    ("form", "value", "says"),
    [
        ("affiliation", "Student", "stora bokstäver"),
        ("affiliation", "elev", "inget av"),
        ("scoped-affiliation", "student", "scope"),
        ("scoped-affiliation", "student@", "scope"),
        ("country", "Sverige", "två stora"),
        ("country", "se", "två stora"),
        ("course", "7A", "varken"),
        ("course", "2164875/7A", "åttasiffrig"),
        ("course", "21648755/", "namn"),
        ("day", "2011-08-29", "ÅÅÅÅMMDD"),
        ("day", "20230229", "finns inte"),
        ("domain", "exempelstad", "domännamn"),
        ("gender", "M", "0, 1, 2"),
        ("languages", "sv_SE", "bindestreck"),
        ("languages", "svenska språket", "språktagg"),
        ("mail", "mailto:a@exempelstad.se", "mailto"),
        ("mail", "Åsa <a@exempelstad.se>", "e-postadress"),
        ("mail", "a@exempelstad", "e-postadress"),
        ("mail", "a@b@exempelstad.se", "e-postadress"),
        ("organisation-number", "212000-9994", "bindestreck"),
        ("organisation-number", "2120009993", "kontrollsiffran"),
        ("organisation-number", "8503139803", "tredje siffran"),
        ("organisation-number", "21200", "tio siffror"),
        ("person-number", "8503139803", "seklet"),
        ("person-number", "19850313-9803", "bindestreck"),
        ("person-number", "198503139804", "kontrollsiffran"),
        ("person-number", "198513139803", "finns inte"),
        ("person-number", "20111329TF01", "finns inte"),
        ("person-number", "Åsa", "varken"),
        ("school-unit-code", "148018601", "SCB"),
        ("school-unit-code", "2164875", "7 siffror"),
        ("school-unit-code", "Bäckskolan", "åtta siffror"),
        ("subject-id", "a_b@exempelstad.se", "före @"),
        ("subject-id", "ab", "inget scope"),
        ("subject-id", "ab@-x", "efter @"),
        ("subject-id", "a" * 128 + "@exempelstad.se", "före @"),
        ("unique-id", "fc79e369-18a3-40c4-aa33-d92057bfff65@exempelstad.se", "bindestreck"),
        ("unique-id", "a" * 65 + "@exempelstad.se", "64"),
        ("uri", "biblioteket", "URI"),
    ],
)
def test_wrong(form: str, value: str, says: str) -> None:
    fault = FORMATS[form](value)
    assert fault is not None
    assert says in fault.sv
    assert value not in (fault.sv, fault.en)


def test_every_format_is_some_attributes() -> None:
    attributes = Attributes.parse(VOCABULARY.read_text(encoding="utf-8"), VOCABULARY.name)
    assert {entry.format for entry in attributes.entries.values()} - {None} == set(FORMATS)


@given(st.sampled_from(sorted(FORMATS)), st.text(max_size=60))
def test_nothing_makes_a_format_raise(form: str, value: str) -> None:
    fault = FORMATS[form](value)
    assert fault is None or (fault.en and fault.sv)


@pytest.mark.parametrize("form", sorted(FORMATS))
@pytest.mark.parametrize("value", ["1" * 100_000, "a@" * 50_000, "a." * 50_000 + "@", "sv-" * 50_000, "a;q=" * 30_000])
def test_a_huge_value_is_read_at_once(form: str, value: str) -> None:
    FORMATS[form](value)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2026, 1, 1)), st.integers(0, 999))
def test_every_right_number_is_taken_and_every_wrong_digit_noticed(born: date, serial: int) -> None:
    nine = f"{born:%y%m%d}{serial:03d}"
    right = personnummer.luhn_digit(nine)
    century = f"{born:%Y}"[:2]
    assert personnummer.fault(f"{century}{nine}{right}") is None
    assert personnummer.fault(f"{century}{nine}{(right + 1) % 10}") is not None


def test_a_personnummer_is_no_organisation_number_nor_the_other_way_round() -> None:
    assert organisation_number.fault("8503139803") is not None
    assert personnummer.fault("162120009994") is not None
