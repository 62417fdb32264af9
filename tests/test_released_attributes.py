"""What is released beside the EPPN, as rules see it: edge cases that no defect of Exempelstad shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from fixtures import record
from idptest import catalogue
from idptest.attributes import URI
from idptest.catalogue import load_ruleset
from idptest.errors import RuleFileError
from idptest.identifiers.formats import FORMATS
from idptest.model.flow import Flow
from idptest.model.rule import Verdict
from idptest.saml.xml import SAML, XSI
from idptest.validator import judge
from tests.exempelstad import changed, findings, flow, one, verdicts

EPPN_OID = "urn:oid:1.3.6.1.4.1.5923.1.1.1.6"


def sending(name: str, *values: str, account: str = "larare", name_format: str | None = URI, **attributes: str) -> Flow:
    """A login that sends this attribute too (after signing: what is judged is what is read)."""
    known = catalogue.attributes().entry(name)
    sent_name = known.urn or name if known and name_format == URI else name

    def add(root: Any) -> None:
        attribute = etree.SubElement(one(root, ".//saml:AttributeStatement"), f"{{{SAML}}}Attribute", Name=sent_name)
        if name_format:
            attribute.set("NameFormat", name_format)
        for value in values:
            element = etree.SubElement(attribute, f"{{{SAML}}}AttributeValue")
            for key, word in attributes.items():
                element.set(f"{{{XSI}}}{key}", word)
            element.text = value

    return changed(flow(account), add)


def told(captured: Flow, **facts: Any) -> Flow:
    return replace(captured, account=replace(captured.account, **facts))


def eppn(value: str) -> Callable[[Any], None]:
    def write(root: Any) -> None:
        one(root, f".//saml:Attribute[@Name='{EPPN_OID}']/saml:AttributeValue").text = value

    return write


# --- the subject


def test_one_attribute_under_two_names_is_one_subject_and_the_eppn_none() -> None:
    captured = sending("givenName", "Åsa")
    both = changed(
        captured,
        lambda root: one(root, ".//saml:AttributeStatement").append(
            etree.fromstring(f'<s:Attribute xmlns:s="{SAML}" Name="givenName"><s:AttributeValue>Åsa</s:AttributeValue></s:Attribute>')
        ),
    )
    login = judge(both).login
    assert [(each.name, len(each.sent), [value.text for value in each.values]) for each in login.released] == [
        ("givenName", 2, ["Åsa", "Åsa"])
    ]
    assert verdicts(judge(both))["attribute/says-the-same-under-every-name"] is Verdict.PASS


def test_what_nobody_knows_is_a_subject_too() -> None:
    [released] = judge(sending("https://exempelstad.se/eget", "x")).login.released
    assert (released.name, released.format, released.single) == ("https://exempelstad.se/eget", None, None)


def test_where_there_is_no_assertion_nothing_is_said_of_attributes() -> None:
    report = judge(flow("larare", "level-refused"))
    assert verdicts(report)["attribute/letters-are-whole"] is Verdict.INCONCLUSIVE
    assert verdicts(judge(flow()))["attribute/letters-are-whole"] is Verdict.NOT_APPLICABLE


# --- rules about values


@pytest.mark.parametrize(
    ("rule", "name", "values"),
    [
        ("attribute/single-valued-has-one-value", "displayName", ("Åsa", "Åsa Öström")),
        ("attribute/values-come-one-by-one", "sisSchoolUnitCode", ("21648755;12345678",)),
        ("attribute/values-come-one-by-one", "eduPersonScopedAffiliation", ("member@exempelstad.se,employee@exempelstad.se",)),
        ("attribute/values-come-one-by-one", "eduPersonNickname", ("Åsa; Ossi",)),
        ("attribute/values-are-plain-text", "cn", ("w4VzYSDDlnN0csO2bQ==",)),
        ("attribute/values-are-plain-text", "cn", ("&lt;b>", "<b>Åsa</b>")),
        ("attribute/letters-are-whole", "https://exempelstad.se/eget", ("Ã…sa",)),
        ("skolfederation/values-are-clean", "cn", ()),
        ("skolfederation/role-fits-the-account", "sisSchoolGrade", ("7",)),
        ("skolfederation/scopes-of-other-attributes-are-declared", "eduPersonScopedAffiliation", ("member@Exempelstad.se",)),
        ("dnp/no-personnummer-is-released", "uid", ("19850313-9803",)),
        ("dnp/no-personnummer-is-released", "employeeNumber", ("20110829TF01",)),
    ],
)
def test_what_is_wrong_is_found(rule: str, name: str, values: tuple[str, ...]) -> None:
    assert verdicts(judge(sending(name, *values)))[rule] is Verdict.FAIL


@pytest.mark.parametrize(
    ("rule", "name", "values"),
    [
        ("attribute/single-valued-has-one-value", "displayName", ("Åsa",)),
        ("attribute/values-are-plain-text", "displayName", ("Åsa <3",)),
        ("attribute/letters-are-whole", "displayName", ("يوسف الحسن",)),
        ("attribute/letters-are-composed", "displayName", ("Łukasz Wójcik",)),
        ("skolfederation/role-fits-the-account", "eduPersonAffiliation", ("member", "employee")),
        ("skolfederation/school-unit-codes-have-eight-digits", "sisSchoolUnitCode", ("21648755;12345678",)),  # another rule's business
        ("skolfederation/mail-is-an-address", "mail", ("",)),  # so is an empty one
    ],
)
def test_what_is_right_passes(rule: str, name: str, values: tuple[str, ...]) -> None:
    assert verdicts(judge(sending(name, *values)))[rule] is Verdict.PASS


def test_every_wrong_attribute_is_a_finding_of_its_own() -> None:
    captured = sending("norEduPersonNIN", "8503139803")
    both = changed(
        captured,
        lambda root: one(root, ".//saml:AttributeStatement").append(
            etree.fromstring(
                f'<s:Attribute xmlns:s="{SAML}" Name="urn:oid:1.2.752.29.4.13"><s:AttributeValue>1</s:AttributeValue></s:Attribute>'
            )
        ),
    )
    failed = [found for found in findings(judge(both), "skolfederation/person-numbers-have-twelve-digits") if found.verdict is Verdict.FAIL]
    assert [found.message.en.split(" ")[0] for found in failed if found.message] == ["norEduPersonNIN", "personalIdentityNumber"]


def test_xsi_nil_is_named() -> None:
    [found] = findings(judge(sending("title", "", nil="true")), "skolfederation/values-are-clean")
    assert found.message is not None and "xsi:nil" in found.message.en


def test_a_pupil_with_a_teachers_groups() -> None:
    rule = "skolfederation/role-fits-the-account"
    assert verdicts(judge(sending("sisSchoolCourseTeacher", "21648755/7A", account="elev")))[rule] is Verdict.FAIL
    assert verdicts(judge(sending("sisSchoolCourseTeacher", "21648755/7A")))[rule] is Verdict.PASS
    assert verdicts(judge(sending("eduPersonAffiliation", "Faculty", account="elev")))[rule] is Verdict.FAIL


# --- people


@pytest.mark.parametrize("account", ["skyddad", "dubbel", "dubbel-elev", "samordning", "nyanland"])
def test_special_people_log_in_and_are_judged_in_full(account: str) -> None:
    report = judge(flow(account))
    assert report.conformant and report.complete and not report.failures()
    assert verdicts(report)["dnp/eppn-is-the-provisioned-one"] is Verdict.PASS


def test_one_human_being_has_two_accounts_and_two_eppns() -> None:
    both = [flow("dubbel"), flow("dubbel-elev")]
    assert len({each.account.person for each in both}) == 1
    assert len({judge(each).login.principal_name.value for each in both if judge(each).login.principal_name}) == 2


RULE = "attribute/none-but-the-eppn-with-protected-identity"


def test_protected_identity() -> None:
    assert verdicts(judge(flow("skyddad")))[RULE] is Verdict.PASS
    assert verdicts(judge(sending("sisSchoolUnitCode", "21648755", account="skyddad")))[RULE] is Verdict.FAIL
    assert verdicts(judge(flow("elev")))[RULE] is Verdict.NOT_APPLICABLE

    def name_id(text: str) -> Verdict:
        captured = changed(flow("skyddad"), lambda root: setattr(one(root, ".//saml:NameID"), "text", text))
        return verdicts(judge(captured))[RULE]

    assert name_id("maja.stenlund@exempelstad.se") is Verdict.FAIL
    assert name_id("elev4711@exempelstad.se") is Verdict.FAIL
    assert name_id("_0d4f6a82") is Verdict.PASS


@pytest.mark.parametrize(
    ("given_name", "surname", "local", "verdict"),
    [
        ("Łukasz", "Wójcik", "lukasz.wojcik", Verdict.FAIL),
        ("Łukasz", "Wójcik", "luwo01", Verdict.FAIL),
        ("Łukasz", "Wójcik", "el0042", Verdict.PASS),
        ("Борис", "Ельцов", "eltsov.b", Verdict.FAIL),
        ("يوسف", "الحسن", "yousef.alhasan", Verdict.NOT_APPLICABLE),
        ("Bo", "Ek", "teknik1", Verdict.PASS),  # two letters may stand anywhere
        ("Bo", "Ek", "boek0001", Verdict.FAIL),
        ("", "Öström", "ostast", Verdict.FAIL),
    ],
)
def test_pieces_of_names_in_any_script(given_name: str, surname: str, local: str, verdict: Verdict) -> None:
    captured = told(changed(flow(), eppn(f"{local}@exempelstad.se")), given_name=given_name, surname=surname)
    assert verdicts(judge(captured))["dnp/eppn-holds-no-name"] is verdict


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ("7C1D9E52-4B3A-4F60-9A1E-2D5C8B7F3E04@exempelstad.se", "upper and lower case"),
        (" 7c1d9e52-4b3a-4f60-9a1e-2d5c8b7f3e04@exempelstad.se", "white space"),
        ("7c1d9e52-4b3a-4f60-9a1e-2d5c8b7f3e04@edu.exempelstad.se", "after @"),
        ("Up4dfDpLYE+aHi1ci38+BA==@exempelstad.se", "same GUID"),
        ("elev1@exempelstad.se", "not the provisioned one, {expected}"),
    ],
)
def test_how_an_eppn_differs_from_the_provisioned_one_is_told(sent: str, says: str) -> None:
    captured = told(changed(flow(), eppn(sent)), provisioned_eppn="7c1d9e52-4b3a-4f60-9a1e-2d5c8b7f3e04@exempelstad.se")
    [found] = findings(judge(captured), "dnp/eppn-is-the-provisioned-one")
    assert found.verdict is Verdict.FAIL
    assert found.message is not None and says in found.message.en


# --- services that have rulesets of their own


@pytest.mark.parametrize("scenario", [name for name in record.scenarios() if "--at-" in name])
def test_a_login_at_a_service_that_gets_what_it_asked_for_is_judged_in_full(scenario: str) -> None:
    account, defects = record.scenarios()[scenario]
    for captured in record.log_in(account, defects):
        report = judge(captured)
        assert report.conformant and report.complete and not report.failures()
        assert "dnp" not in captured.rulesets


def test_a_login_that_skolverket_needs_is_undecided_without_the_eppn() -> None:
    assert verdicts(judge(flow("larare", "eppn-missing")))["eppn/has-exactly-one-value"] is Verdict.INCONCLUSIVE
    elsewhere = replace(flow("larare", "eppn-missing"), rulesets=("skolfederation", "unikum"))
    assert verdicts(judge(elsewhere))["eppn/has-exactly-one-value"] is Verdict.NOT_APPLICABLE


# --- the verbs, as a rule file may use them


HEAD = '[a]\ntitle = "t"\nlevel = "note"\nwhy = "w"\nfix = "f"\nsource = "s"\n'
SWEDISH = '[a.sv]\ntitle = "t"\nwhy = "w"\nfix = "f"\n'


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('attribute = "emial"\nexpect = { format = "mail" }', 'menade du "'),
        ('attribute = "surname"\nexpect = { values = "one" }', 'menade du "sn"'),
        ('attribute = ["mail", "x"]\nexpect = { values = "one" }', '"x"'),
        ('attribute = "mail"\nexpect = { format = "male" }', "affiliation, country"),
        ('attribute = "mail"\nexpect = { format = [] }', "affiliation, country"),
        ('attribute = "mail"\nexpect = { values = "two" }', "one"),
        ('attribute = "mail"\nexpect = { among = "x" }', "lista"),
        ('attribute = "mail"\nexpect = { released = true }', "expect"),
        ('release = "any"\nexpect = { all = ["male"] }', 'menade du "mail"'),
        ('release = "any"\nexpect = { all = "mail" }', "lista"),
        ('attribute = "mail"\nexpect = { values = "one" }\nwhen = { role = "rektor" }', "teacher"),
    ],
)
def test_what_a_rule_file_may_not_say(lines: str, says: str) -> None:
    with pytest.raises(RuleFileError) as caught:
        load_ruleset("egna.toml", HEAD + lines + "\n" + SWEDISH, "egna.toml")
    assert says in caught.value.line("sv")
    assert caught.value.where and caught.value.where.startswith("egna.toml")


def own(lines: str, captured: Flow) -> Verdict:
    """What a ruleset with that one rule says of the login."""
    text = HEAD + lines + "\n" + SWEDISH
    report = judge(replace(captured, rulesets=("egna.toml",), own_rulesets={"egna.toml": text}))
    return verdicts(report)["egna/a"]


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        ('attribute = "title"\nexpect = { among = ["Lärare", "Rektor"] }', Verdict.PASS),
        ('attribute = "title"\nexpect = { among = ["Rektor"] }', Verdict.FAIL),
        ('attribute = "title"\nexpect = { values = "one" }', Verdict.PASS),
        ('attribute = "title"\nexpect = { format = "mail" }', Verdict.FAIL),
        ('attribute = "mail"\nexpect = { format = "mail" }', Verdict.NOT_APPLICABLE),
        ('attribute = "title"\nexpect = { format = "mail" }\nwhen = { role = "pupil" }', Verdict.NOT_APPLICABLE),
        ('release = "any"\nexpect = { all = ["title"] }', Verdict.PASS),
        ('release = "any"\nexpect = { all = ["title", "mail"] }', Verdict.FAIL),
        ('release = "any"\nexpect = { one_of = ["title", "mail"] }', Verdict.PASS),
        ('release = "any"\nexpect = { one_of = ["mail"] }', Verdict.FAIL),
    ],
)
def test_what_a_rule_file_may_say(lines: str, verdict: Verdict) -> None:
    assert own(lines, sending("title", "Lärare")) is verdict


def test_a_name_that_a_service_does_not_look_for() -> None:
    claim = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
    rule = 'release = "any"\nexpect = { all = ["mail"] }'
    assert own(rule, sending(claim, "a@exempelstad.se", name_format=None)) is Verdict.FAIL
    assert own(rule, sending("mail", "a@exempelstad.se", name_format=None)) is Verdict.PASS
    assert own(rule, sending("mail", "a@exempelstad.se")) is Verdict.PASS


def test_every_format_has_a_rule() -> None:
    text = catalogue.resources.text(catalogue.resources.RULES, "skolfederation.toml")
    assert [form for form in FORMATS if f'"{form}"' not in text] == []
