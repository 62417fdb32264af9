"""What is decided on pages that a script builds, one after the other at one address."""

from __future__ import annotations

import pytest

from idptest.login.conduct import Conduct, End
from idptest.login.fields import leads_on
from idptest.login.forms import read_page
from idptest.login.steps import Move
from idptest.model.flow import PAGE_NOT_UNDERSTOOD, HttpResponse
from idptest.products.product import Step
from tests.login.scripted import ACS, LARARE, LOGIN, NOW, SSO

EMPTY = "<title>Logga in</title><script src=app.js></script><div id=root>Vänta …</div>"
ASKS = """<title>Logga in</title><h3>Vidare till proven?</h3><h4>Hej Lova</h4><form method=post>
<button name=sv>Språk</button><button name=b2>Fortsätt</button></form><a href=/out hidden>Logga ut</a><button class="btn-danger">Avsluta</button>"""


def conduct(*steps: Step, scripts: bool = True) -> Conduct:
    return Conduct(SSO, acs_url=ACS, credentials=LARARE, steps=steps, scripts=scripts)


def choose(what: Conduct, html: str) -> Move | End:
    return what.choose(read_page(SSO, html.encode()), HttpResponse(200), NOW)


def ended(what: Conduct, html: str) -> End:
    end = choose(what, html)
    assert isinstance(end, End)
    return end


@pytest.mark.parametrize(("scripts", "reason"), [(False, "script-needed"), (True, "unknown-page")])
def test_who_runs_the_scripts_is_not_sent_to_a_browser(scripts: bool, reason: str) -> None:
    end = ended(conduct(scripts=scripts), EMPTY)
    assert (end.how, end.reason) == (PAGE_NOT_UNDERSTOOD, reason)


def test_google_s_pages_are_for_who_runs_the_scripts() -> None:
    page = '<form method=post><input type=email name=identifier id="identifierId"><button>Nästa</button></form>'
    assert ended(conduct(scripts=False), page).reason == "script-needed"
    assert isinstance(choose(conduct(), page), Move)


def test_the_next_page_at_the_same_address_is_known_by_its_heading() -> None:
    login = conduct()
    alone = ended(login, ASKS).page
    assert alone is not None
    assert (alone.title, alone.links, alone.buttons) == ("Logga in", (), ("Språk", "Fortsätt", "Avsluta"))
    first = choose(login, f"<title>Logga in</title>{LOGIN}")
    assert isinstance(first, Move)
    login.made(first)
    later = ended(login, ASKS)
    assert later.page is not None
    assert later.page.title == "Vidare till proven?"
    assert later.said is None
    # What the report then says to write is enough.
    then = choose(conduct(Step(title=later.page.title, press="Fortsätt")), ASKS)
    assert isinstance(then, Move)
    assert then.hands.press is not None
    assert isinstance(choose(conduct(Step(title=later.page.title, press="Fortsätt")), f"<title>Logga in</title>{LOGIN}"), Move)


@pytest.mark.parametrize(
    ("words", "on"), [("Continue", True), ("Fortsätt", True), ("Logout", False), ("Change user", False), ("Avbryt", False)]
)
def test_which_button_leads_on(words: str, on: bool) -> None:
    assert leads_on(words) is on
