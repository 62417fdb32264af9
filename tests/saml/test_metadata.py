"""An IdP's metadata, alone or in a feed: what is found there, and what the user is told when it is not."""

from __future__ import annotations

import base64
import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree

from idptest.demo import keys
from idptest.demo.metadata import ENTITY_ID, SSO, Published, to_xml
from idptest.errors import InputError
from idptest.model.rule import Verdict
from idptest.model.saml import Unreadable
from idptest.saml.bindings import POST, REDIRECT
from idptest.saml.metadata import entity_bytes, read_idp, sso_location
from idptest.saml.xml import NS
from idptest.validator import judge
from tests.exempelstad import flow, verdicts

ALONE = to_xml(Published())
XMLNS = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())
IDP = "<md:IDPSSODescriptor protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'>{}<md:SingleSignOnService Binding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect' Location='https://l'/></md:IDPSSODescriptor>"
SP = "<md:SPSSODescriptor protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'/>"


def entity(entity_id: str, inside: str = "", *, role: str | None = None) -> str:
    return f'<md:EntityDescriptor entityID="{entity_id}">{role or IDP.format(inside)}</md:EntityDescriptor>'


def document(*entities: str) -> bytes:
    return f"<md:EntitiesDescriptor {XMLNS}>{''.join(entities)}</md:EntitiesDescriptor>".encode()


def refused(data: bytes, entity_id: str | None = None) -> InputError:
    with pytest.raises(InputError) as problem:
        entity_bytes(data, entity_id, "idp.xml")
    assert problem.value.where == "idp.xml"
    for language in ("sv", "en"):
        assert "\n" not in problem.value.line(language)
    assert problem.value.words.sv != problem.value.words.en
    return problem.value


def test_one_entity_is_kept_byte_for_byte() -> None:
    assert entity_bytes(ALONE, None, "x") == (ENTITY_ID, ALONE)
    assert entity_bytes(ALONE, ENTITY_ID, "x") == (ENTITY_ID, ALONE)


def test_what_exempelstad_publishes() -> None:
    idp = read_idp(ALONE)
    assert idp.entity_id == ENTITY_ID
    assert [(endpoint.binding, endpoint.location) for endpoint in idp.sso] == [(REDIRECT, SSO), (POST, SSO)]
    assert sso_location(idp, REDIRECT) == SSO
    assert sso_location(idp, "urn:other") is None
    assert [(scope.value, scope.regexp, scope.place) for scope in idp.scopes] == [("exempelstad.se", False, "role")]
    assert idp.scope_values("role") == ("exempelstad.se",)
    assert idp.scope_values("entity") == ()
    (e_leg,) = idp.entity_attributes
    assert (e_leg.values[0], e_leg.place) == ("https://fidus.skolverket.se/authentication/e-leg", "entity")
    (certificate,) = idp.signing
    assert (certificate.pem, certificate.algorithm, certificate.bits) == (keys.certificate("signing"), "RSA", 3072)
    assert (certificate.not_before, certificate.not_after) == (keys.START, keys.END)
    assert idp.display_name == "Exempelstads kommun"
    assert idp.valid_until is None
    assert not idp.want_authn_requests_signed


@pytest.mark.parametrize("place", ["role", "entity"])
def test_scopes_and_e_leg_are_found_at_both_places(place: str) -> None:
    idp = read_idp(to_xml(Published(scopes=("a.se", "b.se"), scope_place=place, e_leg=place, levels=())))
    assert idp.scope_values(place) == ("a.se", "b.se")
    assert [attribute.place for attribute in idp.entity_attributes] == [place]


@pytest.mark.parametrize(("written", "meant"), [("true", True), ("1", True), ("false", False), ("0", False), (None, False)])
def test_booleans_as_xml_schema_writes_them(written: str | None, meant: bool) -> None:
    attribute = "" if written is None else f'regexp="{written}"'
    scope = f"<md:Extensions><shibmd:Scope {attribute}> a.se\n</shibmd:Scope></md:Extensions>"
    (found,) = read_idp(document(entity("https://a", scope))).scopes
    assert (found.value, found.regexp) == ("a.se", meant)


# --- feeds


FEED = document(
    entity("https://idp.norrby.se"),
    entity("https://sp.norrby.se", role=SP),
    f"<md:EntitiesDescriptor>{entity('https://idp.soderby.se')}<md:EntitiesDescriptor>{entity('https://idp.vasterby.se')}</md:EntitiesDescriptor></md:EntitiesDescriptor>",
)


@pytest.mark.parametrize("entity_id", ["https://idp.norrby.se", "https://idp.soderby.se", "https://idp.vasterby.se"])
def test_one_idp_is_cut_out_of_a_feed(entity_id: str) -> None:
    found, data = entity_bytes(FEED, entity_id, "x")
    assert found == entity_id
    assert read_idp(data).entity_id == entity_id
    assert data.count(b"entityID") == 1


def test_a_feed_of_one_idp_needs_no_name() -> None:
    feed = document(entity("https://sp", role=SP), entity("https://idp"))
    assert entity_bytes(feed, None, "x")[0] == "https://idp"


