"""Scopes are compared letter for letter, and a wrong one is explained."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idptest.identifiers import scope
from idptest.identifiers.scope import Scope

labels = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
domains = st.lists(labels, min_size=2, max_size=4).map(".".join)


@given(domains, labels)
def test_a_parent_covers_nothing_but_itself(parent: str, label: str) -> None:
    assert Scope(parent).covers(parent)
    assert not Scope(parent).covers(f"{label}.{parent}")
    assert not Scope(f"{label}.{parent}").covers(parent)
    assert scope.is_subdomain(f"{label}.{parent}", parent)
    assert not scope.is_subdomain(f"{label}{parent}", parent)
    assert not scope.is_subdomain(parent, parent)


@given(domains)
def test_case_is_not_ignored(domain: str) -> None:
    assert not Scope(domain).covers(domain.upper())
    assert scope.differs_only_by_case(domain, domain.upper())
    assert not scope.differs_only_by_case(domain, domain)


@pytest.mark.parametrize(
    ("value", "declared", "says", "nearest"),
    [
        ("exempelstad.se", [], "inget scope alls", None),
        ("Exempelstad.se", ["exempelstad.se"], "små bokstäver", "exempelstad.se"),
        ("edu.exempelstad.se", ["annan.se", "exempelstad.se"], "underdomän till ett scope", "exempelstad.se"),
        ("exempelstad.se", ["edu.exempelstad.se"], "inte domänen själv", "edu.exempelstad.se"),
        ("exempelstad.se", [" exempelstad.se\n"], "mellanslag", " exempelstad.se\n"),
        ("exempelstad.se", ["@exempelstad.se"], "punkt eller ett @", "@exempelstad.se"),
        ("exempelstad.se", ["storexempelstad.se"], "inget scope i metadata liknar", None),
    ],
)
def test_a_scope_that_is_not_declared_is_explained(value: str, declared: list[str], says: str, nearest: str | None) -> None:
    fault = scope.diagnose(value, [Scope(d) for d in declared])
    assert fault is not None
    assert says in fault.words.sv
    assert fault.nearest == nearest


def test_a_declared_scope_has_no_fault() -> None:
    assert scope.diagnose("exempelstad.se", [Scope("annan.se"), Scope("exempelstad.se")]) is None


@pytest.mark.parametrize(
    ("expression", "value", "covers"),
    [
        (r"^.+\.exempelstad\.se$", "edu.exempelstad.se", True),
        (r"(.+\.)?exempelstad\.se", "exempelstad.se", True),
        (r"exempelstad\.se", "edu.exempelstad.se", False),
        (r"exempelstad\.se", "exempelstad.se.evil.example", False),
        (r"[", "[", False),
        (r"(a+)+", "aaaa", False),
    ],
)
def test_an_expression_matches_the_whole_value(expression: str, value: str, covers: bool) -> None:
    assert Scope(expression, regexp=True).covers(value) is covers


def test_an_expression_that_cannot_be_compared_is_named() -> None:
    fault = scope.diagnose("exempelstad.se", [Scope("(a+)+", regexp=True)])
    assert fault is not None
    assert "regexp" in fault.words.sv


@settings(deadline=None)
@given(st.text(alphabet=r"ab.*+?()[]{}|\^$1,", max_size=30), st.text(alphabet="ab.", max_size=256))
def test_no_expression_raises_or_takes_long(expression: str, value: str) -> None:
    start = time.monotonic()
    Scope(expression, regexp=True).covers(value)
    assert time.monotonic() - start < 2
