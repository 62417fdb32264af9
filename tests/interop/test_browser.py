"""--driver browser: pages built by script, the same cookies and findings as without a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from idptest.adapters import clock
from idptest.adapters.browser import BrowserDriver
from idptest.adapters.client_certificate import load
from idptest.adapters.driver import Driver
from idptest.adapters.form_driver import FormDriver
from idptest.adapters.http_client import HttpClient
from idptest.demo.people import person
from idptest.login.redaction import redact
from idptest.model.flow import ARRIVED, NETWORK, PAGE_NOT_UNDERSTOOD, REFUSED_BY_IDP, HttpRequest, HttpResponse, Sent
from idptest.products.product import Step
from tests.interop.browsers import drive, errand, page_of
from tests.interop.exempelstad_pages import ACS, Town, cookies
from tests.interop.pages import Answer, Asked, Pages, redirect
from tests.interop.simplesamlphp import SimpleSamlPhp
from tests.interop.workspace import ELEV, LARARE, Workspace, failing
from tests.tls import pair, server

pytestmark = pytest.mark.usefixtures("chromium")
Start = Callable[..., SimpleSamlPhp]

POST_TO_ACS = f'<form method="post" action="{ACS}"><input type="hidden" name="SAMLResponse" value="PFg+"></form><script>document.forms[0].submit()</script>'
# As a framework builds it: no form, a button that does nothing until something is typed, and a request of the script's own.
SCRIPTED = """<!DOCTYPE html><html lang="sv"><head><title>Logga in</title></head><body><div id="app"></div><script>
setTimeout(() => {
  document.getElementById('app').innerHTML = '<h1>Logga in</h1><label>Användarnamn <input id="anv"></label>' +
    '<label>Lösenord <input id="los" type="password"></label><p id="fel"></p><button type="button" disabled>Logga in</button>';
  const button = document.querySelector('button');
  document.getElementById('los').addEventListener('input', () => { button.disabled = false });
  button.addEventListener('click', async () => {
    const body = JSON.stringify({u: document.getElementById('anv').value, p: document.getElementById('los').value});
    const answer = await fetch('/api', {method: 'POST', body});
    if (answer.ok) location.href = '/vidare';
    else document.getElementById('fel').textContent = 'Fel användarnamn eller lösenord';
  });
}, 300);
</script></body></html>"""


# -- pages that need a browser


def test_a_login_that_a_script_builds(nothing_left: None) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.path == "/api":
            given = json.loads(asked.body.encode("latin-1"))
            return Answer("{}" if given == {"u": "larare1", "p": "Blå krita & 1"} else "", 200 if given["p"] == "Blå krita & 1" else 403)
        return {"/sso": Answer(SCRIPTED), "/vidare": Answer(POST_TO_ACS)}.get(asked.path, Answer("", 404))

    driven, asked = drive(answer)
    assert driven.ended.how == ARRIVED
    assert driven.factors == ("password",)
    assert [each.request.url.rpartition("/")[2] for each in driven.exchanges] == ["sso", "vidare", "acs"]
    assert dict(driven.exchanges[-1].request.form or ()) == {"SAMLResponse": "PFg+"}
    assert driven.exchanges[-1].response is None
    assert [each.path for each in asked].count("/api") == 1


def test_one_page_after_the_other_at_one_address(nothing_left: None) -> None:
    """A framework's buttons stand in no form. What is pressed after the password is what a step names, known by the page's heading."""
    go_on = "<h3>Vidare till proven?</h3><button type=button>Språk</button><button type=button onclick=location.href=`/vidare`>Fortsätt</button>"
    script = SCRIPTED.replace("location.href = '/vidare'", f"document.getElementById('app').innerHTML = '{go_on}'")

    def answer(asked: Asked) -> Answer:
        return {"/sso": Answer(script), "/api": Answer("{}"), "/vidare": Answer(POST_TO_ACS)}.get(asked.path, Answer("", 404))

    halted, _ = drive(answer)
    assert (halted.ended.how, halted.ended.reason) == (PAGE_NOT_UNDERSTOOD, "unknown-page")
    assert halted.ended.page is not None
    assert (halted.ended.page.title, halted.ended.page.buttons) == ("Vidare till proven?", ("Språk", "Fortsätt"))
    with Pages(answer) as idp:
        step = Step(title=halted.ended.page.title, press="Fortsätt")
        driven = BrowserDriver(clock.now).drive(replace(errand(idp.url + "/sso"), steps=(step,)))
    assert driven.ended.how == ARRIVED
    assert driven.factors == ("password",)


def test_a_wrong_password_is_typed_once(nothing_left: None) -> None:
    def answer(asked: Asked) -> Answer:
        return Answer(SCRIPTED) if asked.path == "/sso" else Answer("", 403)

    driven, asked = drive(answer)
    assert (driven.ended.how, driven.ended.reason) == (REFUSED_BY_IDP, "wrong-password")
    assert [each.path for each in asked].count("/api") == 1


def test_without_a_browser_it_is_said_that_one_is_needed() -> None:
    with Pages(page_of(SCRIPTED)) as idp:
        driven = FormDriver(HttpClient(), clock.now).drive(errand(idp.url + "/sso"))
    assert driven.ended.reason == "script-needed"


def changed_by_script(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The same pages, each written by a script."""
    if b"<form" not in response.body:
        return response
    text = json.dumps(response.body.decode()).replace("<", "\\u003c")
    body = f"<title>…</title><script>setTimeout(() => {{ document.open(); document.write({text}); document.close() }}, 200)</script>"
    return replace(response, body=body.encode())


