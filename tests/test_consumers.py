"""What services keep of a login. pysaml2's part is compared with pysaml2 itself, over everything recorded."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from lxml import etree
from saml2.attribute_converter import ac_factory, to_local
from saml2.saml import attribute_statement_from_string

from idptest import catalogue, decode
from idptest.consumers import GATEWAY, SHIBBOLETH, Consumer, parse_consumers, seen_by
from idptest.errors import RuleFileError
from idptest.model.flow import Flow
from idptest.model.flow_file import loads
from idptest.model.login import EPPN, Kept, Login
from idptest.model.rule import Pointer
from idptest.model.saml import Attribute, AttributeValue
from idptest.saml.xml import SAML, NotXml, parse
from idptest.validator import judge
from tests.exempelstad import log_in

FLOWS = Path(__file__).parents[1] / "fixtures" / "flows"
RECORDED = sorted(str(path.relative_to(FLOWS)) for path in FLOWS.glob("*/flow*.json"))
OID, MACE = "urn:oid:1.3.6.1.4.1.5923.1.1.1.6", "urn:mace:dir:attribute-def:eduPersonPrincipalName"
FORMATS = {"uri", "basic", "unspecified"}


@cache
def recorded(name: str) -> tuple[Flow, Login]:
    flow = loads((FLOWS / name).read_text(encoding="utf-8"))
    return flow, judge(flow).login


def statements(flow: Flow) -> list[str]:
    """The AttributeStatements that arrived, in clear."""
    delivered = decode.delivered(flow)
    documents = [delivered] if isinstance(delivered, bytes) else []
    documents += [each.xml for each in flow.decrypted if each.xml]
    found = []
    for document in documents:
        try:
            root = parse(document)
        except NotXml:
            continue
        found += [etree.tostring(element, with_tail=False).decode() for element in root.iter(f"{{{SAML}}}AttributeStatement")]
    return found


@pytest.mark.parametrize(("service", "permissive"), [("pysaml2", False), ("pysaml2-permissive", True)])
@pytest.mark.parametrize("name", RECORDED)
def test_pysaml2_keeps_what_we_say_that_it_keeps(name: str, service: str, permissive: bool) -> None:
    flow, login = recorded(name)
    xml = statements(flow)
    if login.assertion is None or len(xml) != 1:
        return  # nothing to read, or several to choose from: saml-response/has-exactly-one-assertion
    theirs = to_local(ac_factory(), attribute_statement_from_string(xml[0]), permissive)
    seen = login.seen_at(service)
    assert seen is not None
    ours: dict[str, list[str]] = {}
    for kept in seen.kept:
        if kept.name is not None:
            ours.setdefault(kept.name, []).extend(kept.values)
    assert ours == theirs


def eppn_sent(name: str, name_format: str | None, value: str = "x@exempelstad.se", *defects: str) -> dict[str, Kept]:
    """Service → what it makes of an EPPN sent so, with Exempelstad's metadata (and its defects)."""
    login = judge(log_in("larare", *defects)[0]).login
    at = Pointer("exchange", "/a", 1)
    form = f"urn:oasis:names:tc:SAML:2.0:attrname-format:{name_format}" if name_format in FORMATS else name_format
    sent = Attribute(at, {}, name, form, None, (AttributeValue(at, value),))
    found = seen_by(catalogue.consumers(), [sent], [catalogue.attributes().canonical(name, form)], login.metadata, catalogue.attributes())
    return {seen.service: seen.kept[0] for seen in found}


@pytest.mark.parametrize(
    ("name", "name_format", "shibboleth", "gateway"),
    [
        (OID, "uri", EPPN, EPPN),
        (OID, "unspecified", EPPN, OID),
        (OID, None, EPPN, OID),
        (OID, "", EPPN, OID),
        (OID, "basic", None, OID),
        (OID.upper(), "uri", None, EPPN),
        (MACE, "uri", EPPN, MACE),
        (MACE, "basic", None, EPPN),
        (EPPN, None, None, EPPN),
        ("EPPN", None, None, "EPPN"),
    ],
)
def test_the_name_decides(name: str, name_format: str | None, shibboleth: str | None, gateway: str) -> None:
    seen = eppn_sent(name, name_format)
    assert (seen[SHIBBOLETH].name, seen[GATEWAY].name) == (shibboleth, gateway)
    assert all((kept.why is None) == (kept.name == EPPN) for kept in seen.values())


