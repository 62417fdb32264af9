"""Every recorded flow, mutated: the response's tree and bytes, the form, the metadata, what was decrypted, the flow's own JSON.

No rule crashes; judge() raises nothing but IdptestError, for parts of the flow that are ours; nobody is taken for somebody else.
Mutations come from fixed seeds: a failure names the round. How many: ROUNDS times MUTATIONS of each flow in FLOWS.
"""

from __future__ import annotations

import base64
import copy
import json
import os
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from idptest import decode
from idptest.errors import IdptestError
from idptest.model.flow import Decryption, Exchange, Flow
from idptest.model.flow_file import NotAFlow, dumps, loads
from idptest.model.report import Report
from idptest.reporters import json as json_report
from idptest.reporters import text as text_report
from idptest.saml.xml import NS
from idptest.validator import judge
from tests.exempelstad import flow as log_in
from tests.exempelstad import with_answer
from tests.mutations import MUTATED, NAMES, ODD, TRIED, change_one, changed_json, changed_token, changed_tree, damaged, no_crash

FOLDER = Path(__file__).parents[1] / "fixtures" / "flows"
FLOWS = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*.json"))
# Of each flow. Those with a response have all of them; those that never got one have the last two.
TREES, BYTES, FIELDS, DECRYPTED, METADATA, JSON = 5, 4, 3, 3, 5, 8
MUTATIONS = TREES + BYTES + FIELDS + DECRYPTED + METADATA + JSON
# For a longer search: MUTATION_ROUNDS=50 pytest tests/test_mutated_flows.py
ROUNDS = int(os.environ.get("MUTATION_ROUNDS", "1"))


@cache
def text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


@cache
def flow(name: str) -> Flow:
    return loads(text(name))


@cache
def signed_names(name: str) -> frozenset[str]:
    """Whom the flow, as it was recorded, vouches for; also without the doctype that a mutation may take away."""
    captured = flow(name)
    names = vouches_for(judge(captured))
    xml = decode.delivered(captured)
    if isinstance(xml, bytes):
        names |= vouches_for(judge(delivered_as(captured, base64_of(etree.tostring(etree.fromstring(xml))))))
    return names


def vouches_for(report: Report) -> frozenset[str]:
    name = report.login.principal_name
    return frozenset(name.values) if report.login.trusted and name else frozenset()


def delivered_as(captured: Flow, field: str) -> Flow:
    """The login, had the field SAMLResponse held this, be it in the form or in the address."""
    at = captured.ended.exchange - 1
    exchange = captured.exchanges[at]
    request = exchange.request
    if request.method == "GET":
        parts = urlsplit(request.url)
        query = urlencode([(key, field if key == "SAMLResponse" else value) for key, value in parse_qsl(parts.query)])
        request = replace(request, url=parts._replace(query=query).geturl())
    else:
        request = replace(request, form=tuple((key, field if key == "SAMLResponse" else value) for key, value in request.form or ()))
    return replace(captured, exchanges=(*captured.exchanges[:at], replace(exchange, request=request), *captured.exchanges[at + 1 :]))


def base64_of(xml: bytes) -> str:
    return base64.b64encode(xml).decode()


def of_the_response(name: str, random_: random.Random) -> Iterator[Flow]:
    captured = flow(name)
    if captured.oidc:
        yield from _of_the_tokens(captured, random_)
        return
    xml = decode.delivered(captured)
    if not isinstance(xml, bytes):
        return
    for _ in range(TREES):
        yield delivered_as(captured, base64_of(etree.tostring(changed_tree(etree.fromstring(xml), random_))))
    for _ in range(BYTES):
        yield delivered_as(captured, base64_of(damaged(xml, random_)))
    for _ in range(FIELDS):
        yield delivered_as(captured, damaged(base64_of(xml).encode(), random_).decode("utf-8", "replace"))
    yield from _of_what_was_decrypted(captured, xml, random_)


def _of_the_tokens(captured: Flow, random_: random.Random) -> Iterator[Flow]:
    """By OpenID Connect: what came to the redirect_uri, the tokens, the keys and UserInfo."""
    part = captured.oidc
    if part is None or part.token is None:
        return
    after = [number for number in (part.token, part.keys, part.user_info) if number]
    for number in range(TREES + BYTES + FIELDS):
        at = after[number % len(after)] - 1
        exchange = captured.exchanges[at]
        if exchange.response is None:
            continue
        body = exchange.response.body
        made = damaged(body, random_) if number % 4 == 3 else _with_other_tokens(body, random_)
        status = random_.choice([200, 200, 200, 401, 500])
        yield _with(captured, at, replace(exchange, response=replace(exchange.response, status=status, body=made)))
    at = captured.ended.exchange - 1
    for _ in range(DECRYPTED):
        exchange = captured.exchanges[at]
        url = damaged(exchange.request.url.encode(), random_).decode("utf-8", "replace")
        yield _with(captured, at, replace(exchange, request=replace(exchange.request, url=url)))


def _with_other_tokens(body: bytes, random_: random.Random) -> bytes:
    plain = body.decode("latin-1")
    tokens = re.findall(r"eyJ[\w-]*\.[\w.-]*", plain)
    return plain.replace(tokens[0], changed_token(tokens[0], random_)).encode() if tokens else changed_json(body, random_)


def _with(captured: Flow, at: int, exchange: Exchange) -> Flow:
    return replace(captured, exchanges=(*captured.exchanges[:at], exchange, *captured.exchanges[at + 1 :]))


