"""Reports on histories: the same four reporters, the same contract, was and is in each of them."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import pytest
from jsonschema import Draft202012Validator
from lxml import etree

from fixtures import histories, record
from idptest import resources
from idptest.demo.defects import DEFECTS
from idptest.model.history import HistoryReport
from idptest.model.history_file import load_history
from idptest.reporters import json as json_report
from idptest.reporters import junit, text
from idptest.validator import judge, judge_history
from tests.exempelstad import flow
from tests.reporters.pages import one, parsed, words

NAMES = sorted(path.stem for path in (record.HERE / "histories").glob("*.json"))
SCHEMA = Draft202012Validator(json.loads(resources.text(resources.REPORTERS, "report.schema.json")))
WAS, IS = "7c1d9e52-4b3a-4f60-9a1e-2d5c8b7f3e04@exempelstad.se", "Up4dfDpLYE+aHi1ci38+BA==@exempelstad.se"


@cache
def report(name: str) -> HistoryReport:
    return judge_history(load_history((record.HERE / "histories" / f"{name}.json").read_text(encoding="utf-8")))


def in_text(judged: HistoryReport, lang: str = "sv") -> str:
    return text.render([judged], [text.Style(lang)])


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_every_reporter_renders_every_history(name: str, lang: str) -> None:
    judged = report(name)
    SCHEMA.validate(json.loads(json_report.render([judged], lang=lang)))
    suite = etree.fromstring(junit.render([judged], lang=lang).encode())[0]
    assert {case.get("classname") for case in suite.iter("testcase")} >= {"history-eppn", "history-answer"}
    page = parsed(judged, lang=lang)
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    said = in_text(judged, lang)
    for finding in judged.failures():
        assert finding.rule.id in said
        assert finding.rule.id in words(page)


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_each_says_what_was_and_what_is(lang: str) -> None:
    judged = report("upgrade-base64")
    was, now = {"sv": ("var", "är"), "en": ("was", "is")}[lang]
    lines = [line.split() for line in in_text(judged, lang).splitlines()]
    assert [was, WAS] in lines and [now, IS] in lines
    [found] = [finding for finding in json.loads(json_report.render([judged], lang=lang))["findings"] if finding["verdict"] == "fail"]
    assert found["message"].endswith(f": {WAS} → {IS}")
    assert found["evidence"] == [{"at": None, "actual": IS, "expected": WAS}]
    card = words(one(parsed(judged, lang=lang), "//li[contains(@class, 'card')]"))
    assert f"{was.capitalize()}{WAS}" in card
    assert f"{was.capitalize()}: {WAS}" in junit.render([judged], lang=lang)


def test_what_came_as_expected_is_told_and_is_no_fault() -> None:
    judged = report("expected-and-came")
    assert (judged.exit_code(), judged.conformant) == (0, True)
    assert "beslut 4711" in in_text(judged)
    assert "beslut 4711" in words(one(parsed(judged), "//section[@class='came']"))


def test_logins_and_histories_stand_in_one_report() -> None:
    both = [judge(flow()), report("sessions-alike")]
    plain = json.loads(json_report.render(both, lang="en"))
    SCHEMA.validate(plain)
    assert [(found["subject"], found["login"] is None, found["history"] is None) for found in plain["reports"]] == [
        ("login", False, True),
        ("history", True, False),
    ]
    assert "2 logins, held beside each other" in words(parsed(*both, lang="en"))
    assert "over time" in text.render(both, [text.Style("en")] * 2)


def test_of_a_real_person_nothing_is_shown_even_when_asked() -> None:
    """There is nothing to show: the history holds digests."""
    history = report("upgrade-base64").history
    now = replace(history.now[0], eppn=tuple(replace(found, value=None) for found in history.now[0].eppn))
    judged = judge_history(
        replace(
            history, target=replace(history.target, test_person=False), now=(now,), baseline=replace(history.baseline, observations=(now,))
        )
    )
    assert IS not in json_report.render([judged], lang="en", show_values=True)
    assert "‹GUID: base64-ad, #" in json_report.render([judged], lang="en")


# --- several accounts


@cache
def several() -> tuple[HistoryReport, ...]:
    return tuple(judge_history(history) for history in histories.several())


def text_of(judged: tuple[HistoryReport, ...], lang: str = "sv") -> str:
    return text.render(judged, [text.Style(lang)] * len(judged))


@pytest.mark.parametrize(("lang", "said"), [("sv", "5 av 6 konton"), ("en", "5 of 6 accounts")])
def test_the_same_change_of_several_accounts_is_told_once(lang: str, said: str) -> None:
    rule = "history-eppn/eppn-is-unchanged"
    written = text_of(several(), lang)
    assert written.count(f"{said} · {rule}") == written.count(rule) == 1
    assert written.count(f" {WAS}\n") == 1, "one account's was and is stand as the example"
    assert "larare, elev, dubbel, nyanland, samordning; " in written
    page = parsed(*several(), lang=lang)
    [card] = page.xpath("//section[@id='shared']//li[contains(@class, 'card')]")
    assert said in words(card) and WAS in words(card)
    assert words(page).count("accounts and work" if lang == "en" else "utan konton och arbete") == 1
    anchors = set(page.xpath("//@id"))
    assert {link[1:] for link in page.xpath("//a/@href") if link.startswith("#")} <= anchors


def test_what_one_account_has_for_itself_stands_under_it() -> None:
    parts = text_of(several()).split("\nexempelstad › ")
    assert len(parts) == 2, "nobody else has anything for themselves"
    assert parts[1].startswith("samordning")
    assert "Gäller även här, se ovan: 1" in parts[1] and "  2  " in parts[1]
    assert "history-answer/algorithms-are-unchanged" in parts[1]


def test_programs_get_every_account_by_itself() -> None:
    plain = json.loads(json_report.render(several(), lang="en"))["reports"]
    assert plain == [json.loads(json_report.render([each], lang="en")) for each in several()]


def test_of_real_people_the_same_change_is_told_by_its_kind() -> None:
    def real(judged: HistoryReport) -> HistoryReport:
        history = judged.history
        assert history.baseline
        was, now = (
            tuple(replace(seen, eppn=tuple(replace(found, value=None) for found in seen.eppn)) for seen in group)
            for group in (history.baseline.observations, history.now)
        )
        target = replace(history.target, test_person=False)
        return judge_history(replace(history, target=target, now=now, baseline=replace(history.baseline, observations=was)))

    people = tuple(map(real, several()))
    written = text_of(people)
    assert "5 av 6 konton" in written
    assert WAS not in written and IS not in written


def test_changes_that_only_look_alike_stay_apart() -> None:
    teacher, pupil = (judge_history(histories.compared(now=[found], account=account)) for account, found in APART)
    assert "av 2 konton" not in text_of((teacher, pupil))


APART = tuple(
    (account, next(found for found in DEFECTS if found.name == name))
    for account, name in (("larare", "upgrade-base64"), ("elev", "upgrade-braces"))
)
