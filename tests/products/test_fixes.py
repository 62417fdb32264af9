"""What to change in each product: for rules that exist, in both languages, with a source, and written so that it can be pasted."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator

import pytest
from lxml import etree

from idptest import catalogue, resources
from idptest.errors import RuleFileError
from idptest.products import OIDC, SAML, fix, known, products
from idptest.products.changes import GENERAL, SYNTAXES, Fix, fixes_of, read

PROTOCOLS = (SAML, OIDC)
RULES = {rule.id: rule for rule in catalogue.all_rules()}
GUID = uuid.UUID("00953193-8e1c-4862-b8cf-b09d476c9e70")
# As AD stores it, read out by an LDAP rule of AD FS: http://nzpcmad.blogspot.com.au/2013/01/adfs-objectguid-as-claim.html (read 2026-11).
BASE64 = "kzGVAByOYki4z7CdR2yecA=="
COMMON = (
    "dnp/eppn-name-is-understood",
    "dnp/scope-is-declared",
    "dnp/takes-unsigned-requests",
    "dnp-teacher/level-is-on-the-list",
    "eppn-objectguid/guid-is-in-canonical-form",
    "saml-signature/identity-is-signed-by-a-metadata-key",
)


def every() -> Iterator[tuple[str, Fix]]:
    """Each fix once, with the file it stands in."""
    for protocol in PROTOCOLS:
        for name in resources.fixes(protocol):
            for change in dict.fromkeys(fixes_of(name, protocol).values()):
                yield name, change


def snippets(syntax: str) -> list[str]:
    found = [change.snippet for _, change in every() if change.syntax == syntax and change.snippet]
    assert found, syntax
    return found


def snippet(product: str, rule: str) -> str:
    found = fixes_of(product)[rule].snippet
    assert found
    return found


# --- the data


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_each_file_is_a_products_and_each_rule_exists(protocol: str) -> None:
    for name in resources.fixes(protocol):
        assert name == GENERAL or known(name), name
        assert set(fixes_of(name, protocol)) <= set(RULES), name
        assert {RULES[rule].protocol for rule in fixes_of(name, protocol)} <= {None, protocol}, name
    assert fixes_of("exempelstad", protocol) == {}


def test_what_is_said_of_an_openid_provider_holds_no_word_of_saml() -> None:
    for name in resources.fixes(OIDC):
        for rule, change in fixes_of(name, OIDC).items():
            for text in (change.words.en, change.words.sv):
                found = re.search(
                    r"\b(assertions?|intyg(et)?|ACS|SP(:n|:s)?|entityID|NameID|AuthnContext\w*|IDPSSODescriptor|metadata(?! rp))\b", text
                )
                assert not found or "client assertion" in text, (name, rule, found)


def test_the_common_openid_providers_have_words_for_what_mostly_fails() -> None:
    mostly = {
        "dnp/eppn-is-released",
        "dnp-teacher/level-is-on-the-list",
        "level/answer-is-one-that-was-asked-for",
        "loa3-teacher/level-is-at-least-3",
    }
    for name in ("adfs", "entra", "google", "keycloak", "shibboleth", "simplesamlphp"):
        assert mostly <= set(fixes_of(name, OIDC)), name
    for name in ("adfs", "entra", "keycloak", "simplesamlphp", "nexus"):
        assert "oidc-discovery/issuer-is-where-it-was-found" in fixes_of(name, OIDC), name


def test_a_fix_is_of_the_protocol_that_the_login_used() -> None:
    rule, by_oidc = RULES["dnp/eppn-is-released"], RULES["oidc-token/accepts-the-code"]
    assert "Send Claims" not in fix(rule, "entra", OIDC).words.en and "eduperson_principal_name" in fix(rule, "entra", OIDC).words.en
    assert "urn:oid" in fix(rule, "entra", SAML).words.en and fix(rule, "entra") == fix(rule, "entra", "")
    # What the house says of SAML is not said of OpenID Connect, whether the product is known or not.
    assert fix(rule, "phenixid", OIDC) != fix(rule, "phenixid", SAML)
    assert fix(rule, None, OIDC).product is None and fix(rule, None, OIDC).words.sv != rule.sv.fix
    assert fix(RULES["skolfederation/school-unit-codes-have-eight-digits"], "google", OIDC).product is None
    # A rule about one protocol has that protocol's words, whatever is asked.
    assert fix(by_oidc, "entra") == fix(by_oidc, "entra", OIDC)
    assert fix(by_oidc, "entra").product == "Microsoft Entra ID"


def test_what_is_common_has_words_for_the_common_products() -> None:
    for name in ("adfs", "entra", "google", "keycloak", "phenixid", "shibboleth", "simplesamlphp"):
        said = set(fixes_of(name))
        assert len(said & set(COMMON)) >= 5, (name, set(COMMON) - said)
    assert fixes_of("nexus") and fixes_of("grandid") and fixes_of("freja") and fixes_of("bankid")


def test_words_are_sentences_in_two_languages_with_a_dated_source() -> None:
    for name, change in every():
        if name != GENERAL or change.words.en:
            for text in (change.words.en, change.words.sv):
                assert text.endswith((".", ":")) and "  " not in text and "\n" not in text, text
                assert not text.endswith(":") or change.snippet, text
            assert change.words.en != change.words.sv
        assert change.source and re.search(r"https?://\S+.*\(read \d{4}-\d\d\)$", change.source), change.source


def test_a_fix_is_the_products_own_or_the_rules_own() -> None:
    rule = RULES["dnp/scope-is-declared"]
    general, google, nothing = fix(rule, None), fix(rule, "google"), fix(RULES["saml-response/ids-are-unique"], "google")
    assert (general.product, general.words.sv) == (None, rule.sv.fix)
    assert general.source and general.snippet and "shibmd:Scope" in general.snippet
    # What is the same everywhere is shown with the product's own words; what the product has of its own goes before it.
    assert (google.product, google.snippet, google.words != general.words) == ("Google Workspace", general.snippet, True)
    assert fix(rule, "simplesamlphp").snippet == "'scope' => ['exempelstad.se'],"
    assert nothing == Fix(nothing.words) and nothing.words.en == RULES["saml-response/ids-are-unique"].en.fix
    assert fix(rule, "unheard-of") == fix(rule, "exempelstad") == general


def test_every_product_has_a_fix_for_every_rule() -> None:
    for entry in products():
        for rule in RULES.values():
            change = fix(rule, entry.id)
            assert change.words.en and change.words.sv
            assert change.product in (None, entry.name)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('[a]\nrules = ["x/y"]\nen = "A."\nsv = "B."\nsorce = "S"\n', 1, 'did you mean "source"'),
        ('[a]\nrules = ["x/y"]\nen = "A."\nsv = "B."\n', 1, '"source" is missing'),
        ('[a]\nrules = ["x/y"]\nen = 1\nsv = "B."\nsource = "S"\n', 1, '"en" has the wrong type'),
        ('[a]\nrules = ["x/y"]\nen = "A."\nsv = "B."\nsource = "S"\nsnippet = "s"\n', 1, "a snippet has a syntax"),
        ('[a]\nrules = ["x/y"]\nen = "A."\nsv = "B."\nsource = "S"\nsnippet = "s"\nsyntax = "c"\n', 1, "a snippet has a syntax"),
        ('[a]\nrules = ["x/y", "x/y"]\nen = "A."\nsv = "B."\nsource = "S"\n', 1, '"x/y" has two fixes'),
        ("a = 1\n", 1, "a fix is a table"),
        ("[a\n", 1, "not valid TOML"),
    ],
)
def test_what_is_wrongly_written_is_said(text: str, line: int, said: str) -> None:
    with pytest.raises(RuleFileError, match=re.escape(said)) as caught:
        read(text, "fixes/x.toml")
    assert caught.value.where == f"fixes/x.toml:{line}"


# --- the snippets


def test_syntaxes_are_all_used() -> None:
    assert {change.syntax for _, change in every()} == {None, *SYNTAXES}


@pytest.mark.parametrize("text", snippets("xml"))
def test_xml_is_well_formed(text: str) -> None:
    etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True))


@pytest.mark.parametrize("text", snippets("json"))
def test_json_is_json_or_a_member_of_it(text: str) -> None:
    json.loads(text if text.startswith(("{", "[")) else "{" + text + "}")


@pytest.mark.parametrize("text", snippets("ini"))
def test_settings_are_a_name_and_a_value(text: str) -> None:
    assert all(re.fullmatch(r"[\w.]+ = \S+", line) for line in text.splitlines())


def claim_rules(text: str) -> list[str]:
    """The rules of a text in AD FS's claim rule language, each up to its semicolon."""
    return [rule.strip() for rule in re.split(r";\s*(?=@RuleName|\Z)", text.strip()) if rule.strip()]


