"""Rules about what the assertion states and how long it lasts, at their edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from idptest.checks.saml_statements import LONGEST_LIFE, LONGEST_SESSION
from tests.checks.ruled import NOW, element, finding, login, verdict

LASTS = "saml-statements/lasts-for-a-sensible-time"
SESSION = "saml-statements/session-ends-within-a-day"
AUDIENCE = "saml-statements/names-no-other-audience"
INDEX = "saml-statements/session-index-goes-with-logout"
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(("longer", "expected"), [(0 * SECOND, "pass"), (SECOND, "fail")])
def test_two_hours_are_the_limit(longer: timedelta, expected: str) -> None:
    made = login()
    assert verdict(made.answered(not_on_or_after=made.answer.not_before + LONGEST_LIFE + longer), LASTS) == expected
    assert verdict(made.answered(confirmation_not_on_or_after=NOW + LONGEST_LIFE + longer), LASTS) == expected


@pytest.mark.parametrize("bound", ["NotBefore", "NotOnOrAfter"])
def test_both_bounds_are_there_and_one_that_cannot_be_read_is_said_elsewhere(bound: str) -> None:
    gone = login().signed_anew(element(".//saml:Conditions", lambda found: found.attrib.pop(bound)))
    assert bound in finding(gone, LASTS).message.en
    spoilt = finding(login().signed_anew(element(".//saml:Conditions", lambda found: found.set(bound, "snart"))), LASTS)
    assert (spoilt.verdict.value, spoilt.blocked_by) == ("inconclusive", "saml-assertion/is-valid-now")


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (None, "not-applicable"),
        (NOW + LONGEST_SESSION, "pass"),
        (NOW + LONGEST_SESSION + SECOND, "fail"),
        (NOW - timedelta(seconds=179), "pass"),
        (NOW - timedelta(seconds=180), "fail"),
    ],
)
def test_a_session_ends_neither_before_now_nor_after_a_day(end: object, expected: str) -> None:
    assert verdict(login().answered(session_not_on_or_after=end), SESSION) == expected


def test_an_end_that_cannot_be_read_is_a_fault() -> None:
    flow = login().signed_anew(element(".//saml:AuthnStatement", lambda found: found.set("SessionNotOnOrAfter", "aldrig")))
    assert verdict(flow, SESSION) == "fail"


def test_other_audiences_are_noted_beside_ours_only() -> None:
    assert verdict(login().flow, AUDIENCE) == "pass"
    assert verdict(login().answered(further_audience="https://annan.example/sp"), AUDIENCE) == "fail"
    assert verdict(login().answered(audience="https://annan.example/sp"), AUDIENCE) == "not-applicable"


def test_an_idp_without_logout_needs_no_session_index() -> None:
    assert verdict(login().answered(session_index=None), INDEX) == "not-applicable"


def test_a_file_that_does_not_tell_who_we_are_says_so() -> None:
    assert verdict(replace(login().flow, untold=("sp_entity_id",)), AUDIENCE) == "not-applicable"
