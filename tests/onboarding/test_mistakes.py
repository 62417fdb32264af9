"""idptest onboard: every mistake that a municipality makes stops it where it should, and it says what to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from idptest.adapters import clock
from idptest.cli import main
from idptest.demo import pages
from idptest.demo.defect import Defect
from idptest.demo.defects import defect
from idptest.model.flow import HttpRequest, HttpResponse
from tests.feed_server import federation, signed, unsigned
from tests.onboarding.conftest import OTHERS, Town

STEPS = ("Preflight", "The IdP's metadata", "The metadata's way to Skolverket", "A pupil logs in", "A teacher logs in")


def at(step: int, sign: str = "✕") -> dict[str, str]:
    """The checklist when it stops at that step, counted from 1."""
    return {name: "✓" if number < step else sign if number == step else "·" for number, name in enumerate(STEPS, 1)}


def test_from_nothing_to_a_green_teacher_login(town: Town) -> None:
    town.open()
    code, states, failing, shown = town.stops()
    assert (code, failing) == (0, set()), shown
    assert set(states.values()) == {"✓"}
    assert "FINE Every step holds." in shown
    # Nothing has changed: nothing is asked again.
    asked = len(town.federation.asked)
    code, out = town.onboard()
    assert code == 0 and out.count("\n") < 20 and "DNP-staging" in out and len(town.federation.asked) == asked


def _refuses_unsigned(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    unsigned_request = "/sso?" in request.url and "Signature=" not in request.url
    return pages.refusal("Osignerad fråga", "Tjänstens fråga är inte signerad.") if unsigned_request else response


def _demanding() -> Defect:
    found = defect("wants-signed-requests")
    assert found
    return replace(found, http=_refuses_unsigned)


def _no_level_for_teachers() -> Defect:
    found = defect("level-refused")
    assert found and found.answer
    refuse = found.answer
    return replace(found, answer=lambda answer, who, now: refuse(answer, who, now) if who.role == "teacher" else answer)


@dataclass(frozen=True)
class Mistake:
    """`make` makes it; onboarding then stops at `step`, `rules` fail there, and the first screen says all of `says`."""

    name: str
    step: int
    rules: Sequence[str]
    says: Sequence[str]
    make: Callable[[Town], object]
    code: int = 1
    sign: str = "✕"


def _unset(town: Town) -> None:
    town.open()
    town.monkeypatch.delenv("IDPTEST_ELEV_PASSWORD")


def _own_metadata(town: Town) -> None:
    town.open()
    with pytest.raises(SystemExit):
        main(["metadata", "sp", "--output", "sp.xml"])
    town.values["metadata"] = "sp.xml"
    town.write()


def _elsewhere(town: Town) -> None:
    """In the other federation: production's feed is named for a test IdP."""
    server = town.open(published=False)
    feed = signed(
        unsigned(
            server._municipality.metadata(datetime.now(UTC)).decode().partition("?>")[2],
            *OTHERS,
            until=datetime.now(UTC) + timedelta(days=7),
        )
    )
    other = town.stack.enter_context(federation(feed))
    town.settings += f'\n[feed.skolfederation]\nurl = "{other.url}"\ncertificate = "signing.pem"\ntimeout = 5\n'
    town.write()


def _no_teacher(town: Town) -> None:
    town.open()
    town.edit('role = "teacher"', 'role = "pupil"')
    town.edit('totp_env = "IDPTEST_LARARE_TOTP"\n', "")


def wrong_password(town: Town) -> None:
    town.open()
    town.monkeypatch.setenv("IDPTEST_ELEV_PASSWORD", "fel lösenord")


def _no_key(town: Town) -> None:
    town.open()
    (town.folder / ".idptest/keys/sp-key.pem").unlink()


def in_production(town: Town) -> None:
    town.open()
    town.edit("timeout = 5\n\n[account.larare]", 'timeout = 5\nenvironment = "production"\n\n[account.larare]')


