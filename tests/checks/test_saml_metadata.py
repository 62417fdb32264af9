"""Rules on the IdP's metadata: what the demo's defects do not show."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from idptest.catalogue import load_ruleset
from idptest.demo import metadata as demo
from idptest.demo.metadata import Published, to_xml
from idptest.errors import RuleFileError
from idptest.model.report import Report
from idptest.model.rule import Verdict
from idptest.reporters import json as json_report
from idptest.saml.metadata import own_signature_holds, read_idp
from idptest.saml.schema import metadata_fault
from idptest.validator import judge
from tests.exempelstad import failing, findings, flow, verdicts
from tests.saml.schemas import faults

E_LEG = "https://fidus.skolverket.se/authentication/e-leg"
GOOD = to_xml(Published())


def judged(metadata: bytes, **idp: object) -> Report:
    captured = flow()
    return judge(replace(captured, idp=replace(captured.idp, metadata=metadata, **idp)))


def published(**changes: object) -> Report:
    return judged(to_xml(Published(**changes)))  # type: ignore[arg-type]


def edited(*changes: str) -> Report:
    """Exempelstad's metadata with other words in it: old, new, old, new …"""
    text = GOOD.decode()
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in text, old
        text = text.replace(old, new)
    return judged(text.encode())


@cache
def usual() -> frozenset[str]:
    return frozenset(failing(flow()))


def new(report: Report) -> set[str]:
    """What fails that does not fail at Exempelstad as it is."""
    assert not [finding.rule.id for finding in report.having(Verdict.CRASHED)]
    return {rule for rule, verdict in verdicts(report).items() if verdict is Verdict.FAIL} - usual()


def said(report: Report, rule: str) -> str:
    found = findings(report, rule)[0]
    assert found.message is not None
    assert found.message.sv != found.message.en
    return found.message.en


def test_exempelstad_is_exemplary() -> None:
    assert usual() == set()
    assert faults("metadata", GOOD) == []
    idp = read_idp(GOOD)
    assert idp.error_url
    assert idp.other_endpoints == idp.other_roles == idp.listed_attributes == ()
    assert [contact.kind for contact in idp.contacts] == ["administrative", "technical", "support", "security"]
    assert {shown.language for shown in idp.shown} == {"sv", "en", None}
    assert all(certificate.self_signed for certificate in idp.signing)


# --- the schema


def test_what_extensions_hold_is_validated_too() -> None:
    assert new(edited('<mdui:Logo height="80"', "<mdui:Logo")) == {"saml-metadata/is-valid-by-the-schema"}


def test_the_place_and_the_words_of_a_fault_are_told() -> None:
    report = edited("<md:GivenName>", "<md:Nickname>", "</md:GivenName>", "</md:Nickname>")
    (found,) = findings(report, "saml-metadata/is-valid-by-the-schema")
    assert str(found.evidence[0].at) == "metadata /md:EntityDescriptor/md:ContactPerson[1]/md:Nickname"
    assert "md:Nickname" in str(found.evidence[0].actual)


def test_roles_of_other_protocols_are_no_fault_of_form() -> None:
    """AD FS and Entra ID write types of WS-Federation that SAML's schema does not know."""
    assert metadata_fault(to_xml(Published(federation_roles=True))) is None


def test_metadata_in_a_default_namespace_is_pointed_into() -> None:
    fault = metadata_fault(b'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"><Odd/></EntityDescriptor>')
    assert fault is not None
    assert str(fault[0]) == "metadata /md:EntityDescriptor/md:Odd"


# --- entityID


@pytest.mark.parametrize(
    "name", ["https://idp.exempelstad.se/saml", "urn:mace:x:y", "http://h/adfs/services/trust", "https://sts.windows.net/a/"]
)
def test_uris(name: str) -> None:
    assert "saml-metadata/entity-id-is-an-absolute-uri" not in new(published(entity_id=name))


@pytest.mark.parametrize(
    "name", ["idp", "", "https:", " https://a", "https://a b", "1:2", "/saml", "https://idp.exempelstad.se/" + "x" * 230]
)
def test_no_uris(name: str) -> None:
    assert "saml-metadata/entity-id-is-an-absolute-uri" in new(published(entity_id=name))


# --- scopes


