"""What --suggest puts right holds afterwards, is valid by the schema, and nothing else fails for it."""

from __future__ import annotations

import pytest
from lxml import etree

from idptest import lint
from idptest.adapters.demo import published
from idptest.demo.defects import defect
from idptest.demo.metadata import SHOWN, Published, to_xml
from idptest.model.flow import IdpFacts
from idptest.model.inspection import InspectionReport
from idptest.suggest import CORRECTIONS, PLACEHOLDER, as_file, corrected, summary
from idptest.validator import inspect
from tests.exempelstad import NOW

_SWEDISH = tuple(shown for shown in SHOWN if shown[1] != "en")


def judged(xml: bytes) -> InspectionReport:
    looked_at = lint.of_idp(IdpFacts("exempelstad", "", xml), NOW)
    return inspect(looked_at, lint.rulesets(looked_at))


def demo(*names: str) -> bytes:
    found = [each for name in names if (each := defect(name))]
    assert len(found) == len(names)
    return published(found, NOW).metadata


def failing(report: InspectionReport) -> set[str]:
    return {finding.rule.id for finding in report.failures()}


def without(xml: bytes, *pieces: str) -> bytes:
    text = xml.decode()
    for piece in pieces:
        assert piece in text, piece
        text = text.replace(piece, "", 1)
    return text.encode()


GOOD = to_xml(Published())
E_LEG_ATTRIBUTE = ' NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri"'
ADFS = to_xml(Published(federation_roles=True, signed=True, edited=True, scope_place="entity", wants_signed_requests=True))
CASES = {
    "scope under the entity": (demo("scope-misplaced"), {"dnp/scope-is-declared"}),
    "e-leg under the role": (demo("e-leg-misplaced"), {"dnp-teacher/e-leg-is-declared-under-the-entity"}),
    "e-leg under the role, alone": (
        to_xml(Published(e_leg="role", levels=())),
        {"dnp-teacher/e-leg-is-declared-under-the-entity"},
    ),
    "e-leg misspelt under the role": (
        to_xml(Published(e_leg="role", e_leg_value="http://fidus.skolverket.se/authentication/E-leg/")),
        {"dnp-teacher/e-leg-is-spelt-right", "dnp-teacher/e-leg-is-declared-under-the-entity"},
    ),
    "e-leg without NameFormat": (without(GOOD, E_LEG_ATTRIBUTE), {"dnp-teacher/e-leg-is-spelt-right"}),
    "signed requests": (demo("wants-signed-requests"), {"dnp/takes-unsigned-requests"}),
    "a scope with capitals": (to_xml(Published(scopes=("Exempelstad.se ",))), {"saml-metadata-scopes/scopes-are-domain-names"}),
    "a pattern of one domain": (
        to_xml(Published(scopes=(), scope_patterns=(r"^exempelstad\.se$",))),
        {"dnp/scope-is-literal"},
    ),
    "roles of WS-Federation": (to_xml(Published(federation_roles=True)), {"saml-metadata-offers/describes-the-idp-alone"}),
    "a signature that does not hold": (
        to_xml(Published(signed=True, edited=True)),
        {"saml-metadata-signing/own-signature-still-holds"},
    ),
    "an element out of order": (demo("metadata-out-of-order"), {"saml-metadata/is-valid-by-the-schema"}),
    "listed attributes": (
        to_xml(Published(listed_attributes=("urn:oid:1.3.6.1.4.1.5923.1.1.1.6",))),
        {"skolfederation/no-attributes-are-listed"},
    ),
    "addresses without mailto": (
        to_xml(Published(contacts=tuple((kind, address.removeprefix("mailto:")) for kind, address in Published().contacts))),
        {"skolfederation/contacts-have-mail-addresses"},
    ),
    "Swedish alone": (
        to_xml(Published(shown=_SWEDISH)),
        {rule for rule, _ in CORRECTIONS.items() if "swedish" in rule or "linked" in rule},
    ),
    "as AD FS hands it out, edited": (
        ADFS,
        {
            "saml-metadata-offers/describes-the-idp-alone",
            "saml-metadata-signing/own-signature-still-holds",
            "dnp/scope-is-declared",
            "dnp/takes-unsigned-requests",
        },
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_put_right_holds_and_nothing_else_fails(name: str) -> None:
    xml, rules = CASES[name]
    before = failing(judged(xml))
    made = corrected(judged(xml))
    assert made is not None and made.valid
    after = failing(judged(made.document))
    assert after == before - rules
    assert rules <= before | {change.rule for change in made.changes}
    assert failing(judged(as_file(made, "sv").encode())) == after


def test_every_correction_is_tried() -> None:
    assert {rule for _, rules in CASES.values() for rule in rules} == set(CORRECTIONS)


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_what_was_changed_is_told_in_the_file_and_beside_it(lang: str) -> None:
    report = judged(demo("scope-misplaced"))
    made = corrected(report)
    assert made is not None
    text = as_file(made, lang)
    root = etree.fromstring(text.encode())
    comment = root.getprevious()
    assert comment is not None and "dnp/scope-is-declared" in str(comment.text)
    assert [line for line in summary(report, made, lang) if line.startswith("+ ")]
    assert PLACEHOLDER not in text


def test_a_placeholder_is_marked() -> None:
    made = corrected(judged(to_xml(Published(shown=_SWEDISH))))
    assert made is not None
    assert f'xml:lang="en">{PLACEHOLDER}: DisplayName (en)<' in made.document.decode()
    assert any(PLACEHOLDER in line for line in summary(made.report, made, "sv"))


@pytest.mark.parametrize("name", ["certificate-missing", "scope-undeclared", "redirect-not-offered"])
def test_what_only_a_person_knows_is_left(name: str) -> None:
    report = judged(demo(name))
    assert corrected(report) is None
    assert len(list(summary(report, None, "en"))) == 1 + len(failing(report))


def test_good_metadata_is_left_as_it_is() -> None:
    assert corrected(judged(GOOD)) is None