@pytest.mark.parametrize("account", ["larare", "elev"])
def test_exempelstad_built_by_script_is_judged_like_exempelstad(desk: Workspace, account: str) -> None:
    desk.set_up()
    who = person(account)
    assert who is not None
    desk.environment[f"IDPTEST_{account.upper()}_PASSWORD"] = who.password
    desk.secrets = {who.password}
    plain, scripted = Town(), Town(change=changed_by_script)
    verdicts = []
    for town, arguments in ((plain, ("--driver", "form")), (plain, ("--driver", "browser")), (scripted, ("--driver", "browser"))):
        with town.pages:
            (desk.folder / "idp-metadata.xml").write_bytes(town.metadata())
            text = (desk.folder / "idptest.toml").read_text(encoding="utf-8")
            (desk.folder / "idptest.toml").write_text(text.replace(f'"{account}1"', f'"{who.username}"'), encoding="utf-8")
            _, reports = desk.judged(account, *arguments)
        verdicts.append([(each["rule"], each["verdict"]) for report in reports for each in report["findings"]])
    assert verdicts[0] == verdicts[1] == verdicts[2]
    assert "pass" in {verdict for _, verdict in verdicts[0]}
    with scripted.pages:
        (desk.folder / "idp-metadata.xml").write_bytes(scripted.metadata())
        assert desk.judged(account)[1][0]["login"]["ended"] == "page-not-understood"


# -- the same as without a browser


@pytest.mark.parametrize("account", ["larare", "elev"])
def test_the_same_login_sends_the_same_cookies(account: str, nothing_left: None) -> None:
    who = person(account)
    assert who is not None
    seen = []
    for driver in (FormDriver(HttpClient(), clock.now), BrowserDriver(clock.now)):
        town = Town(numbered=True)
        with town.pages as idp:
            first = first_request(f"{idp.url}/sso")
            driven = driver.drive(replace(errand(idp.url, who.username, who.password), first=first))
        assert driven.ended.how == ARRIVED
        seen.append(cookies(idp.asked))
        assert [each.request.url.replace(idp.url, "") for each in driven.exchanges][1:] == ["/losenord", "/losenord", ACS]
    assert seen[0] == seen[1]
    assert "exempelstad=" in seen[0][-1][2]


