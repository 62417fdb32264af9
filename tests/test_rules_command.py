"""idptest rules: one rule explained, by its id or the end of it; the nearest where there is none."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from idptest import catalogue
from idptest.cli import group
from idptest.demo.defects import DEFECTS
from idptest.errors import ConfigurationError
from idptest.model.rule import Rule
from idptest.products import OIDC, SAML, fix, products

RULES = tuple(catalogue.all_rules())


def run(*words: str) -> Result:
    return CliRunner().invoke(group, ["rules", *words], prog_name="idptest", standalone_mode=False)


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_explained_whole(rule: Rule, lang: str) -> None:
    done = run(rule.id, "--lang", lang)
    assert done.exit_code == 0
    told = " ".join(done.output.split())
    text = rule.text(lang)
    for part in (rule.id, text.title, text.why, text.fix, rule.source, rule.origin, rule.level.value.upper()):
        assert " ".join(part.split()) in told
    snippets = set()
    own = [fix(rule, product.id, protocol) for product in products() for protocol in (SAML, OIDC)]
    for change in [fix(rule, None), *(change for change in own if change.product)]:
        assert " ".join(change.words.text(lang).split()) in told
        assert change.product is None or f"({change.product})" in told or f"({change.product}, OpenID Connect)" in told
        snippets |= {line.strip() for line in (change.snippet or "").splitlines()}
        assert snippets <= {"", *(line.strip() for line in done.output.splitlines())}
    for defect in DEFECTS:
        assert (f"--demo {defect.account} --defect {defect.name} " in f"{told} ") == (rule.id in defect.fails)
    assert max(len(line) for line in done.output.splitlines() if "http" not in line and line.strip() not in snippets) <= 100


def test_the_name_alone_is_enough() -> None:
    assert run("eppn-scope-in-metadata", "--lang", "sv").output == run("dnp/eppn-scope-in-metadata", "--lang", "sv").output


@pytest.mark.parametrize("typed", ["dnp/eppn-scope-in-metdata", "eppn-scope-in-metdata", "DNP/eppn_scope_in_metadata"])
def test_an_unknown_rule_names_the_nearest(typed: str) -> None:
    problem = run(typed).exception
    assert isinstance(problem, ConfigurationError)
    assert 'did you mean "dnp/eppn-scope-in-metadata"' in problem.words.en
    assert 'menade du "dnp/eppn-scope-in-metadata"' in problem.words.sv


def test_one_rule_as_json() -> None:
    [plain] = json.loads(run("dnp/eppn-scope-in-metadata", "--format", "json").output)
    assert set(plain) == {"id", "title", "why", "fix", "level", "source", "origin", "subject", "changes"}


@pytest.mark.parametrize(
    ("rule", "en", "sv"),
    [
        ("saml-assertion/audience-contains-this-sp", "everybody, by the SAML standards", "alla, enligt SAML-standarderna"),
        ("oidc-id-token/audience-is-this-client", "everybody, by the OpenID Connect standards", "alla, enligt OpenID Connects standarder"),
        ("eppn/has-exactly-one-value", "everybody", "alla"),
        ("dnp/eppn-is-released", catalogue.ruleset("dnp").title.en, catalogue.ruleset("dnp").title.sv),
    ],
)
def test_who_asks_is_said_of_the_protocol_that_the_rule_is_about(rule: str, en: str, sv: str) -> None:
    assert f"\nAsked by: {en}\n" in run(rule, "--lang", "en").output
    assert f"\nHör till: {sv}\n" in run(rule, "--lang", "sv").output
