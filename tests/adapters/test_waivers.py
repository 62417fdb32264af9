"""Waivers in idptest.toml: for a rule that exists, one's own too, and only where a login is judged by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from idptest.adapters.settings_file import read_settings, waivers_for
from idptest.errors import ConfigurationError
from idptest.model.rule import Waiver

SETTINGS = """\
[sp]
entity_id = "https://idptest.exempelstad.se/sp"
base_url = "https://localhost:8443"

[idp.exempelstad]
protocol = "saml"
metadata = "idp-metadata.xml"

[account.larare]
idp = "exempelstad"
role = "teacher"
rulesets = ["dnp", "kommunen.toml"]

[[waiver]]
rule = "RULE"
reason = "ticket 4711"
until = 2027-03-31
"""
OWN = """\
[mail-is-released]
title = "The mail address is released"
level = "should"
attribute = "eduPersonPrincipalName"
expect = { released = true }
source = "the municipality's own decision 2026-11-01"
why = "Our service needs it."
fix = "Release mail."

[mail-is-released.sv]
title = "E-postadressen lämnas ut"
why = "Vår tjänst behöver den."
fix = "Lämna ut mail."
"""


def folder(tmp_path: Path, rule: str) -> Path:
    (tmp_path / "idptest.toml").write_text(SETTINGS.replace("RULE", rule), encoding="utf-8")
    (tmp_path / "kommunen.toml").write_text(OWN, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("rule", ["dnp/eppn-is-released", "kommunen/mail-is-released"])
def test_a_rule_may_be_ours_or_the_users_own(tmp_path: Path, rule: str) -> None:
    assert [waiver.rule for waiver in read_settings(folder(tmp_path, rule)).waivers] == [rule]


@pytest.mark.parametrize(
    ("rule", "near"), [("dnp/eppn-is-releasd", "dnp/eppn-is-released"), ("kommunen/mail-is-relesed", "kommunen/mail-is-released")]
)
def test_an_unknown_rule_is_refused_with_its_line_and_the_nearest(tmp_path: Path, rule: str, near: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_settings(folder(tmp_path, rule))
    assert refused.value.where == "idptest.toml:15"
    assert f'did you mean "{near}"?' in refused.value.words.en
    assert f'menade du "{near}"?' in refused.value.words.sv


def test_a_login_is_not_told_of_rules_that_it_is_not_judged_by() -> None:
    waivers = tuple(Waiver(rule, "x", "2027-01-01") for rule in ("dnp/eppn-is-released", "kommunen/mail-is-released"))
    assert waivers_for(waivers, ("dnp", "kommunen.toml"), {"kommunen.toml": OWN}) == waivers
    assert waivers_for(waivers, ("dnp",), {}) == waivers[:1]
