"""Metadata that others made, in the shapes of products, and mutated: lint always answers, with findings that make sense, and never crashes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from lxml import etree

from fixtures import record
from idptest import lint
from idptest.adapters.given_metadata import Wanted
from idptest.errors import InputError
from idptest.model.flow import IdpFacts
from idptest.model.inspection import InspectionReport
from idptest.model.metadata_facts import differences
from idptest.model.saml import IdpMetadata
from idptest.model.sp import SpMetadata
from idptest.products import product
from idptest.reporters import html as html_report
from idptest.reporters import json as json_report
from idptest.reporters import junit as junit_report
from idptest.reporters import metadata_changes
from idptest.reporters import text as text_report
from idptest.saml.entities import SP
from idptest.saml.metadata_facts import facts
from idptest.suggest import corrected
from idptest.validator import inspect
from tests.exempelstad import NOW
from tests.mutations import changed_tree, damaged, no_crash
from tests.product_metadata import PRODUCTS

OTHERS = sorted((record.HERE / "metadata" / "pysaml2").glob("*.xml"))
NEITHER = {"pdp_meta.xml", "vo_metadata.xml"}  # what an attribute authority and a virtual organisation publish
MUTANTS = 12  # to a file
ROLES_OF_OTHERS = "saml-metadata-offers/describes-the-idp-alone"


def judged(data: bytes) -> list[InspectionReport]:
    """Every entity in it, as `idptest metadata lint --all` judges it."""
    reports = []
    for entity, role in Wanted(whole=True).of(data, "x.xml"):
        document = entity.document
        looked_at = lint.of_sp(document, NOW) if role == SP else lint.of_idp(IdpFacts("x", entity.entity_id, document), NOW)
        reports.append(no_crash(inspect(looked_at, lint.rulesets(looked_at))))
    return reports


def written(reports: list[InspectionReport]) -> None:
    text_report.render(reports, [text_report.Style(lang="sv", verbose=True)] * len(reports)).encode()
    for form in (json_report, junit_report, html_report):
        form.render(reports, lang="en").encode()


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.name)
def test_metadata_of_others_is_judged_or_refused_in_a_line(path: Path) -> None:
    if path.name in NEITHER:
        with pytest.raises(InputError, match="neither an IdP nor an SP"):
            judged(path.read_bytes())
        return
    reports = judged(path.read_bytes())
    written(reports)
    for report in reports:
        made = corrected(report)
        assert made is None or len(made.report.failures()) < len(report.failures())
    assert all(report.failures() for report in reports)  # none of them was made for Skolfederation


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_product_is_recognised_by_its_metadata_alone(name: str) -> None:
    [report] = judged(PRODUCTS[name]())
    assert report.inspection.product == name
    written([report])
    assert product(name).name in text_report.render([report], [text_report.Style(verbose=True)])


FAILS = {
    "adfs": {"dnp/scope-is-declared", "skolfederation/no-attributes-are-listed", ROLES_OF_OTHERS},
    "entra": {"dnp/scope-is-declared", ROLES_OF_OTHERS},
    "google": {"dnp/scope-is-declared"},
    "shibboleth": {"saml-metadata-signing/has-one-signing-key"},
    "keycloak": {"dnp/scope-is-declared", "dnp/takes-unsigned-requests"},
}
# None of them has what Skolfederation wants shown to people.
BARE = {
    "skolfederation/error-url-is-given",
    "skolfederation/display-name-in-swedish-and-english",
    "skolfederation/logo-is-https",
    "skolfederation/contacts-are-listed",
    "dnp-teacher/e-leg-is-declared",
}
OF_PRODUCTS = {rule for rules in FAILS.values() for rule in rules} | {"saml-metadata-signing/own-signature-still-holds"}


@pytest.mark.parametrize("name", FAILS)
def test_what_a_product_leaves_undone_is_found_and_nothing_else_of_its_kind(name: str) -> None:
    [report] = judged(PRODUCTS[name]())
    failing = {finding.rule.id for finding in report.failures()}
    assert failing >= BARE
    assert failing & OF_PRODUCTS == FAILS[name]


@pytest.mark.parametrize("name", ["adfs", "entra"])
def test_an_edited_copy_no_longer_bears_its_signature(name: str) -> None:
    whole = PRODUCTS[name]()
    edited = whole.replace(b"</EntityDescriptor>", b"<!-- --><ContactPerson contactType='technical'/></EntityDescriptor>")
    [report] = judged(edited)
    assert "saml-metadata-signing/own-signature-still-holds" in {finding.rule.id for finding in report.failures()}
    made = corrected(report)
    assert made is not None and made.valid
    left = {finding.rule.id for finding in made.report.failures()}
    assert not left & {"saml-metadata-signing/own-signature-still-holds", ROLES_OF_OTHERS, "skolfederation/no-attributes-are-listed"}
    assert b"Signature" not in made.document and b"RoleDescriptor" not in made.document


@pytest.mark.parametrize("source", [*(path.name for path in OTHERS if path.name not in NEITHER), *PRODUCTS])
def test_mutated_metadata_never_crashes_lint(source: str) -> None:
    data = PRODUCTS[source]() if source in PRODUCTS else (record.HERE / "metadata" / "pysaml2" / source).read_bytes()
    random_ = random.Random(source)
    for number in range(MUTANTS):
        if number % 2:
            mutant = damaged(data, random_)
        else:
            root = etree.fromstring(data)
            mutant = etree.tostring(changed_tree(root, random_))
        try:
            reports = judged(mutant)
        except InputError as refused:
            assert refused.line("sv") and refused.line("en")
            continue
        written(reports)
        for report in reports:
            corrected(report)
            for metadata in (*report.inspection.all(IdpMetadata), *report.inspection.all(SpMetadata)):
                assert isinstance(metadata, IdpMetadata | SpMetadata)
                found = metadata_changes.Difference(source, "a", "b", differences((), facts(metadata)))
                metadata_changes.text(found, text_report.Style()).encode()
                metadata_changes.as_json(found, "sv", True).encode()
                assert not differences(facts(metadata), facts(metadata))
