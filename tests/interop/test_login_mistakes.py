"""What goes wrong on our own side: settings, files, terminals, interruptions. One clear line, the right exit code, nothing half-written."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.interop.pages import Answer, Asked, Pages, metadata
from tests.interop.simplesamlphp import SimpleSamlPhp
from tests.interop.workspace import ELEV, LARARE, Run, Workspace, point_to

Start = Callable[..., SimpleSamlPhp]


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
    workspace.use(simplesamlphp_idp(workspace.set_up(), users=(LARARE, ELEV), name_format="uri"))
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
    workspace.use(simplesamlphp_idp(workspace.set_up(), users=(LARARE, ELEV), name_format="uri"))
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
