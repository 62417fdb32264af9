"""Which node gave which answer: what the exchanges show of it, and what is said when they show nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fixtures import histories
from idptest.identifiers import node
from idptest.model.flow import Exchange, HttpRequest, HttpResponse
from idptest.model.history import History
from idptest.model.history_file import dump_baseline
from idptest.model.rule import Words
from idptest.observe import observe
from idptest.validator import judge, judge_history
from tests.exempelstad import flow

RULE = "history-person/same-in-every-session"


def said(*nodes: tuple[str, ...]) -> Words:
    """What is said of logins with two EPPNs in turn, answered by these nodes."""
    arrays = [histories._eppn(f"[B@6d06d69{number % 2}") for number in range(len(nodes))]
    history = histories.together(*arrays)
    now = tuple(replace(seen, nodes=those) for seen, those in zip(history.now, nodes, strict=True))
    [finding] = [found for found in judge_history(replace(history, now=now)).failures() if found.rule.id == RULE]
    assert finding.message
    return finding.message


ADDRESS = "address: 192.0.2.10"
CASES = {
    "each by its own": (((ADDRESS, "X-Node: a"), (ADDRESS, "X-Node: b")), "in order, from X-Node: a | X-Node: b"),
    "by its own each time": ((("X-Node: a",), ("X-Node: b",), ("X-Node: a",), ("X-Node: b",)), "from X-Node: a | X-Node: b"),
    "one without a sign": (((ADDRESS, "X-Node: a"), (ADDRESS,)), "from X-Node: a | –"),
    "the same node": (((ADDRESS,), (ADDRESS,)), f"nothing in the answers follows the node (seen: {ADDRESS})"),
    "in no order": ((("X-Node: a",), ("X-Node: b",), ("X-Node: b",), ("X-Node: a",)), "nothing in the answers follows the node"),
    "nothing seen": (((), ()), "the capture cannot tell which node answered"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_node_is_named_when_it_shows(case: str) -> None:
    nodes, words = CASES[case]
    assert words in said(*nodes).en


def test_signs_in_headers() -> None:
    headers = (
        ("Server", "Apache"),
        ("Via", "1.1 lb2"),
        ("X-Served-By", "idp2"),
        ("X-Request-Id", "4711"),
        ("x-ms-ests-server", "2.1.1 - SEC ProdSlices"),
        ("Set-Cookie", "SERVERID=idp2; path=/"),
        ("Set-Cookie", "JSESSIONID=‹cookie›.node1; path=/"),
        ("Set-Cookie", "session=‹cookie›"),
        ("Content-Type", "text/html"),
    )
    assert list(node.signs(headers)) == [
        "Server: Apache",
        "Via: 1.1 lb2",
        "X-Served-By: idp2",
        "x-ms-ests-server: 2.1.1 - SEC ProdSlices",
        "Set-Cookie: SERVERID=idp2",
        "Set-Cookie: JSESSIONID=.node1",
    ]


def test_only_the_idps_own_answers_are_looked_at_and_a_baseline_holds_none() -> None:
    login = flow()
    address = login.sent.destination
    exchanges = tuple(
        Exchange(number, login.captured_at, HttpRequest("GET", url), HttpResponse(200, (("Server", server),), b"", peer))
        for number, (url, server, peer) in enumerate(((address, "a", "192.0.2.1"), ("https://annan.se/", "b", "192.0.2.2")), 1)
    )
    seen = observe(judge(replace(login, exchanges=(*exchanges, *login.exchanges[-1:]), ended=replace(login.ended, exchange=3))), b"k" * 32)
    assert seen.nodes == ("address: 192.0.2.1", "Server: a")
    baseline = histories.compared().baseline
    assert isinstance(judge_history(History(judge(login).target, (seen,), baseline)).history, History)
    assert baseline and "192.0.2.1" not in dump_baseline(replace(baseline, observations=(seen,)))
