"""Our metadata, as `idptest metadata sp` writes it, is read unchanged by those that read SPs' metadata, and a login works over that very file."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from idptest.saml.xml import NS
from tests.interop.simplesamlphp import PROGRAM, SimpleSamlPhp
from tests.interop.workspace import ELEV, LARARE, Workspace, failing

ENTITY_ID = "https://idptest.exempelstad.se/sp"
ACS = "https://localhost:8443/saml/acs"
EPPN = "urn:oid:1.3.6.1.4.1.5923.1.1.1.6"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
INSTALL = "apt-get install -y --no-install-recommends python3-lasso shibboleth-sp-utils"
SETTINGS = """\
[sp.service]
display_name = { sv = "Inloggningsprov: å, ä & ö", en = "Login test <1>" }
description = { sv = "Prövar att inloggningen fungerar.", en = "Tests that logins work." }
information_url = "https://exempelstad.se/prov"
privacy_url = { sv = "https://exempelstad.se/personuppgifter", en = "https://exempelstad.se/en/privacy" }
error_url = "https://exempelstad.se/inloggning/hjalp"
logo = { url = "https://exempelstad.se/logo.png", width = 80, height = 60 }

[sp.organization]
name = { sv = "Exempelstads kommun", en = "Municipality of Exempelstad" }
url = "https://exempelstad.se"

[sp.contact.administrative]
email = "forvaltning@exempelstad.se"

[sp.contact.technical]
email = "idptest@exempelstad.se"
given_name = "Åsa"
surname = "Öst"

[sp.contact.support]
email = "servicedesk@exempelstad.se"

[sp.contact.security]
email = "sakerhet@exempelstad.se"
given_name = "IT-säkerhet"

[idp.exempelstad]
"""
# SimpleSAMLphp's own parser, as its converter in admin/ uses it.
_PARSE = f"""\
require '{PROGRAM}/lib/_autoload.php';
echo json_encode(SimpleSAML\\Metadata\\SAMLParser::parseFile($argv[1])->getMetadata20SP());
"""
# What mod_auth_mellon is built on. Debian's Python has it.
_LASSO = """\
import json, sys, lasso
server = lasso.Server()
server.addProvider(lasso.PROVIDER_ROLE_SP, sys.argv[1])
provider = server.getProvider(sys.argv[2])
found = {name: provider.getMetadataListForRole(lasso.PROVIDER_ROLE_SP, name) for name in provider.getMetadataKeysForRole(lasso.PROVIDER_ROLE_SP)}
print(json.dumps({**found, "organization": provider.getOrganization()}))
"""
_SHIBBOLETH = """\
<SPConfig xmlns="urn:mace:shibboleth:3.0:native:sp:config" clockSkew="180">
  <StorageService type="Memory" id="mem" cleanupInterval="900"/>
  <SessionCache type="StorageService" StorageService="mem" cacheAssertions="false" cacheAllowance="900" inprocTimeout="900"/>
  <ReplayCache StorageService="mem"/>
  <RequestMapper type="Native"><RequestMap applicationId="default"/></RequestMapper>
  <ApplicationDefaults entityID="https://other.exempelstad.se/shibboleth" REMOTE_USER="eppn">
    <Sessions lifetime="28800" timeout="3600" relayState="ss:mem" checkAddress="false" handlerSSL="true" cookieProps="https" redirectLimit="exact"/>
    <Errors/>
    <MetadataProvider type="XML" validate="true" path="{file}"/>
  </ApplicationDefaults>
  <SecurityPolicyProvider type="XML" validate="true" path="/etc/shibboleth/security-policy.xml"/>
  <ProtocolProvider type="XML" validate="true" reloadChanges="false" path="/etc/shibboleth/protocols.xml"/>
</SPConfig>
"""


@pytest.fixture
def written(workspace: Workspace) -> Path:
    """Our metadata for production, with two keys of each kind, as it is during a change."""
    workspace.init()
    workspace.edit("[idp.exempelstad]\n", SETTINGS)
    done = workspace.idptest("metadata", "sp", "--for", "production", "--new-key", "--output", "sp.xml")
    assert (done.code, done.out) == (0, ""), done.err
    return workspace.folder / "sp.xml"


def certificates(file: Path, use: str) -> list[str]:
    found = etree.parse(str(file)).iterfind(f".//md:KeyDescriptor[@use='{use}']//ds:X509Certificate", NS)
    return ["".join((each.text or "").split()) for each in found]


def said(*command: str) -> Any:
    """What a program says in JSON."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_simplesamlphp_reads_it(written: Path) -> None:
    read = said("php", "-r", _PARSE, str(written))
    assert read["entityid"] == ENTITY_ID
    assert read["AssertionConsumerService"] == [{"Binding": POST, "Location": ACS, "index": 0, "isDefault": True}]
    keys = [(key["signing"], key["encryption"], key["X509Certificate"]) for key in read["keys"]]
    assert keys == [
        *((True, False, certificate) for certificate in certificates(written, "signing")),
        *((False, True, certificate) for certificate in certificates(written, "encryption")),
    ]
    assert len(keys) == 4
    assert read["attributes.required"] == read["attributes"] == [EPPN]
    assert read["attributes.NameFormat"] == "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
    assert read["UIInfo"]["DisplayName"] == {"sv": "Inloggningsprov: å, ä & ö", "en": "Login test <1>"}
    assert read["UIInfo"]["PrivacyStatementURL"]["en"] == "https://exempelstad.se/en/privacy"
    assert read["UIInfo"]["Logo"] == [{"url": "https://exempelstad.se/logo.png", "height": 60, "width": 80}]
    assert read["OrganizationName"] == {"sv": "Exempelstads kommun", "en": "Municipality of Exempelstad"}
    assert {(contact["contactType"], *contact["emailAddress"]) for contact in read["contacts"]} == {
        ("administrative", "forvaltning@exempelstad.se"),
        ("technical", "idptest@exempelstad.se"),
        ("support", "servicedesk@exempelstad.se"),
        ("other", "sakerhet@exempelstad.se"),
    }
    assert read["validate.authnrequest"] is False


