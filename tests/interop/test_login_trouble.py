"""What goes wrong for users: one clear line or finding, the right exit code, no traceback, and no secret anywhere (see `workspace`)."""

from __future__ import annotations

import contextlib
import html
import json
import os
import pty
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus, urlsplit

import pytest

from tests.interop.pages import Answer, Asked, Pages, metadata, redirect
from tests.interop.server import free_port
from tests.interop.simplesamlphp import SimpleSamlPhp, Sp
from tests.interop.workspace import ELEV, LARARE, TOTP_SECRET, Run, Workspace, failing

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


def point_to(workspace: Workspace, sso_url: str) -> None:
    """An IdP that is nothing but a login address; its certificate is any."""
    pem = (workspace.folder / ".idptest" / "keys" / "sp-cert.pem").read_text(encoding="ascii")
    (workspace.folder / "idp-metadata.xml").write_bytes(metadata(sso_url, certificate="".join(pem.splitlines()[1:-1])))


# -- our own mistakes


def edited(old: str, new: str) -> Callable[[Workspace], None]:
    return lambda workspace: workspace.edit(old, new)


def saved(data: bytes) -> Callable[[Workspace], None]:
    def change(workspace: Workspace) -> None:
        (workspace.folder / "idp-metadata.xml").write_bytes(data)

    return change


def unset(*names: str) -> Callable[[Workspace], None]:
    def change(workspace: Workspace) -> None:
        for name in names:
            del workspace.environment[name]

    return change


def half(workspace: Workspace) -> None:
    path = workspace.folder / "idptest.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index('password_env = "IDPTEST_LARARE') + 18], encoding="utf-8")


def gone(name: str) -> Callable[[Workspace], None]:
    return lambda workspace: (workspace.folder / name).unlink()


def folder_instead(workspace: Workspace) -> None:
    (workspace.folder / "idp-metadata.xml").unlink()
    (workspace.folder / "idp-metadata.xml").mkdir()


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (
            edited('"idp-metadata.xml"', '{ from = "idp-metadata.xml", entity_id = "https://idp.exempelstad.se/ipd" }'),
            ["idp-metadata.xml", '"https://idp.exempelstad.se/ipd"', 'nearest is "https://idp.exempelstad.se/idp"'],
        ),
        (saved(b"Det h\xe4r \xe4r ingen XML"), ["idp-metadata.xml", "no SAML metadata"]),
        (saved(b""), ["idp-metadata.xml", "no SAML metadata"]),
        (saved(b"<!DOCTYPE html><html><body>Logga in</body></html>"), ["idp-metadata.xml", "no SAML metadata"]),
        (saved(b"<html><body>Logga in</body></html>"), ["idp-metadata.xml", "no SAML metadata", "html"]),
        (saved(metadata("https://x.example/")[:-40]), ["idp-metadata.xml", "no SAML metadata"]),
        (saved(metadata("https://x.example/").replace(b"IDPSSO", b"SPSSO")), ["idp-metadata.xml", "no IdP"]),
        (gone("idp-metadata.xml"), ["idp-metadata.xml", "no such file"]),
        (folder_instead, ["idp-metadata.xml", "folder"]),
        (unset("IDPTEST_LARARE_PASSWORD"), ["[account.larare]", "password_env", "IDPTEST_LARARE_PASSWORD", "not set"]),
        (edited("eppn_source", "epnn_source"), ["@epnn_source", '"epnn_source"', '"eppn_source"']),
        (edited("[account.elev]", "[acount.elev]"), ["@[acount.elev]", "acount", "account"]),
        (edited('role = "pupil"', 'role = "pupils"'), ['@role = "pupils"', "pupils", "pupil"]),
        (edited('username = "larare1"', f'username = "larare1"\npassword = "{"x" * 12}"'), ["@password = ", "password_env"]),
        (half, ["@password_env", "TOML"]),
        (gone("idptest.toml"), ["idptest.toml", "idptest init"]),
        (
            edited("keep_days = 30", '[[waiver]]\nrule = "dnp/eppn-is-releasd"\nreason = "?"\nuntil = 2027-01-01\n'),
            ["@rule = ", "dnp/eppn-is-released"],
        ),
    ],
    ids=range(17),
)
def test_a_mistake_of_ours_is_one_line_and_exit_2(workspace: Workspace, mistake: Callable[[Workspace], None], words: list[str]) -> None:
    workspace.set_up()
    (workspace.folder / "idp-metadata.xml").write_bytes(metadata("http://127.0.0.1:9/sso", "https://idp.exempelstad.se/idp"))
    mistake(workspace)
    run = workspace.idptest("login", "larare")
    assert run.code == 2
    text = (workspace.folder / "idptest.toml").read_text(encoding="utf-8") if (workspace.folder / "idptest.toml").exists() else ""
    for word in words:
        if word.startswith("@"):
            number = next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(word[1:]))
            word = f"idptest.toml:{number}: "
        assert word in run.line, run.line
    swedish = workspace.idptest("login", "larare", "--lang", "sv")
    assert swedish.code == 2
    assert swedish.line != run.line
    assert workspace.flows() == []


