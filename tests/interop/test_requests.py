"""Our requests at an IdP that demands them signed: what SimpleSAMLphp takes, what it refuses, and what idptest then says.

Beside it the `xmlsec1` binary: what we sign by POST, it verifies.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import etree

from idptest.demo import keys
from idptest.saml.bindings import POST
from idptest.saml.request import Signer, authn_request, message
from idptest.saml.xml import SAMLP
from tests.interop.server import key_pair
from tests.interop.simplesamlphp import SimpleSamlPhp, Sp
from tests.interop.workspace import ELEV, LARARE, Workspace, failing
from tests.saml.test_signed_request import WAYS

Start = Callable[..., SimpleSamlPhp]

PEOPLE = (LARARE, ELEV)
REFUSED = {"login/idp-completes-the-login"}
# Its error pages do, unless they are set up as in production.
SHOWS_ITS_INSIDE = {"refusal/page-keeps-the-inside-to-itself"}
SIGNED = "sign_requests = true"
BY_POST = 'request_binding = "post"'


def ask(workspace: Workspace, *lines: str) -> Sp:
    """How we ask, in idptest.toml; and our metadata, made after it."""
    workspace.init()
    workspace.edit('eppn_source = "objectGUID"', "\n".join(('eppn_source = "objectGUID"', *lines)))
    assert workspace.idptest("metadata", "sp", "--output", "sp.xml").code == 0
    return Sp.from_metadata((workspace.folder / "sp.xml").read_bytes())


def told(report: dict[str, Any]) -> str:
    [finding] = [each for each in report["findings"] if each["rule"] == "login/idp-completes-the-login"]
    return str(finding["message"])


def first_request(workspace: Workspace) -> dict[str, Any]:
    flow = json.loads(workspace.flows()[-1].read_text(encoding="utf-8"))
    assert flow["ended"]["how"] in ("arrived", "refused-by-idp")
    request: dict[str, Any] = flow["exchanges"][0]["request"]
    return request


@pytest.mark.parametrize("lines", [(SIGNED,), (SIGNED, BY_POST)], ids=["redirect", "post"])
def test_a_signed_request_is_taken_where_it_is_demanded(workspace: Workspace, simplesamlphp_idp: Start, lines: tuple[str, ...]) -> None:
    sp = ask(workspace, *lines)
    assert b'AuthnRequestsSigned="true"' in (workspace.folder / "sp.xml").read_bytes()
    idp = workspace.use(simplesamlphp_idp(sp, users=PEOPLE, name_format="uri", sp_signs=True))
    run, (report,) = workspace.judged("elev", "--fail-on", "should")
    assert (run.code, failing(report)) == (0, set())
    assert report["login"]["trusted"] is True
    request = first_request(workspace)
    if BY_POST in lines:
        assert (request["method"], request["url"]) == ("POST", idp.sso_url)
    else:
        assert request["method"] == "GET"
        assert "&SigAlg=" in request["url"]
    [flow] = workspace.flows()
    assert workspace.idptest("check", str(flow.relative_to(workspace.folder)), "--format", "json").out == run.out


def test_an_unsigned_request_by_post_is_taken_where_none_is_demanded(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    sp = ask(workspace, BY_POST)
    assert b'AuthnRequestsSigned="false"' in (workspace.folder / "sp.xml").read_bytes()
    workspace.use(simplesamlphp_idp(sp, users=PEOPLE, name_format="uri"))
    run, (report,) = workspace.judged("elev", "--fail-on", "should")
    assert (run.code, failing(report)) == (0, set())
    assert first_request(workspace)["method"] == "POST"


def test_our_acs_is_named_by_its_index_and_a_name_id_format_is_asked_for(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    workspace.use(simplesamlphp_idp(ask(workspace, "acs_by_index = true", 'name_id_format = "transient"'), users=PEOPLE, name_format="uri"))
    run, (report,) = workspace.judged("elev", "--fail-on", "should")
    assert (run.code, failing(report)) == (0, set())
    [query] = parse_qs(urlsplit(first_request(workspace)["url"]).query)["SAMLRequest"]
    asked = etree.fromstring(zlib.decompress(base64.b64decode(query), -15))
    assert asked.get("AssertionConsumerServiceIndex") == "0"
    assert asked.get("AssertionConsumerServiceURL") is None
    assert asked.find("{*}NameIDPolicy").get("Format") == "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"


@pytest.mark.parametrize("lines", [(), (BY_POST,)], ids=["redirect", "post"])
def test_an_unsigned_request_is_refused_and_the_report_says_what_to_do(
    workspace: Workspace, simplesamlphp_idp: Start, lines: tuple[str, ...]
) -> None:
    workspace.use(simplesamlphp_idp(ask(workspace, *lines), users=PEOPLE, name_format="uri", sp_signs=True))
    run, (report,) = workspace.judged("elev")
    assert (run.code, failing(report)) == (1, REFUSED | SHOWS_ITS_INSIDE)
    assert "demands that our request is signed" in told(report)
    assert "sign_requests = true" in told(report)
    seen = workspace.idptest("login", "elev", "--lang", "sv").out
    assert "sign_requests = true" in " ".join(seen.split())
    assert "IdP:n kräver att vår fråga är signerad" in " ".join(seen.split())


@pytest.mark.parametrize("lines", [(SIGNED,), (SIGNED, BY_POST)], ids=["redirect", "post"])
def test_a_request_signed_by_another_key_is_refused(workspace: Workspace, simplesamlphp_idp: Start, lines: tuple[str, ...]) -> None:
    sp = ask(workspace, *lines)
    _, other = key_pair("a key that we had before")
    old = replace(sp, certificate="".join(other.decode().splitlines()[1:-1]))
    workspace.use(simplesamlphp_idp(old, users=PEOPLE, name_format="uri", sp_signs=True))
    run, (report,) = workspace.judged("elev")
    assert (run.code, failing(report)) == (1, REFUSED | SHOWS_ITS_INSIDE)
    assert "does not accept the signature on our request" in told(report)
    assert "idptest metadata sp" in told(report)


def test_where_error_pages_tell_nothing_the_metadata_does(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    """As in production: the page says no more than "Unhandled exception"."""
    sp = ask(workspace)
    workspace.use(simplesamlphp_idp(sp, users=PEOPLE, name_format="uri", require_signed_request=True, show_errors=False))
    run, (report,) = workspace.judged("elev")
    assert (run.code, failing(report)) == (1, REFUSED | {"dnp/takes-unsigned-requests", "refusal/reaches-the-service"})
    assert "Its metadata demands signed requests, and ours was not" in told(report)
    # What it says is true: signed, we are let in.
    workspace.edit('eppn_source = "objectGUID"', f'eppn_source = "objectGUID"\n{SIGNED}')
    run, (report,) = workspace.judged("elev")
    assert (run.code, failing(report)) == (0, {"dnp/takes-unsigned-requests"})


def test_a_wrong_password_is_not_blamed_on_the_signature(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    workspace.use(simplesamlphp_idp(ask(workspace, SIGNED), users=PEOPLE, name_format="uri", require_signed_request=True))
    wrong = "Fel penna & sudd"
    workspace.secrets.add(wrong)
    workspace.environment["IDPTEST_ELEV_PASSWORD"] = wrong
    run, (report,) = workspace.judged("elev")
    assert (run.code, failing(report)) == (1, REFUSED | {"dnp/takes-unsigned-requests"})
    assert "sign_requests" not in told(report)


def test_what_cannot_be_asked_is_said_before_anything_is_sent(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    idp = workspace.use(simplesamlphp_idp(ask(workspace, BY_POST, SIGNED), users=PEOPLE, name_format="uri"))
    asked = idp.log().count("SSOService.php")
    own = workspace.folder / ".idptest" / "keys"

    def refused(*words: str) -> None:
        run = workspace.idptest("login", "elev")
        assert run.code == 2
        assert [word for word in words if word not in run.line] == []

    metadata = workspace.folder / "idp-metadata.xml"
    whole = metadata.read_bytes()
    root = etree.fromstring(whole)
    for service in root.findall(".//{*}SingleSignOnService"):
        if service.get("Binding") == POST:
            service.getparent().remove(service)
    metadata.write_bytes(etree.tostring(root))
    refused("idptest.toml", "[idp.exempelstad] request_binding", "no login address for HTTP-POST")
    metadata.write_bytes(whole)

    shutil.copy(own / "sp-key.pem", workspace.place / "kept.pem")
    shutil.copy(own / "encryption-key.pem", own / "sp-key.pem")
    refused("sp-key.pem", "does not belong to sp-cert.pem")
    (own / "sp-key.pem").write_bytes(ec_key())
    refused("sp-key.pem", "RSA")
    (own / "sp-key.pem").unlink()
    refused("sp-key.pem", "is missing", "idptest init")
    shutil.copy(workspace.place / "kept.pem", own / "sp-key.pem")
    (own / "sp-key.pem").chmod(0o600)
    assert idp.log().count("SSOService.php") == asked
    assert workspace.idptest("login", "elev").code == 0


def ec_key() -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_xmlsec1_verifies_what_we_sign_by_post(tmp_path: Path) -> None:
    if (binary := shutil.which("xmlsec1")) is None:
        pytest.fail("no xmlsec1: apt-get install xmlsec1", pytrace=False)
    certificate, document = tmp_path / "sp.pem", tmp_path / "request.xml"
    certificate.write_bytes(keys.certificate("sp"))
    signer = Signer(keys.pem("sp"), keys.certificate("sp"))

    def verifies(xml: bytes) -> bool:
        document.write_bytes(xml)
        # Only the certificate that we name counts, not the one in the message.
        command = [binary, "--verify", "--enabled-key-data", "rsa", "--id-attr:ID", f"{SAMLP}:AuthnRequest"]
        command += ["--pubkey-cert-pem", str(certificate), str(document)]
        said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
        if not said.startswith(("1.0", "1.1", "1.2")):
            command.insert(2, "--lax-key-search")
        return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0

    for sent in WAYS:
        form = message(replace(sent, binding=POST, signed=True), signer).form
        xml = base64.b64decode(dict(form or ())["SAMLRequest"])
        assert verifies(xml), sent
        assert not verifies(xml.replace(b"2026-11-22", b"2026-11-23")), sent
        assert not verifies(authn_request(sent)), sent
    certificate.write_bytes(keys.certificate("other"))
    assert not verifies(xml)
