"""Whom a report is about is nobody's business: no value that identifies a person stands in it, unless it is asked for."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from functools import cache

import pytest

from idptest.adapters.demo import accounts
from idptest.demo.defects import DEFECTS
from idptest.demo.people import Person, person
from idptest.identifiers import objectguid
from idptest.model.flow import Flow, PageSummary
from idptest.model.report import Report
from idptest.reporters import html as html_report
from idptest.reporters import json as json_report
from idptest.reporters import junit as junit_report
from idptest.reporters import text as text_report
from idptest.reporters.text import Style
from idptest.validator import judge
from tests.exempelstad import flow, log_in

ACCOUNT = {known.name: known.account for known in DEFECTS if known.command == "login"}


def private(captured: Flow) -> Flow:
    """The same login, by a person who is no test person."""
    return replace(captured, account=replace(captured.account, test_person=False))


@cache
def reports(*defects: str, account: str = "larare") -> tuple[Report, ...]:
    return tuple(judge(private(captured)) for captured in log_in(account, *defects))


def identifying(who: Person) -> set[str]:
    """What a reader could know the person by, in every form that Exempelstad sends it in."""
    given, sur = who.given_name, who.surname
    return {
        who.username,
        who.mail,
        who.mail.partition("@")[0],
        who.personnummer,
        who.personnummer[2:],
        given,
        sur,
        *sur.split(),
        *(form for form in objectguid.forms(who.object_guid).values() if form),
    }


def written(report: Report, lang: str, show: bool) -> dict[str, str]:
    style = Style(lang=lang, show_values=show)
    return {
        "text": text_report.render([report], [style]),
        "verbose": text_report.render([report], [replace(style, verbose=True, width=10_000)]),
        "table": text_report.table([report, report], style),
        "json": json_report.render([report], lang=lang, show_values=show),
        "html": html.unescape(html_report.render([report], lang=lang, show_values=show)),
        "junit": html.unescape(junit_report.render([report], lang=lang, show_values=show)),
    }


def seen(text: str, values: set[str]) -> set[str]:
    """Which of the values stand in the text: as words, and the longer ones across line breaks too."""
    flat = " ".join(text.split()).casefold()
    joined = flat.replace(" ", "")
    return {
        value
        for value in values
        for form in {value.casefold(), json.dumps(value)[1:-1].casefold()}
        if (form in flat and re.search(rf"(?<!\w){re.escape(form)}(?!\w)", flat)) or (len(form) > 7 and form in joined)
    }


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("defect", [None, *ACCOUNT])
def test_nobody_is_named(defect: str | None, lang: str) -> None:
    account = ACCOUNT.get(defect or "", "larare")
    who = person(account)
    assert who is not None
    for report in reports(*([defect] if defect else []), account=account):
        for name, text in written(report, lang, show=False).items():
            assert not seen(text, identifying(who)), name


@pytest.mark.parametrize("account", accounts())
def test_not_when_nothing_is_wrong_either(account: str) -> None:
    who = person(account)
    assert who is not None
    for report in reports(account=account):
        for text in written(report, "sv", show=False).values():
            assert not seen(text, identifying(who))


@pytest.mark.parametrize(
    ("defect", "value"),
    [
        ("eppn-personnummer", lambda who: who.personnummer),
        ("eppn-upn", lambda who: who.mail.partition("@")[0]),
        ("eppn-upper-case", lambda who: str(who.object_guid).upper()),
    ],
)
def test_values_are_shown_when_asked_for(defect: str, value) -> None:  # type: ignore[no-untyped-def]
    who = person("larare")
    assert who is not None
    (report, *_) = reports(defect)
    hidden = written(report, "sv", show=False)
    shown = written(report, "sv", show=True)
    for name in ("text", "verbose", "table", "json", "html", "junit"):
        assert seen(shown[name], {value(who)}), name
        assert not seen(hidden[name], {value(who)}), name


def test_a_test_person_is_shown() -> None:
    who = person("larare")
    assert who is not None
    report = judge(flow("larare", "eppn-personnummer"))
    for name in ("text", "json", "html", "junit"):
        assert seen(written(report, "sv", show=False)[name], {who.personnummer}), name


def test_these_tests_would_see_a_leak() -> None:
    assert seen('x "Åsa"', {"Åsa"})
    assert seen("asa.\nostrom", {"asa.ostrom"})
    assert seen(json.dumps("Öström"), {"Öström"})


# --- what an IdP says in its own words


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize(
    "how",
    [
        "refused-by-idp",
        "page-not-understood",
    ],
)
def test_what_a_page_says_of_the_account_is_masked_too(how: str, lang: str) -> None:
    """`Vi känner inte asaost01` is quoted from the IdP's page, and pages greet people by name."""
    who = person("larare")
    assert who is not None
    captured = private(flow())
    page = PageSummary(f"https://idp.exempelstad.se/?login_hint={who.username}", f"Hej {who.given_name}!", links=(f"Inte {who.mail}?",))
    ended = replace(captured.ended, how=how, exchange=1, said=f"Vi känner inte {who.username}", page=page)
    stopped = replace(captured, ended=ended, stock_sp=None)
    for name, text in written(judge(stopped), lang, show=False).items():
        assert not seen(text, identifying(who)), name


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("show", [False, True])
def test_no_report_holds_an_answer_a_cookie_or_a_password(show: bool, lang: str) -> None:
    """Not even from a flow that was captured without redaction, and not when values are asked for."""
    secret = "hemlig-5f2a9c"
    captured = private(flow())
    raw = tuple(
        replace(
            exchange,
            request=replace(
                exchange.request,
                url=exchange.request.url + ("&" if "?" in exchange.request.url else "?") + f"token={secret}#{secret}",
                headers=(("Cookie", f"session={secret}"), ("Authorization", f"Basic {secret}")),
                form=(*(exchange.request.form or ()), ("password", secret)),
            ),
            response=exchange.response and replace(exchange.response, headers=(("Set-Cookie", f"s={secret}"),), body=secret.encode()),
        )
        for exchange in captured.exchanges[:-1]
    )
    spoilt = replace(captured, exchanges=(*raw, captured.exchanges[-1]))
    answer = dict(captured.exchanges[-1].request.form or ())["SAMLResponse"]
    for name, text in written(judge(spoilt), lang, show).items():
        assert secret not in text, name
        assert answer[:40] not in text, name
