"""Pages to forms, forms to requests."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idptest.login.forms import encode, read_page, submission
from idptest.login.page import Form, Page
from idptest.login.urls import resolve

URL = "https://idp.exempelstad.se/sso/login?state=1"


def page(html: str, url: str = URL, encoding: str = "utf-8", content_type: str | None = "text/html; charset=utf-8") -> Page:
    return read_page(url, html.encode(encoding), content_type)


def form(html: str) -> Form:
    return page(html).forms[0]


def sent(html: str, button: int | None = None, **fills: str) -> tuple[tuple[str, str], ...] | None:
    parsed = form(html)
    request = submission(parsed, fills, parsed.buttons[button] if button is not None else None)
    return request.form if request else None


def test_fields_as_a_browser_submits_them_in_document_order() -> None:
    html = """<form method=post action=/x><input type=hidden name=a value=1><input name=b value=två><input name=c disabled value=3>
      <input type=checkbox name=d><input type=checkbox name=e checked><input type=checkbox name=f value=ja checked>
      <input type=radio name=g value=1 checked><input type=radio name=g value=2 checked><input type=radio name=h value=1>
      <select name=i><option value="" disabled>välj<option>Ett<option value=2 selected>Två</select>
      <select name=j><option>Första<option>Andra</select>
      <select name=k multiple><option selected>p<option selected>q<option>r</select>
      <textarea name=l>\nrad 1\nrad 2</textarea><fieldset disabled><input name=m value=1></fieldset><input value=namnlös>
      <input type=reset name=n><input type=button name=o value=1><input type=file name=p>
      <button name=q value=tryckt>Logga in</button><input type=submit name=r value=Annan></form>"""
    expected = (
        ("a", "1"),
        ("b", "två"),
        ("e", "on"),
        ("f", "ja"),
        ("g", "2"),
        ("i", "2"),
        ("j", "Första"),
        ("k", "p"),
        ("k", "q"),
        ("l", "rad 1\r\nrad 2"),
    )
    assert sent(html) == expected
    assert sent(html, 0) == (*expected, ("q", "tryckt"))
    assert sent(html, 1) == (*expected, ("r", "Annan"))


def test_fills_go_into_text_fields_boxes_and_choices_but_never_into_hidden_ones() -> None:
    html = """<form method=post><input type=hidden name=h value=1><input name=u><input type=radio name=r value=1 checked><input type=radio name=r value=2>
      <select name=s><option>1<option>2</select><input type=checkbox name=c value=ja></form>"""
    assert sent(html, h="9", u="åäö", r="2", s="2", c="ja") == (("h", "1"), ("u", "åäö"), ("r", "2"), ("s", "2"), ("c", "ja"))


def test_image_buttons_send_a_point_and_buttons_may_redirect_the_form() -> None:
    assert sent("<form method=post><input type=image name=go></form>", 0) == (("go.x", "0"), ("go.y", "0"))
    parsed = form("<form method=post action=/a><input name=u><button formaction=/b formmethod=get>Sök</button></form>")
    request = submission(parsed, {"u": "x y"}, parsed.buttons[0])
    assert request is not None and (request.method, request.url) == ("GET", "https://idp.exempelstad.se/b?u=x+y")


def test_fields_outside_the_form_belong_to_it_by_attribute_and_nested_forms_to_the_outer() -> None:
    assert sent(
        "<input name=a value=1 form=f><form id=f method=post><input name=b value=2></form><button form=f name=c value=3>Ja</button>", 0
    ) == (
        ("a", "1"),
        ("b", "2"),
        ("c", "3"),
    )
    assert len(page("<form method=post><input name=a><div><form action=/inner><input name=b></form></div></form>").forms) == 1
    assert sent("<form id=g method=post><input form=elsewhere name=a value=1><input name=b value=2></form>") == (("b", "2"),)


def test_get_forms_replace_the_query() -> None:
    request = submission(form("<form action='/search?old=1'><input name=q value='a&b'></form>"), {})
    assert request is not None and request.url == "https://idp.exempelstad.se/search?q=a%26b" and request.form is None


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("", URL),
        ("?", "https://idp.exempelstad.se/sso/login?"),
        ("?a=b&c", "https://idp.exempelstad.se/sso/login?a=b&c"),
        ("next", "https://idp.exempelstad.se/sso/next"),
        ("../up", "https://idp.exempelstad.se/up"),
        ("/root;jsessionid=1?x", "https://idp.exempelstad.se/root;jsessionid=1?x"),
        ("//sts.exempelstad.se/x", "https://sts.exempelstad.se/x"),
        (" \n/blank s\t ", "https://idp.exempelstad.se/blank%20s"),
        ("\\back\\slash", "https://idp.exempelstad.se/back/slash"),
        ("/åäö?ö#del", "https://idp.exempelstad.se/%C3%A5%C3%A4%C3%B6?%C3%B6"),
        ("https://xn--kommn-kva.se/", "https://xn--kommn-kva.se/"),
        ("https://örebro.se/x", "https://xn--rebro-iua.se/x"),
        ("javascript:alert(1)", None),
        ("mailto:a@b.se", None),
        ("http://[::1", None),
    ],
)
def test_actions_resolve_as_in_browsers(action: str, expected: str | None) -> None:
    assert form(f"<form method=post action='{action}'><input name=a></form>").action == expected


def test_base_href_moves_relative_actions_but_not_empty_ones() -> None:
    html = "<base href='/other/'><form action=x method=post><input name=a></form><form method=post><input name=a></form><a href=y>Länk</a>"
    parsed = page(html)
    assert [each.action for each in parsed.forms] == ["https://idp.exempelstad.se/other/x", URL]
    assert parsed.links[0].url == "https://idp.exempelstad.se/other/y"


def test_meta_refresh_with_and_without_quotes_and_never_from_noscript() -> None:
    for content in ("0;url=/next", "0; URL='/next'", '0 ,url = "/next"', "0;/next"):
        refresh = page(
            f"<meta http-equiv=Refresh content='{content}'>" if "'" not in content else f'<meta http-equiv=Refresh content="{content}">'
        ).refresh
        assert refresh is not None and refresh.url == "https://idp.exempelstad.se/next", content
    waiting = page("<meta http-equiv=refresh content=5>").refresh
    assert waiting is not None and (waiting.seconds, waiting.url) == (5, URL)
    assert page("<noscript><meta http-equiv=refresh content='0;url=/nojs'></noscript>").refresh is None


def test_labels_however_they_are_tied() -> None:
    html = """<form><label for=a>Användar\xadnamn</label><input id=a name=a><label>Lösenord <input name=b></label><input name=c aria-label=Kod>
      <span id=s>Engångs</span><span id=t>kod</span><input name=d aria-labelledby="s t"><input name=e placeholder=E-post></form>"""
    assert [control.label for control in form(html).controls] == ["Användar\xadnamn", "Lösenord", "Kod", "Engångs kod", "E-post"]


@pytest.mark.parametrize(
    ("content_type", "encoding", "meta", "used"),
    [
        ("text/html; charset=ISO-8859-1", "latin-1", "", "windows-1252"),
        ("text/html", "latin-1", "<meta charset=iso-8859-1>", "windows-1252"),
        ("text/html", "latin-1", '<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-15">', "iso8859-15"),
        ("text/html", "latin-1", "", "windows-1252"),
        (None, "utf-8", "", "utf-8"),
        ("text/html; charset=latin-1", "utf-8-sig", "", "utf-8"),
        ("text/html; charset=base64", "utf-8", "", "utf-8"),
        ("text/html; charset=utf-7", "utf-8", "<meta charset=utf-16>", "utf-8"),
        ("text/html", "utf-16", "", "utf-8"),
    ],
)
def test_charsets(content_type: str | None, encoding: str, meta: str, used: str) -> None:
    parsed = page(
        f"<title>Räksmörgås</title>{meta}<form method=post><input name=användare></form>", encoding=encoding, content_type=content_type
    )
    assert (parsed.title, parsed.forms[0].controls[0].name, parsed.encoding) == ("Räksmörgås", "användare", used)


def test_a_body_is_encoded_as_its_page() -> None:
    assert encode((("lösen", "å ~*€"),), "windows-1252") == b"l%F6sen=%E5+%7E*%80"
    assert encode((("a", "ł"),), "windows-1252") == b"a=%26%23322%3B"  # what the page's encoding lacks
    assert encode((("a", "\ud800"),)) == b"a=%26%2355296%3B"


def test_visible_text_leaves_out_what_nobody_sees() -> None:
    html = """<title>T</title><h1>Fel</h1><p>Rad <b>ett</b></p><script>var x="Wrong password"</script><style>p{}</style>
      <div style="display: none">dold</div><p hidden>dold</p><noscript>dold</noscript><template>dold</template><!-- dold --><p>Rad\xa0två"""
    assert page(html).text == "Fel\nRad ett\nRad två"


def test_alerts_are_what_the_page_marks_as_errors() -> None:
    html = """<div class="message-box error"><h3>Fel lösenord</h3><p>Försök igen</p></div><p role=alert></p><div class=error style="display:none">nej</div>
      <form class=form-error><input class=error></form><span id=errorText>Kontot är låst</span><p class=felmeddelande>Stopp</p><p class="filter fält">nej</p>"""
    assert page(html).alerts == ("Fel lösenord Försök igen", "Kontot är låst", "Stopp")


def test_a_script_that_submits_on_load_differs_from_one_that_waits_for_a_click() -> None:
    for html in (
        "<body onload='document.forms[0].submit()'>",
        "<script>document.forms[0].submit()</script>",
        "<script>window.onload = function () { document.forms[0].submit(); }</script>",
        "<script>function go() { document.f.submit(); } window.onload = go;</script>",
        "<script>window.setTimeout('document.forms[0].submit()', 0);</script>",
    ):
        assert page(html + "<p>x</p>").runs_submit, html
    assert not page("<script>function choose(x) { document.forms['options'].submit(); }</script><a onclick='choose(1)'>x</a>").runs_submit


def test_summary_is_what_a_person_would_say() -> None:
    html = """<title> Välj
      inloggningsmetod</title><a href=/f>Freja</a><a href=/b><img alt=BankID></a><form method=post><input type=hidden name=h><label>Namn <input name=n></label>
      <button>Logga in</button><button type=button>Visa</button></form><button>Lös</button>"""
    summary = page(html).summary()
    assert (summary.title, summary.links, summary.fields, summary.buttons) == (
        "Välj inloggningsmetod",
        ("Freja", "BankID"),
        ("n (Namn)",),
        ("Logga in", "Lös"),
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\xff\xfe\x00<",
        b"<",
        b"<!DOCTYPE",
        b"<?xml version='1.0' encoding='utf-16'?><html><form>",
        b"<div>" * 50_000 + b"<form method=post><input name=a>",
        b"<label for=a>" * 1_900 + b"<form>" * 100_000,
        b"<form>" * 5_000,
        b"<input name=a>" * 20_000,
        b"<div class=error>" * 3_000 + b"x" * 1_000_000,
        b"<label for=a>" * 5_000,
        b"<select><option>" * 5_000,
        b"<p>" + bytes(range(256)) * 2_000,
        b"<meta charset=unicode_escape>\\x",
        b"%PDF-1.4 <\x01\x02",
        b"<!ENTITY x 'y'><form action=&x;>",
    ],
    ids=lambda body: f"{len(body)}-{body[:12]!r}",
)
def test_nothing_a_peer_sends_makes_it_raise(body: bytes) -> None:
    parsed = read_page(URL, body)
    parsed.summary()
    for each in parsed.forms:
        submission(each, {"a": "1"})


_TAGS = st.sampled_from(
    [
        "form",
        "input",
        "select",
        "option",
        "textarea",
        "button",
        "label",
        "a",
        "base",
        "meta",
        "script",
        "noscript",
        "fieldset",
        "legend",
        "title",
        "div",
        "table",
        "tr",
        "td",
        "template",
    ]
)
_ATTRIBUTES = st.sampled_from(
    [
        "type",
        "name",
        "value",
        "action",
        "method",
        "href",
        "for",
        "form",
        "id",
        "class",
        "style",
        "content",
        "http-equiv",
        "disabled",
        "checked",
        "charset",
        "onload",
    ]
)
_VALUES = st.sampled_from(
    [
        "",
        "post",
        "submit",
        "radio",
        "password",
        "hidden",
        "http://[",
        "?",
        "//",
        "//[x",
        "https://:99999/",
        "refresh",
        "0;url=http://[",
        "å",
        "\x00",
    ]
) | st.text(max_size=8)


@st.composite
def _markup(draw: st.DrawFn) -> str:
    pieces = []
    for _ in range(draw(st.integers(0, 12))):
        tag = draw(_TAGS)
        attributes = draw(st.lists(st.tuples(_ATTRIBUTES, _VALUES), max_size=4))
        pieces.append(
            draw(st.sampled_from(["<", "</", "<!--", "<?"])) + tag + "".join(f' {name}="{value}"' for name, value in attributes) + ">"
        )
        pieces.append(draw(st.text(max_size=5)))
    return "".join(pieces)


@settings(max_examples=150, deadline=None)
@given(_markup() | st.text(), st.sampled_from([None, "text/html", "text/html; charset=x", "text/html; charset=utf-16", "\x00"]))
def test_no_markup_makes_it_raise(html: str, content_type: str | None) -> None:
    parsed = read_page(URL, html.encode("utf-8", "surrogatepass"), content_type)
    parsed.summary()
    for each in parsed.forms:
        for button in (None, *each.buttons):
            request = submission(each, {control.name: "x" for control in each.controls}, button)
            assert request is None or request.url.startswith(("http://", "https://"))


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(body: bytes) -> None:
    read_page(URL, b"<form>" + body)


@given(st.text(max_size=40))
def test_no_reference_makes_it_raise(reference: str) -> None:
    resolve(URL, reference)
    resolve(reference, "/x")


@pytest.mark.parametrize("unit", ["<div>", "<b class=error>", "<label for=a>"])
def test_a_form_deep_down_is_found(unit: str) -> None:
    assert form(unit * 400 + "<form method=post><input name=a>").controls[0].name == "a"
