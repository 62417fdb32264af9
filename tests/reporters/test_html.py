"""The HTML report: verdict first, everything in it reachable, nothing loaded, and nothing that a peer sends is more than text."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import HtmlElement

from fixtures import record
from idptest.model.flow import ARRIVED, NETWORK, PAGE_NOT_UNDERSTOOD, Ended, Exchange, Flow, HttpRequest, PageSummary
from idptest.model.flow_file import loads
from idptest.model.report import Report
from idptest.model.rule import Waiver
from idptest.reporters import cards
from idptest.reporters import html as html_report
from idptest.reporters.html import HISTORY_SECTIONS, INSPECTION_SECTIONS, LOGIN_SECTIONS
from idptest.reporters.sequence import sequence
from idptest.reporters.words_html import COUNTED, HTML_WORDS
from idptest.validator import judge
from tests.exempelstad import changed, flow, log_in
from tests.exempelstad import one as element
from tests.reporters.pages import one, parsed, stopped, words

SCENARIOS = (
    "larare",
    "elev",
    "larare--scope-wrong",
    "larare--level-unrequested",
    "larare--unsigned",
    "simplesamlphp-larare",
    "samlify-elev",
)


def recorded(scenario: str) -> list[Report]:
    paths = sorted((record.HERE / "flows" / scenario).glob("flow*.json"), key=lambda path: len(path.name))
    return [judge(loads(path.read_text(encoding="utf-8"))) for path in paths]


def every_page() -> dict[str, list[Report]]:
    unreachable = replace(
        flow(), exchanges=(replace(flow().exchanges[0], response=None, error="refused"),), ended=Ended(NETWORK, 1, said="refused")
    )
    return {
        **{scenario: recorded(scenario) for scenario in SCENARIOS},
        "waivers": [judge(loads(text)) for text in record.waived()],
        "stopped": [judge(stopped())],
        "unreachable": [judge(unreachable)],
        "none": [],
        "private": [judge(replace(flow(), account=replace(flow().account, test_person=False)))],
    }


PAGES = every_page()


# --- one file, whole and well built


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole(name: str, lang: str) -> None:
    page = parsed(*PAGES[name], lang=lang)
    assert page.get("lang") == lang
    assert words(one(page, "//head/title"))
    ids = [found.get("id") for found in page.xpath("//*[@id]")]
    assert len(ids) == len(set(ids))
    for link in page.xpath("//a[starts-with(@href, '#')]"):
        assert link.get("href")[1:] in ids, link.get("href")
    for mark in page.xpath("//*[@marker-end]"):
        assert mark.get("marker-end")[5:-1] in ids
    for name_of in page.xpath("//@aria-labelledby"):
        assert set(name_of.split()) <= set(ids)


@pytest.mark.parametrize("name", PAGES)
def test_headings_go_down_one_at_a_time(name: str) -> None:
    levels = [int(found.tag[1]) for found in parsed(*PAGES[name]).xpath("//h1|//h2|//h3|//h4|//h5|//h6")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("name", PAGES)
def test_for_keyboard_and_screen_reader(name: str) -> None:
    page = parsed(*PAGES[name])
    body = one(page, "//body")
    assert body[0].tag == "a" and body[0].get("href") == "#verdict", "the skip link comes first"
    assert one(page, "//main").get("id") == "verdict"
    for part in page.xpath("//section|//article"):
        assert part.xpath("(.//h1|.//h2|.//h3)[1]"), "it has a heading"
    for table in page.xpath("//table"):
        assert table.xpath(".//thead//th[@scope='col']") and len(table.xpath("./tbody/tr")) == len(
            table.xpath("./tbody/tr/th[@scope='row']")
        )
    for drawing in page.xpath("//*[local-name()='svg']"):
        assert drawing.get("role") == "img"
        assert drawing.xpath("./title") and drawing.xpath("./desc")
        assert drawing.getnext().tag == "ol", "the same in words"


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_loaded_and_nothing_runs(name: str) -> None:
    text = html_report.render(PAGES[name], lang="sv")
    page = parsed(*PAGES[name])
    assert not page.xpath("//script|//link|//img|//iframe|//object|//embed|//form|//base|//*[local-name()='image' or local-name()='use']")
    assert not page.xpath("//@src|//@srcset|//@style|//@*[starts-with(name(), 'on')]")
    css = one(page, "//style").text
    assert "url(" not in css and "@import" not in css
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = one(page, "//meta[@http-equiv='Content-Security-Policy']").get("content")
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert text.startswith("<!doctype html>")


def test_every_section_has_its_words_and_both_languages_differ() -> None:
    assert {heading for _, heading, _ in (*LOGIN_SECTIONS, *HISTORY_SECTIONS, *INSPECTION_SECTIONS)} - {
        "waivers",
        "seen-by",
    } <= HTML_WORDS.keys()
    same = {key for key, found in HTML_WORDS.items() if found.en == found.sv}
    assert same <= {"idp", "lane-idp", "lane-idp-oidc", "made-by", "factor-e-leg", "environment-test"}
    for each in (*HTML_WORDS.values(), *(found for pair in COUNTED.values() for found in pair)):
        assert set(re.findall(r"\{\w+\}", each.en)) - {"{stops}"} == set(re.findall(r"\{\w+\}", each.sv))


# --- a login by OpenID Connect


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize(
    "scenario", ["larare--oidc", "larare--oidc-eppn-missing", "larare--oidc-keys-stale", "larare--oidc-id-token-missing"]
)
def test_a_login_by_openid_connect_is_told_in_its_own_words(scenario: str, lang: str) -> None:
    page = parsed(*recorded(scenario), lang=lang)
    for folded in page.xpath("//details"):  # rules about SAML, which say so
        folded.drop_tree()
    told = words(one(page, "//main"))
    assert not re.search(
        r"NameID|AuthnInstant|IssueInstant|NotOnOrAfter|entityID|intyg|assertion\b(?!s)|SAML-stand|SAML stand|Certif", told
    )
    assert "OpenID Connect" in told and "issuer" in told


def test_the_service_itself_asks_for_tokens_keys_and_user_info() -> None:
    [made] = recorded("larare--oidc")
    drawn = sequence(made, (), "sv", show=True)
    assert drawn is not None
    assert [lane.name for lane in drawn.lanes] == ["Tjänst", "Webbläsare", "OP"]
    asked = {arrow.label: (arrow.start.name, arrow.end.name) for arrow in drawn.arrows if arrow.number}
    assert asked["POST /oidc/token"] == asked["GET /oidc/jwks"] == asked["GET /oidc/userinfo"] == ("Tjänst", "OP")
    assert asked["GET /oidc/authorize"] == ("Webbläsare", "OP")


def test_the_key_that_signed_is_pointed_out() -> None:
    page = parsed(*recorded("larare--oidc"))
    assert "signerade ID-token" in words(one(page, "//section[contains(@class, 'keys')]"))
    assert not parsed(*recorded("larare--scope-wrong")).xpath("//section[contains(@class, 'keys')]")


# --- what it says


def test_the_verdict_comes_first_in_words() -> None:
    page = parsed(*PAGES["larare--scope-wrong"])
    assert words(one(page, "//h1")) == "✕ Inloggningen håller inte"
    assert words(one(page, "//p[@class='lead']")).startswith("Ett fel måste rättas. Till dess kan lärare")
    assert [words(found) for found in page.xpath("//dl[@class='facts']//dd")][:2] == ["Nej", "Ja"]
    assert words(one(parsed(*PAGES["larare"], lang="en"), "//h1")) == "✓ The login holds"
    stopped_page = parsed(*PAGES["stopped"])
    assert words(one(stopped_page, "//h1")) == "? Inloggningen kunde inte bedömas"
    assert [words(found) for found in stopped_page.xpath("//dl[@class='facts']//dd")][:2] == ["Oklart", "Nej"]


def test_a_finding_says_what_to_do_and_leads_to_its_step_and_back() -> None:
    page = parsed(*PAGES["larare--scope-wrong"])
    [card] = page.xpath("//li[contains(@class, 'card')]")
    assert "Måste rättas" in words(card) and "Gör så här" in words(card) and "dnp/eppn-scope-in-metadata" in words(card)
    [step] = card.xpath(".//a[contains(@href, '-step-')]")
    row = one(page, f"//li[@id='{step.get('href')[1:]}']")
    assert "POST localhost:8443/saml/acs" in words(row)
    assert row.xpath(".//a/@href") == [f"#{card.get('id')}"]


def test_must_stands_before_should() -> None:
    cards = parsed(*PAGES["simplesamlphp-larare"][:1]).xpath("//li[contains(@class, 'card')]")
    levels = [card.get("class").split()[1] for card in cards]
    assert levels == sorted(levels, key=["must", "should", "note"].index) and len(set(levels)) > 1


def test_the_fix_of_the_product_is_named() -> None:
    assert "Gör så här (SimpleSAMLphp):" in words(parsed(*PAGES["simplesamlphp-larare"][:1]))


def test_the_page_that_stopped_it_and_what_to_write() -> None:
    text = words(one(parsed(*PAGES["stopped"]), "//section[@class='page_seen']"))
    assert '[[idp.exempelstad.step]] title = "Välj inloggningsmetod" press = "Freja"' in text
    assert "x=1" not in text


def test_what_waits_for_something_is_told_by_what_it_waits_for() -> None:
    summaries = [words(found) for found in parsed(*PAGES["stopped"]).xpath("//section[@class='unsettled']//summary")]
    assert any(re.fullmatch(r"\d+ regler väntar på login/idp-completes-the-login", summary) for summary in summaries)


def test_several_begin_with_an_overview_that_leads_to_each() -> None:
    page = parsed(*recorded("larare--level-unrequested"), *recorded("larare"))
    assert words(one(page, "//h1")) == "1 av 3 inloggningar håller"
    rows = page.xpath("//header//tbody/tr")
    assert [row.xpath(".//a/@href") for row in rows] == [["#login-1"], ["#login-2"], ["#login-3"]]
    assert [words(row[3]) for row in rows] == ["✕ Inte klart", "✕ Inte klart", "✓ Klart"]
    assert len(page.xpath("//article")) == 3


def test_waivers_tell_what_has_come_of_them() -> None:
    text = words(one(parsed(*PAGES["waivers"]), "//section[@class='waivers']"))
    for state in ("gick ut 2026-11-01 och gäller inte längre", "godtas till och med 2026-12-13", "ta bort det", "har ingen verkan"):
        assert state in text


def test_certificates_tell_how_long_they_last() -> None:
    def left(later: timedelta) -> str:
        return words(one(parsed(judge(replace(flow(), captured_at=flow().captured_at + later))), "//section[@class='certificates']//tbody"))

    assert "10631 dagar" in left(timedelta()) and "signerade det här svaret" in left(timedelta())
    assert "! gick ut för 2 dagar sedan" in left(timedelta(days=10_634))


def test_attributes_are_masked_unless_shown() -> None:
    [private] = PAGES["private"]
    guid = "7c1d9e52-4b3a-4f60-9a1e-2d5c8b7f3e04"
    hidden, shown = (words(parsed(private, show_values=show)) for show in (False, True))
    assert guid not in hidden and "7c1d…3e04@exempelstad.se" in hidden
    assert guid in shown


def test_nothing_of_an_address_but_host_and_path() -> None:
    told = Exchange(
        1, flow().captured_at, HttpRequest("GET", "https://asaost01:x@idp.exempelstad.se/sso?login_hint=asaost01&SAMLRequest=abc#x")
    )
    captured = replace(flow(), exchanges=(told, *flow().exchanges[1:]))
    text = words(one(parsed(judge(captured)), "//ol[@class='steps']"))
    assert "GET idp.exempelstad.se/sso SAMLRequest" in text and "hint" not in text and "asaost01" not in text


# --- what a hostile IdP sends

NASTY = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "</style><style>*{display:none}",
    "</title></svg><svg onload=alert(1)>",
    "{{ 7*7 }}{% raw %}{actual}",
    "&lt;b&gt;&#x202e;",
    "abc\u202edef\u2066\u200b\x00\x1b[31m\u2028\ufeff\ud800\ufffe",
    "'; background: url(https://example.org)",
)
texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=60), st.text("<>\"'&;:/=`\u202e\u0000\n{}%#", max_size=30))


def hostile(text: str) -> Flow:
    """Exempelstad's answer, with this text wherever an IdP says something, and in what a page and a network say."""

    def spoil(root: HtmlElement) -> None:
        allowed = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)
        for path in ("saml:Assertion/saml:Issuer", "saml:NameID", "saml:AuthnContextClassRef", "saml:AttributeValue", "saml:Audience"):
            element(root, f".//{path}").text = allowed
        element(root, ".//saml:Attribute").set("Name", allowed)
        element(root, ".//saml:NameID").set("Format", allowed)

    base = changed(flow(), spoil)
    page = PageSummary(text, text, (text, text), (text,), (text,))
    hop = Exchange(9, flow().captured_at, HttpRequest("GET", text), None, text)
    facts = replace(base.idp, name=text, entity_id=text)
    return replace(
        base,
        idp=facts,
        account=replace(base.account, name=text),
        sent=replace(base.sent, contexts=(text, "x"), comparison=text, destination=text),
        exchanges=(*base.exchanges, hop),
        waivers=(Waiver("saml-signature/is-valid", text, "2027-01-01"),),
        id=text,
        ended=replace(base.ended, how=ARRIVED, said=text, page=page),
    )


