"""Our own metadata: valid by the schema, and read by another library as we meant it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from idptest.demo import keys
from idptest.model.rule import Words
from idptest.model.settings import Contact, Organization, Service
from idptest.saml.sp_metadata import EPPN, ServiceProvider, Wanted, to_xml
from idptest.saml.xml import NS, XMLNS
from tests.saml.schemas import faults

PLAIN = ServiceProvider(
    "https://idptest.exempelstad.se/sp", "https://localhost:8443/saml/acs", [keys.certificate("signing")], Service(Words("Test", "Prov"))
)
FULL = replace(
    PLAIN,
    certificates=[keys.certificate("signing"), keys.certificate("other")],
    service=Service(Words("Login test & more", "Inloggningsprov åäö <1>")),
    wanted=(EPPN, Wanted("urn:oid:2.5.4.42", "givenName", False)),
    organization=Organization(
        Words("Example", "Exempelstads kommun"),
        Words("Example", "Exempelstad"),
        Words("https://en.exempelstad.se", "https://exempelstad.se"),
    ),
    contacts=[Contact("technical", "it@exempelstad.se", "Åsa", "Öst"), Contact("support", "hjalp@exempelstad.se")],
)


@pytest.mark.parametrize("sp", [PLAIN, FULL], ids=["plain", "full"])
def test_it_is_valid_by_the_schema(sp: ServiceProvider) -> None:
    assert faults("metadata", to_xml(sp)) == []


def test_the_schema_test_can_fail() -> None:
    assert faults("metadata", to_xml(replace(FULL, contacts=[Contact("nobody", "x@exempelstad.se")])))


def mdstore(xml: bytes) -> Any:
    from saml2.mdstore import InMemoryMetaData

    store = InMemoryMetaData((), xml.decode())
    store.load()
    return store


def test_pysaml2_finds_the_acs_the_keys_and_what_we_want() -> None:
    store = mdstore(to_xml(FULL))
    (acs,) = store.service(
        FULL.entity_id, "spsso_descriptor", "assertion_consumer_service", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
    )
    assert (acs["location"], acs["index"], acs["is_default"]) == (FULL.acs_url, "0", "true")
    bodies = ["".join(pem.decode().splitlines()[1:-1]) for pem in FULL.certificates]
    assert ["".join(found.split()) for _, found in store.certs(FULL.entity_id, "spsso", "signing")] == bodies
    wanted = store.attribute_requirement(FULL.entity_id)
    assert [found["name"] for found in wanted["required"]] == [EPPN.name]
    assert [found["friendly_name"] for found in wanted["optional"]] == ["givenName"]


def test_texts_are_in_both_languages() -> None:
    root = etree.fromstring(to_xml(FULL))
    for path in (".//mdui:DisplayName", ".//md:ServiceName", ".//md:OrganizationName", ".//md:OrganizationURL"):
        said = {found.get(f"{{{XMLNS}}}lang"): found.text for found in root.iterfind(path, NS)}
        assert set(said) == {"sv", "en"}, path
        assert said["sv"] != said["en"], path
    assert {found.text for found in root.iterfind(".//mdui:DisplayName", NS)} == {
        FULL.service.display_name.en,
        FULL.service.display_name.sv,
    }


def test_it_bears_the_customary_prefixes_and_the_same_bytes_each_time() -> None:
    xml = to_xml(FULL)
    assert xml == to_xml(FULL)
    assert b"ns0:" not in xml
    assert xml.startswith(b"<?xml")
    assert xml.endswith(b"\n")
    assert b"mailto:it@exempelstad.se" in xml
