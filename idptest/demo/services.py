"""What Exempelstad releases to services of others: as much as each has said that it needs (attribute_rules/*.toml), and no more."""

from __future__ import annotations

from collections.abc import Mapping

from idptest.demo.people import DOMAIN, SCHOOL_UNIT, Person

SERVICES: Mapping[str, tuple[str, ...]] = {
    "mv-id": ("eduPersonPrincipalName", "sisSchoolUnitCode", "groups", "givenName", "displayName", "mail"),
    "natur-kultur": ("eduPersonPrincipalName", "sisSchoolUnitCode", "groups", "givenName", "sn", "mail"),
    "ne": ("sisSchoolUnitCode", "mail"),
    "ilt": ("eduPersonPrincipalName", "sisSchoolUnitCode", "eduPersonScopedAffiliation", "mail", "displayName", "givenName", "sn"),
    "elevspel": ("eduPersonPrincipalName", "sisSchoolUnitCode", "sisSchoolGrade"),
    "unikum": ("norEduPersonNIN",),
    "vklass": ("norEduPersonNIN",),
}


def released_to(service: str, who: Person) -> Mapping[str, tuple[str, ...]]:
    """Attribute → values. A teacher has no school year."""
    everything = attributes(who)
    wanted = (_GROUPS[who.role] if name == "groups" else name for name in SERVICES[service])
    return {name: everything[name] for name in wanted if name in everything}


_GROUPS = {"teacher": "sisSchoolCourseTeacher", "pupil": "sisSchoolCourseStudent"}


def attributes(who: Person) -> Mapping[str, tuple[str, ...]]:
    """Everything that the directory knows of a person and the profile has an attribute for, in the right form."""
    teacher = who.role == "teacher"
    words = ("member", "employee") if teacher else ("member", "student")
    known = {
        "eduPersonPrincipalName": (who.eppn,),
        "givenName": (who.given_name,),
        "sn": (who.surname,),
        "displayName": (f"{who.given_name} {who.surname}",),
        "mail": (who.mail,),
        "norEduPersonNIN": (who.personnummer,),
        "schacGender": ("9",),
        "l": ("Exempelstad",),
        "c": ("SE",),
        "o": ("Exempelstads kommun",),
        "norEduOrgNIN": ("2120009994",),
        "sisSchoolUnitCode": (SCHOOL_UNIT, "12345678"),
        _GROUPS[who.role]: (f"{SCHOOL_UNIT}/7A", f"{SCHOOL_UNIT}/7A Matematik"),
        "eduPersonAffiliation": words,
        "eduPersonScopedAffiliation": tuple(f"{word}@{DOMAIN}" for word in words),
        "eduPersonEntitlement": ("https://exempelstad.se/behorighet/bibliotek",),
        "eduPersonAssurance": ("http://id.skolfederation.se/loa/bas",),
        "schacHomeOrganization": (DOMAIN,),
        "subject-id": (f"{who.username}@{DOMAIN}",),
        "preferredLanguage": ("sv-SE, en;q=0.8",),
    }
    return known if teacher else known | {"sisSchoolGrade": ("7",)}
