"""Logins at services of others: what one of them needs is left out, or more is sent than it has asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from idptest.demo import changes
from idptest.demo.changes import ChangeAnswer
from idptest.demo.defect import Defect
from idptest.demo.people import Person
from idptest.demo.services import SERVICES, released_to
from idptest.model.rule import Words

# Service → (account, what is left out, the rules that then fail).
_LACKING: Mapping[str, tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]] = {
    "mv-id": (
        ("larare", ("eduPersonPrincipalName",), ("mv-id/eppn-is-released",)),
        ("larare", ("sisSchoolUnitCode",), ("mv-id/school-unit-is-released",)),
        ("larare", ("sisSchoolCourseTeacher", "displayName"), ("mv-id/teacher-groups-are-released",)),
        ("elev", ("sisSchoolCourseStudent",), ("mv-id/pupil-groups-are-released",)),
    ),
    "natur-kultur": (
        ("larare", ("sisSchoolUnitCode",), ("natur-kultur/needed-attributes-are-released",)),
        ("larare", ("sisSchoolCourseTeacher", "sn"), ("natur-kultur/teacher-groups-are-released",)),
        ("elev", ("sisSchoolCourseStudent",), ("natur-kultur/pupil-groups-are-released",)),
    ),
    "ne": (("larare", ("sisSchoolUnitCode", "mail"), ("ne/school-unit-is-released",)),),
    "ilt": (
        ("larare", ("sisSchoolUnitCode", "sn"), ("ilt/needed-attributes-are-released",)),
        ("elev", ("eduPersonScopedAffiliation",), ("ilt/role-is-released",)),
    ),
    "elevspel": (("elev", ("sisSchoolGrade", "sisSchoolUnitCode"), ("elevspel/school-year-is-released",)),),
    "unikum": (("elev", ("norEduPersonNIN",), ("unikum/personnummer-is-released",)),),
    "vklass": (("elev", ("norEduPersonNIN",), ("vklass/personnummer-is-released",)),),
}


def _without(service: str, left_out: tuple[str, ...]) -> ChangeAnswer:
    def kept(who: Person) -> dict[str, tuple[str, ...]]:
        return {name: values for name, values in released_to(service, who).items() if name not in left_out}

    return changes.released(kept)


def _and_gender(service: str, who: Person) -> dict[str, tuple[str, ...]]:
    return {**released_to(service, who), "schacGender": ("9",)}


def _defects() -> Iterator[Defect]:
    for service, lacking in _LACKING.items():
        for account, left_out, fails in lacking:
            about = Words(f"{service} does not get {left_out[0]}", f"{service} får inte {left_out[0]}")
            name = f"{service}-without-{left_out[0].lower()}"
            yield Defect(name, about, fails, answer=_without(service, left_out), account=account, rulesets=("skolfederation", service))
    for service in SERVICES:
        if service != "elevspel":  # it has published no list that something could be outside of
            about = Words(f"{service} gets the person's gender too", f"{service} får också personens kön")
            answer = changes.released(partial(_and_gender, service))
            fails = (f"{service}/nothing-else-is-released",)
            yield Defect(f"{service}-gets-too-much", about, fails, answer=answer, rulesets=("skolfederation", service))


DEFECTS: tuple[Defect, ...] = (
    *_defects(),
    Defect(
        "skolon-without-level",
        Words("Skolon is told no level of the teacher", "Skolon får ingen nivå för läraren"),
        ("level/answer-is-one-that-was-asked-for", "skolon-teacher/level-is-signalled"),
        answer=changes.answered(context_class="urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"),
        method="password",
        rulesets=("skolfederation", "skolon-teacher"),
    ),
)
