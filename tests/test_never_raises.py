"""Nothing that a peer sends makes the judge raise, crash a rule or pass by mistake; and it always comes to an end.

Mutations come from fixed seeds: a failure names the seed that makes it.
"""

from __future__ import annotations

import base64
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from idptest.demo.metadata import Published, to_xml
from idptest.errors import InputError
from idptest.model.flow import Flow
from idptest.model.report import Report
from idptest.model.rule import Verdict
from idptest.reporters import html as html_report
from idptest.reporters import json as json_report
from idptest.reporters import junit as junit_report
from idptest.reporters import text as text_report
from idptest.saml.metadata import read_idp
from idptest.saml.xml import DS, SAML, SAMLP
from idptest.validator import judge
from tests.exempelstad import answer, changed, flow, one, with_answer
from tests.mutations import MUTATED, ODD, TRIED, changed_tree, damaged, no_crash

SEEDS = range(6)
TREES, BYTES, FIELDS, METADATA = 50, 60, 20, 30  # mutants to a seed


def sound(report: Report) -> Report:
    """No rule crashed, and reports can be written of it."""
    no_crash(report)
    text_report.render([report], [text_report.Style(lang="sv", verbose=True)]).encode()
    json_report.render([report], lang="en").encode()
    return report


@cache
def kinds() -> tuple[Flow, ...]:
    """Logins of different build to start from."""
    return (flow(), flow("elev"), flow("larare", "two-assertions"), flow("larare", "over-release"), flow("larare", "level-refused"))


def _passes_wrongly(report: Report, captured: Flow) -> bool:
    """The judge vouches for another person than the one who was signed."""
    name = report.login.principal_name
    return report.login.trusted and name is not None and not set(name.values) <= _signed(captured)


@cache
def _signed_at(number: int) -> frozenset[str]:
    name = judge(kinds()[number]).login.principal_name
    return frozenset(name.values if name else ())


def _signed(captured: Flow) -> frozenset[str]:
    return _signed_at(next(number for number, kind in enumerate(kinds()) if kind is captured))


@pytest.mark.parametrize("seed", SEEDS)
def test_changed_trees(seed: int) -> None:
    random_ = random.Random(seed)
    for number in range(TREES):
        captured = kinds()[number % len(kinds())]
        report = sound(judge(changed(captured, lambda root: changed_tree(root, random_))))
        assert not _passes_wrongly(report, captured), (seed, number)
        TRIED[MUTATED] += 1


@pytest.mark.parametrize("seed", SEEDS)
def test_damaged_bytes(seed: int) -> None:
    random_ = random.Random(seed)
    for number in range(BYTES):
        captured = kinds()[number % len(kinds())]
        report = sound(judge(with_answer(captured, damaged(answer(captured), random_))))
        assert not _passes_wrongly(report, captured), (seed, number)
        TRIED[MUTATED] += 1


@pytest.mark.parametrize("seed", SEEDS)
def test_damaged_fields(seed: int) -> None:
    """Base64 and the form itself, by POST and by GET."""
    random_ = random.Random(seed)
    captured = flow()
    delivered = captured.exchanges[-1]
    for number in range(FIELDS):
        value = damaged(base64.b64encode(answer(captured)), random_).decode("utf-8", "replace")
        form = random_.choice([(("SAMLResponse", value),), (("SAMLResponse", value), ("SAMLResponse", "x")), (("x", value),), ()])
        request = replace(delivered.request, form=form)
        if number % 2:
            request = replace(
                request,
                method="GET",
                form=None,
                url=f"{request.url}?{random_.choice(['SAMLResponse=', 'RelayState=', '?', '%', '#'])}{value[:3000]}",
            )
        sound(judge(replace(captured, exchanges=(*captured.exchanges[:-1], replace(delivered, request=request)))))
        TRIED[MUTATED] += 1


@pytest.mark.parametrize("seed", SEEDS)
def test_changed_metadata(seed: int) -> None:
    random_ = random.Random(seed)
    original = to_xml(Published())
    for number in range(METADATA):
        data = etree.tostring(changed_tree(etree.fromstring(original), random_)) if number % 2 else damaged(original, random_)
        TRIED[MUTATED] += 1
        try:
            read_idp(data)
        except InputError:
            continue
        sound(judge(replace(flow(), idp=replace(flow().idp, metadata=data))))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.binary(max_size=300)
    | st.text(max_size=100).map(lambda text: f"<samlp:Response xmlns:samlp='{SAMLP}'>{text}</samlp:Response>".encode("utf-8", "replace"))
)
def test_anything_at_all(data: bytes) -> None:
    report = sound(judge(with_answer(flow(), data)))
    assert not report.login.trusted
    assert report.exit_code() != 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=40),
    st.sampled_from([".//saml:AttributeValue", ".//saml:NameID", ".//saml:Audience", ".//saml:AuthnContextClassRef", "saml:Issuer"]),
)
def test_any_text_in_any_value(text: str, place: str) -> None:
    def write(root: Any) -> None:
        one(root, place).text = text

    sound(judge(changed(flow(), write)))


