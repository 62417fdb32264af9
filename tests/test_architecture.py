"""The house's own rules: which way imports point, who may touch the outside, what names and texts look like."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import idptest
from idptest import catalogue, resources
from idptest.model.login import EXPECTED
from idptest.model.rule import Level, Rule

ROOT = Path(idptest.__file__).parent
# Left is imported by right. What stands together may import each other.
LAYERS = (
    ("errors", "resources", "model", "toml_edit", "toml_lines"),
    (
        "settings",
        "settings_address",
        "settings_directory",
        "settings_sp",
        "settings_steps",
        "settings_trace",
        "settings_template",
        "expected_changes",
        "feeds",
        "feed_words",
    ),
    ("identifiers",),
    ("saml", "oidc", "attributes", "assurance", "consumers", "products", "moa"),
    ("decode", "decode_oidc", "observe", "feed_facts", "lint", "registration", "trace"),
    ("expectations",),
    ("catalogue",),
    ("checks", "probes"),
    ("validator", "suggest"),
    ("login",),
    ("demo", "reporters", "captured", "onboarding"),
    ("selftest",),
    ("adapters",),
    ("cli", "pytest_plugin"),
    ("__main__",),
)
LAYER = {name: number for number, layer in enumerate(LAYERS) for name in layer}
OUTSIDE = ("adapters", "cli", "pytest_plugin")
# Sockets, files, clock, randomness, environment, processes.
FORBIDDEN = {
    "asyncio", "fileinput", "ftplib", "getpass", "glob", "http", "io", "locale", "multiprocessing", "os", "pathlib", "platform", "random",
    "requests", "saml2.client", "sched", "secrets", "selectors", "shutil", "signal", "smtplib", "socket", "socketserver", "sqlite3", "ssl",
    "subprocess", "sys", "tempfile", "threading", "time", "urllib.request", "urllib3", "webbrowser",
}  # fmt: skip
ALLOWED = {"pathlib.PurePath", "pathlib.PurePosixPath", "http.cookies"}
READS_PACKAGE_DATA = "resources"
CLOCKS = {"now", "utcnow", "today"}
FILES = {
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "unlink",
    "iterdir",
    "mkdir",
    "exists",
    "is_file",
    "is_dir",
    "uuid1",
    "uuid4",
}
PARSES = {
    "fromstring",
    "fromstringlist",
    "parse",
    "iterparse",
    "XML",
    "XMLParser",
    "XMLPullParser",
    "XMLID",
    "parseid",
    "HTML",
    "HTMLParser",
}


@cache
def modules() -> dict[str, tuple[Path, ast.Module]]:
    """Dotted name below idptest → its file and tree."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        inside = path.relative_to(ROOT)
        if inside.parts[0] in ("attribute_rules", "metadata"):
            continue
        name = ".".join(inside.with_suffix("").parts).removesuffix(".__init__")
        found[name] = (path, ast.parse(path.read_text(encoding="utf-8")))
    return found


def room(module: str) -> str:
    return module.partition(".")[0]


def imported(module: str) -> Iterator[tuple[str, int]]:
    """Every dotted name that a module imports, wherever in it: at the top, in functions, for the type checker."""
    path, tree = modules()[module]
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = ["idptest", *package][: len(package) + 2 - node.level] if node.level else []
            start = ".".join([*above, node.module] if node.module else above)
            yield from ((f"{start}.{alias.name}", node.lineno) for alias in node.names)


RULES = tuple(catalogue.all_rules())
MODULES = [name for name in modules() if name != "__init__"]


def test_there_is_something_to_look_at() -> None:
    assert len(MODULES) > 60
    assert len(RULES) > 40


@pytest.mark.parametrize("name", sorted({room(name) for name in MODULES}))
def test_every_room_has_its_place_in_the_order(name: str) -> None:
    assert name in LAYER, f"idptest/{name} has no place in LAYERS"


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_one_way(module: str) -> None:
    wrong = []
    for name, line in imported(module):
        if not name.startswith("idptest."):
            continue
        target = room(name.removeprefix("idptest."))
        if target in LAYER and LAYER[target] > LAYER[room(module)]:
            wrong.append(f"{module}:{line} imports {name}")
    assert not wrong


def test_the_direction_test_sees_imports_in_every_disguise() -> None:
    def seen(module: str) -> set[str]:
        return {name for name, _ in imported(module)}

    assert "idptest.adapters.demo" in {name.rpartition(".")[0] for module in MODULES if room(module) == "cli" for name in seen(module)}
    assert any(name.startswith("xmlsec") for name in seen("saml.signature")), "imports inside functions"


@pytest.mark.parametrize("module", [name for name in MODULES if room(name) not in (*OUTSIDE, "__main__")])
def test_only_adapters_and_cli_touch_the_outside(module: str) -> None:
    _, tree = modules()[module]
    wrong = []
    for name, line in imported(module):
        taken = {name, *(name.rsplit(".", cut)[0] for cut in range(1, name.count(".") + 1))}
        if taken & FORBIDDEN and not taken & ALLOWED:
            wrong.append(f"line {line}: import {name}")
        if name.startswith("importlib.resources") and module != READS_PACKAGE_DATA:
            wrong.append(f"line {line}: only resources.py reads package data")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and called.id in ("open", "input", "print", "exec", "eval", "__import__"):
                wrong.append(f"line {node.lineno}: {called.id}()")
            if (
                isinstance(called, ast.Attribute)
                and called.attr in CLOCKS
                and ast.unparse(called.value).rpartition(".")[2] in ("datetime", "date")
            ):
                wrong.append(f"line {node.lineno}: {ast.unparse(called)}()")
            if isinstance(called, ast.Attribute) and called.attr in FILES and module != READS_PACKAGE_DATA:
                wrong.append(f"line {node.lineno}: {ast.unparse(called)}()")
    assert not wrong


