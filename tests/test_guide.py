"""The guide tells the truth: its ruleset is read and judges as it says, and it names every verb and format and ruleset there is."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from idptest import resources, settings
from idptest.catalogue import load_ruleset
from idptest.expectations import attribute, release
from idptest.identifiers.formats import FORMATS
from idptest.model.flow import Flow
from idptest.model.rule import Verdict
from idptest.validator import judge
from tests.exempelstad import flow, verdicts
from tests.test_released_attributes import sending

GUIDE = Path(__file__).parents[1] / "docs" / "guide"
PAGES = ("own-rules.md", "own-rules.sv.md")
CARD = "https://exempelstad.se/attribut/lanekort"


def text(page: str) -> str:
    return (GUIDE / page).read_text(encoding="utf-8")


def blocks(page: str) -> list[str]:
    return re.findall(r"^```toml\n(.*?)^```$", text(page), re.MULTILINE | re.DOTALL)


def judged(captured: Flow, page: str) -> dict[str, Verdict]:
    own = {"biblioteket.toml": blocks(page)[1]}
    found = verdicts(judge(replace(captured, rulesets=("biblioteket.toml",), own_rulesets=own)))
    return {rule.partition("/")[2]: verdict for rule, verdict in found.items() if rule.startswith("biblioteket/")}


@pytest.mark.parametrize("page", PAGES)
def test_the_example_judges(page: str) -> None:
    assert judged(flow("elev"), page) == {
        "school-and-card-are-released": Verdict.FAIL,
        "pupils-are-students": Verdict.NOT_APPLICABLE,
        "nothing-else-is-released": Verdict.FAIL,  # the EPPN
    }
    wrong = sending("eduPersonAffiliation", "member", "employee", account="elev")
    assert judged(wrong, page)["pupils-are-students"] is Verdict.FAIL
    teacher = sending("eduPersonAffiliation", "member", "employee")
    assert judged(teacher, page)["pupils-are-students"] is Verdict.NOT_APPLICABLE
    assert judged(sending(CARD, "1234"), page)["school-and-card-are-released"] is Verdict.FAIL  # the school is missing


@pytest.mark.parametrize("page", PAGES)
def test_the_account_in_it_is_understood(page: str) -> None:
    head = '[sp]\nentity_id = "https://idptest.exempelstad.se/sp"\nbase_url = "https://localhost:8443"\n[idp.exempelstad]\nmetadata = "idp.xml"\n'
    account = settings.read(head + blocks(page)[0], rulesets=resources.rulesets()).accounts["larare"]
    assert account.rulesets == ("skolfederation", "natur-kultur", "biblioteket.toml")


@pytest.mark.parametrize("page", PAGES)
def test_it_names_every_ruleset_verb_and_format(page: str) -> None:
    missing = [name for name in (*resources.rulesets(), *FORMATS) if f"`{name}`" not in text(page)]
    missing += [verb for verb in (*attribute.VERBS, *release.VERBS) if f"{{ {verb} = " not in text(page)]
    assert missing == []


def test_both_pages_hold_the_same_example() -> None:
    assert blocks(PAGES[0]) == blocks(PAGES[1])
    assert load_ruleset("biblioteket.toml", blocks(PAGES[0])[1], "biblioteket.toml").title.sv == "Skolbiblioteket"