def test_an_account_that_is_not_there(workspace: Workspace) -> None:
    workspace.set_up()
    run = workspace.idptest("login", "lärare")
    assert run.code == 2
    assert "lärare" in run.line
    assert "larare" in run.line


def test_a_secret_for_codes_that_is_none(workspace: Workspace) -> None:
    workspace.set_up()
    (workspace.folder / "idp-metadata.xml").write_bytes(metadata("http://127.0.0.1:9/sso"))
    workspace.account("larare", 'totp_env = "IDPTEST_TOTP"')
    workspace.environment["IDPTEST_TOTP"] = "!Inte & bas 32?"
    workspace.secrets.add("!Inte & bas 32?")
    run = workspace.idptest("login", "larare")
    assert run.code == 2
    assert "base32" in run.line
    del workspace.environment["IDPTEST_TOTP"]
    assert "IDPTEST_TOTP" in workspace.idptest("login", "larare").line


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": "idptest-flow/1"}', '{"format": "idptest-flow/9"}', "<xml/>", "\x00\xff"])
def test_what_is_no_flow_is_not_judged(workspace: Workspace, content: str) -> None:
    path = workspace.folder / "flow.txt"
    path.write_text(content, encoding="latin-1")
    run = workspace.idptest("check", "flow.txt")
    assert run.code == 2
    assert "flow.txt" in run.line
    path.unlink()
    assert "no such file" in workspace.idptest("check", "flow.txt").line


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


def test_what_netrc_holds_goes_nowhere(workspace: Workspace) -> None:
    """`default` in ~/.netrc is for every host: HTTP libraries send it without being asked."""
    workspace.set_up()
    netrc = workspace.place / "home" / ".netrc"
    netrc.write_text("default login kalle password Inte-till-IdP-n\n", encoding="ascii")
    netrc.chmod(0o600)
    with Pages(lambda asked: Answer("<title>Nej</title>")) as idp:
        point_to(workspace, f"{idp.url}/sso")
        workspace.idptest("login", "elev")
    [asked] = idp.asked
    assert "authorization" not in {name.lower() for name in asked.headers}
    netrc.unlink()


def test_json_is_utf_8_whatever_the_console_speaks(workspace: Workspace) -> None:
    workspace.set_up()
    workspace.environment["PYTHONIOENCODING"] = "cp1252"
    for command in (("rules",), ("demo", "--list-defects"), ("login", "--demo", "elev")):
        assert json.loads(workspace.idptest(*command, "--format", "json", "--lang", "sv").out)
    assert "provinloggning" in workspace.idptest("metadata", "sp").out


def test_a_windows_editor_may_have_saved_the_settings(workspace: Workspace, simplesamlphp_idp: Start) -> None:
    workspace.use(simplesamlphp_idp(workspace.set_up(), users=PEOPLE, name_format="uri"))
    path = workspace.folder / "idptest.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert workspace.idptest("login", "elev").code == 0
    # From a folder below, too.
    (workspace.folder / "rapporter").mkdir()
    assert workspace.idptest("login", "elev", "--output", "elev.txt", cwd=workspace.folder / "rapporter").code == 0
    assert (workspace.folder / "rapporter" / "elev.txt").is_file()
    assert len(workspace.flows()) == 2


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_a_password_is_asked_for_on_a_terminal_and_never_shown(workspace: Workspace, simplesamlphp_idp: Start, lang: str) -> None:
    workspace.use(simplesamlphp_idp(workspace.set_up(), users=PEOPLE, name_format="uri"))
    del workspace.environment["IDPTEST_ELEV_PASSWORD"]
    pid, terminal = pty.fork()
    if pid == 0:  # the child, on a terminal of its own
        os.chdir(workspace.folder)
        os.execve(sys.executable, [sys.executable, "-m", "idptest", "login", "elev", "--lang", lang], workspace.environment)
    shown = b""
    try:
        while b"(elev)" not in shown:
            shown += os.read(terminal, 1000)
        time.sleep(0.1)  # the echo is turned off just before or after the question
        os.write(terminal, ELEV.password.encode() + b"\n")
        with contextlib.suppress(OSError):  # how a terminal says that nobody is there any more
            while more := os.read(terminal, 1000):
                shown += more
    finally:
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
    said = shown.decode("utf-8")
    workspace.runs.append(Run(("login", "elev"), os.waitstatus_to_exitcode(status), said, ""))
    assert workspace.runs[-1].code == 0, said
    assert {"sv": "Lösenord (elev)", "en": "Password (elev)"}[lang] in said
    assert {"sv": "KLART", "en": "FINE"}[lang] in said


