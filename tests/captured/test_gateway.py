"""Several logins in one file: one inside the other at a gateway, one after the other, and those that are not ours to judge."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from idptest.adapters.keys import KEYS
from idptest.errors import IdptestError, InputError
from idptest.model.flow import Flow
from idptest.saml.bindings import redirect
from idptest.saml.request import authn_request
from idptest.validator import judge
from tests import exempelstad
from tests.captured import browser, given

GATEWAY = "https://gateway.example/idp"
INNER = exempelstad.flow("larare", "scope-wrong")


def outer() -> Flow:
    """The login at the gateway around the one at Exempelstad: its answer has other ids, another issuer and no valid signature."""
    sent = replace(INNER.sent, request_id="outer-1", sp_entity_id="https://service.example/sp", acs_url="https://service.example/acs")

    def change(root: Any) -> None:
        root.set("ID", "outer-answer")
        root.set("InResponseTo", "outer-1")
        root.set("Destination", "https://service.example/acs")
        for issuer in root.iter("{urn:oasis:names:tc:SAML:2.0:assertion}Issuer"):
            issuer.text = GATEWAY
        for confirmation in root.iter("{urn:oasis:names:tc:SAML:2.0:assertion}SubjectConfirmationData"):
            confirmation.set("InResponseTo", "outer-1")
            confirmation.set("Recipient", "https://service.example/acs")

    flow = replace(exempelstad.changed(INNER, change), sent=sent)
    first, last = flow.exchanges[0], flow.exchanges[-1]
    asks = redirect("https://gateway.example/sso", authn_request(sent), sent.relay_state)
    return replace(
        flow,
        exchanges=(replace(first, request=asks), replace(last, request=replace(last.request, url="https://service.example/acs"))),
    )


def nested() -> dict[str, Any]:
    asks, delivers = browser.chrome(outer(), clutter=False)["log"]["entries"]
    plain = browser.chrome(INNER)
    plain["log"]["entries"] = [asks, *plain["log"]["entries"], delivers]
    return plain


def feed(tmp_path: Path) -> Path:
    own = INNER.idp.metadata.decode().partition("?>")[2] or INNER.idp.metadata.decode()
    other = own.replace(INNER.idp.entity_id, GATEWAY)
    path = tmp_path / "feed.xml"
    path.write_text(f'<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">{own}{other}</md:EntitiesDescriptor>')
    return path


def test_the_login_whose_metadata_is_known_is_judged_and_the_other_is_one_line(tmp_path: Path) -> None:
    path, metadata = given.write(tmp_path, INNER, browser.as_bytes(nested()))
    result, problem = given.check(path, "--idp-metadata", metadata, "--role", "teacher", "--format", "json")
    assert problem is None
    report = json.loads(result.stdout)
    assert report["target"]["idp"] == "idp.exempelstad.se"
    assert report["target"]["account"] == "login.har #1"
    assert [found["rule"] for found in report["findings"] if found["verdict"] == "fail"] == ["dnp/eppn-scope-in-metadata"]
    (line,) = result.stderr.splitlines()
    assert GATEWAY in line
    assert "inte bedömd" in line


def test_with_the_metadata_of_both_each_is_judged_by_its_own_request(tmp_path: Path) -> None:
    path, _ = given.write(tmp_path, INNER, browser.as_bytes(nested()))
    inner, around = given.GivenFiles(feed(tmp_path)).read(path).flows
    assert (inner.idp.entity_id, inner.sent.request_id) == (INNER.idp.entity_id, INNER.sent.request_id)
    assert (around.idp.entity_id, around.sent.request_id, around.sent.acs_url) == (GATEWAY, "outer-1", "https://service.example/acs")
    assert len(inner.exchanges) == len(INNER.exchanges)
    assert len(around.exchanges) == len(INNER.exchanges) + 2
    assert exempelstad.failing(around) >= {"saml-signature/identity-is-signed-by-a-metadata-key"}
    assert not exempelstad.failing(around) & {"saml-response/answers-our-request", "saml-assertion/recipient-is-our-acs"}


def test_a_reload_is_no_login_of_its_own_and_a_logout_is_none(tmp_path: Path) -> None:
    plain = browser.chrome(INNER)
    entries = plain["log"]["entries"]
    logout = b'<samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="x"/>'
    goodbye = json.loads(json.dumps(entries[-2]))
    goodbye["request"]["postData"] = {"params": [{"name": "SAMLResponse", "value": base64.b64encode(logout).decode()}]}
    entries += [entries[-2], goodbye]
    assert len(given.read(tmp_path, INNER, browser.as_bytes(plain))) == 1


def test_another_login_without_its_request_is_judged_as_far_as_it_goes(tmp_path: Path) -> None:
    plain = browser.chrome(INNER)
    del plain["log"]["entries"][0]
    (found,) = given.read(tmp_path, INNER, browser.as_bytes(plain))
    assert {"request_id", "contexts", "sp_entity_id"} <= set(found.untold)
    assert found.sent.acs_url == INNER.sent.acs_url
    assert exempelstad.failing(found) == {"dnp/eppn-scope-in-metadata"}


def test_no_more_logins_than_anybody_reads(tmp_path: Path) -> None:
    entries = []
    for number in range(300):
        answer = exempelstad.answer(INNER).replace(b"<samlp:Response ", f'<samlp:Response Consent="{number}" '.encode(), 1)
        form = [{"name": "SAMLResponse", "value": base64.b64encode(answer).decode()}]
        entries.append({"request": {"method": "POST", "url": "https://a.example/", "postData": {"params": form}}})
    path, metadata = given.write(tmp_path, INNER, browser.as_bytes({"log": {"entries": entries}}))
    _, problem = given.check(path, "--idp-metadata", metadata)
    assert isinstance(problem, InputError)
    assert "200" in problem.line("sv")


# --- which IdP


WORKSPACE = """
[sp]
entity_id = "https://idptest.exempelstad.se/sp"
base_url = "https://localhost:8443"

