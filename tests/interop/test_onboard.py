"""The whole road with idptest onboard at a real SimpleSAMLphp: from a folder that `idptest init` made to where it truly ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from idptest.demo import keys
from tests.feed_server import federation, signed, sp, unsigned
from tests.interop.simplesamlphp import SimpleSamlPhp
from tests.interop.workspace import ELEV, LARARE, Run, Workspace

Start = Callable[..., SimpleSamlPhp]
PEOPLE = (LARARE, ELEV)
STEPS = ("Preflight", "The IdP's metadata", "The metadata's way to Skolverket", "A pupil logs in", "A teacher logs in")


def onboard(workspace: Workspace, *arguments: str) -> tuple[Run, list[str], set[str]]:
    """The run, the sign of each step, and the rules that fail in the step that it stops at."""
    run = workspace.idptest("onboard", "--uploaded", "2026-01-01T08:00", *arguments, "--format", "json")
    assert run.err == "", run.err
    checklist, *others = run.reports
    failing = {
        found["rule"]
        for report in others
        for found in report["findings"]
        if found["verdict"] == "fail" and found["level"] == "must" and not found["waiver"]
    }
    return run, [fact["label"][0] for fact in checklist["inspection"]["facts"]], failing


@pytest.fixture
def published(workspace: Workspace) -> Iterator[Callable[[SimpleSamlPhp], None]]:
    """A federation that has the IdP, on loopback, and idptest.toml that names it."""
    with federation() as feed, federation() as discovery:

        def publish(idp: SimpleSamlPhp) -> None:
            document = idp.metadata().decode().partition("?>")[2]
            feed.gives(signed(unsigned(document, sp("https://idptest.exempelstad.se/sp"), until=datetime.now(UTC) + timedelta(days=7))))
            discovery.gives(json.dumps([{"entityID": idp.metadata_url, "title": "Exempelstad"}]).encode())
            (workspace.folder / "signing.pem").write_bytes(keys.certificate("signing"))
            with (workspace.folder / "idptest.toml").open("a", encoding="utf-8") as settings:
                settings.write(f'\n[trace]\nfidus = "fidus-test"\ndiscovery = "{discovery.url}"\n')
                for name in ("skolfederation-trial", "fidus-test"):
                    settings.write(f'\n[feed.{name}]\nurl = "{feed.url}"\ncertificate = "signing.pem"\n')

        yield publish


def test_a_stock_simplesamlphp_stops_at_the_pupil(workspace: Workspace, simplesamlphp_idp: Start, published: Callable[[Any], None]) -> None:
    """It sends the EPPN under NameFormat basic, which the gateway does not read."""
    sp = workspace.set_up()
    published(workspace.use(simplesamlphp_idp(sp, users=PEOPLE), by="url"))
    run, steps, failing = onboard(workspace)
    assert (run.code, steps) == (1, ["✓", "✓", "✓", "✕", "·"])
    assert "dnp/eppn-name-is-understood" in failing


def test_with_the_right_name_format_it_stops_at_the_teacher(
    workspace: Workspace, simplesamlphp_idp: Start, published: Callable[[Any], None]
) -> None:
    """It reads no level that is asked for: that takes a proxy, or eduID."""
    sp = workspace.set_up()
    published(workspace.use(simplesamlphp_idp(sp, users=PEOPLE, name_format="uri"), by="url"))
    run, steps, failing = onboard(workspace)
    assert (run.code, steps) == (1, ["✓", "✓", "✓", "✓", "✕"])
    assert "loa3-teacher/level-is-at-least-3" in failing
    # The next run begins there.
    run, steps, failing = onboard(workspace)
    assert (run.code, steps, len(run.reports)) == (1, ["✓", "✓", "✓", "✓", "✕"], 3)


def test_a_municipality_that_asks_no_level_of_its_teachers_comes_to_the_end(
    workspace: Workspace, simplesamlphp_idp: Start, published: Callable[[Any], None]
) -> None:
    """The gateway adds eduID where the metadata does not declare e-leg; the rulesets of the account say that."""
    sp = workspace.set_up()
    workspace.account("larare", 'rulesets = ["skolfederation", "dnp", "dnp-teacher", "eppn-objectguid"]')
    published(workspace.use(simplesamlphp_idp(sp, users=PEOPLE, name_format="uri"), by="url"))
    run, steps, failing = onboard(workspace)
    assert (run.code, steps, failing) == (0, ["✓"] * 5, set())


def test_an_idp_that_does_not_know_us_is_seen_without_a_password(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    workspace.set_up()
    workspace.use(simplesamlphp_idp(None, users=PEOPLE), by="url")
    run, steps, failing = onboard(workspace)
    assert (run.code, steps, failing) == (1, ["✕", "·", "·", "·", "·"], {"preflight-idp/idp-takes-our-request"})
    text = workspace.idptest("onboard", "--lang", "sv")
    assert "Gör så här: Lägg in oss i IdP:n: idptest metadata sp skriver vår metadata" in " ".join(text.out.split())


def test_an_idp_that_wants_signed_requests(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    sp = workspace.set_up()
    workspace.use(simplesamlphp_idp(sp, users=PEOPLE, require_signed_request=True), by="url")
    run, steps, failing = onboard(workspace)
    assert (run.code, steps[0], failing) == (1, "✕", {"preflight-idp/idp-takes-our-request"})
    workspace.edit("digg_approved = false", "digg_approved = false\nsign_requests = true")
    assert onboard(workspace)[1][0] == "✓"
