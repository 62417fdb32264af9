"""The catalogue: every rule there is, in code and in data, under the id that is its address."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import pkgutil
import re
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import PurePath
from typing import Any

from idptest import __version__, resources
from idptest.assurance import Assurance
from idptest.attributes import Attributes
from idptest.errors import RuleFileError
from idptest.expectations import SUBJECTS, Expectation, expectation
from idptest.model.report import Tool
from idptest.model.rule import Level, Outcome, Rule, Text, Words
from idptest.toml_lines import line_of, nearest, parse

_TABLE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_RULE_KEYS = {"title", "level", "why", "fix", "source", "sv", "attribute", "authn_context", "metadata", "release", "expect", "when"}
RESERVED = ("request", "ruleset")


def check(level: Level, *, fix: str, sv: Text, spec: str | None = None, source: str | None = None) -> Callable[[Any], Any]:
    """Makes a function a rule. Its docstring's first line is the title, the rest says why.

    `spec` cites a clause of a standard; `source` a URL with the date it was read. Exactly one of them. The function takes the
    subject (its annotation is the subject's class) and, if it wants, the login, and returns an Outcome.
    """

    def made(function: Callable[..., Outcome]) -> Callable[..., Outcome]:
        where = f"{PurePath(inspect.getsourcefile(function) or '').name}:{inspect.getsourcelines(function)[1]}"
        title, _, why = inspect.cleandoc(function.__doc__ or "").partition("\n")
        cited = spec or source
        if not title or not why.strip() or not cited or (spec and source):
            raise RuleFileError(
                f"{function.__name__} lacks a title, a why or a source", f"{function.__name__} saknar rubrik, skäl eller källa", where=where
            )
        module = function.__module__.rpartition(".")[2]
        takes = list(inspect.signature(function).parameters)
        subject = typing.get_type_hints(function)[takes[0]]
        rule = Rule(
            id=f"{module}/{function.__name__}".replace("_", "-"),
            level=level,
            en=Text(title.rstrip("."), " ".join(why.split()), fix),
            sv=replace(sv, title=sv.title.rstrip(".")),
            source=cited,
            subject=subject,
            origin=f"idptest/checks/{where}",
            test=function if len(takes) > 1 else (lambda subject, login: function(subject)),
        )
        function.rule = rule  # type: ignore[attr-defined]
        return function

    return made


@cache
def rules_in_code() -> tuple[Rule, ...]:
    """The rules of every module in idptest/checks, in the order they stand. A module that does not import stops everything."""
    checks = importlib.import_module("idptest.checks")
    found: list[Rule] = []
    for module in sorted(entry.name for entry in pkgutil.iter_modules(checks.__path__)):
        loaded = importlib.import_module(f"idptest.checks.{module}")
        found += [
            value.rule
            for value in vars(loaded).values()
            if inspect.isfunction(value) and value.__module__ == loaded.__name__ and hasattr(value, "rule")
        ]
    return tuple(found)


@cache
def attributes() -> Attributes:
    return Attributes.parse(
        resources.text(resources.RULES, "vocabularies", "attributes.toml"), "attribute_rules/vocabularies/attributes.toml"
    )


@cache
def assurance() -> Assurance:
    return Assurance.parse(resources.text(resources.RULES, "vocabularies", "assurance.toml"), "attribute_rules/vocabularies/assurance.toml")


@dataclass(frozen=True)
class Request:
    """What a ruleset wants asked: the contexts in order, and whether only an IdP that declares e-leg is asked."""

    contexts: tuple[str, ...]
    comparison: str
    force_authn: bool
    only_when_e_leg_is_declared: bool


@dataclass(frozen=True)
class Ruleset:
    """`clock_skew` in seconds, None when the ruleset does not say."""

    name: str
    title: Words
    rules: tuple[Rule, ...]
    request: Request | None
    clock_skew: int | None


def ruleset(name: str, own: Mapping[str, str] | None = None) -> Ruleset:
    """A ruleset by name; `own` holds the TOML text of those that are not ours. Raises RuleFileError with file and line."""
    if own and name in own:
        return load_ruleset(name, own[name], name)
    if name not in resources.rulesets():
        near = nearest(name, resources.rulesets())
        raise RuleFileError(
            f'there is no ruleset "{name}"'
            + (f'; did you mean "{near}"?' if near else "")
            + f" ({', '.join(resources.rulesets())}, or a path)",
            f'det finns ingen regeluppsättning "{name}"'
            + (f'; menade du "{near}"?' if near else "")
            + f" ({', '.join(resources.rulesets())}, eller en sökväg)",
        )
    return _shipped(name)


@cache
def _shipped(name: str) -> Ruleset:
    return load_ruleset(name, resources.text(resources.RULES, f"{name}.toml"), f"attribute_rules/{name}.toml")


def load_ruleset(name: str, text: str, where: str) -> Ruleset:
    """The ruleset that this TOML text holds."""
    tables = parse(text, where)
    head = tables.get("ruleset", {})
    for key in head:
        if key not in ("title", "title_sv", "clock_skew"):
            raise _unknown(key, ("title", "title_sv", "clock_skew"), f"{where}:{line_of(text, 'ruleset', key)}")
    short = PurePath(name).name.removesuffix(".toml")
    rules = tuple(_rule(short, table, keys, text, where) for table, keys in tables.items() if table not in RESERVED)
    return Ruleset(
        name=name,
        title=Words(head.get("title", short), head.get("title_sv", head.get("title", short))),
        rules=rules,
        request=_request(tables["request"], text, where) if "request" in tables else None,
        clock_skew=head.get("clock_skew"),
    )


def _request(table: dict[str, Any], text: str, where: str) -> Request:
    known = ("contexts", "contexts_listed", "comparison", "force_authn", "only_when_e_leg_is_declared")
    for key in table:
        if key not in known:
            raise _unknown(key, known, f"{where}:{line_of(text, 'request', key)}")
    contexts = tuple(table.get("contexts", ())) or assurance().listed(table.get("contexts_listed", ""))
    if not contexts:
        raise RuleFileError(
            "[request] asks for nothing: give contexts or contexts_listed",
            "[request] ber inte om något: ange contexts eller contexts_listed",
            where=f"{where}:{line_of(text, 'request')}",
        )
    return Request(
        contexts=contexts,
        comparison=table.get("comparison", "exact"),
        force_authn=table.get("force_authn", True),
        only_when_e_leg_is_declared=table.get("only_when_e_leg_is_declared", False),
    )


def _rule(ruleset_name: str, table: str, keys: Any, text: str, where: str) -> Rule:
    at = f"{where}:{line_of(text, table)}"
    if not _TABLE.match(table) or not isinstance(keys, dict):
        raise RuleFileError(
            f'"{table}" is no rule name: small letters, digits and single hyphens, as a table',
            f'"{table}" är inget regelnamn: små bokstäver, siffror och enkla bindestreck, som en tabell',
            where=at,
        )
    for key in keys:
        if key not in _RULE_KEYS:
            raise _unknown(key, sorted(_RULE_KEYS), f"{where}:{line_of(text, table, key)}")
    swedish = keys.get("sv", {})
    missing = [key for key in ("title", "level", "why", "fix", "source", "expect") if key not in keys]
    missing += [f"sv.{key}" for key in ("title", "why", "fix") if key not in swedish]
    if missing:
        raise RuleFileError(f"[{table}] lacks {', '.join(missing)}", f"[{table}] saknar {', '.join(missing)}", where=at)
    if keys["level"] not in [level.value for level in Level]:
        raise _unknown(str(keys["level"]), [level.value for level in Level], f"{where}:{line_of(text, table, 'level')}")
    about = [key for key in SUBJECTS if key in keys]
    if len(about) != 1:
        raise RuleFileError(
            f"[{table}] must say what it is about: one of {', '.join(SUBJECTS)}",
            f"[{table}] måste säga vad den gäller: en av {', '.join(SUBJECTS)}",
            where=at,
        )
    made: Expectation = expectation(about[0], keys[about[0]], keys["expect"], keys.get("when"), assurance(), at)
    return Rule(
        id=f"{ruleset_name}/{table}",
        level=Level(keys["level"]),
        en=Text(keys["title"].rstrip("."), _flat(keys["why"]), _flat(keys["fix"])),
        sv=Text(swedish["title"].rstrip("."), _flat(swedish["why"]), _flat(swedish["fix"])),
        source=keys["source"],
        subject=made.subject,
        origin=at,
        test=made.test,
        ruleset=ruleset_name,
    )


def _flat(words: str) -> str:
    return " ".join(words.split())


def _unknown(word: str, known: Sequence[str], where: str) -> RuleFileError:
    near = nearest(word, known)
    return RuleFileError(
        f'unknown "{word}"' + (f'; did you mean "{near}"?' if near else f" (known: {', '.join(known)})"),
        f'okänt "{word}"' + (f'; menade du "{near}"?' if near else f" (kända: {', '.join(known)})"),
        where=where,
    )


def all_rules() -> Iterator[Rule]:
    """Every rule that ships with idptest."""
    yield from rules_in_code()
    for name in resources.rulesets():
        yield from ruleset(name).rules


def rules_for(names: Sequence[str], own: Mapping[str, str] | None = None) -> tuple[Rule, ...]:
    """What a login that is judged by these rulesets is judged by: the rules in code, and theirs."""
    return rules_in_code() + tuple(rule for name in names for rule in ruleset(name, own).rules)


def clock_skew(names: Sequence[str], own: Mapping[str, str] | None, default: int) -> int:
    """The smallest clock skew, in seconds, that one of the rulesets asks for."""
    return min((skew for name in names if (skew := ruleset(name, own).clock_skew) is not None), default=default)


def tool(own: Mapping[str, str] | None = None) -> Tool:
    """The program's version and the digest of everything it judges by."""
    digest = hashlib.sha256(__version__.encode())
    for rule in rules_in_code():
        digest.update(repr((rule.id, rule.level.value, rule.en, rule.sv, rule.source)).encode())
    for name in resources.rulesets():
        digest.update(resources.read(resources.RULES, f"{name}.toml"))
    for vocabulary in ("attributes.toml", "assurance.toml"):
        digest.update(resources.read(resources.RULES, "vocabularies", vocabulary))
    for name in sorted(own or ()):
        digest.update((own or {})[name].encode())
    return Tool(__version__, digest.hexdigest()[:16])