@pytest.mark.parametrize(
    ("scope", "why"),
    [
        ("", "empty"),
        (" edu.exempelstad.se", "white space"),
        ("edu.exempelstad.se\n", "white space"),
        ("edu. exempelstad.se", "white space"),
        ("se", "top domain"),
        (".se", "top domain"),
        ("*.exempelstad.se", "no domain name"),
        ("@exempelstad.se", "no domain name"),
        ("https://exempelstad.se", "no domain name"),
        ("edu..exempelstad.se", "no domain name"),
        ("Edu.Exempelstad.se", "capital"),
    ],
)
def test_a_scope_that_is_no_domain_name(scope: str, why: str) -> None:
    report = published(scopes=("exempelstad.se", scope))
    assert "saml-metadata-scopes/scopes-are-domain-names" in new(report)
    assert why in said(report, "saml-metadata-scopes/scopes-are-domain-names")


@pytest.mark.parametrize("scope", ["edu.exempelstad.se", "elev-1.exempelstad.se", "åäö.exempelstad.se"])
def test_a_scope_that_is_one(scope: str) -> None:
    assert new(published(scopes=("exempelstad.se", scope))) == set()


def test_an_expression_is_another_rules() -> None:
    assert new(published(scopes=("exempelstad.se",), scope_patterns=("Gmail.com",))) == {"dnp/scope-is-literal"}


def test_a_scope_like_the_entity_id_alone_is_ones_own() -> None:
    assert new(published(shown=tuple(each for each in demo.SHOWN if not each[0].startswith("Organization")))) == {
        "skolfederation/organisation-in-swedish-and-english"
    }


# --- keys


def test_which_of_two_keys_signed_is_told() -> None:
    assert "number 2" in said(published(key="other", more_keys=("signing",)), "saml-metadata-signing/has-one-signing-key")
    assert "none" in said(published(key="other", more_keys=("weak",)), "saml-metadata-signing/has-one-signing-key")


def test_the_same_key_twice_is_one() -> None:
    assert new(published(more_keys=("signing",))) == set()


def test_a_signature_that_cannot_be_told() -> None:
    assert own_signature_holds(GOOD) is None
    signed = to_xml(Published(signed=True))
    assert own_signature_holds(signed) is True
    for old, new_ in ((b'URI="#exempelstad"', b'URI="#other"'), (b"rsa-sha256", b"hmac-sha256"), (b"#enveloped-signature", b"#odd")):
        assert old in signed
        assert own_signature_holds(signed.replace(old, new_)) is None
    assert own_signature_holds(signed.replace(b"exempelstad.se<", b"grannby.se<")) is False


