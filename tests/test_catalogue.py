"""Rulesets in TOML: what is wrong with one is said in a line with file and number, and nothing unknown passes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from idptest import catalogue, resources
from idptest.catalogue import check, load_ruleset, rules_for, ruleset
from idptest.errors import RuleFileError
from idptest.model.login import Login
from idptest.model.rule import Level, Outcome, Text, Verdict, passed
from idptest.validator import judge
from tests.exempelstad import flow, verdicts

RULE = """\
# one's own
[ruleset]
title = "Our own"

[eppn-is-ours]
title     = "The EPPN is released."
level     = "must"
attribute = "eduPersonPrincipalName"
expect    = { released = true }
source    = "https://example.org (read 2026-11)"
why       = '''Because
               we say so.'''
fix       = "Release it."

[eppn-is-ours.sv]
title = "EPPN skickas"
why   = "För att vi säger det."
fix   = "Skicka det."
"""
REQUEST = '[request]\ncontexts = ["a"]\n'


def refused(text: str) -> RuleFileError:
    with pytest.raises(RuleFileError) as problem:
        load_ruleset("vara/egna.toml", text, "vara/egna.toml")
    said = problem.value
    assert said.where is not None
    assert said.where.startswith("vara/egna.toml:")
    assert said.words.en
    assert said.words.sv not in ("", said.words.en)
    for language in ("sv", "en"):
        assert "\n" not in said.line(language)
    return said


def test_a_rule_in_data() -> None:
    loaded = load_ruleset("vara/egna.toml", RULE, "vara/egna.toml")
    (rule,) = loaded.rules
    assert (rule.id, rule.level, rule.ruleset, rule.origin) == ("egna/eppn-is-ours", Level.MUST, "egna", "vara/egna.toml:5")
    assert rule.en == Text("The EPPN is released", "Because we say so.", "Release it.")
    assert rule.sv.title == "EPPN skickas"
    assert (loaded.title.en, loaded.title.sv, loaded.clock_skew, loaded.request) == ("Our own", "Our own", None, None)


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (("why       =", "whyy      ="), 11, 'did you mean "why"'),
        (("fix       =", "fixes     ="), 13, 'did you mean "fix"'),
        (("expect ", "expected "), 9, 'did you mean "expect"'),
        (("title = \"Our own\"", "titel = \"x\""), 3, 'did you mean "title"'),
        (("why   = \"För", "varfor   = \"För"), 17, "unknown key"),
        (("{ released", "{ relased"), None, 'did you mean "released"'),
        (("released = true", "released = false"), None, "true"),
        (("released = true", "released = 1"), None, "true"),
        (("released = true", 'released = "true"'), None, "true"),
        (("released = true", "released = []"), None, "true"),
        (("{ released = true }", "{ released = true, single_value = true }"), None, "exactly one verb"),
        (("{ released = true }", "{ }"), None, "exactly one verb"),
        (("{ released = true }", "true"), None, "exactly one verb"),
        (("{ released = true }", '["released"]'), None, "exactly one verb"),
        (('"must"', '"must "'), 7, "must"),
        (('"must"', '"may"'), 7, "note"),
        (('"must"', "1"), 7, "must be text"),
        (('"eduPersonPrincipalName"', '"eppn"'), None, "eduPersonPrincipalName"),
        (('attribute = "eduPersonPrincipalName"', 'attribut = "eduPersonPrincipalName"'), 8, 'did you mean "attribute"'),
        (('attribute = "eduPersonPrincipalName"', ""), 5, "must say what it is about"),
        (('attribute = "eduPersonPrincipalName"', 'attribute = "eduPersonPrincipalName"\nrelease = "any"'), 5, "must say what it is about"),
        (('attribute = "eduPersonPrincipalName"', 'metadata = "scoops"'), None, "scope"),
        (('attribute = "eduPersonPrincipalName"', "metadata = []"), None, "metadata"),
        (('"The EPPN is released."', '""'), 6, "empty"),
        (('"The EPPN is released."', "5"), 6, "must be text"),
        (('"The EPPN is released."', '["x"]'), 6, "must be text"),
        (('source    = "https://example.org (read 2026-11)"\n', ""), 5, '"source" is missing'),
        (("expect    = { released = true }\n", ""), 5, '"expect" is missing'),
        (('why   = "För att vi säger det."\n', ""), 15, '"why" is missing in [eppn-is-ours.sv]'),
        ((RULE[RULE.index("[eppn-is-ours.sv]") :], ""), 5, "[eppn-is-ours.sv] is missing"),
        (("source ", "when = { e_leg = true }\nsource "), None, "e_leg_declared"),
        (("source ", "when = true\nsource "), None, "e_leg_declared"),
        (("source ", "when = { e_leg_declared = false }\nsource "), None, "e_leg_declared"),
        (("[eppn-is-ours]", "[Eppn-is-ours]"), 5, "no rule name"),
        (("[eppn-is-ours]", "[eppn_is_ours]"), 5, "no rule name"),
        (("[eppn-is-ours]", "[eppn--is-ours]"), 5, "no rule name"),
        (("[eppn-is-ours]", '["eppn is ours"]'), 5, "no rule name"),
        (("[eppn-is-ours]", '["åäö"]'), 5, "no rule name"),
        (("[ruleset]", "stray = 1\n[ruleset]"), 2, "no rule name"),
        (('title = "Our own"', 'title = "Our own"\nclock_skew = "180"'), 4, "whole number"),
        (('title = "Our own"', 'title = "Our own"\nclock_skew = -1'), 4, "from 0 to 3600"),
        (('title = "Our own"', 'title = "Our own"\nclock_skew = true'), 4, "whole number"),
        (('title = "Our own"', 'title = "Our own'), 3, "quote is not closed"),
        (("[ruleset]\ntitle = \"Our own\"", "ruleset = 5"), 2, "must be a table"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_rule_is_said_with_its_line(change: tuple[str, str], line: int | None, said: str) -> None:
    assert change[0] in RULE
    problem = refused(RULE.replace(*change, 1))
    assert said in problem.words.en
    if line is not None:
        assert problem.where == f"vara/egna.toml:{line}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[request]\n", "takes one of contexts"),
        ('[request]\ncontexts = ["a"]\ncontexts_listed = "skolverket-checklist"\n', "takes one of contexts"),
        ("[request]\ncontexts = []\n", "empty list"),
        ('[request]\ncontexts = "a"\n', "list of texts"),
        ("[request]\ncontexts = [1]\n", "list of texts"),
        ('[request]\ncontexts = ["a", "a"]\n', "twice"),
        ('[request]\ncontexts_listed = "skolverket-checklst"\n', 'did you mean "skolverket-checklist"'),
        (REQUEST + 'comparison = "exakt"\n', "exact"),
        (REQUEST + 'force_authn = "no"\n', "true or false"),
        (REQUEST + "force = true\n", "unknown key"),
        ("request = 5\n", "must be a table"),
        ("", "no rule in it"),
        ("# nothing yet\n", "no rule in it"),
        ('[ruleset]\ntitle = "x"\n', "no rule in it"),
        ("[[a-rule]]\n", "no rule name"),
        ("x = " + "[" * 5000, "nested"),
    ],
)
def test_what_is_wrong_with_a_ruleset_is_said_with_its_line(text: str, said: str) -> None:
    assert said in refused(text).words.en


def test_what_is_asked_for() -> None:
    request = load_ruleset("x.toml", REQUEST, "x.toml").request
    assert request is not None
    assert (request.contexts, request.comparison, request.force_authn, request.only_when_e_leg_is_declared) == (
        ("a",),
        "exact",
        True,
        False,
    )
    request = load_ruleset("x.toml", REQUEST + 'force_authn = false\ncomparison = "minimum"', "x.toml").request
    assert request is not None
    assert (request.comparison, request.force_authn) == ("minimum", False)


# --- names


@pytest.mark.parametrize("path", ["egna.toml", "vara/egna.toml", "../egna.toml", "C:\\regler\\egna.toml", "/abs/egna.toml"])
def test_ones_own_ruleset_is_named_after_its_file_on_every_system(path: str) -> None:
    own = {path: RULE}
    assert [rule.id for rule in ruleset(path, own).rules] == ["egna/eppn-is-ours"]
    report = judge(replace(flow(), rulesets=(path,), own_rulesets=own))
    assert verdicts(report)["egna/eppn-is-ours"] is Verdict.PASS
    assert not any(rule.startswith("dnp/") for rule in verdicts(report))


def test_an_unknown_ruleset_names_the_nearest() -> None:
    with pytest.raises(RuleFileError, match='did you mean "dnp-teacher"'):
        ruleset("dnp-techer")
    with pytest.raises(RuleFileError, match="or a path"):
        ruleset("zzz")


def test_ones_own_ruleset_may_not_pass_for_one_of_ours() -> None:
    """Two rules under one id: a waiver, a report's reader, nobody could tell them apart."""
    clash = RULE.replace("eppn-is-ours", "eppn-is-released")
    with pytest.raises(RuleFileError, match="there is a rule") as problem:
        rules_for(("dnp", "egna/dnp.toml"), {"egna/dnp.toml": clash})
    assert problem.value.where == "egna/dnp.toml:5"
    with pytest.raises(RuleFileError, match="saml_response"):
        rules_for(("saml-response.toml",), {"saml-response.toml": RULE.replace("eppn-is-ours", "is-readable")})


