"""Swedish schools: the code of a school unit, and the notation of courses and groups.

- skolenhetskod: eight digits, given by Skolverket; no check digit is published.
  https://www.skolfederation.se/teknisk-information-januari-2015/ (read 2026-11)
- course or group: `<skolenhetskod>/<name>`, or a URN.
  https://support.ilteducation.se/kb/guide/sv/skolfederation-ml0JoBNDDm/Steps/2324075 (read 2026-11)

How a school year (sisSchoolGrade) is written was not to be read anywhere: nothing is said of it here.
"""

from __future__ import annotations

import re

from idptest.model.rule import Words

_UNIT = re.compile(r"[0-9]{8}")
_URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{1,31}:\S+", re.IGNORECASE)


def unit_fault(value: str) -> Words | None:
    """What keeps `value` from being a school unit code; None when it is one."""
    if _UNIT.fullmatch(value):
        return None
    if re.fullmatch(r"[0-9]{9}", value):
        return Words(
            "nine digits: that is Statistics Sweden's old school code, which the eight-digit code replaced in 2015",
            "nio siffror: det är SCB:s gamla skolkod, som ersattes av den åttasiffriga koden 2015",
        )
    if value.isdigit():
        return Words(f"{len(value)} digits, not eight", f"{len(value)} siffror, inte åtta")
    return Words("not eight digits", "inte åtta siffror")


def course_fault(value: str) -> Words | None:
    """What keeps `value` from naming a course or group; None when it does."""
    if _URN.fullmatch(value):
        return None
    unit, slash, name = value.partition("/")
    if not slash:
        return Words("neither a URN nor a school unit code, / and a name", "varken en URN eller en skolenhetskod, / och ett namn")
    if unit_fault(unit):
        return Words(
            "what stands before / is no school unit code of eight digits", "det som står före / är ingen åttasiffrig skolenhetskod"
        )
    if not name.strip():
        return Words("there is no name after /", "det står inget namn efter /")
    return None
