"""The whole road as a user walks it: init, our metadata into SimpleSAMLphp, log in there, judge. What is found is what is true of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from idptest import catalogue
from idptest.model.inspection import Part
from tests.interop.simplesamlphp import EPPN, SimpleSamlPhp
from tests.interop.workspace import ELEV, LARARE, UNSAID, Workspace, failing

Start = Callable[..., SimpleSamlPhp]

PEOPLE = (LARARE, ELEV)
# What no login by SAML is judged by.
OTHERS = {rule.id for rule in catalogue.all_rules() if issubclass(rule.subject, Part) or rule.protocol == "oidc"}
RULES_IN_DATA = Path(__file__).parents[2] / "attribute_rules"
E_LEG = """<md:Extensions><mdattr:EntityAttributes xmlns:mdattr="urn:oasis:names:tc:SAML:metadata:attribute">
<saml:Attribute xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" Name="urn:oasis:names:tc:SAML:attribute:assurance-certification"
 NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">
<saml:AttributeValue>https://fidus.skolverket.se/authentication/e-leg</saml:AttributeValue>
</saml:Attribute></mdattr:EntityAttributes></md:Extensions><md:IDPSSODescriptor """
DISPLAY_NAME = "urn:oid:2.16.840.1.113730.3.1.241"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
UNCERTIFIED_LOA3 = "http://id.swedenconnect.se/loa/1.0/uncertified-loa3"
LOA3 = "http://id.elegnamnden.se/loa/1.0/loa3"

# What SimpleSAMLphp 1.19 does by itself: OIDs under NameFormat basic.
NAME_FORMAT = {"dnp/eppn-name-is-understood", "dnp/eppn-name-is-the-oid", "skolfederation/attribute-names-have-format-uri"}
# And it does not read which level is asked for.
LEVEL_IGNORED = {"level/answer-is-one-that-was-asked-for", "loa3-teacher/level-is-at-least-3"}
# Sixteen bytes in base64 have capitals, and signs that account names lack.
ODD_LETTERS = {"eppn/local-part-has-characters-of-account-names", "eppn/local-part-has-no-capitals"}
# A note.
RESPONSE_UNSIGNED = "saml-signature/covers-the-response-itself"
# Its error page does, unless it is set up as in production.
SHOWS_ITS_INSIDE = "refusal/page-keeps-the-inside-to-itself"


def test_from_an_empty_folder_to_judged_logins_at_a_stock_simplesamlphp(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    sp = workspace.set_up()
    assert (sp.entity_id, sp.acs_url) == ("https://idptest.exempelstad.se/sp", "https://localhost:8443/saml/acs")
    workspace.use(simplesamlphp_idp(sp, users=PEOPLE))

    seen = workspace.idptest("login", "larare")
    assert seen.code == 1
    assert seen.err == ""
    assert "NOT FINE" in seen.out
    for rule in NAME_FORMAT | LEVEL_IGNORED:
        assert rule in seen.out
    assert "NameFormat basic" in seen.out
    assert PASSWORD in seen.out
    # Masked: the account is not declared to be an invented person.
    assert "fc79…ff65@exempelstad.se" in seen.out
    assert LARARE.guid not in seen.out

    run, (teacher, again, pupil) = workspace.judged()
    assert run.code == 1
    assert [report["target"]["account"] for report in (teacher, again, pupil)] == ["larare", "larare", "elev"]
    assert failing(teacher) == NAME_FORMAT | {"dnp-teacher/e-leg-is-declared"}
    assert failing(again) == LEVEL_IGNORED
    assert failing(pupil) == NAME_FORMAT
    for report in (teacher, again, pupil):
        assert report["target"]["product"] == "simplesamlphp"
        assert report["login"]["ended"] == "arrived"
        assert report["login"]["trusted"] is True
        assert report["login"]["authn_context"] == PASSWORD
        assert report["summary"]["complete"] is True
    assert len(workspace.flows()) == 5


def test_a_pupil_at_an_idp_that_is_right_passes(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    workspace.use(simplesamlphp_idp(workspace.set_up(), users=PEOPLE, name_format="uri"), by="url")
    workspace.account("elev", f'test_person = true\nobject_guid = "{ELEV.guid}"\nsurname = "{ELEV.surname}"\n')
    workspace.edit('password_env = "IDPTEST_ELEV_PASSWORD"\ntest_person = false', 'password_env = "IDPTEST_ELEV_PASSWORD"')
    run = workspace.idptest("login", "elev", "--lang", "sv", "--fail-on", "should")
    assert run.code == 0, run.out
    assert "KLART" in run.out
    assert "INTE KLART" not in run.out
    run, (report,) = workspace.judged("elev")
    assert run.code == 0
    assert failing(report) == set()
    assert report["summary"]["conformant"] is True
    assert report["summary"]["complete"] is True
    assert report["login"]["eppn"] == f"{ELEV.guid}@exempelstad.se"


def test_no_rule_is_silent_and_passes_outnumber_the_rest(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    workspace.use(simplesamlphp_idp(workspace.set_up(), users=PEOPLE, name_format="uri"))
    _, (report,) = workspace.judged("elev")
    rules = {each["id"] for each in json.loads(workspace.idptest("rules", "--format", "json").out)}
    judged = {each["rule"] for each in report["findings"]}
    asked = ("skolfederation", "dnp", "eppn-objectguid")
    data = {path.stem for path in RULES_IN_DATA.glob("*.toml")}
    of_a_login = {rule for rule in rules - OTHERS if not rule.startswith("history-")}
    assert judged == {rule for rule in of_a_login if rule.partition("/")[0] in asked or rule.partition("/")[0] not in data}
    assert {each["verdict"] for each in report["findings"] if each["rule"] not in UNSAID} == {"pass", "not-applicable"}
    assert report["summary"]["pass"] > report["summary"]["not_applicable"]


def _declare_e_leg(metadata: bytes) -> bytes:
    return metadata.replace(b"<md:IDPSSODescriptor ", E_LEG.encode(), 1)


def _other_scope(metadata: bytes) -> bytes:
    return metadata.replace(b">exempelstad.se<", b">skola.exempelstad.se<")


@pytest.mark.parametrize(
    ("options", "changed", "expected"),
    [
        ({"name_format": "basic"}, None, NAME_FORMAT),
        ({"declare_scope": False}, None, {"dnp/scope-is-declared", "dnp/eppn-scope-in-metadata"}),
        ({}, _other_scope, {"dnp/eppn-scope-in-metadata"}),
        ({"over_release": True}, None, {"dnp/only-the-eppn-is-released"}),
        ({"eppn_as": "base64"}, None, {"eppn-objectguid/guid-is-in-canonical-form", *ODD_LETTERS}),
        ({"sign_response": False}, None, {RESPONSE_UNSIGNED}),
        ({"sign_assertion": False}, None, set()),
        ({"encrypt_assertion": True}, None, {"saml-encryption/cipher-is-authenticated"}),
        ({"encrypt_assertion": True, "sign_response": False}, None, {"saml-encryption/cipher-is-authenticated", RESPONSE_UNSIGNED}),
        (
            {"sign_response": False, "sign_assertion": False},
            None,
            {"saml-signature/identity-is-signed-by-a-metadata-key", "login/a-stock-sp-accepts-it"},
        ),
        (
            {"extra": {EPPN: ("elis.elevsson@exempelstad.se", "elis@exempelstad.se")}},
            None,
            {"eppn/has-exactly-one-value", "eppn-objectguid/local-part-is-an-objectguid", "dnp/eppn-is-not-the-account-name"},
        ),
        (
            {"extra": {DISPLAY_NAME: (" Elis ",)}},
            None,
            {"dnp/only-the-eppn-is-released", "skolfederation/values-are-clean"},
        ),
    ],
)
def test_a_pupil_is_told_exactly_what_is_wrong(
    workspace: Workspace, simplesamlphp_idp: Start, options: dict[str, Any], changed: Callable[[bytes], bytes] | None, expected: set[str]
) -> None:
    workspace.use(simplesamlphp_idp(workspace.set_up(), users=PEOPLE, **{"name_format": "uri", **options}))
    if changed:
        path = workspace.folder / "idp-metadata.xml"
        path.write_bytes(changed(path.read_bytes()))
    run, (report,) = workspace.judged("elev", "--fail-on", "should")
    assert failing(report) == expected
    assert run.code == (1 if expected - {RESPONSE_UNSIGNED} else 0)
    for each in report["findings"]:
        assert each["verdict"] != "inconclusive" or each["blocked_by"] in expected, each


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (f'object_guid = "{ELEV.guid}"', set()),
        (f'object_guid = "{LARARE.guid}"', {"eppn-objectguid/guid-is-the-accounts-own"}),
        ('surname = "Elevsson"\ngiven_name = "Elis"', set()),
        ('rulesets = ["skolfederation"]', set()),
    ],
)
def test_what_the_user_tells_of_the_account_is_judged(
    workspace: Workspace, simplesamlphp_idp: Start, lines: str, expected: set[str]
) -> None:
    workspace.use(simplesamlphp_idp(workspace.set_up(), users=PEOPLE, name_format="uri"))
    workspace.account("elev", lines)
    run, (report,) = workspace.judged("elev", "--fail-on", "should")
    assert failing(report) == expected
    assert run.code == (1 if expected else 0)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        # By itself it says Password to whatever is asked: the gateway's list first, then the municipality's own.
        (None, [{*LEVEL_IGNORED, "dnp-teacher/level-is-on-the-list"} - {"loa3-teacher/level-is-at-least-3"}, LEVEL_IGNORED]),
        # One that claims e-legitimation for a password: an answer to both, and untrue.
        (UNCERTIFIED_LOA3, [{"level/fits-the-factors-given"}]),
        (LOA3, [{"level/fits-the-factors-given", "dnp-teacher/level-may-be-claimed"}]),
    ],
)
def test_a_teacher_at_an_idp_that_declares_e_leg(
    workspace: Workspace, simplesamlphp_idp: Start, answer: str | None, expected: list[set[str]]
) -> None:
    workspace.use(simplesamlphp_idp(workspace.set_up(), users=PEOPLE, name_format="uri", authn_context=answer))
    path = workspace.folder / "idp-metadata.xml"
    path.write_bytes(path.read_bytes().replace(b"<md:IDPSSODescriptor ", E_LEG.encode(), 1))
    run, reports = workspace.judged("larare")
    assert run.code == 1
    assert [failing(report) for report in reports] == expected


def test_a_certificate_that_the_metadata_lacks(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    sp = workspace.set_up()
    before = simplesamlphp_idp(sp, users=PEOPLE, name_format="uri")
    workspace.use(before)
    now = simplesamlphp_idp(sp, users=PEOPLE, name_format="uri", entity_id=before.metadata_url)
    workspace.watch(now)
    path = workspace.folder / "idp-metadata.xml"
    path.write_bytes(path.read_bytes().replace(before.sso_url.encode(), now.sso_url.encode()))
    run, (report,) = workspace.judged("elev")
    assert run.code == 1
    assert failing(report) == {
        "saml-signature/identity-is-signed-by-a-metadata-key",
        "login/a-stock-sp-accepts-it",
    }
    assert report["login"]["trusted"] is False
    first = workspace.idptest("login", "elev").out.split("\n\n")[1]
    assert "No signature" in first, first


def test_an_idp_that_demands_signed_requests_turns_us_away(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    workspace.use(simplesamlphp_idp(workspace.set_up(), users=PEOPLE, name_format="uri", require_signed_request=True))
    run, (report,) = workspace.judged("elev")
    assert run.code == 1
    assert failing(report) == {"login/idp-completes-the-login", "dnp/takes-unsigned-requests", SHOWS_ITS_INSIDE}
    assert report["login"]["ended"] == "refused-by-idp"


def test_an_idp_is_found_in_a_federations_feed(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    sp = workspace.set_up()
    idp, other = (simplesamlphp_idp(sp, users=PEOPLE, name_format="uri", entity_id=f"https://idp{n}.exempelstad.se/") for n in (1, 2))
    workspace.watch(idp)
    entities = b"".join(each.metadata().partition(b"?>")[2] for each in (other, idp))
    feed = b'<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">' + entities + b"</md:EntitiesDescriptor>"
    (workspace.folder / "feed.xml").write_bytes(feed)
    workspace.edit('"idp-metadata.xml"', '{ from = "feed.xml", entity_id = "https://idp1.exempelstad.se/" }')
    run, (report,) = workspace.judged("elev")
    assert (run.code, failing(report)) == (0, set())
    assert "POST" in idp.log()
    assert "POST" not in other.log()


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_check_says_what_login_said_byte_for_byte(workspace: Workspace, simplesamlphp_idp: Start, tmp_path: Path, lang: str) -> None:
    idp = workspace.use(simplesamlphp_idp(workspace.set_up(), users=PEOPLE, over_release=True))
    pupil = workspace.idptest("login", "elev", "--format", "json", "--lang", lang, "--report", "text=elev.txt")
    [flow] = workspace.flows()
    name = str(flow.relative_to(workspace.folder))
    assert workspace.idptest("check", name, "--format", "json", "--lang", lang).out == pupil.out
    assert workspace.idptest("check", name, "--lang", lang).out == (workspace.folder / "elev.txt").read_text(encoding="utf-8")

    teacher = workspace.idptest("login", "larare", "--format", "json", "--lang", lang)
    both = workspace.flows()[1:]
    assert len(both) == 2

    # The IdP is gone, the settings are gone, and the flows are somewhere else.
    idp.stop()
    elsewhere = workspace.place / "home" / "sparat"
    elsewhere.mkdir()
    for path in (flow, *both):
        shutil.move(path, elsewhere / path.name)
    (workspace.folder / "idptest.toml").unlink()
    for said, paths in ((pupil, [flow]), (teacher, both)):
        again = workspace.idptest("check", *(path.name for path in paths), "--format", "json", "--lang", lang, cwd=elsewhere)
        assert again.out == said.out
        assert (again.code, again.err) == (said.code, "") == (1, "")
    assert workspace.flows() == []


def test_two_logins_at_once_in_one_folder(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    workspace.use(simplesamlphp_idp(workspace.set_up(), users=PEOPLE, name_format="uri", workers=3))
    command = ("login", "elev", "--format", "json")
    running = [workspace.start(*command) for _ in range(4)]
    ended = [workspace.ended(each, *command) for each in running]
    assert [run.code for run in ended] == [0] * 4
    reported = {run.reports[0]["login"]["flow"] for run in ended}
    assert {path.stem for path in workspace.flows()} == reported
    assert len(reported) == 4


def test_the_sweep_would_find_them(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    """The other tests prove nothing if this one fails."""
    idp = workspace.use(simplesamlphp_idp(workspace.set_up(), users=PEOPLE))
    assert workspace.judged("elev")[0].code == 1
    assert len(workspace.cookies()) == 2
    kept = workspace.flows()[0].read_text(encoding="utf-8")
    assert "PHPSESSID=‹cookie›" in kept
    assert "SimpleSAMLAuthToken=‹cookie›" in kept
    assert '"‹secret›"' in kept
    log = workspace.folder / "log"
    [session, token] = sorted(workspace.cookies(), key=len)
    for text in (
        ELEV.password,
        "R%F6d%20penna%20%26%20%3Csudd%3E%20%2B%202",
        "R%C3%B6d+penna+%26+%3Csudd%3E+%2B+2",
        "Röd penna &amp; &lt;sudd&gt; + 2",
        "xyUsO2ZCBwZW5uYSAmIDxzdWRkPiArIDI",
        f"PHPSESSID={session}",
        token,
    ):
        log.write_text(text, encoding="utf-8")
        assert workspace.leaks(), text
    log.unlink()
    assert workspace.leaks() == []
    assert idp.pid