def test_the_smallest_clock_skew_holds() -> None:
    own = {"a.toml": REQUEST + "[ruleset]\nclock_skew = 60\n", "b.toml": REQUEST + "[ruleset]\nclock_skew = 90\n"}
    assert catalogue.clock_skew(("a.toml", "b.toml"), own, 180) == 60
    assert catalogue.clock_skew(("b.toml", "eppn-objectguid"), own, 180) == 90
    assert catalogue.clock_skew(("eppn-objectguid",), own, 170) == 170


def test_the_digest_tells_ones_own_rules_apart() -> None:
    assert catalogue.tool() == catalogue.tool({})
    digests = {catalogue.tool(own).rules_digest for own in ({}, {"a.toml": RULE}, {"a.toml": RULE + "\n"})}
    assert len(digests) == 3


def test_every_shipped_ruleset_loads() -> None:
    for name in resources.rulesets():
        assert ruleset(name).rules or ruleset(name).request


# --- rules in code


def _swedish() -> Text:
    return Text("Rubrik", "Skäl", "Åtgärd")


def test_a_rule_in_code_is_named_after_its_place() -> None:
    @check(Level.NOTE, spec="X 1", fix="Do.", sv=_swedish())
    def something_is_so(login: Login) -> Outcome:
        """Something is so.

        Because it
        is.
        """
        return passed()

    rule = something_is_so.rule  # type: ignore[attr-defined]
    assert rule.id == "test-catalogue/something-is-so"
    assert (rule.en.title, rule.en.why, rule.subject) == ("Something is so", "Because it is.", Login)
    assert rule.origin.startswith("idptest/checks/test_catalogue.py:")


@pytest.mark.parametrize("document", [None, "", "A title alone.", "A title.\n\n   "])
def test_a_rule_in_code_without_title_or_why_stops_everything(document: str | None) -> None:
    def bad(login: Login) -> Outcome:
        return passed()

    bad.__doc__ = document
    with pytest.raises(RuleFileError, match="bad lacks"):
        check(Level.NOTE, spec="X 1", fix="Do.", sv=_swedish())(bad)


@pytest.mark.parametrize("cited", [{}, {"spec": "X", "source": "Y"}, {"spec": ""}])
def test_a_rule_in_code_cites_exactly_one_source(cited: dict[str, str]) -> None:
    def bad(login: Login) -> Outcome:
        """A title.

        A why.
        """
        return passed()

    with pytest.raises(RuleFileError, match="bad lacks"):
        check(Level.NOTE, fix="Do.", sv=_swedish(), **cited)(bad)
