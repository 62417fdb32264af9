"""Numbers of persons, in the spellings that are met. The numbers are invented; check digits are computed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idptest.identifiers import personnummer

GUID = "fc79e369-18a3-40c4-aa33-d92057bfff65"


@st.composite
def numbers(draw: st.DrawFn) -> str:
    born = draw(st.dates(date(1900, 1, 1), date(2029, 12, 31)))
    day = born.day + (60 if draw(st.booleans()) else 0)
    six = f"{born:%y%m}{day:02}"
    nine = f"{six}{draw(st.integers(0, 999)):03}"
    century = f"{born:%Y}"[:2] if draw(st.booleans()) else ""
    return f"{century}{six}{draw(st.sampled_from(['', '-', '+']))}{nine[6:]}{personnummer.luhn_digit(nine)}"


@given(numbers())
def test_every_spelling_is_recognised(number: str) -> None:
    assert personnummer.is_personnummer(number)
    assert personnummer.contains_personnummer(f"u{number}x")
    assert not personnummer.is_personnummer(f"u{number}")


@given(numbers(), st.sampled_from("0123456789"))
def test_inside_a_longer_run_of_digits_it_is_not_a_number_of_a_person(number: str, digit: str) -> None:
    if len(number) == 12:
        assert not personnummer.contains_personnummer(number + digit)


@given(numbers())
def test_the_check_digit_counts(number: str) -> None:
    wrong = str((int(number[-1]) + 1) % 10)
    assert not personnummer.is_personnummer(number[:-1] + wrong)


def test_the_published_test_number_is_recognised() -> None:
    found = personnummer.find("Tolvan har 19121212-1212.")
    assert [(f.text, f.start, f.sort) for f in found] == [("19121212-1212", 11, personnummer.PERSONNUMMER)]


def test_sixty_more_on_the_day_is_a_samordningsnummer() -> None:
    number = "701063239" + str(personnummer.luhn_digit("701063239"))
    assert [f.sort for f in personnummer.find(number)] == [personnummer.SAMORDNINGSNUMMER]


@pytest.mark.parametrize("number", ["20120229TF01", "120229TF01", "20120229-TF0A", "20120229tf01"])
def test_a_temporary_number_is_recognised(number: str) -> None:
    assert personnummer.is_personnummer(number)
    assert [f.sort for f in personnummer.find(number)] == [personnummer.TF_NUMBER]


@pytest.mark.parametrize("text", ["", "20130229TF01", "20120229TF012", "191313121212", "000000-0000", "1234567890", "larare1"])
def test_what_is_no_date_is_no_number_of_a_person(text: str) -> None:
    assert not personnummer.contains_personnummer(text)


@pytest.mark.parametrize(
    "text",
    [
        "fc79e369-18a3-40c4-aa33-191212121212",
        "aabbccdd191212121212aabbccddeeff",
        "S-1-5-21-19121212-1212-1-1013",
    ],
)
def test_digits_of_another_identifier_are_left_alone(text: str) -> None:
    assert not personnummer.contains_personnummer(text)


def test_beside_a_guid_it_is_still_found() -> None:
    found = personnummer.find(f"{GUID} 191212121212")
    assert [f.start for f in found] == [37]
