"""Our own metadata: valid by the schema, and read by another library as we meant it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from idptest.demo import keys
from idptest.errors import InputError
from idptest.lint import of_sp
from idptest.model.rule import Verdict, Words
from idptest.model.settings import Contact, Logo, Organization, Service
from idptest.model.sp import ENCRYPTION, SIGNING
from idptest.saml.metadata_sp import read_sp, sp_bytes
from idptest.saml.sp_metadata import EPPN, ServiceProvider, Wanted, to_xml
from idptest.saml.xml import MD, NS, XMLNS
from idptest.validator import inspect
from tests.saml.schemas import faults

PLAIN = ServiceProvider(
    "https://idptest.exempelstad.se/sp", "https://localhost:8443/saml/acs", [keys.certificate("signing")], Service(Words("Test", "Prov"))
)
FULL = replace(
    PLAIN,
    certificates=[keys.certificate("signing"), keys.certificate("other")],
    service=Service(
        Words("Login test & more", "Inloggningsprov åäö <1>"),
        Words("Tests logins.", "Prövar inloggningar."),
        Words("https://exempelstad.se/en", "https://exempelstad.se"),
        Words("https://exempelstad.se/en/privacy", "https://exempelstad.se/personuppgifter"),
        "https://exempelstad.se/hjalp",
        Logo("https://exempelstad.se/logo.png?a=1&b=2", 80, 60),
    ),
    encryption_certificates=[keys.certificate("sp"), keys.certificate("other")],
    wanted=(EPPN, Wanted("urn:oid:2.5.4.42", "givenName", False)),
    organization=Organization(
        Words("Example", "Exempelstads kommun"),
        Words("Example", "Exempelstad"),
        Words("https://en.exempelstad.se", "https://exempelstad.se"),
    ),
    contacts=[
        Contact("technical", "it@exempelstad.se", "Åsa", "Öst", "Exempelstads IT AB"),
        Contact("support", "hjalp@exempelstad.se"),
        Contact("security", "cert@exempelstad.se", "CERT"),
    ],
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
    shown = ("DisplayName", "Description", "InformationURL", "PrivacyStatementURL")
    named = ("ServiceName", "ServiceDescription", "OrganizationName", "OrganizationURL")
    for path in (*(f".//mdui:{name}" for name in shown), *(f".//md:{name}" for name in named)):
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


def test_pysaml2_reads_it_by_its_own_checks() -> None:
    from saml2 import mdstore
    from saml2.attribute_converter import ac_factory
    from saml2.md import entity_descriptor_from_string
    from saml2.validate import valid_instance

    xml = to_xml(FULL)
    assert valid_instance(entity_descriptor_from_string(xml))
    store = mdstore.MetadataStore(ac_factory(), None, check_validity=True)
    store.load("inline", xml.decode())
    shown = store.mdui_uiinfo_display_name(FULL.entity_id, langpref="sv")
    assert list(shown) == ["Inloggningsprov åäö <1>"]
    assert len(store.certs(FULL.entity_id, "spsso", "encryption")) == 2
    assert next(iter(store.mdui_uiinfo_logo(FULL.entity_id)))["text"] == "https://exempelstad.se/logo.png?a=1&b=2"
    assert {contact["contact_type"] for contact in store.contact_person_data(FULL.entity_id)} == {"technical", "support", "other"}


def test_we_read_what_we_wrote() -> None:
    found = read_sp(to_xml(FULL))
    assert found.fault is None
    assert (found.entity_id, found.error_url) == (FULL.entity_id, "https://exempelstad.se/hjalp")
    assert [(each.location, each.index, each.is_default) for each in found.acs] == [(FULL.acs_url, "0", True)]
    for use, pems in ((SIGNING, FULL.certificates), (ENCRYPTION, FULL.encryption_certificates)):
        assert [key.certificate.pem for key in found.keys_for(use)] == pems
    assert [(each.friendly_name, each.required) for each in found.requested] == [("eduPersonPrincipalName", True), ("givenName", False)]
    assert [each.kind for each in found.contacts] == ["technical", "support", "security"]
    assert {each.language for each in found.shown if each.element != "Logo"} == {"sv", "en"}
    assert found.signs_requests is False
    assert found.other_endpoints == ()


TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=60).map(str.strip).filter(bool)


@settings(deadline=None)  # the first one compiles schemas and loads the rules
@given(TEXT, TEXT, st.booleans(), st.integers(1, 2))
def test_any_text_survives_and_stays_valid(en: str, sv: str, signs: bool, number: int) -> None:
    names = Words(en, sv)
    sp = replace(
        FULL,
        service=replace(FULL.service, display_name=names, description=names),
        signs_requests=signs,
        certificates=FULL.certificates[:number],
        organization=Organization(names, names, Words("https://a.se", "https://a.se")),
        contacts=[Contact("technical", "it@exempelstad.se", en, sv)],
    )
    found = read_sp(to_xml(sp))
    assert found.fault is None and found.signs_requests is signs and len(found.keys_for(SIGNING)) == number
    assert {(each.language, each.text) for each in found.shown if each.element in ("DisplayName", "OrganizationName", "ServiceName")} == {
        ("en", en),
        ("sv", sv),
    }


@given(st.binary(max_size=200) | st.sampled_from([b"<a/>", b"<!DOCTYPE a><a/>", b""]))
def test_what_is_no_metadata_is_told_in_one_line(data: bytes) -> None:
    with pytest.raises(InputError):
        sp_bytes(data, "https://a.se", "file.xml")
    with pytest.raises(InputError):
        read_sp(data)


@settings(deadline=None)  # the first one compiles schemas and loads the rules
@given(st.data())
def test_metadata_with_something_gone_or_changed_is_judged(data: st.DataObject) -> None:
    """Elements and attributes fall away, texts and addresses become anything; what is left is judged, and no rule crashes."""
    root = etree.fromstring(to_xml(FULL))
    for _ in range(data.draw(st.integers(1, 5))):
        every = [each for each in root.iter(etree.Element) if each is not root]
        found = data.draw(st.sampled_from(every))
        if data.draw(st.booleans()) and found.getparent() is not None:
            found.getparent().remove(found)
        elif found.attrib and data.draw(st.booleans()):
            name = data.draw(st.sampled_from(sorted(found.attrib)))
            found.set(name, data.draw(TEXT | st.sampled_from(["", "1", "http://a.se", "https://"])))
        else:
            found.text = data.draw(TEXT | st.sampled_from(["", "mailto:", "AAAA", "https://"]))
    try:
        inspection = of_sp(etree.tostring(root), datetime(2026, 11, 22, tzinfo=UTC))
    except InputError:  # the role itself is gone
        return
    assert not list(inspect(inspection, ["skolfederation-sp"]).having(Verdict.CRASHED))


def test_one_sp_is_cut_out_of_a_feed_with_its_end() -> None:
    inner = to_xml(FULL).partition(b"?>")[2]
    other = to_xml(replace(PLAIN, entity_id="https://other.se/sp")).partition(b"?>")[2]
    feed = b'<md:EntitiesDescriptor xmlns:md="%s" validUntil="2026-12-01T00:00:00Z">%s%s</md:EntitiesDescriptor>' % (
        MD.encode(),
        inner,
        other,
    )
    cut = sp_bytes(feed, FULL.entity_id, "feed")
    assert cut and read_sp(cut).entity_id == FULL.entity_id
    assert read_sp(cut).valid_until == datetime(2026, 12, 1, tzinfo=UTC)
    assert sp_bytes(feed, "https://nobody.se/sp", "feed") is None
    with pytest.raises(InputError, match="2 SPs"):
        sp_bytes(feed, None, "feed")
    assert sp_bytes(inner, None, "file") == inner
