"""The vocabulary of attributes, and how names are understood."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from saml2.attribute_converter import ac_factory, to_local
from saml2.saml import attribute_statement_from_string

from idptest.attributes import BASIC, UNSPECIFIED, URI, Attributes
from idptest.errors import RuleFileError

FILE = Path(__file__).parents[1] / "attribute_rules/vocabularies/attributes.toml"
EPPN = "eduPersonPrincipalName"
OID = "urn:oid:1.3.6.1.4.1.5923.1.1.1.6"
MACE = "urn:mace:dir:attribute-def:eduPersonPrincipalName"
UPN = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"
GOOD = '[a]\nnames = []\nmeaning = "m"\nmeaning_sv = "m"\nconfidence = "A"\nsource = "s"\n'


@pytest.fixture(scope="module")
def attributes() -> Attributes:
    return Attributes.parse(FILE.read_text(encoding="utf-8"), FILE.name)


@pytest.mark.parametrize(
    ("name", "name_format", "canonical"),
    [
        (OID, URI, EPPN),
        (OID, None, EPPN),
        ("1.3.6.1.4.1.5923.1.1.1.6", None, EPPN),
        ("URN:OID:1.3.6.1.4.1.5923.1.1.1.6", URI, EPPN),
        (MACE, BASIC, EPPN),
        (EPPN, None, EPPN),
        ("eppn", UNSPECIFIED, EPPN),
        (UPN, UNSPECIFIED, "upn"),
        ("upn", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims", "upn"),
        ("surname", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims", "sn"),
        ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", None, "mail"),
        ("urn:oid:1.2.752.29.4.13", URI, "personalIdentityNumber"),
        ("urn:oasis:names:tc:SAML:attribute:pairwise-id", URI, "pairwise-id"),
        ("http://schemas.microsoft.com/identity/claims/objectidentifier", None, "objectidentifier"),
        ("urn:oid:1.2.3.4", URI, None),
        ("", None, None),
    ],
)
def test_what_was_meant(attributes: Attributes, name: str, name_format: str | None, canonical: str | None) -> None:
    assert attributes.canonical(name, name_format) == canonical


def test_every_name_leads_to_its_own_entry(attributes: Attributes) -> None:
    for entry in attributes.entries.values():
        for name in (entry.name, entry.urn, *entry.names):
            if name is not None:
                assert attributes.canonical(name) == entry.name
                assert attributes.entry(name) is entry


def test_every_entry_says_where_it_was_read(attributes: Attributes) -> None:
    for entry in attributes.entries.values():
        assert "https://" in entry.source or "http://" in entry.source
        assert entry.source.endswith("(read 2026-11)")
        assert entry.oid is None or entry.urn == f"urn:oid:{entry.oid}"


def test_an_attribute_is_described_in_both_languages(attributes: Attributes) -> None:
    assert attributes.describe("urn:oid:0.9.2342.19200300.100.1.3", "sv") == "mail (e-postadress)"
    assert attributes.describe("urn:oid:0.9.2342.19200300.100.1.3", "en") == "mail (e-mail address)"
    assert attributes.describe("urn:oid:1.2.3", "sv") == "urn:oid:1.2.3"


@pytest.mark.parametrize(
    ("name", "name_format", "strict", "permissive"),
    [
        (OID, URI, EPPN, EPPN),
        (OID, UNSPECIFIED, None, OID),
        (OID, BASIC, None, OID),
        (OID, None, None, OID),
        (EPPN, None, None, EPPN),
        (EPPN, UNSPECIFIED, None, EPPN),
        (EPPN, BASIC, None, EPPN),
        (EPPN, URI, None, EPPN),
        (MACE, BASIC, EPPN, EPPN),
        (MACE, URI, None, MACE),
        (MACE, None, None, MACE),
        (UPN, UNSPECIFIED, "upn", "upn"),
        (UPN, None, "upn", "upn"),
        ("EPPN", None, None, "EPPN"),
        ("EPPN", URI, None, "EPPN"),
    ],
)
def test_what_the_gateway_makes_of_it(
    attributes: Attributes, name: str, name_format: str | None, strict: str | None, permissive: str | None
) -> None:
    assert attributes.gateway_reads(name, name_format, strict=True) == strict
    assert attributes.gateway_reads(name, name_format) == permissive


def _names(attributes: Attributes) -> Iterator[str]:
    yield from ("EPPN", " " + OID + " ", OID.upper(), "edupersonprincipalname", "urn:oid:1.2.3.4", "x")
    for entry in attributes.entries.values():
        yield from (entry.name, *([entry.urn] if entry.urn else []), *entry.names)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("name_format", [URI, BASIC, UNSPECIFIED, None])
def test_it_agrees_with_pysaml2(attributes: Attributes, name_format: str | None, strict: bool) -> None:
    converters = ac_factory()
    for name in _names(attributes):
        # Written as XML: only a parsed statement treats a missing NameFormat as software does.
        form = f' NameFormat="{name_format}"' if name_format else ""
        xml = (
            '<s:AttributeStatement xmlns:s="urn:oasis:names:tc:SAML:2.0:assertion">'
            f'<s:Attribute Name="{name}"{form}><s:AttributeValue>v</s:AttributeValue></s:Attribute></s:AttributeStatement>'
        )
        local = list(to_local(converters, attribute_statement_from_string(xml), not strict))
        assert attributes.gateway_reads(name, name_format, strict=strict) == (local[0] if local else None), name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[a", "TOML"),
        ("a = 1", "tabell"),
        (GOOD + "colour = 1\n", "colour"),
        (GOOD.replace('source = "s"\n', ""), "source"),
        (GOOD.replace('"A"', '"D"'), "confidence"),
        (GOOD.replace("names = []", "names = [1]"), "names"),
        (GOOD.replace('meaning = "m"', "meaning = 1"), "meaning"),
        (GOOD + 'oid = "urn:oid:1.2"\n', "OID"),
        (GOOD + 'single = "yes"\n', "single"),
        (GOOD + GOOD.replace("[a]", "[b]").replace("[]", '["A"]'), "också ett namn"),
    ],
)
def test_a_malformed_vocabulary_is_an_error_that_says_where(text: str, says: str) -> None:
    with pytest.raises(RuleFileError) as caught:
        Attributes.parse(text, "attributes.toml")
    assert caught.value.where == "attributes.toml"
    assert says in caught.value.line("sv")


def test_the_smallest_vocabulary_is_read() -> None:
    entry = Attributes.parse(GOOD, "x").entries["a"]
    assert (entry.oid, entry.urn, entry.single) == (None, None, None)
