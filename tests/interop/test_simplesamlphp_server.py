"""The real IdP itself, before anything is concluded from logins at it."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import uuid
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode, urljoin

import pytest
import requests
from lxml import etree, html

from tests.interop import server, simplesamlphp
from tests.interop.server import ELEV1, LARARE1, ServerTrouble, User, browser
from tests.interop.simplesamlphp import EPPN, SimpleSamlPhp, Sp, php

Start = Callable[..., SimpleSamlPhp]

SP = Sp("https://idptest.exempelstad.se/sp", "https://localhost:8443/saml/acs")
LOA3 = "http://id.swedenconnect.se/loa/1.0/uncertified-loa3"
NS = {
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "shibmd": "urn:mace:shibboleth:metadata:1.0",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
}


def request_url(idp: SimpleSamlPhp) -> str:
    """An AuthnRequest by HTTP-Redirect, as small as it can be."""
    request = (
        f'<samlp:AuthnRequest xmlns:samlp="{NS["samlp"]}" xmlns:saml="{NS["saml"]}" ID="_{uuid.uuid4().hex}" Version="2.0"'
        f' IssueInstant="2026-11-22T12:00:00Z" Destination="{idp.sso_url}"><saml:Issuer>{SP.entity_id}</saml:Issuer></samlp:AuthnRequest>'
    )
    deflate = zlib.compressobj(wbits=-15)
    message = base64.b64encode(deflate.compress(request.encode()) + deflate.flush()).decode()
    return f"{idp.sso_url}?{urlencode({'SAMLRequest': message, 'RelayState': 'rs'})}"


def submit(session: requests.Session, page: requests.Response, username: str, password: str) -> requests.Response:
    [form] = html.fromstring(page.content).forms
    fields = dict(form.form_values()) | {"username": username, "password": password}
    return session.post(urljoin(page.url, form.action), data=fields, timeout=10)


def log_in(idp: SimpleSamlPhp, user: User) -> etree._Element:
    """The Response that a browser would carry to the ACS."""
    session = browser()
    page = submit(session, session.get(request_url(idp), timeout=10), user.username, user.password)
    [form] = html.fromstring(page.content).forms
    assert (form.action, form.fields["RelayState"]) == (SP.acs_url, "rs")
    return etree.fromstring(base64.b64decode(form.fields["SAMLResponse"]))


def texts(tree: etree._Element, path: str) -> list[str]:
    return [str(found) for found in tree.xpath(path, namespaces=NS)]


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_metadata_is_served_and_says_what_was_asked(simplesamlphp_idp: Start) -> None:
    idp = simplesamlphp_idp(SP, entity_id="https://idp.exempelstad.se/idp")
    metadata = etree.fromstring(idp.metadata())
    assert metadata.get("entityID") == "https://idp.exempelstad.se/idp"
    assert texts(metadata, "md:IDPSSODescriptor/md:Extensions/shibmd:Scope/text()") == ["exempelstad.se"]
    assert set(texts(metadata, "//md:SingleSignOnService/@Location")) == {idp.sso_url}
    assert len(texts(metadata, "//md:SingleSignOnService/@Binding")) == 2
    [certificate] = texts(metadata, "//md:KeyDescriptor[@use='signing']//ds:X509Certificate/text()")
    assert certificate in (idp.folder / "cert" / "idp.crt").read_text().replace("\n", "")


def test_the_scope_can_be_left_out(simplesamlphp_idp: Start) -> None:
    metadata = etree.fromstring(simplesamlphp_idp(SP, declare_scope=False).metadata())
    assert metadata.get("entityID").endswith("/saml2/idp/metadata.php")
    assert texts(metadata, "//shibmd:Scope/text()") == []


@pytest.mark.parametrize(("language", "title"), [("sv", "Ange ditt användarnamn och lösenord"), ("en", "Enter your username and password")])
def test_the_login_page_asks_for_username_and_password(simplesamlphp_idp: Start, language: str, title: str) -> None:
    idp = simplesamlphp_idp(SP, language=language)
    session = browser()
    answer = session.get(request_url(idp), timeout=10)
    page = html.fromstring(answer.content)
    [form] = page.forms
    assert page.findtext(".//title") == title
    assert {"username", "password", "AuthState"} <= set(form.fields)
    assert form.inputs["password"].type == "password"
    wrong = html.fromstring(submit(session, answer, LARARE1.username, "fel").content)
    assert wrong.findtext(".//title") == title
    assert "AuthState" in wrong.forms[0].fields
    assert wrong.xpath("//img[contains(@class, 'erroricon')]")


@pytest.mark.parametrize("user", [LARARE1, ELEV1])
def test_a_login_arrives_with_an_eppn(simplesamlphp_idp: Start, user: User) -> None:
    response = log_in(simplesamlphp_idp(SP), user)
    assert texts(response, "//saml:Attribute/@Name") == [EPPN]
    assert texts(response, "//saml:Attribute/@NameFormat") == [simplesamlphp.NAME_FORMATS["basic"]]
    assert texts(response, "//saml:AttributeValue/text()") == [f"{user.guid}@exempelstad.se"]
    assert texts(response, "//saml:AuthnContextClassRef/text()") == ["urn:oasis:names:tc:SAML:2.0:ac:classes:Password"]
    assert len(texts(response, "ds:Signature | saml:Assertion/ds:Signature")) == 2


def test_what_was_asked_is_sent(simplesamlphp_idp: Start) -> None:
    idp = simplesamlphp_idp(
        SP,
        name_format="uri",
        sign_response=False,
        eppn_as="base64",
        over_release=True,
        extra={"urn:oid:1.3.6.1.4.1.5923.1.1.1.9": ("staff@exempelstad.se", "member@exempelstad.se")},
        authn_context=LOA3,
    )
    response = log_in(idp, LARARE1)
    assert texts(response, "ds:Signature") == []
    assert len(texts(response, "saml:Assertion/ds:Signature")) == 1
    assert set(texts(response, "//saml:Attribute/@NameFormat")) == {simplesamlphp.NAME_FORMATS["uri"]}
    assert texts(response, f"//saml:Attribute[@Name='{EPPN}']/*/text()") == ["aeN5/KMYxECqM9kgV7//ZQ==@exempelstad.se"]
    assert len(texts(response, "//saml:Attribute/@Name")) == 5
    assert len(texts(response, "//saml:AttributeValue/text()")) == 6
    assert texts(response, "//saml:AuthnContextClassRef/text()") == [LOA3]


def test_only_the_response_may_be_signed(simplesamlphp_idp: Start) -> None:
    response = log_in(simplesamlphp_idp(SP, sign_assertion=False), LARARE1)
    assert len(texts(response, "ds:Signature")) == 1
    assert texts(response, "saml:Assertion/ds:Signature") == []


def test_the_assertion_may_be_encrypted(simplesamlphp_idp: Start) -> None:
    first = simplesamlphp_idp(SP)
    [certificate] = texts(etree.fromstring(first.metadata()), "//md:KeyDescriptor[@use='signing']//ds:X509Certificate/text()")
    response = log_in(simplesamlphp_idp(Sp(SP.entity_id, SP.acs_url, certificate), encrypt_assertion=True), LARARE1)
    assert texts(response, "saml:Assertion") == []
    assert len(texts(response, "saml:EncryptedAssertion")) == 1


def test_an_unsigned_request_may_be_refused(simplesamlphp_idp: Start) -> None:
    first = simplesamlphp_idp(SP)
    [certificate] = texts(etree.fromstring(first.metadata()), "//md:KeyDescriptor[@use='signing']//ds:X509Certificate/text()")
    idp = simplesamlphp_idp(Sp(SP.entity_id, SP.acs_url, certificate), require_signed_request=True)
    assert texts(etree.fromstring(idp.metadata()), "md:IDPSSODescriptor/@WantAuthnRequestsSigned") == ["true"]
    page = html.fromstring(browser().get(request_url(idp), timeout=10).content)
    assert page.findtext(".//title") == "Unhandled exception"
    assert "no signature found on message" in page.text_content()


@pytest.mark.parametrize("sp", [None, Sp("https://annan.exempelstad.se/sp", "https://localhost:8443/saml/acs")])
def test_an_unknown_sp_meets_the_idps_own_error_page(simplesamlphp_idp: Start, sp: Sp | None) -> None:
    answer = browser().get(request_url(simplesamlphp_idp(sp)), timeout=10)
    page = html.fromstring(answer.content)
    assert page.findtext(".//title") == "Metadata not found"
    # The form there reports an error; it is no login form.
    assert page.forms[0].action.endswith("/errorreport.php")
    assert "METADATANOTFOUND" in page.text_content()


def test_the_sp_is_read_from_its_metadata() -> None:
    document = f"""<md:EntityDescriptor xmlns:md="{NS["md"]}" xmlns:ds="{NS["ds"]}" entityID="{SP.entity_id}">
      <md:SPSSODescriptor protocolSupportEnumeration="{NS["samlp"]}">
        <md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>
          AA\n BB </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
        <md:AssertionConsumerService index="0" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact" Location="https://x"/>
        <md:AssertionConsumerService index="1" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{SP.acs_url}"/>
      </md:SPSSODescriptor></md:EntityDescriptor>"""
    assert Sp.from_metadata(document.encode()) == Sp(SP.entity_id, SP.acs_url, "AABB")


@pytest.mark.parametrize("workers", [1, 3])
def test_a_stopped_server_leaves_no_process_and_frees_the_port(
    tmp_path: Path, simplesamlphp_idp: Start, free_port: int, workers: int
) -> None:
    idp = SimpleSamlPhp(tmp_path / "own", SP, port=free_port, workers=workers)
    with idp:
        pid = idp.pid
        assert pid is not None
        assert os.getpgid(pid) == pid != os.getpgid(0)
        assert len(server.alive(pid)) == (1 if workers == 1 else workers + 1)
        assert listening(free_port)
    assert idp.pid is None
    assert not listening(free_port)
    assert server.alive(pid) == []
    # The same port and key serve again.
    key = (tmp_path / "own" / "cert" / "idp.key").read_bytes()
    with idp:
        assert idp.metadata()
    assert key == (tmp_path / "own" / "cert" / "idp.key").read_bytes()
    idp.stop()


def test_a_server_that_cannot_start_says_why(tmp_path: Path, simplesamlphp_idp: Start) -> None:
    other = simplesamlphp_idp(SP)
    idp = SimpleSamlPhp(tmp_path / "own", SP, port=other.port)
    with pytest.raises(ServerTrouble, match="Address already in use"):
        idp.start()
    assert idp.pid is None
    assert other.metadata()


def test_what_is_missing_is_said_with_the_command_that_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(simplesamlphp, "PROGRAM", tmp_path)
    message = simplesamlphp.missing()
    assert message is not None
    assert message.startswith("php and ")
    assert "apt-get install -y --no-install-recommends simplesamlphp php-cli" in message
    with pytest.raises(ServerTrouble, match="apt-get install"):
        SimpleSamlPhp(tmp_path / "own", SP).start()


def test_php_literals_are_what_php_reads(simplesamlphp_idp: Start) -> None:
    value = {"it's": ["back\\slash", "\\'", "$x {$y} åäö\n", None, True, False, 7], 0: {}, 10: {"a": []}}
    code = f"echo json_encode({php(value)}, JSON_UNESCAPED_UNICODE | JSON_FORCE_OBJECT);"
    answer = subprocess.run(["php", "-r", code], capture_output=True, check=True, text=True).stdout
    expected = '{"it\'s":{"0":"back\\\\slash","1":"\\\\\'","2":"$x {$y} åäö\\n","3":null,"4":true,"5":false,"6":7},"0":{},"10":{"a":{}}}'
    assert answer == expected
