"""The JUnit report is what Jenkins and GitLab read, and a pipeline is green only where the exit code is 0."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from fixtures import record
from idptest import catalogue
from idptest.model.flow import Ended
from idptest.model.flow_file import loads
from idptest.model.report import Report
from idptest.model.rule import Level, Verdict, Waiver
from idptest.reporters import junit
from idptest.validator import judge
from tests.exempelstad import flow, log_in

FLOWS = sorted((record.HERE / "flows").glob("*/flow*.json"))
SCOPE = "dnp/eppn-scope-in-metadata"
# What the readers agree on: names, order, number, and which attributes must be there.
SCHEMA = etree.XMLSchema(
    etree.XML("""
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="unqualified">
  <xs:attributeGroup name="counts">
    <xs:attribute name="name" type="xs:string" use="required"/>
    <xs:attribute name="tests" type="xs:nonNegativeInteger" use="required"/>
    <xs:attribute name="failures" type="xs:nonNegativeInteger" use="required"/>
    <xs:attribute name="errors" type="xs:nonNegativeInteger" use="required"/>
    <xs:attribute name="skipped" type="xs:nonNegativeInteger" use="required"/>
    <xs:attribute name="time" type="xs:decimal" use="required"/>
  </xs:attributeGroup>
  <xs:complexType name="trouble"><xs:simpleContent><xs:extension base="xs:string">
    <xs:attribute name="message" type="xs:string" use="required"/>
    <xs:attribute name="type" type="xs:string" use="required"/>
  </xs:extension></xs:simpleContent></xs:complexType>
  <xs:complexType name="reason"><xs:simpleContent><xs:extension base="xs:string">
    <xs:attribute name="message" type="xs:string" use="required"/>
  </xs:extension></xs:simpleContent></xs:complexType>
  <xs:element name="testsuites"><xs:complexType>
    <xs:sequence><xs:element name="testsuite" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
      <xs:sequence>
        <xs:element name="properties"><xs:complexType><xs:sequence>
          <xs:element name="property" maxOccurs="unbounded"><xs:complexType>
            <xs:attribute name="name" type="xs:string" use="required"/><xs:attribute name="value" type="xs:string" use="required"/>
          </xs:complexType></xs:element>
        </xs:sequence></xs:complexType></xs:element>
        <xs:element name="testcase" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
          <xs:choice minOccurs="0">
            <xs:element name="failure" type="trouble"/><xs:element name="error" type="trouble"/><xs:element name="skipped" type="reason"/>
          </xs:choice>
          <xs:attribute name="classname" type="xs:string" use="required"/><xs:attribute name="name" type="xs:string" use="required"/>
          <xs:attribute name="time" type="xs:decimal" use="required"/>
        </xs:complexType></xs:element>
        <xs:element name="system-out" type="xs:string" minOccurs="0"/>
      </xs:sequence>
      <xs:attributeGroup ref="counts"/>
      <xs:attribute name="timestamp" type="xs:dateTime" use="required"/>
    </xs:complexType></xs:element></xs:sequence>
    <xs:attributeGroup ref="counts"/>
  </xs:complexType></xs:element>
