"""What goes wrong at the IdP: one clear line or finding, the right exit code, no traceback, and no secret anywhere (see `workspace`)."""

from __future__ import annotations

import html
import json
import threading
from collections.abc import Callable
from urllib.parse import quote, quote_plus, urlsplit

import pytest

from tests.interop.pages import Answer, Asked, Pages, redirect
from tests.interop.server import free_port
from tests.interop.simplesamlphp import SimpleSamlPhp, Sp
from tests.interop.workspace import ELEV, LARARE, TOTP_SECRET, Workspace, failing, point_to

Start = Callable[..., SimpleSamlPhp]

PEOPLE = (LARARE, ELEV)
REFUSED = {"login/idp-completes-the-login"}
# A note that is true of every teacher here.
NO_E_LEG = {"dnp-teacher/e-leg-is-declared"}
# Error pages do, unless they are set up as in production.
SHOWS_ITS_INSIDE = {"refusal/page-keeps-the-inside-to-itself"}


# -- the IdP says no


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_wrong_password_is_tried_once(workspace: Workspace, simplesamlphp_idp: Start, language: str) -> None:
    idp = workspace.use(simplesamlphp_idp(workspace.set_up(), users=PEOPLE, name_format="uri", language=language))
    wrong = 'Inte & "rätt" + 3'
    workspace.secrets.add(wrong)
    workspace.environment["IDPTEST_LARARE_PASSWORD"] = wrong
    seen = workspace.idptest("login", "larare", "--lang", language)
    assert seen.code == 1
    assert idp.log().count("POST /simplesaml/module.php/core/loginuserpass.php") == 1
    assert "login/idp-completes-the-login" in seen.out
    assert "Felaktig användaridentitet eller lösenord" in seen.out  # the IdP's words: it was asked for Swedish first
    run, (report,) = workspace.judged("larare")
    assert run.code == 1
    assert failing(report) == REFUSED | NO_E_LEG
    assert report["login"]["ended"] == "refused-by-idp"
    assert [json.loads(path.read_text(encoding="utf-8"))["ended"]["reason"] for path in workspace.flows()] == ["wrong-password"] * 2
    # A second login, for the level, would be a second wrong password.
    assert idp.log().count("POST /simplesaml/module.php/core/loginuserpass.php") == 2


@pytest.mark.parametrize("sp", [None, Sp("https://annan.exempelstad.se/sp", "https://localhost:8443/saml/acs")])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_an_idp_that_does_not_know_us(workspace: Workspace, simplesamlphp_idp: Start, sp: Sp | None, language: str) -> None:
    workspace.set_up()
    idp = workspace.use(simplesamlphp_idp(sp, users=PEOPLE, name_format="uri", language=language))
    run, (report,) = workspace.judged("larare")
    assert run.code == 1
    assert failing(report) == REFUSED | NO_E_LEG | SHOWS_ITS_INSIDE
    [flow] = workspace.flows()
    ended = json.loads(flow.read_text(encoding="utf-8"))["ended"]
    assert (ended["how"], ended["reason"]) == ("refused-by-idp", "METADATANOTFOUND")
    [finding] = [each for each in report["findings"] if each["rule"] in REFUSED]
    assert "METADATANOTFOUND" in finding["message"] or "etadata" in finding["message"]
    # The form on that page mails an error report to the administrator, with whatever address is typed in.
    assert "errorreport.php" not in idp.log()
    assert "POST" not in idp.log()


# -- nobody is there


