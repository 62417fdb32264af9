"""Which field is what, which button goes on, and what is left alone."""

from __future__ import annotations

import pytest

from idptest.login.fields import purpose, right_button
from idptest.login.forms import read_page
from idptest.login.page import Control, Page
from idptest.login.steps import Move, Situation, Stop, choose, matches
from idptest.model.flow import PAGE_NOT_UNDERSTOOD, REFUSED_BY_IDP
from idptest.products.product import Step

SUPPLY = {"username": "larare1", "password": "Sommar2026", "one-time-code": "123456"}
URL = "https://idp.exempelstad.se/login"


def page(html: str, url: str = URL) -> Page:
    return read_page(url, html.encode(), "text/html; charset=utf-8")


def act(html: str, *steps: Step, given: tuple[str, ...] = (), done: tuple[Step, ...] = (), **supply: str | None) -> Move | Stop | None:
    return choose(page(html), steps, Situation({**SUPPLY, **supply}.get, given, done))


def form_of(move: Move | Stop | None) -> dict[str, str]:
    assert isinstance(move, Move) and move.request.form is not None, move
    return dict(move.request.form)


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        (Control("text", "anvandarnamn"), "username"),
        (Control("text", "fält1", label="Användarnamn"), "username"),
        (Control("text", "ctl00$txtUserID"), "username"),
        (Control("email", "x"), "username"),
        (Control("text", "x", label="E-postadress"), "username"),
        (Control("text", "identifier"), "username"),
        (Control("text", "loginfmt"), "username"),
        (Control("text", "x", autocomplete="section-a username webauthn"), "username"),
        (Control("password", "x"), "password"),
        (Control("password", "losenord", label="Lösenord"), "password"),
        (Control("password", "passcode", label="Engångskod"), "one-time-code"),
        (Control("password", "otpPassword"), "password"),
        (Control("password", "x", autocomplete="one-time-code"), "one-time-code"),
        (Control("password", "x", autocomplete="new-password"), "new-password"),
        (Control("text", "engangskod"), "one-time-code"),
        (Control("tel", "verificationCode"), "one-time-code"),
        (Control("number", "x", label="Kod"), "one-time-code"),
        (Control("text", "x", label="Engångskod"), "one-time-code"),
        (Control("text", "postnummer"), None),
        (Control("text", "postcode"), None),
        (Control("textarea", "username"), None),
        (Control("checkbox", "username"), None),
    ],
    ids=str,
)
def test_purpose(control: Control, expected: str | None) -> None:
    assert purpose(control) == expected


@pytest.mark.parametrize(
    ("buttons", "expected"),
    [
        ("<button name=c>Avbryt</button><button name=l>Logga in</button>", "l"),
        ("<input type=submit name=c value=Cancel><input type=submit name=l value='Sign in'>", "l"),
        ("<button name=f>Glömt lösenord?</button><button name=v>Visa lösenord</button><button name=l>Nästa</button>", "l"),
        ("<button name=x>Grön</button><button name=l>Fortsätt</button>", "l"),
        ("<button name=sv>Svenska språket</button><input type=image name=l alt='Logga in'>", "l"),
        ("<button name=_eventId_cancel>Stopp</button><button name=_eventId_proceed>Kör</button>", "_eventId_proceed"),
        ("<button name=l></button>", "l"),
        ("<button name=c>Avbryt</button>", None),
        ("<noscript><button name=n>Fortsätt</button></noscript>", None),
        ("", None),
    ],
)
def test_the_right_button(buttons: str, expected: str | None) -> None:
    button = right_button(page(f"<form method=post>{buttons}</form>").forms[0])
    assert (button.name if button else None) == expected


def test_username_and_password_on_one_page_with_a_stray_field_and_another_form_first() -> None:
    html = """<form action=/sok role=search><input name=q type=search><button>Sök</button></form>
      <form method=post action=/glomt id=forgot><input name=email><button>Återställ lösenord</button></form>
      <form method=post><input type=hidden name=t value=1><input name=fält17><input type=password name=fält18><button>Logga in</button></form>"""
    assert form_of(act(html)) == {"t": "1", "fält17": "larare1", "fält18": "Sommar2026"}


def test_username_first_then_password() -> None:
    first = "<form method=post><label>E-post <input name=u></label><button>Nästa</button></form>"
    move = act(first)
    assert isinstance(move, Move) and move.gives == ("username",)
    second = act(
        "<form method=post><input name=u value=larare1 readonly><input type=password name=p><button>OK</button></form>", given=("username",)
    )
    assert isinstance(second, Move) and second.gives == ("password",) and form_of(second) == {"u": "larare1", "p": "Sommar2026"}
    assert act(first, given=("username",)) == Stop(REFUSED_BY_IDP, "wrong-username")


def test_forms_that_come_back_are_refusals() -> None:
    assert act("<form method=post><input name=u><input type=password name=p></form>", given=("username", "password")) == Stop(
        REFUSED_BY_IDP, "wrong-password"
    )
    code = "<form method=post><input name=otp></form>"
    assert act(code, given=("username", "password", "one-time-code")) == Stop(REFUSED_BY_IDP, "wrong-one-time-code")
    assert act(
        "<form method=post><input name=p type=password></form>", Step(field="p", fill={"p": "password"}), given=("password",)
    ) == Stop(REFUSED_BY_IDP, "wrong-password")


