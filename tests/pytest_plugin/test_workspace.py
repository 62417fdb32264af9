"""`pytest --idptest idptest.toml`: how often somebody logs in, what is noted of it, and what never stands in pytest's output."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable

import pytest

from idptest.adapters import history
from tests.pytest_plugin.plugin import TEACHER, Pytest, Town, outcomes

pytest_plugins = "pytester"


def test_collecting_asks_nobody_and_a_run_logs_in_once(run: Pytest, town: Callable[..., Town], monkeypatch: pytest.MonkeyPatch) -> None:
    place = town()
    monkeypatch.delenv("TOWN_PASSWORD")
    assert "idptest.toml::larare::dnp/eppn-is-released" in run("--idptest", "idptest.toml", "--collect-only", "-q").outlines
    assert place.lines == []
    assert TEACHER
    monkeypatch.setenv("TOWN_PASSWORD", TEACHER.password)
    done = run("--idptest", "idptest.toml", "-k", "eppn")
    assert outcomes(done)["passed"] > 10
    flows = [json.loads(path.read_text(encoding="utf-8")) for path in (place.folder / ".idptest" / "flows").glob("*.json")]
    logins = [line for line in place.lines if "/login" in line and line.startswith("POST")]
    assert 0 < len(flows) <= 2  # the gateway's login, and the level 3 login
    assert len(logins) <= 2 * len(flows)


def test_nothing_secret_and_nobodys_values_are_shown(run: Pytest, town: Callable[..., Town], pytester: pytest.Pytester) -> None:
    """With everything that pytest has to show locals, logs and output."""
    place = town("scope-wrong")
    place.write(totp_env='"TOWN_TOTP"')
    pytester.makepyfile(
        """
        def test_own(idp_login, idp_account):
            found = idp_login(idp_account.name)
            report, login, flow = found.report, found.login, found.flow
            finding = report.failures()[0]
            assert not found

        def test_bug(idp_login, monkeypatch):
            from idptest.adapters.login_runner import LoginRunner
            def broken(self, target):
                secret = target.credentials.password
                raise RuntimeError(secret)
            monkeypatch.setattr(LoginRunner, "run", broken)
            idp_login("larare", fresh=True)
        """
    )
    done = run("--idptest", "idptest.toml", "-vv", "--showlocals", "--full-trace", "-rA", "--log-level=DEBUG", "-o", "log_cli=true")
    text = done.stdout.str() + done.stderr.str()
    assert TEACHER and TEACHER.totp_secret
    assert outcomes(done)["failed"] >= 3, text[-3000:]
    assert "a bug in idptest: RuntimeError" in text and "found " in text
    for value in (TEACHER.password, TEACHER.totp_secret, str(TEACHER.object_guid), TEACHER.surname, TEACHER.user_principal_name):
        assert value not in text
    assert f"{str(TEACHER.object_guid)[:4]}…{str(TEACHER.object_guid)[-4:]}" in text or "edu.exempelstad.se" in text


@pytest.mark.parametrize(("how", "shown"), [((), False), (("--idptest-show-values",), True)], ids=["masked", "shown"])
def test_values_are_masked_unless_asked_for(run: Pytest, town: Callable[..., Town], how: tuple[str, ...], shown: bool) -> None:
    town("eppn-upper-case")
    done = run("--idptest", "idptest.toml", *how, "-k", "canonical or local-part")
    assert outcomes(done)["failed"] >= 1
    assert TEACHER
    assert (str(TEACHER.object_guid).upper() in done.stdout.str()) is shown


def test_when_the_idp_is_down_each_test_says_so(run: Pytest, town: Callable[..., Town]) -> None:
    place = town()
    with socket.socket() as taken:  # nobody listens here
        taken.bind(("127.0.0.1", 0))
        place.write()
        config = place.folder / "idptest.toml"
        config.write_text(re.sub(r"http://[0-9.:]+/", f"http://127.0.0.1:{taken.getsockname()[1]}/", config.read_text("utf-8")), "utf-8")
        done = run("--idptest", "idptest.toml", "-k", "dnp")
    found = outcomes(done)
    assert found["errors"] > 5 and not {"passed", "failed"} & set(found)
    said = {line for line in done.outlines if "metadata could not be fetched" in line and not line.startswith("ERROR ")}
    assert len(said) == 1
    assert "Traceback" not in done.stdout.str()


def test_when_the_login_goes_nowhere_each_test_says_so(run: Pytest, town: Callable[..., Town], pytester: pytest.Pytester) -> None:
    place = town()
    from idptest.adapters.demo_server import DemoServer as Other

    gone = Other({"https://idptest.exempelstad.se/sp": "https://localhost:8443/saml/acs"})
    with_address = gone._municipality.metadata(gone._now())
    gone._server.server_close()
    (place.folder / "idp.xml").write_bytes(with_address)
    config = place.folder / "idptest.toml"
    config.write_text(re.sub(r'metadata = ".*"', 'metadata = "idp.xml"', config.read_text("utf-8")), "utf-8")
    done = run("--idptest", "idptest.toml", "-k", "dnp/")
    found = outcomes(done)
    assert found["errors"] > 3 and "failed" not in found
    assert "(waits for login/idp-completes-the-login)" in done.stdout.str()


WRONG = {
    "no file": (("--idptest", "nowhere/idptest.toml"), "there is no such file"),
    "another file": (("--idptest", "pyproject.toml"), "takes a file called idptest.toml"),
    "a wrong key": (("--idptest", "idptest.toml"), 'idptest.toml:13: there is no "pasword"'),
    "an unknown defect": (("--idptest-demo", "--idptest-defect", "scope-wrang"), 'did you mean "scope-wrong"?'),
    "a defect alone": (("--idptest-defect", "scope-wrong"), "--idptest-defect goes with --idptest FILE or --idptest-demo"),
    "both": (("--idptest-demo", "--idptest", "idptest.toml"), "--idptest-demo goes without --idptest"),
    "a browser to nowhere": (("--idptest-demo", "--idptest-driver", "browser"), "has no address"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_one_line(run: Pytest, town: Callable[..., Town], case: str) -> None:
    arguments, line = WRONG[case]
    town().write("pasword = 1\n" if case == "a wrong key" else "")
    done = run(*arguments)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    said = [text for text in done.errlines if text.strip()]
    assert len(said) == 1 and said[0].startswith("ERROR: ")
    assert line in said[0] or (case == "a wrong key" and "pasword" in said[0])
    assert "INTERNALERROR" not in done.stdout.str()


def test_a_secret_that_is_not_there_is_said_before_anything_is_sent(
    run: Pytest, town: Callable[..., Town], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = town()
    monkeypatch.delenv("TOWN_PASSWORD")
    done = run("--idptest", "idptest.toml")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["ERROR: idptest: *the environment variable TOWN_PASSWORD is not set"])
    assert place.lines == []


def test_waivers(run: Pytest, town: Callable[..., Town]) -> None:
    waiver = '\n[[waiver]]\nrule = "{}"\nreason = "ticket 4711"\nuntil = 2099-12-31\n'
    town("scope-wrong").write(waiver.format("dnp/eppn-scope-in-metadata") + waiver.format("dnp/eppn-is-released"), test_person="true")
    done = run("--idptest", "idptest.toml", "-rx", "-k", "dnp/eppn-scope-in-metadata or dnp/eppn-is-released")
    found = outcomes(done)
    assert (found["xfailed"], found["passed"], found["warnings"]) == (1, 1, 1)
    assert "ticket 4711" in done.stdout.str()
    assert "dnp/eppn-is-released: is not needed, the rule holds: remove it" in done.stdout.str()


# --- the history


def test_a_login_is_noted_in_the_history_once(run: Pytest, town: Callable[..., Town], pytester: pytest.Pytester) -> None:
    """As every judged login in a workspace is: a night's run of pytest is worth as much as one of idptest login."""
    place = town()
    pytester.makepyfile(
        """
        def test_again(idp_login):
            first, again = idp_login("larare"), idp_login("larare", fresh=True)
            assert first.observation.run != again.observation.run
        """
    )
    done = run("--idptest", "idptest.toml", "-k", "dnp/ or test_again")
    assert "failed" not in outcomes(done)
    seen = history.read(place.folder, print)
    flows = sorted(path.stem for path in (place.folder / ".idptest" / "flows").glob("*.json"))
    assert sorted(str(each.flow) for each in seen) == flows
    assert len(seen) == 2 * len([each for each in seen if each.run == seen[0].run]) >= 2
    assert {each.account for each in seen} == {"larare"} and not any(each.test_person for each in seen)


