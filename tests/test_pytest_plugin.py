"""`pytest --idptest`: which tests there are, what they say, how often somebody logs in, and what never stands in pytest's output."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lxml import etree

from idptest.adapters import history
from idptest.adapters.demo import named
from idptest.adapters.demo_server import DemoServer
from idptest.demo.people import person
from tests.exempelstad import log_in
from tests.test_packaging import HEAVY, pairs

pytest_plugins = "pytester"

TEACHER, PUPIL = person("larare"), person("elev")
assert TEACHER and PUPIL
EPPN = "exempelstad::larare::dnp/eppn-is-released"
EXAMPLE = Path(__file__).parents[1] / "docs" / "guide" / "pytest-example"

# The first writes, the second imports all of Hypothesis anew in each run.
_WITHOUT = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
Pytest = Callable[..., pytest.RunResult]


@pytest.fixture(scope="module", autouse=True)
def _everything_is_imported() -> None:
    """pytester forgets what is imported during its runs, and some libraries may not be imported twice."""
    import idptest.pytest_plugin.collecting  # noqa: F401

    log_in()


@pytest.fixture
def run(pytester: pytest.Pytester, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Pytest:
    """pytest in an empty folder, in this process; with the plugin although this idptest may have been installed before it had one."""
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    for name in ("LC_ALL", "CI", "BUILD_NUMBER"):  # in CI, pytest's summary lines are as long as they are
        monkeypatch.delenv(name, raising=False)
    plugin = () if request.config.pluginmanager.has_plugin("idptest") else ("-p", "idptest.pytest_plugin")
    return lambda *arguments: pytester.runpytest_inprocess(*plugin, *_WITHOUT, *map(str, arguments))


def outcomes(done: pytest.RunResult) -> dict[str, int]:
    return done.parseoutcomes()


def test_the_entry_point_is_the_plugin() -> None:
    assert pairs("options.entry_points", "pytest11") == {"idptest": "idptest.pytest_plugin"}


# --- which tests there are


def test_a_test_for_each_account_and_rule(run: Pytest) -> None:
    done = run("--idptest-demo", "--collect-only", "-q")
    ids = [line for line in done.outlines if "::" in line]
    assert EPPN in ids
    assert {line.split("::")[1] for line in ids} == {"larare", "elev"}
    assert len(ids) == len(set(ids)) > 200
    assert not [line for line in ids if line.startswith("exempelstad::elev::dnp-teacher/")]


@pytest.mark.parametrize(
    "chosen", [(EPPN,), ("-k", "larare and dnp/eppn-is-released"), ("exempelstad::larare", "-k", "dnp/eppn-is-released")], ids=" ".join
)
def test_one_test_is_chosen_as_any_other(run: Pytest, chosen: tuple[str, ...]) -> None:
    done = run("--idptest-demo", *chosen, "-v")
    assert outcomes(done).pop("passed") == 1
    done.stdout.fnmatch_lines([f"*{EPPN} PASSED*"])


def test_ours_and_somebodys_own(run: Pytest, pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_one(): pass")
    both = ("--idptest-demo", "-k", "test_one or (larare and dnp/eppn-is-released)")
    assert outcomes(run(*both))["passed"] == 2
    assert outcomes(run("--idptest-demo", "test_ours_and_somebodys_own.py::test_one")) == {"passed": 1}
    assert outcomes(run("--idptest-demo", "test_ours_and_somebodys_own.py::test_one", EPPN)) == {"passed": 2}
    assert outcomes(run("--idptest-demo", "-m", "not idptest"))["passed"] == 1
    assert outcomes(run()) == {"passed": 1}


def test_a_name_that_there_is_not(run: Pytest) -> None:
    done = run("--idptest-demo", "exempelstad::rektor")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert "INTERNALERROR" not in done.stdout.str() + done.stderr.str()
    done.stderr.fnmatch_lines(["ERROR: idptest: not found: exempelstad::rektor (accounts: larare, elev)"])
    assert run("--idptest-demo", "exempelstad::larare::dnp/nothing").ret == pytest.ExitCode.USAGE_ERROR


# --- what they say


def test_a_failure_says_what_was_found_why_and_what_to_change(run: Pytest) -> None:
    done = run("--idptest-demo", "--idptest-defect", "scope-wrong", "-k", "larare and scope-in-metadata")
    assert done.ret == pytest.ExitCode.TESTS_FAILED
    done.stdout.fnmatch_lines(
        [
            "*larare: The part of the EPPN after @ is a scope declared in the IdP's metadata*",
            "The EPPN is sent, and the gateway drops it: it ends with edu.exempelstad.se*",
            "*As it should be: *",
            "*The gateway silently drops*",
            "*Do this: Add <shibmd:Scope*",
            "*MUST · more: idptest rules dnp/eppn-scope-in-metadata",
            "FAILED exempelstad::larare::dnp/eppn-scope-in-metadata - *",
        ]
    )
    assert "pytest_plugin" not in done.stdout.str()


def test_in_swedish(run: Pytest) -> None:
    done = run("--idptest-demo", "--idptest-defect", "scope-wrong", "--idptest-lang", "sv", "-k", "larare and scope-in-metadata")
    done.stdout.fnmatch_lines(["*EPPN skickas, *", "*Så ska det vara:*", "*Gör så här:*"])


def test_a_recommendation_fails_when_asked(run: Pytest) -> None:
    chosen = ("--idptest-demo", "--idptest-defect", "eppn-short-name", "exempelstad::larare::dnp/eppn-name-is-the-oid")
    done = run(*chosen, "-rx")
    assert (done.ret, outcomes(done)) == (0, {"xfailed": 1})
    assert "SHOULD: " in done.stdout.str()
    assert outcomes(run(*chosen, "--idptest-fail-on", "should")) == {"failed": 1}
    assert outcomes(run(*chosen, "--runxfail")) == {"failed": 1}


def test_nothing_to_judge_is_skipped_with_the_reason(run: Pytest) -> None:
    done = run("--idptest-demo", "exempelstad::larare", "-rs")
    assert outcomes(done)["skipped"] > 10
    assert not [line for line in done.outlines if line.startswith("SKIPPED") and not line.partition(": ")[2].strip()]


def test_what_cannot_be_judged_is_an_error_in_one_line(run: Pytest) -> None:
    done = run("--idptest-demo", "--idptest-defect", "level-refused", "exempelstad::larare")
    found = outcomes(done)
    assert found["failed"] == 1 and found["errors"] > 20
    waiting = {line for line in done.outlines if "(waits for " in line}
    assert 0 < len(waiting) < 5
    assert "Traceback" not in done.stdout.str()


def test_its_junit_is_pytests_own(run: Pytest, pytester: pytest.Pytester) -> None:
    run("--idptest-demo", "--idptest-defect", "level-refused", "exempelstad::larare", "--junit-xml=all.xml")
    cases = {case.get("name"): case for case in etree.parse(pytester.path / "all.xml").iter("testcase")}
    assert cases["login/idp-completes-the-login"].get("classname") == "exempelstad.larare"
    assert cases["login/idp-completes-the-login"].find("failure") is not None
    assert cases["dnp/eppn-is-released"].find("error") is not None


# --- a real configuration


class Town:
    """Exempelstad on loopback, and a workspace with an account there that is nobody's test person."""

    def __init__(self, folder: Path, *defects: str) -> None:
        self.lines: list[str] = []
        services = {"https://idptest.exempelstad.se/sp": "https://localhost:8443/saml/acs"}
        self.server = DemoServer(services, named(defects), log=self.lines.append)
        self.thread = threading.Thread(target=self.server.serve, daemon=True)
        self.thread.start()
        self.folder = folder
        self.write()

    def write(self, more: str = "", **account: str) -> None:
        assert TEACHER
        lines = {
            "idp": '"exempelstad"',
            "role": '"teacher"',
            "username": f'"{TEACHER.username}"',
            "password_env": '"TOWN_PASSWORD"',
        } | account
        text = f"""
[sp]
entity_id = "https://idptest.exempelstad.se/sp"
base_url = "https://localhost:8443"

[idp.exempelstad]
metadata = "{self.server.metadata_url}"

[account.larare]
""" + "".join(f"{key} = {value}\n" for key, value in lines.items())
        (self.folder / "idptest.toml").write_text(text + more, encoding="utf-8")

    @property
    def logins(self) -> int:
        """How many logins have begun."""
        return sum(line.startswith("GET /sso") or line.startswith("GET /saml") for line in self.lines)

    def stop(self) -> None:
        self.server.stop()
        self.thread.join()