def test_missing_credentials_are_named() -> None:
    html = "<form method=post><input name=u><input type=password name=p></form>"
    assert act(html, username=None) == Stop(PAGE_NOT_UNDERSTOOD, "username-missing")
    assert act(html, password=None) == Stop(PAGE_NOT_UNDERSTOOD, "password-missing")
    code = page("<form method=post><input name=otp></form>")
    assert choose(code, (), Situation(lambda use: None)) == Stop(PAGE_NOT_UNDERSTOOD, "one-time-code-missing")


@pytest.mark.parametrize(
    "html",
    [
        "<form method=post><input type=email name=email><textarea name=text></textarea><button>Send error report</button></form>",
        "<form method=post action=errorreport.php><input type=email name=email><button>Skicka</button></form>",
        "<form method=post><input name=username><input name=email><button>OK</button></form>",
        "<form method=post><input type=hidden name=t value=1><button>Godkänn</button><button>Neka</button></form>",
        "<a href=/freja>Freja</a><a href=/bankid>BankID</a>",
        "<form action=/sok><input name=username type=search></form>",
        "<form method=post><select name=language><option>sv</select><button>OK</button></form>",
        "<form method=dialog><input name=username></form>",
        "",
    ],
)
def test_what_is_left_alone(html: str) -> None:
    assert act(html) is None
    assert act(html, given=("username", "password")) is None


def test_a_new_password_is_never_given() -> None:
    html = "<form method=post><input type=password name=old><input type=password name=n1 autocomplete=new-password><input type=password name=n2></form>"
    assert act(html) == Stop(PAGE_NOT_UNDERSTOOD, "password-change-asked")


def test_messages_are_handed_over_and_hidden_forms_only_when_a_script_does_it() -> None:
    assert form_of(act("<form method=post action=https://sp.se/acs><input type=hidden name=SAMLResponse value=x></form>")) == {
        "SAMLResponse": "x"
    }
    assert (
        form_of(act("<form method=post action=/><input type=hidden name=wa value=1><input type=hidden name=wresult value=y></form>"))[
            "wresult"
        ]
        == "y"
    )
    hidden = "<form method=post><input type=hidden name=a value=1></form>"
    assert act(hidden) is None
    assert form_of(act(f"<body onload='document.forms[0].submit()'>{hidden}")) == {"a": "1"}
    assert form_of(
        act("<form method=post><input type=hidden name=a value=1><noscript><button name=b value=2>Fortsätt</button></noscript></form>")
    ) == {"a": "1"}
    # A script that submits is no reason to submit a hidden form while a person is asked for something.
    assert act(f"<script>document.forms[0].submit()</script>{hidden}<form method=post><select name=s><option>1</select></form>") is None


def test_refresh_leads_on_renews_or_waits() -> None:
    move = act("<meta http-equiv=refresh content='0;url=/next'>")
    assert isinstance(move, Move) and move.request.url == "https://idp.exempelstad.se/next"
    assert act("<meta http-equiv=refresh content='600;url=/timeout'>") is None
    assert act("<meta http-equiv=refresh content='2'><p>Godkänn i mobilen</p>") == Stop(PAGE_NOT_UNDERSTOOD, "page-waits")
    assert act("<meta http-equiv=refresh content='0;url=frejaeid://x'>") is None
    login = "<meta http-equiv=refresh content='5;url=/next'><form method=post><input name=u><input type=password name=p></form>"
    assert form_of(act(login))["p"] == "Sommar2026"


def test_steps_go_first_and_may_press_links_or_buttons_and_fill_literals() -> None:
    html = "<title>Välj  inloggningsmetod</title><a href=/freja>Freja</a><a href=/pw>Användarnamn och lösenord</a><form method=post><input name=u><button>Nästa</button></form>"
    move = act(html, Step(title="välj inloggningsmetod", press="användarnamn och lösenord"))
    assert isinstance(move, Move) and (move.request.method, move.request.url) == ("GET", "https://idp.exempelstad.se/pw")
    filled = act(html, Step(url="/login", fill={"u": "text:Skola A"}, press="nästa"))
    assert isinstance(filled, Move) and form_of(filled) == {"u": "Skola A"} and filled.gives == () and filled.fields == ()
    assert act(html, Step(title="Välj inloggningsmetod", press="BankID")) == Stop(PAGE_NOT_UNDERSTOOD, "step-does-not-fit")
    assert act(html, Step(title="Annan sida", press="Freja")) == act(html)
    eleg = Step(field="u", fill={"u": "username"}, press="Nästa", factor="e-leg")
    assert act(html, eleg, done=(eleg,)) == Stop(PAGE_NOT_UNDERSTOOD, "page-came-back")


def test_a_step_that_names_no_page_matches_none() -> None:
    assert not matches(Step(press="Logga in"), page("<form><button>Logga in</button></form>"))


def test_multipart_forms_are_not_guessed_at() -> None:
    html = "<form method=post enctype=multipart/form-data><input name=u><input type=password name=p></form>"
    assert act(html) == Stop(PAGE_NOT_UNDERSTOOD, "form-encoding-not-supported")