def test_a_history_that_cannot_be_written_is_a_warning(run: Pytest, town: Callable[..., Town]) -> None:
    (town().folder / history.FILE).mkdir(parents=True)
    found = outcomes(run("--idptest", "idptest.toml", "-k", "dnp/"))
    assert found["passed"] > 3 and found["warnings"] >= 1 and not {"failed", "errors"} & set(found)


def test_a_history_of_a_newer_idptest_is_said_before_anything_is_sent(run: Pytest, town: Callable[..., Town]) -> None:
    place = town()
    (place.folder / ".idptest").mkdir()
    with contextlib.closing(sqlite3.connect(place.folder / history.FILE)) as database:
        database.execute("PRAGMA user_version = 99")
    done = run("--idptest", "idptest.toml")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert "use a newer idptest" in done.stderr.str()
    assert place.lines == []


# --- since the baseline


def test_what_has_changed_since_the_baseline_fails(run: Pytest, town: Callable[..., Town], pytester: pytest.Pytester) -> None:
    town()
    for words in (("login", "larare"), ("baseline", "save", "fore")):
        done = subprocess.run(
            [sys.executable, "-m", "idptest", *words], cwd=pytester.path, check=False, capture_output=True, encoding="utf-8"
        )
        assert done.returncode == 0, done.stderr
    same = run("--idptest", "idptest.toml", "-k", "history-")
    assert outcomes(same).get("failed", 0) == outcomes(same).get("errors", 0) == 0
    assert outcomes(same)["passed"] > 5
    town("eppn-base64")
    changed = run("--idptest", "idptest.toml", "-k", "history-eppn", "-rA")
    assert outcomes(changed)["failed"] == 1
    text = changed.stdout.str()
    assert "history-eppn/eppn-is-unchanged" in text and "base64-ad" in text
    assert TEACHER and str(TEACHER.object_guid) not in text, "nobody's test person"
    # One that is meant is none that fails.
    meant = '[[change]]\nwhat = "eppn-encoding"\nreason = "decision 4711"\n'
    (pytester.path / "expected-changes.toml").write_text(meant, encoding="utf-8")
    assert outcomes(run("--idptest", "idptest.toml", "-k", "history-eppn")).get("failed", 0) == 0
    missing = run("--idptest", "idptest.toml", "--idptest-baseline", "efter", "--collect-only")
    assert any('there is no baseline "efter"' in line for line in missing.errlines)