def test_several_idps_and_no_name() -> None:
    assert "3 IdPs" in refused(FEED).words.en
    assert "entity_id" in refused(FEED).words.sv


def test_an_unknown_entity_id_names_the_nearest() -> None:
    assert 'nearest is "https://idp.soderby.se"' in refused(FEED, "https://idp.soderby.se/").words.en
    assert 'närmast är "https://idp.norrby.se"' in refused(FEED, "https://idp.norby.se").words.sv
    assert "nearest" not in refused(FEED, "urn:zzzzzzzzzzzzzzzz").words.en


def test_an_sp_is_not_an_idp() -> None:
    assert "no IdP" in refused(document(entity("https://sp", role=SP))).words.en
    assert "no IdP" in refused(FEED, "https://sp.norrby.se").words.en


def test_an_entity_keeps_what_the_feeds_root_declared() -> None:
    """Prefixes used in values (xsi:type) are looked up where they were declared: on the root that is cut away."""
    inside = (
        '<md:Extensions><mdattr:EntityAttributes><saml:Attribute Name="n"><saml:AttributeValue xsi:type="xs:string">v</saml:AttributeValue>'
        "</saml:Attribute></mdattr:EntityAttributes></md:Extensions>"
    )
    feed = document(entity("https://idp", inside)).replace(
        b"<md:EntitiesDescriptor ",
        b'<md:EntitiesDescriptor xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ',
        1,
    )
    _, data = entity_bytes(feed, "https://idp", "x")
    value = etree.fromstring(data).find(".//saml:AttributeValue", NS)
    prefix = value.get("{http://www.w3.org/2001/XMLSchema-instance}type").partition(":")[0]
    assert value.nsmap[prefix] == "http://www.w3.org/2001/XMLSchema"
    assert read_idp(data).entity_attributes[0].values == ("v",)


@pytest.mark.parametrize(
    ("feed", "group", "own", "meant"),
    [
        ("2026-12-01T00:00:00Z", None, None, "2026-12-01"),
        ("2026-12-01T00:00:00Z", "2026-11-30T00:00:00Z", "2027-01-01T00:00:00Z", "2026-11-30"),
        ("2026-12-01T00:00:00Z", None, "2026-11-29T00:00:00Z", "2026-11-29"),
        ("2026-12-01T00:00:00+02:00", "2026-11-30T23:00:00Z", None, "2026-11-30"),
        (None, None, "2027-01-01T00:00:00Z", "2027-01-01"),
        (None, None, None, None),
    ],
)
def test_an_entity_ends_when_the_first_of_what_is_around_it_does(
    feed: str | None, group: str | None, own: str | None, meant: str | None
) -> None:
    data = _ending(feed, group, own)
    found = read_idp(entity_bytes(data, "https://idp", "x")[1]).valid_until
    assert (found.date().isoformat() if isinstance(found, datetime) else found) == meant


def test_an_end_of_the_feed_that_cannot_be_read_is_the_entitys_too() -> None:
    found = read_idp(entity_bytes(_ending("soon", None, "2027-01-01T00:00:00Z"), "https://idp", "x")[1]).valid_until
    assert isinstance(found, Unreadable)
    assert found.text == "soon"


def test_a_feed_that_has_ended_is_said_of_the_login() -> None:
    captured = flow()
    whole = document(captured.idp.metadata.decode().partition("?>")[2] or captured.idp.metadata.decode())

    def judged(end: str) -> Verdict:
        feed = whole.replace(b"<md:EntitiesDescriptor ", f'<md:EntitiesDescriptor validUntil="{end}" '.encode(), 1)
        own = entity_bytes(feed, captured.idp.entity_id, "feed.xml")[1]
        return verdicts(judge(replace(captured, idp=replace(captured.idp, metadata=own))))["saml-metadata/is-still-valid"]

    assert judged("2026-11-22T07:44:00Z") is Verdict.FAIL
    assert judged("2026-11-29T00:00:00Z") is Verdict.PASS


def _ending(feed: str | None, group: str | None, own: str | None) -> bytes:
    """A feed with one IdP inside a group; each may say when it ends."""

    def end(text: str | None) -> str:
        return f' validUntil="{text}"' if text else ""

    idp = entity("https://idp").replace("<md:EntityDescriptor", f"<md:EntityDescriptor{end(own)}", 1)
    inner = f"<md:EntitiesDescriptor{end(group)}>{idp}</md:EntitiesDescriptor>"
    return document(inner).replace(b"<md:EntitiesDescriptor ", f"<md:EntitiesDescriptor{end(feed)} ".encode(), 1)


def test_what_follows_an_entity_in_a_feed_is_left_behind() -> None:
    feed = FEED.replace(b"</md:EntityDescriptor>", b"</md:EntityDescriptor>\n  tail &amp; more  ")
    assert b"tail" not in entity_bytes(feed, "https://idp.norrby.se", "x")[1]


