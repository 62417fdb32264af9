"""A logout after the login: what is asked of the OP, what is found when it goes another way, what the flow keeps; and Exempelstad's own OP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from idptest.adapters.demo import CLIENT_ID, clients, demo
from idptest.adapters.driver import Driver
from idptest.adapters.form_driver import FormDriver
from idptest.adapters.http_client import NetworkTrouble, Transport
from idptest.adapters.login_runner import LoginRunner
from idptest.demo import pages
from idptest.demo.defect import Defect
from idptest.demo.defects.oidc_logout import LOG_OUT
from idptest.demo.idp import Exempelstad, State
from idptest.demo.op_logout import LOGGED_OUT_URI
from idptest.demo.people import person
from idptest.model.flow import ARRIVED, Flow, HttpRequest, HttpResponse
from idptest.model.flow_file import dumps, loads
from idptest.model.rule import Verdict, Words
from idptest.oidc import rp
from idptest.validator import judge
from tests.exempelstad import NOW

RULES = ("brings-the-person-back", "state-comes-back", "nobody-is-logged-in-afterwards", "shows-no-page-when-none-may-be-shown")
PASS, FAIL, UNSURE, NOTHING = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE
Http = Callable[[HttpRequest, HttpResponse], HttpResponse]


def logged_out(driver: Callable[[Transport], Driver] | None = None, trouble: str = "", **defect: Any) -> Flow:
    """A teacher's login at Exempelstad and the logout after it, with something changed. `trouble`: where nobody answers."""
    numbers, who = count(1), person("larare")
    assert who is not None
    found = Defect("x", Words("x", "x"), (), protocol="oidc", **{"asks": LOG_OUT, **defect})
    target, transport = demo(who, [found], lambda: NOW, lambda: f"id-{next(numbers):04d}", "oidc")

    def heard(request: HttpRequest, body: bytes | None) -> HttpResponse:
        if trouble and trouble in request.url:
            raise NetworkTrouble("idp.exempelstad.se did not answer", "idp.exempelstad.se svarade inte")
        return transport(request, body)

    by = driver(heard) if driver else FormDriver(heard, lambda: NOW)
    runner = LoginRunner(by, lambda: NOW, lambda: f"id-{next(numbers):04d}")
    return next(iter(runner.run(target))).flow


def verdicts(flow: Flow) -> tuple[Verdict, ...]:
    report = judge(loads(dumps(flow)))
    assert not list(report.having(Verdict.CRASHED))
    found = {finding.rule.id: finding.verdict for finding in report.findings}
    return tuple(found[f"oidc-logout/{rule}"] for rule in RULES)


def said(flow: Flow, rule: str) -> Words:
    message = next(finding.message for finding in judge(flow).findings if finding.rule.id == f"oidc-logout/{rule}")
    assert message is not None
    return message


def at_the_end(answer: HttpResponse, until: str = "/oidc/logout") -> Http:
    return lambda request, response: answer if until in request.url else response


def test_the_request_is_that_of_the_specification() -> None:
    client = rp.Client("idptest", "https://a/cb", post_logout_redirect_uri="https://a/ut", ui_locales=("sv",))
    request = rp.end_session_request(client, "https://op/ut?t=1#x", "a.b.c", "läge")
    asked = {
        "id_token_hint": "a.b.c",
        "client_id": "idptest",
        "post_logout_redirect_uri": "https://a/ut",
        "state": "läge",
        "ui_locales": "sv",
    }
    assert (request.method, request.url) == ("GET", f"https://op/ut?t=1&{urlencode(asked)}")


def test_a_good_op_logs_out_and_comes_back() -> None:
    flow = logged_out()
    assert verdicts(flow) == (PASS, PASS, PASS, PASS)
    assert flow.oidc is not None and flow.oidc.logout is not None and flow.oidc.logout.ended is not None
    assert flow.oidc.logout.ended.how == ARRIVED
    assert [each.number for each in flow.exchanges] == list(range(1, len(flow.exchanges) + 1))
    assert flow.ended.exchange < (flow.oidc.token or 0) < flow.oidc.logout.ended.exchange


def test_the_id_token_is_kept_where_the_op_gave_it_and_nowhere_else() -> None:
    """Exempelstad puts it in the page's form, and the browser sends it as Referer."""
    for flow in (logged_out(), logged_out(op_farewell=lambda usual: replace(usual, back_to=None))):
        assert flow.oidc is not None and flow.oidc.token is not None
        body = flow.exchanges[flow.oidc.token - 1].response
        assert body is not None and b'"id_token": "eyJ' in body.body
        rest = dumps(replace(flow, exchanges=tuple(each for each in flow.exchanges if each.number > flow.oidc.token + 2)))
        assert "id_token_hint=‹id-token›" in rest
        assert "eyJ" not in rest


