"""Rules about the assertion: what a named defect of Exempelstad does not show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from idptest import catalogue
from idptest.checks import saml_assertion as checks
from idptest.decode import decode
from idptest.model.login import Login
from idptest.model.rule import Verdict
from idptest.model.saml import Response
from tests.exempelstad import NOW, flow


def login() -> Login:
    return decode(flow(), catalogue.attributes(), catalogue.assurance())


@pytest.mark.parametrize(
    ("end", "verdict"),
    [
        (NOW - timedelta(seconds=179), Verdict.PASS),
        (NOW - timedelta(seconds=180), Verdict.FAIL),
        (datetime.max.replace(tzinfo=UTC), Verdict.PASS),
        (datetime.min.replace(tzinfo=UTC), Verdict.FAIL),
    ],
    ids=["within the skew", "outside it", "at the end of the calendar", "at its beginning"],
)
def test_until_when_an_assertion_can_be_delivered(end: datetime, verdict: Verdict) -> None:
    judged = login()
    assert isinstance(judged.response, Response)
    confirmation = replace(judged.response.assertions[0].confirmations[0], not_on_or_after=end)
    assert checks.can_still_be_delivered(confirmation, judged).verdict is verdict
