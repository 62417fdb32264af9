"""Swedish personal identity numbers: personnummer, samordningsnummer and the schools' temporary TF numbers.

- personnummer: YYMMDD-NNNC or YYYYMMDD-NNNC. "+" instead of "-" from the year the person turns 100. C is a check digit.
- samordningsnummer: the same with 60 added to the day.
  Both: folkbokföringslag (1991:481) 18 and 18 a §§, https://lagen.nu/1991:481 (text of SFS 2009:272 read 2026-11)
- TF number: YYYYMMDDTFxx, for a pupil who has no number yet; no check digit. Unikum writes YYYYMMDD-TFxx.
  https://github.com/skolverket/dnp-usermanagement/blob/main/provisioning-api/dnp-provisioning-api.yaml,
  https://unikum.freshdesk.com/sv-SE/support/solutions/articles/80000377772-7-best%C3%A4llning-av-sso-l%C3%B6sning (read 2026-11)

The check digit makes the sum of digits divisible by ten when every other digit of the ten, from the first, is doubled and a
two-digit product counts as the sum of its digits (the Luhn algorithm). The century does not take part.

Test numbers and invented ones are recognised like any other: nobody can tell from the value that a person does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from idptest.model.rule import Words

PERSONNUMMER = "personnummer"
SAMORDNINGSNUMMER = "samordningsnummer"
TF_NUMBER = "tf-number"

_NUMBER = re.compile(r"(?<![0-9])([0-9]{6}|[0-9]{8})([-+]?)([0-9]{4})(?![0-9])")
_TF = re.compile(r"(?<![0-9])([0-9]{6}|[0-9]{8})-?TF([0-9A-Z]{2})(?![0-9A-Za-z])", re.IGNORECASE)
_SENT_TF = re.compile(r"[0-9]{8}-?TF[0-9A-Z]{2}")
_DATE = re.compile(r"[0-9]{6}")  # what every one of them holds, however it is written
_NO_SUCH_DAY = Words("there is no such day", "datumet finns inte")
# Digits inside a GUID (dashed, or 32 hexadecimal digits in a row) or a Windows SID are no number of a person.
_OTHER_IDENTIFIER = re.compile(
    r"(?<![0-9a-f])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})(?![0-9a-f])|S-1-[0-9]+(?:-[0-9]+)+",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Found:
    """A number of a person, where it stands in the text, and of which sort it is."""

    text: str
    start: int
    sort: str


def is_personnummer(text: str) -> bool:
    """Is the whole text the number of a person?"""
    return any(found.text == text for found in find(text))


def contains_personnummer(text: str) -> bool:
    """Does the number of a person stand anywhere in the text, as a whole run of digits?"""
    return bool(find(text))


def find(text: str) -> tuple[Found, ...]:
    """Every number of a person in the text, from left to right."""
    if not _DATE.search(text):
        return ()
    blanked = _OTHER_IDENTIFIER.sub(lambda m: "_" * len(m[0]), text)  # of the same length, so that positions hold
    return tuple(sorted(_find(blanked), key=lambda found: found.start))


def fault(value: str) -> Words | None:
    """What keeps `value` from being the number of a person as it is sent: twelve digits, or a TF number; None when it is one."""
    if _SENT_TF.fullmatch(value):
        return None if is_personnummer(value) else _NO_SUCH_DAY
    digits = re.sub(r"[-+ ]", "", value)
    if not re.fullmatch(r"[0-9]{12}", value):
        if re.fullmatch(r"[0-9]{12}", digits):
            return Words("written with a hyphen or a space", "skrivet med bindestreck eller mellanslag")
        if re.fullmatch(r"[0-9]{10}", digits):
            return Words("ten digits: the century is missing", "tio siffror: seklet saknas")
        return Words("neither twelve digits nor a temporary TF number", "varken tolv siffror eller ett tillfälligt TF-nummer")
    day = int(value[6:8])
    if not _is_date(value[:6], day - 60 if day > 60 else day):
        return _NO_SUCH_DAY
    return None if luhn_digit(value[2:11]) == int(value[11]) else Words("the check digit does not fit", "kontrollsiffran stämmer inte")


def luhn_digit(nine: str) -> int:
    """The check digit for YYMMDDNNN."""
    total = 0
    for place, digit in enumerate(nine):
        product = int(digit) * (2 if place % 2 == 0 else 1)
        total += product // 10 + product % 10
    return -total % 10


def _find(text: str) -> Iterator[Found]:
    for m in _NUMBER.finditer(text):
        day = int(m[1][-2:])
        coordinated = day > 60
        digits = m[1][-6:] + m[3]
        if _is_date(m[1][:-2], day - 60 if coordinated else day) and luhn_digit(digits[:9]) == int(digits[9]):
            yield Found(m[0], m.start(), SAMORDNINGSNUMMER if coordinated else PERSONNUMMER)
    for m in _TF.finditer(text):
        if _is_date(m[1][:-2], int(m[1][-2:])):
            yield Found(m[0], m.start(), TF_NUMBER)


def _is_date(year_month: str, day: int) -> bool:
    """Is there such a day? With a two-digit year: in any of the three centuries that living people were born in."""
    year, month = year_month[:-2], int(year_month[-2:])
    years = [int(year)] if len(year) == 4 else [century * 100 + int(year) for century in (18, 19, 20)]
    return any(_exists(y, month, day) for y in years if 1800 <= y < 2100)


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
