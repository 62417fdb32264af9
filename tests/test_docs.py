"""The generated documentation is what would be generated now, and the examples in the READMEs do what they show.

A block of README.md or README.sv.md is run when the line before it is `<!-- run -->`. Each line in it that begins with `$ idptest` is typed, in one
new folder for the whole file, and what follows it must be how the answer begins. `…` alone on a line leaves out the rest.
`<!-- run exit=3 lang=sv -->` says what the exit code is (else 0 or 1: it was judged) and which language the machine speaks (else English).
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from docs import generate
from idptest import settings
from idptest.settings_template import template

ROOT = Path(__file__).parents[1]
_BLOCK = re.compile(r"^<!-- run(?P<words>[^>]*)-->\n+```\w*\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_LOCALES = {"sv": "sv_SE.UTF-8", "en": "en_GB.UTF-8"}
# What is another each time.
_FLEETING = (
    (re.compile(r"\d{8}-\d{9}-(\w+)-[0-9a-f]{4}"), r"FLOW-\1"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z| UTC)?"), "TIME"),
    (re.compile(r"\bid-[0-9a-f]{32}\b"), "ID"),
)


@dataclass(frozen=True)
class Example:
    line: int
    command: str
    shows: tuple[str, ...]
    exits: tuple[int, ...]
    lang: str


def examples(text: str) -> list[Example]:
    """The marked commands, in order."""
    found: list[Example] = []
    for block in _BLOCK.finditer(text):
        words = dict(word.split("=", 1) for word in block["words"].split())
        exits = (int(words["exit"]),) if "exit" in words else (0, 1)
        first = text.count("\n", 0, block.start("body")) + 1
        for number, line in enumerate(block["body"].splitlines(), first):
            if line.startswith("$ "):
                found.append(Example(number, line[2:], (), exits, words.get("lang", "en")))
            elif found and found[-1].line >= first:
                found[-1] = Example(**{**vars(found[-1]), "shows": (*found[-1].shows, line)})
    return found


def steady(text: str) -> str:
    """Without what is another each time, and without spaces that nobody sees."""
    for pattern, word in _FLEETING:
        text = pattern.sub(word, text)
    return text.rstrip()


def run(example: Example, folder: Path) -> None:
    """Types the command, and compares."""
    words = shlex.split(example.command)
    assert words[0] == "idptest", f"line {example.line}: only idptest is run"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "IDPTEST_"))}
    environment |= {"LANG": _LOCALES[example.lang], "COLUMNS": "100", "TZ": "UTC", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "idptest", *words[1:]],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    assert done.returncode in example.exits and "Traceback" not in done.stdout, (
        f"line {example.line}: exit code {done.returncode}\n{done.stdout}"
    )
    shows = [steady(line) for line in example.shows]
    if "…" in shows:
        shows = shows[: shows.index("…")]
    while shows and not shows[-1]:
        shows.pop()
    said = [steady(line) for line in done.stdout.splitlines()]
    assert said[: len(shows)] == shows, f"line {example.line} shows something else than:\n{done.stdout}"


@pytest.mark.parametrize(("name", "text"), list(generate.files()), ids=lambda value: value if len(value) < 40 else "")
def test_generated_documentation_is_fresh(name: str, text: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == text, "run: make docs"


def test_links_in_the_generated_documentation_lead_somewhere() -> None:
    for name, text in generate.files():
        anchors = set(re.findall(r'<a id="([^"]+)">', text))
        assert set(re.findall(r"\]\(#([^)]+)\)", text)) == anchors, name
        assert [link for link in re.findall(r"\]\((\.\./[^)]+)\)", text) if not (ROOT / "docs" / link).is_file()] == [], name


@pytest.mark.parametrize("name", ["README.md", "README.sv.md"])
def test_examples_do_what_they_show(name: str, tmp_path: Path) -> None:
    found = examples((ROOT / name).read_text(encoding="utf-8"))
    assert found, f"{name} has no example that is run: write <!-- run --> before a block that begins with $ idptest"
    for example in found:
        run(example, tmp_path)


@pytest.mark.parametrize("name", ["README.md", "README.sv.md"])
def test_settings_in_the_readmes_are_settings(name: str) -> None:
    """Each table is put where `idptest init` has it, or last."""
    text = template("en")
    blocks = re.findall(r"^```toml\n(.*?)^```$", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert blocks
    for table in filter(None, re.split(r"^(?=\[)", "".join(blocks), flags=re.MULTILINE)):
        head = table.partition("]")[0] + "]\n"
        text = text.replace(head, table) if head in text else text + table
    read = settings.read(text)
    assert read.idps["exempelstad"].steps
    assert read.accounts["larare"].client_certificate


@pytest.mark.parametrize("shown", ["idptest, version", "idptest, version 9"])
def test_an_example_that_shows_something_else_is_noticed(shown: str, tmp_path: Path) -> None:
    [example] = examples(f"Text.\n\n<!-- run -->\n\n```console\n$ idptest --version\n{shown}\n```\n")
    assert example == Example(6, "idptest --version", (shown,), (0, 1), "en")
    with pytest.raises(AssertionError, match="shows something else"):
        run(example, tmp_path)


def test_an_example_with_another_exit_code_is_noticed(tmp_path: Path) -> None:
    found = examples("<!-- run exit=1 lang=sv -->\n```\n$ idptest login nobody\n…\n$ idptest login\n```\n")
    assert [(example.line, example.shows, example.exits, example.lang) for example in found] == [
        (3, ("…",), (1,), "sv"),
        (5, (), (1,), "sv"),
    ]
    with pytest.raises(AssertionError, match="exit code 2"):
        run(found[0], tmp_path)


def test_blocks_without_the_mark_are_not_run() -> None:
    assert examples("```console\n$ idptest login --demo\n```\n") == []
