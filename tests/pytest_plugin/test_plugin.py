"""`pytest --idptest`: which tests there are, what they say, and somebody's own tests beside them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from tests.pytest_plugin.plugin import EPPN, EXAMPLE, WITHOUT, Pytest, Town, outcomes
from tests.test_packaging import HEAVY, pairs

pytest_plugins = "pytester"


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
    done = pytester.runpytest_subprocess("--idptest", "idptest.toml", "-n", "2", "-k", "eppn", *WITHOUT)
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