@pytest.mark.parametrize("odd", ODD)
def test_every_odd_value_at_every_place(odd: str) -> None:
    """One after the other, each attribute and text of the response."""
    for change in _places(etree.fromstring(answer(flow())), odd):
        sound(judge(changed(flow(), change)))
        TRIED[MUTATED] += 1


def _places(root: Any, odd: str) -> Iterator[Callable[[Any], None]]:
    """Unsigned, so that what is odd is judged and not only refused."""
    tree = root.getroottree()
    for element in root.iter(etree.Element):
        path = tree.getelementpath(element)
        if DS in element.tag:
            continue
        for name in element.attrib:
            yield lambda other, path=path, name=name: (other if path == "." else other.find(path)).set(name, odd)
        if element.text and not len(element):
            yield lambda other, path=path: setattr(other.find(path), "text", odd)


# --- size


def _many(element: str, count: int) -> Callable[[Any], None]:
    def grow(root: Any) -> None:
        place = one(root, ".//saml:AttributeStatement") if "Attribute" in element else one(root, "saml:Assertion")
        for number in range(count):
            place.append(etree.fromstring(element.replace("{n}", str(number))))

    return grow


ATTRIBUTE = (
    f'<saml:Attribute xmlns:saml="{SAML}" Name="urn:oid:{{n}}"><saml:AttributeValue>value {{n}}</saml:AttributeValue></saml:Attribute>'
)
EPPN = f'<saml:Attribute xmlns:saml="{SAML}" Name="urn:oid:1.3.6.1.4.1.5923.1.1.1.6" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri"><saml:AttributeValue>a{{n}}@exempelstad.se</saml:AttributeValue></saml:Attribute>'


@pytest.mark.parametrize(
    ("change", "limit"),
    [
        (_many(ATTRIBUTE, 10_000), 2),
        (_many(EPPN, 5_000), 2),
        (_many(ATTRIBUTE, 90), 2),
        (_many(f'<saml:AuthnStatement xmlns:saml="{SAML}"/>', 5_000), 2),
        (_many(f'<ds:Signature xmlns:ds="{DS}"/>', 5_000), 2),
    ],
    ids=["10 000 attributes", "5 000 EPPNs", "90 attributes", "5 000 statements", "5 000 signatures"],
)
def test_many_things_are_judged_in_bounded_time(change: Callable[[Any], None], limit: float) -> None:
    captured = changed(flow(), change)
    start = time.process_time()
    report = sound(judge(captured))
    assert time.process_time() - start < limit
    assert len(report.findings) < 3000
    assert report.exit_code() == 1


@pytest.mark.parametrize(
    "value",
    [
        "x" * 500_000,
        "0123456789abcdef" * 60_000,
        "@" * 500_000,
        "a@" * 500_000,
        "-" * 500_000,
        "=" * 500_000,
        "19" * 500_000,
        "{" * 500_000,
        " " * 500_000 + "x",
    ],
)
@pytest.mark.parametrize("place", [".//saml:AttributeValue", ".//saml:AuthnContextClassRef", ".//saml:Audience"])
def test_a_huge_value_is_judged_in_bounded_time(value: str, place: str) -> None:
    def write(root: Any) -> None:
        one(root, place).text = value

    captured = changed(flow(), write)
    start = time.process_time()
    report = judge(captured)
    written = (
        json_report.render([report], lang="sv", show_values=True),
        text_report.render([report], [text_report.Style(show_values=True)]),
        html_report.render([report], lang="sv", show_values=True),
        junit_report.render([report], lang="sv", show_values=True),
    )
    assert max(len(each) for each in written) < 300_000  # the beginning of the value, wherever it is told
    assert not list(report.having(Verdict.CRASHED))
    assert time.process_time() - start < 4


def test_a_deep_answer_is_refused_in_bounded_time() -> None:
    captured = with_answer(flow(), b"<a>" * 100_000 + b"</a>" * 100_000)
    start = time.process_time()
    assert not sound(judge(captured)).login.trusted
    assert time.process_time() - start < 2
