"""pysaml2 is asked with the flow's clock, whatever the wall clock says, and leaves nothing behind."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from saml2 import time_util

from idptest.adapters import stock_sp
from idptest.model.flow import Ended
from tests.exempelstad import NOW, answer, changed, flow, forged_by, log_in, with_answer


@pytest.mark.parametrize("account", ["larare", "elev"])
def test_it_accepts_a_good_login(account: str) -> None:
    said = stock_sp.ask(flow(account))
    assert said is not None
    assert said.name.startswith("pysaml2 ")
    assert (said.accepted, said.error) == (True, None)


@pytest.mark.parametrize("years", [-3, -1, 1, 5])
def test_the_wall_clock_is_not_asked(years: int) -> None:
    """The same login, recorded in another year: what is a good login then is one now."""
    (captured, *_) = log_in("larare", at=NOW + timedelta(days=365 * years))
    assert captured.stock_sp is not None
    assert captured.stock_sp.accepted, captured.stock_sp.error


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_flows_clock_is_asked(hours: int) -> None:
    said = stock_sp.ask(replace(flow(), captured_at=NOW + timedelta(hours=hours)))
    assert said is not None
    assert not said.accepted


@pytest.mark.parametrize("defect", ["unsigned", "signed-by-other-key", "wrong-audience", "wrong-destination", "expired", "doctype"])
def test_what_it_refuses_is_told_in_one_line(defect: str) -> None:
    said = stock_sp.ask(flow("larare", defect))
    assert said is not None
    assert not said.accepted
    assert said.error
    assert "\n" not in said.error
    assert len(said.error) < 300


def test_it_never_accepts_another_person_than_the_signed_one() -> None:
    said = stock_sp.ask(changed(flow(), forged_by("someone@exempelstad.se")))
    assert said is not None
    assert not said.accepted


def test_when_nothing_arrived_it_is_not_asked() -> None:
    assert stock_sp.ask(replace(flow(), ended=Ended("network", 1))) is None


@pytest.mark.parametrize("xml", [b"", b"x", b"<x/>", b"\xff", answer(flow())[:2000]])
def test_whatever_arrives_it_says_no_and_does_not_raise(xml: bytes) -> None:
    said = stock_sp.ask(with_answer(flow(), xml))
    assert said is not None
    assert not said.accepted


def test_metadata_that_it_cannot_read_is_a_no() -> None:
    said = stock_sp.ask(replace(flow(), idp=replace(flow().idp, metadata=b"\xff\xfe")))
    assert said is not None
    assert not said.accepted


def test_its_clock_is_its_own_again_afterwards() -> None:
    was = time_util.time, time_util.datetime
    assert was == (time, datetime)
    stock_sp.ask(flow())
    stock_sp.ask(with_answer(flow(), b"x"))
    with pytest.raises(KeyboardInterrupt), stock_sp._clock(NOW):
        assert time_util.utc_now() == int(NOW.timestamp())
        raise KeyboardInterrupt
    assert (time_util.time, time_util.datetime) == was
    assert abs(time_util.utc_now() - time.time()) < 5