# https://learn.microsoft.com/windows-server/identity/ad-fs/technical-reference/the-role-of-the-claim-rule-language (read 2026-11).
_TEXT = r'"[^"]*"'
_CONDITION = rf"\w+:\[Type == {_TEXT}(, (Issuer|Value) (==|=~) {_TEXT})*\]"
_QUERY = rf"store = {_TEXT}, types = \({_TEXT}\), query = \";\w+;\{{0\}}\", param = c\.Value"
_CLAIM = rf"Type = {_TEXT}, Value = c\.Value( \+ {_TEXT})?(,\s+Properties\[{_TEXT}\] = {_TEXT})?"
_RULE = re.compile(rf"@RuleName = {_TEXT}\n{_CONDITION}\n => (add|issue)\(({_QUERY}|{_CLAIM})\)")


def test_claim_rules_are_rules() -> None:
    scripts = [found for text in snippets("powershell") for found in re.findall(r"@'\n(.*?)\n'@", text, re.DOTALL)]
    assert scripts
    for text in (*snippets("claim-rules"), *scripts):
        rules = claim_rules(text)
        assert len(rules) == 2
        for rule in rules:
            assert _RULE.fullmatch(rule), rule
        # What the first adds is what the second takes, so nothing but the EPPN is issued.
        assert "add(" in rules[0] and "issue(" in rules[1]
        assert re.findall(r'types = \("([^"]+)"', rules[0]) == re.findall(r'Type == "([^"]+)"', rules[1])
    # The language has regular expressions and nothing else: what would decode base64 is not in it.
    assert not re.search(r"base64|System\.Guid", " ".join((*snippets("claim-rules"), *scripts)), re.IGNORECASE)


