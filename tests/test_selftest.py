"""The selftest passes, and is worth something: break any one step of verification, or any one rule, and it fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner
from lxml import etree

from idptest import catalogue, decode, selftest, validator
from idptest.cli.selftest import command
from idptest.model.rule import Rule, passed
from idptest.saml import encryption, response, signature, xml
from idptest.selftest.mutant import Mutant
from idptest.selftest.mutants import MUTANTS

NOW = datetime(2026, 11, 22, 7, 45, tzinfo=UTC)


def wrong(*mutants: Mutant) -> set[str]:
    return {result.mutant for result in selftest.run(NOW, mutants or MUTANTS) if not result.ok}


def test_every_mutant_is_refused_by_its_rule_and_every_variant_passes() -> None:
    assert wrong() == set()


def test_it_holds_at_any_time() -> None:
    assert all(result.ok for result in selftest.run(datetime(2031, 2, 28, 23, 59, 59, tzinfo=UTC)))


def test_names_are_unique_and_rules_exist() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(names) == len(set(names))
    known = {rule.id for rule in catalogue.all_rules()}
    assert {mutant.must_fire for mutant in MUTANTS} - {None} <= known


def _all_valid(*arguments: Any) -> tuple[str, int]:
    return "valid", 1


def _believe_everybody(read: Any) -> Any:
    found = read.assertions if isinstance(read, response.Response) else ()
    return replace(found[0], verified=True) if found else None


def _believe_what_was_encrypted(original: Callable[..., Any]) -> Callable[..., Any]:
    def reading(*arguments: Any) -> Any:
        read = original(*arguments)
        if isinstance(read, response.Response) and read.encrypted_assertions:
            return replace(read, assertions=tuple(replace(assertion, verified=True) for assertion in read.assertions))
        return read

    return reading


class _Deaf(xml._Prolog):
    def doctype(self, name: str | None, public: str | None, system: str | None) -> None: ...


STEPS: dict[str, tuple[Any, str, Any]] = {
    "keys are not tried": (signature, "_with_keys", _all_valid),
    "the structure of signatures is not looked at": (signature, "_structure", lambda *arguments: None),
    "every algorithm is accepted": (
        signature,
        "ACCEPTED_METHODS",
        {"http://www.w3.org/2001/04/xmldsig-more#hmac-sha256": "", **signature.ACCEPTED_METHODS},
    ),
    "SHA-1 is not weak": (signature, "WEAK_SIGNATURE_METHODS", {}),
    "duplicate IDs are not looked for": (response, "duplicate_ids", lambda *documents: ()),
    "comments are not looked for": (response, "_commented", lambda *arguments: []),
    "a doctype is read": (xml, "_PROLOG", etree.XMLParser(target=_Deaf())),
    "whoever is there is believed": (decode, "_trusted", _believe_everybody),
    "what was encrypted is believed": (response, "read_response", _believe_what_was_encrypted(response.read_response)),
    "what was decrypted is not put in its place": (encryption, "_in_context", lambda *arguments: None),
}
# These two say what is said elsewhere too, or only name it; the selftest need not fail for them.
SAID_TWICE = {"SHA-1 is not weak", "every algorithm is accepted"}


@pytest.mark.parametrize("step", [step for step in STEPS if step not in SAID_TWICE])
def test_without_one_step_of_verification_it_fails(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*STEPS[step])
    assert wrong(), step


@pytest.mark.parametrize("rule", sorted({mutant.must_fire for mutant in MUTANTS if mutant.must_fire}))
def test_without_one_rule_it_fails(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = catalogue.rules_for

    def blinded(names: Sequence[str], own: Any = None, protocol: str = "saml") -> tuple[Rule, ...]:
        rules = real(names, own, protocol)
        return tuple(replace(found, test=lambda *arguments: passed()) if found.id == rule else found for found in rules)

    monkeypatch.setattr(validator.catalogue, "rules_for", blinded)
    its = [mutant for mutant in MUTANTS if mutant.must_fire == rule]
    assert wrong(*its) == {mutant.name for mutant in its}


def test_the_command_says_so_in_one_line_and_in_json() -> None:
    spoilt, variants = (sum((mutant.must_fire is None) is correct for mutant in MUTANTS) for correct in (False, True))
    text = CliRunner().invoke(command, ["--lang", "sv"], standalone_mode=False)
    assert text.return_value == 0
    assert (
        text.output == f"{spoilt} av {spoilt} förvanskade svar nekade av rätt regel; {variants} av {variants} riktiga varianter godtagna.\n"
    )
    rows = json.loads(CliRunner().invoke(command, ["--format", "json"], standalone_mode=False).output)
    assert len(rows) == len(MUTANTS)
    assert all(row.keys() == {"mutant", "must_fire", "fired", "ok"} and row["ok"] for row in rows)


def test_a_broken_step_makes_the_command_fail_and_name_the_mutant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signature, "_with_keys", _all_valid)
    result = CliRunner().invoke(command, ["--lang", "en"], standalone_mode=False)
    assert result.return_value == 1
    assert "signed-by-another-key-embedded" in result.output