def first_request(url: str) -> HttpRequest:
    from idptest.saml import bindings
    from idptest.saml.request import authn_request
    from tests.interop.exempelstad_pages import SP

    return bindings.redirect(url, authn_request(Sent("id-1", clock.now(), SP, ACS, url, "relay")), "relay")


def test_cookies_across_sites(nothing_left: None) -> None:
    """127.0.0.1 and localhost are two sites. Each kind of cookie is set by both, and each way of going from one to the other is gone."""
    kinds = (
        "plain=1",
        "lax=1; SameSite=Lax; Path=/",
        "strict=1; SameSite=Strict; Path=/",
        "none=1; SameSite=None; Path=/",
        "none-secure=1; SameSite=None; Secure; Path=/",
        "lax-secure=1; SameSite=Lax; Secure; Path=/",
        "deep=1; Path=/deep",
        "ended=1; Path=/; Max-Age=0",
        "__Host-a=1; Secure; Path=/",
        "__Secure-b=1; Secure; Path=/",
        "__Host-c=1; Path=/",
        "foreign=1; Domain=example.se; Path=/",
        "odd=a b,c; Path=/; Expires=Wed, 01 Jan 2098 00:00:00 GMT",
    )
    seen = []
    for make in (lambda: FormDriver(HttpClient(), clock.now), lambda: BrowserDriver(clock.now)):

        def answer(asked: Asked) -> Answer:
            here, there = idp.url, idp.url.replace("127.0.0.1", "localhost")
            cookie = tuple(("Set-Cookie", kind) for kind in kinds)
            html = (("Content-Type", "text/html; charset=utf-8"),)
            if asked.path == "/sso":
                return replace(redirect(f"{there}/front"), headers=(("Location", f"{there}/front"), *cookie))
            if asked.path == "/front":
                form = f'<form method="post" action="{here}/deep/back"><input type="hidden" name="wresult" value="x"></form>'
                return Answer(form + "<script>document.forms[0].submit()</script>", headers=(*html, *cookie))
            if asked.path == "/deep/back":
                return redirect("/deep/login")
            if asked.path == "/deep/login" and asked.method == "GET":
                return Answer('<form method="post"><input name="user"><input type="password" name="pw"><button>Logga in</button></form>')
            if asked.path == "/deep/login":
                return redirect(f"{there}/deep/last")
            return Answer(POST_TO_ACS) if asked.path == "/deep/last" else Answer("", 404)

        with Pages(answer) as idp:
            driver: Driver = make()
            driven = driver.drive(errand(idp.url + "/sso"))
        assert driven.ended.how == ARRIVED, driven.ended
        seen.append([(method, path, sorted(cookie.split("; "))) for method, path, cookie in cookies(idp.asked)])
    assert seen[0] == seen[1]
    assert len(seen[0]) == 6
    assert len({tuple(each[2]) for each in seen[0]}) >= 4


@pytest.mark.parametrize("options", [{}, {"name_format": "uri", "declare_scope": False}])
def test_simplesamlphp_gives_the_same_findings(desk: Workspace, simplesamlphp_idp: Start, options: dict[str, Any]) -> None:
    desk.use(simplesamlphp_idp(desk.set_up(), users=(LARARE, ELEV), **options))
    found = []
    for driver in ("form", "browser"):
        run, reports = desk.judged("--driver", driver)
        assert run.code == 1
        assert len(reports) == 3
        found.append([(r["target"]["account"], e["rule"], e["verdict"], e["message"]) for r in reports for e in r["findings"]])
        assert all(report["login"]["trusted"] for report in reports)
    assert found[0] == found[1]


def test_a_wrong_password_at_simplesamlphp(desk: Workspace, simplesamlphp_idp: Start) -> None:
    idp = desk.use(simplesamlphp_idp(desk.set_up(), users=(LARARE, ELEV)))
    desk.environment["IDPTEST_ELEV_PASSWORD"] = "Fel & galet + 4"
    desk.secrets.add("Fel & galet + 4")
    run, (report,) = desk.judged("elev", "--driver", "browser")
    assert run.code == 1
    assert failing(report) == {"login/idp-completes-the-login"}
    assert idp.log().count("POST /simplesaml/module.php/core/loginuserpass.php") == 1