@pytest.mark.parametrize("text", [*snippets("powershell"), *snippets("expression")])
def test_brackets_and_quotes_are_balanced(text: str) -> None:
    bare = re.sub(r"#[^\n]*", "", re.sub(r"\"(`.|[^\"`])*\"", "", re.sub(r"@'\n.*?\n'@", "", text, flags=re.DOTALL)))
    assert '"' not in bare and "'" not in bare
    open_ones: list[str] = []
    for char in bare:
        if char in "([{":
            open_ones.append(char)
        elif char in ")]}":
            assert open_ones and open_ones.pop() + char in ("()", "[]", "{}"), text
    assert not open_ones
    # A line that goes on says so.
    for line, following in zip(bare.splitlines(), bare.splitlines()[1:], strict=False):
        assert not following.startswith("    ") or line.rstrip().endswith(("`", "|", "{")), text


def test_powershell_reads_what_it_says_of_the_guid() -> None:
    text = snippet("adfs", "eppn-objectguid/guid-is-in-canonical-form")
    assert BASE64 in text and str(GUID) in text
    assert uuid.UUID(bytes_le=base64.b64decode(BASE64)) == GUID


def test_shibboleth_writes_the_guid_as_ad_does() -> None:
    order = re.search(r"var order = (\[[^\]]+\])", snippet("shibboleth", "eppn-objectguid/guid-is-in-canonical-form"))
    assert order
    assert bytes(GUID.bytes_le[place] for place in json.loads(order[1])) == GUID.bytes


def test_shibboleths_script_runs() -> None:
    """In the JavaScript of Node, where there is one: with what Java would lend it."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node")
    script = re.search(r"<!\[CDATA\[(.*)\]\]>", snippet("shibboleth", "eppn-objectguid/guid-is-in-canonical-form"), re.DOTALL)
    assert script
    java = "var java = {util: {Base64: {getDecoder: () => ({decode: text => new Int8Array(Buffer.from(text, 'base64'))})}}};"
    given = f"var objectGUID = {{getValues: () => ({{size: () => 1, get: () => '{BASE64}'}})}}; var guidText = {{addValue: v => console.log(v)}};"
    done = subprocess.run([node, "-e", java + given + script[1]], capture_output=True, text=True, check=True)
    assert done.stdout == f"{GUID}\n"


def test_entras_policy_joins_what_it_reads() -> None:
    policy = json.loads(snippet("entra", "dnp/eppn-name-is-understood"))["ClaimsMappingPolicy"]
    source, claim = policy["ClaimsSchema"]
    [join] = policy["ClaimsTransformation"]
    assert claim["TransformationId"] == join["ID"] and claim["ID"] == join["OutputClaims"][0]["ClaimTypeReferenceId"]
    assert join["InputClaims"][0]["ClaimTypeReferenceId"] == source["ID"]