# -- interrupted


@pytest.mark.parametrize("where", ["metadata", "first request", "after the password"])
def test_ctrl_c_leaves_nothing_half_written(workspace: Workspace, where: str) -> None:
    workspace.set_up()
    reached, end = threading.Event(), threading.Event()

    def answer(asked: Asked) -> Answer:
        if asked.path == f"/{where.split()[0]}":
            reached.set()
            end.wait(20)
        if asked.path == "/metadata":
            return Answer(metadata(f"{idp.url}/first").decode())
        return Answer('<form method="post" action="/after"><input name="user"><input type="password" name="pw"></form>')

    before = {path: path.read_bytes() for path in workspace.files()}
    with Pages(answer) as idp:
        workspace.edit('"idp-metadata.xml"', f'"{idp.url}/metadata"')
        before[workspace.folder / "idptest.toml"] = (workspace.folder / "idptest.toml").read_bytes()
        process = workspace.start("login", "elev", "--output", "rapport.txt")
        assert reached.wait(20)
        process.send_signal(signal.SIGINT)
        run = workspace.ended(process, "login", "elev")
        end.set()
    assert run.code == 130
    assert "interrupted" in run.line
    after = {path: path.read_bytes() for path in workspace.files()}
    key = after.pop(workspace.folder / ".idptest" / "history.key", None)  # of the workspace, made once, and whole
    assert key is None or len(key.strip()) >= 32
    assert after == before


def test_ctrl_c_at_any_moment_leaves_no_half_written_file(workspace: Workspace) -> None:
    """Moments from the first import to the last byte; what is saved is whole (see `workspace`), and nobody sees a traceback."""
    (workspace.folder / "idptest.toml").write_text('[sp]\nentity_id = "https://a.example/"\nbase_url = "https://localhost:8443"\n')
    started = time.monotonic()
    assert workspace.idptest("login", "--demo", "--report", "json=hel.json").code == 0
    whole = time.monotonic() - started
    codes = set()
    for step in range(1, 16):
        process = workspace.start("login", "--demo", "--report", f"json=del-{step}.json")
        time.sleep(whole * step / 14)
        process.send_signal(signal.SIGINT)
        codes.add(workspace.ended(process, "login", "--demo", str(step)).code)
    # Within an import CPython ends by the signal itself, which a shell shows as 130 too.
    assert codes <= {0, 130, -signal.SIGINT}
    assert 130 in codes
    for path in workspace.folder.glob("*.json"):
        assert json.loads(path.read_text(encoding="utf-8"))["format"] == "idptest-reports/1"


def test_what_init_found_it_leaves(workspace: Workspace) -> None:
    (workspace.folder / "idptest.toml").write_text("# mitt\n", encoding="utf-8")
    (workspace.folder / ".gitignore").write_text("*.bak", encoding="utf-8")
    (workspace.folder / ".gitignore").chmod(0o644)
    assert workspace.idptest("init").code == 0
    assert (workspace.folder / "idptest.toml").read_text(encoding="utf-8") == "# mitt\n"
    assert (workspace.folder / ".gitignore").read_text(encoding="utf-8") == "*.bak\n.idptest/\n"
    assert (workspace.folder / ".gitignore").stat().st_mode & 0o777 == 0o644
    kept = {path: path.read_bytes() for path in workspace.files()}
    assert workspace.idptest("init", "--lang", "sv").code == 0
    assert {path: path.read_bytes() for path in workspace.files()} == kept
    assert Path(workspace.folder / ".idptest" / "keys" / "sp-key.pem") in kept