def test_a_feed_of_a_whole_country_is_read_in_seconds() -> None:
    feed = document(*(entity(f"https://idp-{number}.se") for number in range(10_000)))
    start = time.perf_counter()
    assert entity_bytes(feed, "https://idp-9999.se", "x")[0] == "https://idp-9999.se"
    assert "nearest" in refused(feed, "https://idp-9999.sf").words.en
    assert time.perf_counter() - start < 5


# --- what is no metadata


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "nothing in it"),
        (b"not xml", "no SAML metadata"),
        (b"<!DOCTYPE html><html><body>Logga in</body></html>", "no SAML metadata"),
        (b"<html><body/></html>", "root element is html"),
        (b"\x89PNG\r\n", "no SAML metadata"),
        (b'{"issuer": "https://op"}', "no SAML metadata"),
        (b'<EntityDescriptor entityID="x"/>', "root element is EntityDescriptor"),
        (ALONE[: len(ALONE) // 2], "no SAML metadata"),
        (b'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"/>', "no IdP"),
        (b'<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"/>', "no IdP"),
    ],
)
def test_what_is_no_metadata_of_an_idp_is_said_in_one_line(data: bytes, said: str) -> None:
    assert said in refused(data).words.en


@pytest.mark.parametrize("data", [b"", b"<r/>", b"<!DOCTYPE r><r/>", document(entity("x", role=SP))])
def test_a_flow_whose_metadata_is_none_is_our_own_error(data: bytes) -> None:
    with pytest.raises(InputError):
        read_idp(data)


@pytest.mark.parametrize("service", ["", "Location=''", "", "Location='/sso'", "Location='http://['", "Location='https://idp:x/'", "Location='ftp://idp'", "Location='javascript:alert(1)'", "Location='https://'"])  # fmt: skip
def test_an_idp_that_nobody_can_log_in_at(service: str) -> None:
    binding = f"Binding='{REDIRECT}'"
    elements = [
        f"<md:SingleSignOnService {binding} {service}/>" if service else "",
        f"<md:SingleSignOnService Binding='urn:other' {service}/>",
    ]
    for element in elements:
        said = refused(document(entity("https://idp", role=f"<md:IDPSSODescriptor>{element}</md:IDPSSODescriptor>")))
        assert "login address" in said.words.en


# --- certificates


def key_descriptor(body: str, use: str | None = "signing") -> str:
    attribute = "" if use is None else f' use="{use}"'
    return f"<md:KeyDescriptor{attribute}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{body}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"


def body(pem: bytes) -> str:
    return "".join(pem.decode().splitlines()[1:-1])


@cache
def elliptic() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ec")])
    times = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
    return x509.CertificateBuilder(who, who, key.public_key(), 1, *times).sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def signing(*descriptors: str):  # type: ignore[no-untyped-def]
    return read_idp(document(entity("https://idp", "".join(descriptors)))).signing


def test_use_may_be_left_out_and_encryption_is_something_else() -> None:
    first, second = body(keys.certificate("signing")), body(keys.certificate("other"))
    assert len(signing(key_descriptor(first, None))) == 1
    assert len(signing(key_descriptor(first, "encryption"))) == 0
    found = signing(key_descriptor(first), key_descriptor(second, "encryption"), key_descriptor(second, None))
    assert [certificate.pem for certificate in found] == [keys.certificate("signing"), keys.certificate("other")]


def test_a_flood_of_signing_certificates_is_refused() -> None:
    """Each signature would be tried with each of them."""
    with pytest.raises(InputError):
        signing(*[key_descriptor(body(elliptic()))] * 21)


def test_an_elliptic_key() -> None:
    (found,) = signing(key_descriptor(body(elliptic())))
    assert (found.algorithm, found.bits, found.pem) == ("EC", 256, elliptic())


def test_line_breaks_and_blanks_in_a_certificate_are_legal() -> None:
    wrapped = "\n        ".join(re.findall(".{1,64}", body(keys.certificate("signing"))))
    assert signing(key_descriptor(f"\n        {wrapped}\n      "))[0].pem == keys.certificate("signing")


def body_with_a_broken_issuer() -> str:
    """A certificate that is read, until somebody asks for its issuer: a letter of the name is no UTF-8."""
    der = base64.b64decode(body(keys.certificate("signing")))
    name = x509.load_der_x509_certificate(der).issuer.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    return base64.b64encode(der.replace(str(name).encode(), b"\xff" * len(name))).decode()


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "AAAA",
        "%%%",
        "å",
        body(keys.certificate("signing"))[:-40],
        base64.b64encode(b"-----BEGIN").decode(),
        "-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----",
        body_with_a_broken_issuer(),
    ],
)
def test_a_broken_certificate_is_a_fact_and_hides_no_other(broken: str) -> None:
    bad, good = signing(key_descriptor(broken), key_descriptor(body(keys.certificate("signing"))))
    assert bad.pem is None
    assert bad.problem is not None
    assert "\n" not in bad.problem.sv
    assert good.pem is not None


def test_a_key_without_certificate_is_no_certificate() -> None:
    assert signing("<md:KeyDescriptor><ds:KeyInfo><ds:KeyName>x</ds:KeyName></ds:KeyInfo></md:KeyDescriptor>") == ()
