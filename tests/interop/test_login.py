"""The whole road as a user walks it: init, our metadata into SimpleSAMLphp, log in there, judge. What is found is what is true of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.interop.simplesamlphp import SimpleSamlPhp, Sp
from tests.interop.workspace import ELEV, LARARE, Workspace, failing

Start = Callable[..., SimpleSamlPhp]

PEOPLE = (LARARE, ELEV)
E_LEG = """<md:Extensions><mdattr:EntityAttributes xmlns:mdattr="urn:oasis:names:tc:SAML:metadata:attribute">
<saml:Attribute xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" Name="urn:oasis:names:tc:SAML:attribute:assurance-certification"
 NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">
<saml:AttributeValue>https://fidus.skolverket.se/authentication/e-leg</saml:AttributeValue>
</saml:Attribute></mdattr:EntityAttributes></md:Extensions><md:IDPSSODescriptor """
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
UNCERTIFIED_LOA3 = "http://id.swedenconnect.se/loa/1.0/uncertified-loa3"
LOA3 = "http://id.elegnamnden.se/loa/1.0/loa3"

# What SimpleSAMLphp 1.19 does by itself: OIDs under NameFormat basic.
NAME_FORMAT = {"dnp/eppn-name-is-understood", "dnp/eppn-name-is-the-oid", "skolfederation/attribute-names-have-format-uri"}
# And it does not read which level is asked for.
LEVEL_IGNORED = {"level/answer-is-one-that-was-asked-for", "loa3-teacher/level-is-at-least-3"}


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
    assert failing(teacher) == NAME_FORMAT
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
    data = {"skolfederation", "dnp", "dnp-teacher", "loa3-teacher", "eppn-objectguid"}
    assert judged == {rule for rule in rules if rule.partition("/")[0] in asked or rule.partition("/")[0] not in data}
    assert {each["verdict"] for each in report["findings"]} == {"pass", "not-applicable"}
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
        ({"eppn_as": "base64"}, None, {"eppn-objectguid/guid-is-in-canonical-form"}),
        ({"sign_response": False}, None, set()),
        ({"sign_assertion": False}, None, set()),
        (
            {"sign_response": False, "sign_assertion": False},
            None,
            {"saml-signature/identity-is-signed-by-a-metadata-key", "login/a-stock-sp-accepts-it"},
        ),
        ({"extra": {"urn:oid:1.3.6.1.4.1.5923.1.1.1.6": ("a@exempelstad.se", "b@exempelstad.se")}}, None, {
            "eppn/has-exactly-one-value", "eppn-objectguid/local-part-is-an-objectguid"}),
        ({"extra": {"urn:oid:2.16.840.1.113730.3.1.241": (" Elis ",)}}, None, {
            "dnp/only-the-eppn-is-released", "skolfederation/values-are-clean"}),
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
    assert run.code == (1 if expected else 0)
    assert report["summary"]["inconclusive"] == 0