def harmless(page: HtmlElement, text: str) -> None:
    assert {found.tag for found in page.iter() if isinstance(found.tag, str)} <= TAGS
    assert {name for found in page.iter() for name in found.attrib} <= ATTRIBUTES
    for address in page.xpath("//@href"):
        assert address.startswith("#") or address in SOURCES, address
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", text)


def _built() -> tuple[set[str], set[str]]:
    pages = [parsed(*reports) for reports in PAGES.values()]
    elements = [found for page in pages for found in page.iter() if isinstance(found.tag, str)]
    return {found.tag for found in elements}, {name for found in elements for name in found.attrib}


TAGS, ATTRIBUTES = _built()
SOURCES = {
    address.rstrip(".,;)")
    for reports in PAGES.values()
    for report in reports
    for finding in report.findings
    for address in re.findall(r"https://[^\s<>\"'\\]+", finding.rule.source)
}


@settings(max_examples=60, deadline=None)
@given(texts)
def test_what_an_idp_sends_is_never_more_than_text(text: str) -> None:
    for captured in (hostile(text), replace(hostile(text), ended=replace(hostile(text).ended, how=PAGE_NOT_UNDERSTOOD))):
        made = html_report.render([judge(captured)], lang="sv")
        harmless(parsed(judge(captured)), made)


@pytest.mark.parametrize("text", NASTY)
def test_each_trick_is_shown_as_what_it_is(text: str) -> None:
    page = parsed(judge(hostile(text)))
    harmless(page, html_report.render([judge(hostile(text))], lang="sv"))
    shown = words(one(page, "//p[@class='kicker']"))
    for char in text:
        if char.isprintable() and char != " ":
            assert char in shown
    if "\u202e" in text:
        assert "abc‹U+202E›def" in shown


def test_a_megabyte_is_cut() -> None:
    def grow(root: HtmlElement) -> None:
        element(root, ".//saml:Audience").text = "x" * 1_000_000

    assert len(html_report.render([judge(changed(flow(), grow))], lang="sv")) < 200_000


def test_a_users_own_ruleset_makes_no_link_but_https() -> None:
    linked = cards.linked("javascript:alert(1) http://a.se data:text/html,x https://exempel.se/a?b=<x>, (read 2026-11)")
    assert [address for address, _ in linked if address] == ["https://exempel.se/a?b="]


def test_several_logins_of_one_run_are_one_file() -> None:
    assert len(parsed(*(judge(found) for found in log_in("larare", "level-unrequested"))).xpath("//article")) == 2