def test_a_request_by_post_and_a_response_of_megabytes(nothing_left: None) -> None:
    large = "PFg+" * 700_000

    def answer(asked: Asked) -> Answer:
        return Answer(POST_TO_ACS.replace("PFg+", large)) if asked.path == "/sso" and asked.method == "POST" else Answer("", 404)

    with Pages(answer) as idp:
        first = HttpRequest("POST", idp.url + "/sso", form=(("SAMLRequest", 'a"<+å'), ("RelayState", "r")))
        driven = BrowserDriver(clock.now).drive(replace(errand(idp.url), first=first))
    assert driven.ended.how == ARRIVED
    assert [(each.method, each.body) for each in idp.asked if each.path == "/sso"] == [
        ("POST", "SAMLRequest=a%22%3C%2B%C3%A5&RelayState=r")
    ]
    assert driven.exchanges[0].request.form == first.form
    assert dict(driven.exchanges[-1].request.form or ()) == {"SAMLResponse": large}


# -- a person at the keys


def test_what_a_person_types_is_not_kept(nothing_left: None) -> None:
    """The page types by itself, as a person would; the window is not shown, because there is no screen here."""
    typing = """<form method="post" action="/in"><input name="anv"><input name="kod" type="password"><input type="hidden" name="csrf" value="abcd1234">
<button>In</button></form><script>setTimeout(() => { const f = document.forms[0]; f.anv.value = '191212121212'; f.kod.value = 'Hemligt & 7';
f.submit() }, 800)</script>"""

    def answer(asked: Asked) -> Answer:
        if asked.path == "/in":
            return Answer("<p>Hej 191212121212</p>" + POST_TO_ACS)
        return Answer(typing) if asked.path == "/sso" else Answer("", 404)

    said: list[str] = []
    driven, _ = drive(answer, by_hand=True, headless=True, patience=20, say=lambda words: said.append(words.sv))
    assert driven.ended.how == ARRIVED
    assert driven.factors == ()
    assert said == ["logga in i fönstret som öppnas"]
    kept = [redact(each, driven.secrets, driven.secret_fields) for each in driven.exchanges]
    assert "191212121212" not in repr(kept)
    assert "Hemligt" not in repr(kept)
    assert dict(kept[1].request.form or ())["csrf"] == "abcd1234"
    assert dict(kept[-1].request.form or ()) == {"SAMLResponse": "PFg+"}


def test_a_person_who_does_nothing(nothing_left: None) -> None:
    driven, _ = drive(page_of("<title>Logga in</title>"), by_hand=True, headless=True, patience=2)
    assert (driven.ended.how, driven.ended.reason) == (PAGE_NOT_UNDERSTOOD, "time-out")
    assert driven.page is None


# -- with a client certificate


def test_a_client_certificate_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nothing_left: None) -> None:
    """The test's CA is made known to Playwright, which speaks TLS itself when it has a certificate to show."""
    ca = pair("Exempelstads CA")
    (tmp_path / "ca.pem").write_bytes(ca.certificate_pem)
    (tmp_path / "kort.p12").write_bytes(pair("larare1", ca).p12("nyckel"))
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(tmp_path / "ca.pem"))
    certificate = load(tmp_path / "kort.p12", "nyckel", "")
    with server(tmp_path, ca, lambda *_: (200, {}, POST_TO_ACS), asks=True) as url:
        without = BrowserDriver(clock.now, timeout=5).drive(errand(f"{url}/sso"))
        driven = BrowserDriver(clock.now, timeout=5, certificate=certificate).drive(errand(f"{url}/sso"))
    assert without.ended.how == NETWORK
    assert driven.ended.how == ARRIVED
    assert driven.factors == ()
