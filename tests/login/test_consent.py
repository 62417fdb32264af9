"""When a page is certain to ask for consent, what is pressed, and what is left alone."""

from __future__ import annotations

import pytest

from idptest.login.consent import seems
from idptest.login.forms import read_page
from idptest.login.page import Page
from idptest.login.steps import Move, Situation, Stop, choose
from idptest.model.flow import PAGE_NOT_UNDERSTOOD

URL = "https://idp.kommun.example/release"
ASKS = "<h1>Samtycke</h1><p>Följande uppgifter skickas till tjänsten idptest.</p>"
YES_NO = "<button name=ja value=1>Godkänn</button><button name=nej>Neka</button>"


def page(html: str) -> Page:
    return read_page(URL, html.encode(), "text/html; charset=utf-8")


def act(html: str, given: tuple[str, ...] = ("password",), consented: tuple[str, ...] = ()) -> Move | Stop | None:
    return choose(page(html), (), Situation(lambda use: None, given, consented=consented))


@pytest.mark.parametrize(
    "html",
    [
        f"{ASKS}<form method=post><input type=hidden name=t value=1>{YES_NO}</form>",
        f"{ASKS}<form method=post><input type=hidden name=t value=1><label><input type=checkbox name=spara checked> Spara mitt val</label>{YES_NO}</form>",
        f"{ASKS}<form method=post><input type=hidden name=t value=1><button name=ja value=1>Ja, fortsätt</button></form>"
        "<form><input type=hidden name=t><button>Nej, avbryt</button></form>",
        "<title>Information Release</title><p>This information will be sent to idptest.</p><form method=post>"
        "<input type=hidden name=t value=1><input type=submit name=no value='Do not allow'><input type=submit name=ja value=1></form>".replace(
            "name=ja value=1", "name=ja value=Allow"
        ),
        f"{ASKS}<form method=post><input type=hidden name=t value=1>{YES_NO}<noscript><button>Fortsätt</button></noscript></form>",
    ],
)
def test_certain_consent_is_given_once_and_not_remembered(html: str) -> None:
    move = act(html)
    assert isinstance(move, Move) and move.consent == "https://idp.kommun.example", move
    sent = dict(move.request.form or ())
    assert sent.keys() == {"t", "ja"} and move.gives == ()
    assert act(html, consented=("https://idp.kommun.example",)) == Stop(PAGE_NOT_UNDERSTOOD, "page-came-back")
    # Before anything was given, nobody can be asked what may be told of them.
    assert act(html, given=()) is None


def test_attributes_stay_ticked_and_only_this_time_is_chosen() -> None:
    radios = (
        "<label><input type=radio name=r value=a checked> Kom ihåg mitt val</label>"
        "<label><input type=radio name=r value=b> Fråga igen vid nästa inloggning</label>"
    )
    move = act(f"{ASKS}<form method=post><label><input type=checkbox name=eppn value=1 checked> EPPN</label>{radios}{YES_NO}</form>")
    assert isinstance(move, Move) and move.request.form == (("eppn", "1"), ("r", "b"), ("ja", "1"))
    # In a browser the same: the other radio button is not touched, it lets go by itself.
    assert [(control.value, value) for control, value in move.hands.fills] == [("b", "b")]
    assert move.hands.press is not None and move.hands.press.text == "Godkänn" and not move.alone
    # Every choice there is would be remembered: a person has to say.
    remembered = radios.replace("Fråga igen vid nästa inloggning", "Alltid")
    assert act(f"{ASKS}<form method=post>{remembered}{YES_NO}</form>") is None


@pytest.mark.parametrize(
    "html",
    [
        f"<h1>Fråga</h1><form method=post><input type=hidden name=t>{YES_NO}</form>",
        f"<h1>Kakor</h1><p>Vi ber om samtycke till cookies.</p><form method=post>{YES_NO}</form>",
        f"<h1>Användarvillkor</h1>{ASKS}<form method=post>{YES_NO}</form>",
        f"{ASKS}<p>Kontot tas bort: radera?</p><form method=post>{YES_NO}</form>",
        f"{ASKS}<form method=post><input name=personnummer>{YES_NO}</form>",
        f"{ASKS}<form method=post><select name=s><option>1</select>{YES_NO}</form>",
        f"{ASKS}<form method=post>{YES_NO}<button>Visa mer</button></form>",
        f"{ASKS}<form method=post><button>Godkänn</button></form>",
        f"{ASKS}<form method=post><button>Godkänn inte</button><button>Avbryt</button></form>",
        f"{ASKS}<form method=post><button>Blå</button><button>Röd</button></form>",
        f"{ASKS}<button>Godkänn</button><button>Neka</button>",
        f"{ASKS}<form method=post enctype=multipart/form-data>{YES_NO}</form>",
        f"{ASKS}<form action=mailto:a@b.se>{YES_NO}</form>",
    ],
)
def test_what_is_not_certain_is_left_alone(html: str) -> None:
    assert act(html) is None


def test_a_page_that_seems_to_ask_is_told_apart() -> None:
    assert seems(page(f"{ASKS}<button>Godkänn</button>"))
    assert not seems(page("<p>Välkommen</p><button>Godkänn</button>"))
    assert not seems(page(ASKS))
