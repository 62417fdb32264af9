"""What setup.cfg says is what the tree holds: a package or a data file that is forgotten is missing only for those who install."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from configparser import ConfigParser
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SETUP = ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")
HEAVY = ("lxml", "saml2", "playwright", "requests", "cryptography", "xmlsec", "signxml", "jose", "duckdb")


def lines(section: str, key: str) -> list[str]:
    return SETUP[section][key].split("\n")[1:]


def pairs(section: str, key: str) -> dict[str, str]:
    return dict(line.split(" = ", 1) for line in lines(section, key))


def folders() -> dict[str, Path]:
    """Each package that the tree holds, and its folder."""
    moved = {name: ROOT / folder for name, folder in pairs("options", "package_dir").items()}
    own = {
        ".".join(folder.relative_to(ROOT).parts): folder
        for folder in [ROOT / "idptest", *(path for path in (ROOT / "idptest").rglob("*") if path.is_dir())]
        if folder.name != "__pycache__"
    }
    return own | moved


def requirements() -> dict[str, str]:
    """Each requirement's name, as it is normalised, and its bounds."""
    return _bounds(lines("options", "install_requires"))


def extras() -> dict[str, str]:
    """The same of what a command needs only when it is used."""
    return _bounds([line for extra in SETUP["options.extras_require"] if extra != "dev" for line in lines("options.extras_require", extra)])


def _bounds(listed: list[str]) -> dict[str, str]:
    found = {}
    for line in listed:
        name, bounds = re.fullmatch(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?(.*)", line).groups()  # type: ignore[union-attr]
        found[_normal(name)] = bounds
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported() -> dict[str, set[str]]:
    """What the program imports that is neither Python's nor ours, and where."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "idptest").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            else:
                continue
            for name in names:
                top = name.partition(".")[0]
                if top != "idptest" and top not in sys.stdlib_module_names:
                    found.setdefault(top, set()).add(path.relative_to(ROOT).as_posix())
    return found


def test_packages_are_those_of_the_tree() -> None:
    assert lines("options", "packages") == sorted(folders())


@pytest.mark.parametrize("package", folders())
def test_every_package_can_be_imported_from_a_wheel(package: str) -> None:
    assert (folders()[package] / "__init__.py").is_file()


@pytest.mark.parametrize("package", folders())
def test_every_data_file_is_packed(package: str) -> None:
    folder = folders()[package]
    packed = {path for pattern in SETUP["options.package_data"]["*"].split(", ") for path in folder.glob(pattern)}
    other = [inner for inner in folders().values() if inner != folder and inner.is_relative_to(folder)]
    there = {
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc") and not any(path.is_relative_to(inner) for inner in other)
    }
    assert there <= packed


def test_the_data_packages_hold_data() -> None:
    for name in pairs("options", "package_dir"):
        assert [path for path in folders()[name].rglob("*") if path.suffix in (".toml", ".xml", ".pem", ".json", ".html")], name


def test_everything_imported_is_declared() -> None:
    known = packages_distributions()
    undeclared = {
        name: sorted(where)
        for name, where in imported().items()
        if not {_normal(distribution) for distribution in known.get(name, ())} & (requirements().keys() | extras().keys())
    }
    assert not undeclared


@pytest.mark.parametrize(("name", "bounds"), requirements().items())
def test_what_is_installed_is_within_the_bounds(name: str, bounds: str) -> None:
    found = re.fullmatch(r">=([0-9.]+)(?:,<([0-9.]+))?", bounds)
    assert found, f"{name}{bounds}: a lower bound is needed"
    here, low, high = _numbers(version(name)), _numbers(found[1]), _numbers(found[2] or "999999")
    assert low <= here < high


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:4])


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["login", "--help"]], ids=" ".join)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-X", "importtime", "-m", "idptest", *arguments], capture_output=True, encoding="utf-8")
    assert done.returncode == 0 and done.stdout
    modules = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "click" in modules
    assert not {name for name in modules if name.partition(".")[0] in HEAVY}


def test_make_help_lists_every_target_in_order() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE)
    assert phony is not None
    assert phony[1].split() == ["help", *re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE)]