@pytest.mark.parametrize(
    ("algorithms", "fails"),
    [
        ((), False),
        ((("DigestMethod", "http://www.w3.org/2000/09/xmldsig#sha1"),), True),
        ((("SigningMethod", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1"), ("DigestMethod", "http://www.w3.org/2001/04/xmlenc#sha256")), True),
        ((("SigningMethod", "http://www.w3.org/2000/09/xmldsig#rsa-sha1"), ("SigningMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256")), False),
    ],
)  # fmt: skip
def test_sha_1_alone(algorithms: tuple[tuple[str, str], ...], fails: bool) -> None:
    assert ("saml-metadata-signing/declares-more-than-sha-1" in new(published(algorithms=algorithms))) is fails


# --- e-leg


@pytest.mark.parametrize(
    "value",
    [
        E_LEG + "/",
        E_LEG.replace("https", "http"),
        E_LEG.upper(),
        f" {E_LEG}x",
        E_LEG.replace("e-leg", "eleg"),
        E_LEG.replace("fidus", "fides"),
    ],
)
def test_a_misspelt_declaration_names_the_right_one(value: str) -> None:
    (found,) = findings(published(e_leg_value=value), "dnp-teacher/e-leg-is-spelt-right")
    assert found.verdict is Verdict.FAIL
    assert found.evidence[0].expected == E_LEG


@pytest.mark.parametrize(
    ("old", "right"),
    [
        ("urn:oasis:names:tc:SAML:attribute:assurance-certification", "urn:oasis:names:tc:SAML:attribute:assurance-certification"),
        ("urn:oasis:names:tc:SAML:2.0:attrname-format:uri", "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"),
    ],
)
def test_name_and_name_format_are_looked_at(old: str, right: str) -> None:
    (found,) = findings(edited(old, old + "x"), "dnp-teacher/e-leg-is-spelt-right")
    assert (found.verdict, found.evidence[0].actual, found.evidence[0].expected) == (Verdict.FAIL, old + "x", right)


@pytest.mark.parametrize("value", ["https://refeds.org/sirtfi", "", "http://www.swamid.se/policy/assurance/al2"])
def test_something_else_is_no_misspelling(value: str) -> None:
    assert findings(published(e_leg_value=value), "dnp-teacher/e-leg-is-spelt-right")[0].verdict is Verdict.NOT_APPLICABLE


def test_an_approved_idp_declares_what_it_may() -> None:
    declared = to_xml(Published(levels=("http://id.elegnamnden.se/loa/1.0/loa3",)))
    rule = "dnp-teacher/declared-levels-may-be-claimed"
    assert verdicts(judged(declared))[rule] is Verdict.FAIL
    assert verdicts(judged(declared, digg_approved=True))[rule] is Verdict.PASS
    assert verdicts(published(levels=("http://id.swedenconnect.se/loa/1.0/uncertified-loa3",)))[rule] is Verdict.PASS


# --- what people see


def test_a_contacts_address_is_masked() -> None:
    captured = flow()
    report = judged(to_xml(Published(contacts=(("technical", "lova.lararsson@exempelstad.se"),))))
    assert "skolfederation/contacts-have-mail-addresses" in new(report)
    private = replace(captured, account=replace(captured.account, test_person=False), idp=report.login.flow.idp)
    assert "lova.lararsson" not in json_report.render([judge(private)], lang="sv")


@pytest.mark.parametrize("address", ["mailto:", "mailto:a", "mailto:@b", "mailto:a b@c", "mail:a@b.se", ""])
def test_no_addresses(address: str) -> None:
    assert "skolfederation/contacts-have-mail-addresses" in new(published(contacts=(("technical", address),)))


@pytest.mark.parametrize(
    ("address", "fails"),
    [("data:image/png;base64,AAAA", False), ("DATA:image/svg+xml,x", False), ("data:text/html,x", True), ("/logo.png", True)],
)
def test_where_a_logo_may_be(address: str, fails: bool) -> None:
    shown = tuple((element, language, address if element == "Logo" else text) for element, language, text in demo.SHOWN)
    assert ("skolfederation/logo-is-https" in new(published(shown=shown))) is fails


def test_an_address_on_this_machine_need_not_be_https() -> None:
    slo = ("SingleLogoutService", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect", "http://127.0.0.1:8880/slo")
    assert verdicts(published(other_endpoints=(slo,)))["skolfederation/other-endpoints-are-https"] is Verdict.NOT_APPLICABLE
    odd = (slo[0], slo[1], "http://[")
    assert verdicts(published(other_endpoints=(odd,)))["skolfederation/other-endpoints-are-https"] is Verdict.FAIL


# --- too much of it


MANY: dict[str, Callable[[int], str]] = {
    "contacts": lambda count: '<md:ContactPerson contactType="technical"><md:EmailAddress>x</md:EmailAddress></md:ContactPerson>' * count,
    "roles": lambda count: '<md:SPSSODescriptor protocolSupportEnumeration="x"/>' * count,
    "unknown elements": lambda count: "<md:x/>" * count,
}


@pytest.mark.parametrize("what", MANY)
def test_a_flood_in_the_metadata_is_judged_in_bounded_time(what: str) -> None:
    data = GOOD.decode().replace("</md:EntityDescriptor>", MANY[what](20_000) + "</md:EntityDescriptor>").encode()
    start = time.process_time()
    report = judged(data)
    assert not list(report.having(Verdict.CRASHED))
    assert len(json_report.render([report], lang="sv")) < 300_000
    assert time.process_time() - start < 6


# --- one's own rules


@pytest.mark.parametrize(
    ("fact", "expect", "said"),
    [
        ("contacts", '{ kinds = ["tecnical"] }', "technical"),
        ("contacts", "{ kinds = [] }", "list of texts"),
        ("display_name", '{ languages = "sv" }', "list of texts"),
        ("display_name", "{ https = true }", "languages"),
        ("signing_certificate", "{ rsa_bits_beyond_2030 = true }", "number of bits"),
        ("entity_id", '{ begins_with = [""] }', "list of texts"),
        ("error_url", "{ given = false }", "true"),
        ("errorurl", "{ given = true }", "error_url"),
    ],
)
def test_a_verb_refuses_what_it_cannot_use(fact: str, expect: str, said: str) -> None:
    texts = 'title = "T"\nwhy = "W."\nfix = "F."\n'
    text = f'[rule]\nlevel = "note"\nmetadata = "{fact}"\nexpect = {expect}\nsource = "X 1"\n{texts}[rule.sv]\n{texts}'
    with pytest.raises(RuleFileError) as problem:
        load_ruleset("egna.toml", text, "egna.toml")
    assert said in problem.value.words.en
