"""Reports on what is no login, alone and among others: the same four reporters, the same contract, and no word of teachers."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest
from jsonschema import Draft202012Validator
from lxml import etree

from idptest import catalogue, resources
from idptest.model.inspection import KINDS, ONBOARDING, Fact, Inspection, InspectionReport, Part
from idptest.model.report import Finding, Report
from idptest.model.rule import Evidence, Level, Pointer, Rule, Text, Verdict, Words
from idptest.reporters import json as json_report
from idptest.reporters import junit, text
from idptest.validator import judge
from tests.exempelstad import NOW, flow
from tests.reporters.pages import one, parsed, words

SCHEMA = Draft202012Validator(json.loads(resources.text(resources.REPORTERS, "report.schema.json")))
NAME = "https://idp.exempelstad.se/idp"
FACTS = (
    Fact(Words("Days left", "Dagar kvar"), 41),
    Fact(Words("Scopes", "Scope"), ("exempelstad.se", "skola.exempelstad.se")),
    Fact(Words("Addresses", "Adresser"), tuple(f"https://idp{number}.exempelstad.se/sso/redirect" for number in range(5))),
    Fact(Words("Sent by", "Skickat av"), "\x1b[31m<b>ond</b>"),
)


@dataclass(frozen=True)
class Thing(Part):
    name: str


def rule(level: Level) -> Rule:
    said = Text("The thing is there", "Otherwise nobody finds it.", "Put it there.")
    svenska = Text("Saken finns", "Annars hittar ingen den.", "Lägg dit den.")
    return Rule(f"thing/is-there-{level.value}", level, said, svenska, "https://example.org (read 2026-11)", Thing, "x:1", lambda _: None)  # type: ignore[arg-type, return-value]


def finding(level: Level, verdict: Verdict) -> Finding:
    missing = Words("{actual} is missing", "{actual} saknas")
    at = Evidence(Pointer("metadata", "/md:EntityDescriptor"), "saken")
    return Finding(rule(level), verdict, None if verdict is Verdict.PASS else missing, () if verdict is Verdict.PASS else (at,), "Thing")


def report(kind: str = "metadata", *verdicts: Verdict, facts: tuple[Fact, ...] = FACTS) -> InspectionReport:
    found = tuple(finding(level, verdict) for level, verdict in zip(Level, verdicts or (Verdict.FAIL,), strict=False))
    return InspectionReport(catalogue.tool(), found, Inspection(kind, NAME, NOW, {Thing: ()}, facts))


def in_text(*reports: Report, lang: str = "sv") -> str:
    return text.render(reports, [text.Style(lang)] * len(reports))


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != ONBOARDING])  # that one is a list of steps, and has tests of its own
def test_every_reporter_renders_every_kind(kind: str, verdict: Verdict, lang: str) -> None:
    judged = report(kind, verdict)
    plain = json.loads(json_report.render([judged], lang=lang))
    SCHEMA.validate(plain)
    assert (plain["subject"], plain["login"], plain["history"]) == (kind, None, None)
    assert plain["inspection"]["kind"] == kind
    [suite] = etree.fromstring(junit.render([judged], lang=lang).encode())
    assert (suite.get("name") or "").endswith(f"› {NAME}")
    page = parsed(judged, lang=lang)
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in page.xpath("//a/@href") if link.startswith("#")} <= set(ids)
    for said in (in_text(judged, lang=lang), words(page)):
        assert NAME in said
        assert "lärare" not in said and "teacher" not in said and "inloggningar" not in said


def test_the_facts_stand_in_each() -> None:
    judged = report()
    said = in_text(judged)
    assert "  Dagar kvar  41" in said
    assert "  Scope       exempelstad.se, skola.exempelstad.se" in said
    assert "              https://idp4.exempelstad.se/sso/redirect" in said  # what has no room on one line has a line each
    assert "\x1b" not in said
    facts = json.loads(json_report.render([judged], lang="en"))["inspection"]["facts"]
    assert facts[:2] == [{"label": "Days left", "value": 41}, {"label": "Scopes", "value": ["exempelstad.se", "skola.exempelstad.se"]}]
    assert '<property name="Dagar kvar" value="41"/>' in junit.render([judged], lang="sv")
    seen = words(one(parsed(judged), '//section[@class="facts_seen"]'))
    assert "Dagar kvar 41" in seen.replace("Dagar kvar41", "Dagar kvar 41")
    assert "<b>ond</b>" in seen


def test_without_facts_there_is_no_place_for_them() -> None:
    judged = report(facts=())
    assert not parsed(judged).xpath('//section[@class="facts_seen"]')
    assert "\n\n\n" not in in_text(judged)


def test_the_verdict_counts_faults() -> None:
    said = in_text(report("metadata", Verdict.FAIL, Verdict.FAIL, Verdict.PASS))
    assert "INTE KLART   1 fel · 1 sak bör ses över · 1 regel håller" in said
    assert "metadata › https://idp.exempelstad.se/idp" in said


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_among_logins_all_have_a_line(lang: str) -> None:
    reports = [judge(flow()), report("metadata", Verdict.PASS), report("trace", Verdict.FAIL)]
    said = in_text(*reports, lang=lang)
    assert "exempelstad › larare" in said
    assert said.count(NAME) >= 2
    assert ("2 av 3 bedömningar håller." if lang == "sv" else "2 of 3 judgements hold.") in said
    SCHEMA.validate(json.loads(json_report.render(reports, lang=lang)))
    page = parsed(*reports, lang=lang)
    assert len(page.xpath("//article")) == 3
    assert len(one(page, "//table[caption]").xpath(".//tbody/tr")) == 3
    assert len(etree.fromstring(junit.render(reports, lang=lang).encode())) == 3


def test_many_are_a_table_alone() -> None:
    reports = [report("metadata", Verdict.FAIL)] * 21
    said = in_text(*reports)
    assert said.count(NAME) == 21 and "Så ska det vara" not in said and "-v visar" in said
    assert "Så ska det vara" in text.render(reports, [text.Style("sv", verbose=True)] * 21)
    assert "Så ska det vara" in in_text(*reports[1:])


def test_only_logins_are_told_of_as_before() -> None:
    said = in_text(judge(flow()), replace(judge(flow())))
    assert "Båda inloggningarna håller" in said