MISTAKES = (
    Mistake(
        "a password variable is not set",
        1,
        ["preflight-settings/credentials-are-at-hand"],
        ["Not set: IDPTEST_ELEV_PASSWORD", "export NAME="],
        _unset,
    ),
    Mistake(
        "the metadata is our own",
        1,
        ["preflight-idp/metadata-is-at-hand"],
        ["sp.xml: there is no IdP in this metadata", "Fetch the IdP's metadata, save it unchanged"],
        _own_metadata,
    ),
    Mistake(
        "the IdP does not know us",
        1,
        ["preflight-idp/idp-takes-our-request"],
        ["The IdP does not know this SP. Register our metadata there: idptest metadata sp."],
        lambda town: town.open(sp="https://annan.example/sp"),
    ),
    Mistake(
        "the IdP takes signed requests only",
        1,
        ["preflight-idp/idp-takes-our-request"],
        ["The IdP demands that our request is signed", "sign_requests = true"],
        lambda town: town.open(_demanding()),
    ),
    Mistake(
        "the clocks are ten minutes apart",
        1,
        ["preflight-idp/clocks-agree"],
        ["ahead of ours", "timedatectl"],
        lambda town: town.open(now=lambda: clock.now() + timedelta(minutes=10)),
    ),
    Mistake("our key is gone", 1, ["preflight-keys/key-and-certificate-are-there"], ["sp-key.pem", "idptest init"], _no_key),
    Mistake(
        "production without a yes",
        1,
        ["preflight-settings/production-takes-a-yes"],
        ["nothing was sent to it", "--yes-production"],
        in_production,
    ),
    Mistake("no scope", 2, ["dnp/scope-is-declared"], ["Scope"], lambda town: town.open("scope-undeclared")),
    Mistake(
        "the scope stands under the entity", 2, ["dnp/scope-is-declared"], ["IDPSSODescriptor"], lambda town: town.open("scope-misplaced")
    ),
    Mistake(
        "e-leg is declared under the role",
        2,
        ["dnp-teacher/e-leg-is-declared-under-the-entity"],
        ["EntityDescriptor"],
        lambda town: town.open("e-leg-misplaced"),
    ),
    Mistake(
        "the metadata has no certificate",
        2,
        ["saml-metadata/has-a-signing-certificate"],
        ["certificate"],
        lambda town: town.open("certificate-missing"),
    ),
    Mistake(
        "not in the feed yet",
        3,
        ["trace/idp-is-in-the-federations-feed"],
        ["The federation's feed does not have https://idp.exempelstad.se/saml", "is the metadata uploaded, accepted and published"],
        lambda town: town.open(published=False),
    ),
    Mistake(
        "in the other federation's feed",
        3,
        ["trace/idp-is-in-the-federations-feed"],
        ["The IdP is in skolfederation (production) and not in the test feed"],
        _elsewhere,
    ),
    Mistake(
        "the pupil's password is wrong",
        4,
        ["login/idp-completes-the-login"],
        ["did not accept the user name and password"],
        wrong_password,
    ),
    Mistake("no EPPN", 4, ["dnp/eppn-is-released"], ["eduPersonPrincipalName"], lambda town: town.open("eppn-missing")),
    Mistake(
        "the level is refused",
        5,
        ["login/idp-completes-the-login"],
        ["can give none of the levels asked for"],
        lambda town: town.open(_no_level_for_teachers()),
    ),
    Mistake(
        "a password is all the teacher gives", 5, ["loa3-teacher/level-is-at-least-3"], [""], lambda town: town.open("level-unrequested")
    ),
    Mistake("no teacher has an account", 5, [], ["no account logs in at exempelstad as a teacher", "--skip teacher"], _no_teacher, code=2),
)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_stops_it_at_the_right_place(town: Town, mistake: Mistake) -> None:
    mistake.make(town)
    code, states, failing, shown = town.stops()
    assert (code, states) == (mistake.code, at(mistake.step, mistake.sign)), shown
    assert set(mistake.rules) <= failing
    first_screen = shown.partition("Then: idptest onboard exempelstad goes on from here.")[0]
    for said in mistake.says:
        assert said in first_screen
    assert "Do this:" in first_screen or mistake.code == 2
