"""Two versions of metadata compared: every kind of change is told once, and what is no change is none."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from lxml import etree

from idptest.demo import keys
from idptest.demo.metadata import E_LEG, LEVELS, SHOWN, Published, to_xml
from idptest.model.metadata_facts import KINDS, REMEMBERED, MetadataChange, MetadataFact, differences
from idptest.model.rule import Words
from idptest.model.settings import Service
from idptest.saml.bindings import POST, REDIRECT
from idptest.saml.metadata import read_idp
from idptest.saml.metadata_facts import facts, fingerprint
from idptest.saml.metadata_sp import read_sp
from idptest.saml.sp_metadata import ServiceProvider
from idptest.saml.sp_metadata import to_xml as sp_to_xml
from tests.product_metadata import PRODUCTS
from tests.test_suggest import without

GOOD = to_xml(Published())
ATTRIBUTE = E_LEG[0]
PLACE = "EntityDescriptor, NameFormat urn:oasis:names:tc:SAML:2.0:attrname-format:uri"


def changed(was: bytes, now: bytes) -> tuple[MetadataChange, ...]:
    return differences(facts(read_idp(was)), facts(read_idp(now)))


def published(**fields: object) -> bytes:
    return to_xml(Published(**fields))  # type: ignore[arg-type]


ANOTHER_NAME = tuple((element, language, "Annan" if element == "DisplayName" else text) for element, language, text in SHOWN)
CASES: dict[str, tuple[bytes, list[MetadataChange]]] = {
    "a scope more": (
        published(scopes=("exempelstad.se", "skola.exempelstad.se")),
        [MetadataChange("scopes", "skola.exempelstad.se", None, "IDPSSODescriptor")],
    ),
    "the scope elsewhere": (
        published(scope_place="entity"),
        [MetadataChange("scopes", "exempelstad.se", "IDPSSODescriptor", "EntityDescriptor")],
    ),
    "no e-leg": (published(e_leg=None), [MetadataChange("entity-attributes", f"{ATTRIBUTE} {E_LEG[1]}", PLACE, None)]),
    "a level less": (published(levels=LEVELS[:1]), [MetadataChange("entity-attributes", f"{ATTRIBUTE} {LEVELS[1]}", PLACE, None)]),
    "the address moved": (
        published(sso="https://ny.exempelstad.se/sso", bindings=(REDIRECT,)),
        [
            MetadataChange("endpoints", "SingleSignOnService HTTP-POST", "https://idp.exempelstad.se/sso", None),
            MetadataChange(
                "endpoints", "SingleSignOnService HTTP-Redirect", "https://idp.exempelstad.se/sso", "https://ny.exempelstad.se/sso"
            ),
        ],
    ),
    "logout offered": (
        published(other_endpoints=(("SingleLogoutService", POST, "https://idp.exempelstad.se/slo"),)),
        [MetadataChange("endpoints", "SingleLogoutService HTTP-POST", None, "https://idp.exempelstad.se/slo")],
    ),
    "signed requests": (published(wants_signed_requests=True), [MetadataChange("requests", "WantAuthnRequestsSigned", None, "true")]),
    "an end": (
        published(valid_until=datetime(2027, 1, 2, tzinfo=UTC)),
        [MetadataChange("validity", "validUntil", None, "2027-01-02T00:00:00Z")],
    ),
    "another name": (
        published(shown=ANOTHER_NAME),
        [
            MetadataChange("texts", "DisplayName (en)", "Municipality of Exempelstad", "Annan"),
            MetadataChange("texts", "DisplayName (sv)", "Exempelstads kommun", "Annan"),
        ],
    ),
    "another contact": (
        published(contacts=(*Published().contacts[:-1], ("security", "mailto:csirt@exempelstad.se"))),
        [MetadataChange("contacts", "security", "mailto:sakerhet@exempelstad.se", "mailto:csirt@exempelstad.se")],
    ),
    "a NameID format more": (
        published(name_id_formats=(*Published().name_id_formats, "urn:x")),
        [MetadataChange("name-id-formats", "urn:x", None, "NameIDFormat")],
    ),
    "another entityID": (
        published(entity_id="https://ny.exempelstad.se"),
        [MetadataChange("entity-id", "entityID", "https://idp.exempelstad.se/saml", "https://ny.exempelstad.se")],
    ),
    "roles of others": (
        published(federation_roles=True),
        [
            MetadataChange("roles", "RoleDescriptor (SecurityTokenServiceType)", None, "RoleDescriptor"),
            MetadataChange("roles", "SPSSODescriptor", None, "SPSSODescriptor"),
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_change_is_told_once_and_backwards_the_other_way_round(name: str) -> None:
    now, expected = CASES[name]
    assert list(changed(GOOD, now)) == expected
    assert {(each.name, each.was, each.now) for each in changed(now, GOOD)} == {(each.name, each.now, each.was) for each in expected}


def test_every_kind_of_an_idp_is_tried() -> None:
    kinds = {change.kind for _, expected in CASES.values() for change in expected} | {"keys"}
    assert kinds == set(KINDS) - {"requested-attributes"}


def test_a_new_key_and_a_new_certificate_for_the_same_key() -> None:
    [more] = changed(GOOD, published(more_keys=("other",)))
    assert more.was is None and fingerprint(keys.certificate("other")) in str(more.now)
    [renewed] = changed(GOOD, published(certificate_end=datetime(2030, 1, 1, tzinfo=UTC)))
    assert renewed.was and renewed.now and renewed.was != renewed.now and renewed.now.endswith("2030-01-01")
    gone, new = changed(GOOD, published(key="other"))
    assert (gone.now, new.was) == (None, None) or (gone.was, new.now) == (None, None)


def shuffled(xml: bytes, seed: int) -> bytes:
    """The same in another order, with comments and white space, where order says nothing."""
    root, random_ = etree.fromstring(xml), random.Random(seed)
    for parent in list(root.iter("{*}UIInfo", "{*}Extensions", "{*}EntityAttributes", "{*}Organization")):
        children = list(parent)
        random_.shuffle(children)
        parent[:] = children
        parent.append(etree.Comment(" x "))
        parent.text = "\n\t "
    root.set("ID", f"_{seed}")
    return bytes(etree.tostring(root))


@pytest.mark.parametrize("seed", range(5))
def test_order_comments_white_space_and_signatures_are_no_difference(seed: int) -> None:
    assert changed(GOOD, shuffled(GOOD, seed)) == ()
    assert changed(GOOD, published(signed=True)) == ()


@pytest.mark.parametrize("name", PRODUCTS)
def test_nothing_differs_from_itself_and_a_line_holds_a_fact(name: str) -> None:
    xml = PRODUCTS[name]()
    assert changed(xml, shuffled(xml, 1)) == ()
    found = facts(read_idp(xml))
    assert len(set(found)) == len(found)
    for fact in found:
        if fact.kind in REMEMBERED:
            assert MetadataFact.read(str(fact)) == fact


def test_an_sp_is_compared_too() -> None:
    certificate, service = keys.certificate("sp"), Service(Words("Service", "Tjänst"))
    one = sp_to_xml(ServiceProvider("https://sp.exempelstad.se", "https://sp.exempelstad.se/acs", [certificate], service))
    two = sp_to_xml(
        ServiceProvider("https://sp.exempelstad.se", "https://sp.exempelstad.se/acs2", [certificate], service, signs_requests=True)
    )
    kinds = [change.kind for change in differences(facts(read_sp(one)), facts(read_sp(two)))]
    assert kinds == ["endpoints", "requests"]


def test_a_lost_attribute_of_an_attribute_is_told() -> None:
    now = without(GOOD, ' NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri"')
    assert {change.now for change in changed(GOOD, now)} == {"EntityDescriptor, NameFormat –"}