def _of_what_was_decrypted(captured: Flow, xml: bytes, random_: random.Random) -> Iterator[Flow]:
    """Where nothing was encrypted, something is said to have come out all the same."""
    inner = next((found.xml for found in captured.decrypted if found.xml), None)
    for number in range(DECRYPTED):
        if inner and number % 2:
            plain = etree.tostring(changed_tree(etree.fromstring(inner), random_))
        else:
            plain = damaged(inner or xml, random_)
        many = random_.randint(0, 3)
        yield replace(captured, decrypted=(Decryption(plain), *[Decryption(None, random_.choice([None, *ODD]))] * many))


def of_the_metadata(name: str, random_: random.Random) -> Iterator[Flow]:
    captured = flow(name)
    for number in range(METADATA):
        original = captured.idp.metadata
        changed = changed_json if captured.oidc else _changed_xml
        made = changed(original, random_) if number % 2 else damaged(original, random_)
        yield replace(captured, idp=replace(captured.idp, metadata=made))


def _changed_xml(data: bytes, random_: random.Random) -> bytes:
    return bytes(etree.tostring(changed_tree(etree.fromstring(data), random_)))


def of_the_json(name: str, random_: random.Random) -> Iterator[str]:
    for number in range(JSON):
        if number % 3 == 0:
            yield damaged(text(name).encode(), random_).decode("utf-8", "replace")
            continue
        plain = json.loads(text(name))
        for _ in range(random_.randint(1, 3)):
            change_one(plain, random_)
        yield json.dumps(plain)


@pytest.mark.parametrize("name", FLOWS)
def test_a_recorded_flow_mutated(name: str) -> None:
    for round_ in range(ROUNDS):
        for number, mutant in enumerate(of_the_response(name, random.Random(f"response {name} {round_}"))):
            assert vouches_for(no_crash(judge(mutant))) <= signed_names(name) or name in FORGEABLE, (round_, number)
            TRIED[MUTATED] += 1
        for mutant in of_the_metadata(name, random.Random(f"metadata {name} {round_}")):
            report = judged_or_one_line(mutant)
            assert report is None or vouches_for(report) <= signed_names(name), round_
            TRIED[MUTATED] += 1
        for written in of_the_json(name, random.Random(f"json {name} {round_}")):
            TRIED[MUTATED] += 1
            try:
                read = loads(written)
            except NotAFlow as problem:
                assert "\n" not in str(problem)
                continue
            assert loads(dumps(read)) == read, round_
            judged_or_one_line(read)


def judged_or_one_line(captured: Flow) -> Report | None:
    """What `idptest check` does. None: a part of the flow that is ours, such as its metadata, is not what capture put there."""
    try:
        report = no_crash(judge(captured))
        text_report.render([report], [text_report.Style(lang="sv")]).encode()
        json_report.render([report], lang="en").encode()
    except IdptestError as problem:
        assert problem.line("sv").isprintable()
        return None
    return report


# A signature over the response vouches for what is decrypted in it; that it is what was encrypted is capture's word, in the flow itself.
# A plain UserInfo is vouched for by TLS alone, and that is capture's word too.
FORGEABLE = {
    name
    for name in FLOWS
    if name.startswith(("samlify-", "glewlwyd-", "oidc-provider-elev-out"))
    or any(word in name for word in ("encrypted", "user-info-plain", "user-info-content"))
}


def test_how_many() -> None:
    """So that what is told of them is true."""
    assert len(FLOWS) > 180
    assert MUTATIONS == 28
    made = sum(1 for name in FLOWS for make in (of_the_response, of_the_metadata, of_the_json) for _ in make(name, random.Random(0)))
    without_response = sum(not _arrived(flow(name)) for name in FLOWS)
    assert made == len(FLOWS) * MUTATIONS - without_response * (MUTATIONS - METADATA - JSON)


def _arrived(captured: Flow) -> bool:
    return captured.oidc.token is not None if captured.oidc else isinstance(decode.delivered(captured), bytes)


# --- anything that could be a response

_names = st.sampled_from([*NAMES, *(f"{{{uri}}}{local}" for uri in NS.values() for local in ("EncryptedData", "CipherValue", "Transform"))])
_values = st.sampled_from(ODD) | st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="￾￿"), max_size=20)
_attributes = st.dictionaries(
    st.sampled_from(
        [
            *("ID", "Version", "Destination", "InResponseTo", "IssueInstant", "NotBefore", "NotOnOrAfter", "AuthnInstant", "SessionIndex"),
            *("Recipient", "Method", "Name", "NameFormat", "Format", "Value", "URI", "Algorithm"),
        ]
    ),
    _values,
    max_size=4,
)


def _built(made: tuple[str, dict[str, str], str, list[Any]]) -> Any:
    tag, attributes, inside, children = made
    element = etree.Element(tag, attributes)
    element.text = inside
    element.extend(children)
    return element


_elements = st.recursive(
    st.tuples(_names, _attributes, _values, st.just([])).map(_built),
    lambda inner: st.tuples(_names, _attributes, _values, st.lists(inner, max_size=4)).map(_built),
    max_leaves=15,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(_attributes, st.lists(_elements, max_size=5), st.booleans())
def test_any_tree_in_a_response(attributes: dict[str, str], children: list[Any], encrypted: bool) -> None:
    root = etree.Element(f"{{{NS['samlp']}}}Response", attributes)
    root.extend(copy.deepcopy(children))
    captured = with_answer(log_in(), etree.tostring(root))
    if encrypted:
        captured = replace(captured, decrypted=tuple(Decryption(etree.tostring(child)) for child in children))
    report = no_crash(judge(captured))
    assert not report.login.trusted
    assert report.exit_code() != 0