</xs:schema>""")
)


def parsed(*reports: Report, lang: str = "sv", fail_on: Level = Level.MUST) -> etree._Element:
    root = etree.fromstring(junit.render(reports, lang=lang, fail_on=fail_on).encode())
    SCHEMA.assertValid(root)
    for suite in (root, *root.findall("testsuite")):
        assert int(suite.get("tests")) == len(suite.findall(".//testcase"))
        for name, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(name)) == len(suite.findall(f".//{element}"))
    return root


def case(root: etree._Element, rule: str) -> etree._Element:
    group, _, name = rule.partition("/")
    [found] = [each for each in root.iter("testcase") if each.get("classname") == group and each.get("name").startswith(f"{name}: ")]
    return found


def outcome(root: etree._Element, rule: str) -> str | None:
    return next((child.tag for child in case(root, rule)), None)


@pytest.mark.parametrize("fail_on", [Level.MUST, Level.SHOULD])
@pytest.mark.parametrize("path", FLOWS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_it_is_valid_and_red_where_the_exit_code_is(path, fail_on: Level) -> None:  # type: ignore[no-untyped-def]
    report = judge(loads(path.read_text(encoding="utf-8")))
    root = parsed(report, fail_on=fail_on)
    code = report.exit_code(fail_on)
    assert (int(root.get("failures")) > 0) == (code == 1)
    assert (int(root.get("errors")) > 0) == (not report.complete)
    assert len(root.findall(".//testcase")) == len({finding.rule.id for finding in report.findings})


def test_a_failure_tells_what_why_and_where() -> None:
    [failure] = parsed(judge(flow("larare", "scope-wrong"))).iter("failure")
    assert failure.get("type") == "must" and failure.get("message").startswith("MUST: ")
    for words in ("Så ska det vara: ", "Gör så här", "Syns i: steg 4", "Är: edu.exempelstad.se", "Källa: https://"):
        assert words in failure.text


def test_a_should_counts_when_it_is_asked_to_and_is_seen_in_any_case() -> None:
    report = judge(flow("larare", "certificate-ends-soon"))
    rule = "saml-metadata/signing-certificate-lasts"
    assert outcome(parsed(report), rule) == "skipped"
    assert case(parsed(report), rule)[0].get("message").startswith("SHOULD: ")
    assert outcome(parsed(report, fail_on=Level.SHOULD), rule) == "failure"


def test_a_note_is_never_a_failure() -> None:
    report = judge(flow("larare", "scope-wrong"))
    noted = replace(report, findings=tuple(replace(each, rule=replace(each.rule, level=Level.NOTE)) for each in report.findings))
    assert outcome(parsed(noted, fail_on=Level.SHOULD), SCOPE) == "skipped"


@pytest.mark.parametrize(("until", "seen"), [("2026-11-22", "skipped"), ("2026-11-21", "failure")])
def test_a_waiver_skips_while_it_lasts_and_gives_its_reason(until: str, seen: str) -> None:
    report = judge(replace(flow("larare", "scope-wrong"), waivers=(Waiver(SCOPE, "ärende 4711", until),)))
    root = parsed(report)
    assert outcome(root, SCOPE) == seen
    assert "ärende 4711" in case(root, SCOPE)[0].text
    assert "ärende 4711" in root.find(".//system-out").text
    if seen == "skipped":
        assert case(root, SCOPE)[0].get("message") == "Undantag: ärende 4711"
    else:
        assert "gick ut 2026-11-21" in case(root, SCOPE)[0].text


def test_what_could_not_be_judged_is_an_error() -> None:
    root = parsed(judge(replace(flow(), ended=Ended("network", 1, said="refused"), exchanges=flow().exchanges[:1])))
    assert int(root.get("errors")) > 20
    assert {error.get("type") for error in root.iter("error")} == {"inconclusive"}
    assert any("väntar på: " in error.text for error in root.iter("error"))


def test_nothing_to_judge_is_skipped_with_its_reason() -> None:
    element = case(parsed(judge(flow())), "saml-encryption/cipher-is-authenticated")[0]
    assert (element.tag, element.get("message")) == ("skipped", "det finns inget att bedöma här")


def test_each_login_is_a_suite_of_its_own_that_says_what_it_is_about() -> None:
    root = parsed(*(judge(found) for found in log_in("larare", "level-unrequested")))
    names = [suite.get("name") for suite in root]
    assert names == ["1. exempelstad › larare › SAML", "2. exempelstad › larare › SAML"]
    properties = {each.get("name"): each.get("value") for each in root[0].find("properties")}
    assert properties["account"] == "larare" and properties["conformant"] == "false"
    assert properties["tool"].startswith("idptest ") and properties["rules_digest"] == catalogue.tool().rules_digest


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.text(max_size=40), st.text("]]><&\"'\x00\x08\x1f\x7f\ufffe\uffff\ud800\u202e\n\t", max_size=20)))
def test_what_xml_cannot_hold_is_shown_by_its_number(text: str) -> None:
    captured = flow("larare", "scope-wrong")
    report = judge(replace(captured, idp=replace(captured.idp, name=text), waivers=(Waiver(SCOPE, text, "2027-01-01"),), id=text))
    root = parsed(report)
    if text == "\x00":
        assert root[0].get("name") == "‹U+0000› › larare › SAML"
    assert not {char for char in etree.tostring(root, encoding="unicode") if char in "\x00\x08\x1f\x7f\u202e\ufffe"}


def test_a_crash_is_an_error() -> None:
    report = judge(flow())
    crashed = replace(report, findings=(replace(report.findings[0], verdict=Verdict.CRASHED), *report.findings[1:]))
    assert [error.get("type") for error in parsed(crashed).iter("error")] == ["crashed"]