def test_a_stopped_server(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    idp = workspace.use(simplesamlphp_idp(workspace.set_up(), users=PEOPLE, name_format="uri"))
    idp.stop()
    seen = workspace.idptest("login", "larare")
    assert seen.code == 3
    headline = next(line for line in seen.out.splitlines() if "COULD NOT BE JUDGED" in line)
    assert "connection refused" in headline
    assert f"127.0.0.1:{idp.port}" in headline
    run, (report,) = workspace.judged("larare")
    assert run.code == 3
    assert failing(report) == NO_E_LEG
    assert report["login"]["ended"] == "network"
    assert report["summary"]["conformant"] is True
    assert report["summary"]["complete"] is False


def test_a_stopped_server_and_its_metadata_there(workspace: Workspace) -> None:
    workspace.set_up()
    port = free_port()
    workspace.edit('"idp-metadata.xml"', f'"http://127.0.0.1:{port}/simplesaml/saml2/idp/metadata.php"')
    run = workspace.idptest("login", "larare")
    assert run.code == 2
    assert f"127.0.0.1:{port}" in run.line
    assert "connection refused" in run.line
    assert workspace.flows() == []


def test_a_server_that_is_too_slow(workspace: Workspace) -> None:
    workspace.set_up()
    end = threading.Event()

    def wait(asked: Asked) -> Answer:
        end.wait(20)
        return Answer()

    with Pages(wait) as idp:
        point_to(workspace, idp.url + "/sso")
        workspace.edit("[idp.exempelstad]", "[idp.exempelstad]\ntimeout = 1")
        seen = workspace.idptest("login", "elev")
        end.set()
    assert seen.code == 3
    assert f"{urlsplit(idp.url).netloc} did not answer within 1 s" in seen.out


# -- a page that nobody has seen before

ODD = """<!DOCTYPE html>
<html lang="sv"><head><title>Välj inloggningsmetod</title></head><body>
<h1>Välkommen till Exempelstad</h1>
<p><a href="/freja?{query}">Freja</a> <a href="/bankid?{query}">BankID</a> <a href="/losen?{query}">Användarnamn och lösenord</a></p>
<form action="/vidare" method="get">
<label>Skola <select name="qx7_skola"><option value="1">Ån &amp; Bäcken</option><option value="2">Berget</option></select></label>
<label>Klass <input name="qx7_klass"></label>
<input type="hidden" name="vidare" value="{escaped}">
<button name="val" value="7">Den vägen</button>
</form></body></html>"""


def test_a_page_never_seen_before(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    idp = workspace.use(simplesamlphp_idp(workspace.set_up(), users=PEOPLE, name_format="uri"))
    cookie = "Ö/ktt=sällsynt+kaka&9f8e7d6c"
    workspace.secrets.add(cookie)

    def answer(asked: Asked) -> Answer:
        if asked.path == "/sso":
            page = ODD.format(query=html.escape(asked.query), escaped=html.escape(asked.query))
            return Answer(
                page, headers=(("Content-Type", "text/html; charset=utf-8"), ("Set-Cookie", f"odd={quote(cookie)}; Path=/; HttpOnly"))
            )
        return redirect(f"{idp.sso_url}?{asked.query}")

    with Pages(answer) as front:
        path = workspace.folder / "idp-metadata.xml"
        path.write_bytes(path.read_bytes().replace(idp.sso_url.encode(), f"{front.url}/sso".encode()))
        before = workspace.idptest("login", "elev")
        assert before.code == 3
        for words in (
            "Välj inloggningsmetod",
            f"{front.url}/sso",
            '"Freja"',
            '"Användarnamn och lösenord"',
            "qx7_skola",
            "qx7_klass",
            "Den vägen",
        ):
            assert words in before.out
        [flow] = workspace.flows()
        [page] = flow.with_suffix("").glob("page-*.html")
        assert "qx7_klass" in page.read_text(encoding="utf-8")
        _, (report,) = workspace.judged("elev")
        assert report["login"]["ended"] == "page-not-understood"
        assert failing(report) == set()
        assert [asked.path for asked in front.asked] == ["/sso", "/sso"]

        # What the report suggests is taken as it stands, but for the way to go.
        suggested = [line.strip() for line in before.out.splitlines() if line.startswith("      ")]
        assert suggested[:2] == ["[[idp.exempelstad.step]]", 'title = "Välj inloggningsmetod"']
        assert suggested[2].startswith("press = ")
        suggested[2] = 'press = "Användarnamn och lösenord"'
        workspace.edit("[account.larare]", "\n".join([*suggested, "", "[account.larare]"]))
        run, (report,) = workspace.judged("elev", "--fail-on", "should")
        assert run.code == 0, failing(report)
        assert failing(report) == set()
        assert [asked.path for asked in front.asked] == ["/sso", "/sso", "/sso", "/losen"]
        assert len(workspace.flows()) == 3


def test_a_refusal_is_explained_in_the_readers_language(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    workspace.use(simplesamlphp_idp(workspace.set_up(), users=PEOPLE, name_format="uri"))
    workspace.environment["IDPTEST_ELEV_PASSWORD"] = "Fel & galet + 4"
    assert "password" in workspace.idptest("login", "elev", "--lang", "en").out.lower()


def test_the_report_says_where_the_page_is_saved(workspace: Workspace) -> None:
    workspace.set_up()
    with Pages(lambda asked: Answer("<title>Okänd</title>")) as idp:
        point_to(workspace, f"{idp.url}/sso")
        assert "page-1.html" in workspace.idptest("login", "elev").out


def test_a_page_cannot_steer_the_terminal(workspace: Workspace) -> None:
    workspace.set_up()
    with Pages(lambda asked: Answer("<title>Okänd\x07\x1b]0;x\x07</title><a href='/'>\u202eknäl</a>")) as idp:
        point_to(workspace, f"{idp.url}/sso")
        out = workspace.idptest("login", "elev").out
    assert "Okänd" in out
    assert [char for char in out if char != "\n" and not char.isprintable()] == []


def test_the_suggested_step_can_be_pasted_as_it_stands(workspace: Workspace) -> None:
    """Titles may hold what TOML escapes."""
    workspace.set_up()
    title = 'Välj "metod" \\ sätt'

    def answer(asked: Asked) -> Answer:
        if asked.path == "/sso":
            return Answer(f'<title>{html.escape(title)}</title><form action="/next"><button>Gå "vidare" \\ hit</button></form>')
        return Answer("<title>Framme</title><p>Hit men inte längre.</p>")

    with Pages(answer) as idp:
        point_to(workspace, f"{idp.url}/sso")
        before = workspace.idptest("login", "elev")
        assert title in before.out
        suggested = [line.strip() for line in before.out.splitlines() if line.startswith("      ")]
        path = workspace.folder / "idptest.toml"
        path.write_text(path.read_text(encoding="utf-8") + "\n" + "\n".join(suggested) + "\n", encoding="utf-8")
        after = workspace.idptest("login", "elev")
    assert after.err == ""
    assert "Framme" in after.out
    assert [asked.path for asked in idp.asked] == ["/sso", "/sso", "/next"]


def test_a_page_that_echoes_what_was_typed(workspace: Workspace) -> None:
    """An IdP of the worst kind: it repeats password and code in every spelling, in pages, addresses and headers."""
    workspace.set_up()
    workspace.account("larare", 'totp_env = "IDPTEST_TOTP"')
    codes: list[str] = []

    def answer(asked: Asked) -> Answer:
        password = LARARE.password
        if asked.path == "/sso":
            return Answer('<title>In</title><form method="post" action="/1"><input name="user"><input type="password" name="pw"></form>')
        if asked.path == "/1":
            assert quote_plus(password) in asked.body
            return redirect(f"/2?typed={quote(password)}&again={quote_plus(password)}&twice={quote(quote(password))}")
        if asked.path == "/2":
            return Answer(
                f"<title>{html.escape(password)}</title><!-- {password} --><script>var p = {json.dumps(password)}</script>"
                '<form method="post" action="/3"><input name="otp" autocomplete="one-time-code"></form>'
                f'<a href="/?p={quote(password)}">{html.escape(password)}</a>',
                headers=(
                    ("Content-Type", "text/html; charset=utf-8"),
                    ("X-Typed", quote(password)),
                    ("Set-Cookie", f"p={quote(password)}"),
                ),
            )
        codes.append(asked.body.partition("otp=")[2].partition("&")[0])
        return Answer(
            f"<title>Hej</title><p>Du skrev {html.escape(password)} och koden {codes[-1]}.</p><button>{html.escape(password)}</button>"
        )

    with Pages(answer) as idp:
        point_to(workspace, f"{idp.url}/sso")
        run = workspace.idptest("login", "larare", "-v", "--show-values")
        assert [asked.path for asked in idp.asked] == ["/sso", "/1", "/2", "/3"]
    assert "Hej" in run.out
    assert len(codes) == 1
    assert codes[0].isdigit()
    workspace.secrets.add(codes[0])
    assert TOTP_SECRET in workspace.secrets
