"""The change that a report asks for is made, as it stands there, in a real SimpleSAMLphp; then the finding is gone and nothing new is wrong."""

from __future__ import annotations

import base64
import subprocess
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from idptest.products.changes import fixes_of
from tests.interop.simplesamlphp import SimpleSamlPhp
from tests.interop.workspace import ELEV, LARARE, Workspace, failing

Start = Callable[..., SimpleSamlPhp]

PEOPLE = (LARARE, ELEV)
RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
NAME_FORMAT = {"dnp/eppn-name-is-understood", "dnp/eppn-name-is-the-oid", "skolfederation/attribute-names-have-format-uri"}
# As the LDAP source hands it on when it is listed under attributes.binary.
OBJECT_GUID = {"objectGUID": (base64.b64encode(uuid.UUID(ELEV.guid).bytes_le).decode(),)}


def snippet(report: Mapping[str, Any], rule: str) -> str:
    """What the report says to write, of the product that it has recognised."""
    finding = next(each for each in report["findings"] if each["rule"] == rule and each["verdict"] == "fail")
    assert (finding["change"]["product"], finding["change"]["syntax"]) == ("SimpleSAMLphp", "php")
    return str(finding["change"]["snippet"])


@pytest.mark.parametrize(
    ("rule", "defect"),
    [
        ("dnp/eppn-name-is-understood", {"name_format": "basic"}),
        ("dnp/eppn-name-is-the-oid", {"name_format": "basic", "eppn_name": "eduPersonPrincipalName"}),
        ("dnp/eppn-is-released", {"eppn_name": None, "extra": OBJECT_GUID}),
        ("dnp/only-the-eppn-is-released", {"over_release": True}),
        ("dnp/scope-is-declared", {"declare_scope": False}),
        ("dnp/eppn-scope-in-metadata", {"hosted": {"scope": ["edu.exempelstad.se"]}}),
        ("dnp/scope-is-literal", {"hosted": {"scope": ["/^exempelstad\\.se$/"]}}),
        ("dnp/takes-unsigned-requests", {"require_signed_request": True}),
        ("saml-signature/algorithms-are-accepted", {"hosted": {"signature.algorithm": RSA_SHA1}}),
        (
            "saml-signature/identity-is-signed-by-a-metadata-key",
            {"sign_response": False, "sign_assertion": False},
        ),
    ],
)
def test_the_change_mends_the_finding(workspace: Workspace, simplesamlphp_idp: Start, rule: str, defect: dict[str, Any]) -> None:
    sp = workspace.set_up()
    options = {"users": PEOPLE, "name_format": "uri", **defect}
    workspace.use(simplesamlphp_idp(sp, **options))
    _, (before,) = workspace.judged("elev")
    assert rule in failing(before)

    workspace.use(simplesamlphp_idp(sp, **options, snippets=(snippet(before, rule),)))
    run, (after,) = workspace.judged("elev")
    assert rule not in failing(after) and failing(after) <= failing(before)
    assert (run.code, after["login"]["ended"], after["summary"]["complete"]) == (0, "arrived", True)
    assert after["login"]["eppn"] == before["login"]["eppn"] or rule == "dnp/eppn-is-released" or before["login"]["ended"] != "arrived"


METADATA = (
    "skolfederation/display-name-in-swedish-and-english",
    "skolfederation/description-in-swedish-and-english",
    "skolfederation/information-page-is-linked",
    "skolfederation/privacy-statement-is-linked",
    "skolfederation/logo-is-https",
    "skolfederation/organisation-in-swedish-and-english",
    "skolfederation/contacts-are-listed",
    "skolfederation/security-contact-is-listed",
    "saml-metadata-offers/takes-requests-by-post-too",
)


