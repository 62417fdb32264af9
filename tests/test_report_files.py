"""--format, --output and --report: every format by itself, and all of them from one login."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from lxml import etree, html

from idptest.cli import group
from idptest.errors import ConfigurationError

LOGIN = ("login", "--demo", "larare", "--defect", "scope-wrong", "--lang", "sv")


def run(*words: str) -> Result:
    return CliRunner().invoke(group, [*LOGIN, *words], prog_name="idptest", standalone_mode=False)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def verdict(form: str, text: str) -> bool:
    """Does this report say that the login does not hold?"""
    if form == "json":
        return json.loads(text)["summary"]["conformant"] is False
    if form == "junit":
        return etree.fromstring(text.encode()).get("failures") == "1"
    if form == "html":
        return "håller inte" in html.document_fromstring(text).xpath("string(//h1)")
    return "INTE KLART" in text


FORMATS = ("text", "json", "junit", "html")


@pytest.mark.parametrize("form", FORMATS)
def test_each_format_is_printed(form: str) -> None:
    done = run("--format", form)
    assert done.return_value == 1
    assert verdict(form, done.output)


def test_all_formats_at_once_from_one_login() -> None:
    done = run(*(word for form in FORMATS for word in ("--report", f"{form}=report.{form}")))
    assert verdict("text", done.output)
    for form in FORMATS:
        assert verdict(form, Path(f"report.{form}").read_text(encoding="utf-8"))


def test_one_format_may_be_written_to_two_files_in_no_folder_of_ours() -> None:
    run("--report", "html=a.html", "--report", "html=b.html", "--output", "c.txt")
    assert Path("a.html").read_bytes() == Path("b.html").read_bytes()
    assert verdict("text", Path("c.txt").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--report", "html"), "FORMAT=FILE"),
        (("--report", "pdf=x"), "text, json, junit, html"),
        (("--report", "html=x", "--report", "junit=x"), "writes x twice"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_login(words: tuple[str, ...], said: str) -> None:
    problem = run(*words).exception
    assert isinstance(problem, ConfigurationError)
    assert said in problem.words.en


@pytest.mark.parametrize(("level", "failures"), [("must", "0"), ("should", "1")])
def test_junit_counts_what_the_exit_code_counts(level: str, failures: str) -> None:
    words = ["login", "--demo", "larare", "--defect", "certificate-ends-soon", "--format", "junit", "--fail-on", level]
    done = CliRunner().invoke(group, words, prog_name="idptest", standalone_mode=False)
    assert etree.fromstring(done.output.encode()).get("failures") == failures
    assert done.return_value == int(failures)
