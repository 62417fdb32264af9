"""The formats that a vocabulary may give an attribute: a closed list, each a function that says what is wrong with a value.

The words of a fault never repeat the value: it may identify a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from idptest.identifiers import affiliation, organisation_number, personnummer, school, subject_id
from idptest.model.rule import Words

Fault = Callable[[str], Words | None]

_MAIL = re.compile(r"[^@\s<>,;:\"()\[\]\\]{1,64}@(?:[^@\s<>,;:\"()\[\]\\.]{1,63}\.)+[^@\s<>,;:\"()\[\]\\.]{2,63}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*(?:\s*;\s*q=[01](?:\.[0-9]{1,3})?)?")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}", re.IGNORECASE)


def _mail(value: str) -> Words | None:
    """One address, without a name or `mailto:` (RFC 5321, 4.1.2, in its everyday part)."""
    if value.casefold().startswith("mailto:"):
        return Words("mailto: stands before the address", "mailto: står före adressen")
    return None if _MAIL.fullmatch(value) else Words("no e-mail address", "ingen e-postadress")


def _languages(value: str) -> Words | None:
    """Language tags of BCP 47 as Accept-Language lists them (RFC 2798, 2.7): `sv`, or `sv, en;q=0.8`."""
    if all(_LANGUAGE.fullmatch(part.strip()) for part in value.split(",")):
        return None
    if "_" in value:
        return Words("an underscore where a language tag has a hyphen: sv-SE", "understreck där en språktagg har bindestreck: sv-SE")
    return Words("no language tag such as sv or sv-SE", "ingen språktagg som sv eller sv-SE")


def _country(value: str) -> Words | None:
    """ISO 3166-1, two capitals (RFC 4519, 2.2)."""
    if re.fullmatch(r"[A-Z]{2}", value):
        return None
    return Words("not two capital letters such as SE", "inte två stora bokstäver som SE")


def _gender(value: str) -> Words | None:
    """ISO 5218, as SCHAC takes it: 0 not known, 1 male, 2 female, 9 not specified."""
    return None if value in ("0", "1", "2", "9") else Words("none of 0, 1, 2 and 9", "inget av 0, 1, 2 och 9")


def _day(value: str) -> Words | None:
    """YYYYMMDD."""
    if not re.fullmatch(r"[0-9]{8}", value):
        return Words("not a day written YYYYMMDD", "inget datum skrivet ÅÅÅÅMMDD")
    try:
        date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return Words("there is no such day", "datumet finns inte")
    return None


def _uri(value: str) -> Words | None:
    return None if _URI.fullmatch(value) else Words("no URI", "ingen URI")


def _domain(value: str) -> Words | None:
    return None if _DOMAIN.fullmatch(value) else Words("no domain name", "inget domännamn")


FORMATS: Mapping[str, Fault] = {
    "affiliation": affiliation.fault,
    "country": _country,
    "course": school.course_fault,
    "day": _day,
    "domain": _domain,
    "gender": _gender,
    "languages": _languages,
    "mail": _mail,
    "organisation-number": organisation_number.fault,
    "person-number": personnummer.fault,
    "school-unit-code": school.unit_fault,
    "scoped-affiliation": affiliation.scoped_fault,
    "subject-id": subject_id.fault,
    "unique-id": subject_id.unique_id_fault,
    "uri": _uri,
}
