"""Rules about the NameID, at their edges."""

from __future__ import annotations

from dataclasses import replace

import pytest

from idptest.checks.saml_subject import PERSISTENT, TRANSIENT
from idptest.demo.people import PEOPLE
from tests.checks.ruled import element, finding, login, verdict

FORMAT = "saml-subject/name-id-is-transient-or-persistent"
PRIVATE = "saml-subject/name-id-holds-no-personal-data"
TEACHER = PEOPLE[0]


@pytest.mark.parametrize(
    "value",
    [
        TEACHER.mail,
        TEACHER.username,
        f"EXEMPEL\\{TEACHER.username.upper()}",
        TEACHER.personnummer,
        f"{TEACHER.personnummer[2:8]}-{TEACHER.personnummer[8:]}",
        str(TEACHER.object_guid),
        f"{TEACHER.object_guid}@exempelstad.se".upper(),
        "åsa.öström",
        "Lindqvist, Åsa",
    ],
)
def test_what_tells_of_the_person_is_found_and_masked(value: str) -> None:
    found = finding(login().answered(name_id=value), PRIVATE)
    assert found.verdict.value == "fail"
    assert type(found.evidence[0].actual).__name__ == "Personal"


@pytest.mark.parametrize(
    "value", ["_78c67659f8be29f0542d23ad56999943f68d41ae24", "_c8b696dd-4cfc-4c80-a4b1-5d1fa03511f5", "AAdzZWNyZXQx+/0u=", "", "_asa7"]
)
def test_what_is_made_up_by_chance_passes(value: str) -> None:
    assert verdict(login().answered(name_id=value), PRIVATE) == "pass"


def test_without_facts_about_the_account_what_speaks_for_itself_is_found() -> None:
    made = login()
    account = replace(made.flow.account, username=None, given_name=None, surname=None)
    nameless = replace(made, flow=replace(made.flow, account=account))
    assert verdict(nameless.answered(name_id=TEACHER.mail), PRIVATE) == "fail"
    assert verdict(nameless.answered(name_id=TEACHER.surname), PRIVATE) == "pass"


@pytest.mark.parametrize(
    ("asked", "sent", "expected"),
    [
        (None, TRANSIENT, "pass"),
        (None, PERSISTENT, "pass"),
        (None, None, "fail"),
        (PERSISTENT, TRANSIENT, "fail"),
        (PERSISTENT, PERSISTENT, "pass"),
    ],
)
def test_the_format_is_the_one_asked_for(asked: str | None, sent: str | None, expected: str) -> None:
    made = login()
    flow = replace(made.flow, sent=replace(made.flow.sent, name_id_format=asked))
    assert verdict(replace(made, flow=flow).answered(name_id_format=sent), FORMAT) == expected


def test_no_name_id_is_said_once() -> None:
    flow = login().signed_anew(element(".//saml:NameID", lambda found: found.getparent().remove(found)))
    assert verdict(flow, FORMAT) == "fail"
    assert verdict(flow, PRIVATE) == "not-applicable"