@pytest.mark.parametrize(
    ("value", "shibboleth", "gateway"),
    [
        ("x@exempelstad.se", 1, 1),
        ("x@Exempelstad.se", 0, 0),
        ("x@edu.exempelstad.se", 0, 0),
        ("x@y@exempelstad.se", 0, 0),
        ("x@", 0, 0),
        ("x", 0, 0),
        ("", 0, 0),
        ("x@exempelstad.se\n", 0, 1),
    ],
)
def test_the_scope_decides(value: str, shibboleth: int, gateway: int) -> None:
    seen = eppn_sent(OID, "uri", value)
    assert (len(seen[SHIBBOLETH].values), len(seen[GATEWAY].values)) == (shibboleth, gateway)
    assert (seen[GATEWAY].why is None) == bool(gateway)
    assert seen[GATEWAY].dropped == 1 - gateway
    assert len(seen["pysaml2"].values) == 1  # it looks at no scope


def test_where_the_scope_stands_decides() -> None:
    seen = eppn_sent(OID, "uri", "x@exempelstad.se", "scope-misplaced")
    assert seen[SHIBBOLETH].values and not seen[GATEWAY].values
    assert "EntityDescriptor" in (seen[GATEWAY].why or seen[SHIBBOLETH].why).en  # type: ignore[union-attr]


def test_a_pattern_counts_where_it_is_read() -> None:
    seen = eppn_sent(OID, "uri", "x@skola.exempelstad.se", "scope-regexp")
    assert seen[SHIBBOLETH].values and not seen[GATEWAY].values


def test_a_reason_holds_nothing_of_the_person() -> None:
    for value in ("asa.ostrom", "asa.ostrom@annan.se", "asa.ostrom@asa.ostrom@exempelstad.se"):
        for kept in eppn_sent(OID, "uri", value).values():
            assert kept.why is None or "ostrom" not in kept.why.en + kept.why.sv


def test_what_a_login_comes_to() -> None:
    [login] = [judge(flow).login for flow in log_in("larare")]
    assert [seen.knows_the_person for seen in login.seen_by] == [True] * 4
    two = judge(log_in("larare", "eppn-two-values")[0]).login
    assert not any(seen.knows_the_person for seen in two.seen_by)
    gateway = two.seen_at(GATEWAY)
    assert gateway is not None and "nekar" in gateway.says.sv
    none = judge(log_in("larare", "eppn-missing")[0]).login
    assert {seen.says.en for seen in none.seen_by} == {"gets no EPPN, because none is sent"}
    assert none.seen_at("nobody") is None
    assert replace(none, seen_by=()).seen_at(GATEWAY) is None


GOOD = 'title = "t"\ntitle_sv = "t"\nnames = "pysaml2"\nbasis = "code"\nsource = "s"\nread = "2026-11"\n'


def test_the_smallest_consumer_is_read() -> None:
    [consumer] = parse_consumers("[a]\n" + GOOD, "x")
    assert isinstance(consumer, Consumer)
    assert (consumer.knows, consumer.scope_of, consumer.scopes_under, consumer.trims) == (None, frozenset(), (), False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[a", "TOML"),
        ("a = 1", "a"),
        ("[a]\n" + GOOD + "colour = 1\n", "colour"),
        ("[a]\n" + GOOD.replace('source = "s"\n', ""), "source"),
        ("[a]\n" + GOOD.replace('"pysaml2"', '"adfs"'), "adfs"),
        ("[a]\n" + GOOD + 'scopes_under = ["roll"]\n', "roll"),
    ],
)
def test_a_malformed_vocabulary_is_an_error_that_says_where(text: str, says: str) -> None:
    with pytest.raises(RuleFileError) as caught:
        parse_consumers(text, "consumers.toml")
    assert caught.value.where.startswith("consumers.toml")
    assert says in caught.value.line("sv")