@pytest.mark.parametrize("module", [name for name in MODULES if name != "saml.xml"])
def test_xml_is_parsed_in_one_place_and_html_at_login_only(module: str) -> None:
    _, tree = modules()[module]
    names = {name for name, _ in imported(module)}
    others = {name for name in names if re.match(r"(xml\.|html\.parser|lxml\.objectify|bs4|html5lib)", name)}
    assert not {name for name in names if name.startswith("lxml.html")} or room(module) == "login"
    assert not {name for name in others if not (name.startswith("html.parser") and room(module) == "login")}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in PARSES
            and ast.unparse(node.value) in ("etree", "lxml.etree", "ElementTree", "ET")
        ):
            pytest.fail(f"{module}:{node.lineno}: {ast.unparse(node)}: only saml/xml.py parses XML")
    assert not names & {f"lxml.etree.{word}" for word in PARSES}


def test_no_pickle_no_yaml() -> None:
    for module in MODULES:
        assert not {name.partition(".")[0] for name, _ in imported(module)} & {"pickle", "marshal", "shelve", "yaml"}, module


# --- names and sizes


@pytest.mark.parametrize("module", MODULES)
def test_nothing_is_called_after_nothing(module: str) -> None:
    for word in module.split("."):
        assert not re.search(r"(^|_)(utils?|helpers?|common|base|managers?|misc)(_|$)", word)
    names = [node.name for node in ast.walk(modules()[module][1]) if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    assert not [name for name in names if re.search(r"(Utils?|Helper|Common|Base|Manager)$", name)]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_over_400_lines_is_two(module: str) -> None:
    assert len(modules()[module][0].read_text(encoding="utf-8").splitlines()) <= 400


ROOMS_OF_TESTS = sorted(path.relative_to(ROOT.parent).as_posix() for path in (ROOT.parent / "tests").rglob("*.py"))


@pytest.mark.parametrize("room", ROOMS_OF_TESTS)
def test_a_room_of_tests_over_400_lines_is_two(room: str) -> None:
    assert len((ROOT.parent / room).read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_what_it_is(module: str) -> None:
    assert ast.get_docstring(modules()[module][1])


# --- rules


CHECKS = {name.removeprefix("checks.").replace("_", "-") for name in MODULES if name.startswith("checks.")}


def test_no_ruleset_bears_a_check_modules_name() -> None:
    assert CHECKS
    assert not CHECKS & set(resources.rulesets())


def test_ids_are_addresses_and_occur_once() -> None:
    ids = [rule.id for rule in RULES]
    assert not [rule for rule, count in Counter(ids).items() if count > 1]
    for rule in RULES:
        place, _, name = rule.id.partition("/")
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name), rule.id
        file, _, line = rule.origin.rpartition(":")
        text = (ROOT.parent / file).read_text(encoding="utf-8").splitlines() if not file.startswith("idptest/checks") else None
        if rule.ruleset:
            assert (place, file) == (rule.ruleset, f"attribute_rules/{place}.toml")
            assert text is not None
            assert text[int(line) - 1] == f"[{name}]"
        else:
            assert place in CHECKS
            assert file == f"idptest/checks/{place.replace('-', '_')}.py"
            nearby = (ROOT / "checks" / f"{place.replace('-', '_')}.py").read_text(encoding="utf-8").splitlines()[int(line) - 1 :]
            first = next(found for found in nearby if found.startswith("def "))
            assert first.startswith(f"def {name.replace('-', '_')}(")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_everything_in_both_languages(rule: Rule) -> None:
    for english, swedish in ((rule.en.title, rule.sv.title), (rule.en.why, rule.sv.why), (rule.en.fix, rule.sv.fix)):
        assert english.strip() == english != ""
        assert swedish.strip() == swedish != ""
        assert english != swedish
        assert "\n" not in english + swedish
        assert "  " not in english + swedish
    for title in (rule.en.title, rule.sv.title):
        assert not title.endswith(".")
        assert title[0] == title[0].upper() or title.startswith(("eduPerson", "entityID"))
    for sentence in (rule.en.why, rule.en.fix, rule.sv.why, rule.sv.fix):
        assert sentence.endswith((".", "!", "?", ")", '"')), sentence
    assert isinstance(rule.level, Level)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_source_can_be_looked_up(rule: Rule) -> None:
    """A clause of a standard, or an address with the date it was read."""
    assert rule.source.strip()
    if "http" in rule.source:
        assert re.search(r"https?://\S+", rule.source)
        assert re.search(r"\(read \d{4}-\d{2}(-\d{2})?\)", rule.source), rule.source
    else:
        assert re.search(r"\d", rule.source), rule.source


@pytest.mark.parametrize("lang", ["en", "sv"])
def test_no_sentence_stands_twice(lang: str) -> None:
    titles = Counter(rule.text(lang).title.casefold() for rule in RULES)
    assert not {
        title: [rule.id for rule in RULES if rule.text(lang).title.casefold() == title] for title, count in titles.items() if count > 1
    }


def test_what_blocks_is_a_rule() -> None:
    ids = {rule.id for rule in RULES}
    assert set(EXPECTED.values()) <= ids
    for module in MODULES:
        path, tree = modules()[module]
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "blocked_by" and isinstance(node.value, ast.Constant) and node.value.value:
                assert node.value.value in ids, f"{path.name}:{node.value.lineno}"