# --- another way


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"asks": {}}, (NOTHING,) * 4),
        ({"op_published": lambda old: replace(old, discovery={**old.discovery, "end_session_endpoint": None})}, (NOTHING,) * 4),
        ({"op_answer": lambda answer, who, now: replace(answer, more={"id_token": None})}, (UNSURE,) * 4),
        ({"http": at_the_end(pages.refusal("Fel adress", "Den är inte inlagd.", 400))}, (FAIL, NOTHING, FAIL, PASS)),
        ({"http": at_the_end(pages.page("Välj", "<form><button>A</button><button>B</button></form>"))}, (UNSURE, NOTHING, UNSURE, PASS)),
        ({"http": at_the_end(HttpResponse(302, (("Location", f"{LOGGED_OUT_URI}?state=en-annan"),)))}, (PASS, FAIL, FAIL, PASS)),
        ({"http": at_the_end(HttpResponse(302, (("Location", "https://localhost:8443/"),)))}, (FAIL, NOTHING, FAIL, PASS)),
        ({"trouble": "/oidc/logout"}, (FAIL, NOTHING, FAIL, PASS)),
        ({"trouble": "prompt=none"}, (PASS, PASS, UNSURE, UNSURE)),
        ({"http": at_the_end(pages.refusal("Nej", "Nej."), "prompt=none")}, (PASS, PASS, UNSURE, FAIL)),
        (
            {
                "http": at_the_end(
                    HttpResponse(302, (("Location", "https://localhost:8443/oidc/callback?error=server_error"),)), "prompt=none"
                )
            },
            (PASS, PASS, UNSURE, PASS),
        ),
    ],
    ids=[
        "unasked",
        "no-address",
        "no-id-token",
        "refused",
        "question",
        "other-state",
        "elsewhere",
        "silent",
        "silent-then",
        "page",
        "error",
    ],
)
def test_each_way_has_its_verdicts(changed: dict[str, Any], expected: tuple[Verdict, ...]) -> None:
    assert verdicts(logged_out(**changed)) == expected


def test_what_to_do_is_said_in_both_languages() -> None:
    assert "log_out = true in [idp.exempelstad]" in said(logged_out(asks={}), RULES[0]).en
    question = logged_out(http=at_the_end(pages.page("Välj", "<form><button>A</button></form>")))
    assert "[[idp.exempelstad.step]]" in said(question, RULES[0]).sv
    silent = said(logged_out(trouble="/oidc/logout"), RULES[0])
    assert "did not answer" in silent.en and silent.sv.startswith("nätverket fungerade inte")


def test_the_persons_own_browser_is_not_logged_out() -> None:
    @dataclass(frozen=True)
    class Own(FormDriver):
        goes_on = False

    flow = logged_out(lambda transport: Own(transport, lambda: NOW))
    assert verdicts(flow) == (NOTHING,) * 4
    assert "drivrutinen system" in said(flow, RULES[0]).sv
    assert not [each for each in flow.exchanges if "/oidc/logout" in each.request.url]


# --- Exempelstad


def at_exempelstad(asked: dict[str, str], form: dict[str, str] | None = None, cookie: str = "") -> HttpResponse:
    municipality = Exempelstad({}, lambda: "id", clients=clients())
    headers = (("Cookie", f"exempelstad={cookie}"),) if cookie else ()
    url = f"https://idp.exempelstad.se/oidc/logout?{urlencode(asked)}"
    request = HttpRequest("POST" if form else "GET", url, headers, tuple(form.items()) if form else None)
    return municipality.respond(State(), request, NOW)[1]


def id_token() -> str:
    flow = logged_out()
    assert flow.oidc is not None and flow.oidc.token is not None
    response = flow.exchanges[flow.oidc.token - 1].response
    assert response is not None
    return response.body.decode().partition('"id_token": "')[2].partition('"')[0]


def test_exempelstad_sends_nobody_where_it_cannot_tell_who_asks() -> None:
    back = {"post_logout_redirect_uri": LOGGED_OUT_URI}
    token = id_token()
    sent = at_exempelstad({**back, "id_token_hint": token, "state": "s"})
    assert parse_qsl(urlsplit(sent.header("location") or "").query) == [("state", "s")]
    for asked in (
        back,
        {**back, "client_id": CLIENT_ID},
        {**back, "id_token_hint": token[:-4] + "AAAA"},
        {**back, "id_token_hint": token, "client_id": "en-annan"},
        {"post_logout_redirect_uri": "https://ond.example/", "id_token_hint": token},
    ):
        refused = at_exempelstad(asked)
        assert (refused.status, refused.header("location")) == (400, None)
    assert at_exempelstad({}).status == 200
    assert "fortfarande inloggad" in at_exempelstad({}, {"svar": "nej"}).body.decode()