def test_lasso_reads_it_which_mod_auth_mellon_is_built_on(written: Path) -> None:
    if not Path("/usr/lib/python3/dist-packages/lasso.py").is_file():
        pytest.fail(f"no lasso: {INSTALL}", pytrace=False)
    read = said("/usr/bin/python3", "-c", _LASSO, str(written), ENTITY_ID)
    assert {name: where for name, where in read.items() if name.startswith("AssertionConsumerService")} == {
        "AssertionConsumerService HTTP-POST 0": [ACS]
    }
    assert read["AuthnRequestsSigned"] == ["false"]
    assert read["NameIDFormat"] == ["urn:oasis:names:tc:SAML:2.0:nameid-format:transient"]
    assert "Municipality of Exempelstad" in read["organization"]


def shibboleth(file: Path, *more: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("mdquery") is None:
        pytest.fail(f"no mdquery: {INSTALL}", pytrace=False)
    settings = file.parent.parent / "shibboleth2.xml"
    settings.write_text(_SHIBBOLETH.format(file=file), encoding="utf-8")
    environment = {"SHIBSP_CONFIG": str(settings), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    return subprocess.run(["mdquery", "-e", ENTITY_ID, *more], capture_output=True, text=True, env=environment, check=False)


def test_shibboleths_sp_reads_it_by_its_own_schemas(written: Path) -> None:
    done = shibboleth(written, "-r", "SPSSODescriptor", "-p", "urn:oasis:names:tc:SAML:2.0:protocol")
    role = etree.fromstring(done.stdout.encode())
    assert [found.get("Location") for found in role.iterfind("md:AssertionConsumerService", NS)] == [ACS]
    assert len(role.findall("md:KeyDescriptor", NS)) == 4


def test_shibboleths_sp_refuses_what_is_not_valid(written: Path) -> None:
    written.write_text(
        written.read_text(encoding="utf-8").replace("<md:NameIDFormat>", "<md:NameForm/><md:NameIDFormat>"), encoding="utf-8"
    )
    said = shibboleth(written).stdout
    assert "no declaration found for element 'md:NameForm'" in said
    assert f"no metadata found for ({ENTITY_ID})" in said


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
def test_a_login_works_over_that_very_file(
    workspace: Workspace, written: Path, simplesamlphp_idp: Callable[..., SimpleSamlPhp], encrypted: bool
) -> None:
    workspace.use(simplesamlphp_idp(None, users=(LARARE, ELEV), name_format="uri", sp_metadata=written, encrypt_assertion=encrypted))
    run, (report,) = workspace.judged("elev")
    assert run.code == 0
    assert report["login"]["ended"] == "arrived"
    assert report["login"]["trusted"] is True
    assert failing(report) == ({"saml-encryption/cipher-is-authenticated"} if encrypted else set())


def test_a_login_works_before_while_and_after_the_keys_are_changed(
    workspace: Workspace, written: Path, simplesamlphp_idp: Callable[..., SimpleSamlPhp]
) -> None:
    workspace.edit("[idp.exempelstad]\n", "[idp.exempelstad]\nsign_requests = true\n")
    assert workspace.idptest("metadata", "sp", "--output", "sp.xml").code == 0
    idp = workspace.use(
        simplesamlphp_idp(
            None, users=(LARARE, ELEV), name_format="uri", sp_metadata=written, encrypt_assertion=True, require_signed_request=True
        )
    )
    for change in (None, "--switch-key"):  # the IdP still has the metadata with both when we take the new key into use
        if change:
            assert workspace.idptest("metadata", "sp", change, "--output", "later.xml").code == 0
        _, (report,) = workspace.judged("elev")
        assert (report["login"]["ended"], report["login"]["trusted"]) == ("arrived", True), change
    shutil.copy(workspace.folder / "later.xml", written)
    _, (report,) = workspace.judged("elev")
    assert (report["login"]["ended"], report["login"]["trusted"]) == ("arrived", True)
    assert idp.pid is not None