def test_what_the_metadata_lacks_is_added(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    sp = workspace.set_up()
    options: dict[str, Any] = {
        "users": PEOPLE,
        "name_format": "uri",
        "hosted": {
            "SingleSignOnServiceBinding": ["urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"],
            "OrganizationName": {"sv": "Exempelstads kommun"},
            "OrganizationURL": {"sv": "https://www.exempelstad.se/"},
        },
    }
    workspace.use(simplesamlphp_idp(sp, **options))
    _, (before,) = workspace.judged("elev")
    lacked = failing(before, waived=True)
    assert set(METADATA) <= lacked

    changes = tuple(dict.fromkeys(snippet(before, rule) for rule in METADATA))
    workspace.use(simplesamlphp_idp(sp, **options, snippets=changes))
    _, (after,) = workspace.judged("elev")
    left = failing(after, waived=True)
    assert lacked - left == set(METADATA)
    assert left <= lacked


def test_the_guid_is_written_as_ad_shows_it(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    sp = workspace.set_up()
    change = fixes_of("simplesamlphp")["eppn-objectguid/guid-is-in-canonical-form"].snippet
    assert change
    workspace.use(simplesamlphp_idp(sp, users=PEOPLE, name_format="uri", eppn_name=None, extra=OBJECT_GUID, snippets=(change,)))
    workspace.account("elev", f'object_guid = "{ELEV.guid}"')
    _, (report,) = workspace.judged("elev", "--show-values")
    assert not {each for each in failing(report) if "eppn" in each}
    assert report["login"]["eppn"] == f"{ELEV.guid}@exempelstad.se"


def test_a_teachers_declaration_and_level(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    """The declaration where the gateway reads it, then the level. That a password does not reach it is what then is left to say."""
    sp = workspace.set_up()
    workspace.use(simplesamlphp_idp(sp, users=PEOPLE, name_format="uri"))
    path = workspace.folder / "idp-metadata.xml"
    e_leg = fixes_of("simplesamlphp")["dnp-teacher/e-leg-is-declared-under-the-entity"].snippet
    assert e_leg
    declared = simplesamlphp_idp(sp, users=PEOPLE, name_format="uri", snippets=(e_leg,))
    workspace.use(declared)
    # As by hand, in the wrong place.
    right = path.read_bytes()
    start, end = right.index(b"<md:Extensions"), right.index(b"</md:Extensions>")
    inner = right[right.index(b">", start) + 1 : end]
    moved = right.replace(right[start : end + len(b"</md:Extensions>")], b"", 1)
    namespace = right[start : right.index(b">", start)].replace(b"<md:Extensions", b"")
    scoped = moved.index(b">", moved.index(b"<md:Extensions")) + 1
    path.write_bytes(
        moved[:scoped] + inner.replace(b"<mdattr:EntityAttributes", b"<mdattr:EntityAttributes" + namespace, 1) + moved[scoped:]
    )
    _, reports = workspace.judged("larare")
    wrong = next(report for report in reports if "dnp-teacher/e-leg-is-declared-under-the-entity" in failing(report))

    declaration = snippet(wrong, "dnp-teacher/e-leg-is-declared-under-the-entity")
    workspace.use(simplesamlphp_idp(sp, users=PEOPLE, name_format="uri", snippets=(declaration,)))
    _, reports = workspace.judged("larare")
    assert {"dnp-teacher/level-is-on-the-list", "level/answer-is-one-that-was-asked-for"} <= failing(reports[0])
    assert all("dnp-teacher/e-leg-is-declared-under-the-entity" not in failing(report) for report in reports)

    level = snippet(reports[0], "dnp-teacher/level-is-on-the-list")
    workspace.use(simplesamlphp_idp(sp, users=PEOPLE, name_format="uri", snippets=(declaration, level)))
    _, (after,) = workspace.judged("larare")
    assert {each for each in failing(after) if each.startswith(("level/", "dnp-teacher/", "loa3-teacher/"))} == {
        "level/fits-the-factors-given"
    }


def test_php_is_php() -> None:
    texts = {change.snippet for change in fixes_of("simplesamlphp").values() if change.syntax == "php"}
    assert len(texts) >= 9
    for text in texts:
        done = subprocess.run(["php", "-l"], input=f"<?php\nreturn [\n{text}\n];\n", capture_output=True, text=True)
        assert done.returncode == 0, (text, done.stdout)
