"""idptest metadata rp: what an OpenID provider is to know of us, as an administrator reads it and as a program does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idptest import settings
from idptest.adapters import keys
from idptest.cli import group
from idptest.errors import IdptestError
from idptest.oidc import registration, rp
from idptest.products import products

SP = """\
[sp]
entity_id = "https://idptest.exempelstad.se/sp"
base_url = "https://localhost:8443"
[sp.organization]
name = { sv = "Exempelstads kommun", en = "Exempelstad municipality" }
url = "https://www.exempelstad.se/"
[sp.contact.technical]
email = "it@exempelstad.se"
[sp.service]
display_name = { sv = "idptest i Exempelstad", en = "idptest in Exempelstad" }
privacy_url = "https://www.exempelstad.se/p"
"""
OP = """\
[idp.{name}]
protocol = "oidc"
issuer = "https://op.exempelstad.se"
client_id = "idptest-{name}"
{more}
"""
SAML = '[idp.saml]\nmetadata = "idp.xml"\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    keys.make(tmp_path, "sp", "idptest SP")
    write(OP.format(name="op", more='product = "keycloak"'))
    return tmp_path


def write(text: str) -> None:
    Path("idptest.toml").write_text(SP + text, encoding="utf-8")


def run(*words: str) -> Result:
    return CliRunner().invoke(group, ["metadata", "rp", *words], prog_name="idptest", standalone_mode=False)


def said(*words: str) -> str:
    result = run(*words)
    assert result.exception is None, result.exception
    return result.output


def refused(*words: str) -> str:
    problem = run(*words).exception
    assert isinstance(problem, IdptestError)
    assert problem.line("en") != problem.line("sv")
    return problem.line("en")


def test_the_client_metadata_is_that_of_rfc_7591(folder: Path) -> None:
    told = json.loads(said("--format", "json"))
    public = told.pop("jwks")["keys"]
    assert told == {
        "client_id": "idptest-op",
        "client_name": "idptest in Exempelstad",
        "client_name#sv": "idptest i Exempelstad",
        "client_uri": "https://www.exempelstad.se/",
        "policy_uri": "https://www.exempelstad.se/p",
        "contacts": ["it@exempelstad.se"],
        "application_type": "web",
        "redirect_uris": ["https://localhost:8443/oidc/callback"],
        "response_types": ["code"],
        "grant_types": ["authorization_code"],
        "post_logout_redirect_uris": ["https://localhost:8443/oidc/logged-out"],
        "scope": "openid",
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "RS256",
    }
    assert public == [rp.public_jwk(keys.signer(folder).key)]  # what our assertions are signed with, by its kid too
    assert json.loads(said("--format", "jwks")) == {"keys": public}
    assert not {"d", "p", "q", "dp", "dq", "qi"} & set(public[0])


def test_a_new_key_stands_beside_the_one_in_use(folder: Path) -> None:
    keys.make(folder, "sp-new", "idptest SP")
    assert len({key["kid"] for key in json.loads(said("--format", "jwks"))["keys"]}) == 2


@pytest.mark.parametrize(
    ("more", "method"),
    [('client_secret_env = "S"', "client_secret_basic"), ('client_auth = "none"', "none")],
)
def test_without_a_signature_no_key_is_told(more: str, method: str) -> None:
    write(OP.format(name="op", more=more))
    told = json.loads(said("--format", "json"))
    assert told["token_endpoint_auth_method"] == method
    assert "jwks" not in told and "token_endpoint_auth_signing_alg" not in told
    assert "JWKS" not in said("--lang", "en")


def test_text_tells_what_to_click_in_the_product() -> None:
    swedish, english = said("--lang", "sv"), said("--lang", "en")
    assert "Redirect URI             https://localhost:8443/oidc/callback" in swedish
    assert "Efter utloggning         https://localhost:8443/oidc/logged-out" in swedish
    assert "Valid post logout redirect URIs: https://localhost:8443/oidc/logged-out" in swedish
    assert "Keycloak\n  1. Clients › Create client: Client type OpenID Connect, Client ID idptest-op." in swedish
    assert "Källa: https://www.keycloak.org/" in swedish and "Source: https://www.keycloak.org/" in english
    assert "New registration" in said("--lang", "en", "--product", "entra")


def test_an_unknown_way_is_said_to_be_unknown() -> None:
    told = said("--lang", "en", "--product", "shibboleth")
    assert "How it is done in Shibboleth IdP is not known here; in general:" in told
    assert "1. Register a client" in told


def test_before_the_op_is_in_the_file_we_ask_as_we_would_by_default() -> None:
    write(SAML)
    assert "the OP gives one" in said("--lang", "en")
    assert "client_id" not in json.loads(said("--format", "json"))


def test_what_is_wrong_is_said() -> None:
    write(SAML + OP.format(name="a", more="") + OP.format(name="b", more=""))
    assert refused() == "idptest.toml: there are several OpenID providers; choose one with --idp: a, b"
    assert json.loads(said("--idp", "b", "--format", "json"))["client_id"] == "idptest-b"
    assert "metadata sp" in refused("--idp", "saml")
    assert 'there is no [idp.samn]; did you mean "saml"?' in refused("--idp", "samn")
    assert 'there is no product "keycloack"' in refused("--product", "keycloack")
    Path(".idptest/keys/sp-key.pem").unlink()
    assert "the SP's key is missing" in refused("--idp", "a")


def test_a_file_is_written_for_the_product_to_read(folder: Path) -> None:
    said("--format", "jwks", "--output", "idptest.jwks.json")
    assert len(json.loads((folder / "idptest.jwks.json").read_bytes())["keys"]) == 1


def test_every_product_that_is_told_of_is_one_and_says_it_in_both_languages() -> None:
    assert {"adfs", "entra", "keycloak", "nexus", "phenixid"} <= set(registration.products()) <= {each.id for each in products()}
    for product in (None, *registration.products()):
        for auth in rp.CLIENT_AUTH:
            about = registration.Registration(
                "https://localhost:8443/oidc/callback", auth, client_id="klienten", logged_out_uri="https://localhost/ut"
            )
            steps, source = registration.steps(about, product)
            assert source and all(step.en and step.sv for step in steps) and any(step.en != step.sv for step in steps)
            assert sum("https://localhost/ut" in step.sv for step in steps) == 1
            assert any(about.redirect_uri in step.sv for step in steps) and any(about.redirect_uri in step.en for step in steps)


@pytest.mark.parametrize("page", ["openid-connect.md", "openid-connect.sv.md"])
def test_the_guides_op_is_understood(page: str) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "guide" / page).read_text(encoding="utf-8")
    first, step, both = re.findall(r"^```toml\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    op = settings.read(SP + first + step).idps["op"]
    assert op.oidc is not None and op.steps
    assert settings.read(SP + '[idp.idp]\nmetadata = "x"\n' + first.partition("[account")[0] + both + 'role = "teacher"\n').accounts
    keys_told = re.findall(r"^\| `(\w+)", guide, re.MULTILINE)
    assert set(keys_told) == set(settings._OIDC_KEYS) - {"issuer", "client_id"}


def test_a_key_is_told_for_request_objects_too() -> None:
    write(OP.format(name="op", more='client_auth = "none"\nrequest_object = true'))
    told = json.loads(said("--format", "json"))
    assert (told["request_object_signing_alg"], len(told["jwks"]["keys"])) == ("RS256", 1)
    assert "Request object           signerat med RS256" in said("--lang", "sv")