@pytest.fixture
def town(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Town]]:
    assert TEACHER and TEACHER.totp_secret
    monkeypatch.setenv("TOWN_PASSWORD", TEACHER.password)
    monkeypatch.setenv("TOWN_TOTP", TEACHER.totp_secret)
    started: list[Town] = []

    def start(*defects: str) -> Town:
        started.append(Town(pytester.path, *defects))
        return started[-1]

    yield start
    for each in started:
        each.stop()


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


# --- somebody's own tests


def test_fixtures(run: Pytest, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        def test_each(idp_account, idp_login):
            found = idp_login(idp_account.name)
            assert found.report.conformant
            assert found is not None and found.login.principal_name.value.endswith("@exempelstad.se")
            assert found.flow.account.name == idp_account.name and idp_account.test_person
            assert found.flow is idp_login(idp_account.name).flow
            again = idp_login(idp_account.name, fresh=True)
            assert again.flow is not found.flow
            assert again.login.principal_name.value == found.login.principal_name.value

        @pytest.mark.parametrize("idp_account", ["elev"], indirect=True)
        def test_one(idp_account):
            assert (idp_account.name, idp_account.role, idp_account.idps) == ("elev", "pupil", ("exempelstad",))

        def test_nobody(idp_login):
            idp_login("rektor")
        """
    )
    done = run("--idptest-demo", "-m", "not idptest", "-v")
    found = outcomes(done)
    assert (found["passed"], found["failed"]) == (3, 1)
    done.stdout.fnmatch_lines(["*test_each?elev? PASSED*", "idp_login: exempelstad has no account rektor (larare, elev)"])


def test_fixtures_without_the_option_say_what_is_missing(run: Pytest, pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_a(idp_login): ...\ndef test_b(idp_account): ...")
    done = run()
    assert outcomes(done) == {"errors": 2}
    done.stdout.fnmatch_lines(["idp_login needs --idptest FILE or --idptest-demo", "idp_account needs --idptest FILE or --idptest-demo"])


# --- beside other plugins, and when nobody asked for it


def test_in_several_processes_an_account_stays_in_one(run: Pytest, town: Callable[..., Town], pytester: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    place = town()
    text = (place.folder / "idptest.toml").read_text("utf-8")
    (place.folder / "idptest.toml").write_text(text + text[text.index("[account.larare]") :].replace("larare]", "vikarie]"), "utf-8")
    done = pytester.runpytest_subprocess("--idptest", "idptest.toml", "-n", "2", "-k", "eppn", *_WITHOUT)
    found = outcomes(done)
    assert found["passed"] > 20 and not {"failed", "errors"} & set(found)
    names = [path.name for path in (place.folder / ".idptest" / "flows").glob("*.json")]
    assert len({name.split("-")[2] for name in names}) == 2
    assert len(names) <= 4


def test_without_the_option_nothing_is_imported(tmp_path: Path) -> None:
    script = (
        "import sys, pytest; code = pytest.main(['-p', 'idptest.pytest_plugin', '-p', 'no:idptest', '-p', 'no:cacheprovider', '--co', '-q']);"
        f"heavy = [name for name in sys.modules if name.partition('.')[0] in {(*HEAVY, 'click')!r}];"
        "ours = [name for name in sys.modules if name.startswith('idptest')];"
        "print(code, heavy, sorted(ours))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, encoding="utf-8")
    assert done.stdout.splitlines()[-1] == "5 [] ['idptest', 'idptest.pytest_plugin']", done.stdout + done.stderr


def test_the_example_in_the_guide(run: Pytest, pytester: pytest.Pytester) -> None:
    for path in EXAMPLE.glob("*.py"):
        (pytester.path / path.name).write_bytes(path.read_bytes())
    done = run("--idptest-demo")
    assert done.ret == 0
    assert outcomes(done)["passed"] > 200


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
