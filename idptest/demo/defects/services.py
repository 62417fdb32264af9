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

# Service → (account, what is left out, the rule that then fails).
_LACKING: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "mv-id": (
        ("larare", "eduPersonPrincipalName", "mv-id/eppn-is-released"),
        ("larare", "sisSchoolUnitCode", "mv-id/school-unit-is-released"),
        ("larare", "sisSchoolCourseTeacher", "mv-id/teacher-groups-are-released"),
        ("larare", "displayName", "mv-id/optional-attributes-are-released"),
        ("elev", "sisSchoolCourseStudent", "mv-id/pupil-groups-are-released"),
    ),
    "natur-kultur": (
        ("larare", "sisSchoolUnitCode", "natur-kultur/needed-attributes-are-released"),
        ("larare", "sisSchoolCourseTeacher", "natur-kultur/teacher-groups-are-released"),
        ("larare", "sn", "natur-kultur/optional-attributes-are-released"),
        ("elev", "sisSchoolCourseStudent", "natur-kultur/pupil-groups-are-released"),
    ),
    "ne": (
        ("larare", "sisSchoolUnitCode", "ne/school-unit-is-released"),
        ("larare", "mail", "ne/optional-attributes-are-released"),
    ),
    "ilt": (
        ("larare", "sisSchoolUnitCode", "ilt/needed-attributes-are-released"),
        ("larare", "sn", "ilt/optional-attributes-are-released"),
        ("elev", "eduPersonScopedAffiliation", "ilt/role-is-released"),
    ),
    "elevspel": (
        ("elev", "sisSchoolGrade", "elevspel/school-year-is-released"),
        ("larare", "sisSchoolUnitCode", "elevspel/optional-attributes-are-released"),
    ),
    "unikum": (("elev", "norEduPersonNIN", "unikum/personnummer-is-released"),),
    "vklass": (("elev", "norEduPersonNIN", "vklass/personnummer-is-released"),),
}


def _without(service: str, left_out: str) -> ChangeAnswer:
    def kept(who: Person) -> dict[str, tuple[str, ...]]:
        return {name: values for name, values in released_to(service, who).items() if name != left_out}

    return changes.released(kept)


def _and_gender(service: str, who: Person) -> dict[str, tuple[str, ...]]:
    return {**released_to(service, who), "schacGender": ("9",)}


def _defects() -> Iterator[Defect]:
    for service, lacking in _LACKING.items():
        for account, left_out, fails in lacking:
            about = Words(f"{service} does not get {left_out}", f"{service} får inte {left_out}")
            name = f"{service}-without-{left_out.lower()}"
            yield Defect(name, about, (fails,), answer=_without(service, left_out), account=account, rulesets=("skolfederation", service))
    for service in SERVICES:
        if service != "elevspel":  # it has published no list that something could be outside of
            about = Words(f"{service} gets the person's gender too", f"{service} får också personens kön")
            answer = changes.released(partial(_and_gender, service))
            yield Defect(
                f"{service}-gets-too-much",
                about,
                (f"{service}/nothing-else-is-released",),
                answer=answer,
                rulesets=("skolfederation", service),
            )


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