[idp.kommunen]
protocol = "saml"
metadata = "idp.xml"
eppn_source = "other"
digg_approved = true

[idp.annan]
protocol = "saml"
metadata = "saknas.xml"

[idp.fjarran]
protocol = "saml"
metadata = "https://127.0.0.1:1/metadata"

[[waiver]]
rule = "dnp/eppn-scope-in-metadata"
reason = "ärende 4711"
until = 2027-03-31
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "idptest.toml").write_text(WORKSPACE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_idp_of_the_workspace_is_known_by_its_entity_id(workspace: Path) -> None:
    path, _ = given.write(workspace, INNER, browser.as_bytes(browser.chrome(INNER)))
    (found,) = given.GivenFiles().read(path).flows
    assert (found.idp.name, found.idp.eppn_source, found.idp.digg_approved) == ("kommunen", "other", True)
    assert found.account.role == "pupil"
    assert found.rulesets == ("skolfederation", "dnp", "eppn-objectguid")
    result, problem = given.check(path)
    assert problem is None
    assert "ärende 4711" in result.stdout
    assert "eppn_source" not in result.stdout
    assert sorted(each.name for each in workspace.iterdir()) == ["idp.xml", "idptest.toml", "login.har"], "check saves nothing"


def test_its_settings_go_with_metadata_from_elsewhere_too(workspace: Path) -> None:
    path, metadata = given.write(workspace, INNER, browser.as_bytes(browser.chrome(INNER)))
    metadata.rename(workspace / "ny.xml")
    with pytest.raises(InputError, match="--idp-metadata"):
        given.GivenFiles().read(path)
    (workspace / "idptest.toml").write_text(
        WORKSPACE.replace('"idp.xml"', f'{{ from = "saknas.xml", entity_id = "{INNER.idp.entity_id}" }}')
    )
    (found,) = given.GivenFiles(workspace / "ny.xml").read(path).flows
    assert found.idp.name == "kommunen"


def test_without_metadata_it_says_what_to_give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path, metadata = given.write(tmp_path, INNER, browser.as_bytes(browser.chrome(INNER)))
    _, problem = given.check(path)
    assert problem is not None
    assert "--idp-metadata" in problem.line("sv")
    assert INNER.idp.entity_id in problem.line("sv")
    metadata.write_text("<html/>")
    _, problem = given.check(path, "--idp-metadata", metadata)
    assert problem is not None
    assert "ingen SAML-metadata" in problem.line("sv")


def test_the_only_login_is_judged_by_the_only_metadata(tmp_path: Path) -> None:
    """With a slash too many in the Issuer the finding helps; that there is no such IdP would not."""
    assert "saml-assertion/issuer-is-the-idp" in exempelstad.failing(given.har(tmp_path, exempelstad.flow("larare", "issuer-other")))


@pytest.mark.parametrize("options", [{"idp_metadata": Path("idp.xml")}, {"role": "teacher"}])
def test_a_saved_login_needs_neither_metadata_nor_role(options: dict[str, Any]) -> None:
    flow = Path(__file__).parents[2] / "fixtures" / "flows" / "larare" / "flow.json"
    with pytest.raises(IdptestError, match="saved"):
        given.GivenFiles(**options).read(flow)
    assert given.GivenFiles().read(flow).flows[0].untold == ()


def test_what_was_encrypted_for_us_is_decrypted_with_the_workspaces_key(workspace: Path) -> None:
    flow = exempelstad.flow("larare", "encrypted-with-cbc")
    path, _ = given.write(workspace, flow, browser.as_bytes(browser.chrome(flow)))
    (without,) = given.GivenFiles(role="teacher").read(path).flows
    assert "saml-encryption/cipher-is-authenticated" in exempelstad.failing(without)
    assert "saml-encryption/assertion-can-be-decrypted" not in exempelstad.failing(without), "that we have no key is no fault of the IdP's"
    assert without.stock_sp is None
    keys = workspace / KEYS
    keys.mkdir(parents=True)
    (keys / "encryption-key.pem").write_bytes((Path(__file__).parents[2] / "metadata" / "exempelstad" / "sp-key.pem").read_bytes())
    (found,) = given.GivenFiles(role="teacher").read(path).flows
    assert judge(found).login.principal_name is not None
    assert found.stock_sp is not None
    assert b"-----BEGIN" not in b"".join(each.xml or b"" for each in found.decrypted)
