"""An IdP's metadata judged without a login: every rule about it is proven both ways by Exempelstad's defects, as it is for logins."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache

import pytest

from idptest import catalogue, lint
from idptest.adapters.demo import published
from idptest.demo.defects import DEFECTS, Defect
from idptest.demo.metadata import Published, to_xml
from idptest.errors import ConfigurationError
from idptest.model.flow import IdpFacts
from idptest.model.inspection import InspectionReport
from idptest.model.rule import Verdict
from idptest.model.saml import Certificate, IdpMetadata
from idptest.reporters import json as json_report
from idptest.validator import inspect
from tests.exempelstad import NOW

ABOUT = (IdpMetadata, Certificate)
RULES = {rule.id for rule in catalogue.rules_about(ABOUT, ("skolfederation", "dnp", "dnp-teacher"))}


@cache
def linted(*defects: Defect) -> InspectionReport:
    looked_at = lint.of_idp(published(defects, NOW), NOW)
    return inspect(looked_at, lint.rulesets(looked_at))


def of(xml: bytes) -> InspectionReport:
    looked_at = lint.of_idp(IdpFacts("exempelstad", "", xml), NOW)
    return inspect(looked_at, lint.rulesets(looked_at))


def failing(report: InspectionReport) -> set[str]:
    assert not [finding.message for finding in report.having(Verdict.CRASHED)]
    return {finding.rule.id for finding in report.failures()}


def shows(defect: Defect) -> bool:
    try:
        published((defect,), NOW)
    except ConfigurationError:
        return False
    return True


SHOWN = tuple(defect for defect in DEFECTS if defect.command == "login" and shows(defect))


def test_good_metadata_is_judged_in_full() -> None:
    report = linted()
    assert report.conformant and report.complete and not report.failures()
    assert {finding.rule.id for finding in report.findings} == RULES


@pytest.mark.parametrize("defect", SHOWN, ids=lambda defect: defect.name)
def test_a_defect_fails_what_it_fails_in_a_login_and_nothing_else(defect: Defect) -> None:
    assert failing(linted(defect)) == set(defect.fails) & RULES


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_is_proven_both_ways_without_a_login(rule: str) -> None:
    assert any(rule in failing(linted(defect)) for defect in SHOWN)
    # Exempelstad's own is neither signed nor ends.
    rare = of(to_xml(Published(signed=True, valid_until=NOW + timedelta(days=9))))
    good = (rare, linted(), *(linted(defect) for defect in SHOWN))
    assert any(finding.rule.id == rule for report in good for finding in report.having(Verdict.PASS))


def test_a_defect_that_does_not_show_in_metadata_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="does not show in the metadata"):
        published((next(defect for defect in DEFECTS if defect.name == "eppn-base64"),), NOW)


def test_the_facts_tell_keys_days_left_addresses_and_scopes() -> None:
    facts = {fact["label"]: fact["value"] for fact in json.loads(json_report.render([linted()], lang="en"))["inspection"]["facts"]}
    assert facts["Scopes"] == ["exempelstad.se"]
    assert facts["Login addresses"][0] == "HTTP-Redirect https://idp.exempelstad.se/sso"
    assert isinstance(facts["Days left"][0], int)
    assert facts["Product"] == "Exempelstad (demo)"
