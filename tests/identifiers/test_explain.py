"""What is said of an identifier, alone and among others."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idptest.identifiers import objectguid
from idptest.identifiers.explain import Together, explain

GUID = UUID("fc79e369-18a3-40c4-aa33-d92057bfff65")
BOTH_ORDERS = UUID("4c1f7e4e-7e4f-4d4e-8b5c-f3d92a1b6c0d")


def said(value: str, known: UUID | None = None, lang: str = "en") -> str:
    return " ".join(words.text(lang) for words in explain(value, known).advice)


def test_a_good_eppn_is_as_it_should_be() -> None:
    found = explain(f"{GUID}@exempelstad.se")
    assert (found.kind, found.scope, found.is_canonical) == ("objectguid", "exempelstad.se", True)
    assert said(f"{GUID}@exempelstad.se") == "This is as it should be."


@pytest.mark.parametrize("form", [name for name in objectguid.forms(GUID) if name != "canonical" and "reversed" not in name])
def test_every_other_form_is_told_what_to_send(form: str) -> None:
    value = objectguid.forms(GUID)[form] + "@exempelstad.se"
    assert f"Send {GUID} instead." in said(value)
    assert f"Skicka {GUID} i stället." in said(value, lang="sv")


@pytest.mark.parametrize("form", ["rfc-bytes-reversed", "ad-bytes-reversed"])
def test_a_guid_written_backwards_is_recognised_by_its_own(form: str) -> None:
    assert f"Send {GUID} instead." in said(objectguid.forms(GUID)[form] + "@exempelstad.se", GUID)


def test_a_guid_that_fits_both_orders_is_not_called_right() -> None:
    assert "could also be in the wrong order" in said(f"{BOTH_ORDERS}@exempelstad.se")
    assert said(f"{BOTH_ORDERS}@exempelstad.se", BOTH_ORDERS) == "This is as it should be."


def test_with_the_accounts_own_guid_another_one_is_called_another() -> None:
    told = said("2f6b8a10-93c5-4e7d-8b21-5a0c4d9e7f63@exempelstad.se", GUID)
    assert "another GUID than the account's own" in told and str(GUID) in told


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("asa.ostrom@exempelstad.se", "upn-or-mail"),
        ("198503139803@exempelstad.se", "personnummer"),
        ("S-1-5-21-1-2-3-1104@exempelstad.se", "sid"),
        ("[B@6d06d69c@exempelstad.se", "language-artifact"),
        ("\ufffd\ufffd5m@exempelstad.se", "damaged-text"),
        ("x7@exempelstad.se", "unknown"),
    ],
)
def test_what_is_no_guid_is_named_and_advised_on(value: str, kind: str) -> None:
    assert explain(value).kind == kind
    assert explain(value).advice and not explain(value).readings


def test_two_at_signs_are_no_eppn() -> None:
    found = explain(f"{GUID}@exempelstad.se@exempelstad.se")
    assert found.readings and "no EPPN" in said(found.value)


@given(st.text(max_size=300))
def test_anything_can_be_explained(value: str) -> None:
    found = explain(value)
    assert found.kind in objectguid.KINDS and found.advice
    explain(value, GUID)


def test_many_are_counted_and_what_must_not_be_is_said() -> None:
    together = Together()
    for value in (f"{GUID}@a.se", f"{GUID}@a.se", f"{str(GUID).upper()}@a.se", "asa.ost@a.se"):
        together.add(explain(value))
    lines = [words.en for words in together.says()]
    assert lines[0] == "2 of 4: GUID as it should be"
    assert any(line.startswith("1 stood there before") for line in lines)
    assert any("capital letters only" in line for line in lines)
