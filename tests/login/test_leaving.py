"""When a page is certain to ask whether to log out, what is pressed, and what is left alone."""

from __future__ import annotations

import pytest

from idptest.login.forms import read_page
from idptest.login.steps import Move, Situation, Stop, choose
from idptest.model.flow import PAGE_NOT_UNDERSTOOD

URL = "https://op.kommun.example/logout"
FORM = "<form method=post><input type=hidden name=t value=1>"


def act(html: str, leaving: bool = True, consented: tuple[str, ...] = ()) -> Move | Stop | None:
    page = read_page(URL, html.encode(), "text/html; charset=utf-8")
    return choose(page, (), Situation(lambda use: None, consented=consented, leaving=leaving))


@pytest.mark.parametrize(
    "html",
    [
        f"<h1>Vill du logga ut?</h1>{FORM}<button name=nej>Nej, stanna kvar</button><button name=ja value=1>Ja, logga ut</button></form>",
        f"<title>Logga ut</title>{FORM}<button name=ja value=1>Fortsätt</button><button name=nej>Fortsätt vara inloggad</button></form>",
        "<h1>Do you want to sign-out from op.kommun.example?</h1><form id=f method=post><input type=hidden name=t value=1></form>"
        "<button type=submit form=f name=ja value=1>Yes, sign me out</button><button type=submit form=f name=nej>No, stay signed in</button>",
        f"<h1>Logging out</h1><p>Do you want to log out?</p>{FORM}<input type=submit name=ja value=Logout></form>",
        f"<h1>Session</h1>{FORM}<button name=nej>Avbryt</button><input type=submit name=ja value='Logga ut'></form>",
    ],
)
def test_a_certain_question_is_answered_yes_once_and_only_by_who_leaves(html: str) -> None:
    move = act(html)
    assert isinstance(move, Move)
    assert {name for name, _ in move.request.form or ()} == {"t", "ja"}
    assert (move.gives, move.consent) == ((), "https://op.kommun.example")
    assert act(html, consented=("https://op.kommun.example",)) == Stop(PAGE_NOT_UNDERSTOOD, "page-came-back")
    assert act(html, leaving=False) is None


@pytest.mark.parametrize(
    "html",
    [
        "<h1>Du är utloggad</h1><p>Du kan stänga webbläsaren.</p>",
        f"<h1>Du är utloggad</h1>{FORM}<button>Logga in igen</button></form>",
        f"<h1>Vill du logga ut?</h1>{FORM}<button name=a>Ja</button><button name=b>Ja, överallt</button></form>",
        f"<h1>Godkänn villkoren</h1>{FORM}<button name=ja>Ja</button><button name=nej>Nej</button></form>",
        f"<h1>Vill du logga ut?</h1>{FORM}<label>Varför? <select name=v><option>1</option></select></label><button>Ja</button></form>",
        f"<h1>Vill du logga ut?</h1>{FORM}<button>Nej</button></form>",
    ],
)
def test_what_is_not_certain_is_left_alone(html: str) -> None:
    assert act(html) is None
