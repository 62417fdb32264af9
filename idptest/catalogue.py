"""The catalogue: every rule there is, in code and in data, under the id that is its address."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import pkgutil
import re
import typing
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import PurePath
from typing import Any

from idptest import __version__, resources
from idptest.assurance import Assurance
from idptest.attributes import Attributes
from idptest.consumers import Consumer, parse_consumers
from idptest.errors import RuleFileError
from idptest.expectations import SUBJECTS, expectation
from idptest.model.history import SUBJECTS as OVER_TIME
from idptest.model.inspection import Part
from idptest.model.login import Login
from idptest.model.report import Tool
from idptest.model.rule import Level, Outcome, Rule, Text, Words, not_applicable
from idptest.model.settings import PROTOCOLS
from idptest.toml_lines import Document, Table, line_of, nearest, parse

_TABLE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
RESERVED = ("request", "ruleset")


def check(
    level: Level, *, fix: str, sv: Text, spec: str | None = None, source: str | None = None, protocol: str | None = None
) -> Callable[[Any], Any]:
    """Makes a function a rule. Its docstring's first line is the title, the rest says why.

    `spec` cites a clause of a standard; `source` a URL with the date it was read. Exactly one of them. The function takes the
    subject (its annotation is the subject's class) and, if it wants, the login, and returns an Outcome. `protocol`: it is about logins
    by "saml" or "oidc" alone; rules in modules named saml_… and oidc_… are without saying so.
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
            protocol=protocol or next((name for name in PROTOCOLS if module.startswith(f"{name}_")), None),
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


@cache
def consumers() -> tuple[Consumer, ...]:
    where = "attribute_rules/vocabularies/consumers.toml"
    return parse_consumers(resources.text(resources.RULES, "vocabularies", "consumers.toml"), where)


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
            f'det finns ingen regelsamling "{name}"'
            + (f'; menade du "{near}"?' if near else "")
            + f" ({', '.join(resources.rulesets())}, eller en sökväg)",
        )
    return _shipped(name)


@cache
def _shipped(name: str) -> Ruleset:
    return load_ruleset(name, resources.text(resources.RULES, f"{name}.toml"), f"attribute_rules/{name}.toml")


def load_ruleset(name: str, text: str, where: str) -> Ruleset:
    """The ruleset that this TOML text holds. Its rules are named after the file, without folders."""
    file = Table(Document(text, where, RuleFileError), (), parse(text, where, error=RuleFileError))
    short = re.split(r"[\\/]", name)[-1].removesuffix(".toml")
    head, request = file.table("ruleset") or Table(file.document, (), {}), file.table("request")
    head.known("title", "title_sv", "clock_skew")
    if not request and not set(file.values) - set(RESERVED):
        file.refuse(None, "there is no rule in it", "den innehåller ingen regel")
    title = head.string("title") or short
    return Ruleset(
        name=name,
        title=Words(title, head.string("title_sv") or title),
        rules=tuple(_rule(short, table, file) for table in file.values if table not in RESERVED),
        request=_request(request) if request else None,
        clock_skew=head.integer("clock_skew", 0, 0, 3600) if "clock_skew" in head.values else None,
    )


def _request(table: Table) -> Request:
    table.known("contexts", "contexts_listed", "comparison", "force_authn", "only_when_e_leg_is_declared")
    contexts, listed = table.strings("contexts"), table.string("contexts_listed")
    if (contexts is None) == (listed is None):
        table.refuse(
            None,
            "[request] takes one of contexts and contexts_listed",
            "[request] ska ha antingen contexts eller contexts_listed",
        )
    if listed is not None:
        table.one_of(listed, assurance().lists, "contexts_listed", "there is no list", "det finns ingen lista")
    return Request(
        contexts=contexts or assurance().listed(listed or ""),
        comparison=table.choice("comparison", ("exact", "minimum", "maximum", "better"), "exact"),
        force_authn=table.boolean("force_authn") or "force_authn" not in table.values,
        only_when_e_leg_is_declared=table.boolean("only_when_e_leg_is_declared"),
    )


def _rule(ruleset_name: str, name: str, file: Table) -> Rule:
    if not _TABLE.match(name) or not isinstance(file.values[name], dict):
        file.refuse(
            name,
            f'"{name}" is no rule name: small letters, digits and single hyphens, as a table',
            f'"{name}" är inget regelnamn: små bokstäver, siffror och enkla bindestreck, som en tabell',
        )
    table = Table(file.document, (name,), file.values[name])
    table.known("title", "level", "why", "fix", "source", "sv", *SUBJECTS, "expect", "when")
    swedish = table.table("sv")
    if swedish is None:
        table.refuse(None, f"[{name}.sv] is missing: title, why and fix in Swedish", f"[{name}.sv] saknas: title, why och fix på svenska")
    swedish.known("title", "why", "fix")
    about = [key for key in SUBJECTS if key in table.values]
    if len(about) != 1:
        table.refuse(
            None,
            f"[{name}] must say what it is about: one of {', '.join(SUBJECTS)}",
            f"[{name}] måste säga vad den gäller: något av {', '.join(SUBJECTS)}",
        )
    if "expect" not in table.values:
        table.refuse(None, f'"expect" is missing in [{name}]', f'"expect" saknas i [{name}]')
    at = f"{file.document.where}:{line_of(file.document.text, name)}"
    made = expectation(about[0], table.values[about[0]], table.values["expect"], table.values.get("when"), assurance(), attributes(), at)
    return Rule(
        id=f"{ruleset_name}/{name}",
        level=Level(table.choice("level", tuple(level.value for level in Level))),
        en=_text(table),
        sv=_text(swedish),
        source=table.needed("source"),
        subject=made.subject,
        origin=at,
        test=made.test,
        ruleset=ruleset_name,
        selects=made.selects,
        wants=made.wants,
        protocol=made.protocol,
    )


def _text(table: Table) -> Text:
    title, why, fix = (" ".join(table.needed(key).split()) for key in ("title", "why", "fix"))
    return Text(title.rstrip("."), why, fix)


def all_rules() -> Iterator[Rule]:
    """Every rule that ships with idptest."""
    yield from rules_in_code()
    for name in resources.rulesets():
        yield from ruleset(name).rules


def rules_for(names: Sequence[str], own: Mapping[str, str] | None = None, protocol: str = "saml") -> tuple[Rule, ...]:
    """What a login that is judged by these rulesets is judged by: the rules in code that its protocol has, and theirs.

    A ruleset's rule about the other protocol is there, and not applicable: who chose it shall see that it says nothing here. Raises
    RuleFileError when two rules bear one id.
    """
    return _together(tuple(names), own, protocol) if own else _of_ours(tuple(names), protocol)


@cache
def _of_ours(names: tuple[str, ...], protocol: str) -> tuple[Rule, ...]:
    return _together(names, None, protocol)


def _together(names: Sequence[str], own: Mapping[str, str] | None, protocol: str) -> tuple[Rule, ...]:
    in_code = (rule for rule in rules_in_code() if rule.protocol in (None, protocol))
    asked = (rule for name in names for rule in ruleset(name, own).rules)
    every = (rule for rule in (*in_code, *asked) if rule.subject not in OVER_TIME and not issubclass(rule.subject, Part))
    rules = tuple(rule if rule.protocol in (None, protocol) else _about_the_other(rule) for rule in every)
    origins: dict[str, str] = {}
    for rule in rules:
        if rule.id in origins:
            raise RuleFileError(
                f'there is a rule "{rule.id}" already, in {origins[rule.id]}: give your ruleset a file name of its own',
                f'det finns redan en regel "{rule.id}", i {origins[rule.id]}: ge din regelsamling ett eget filnamn',
                where=rule.origin,
            )
        origins[rule.id] = rule.origin
    return rules


def _about_the_other(rule: Rule) -> Rule:
    """The same rule, for a login by the protocol that it is not about."""
    name = {"saml": "SAML", "oidc": "OpenID Connect"}[rule.protocol or "saml"]
    outcome = not_applicable(f"the rule is about {name}", f"regeln gäller {name}")
    return replace(rule, subject=Login, selects=None, test=lambda subject, login: outcome)


def rules_over_time() -> tuple[Rule, ...]:
    """What a history is judged by."""
    return tuple(rule for rule in rules_in_code() if rule.subject in OVER_TIME)


def rules_about(subjects: Collection[type], names: Sequence[str] = (), own: Mapping[str, str] | None = None) -> tuple[Rule, ...]:
    """What these subjects are judged by, logins or not: the rules in code, and those of the rulesets named."""
    rules = (*rules_in_code(), *(rule for name in names for rule in ruleset(name, own).rules))
    return tuple(rule for rule in rules if rule.subject in subjects)


def wanted(names: Sequence[str], own: Mapping[str, str] | None = None) -> dict[str, bool]:
    """The attributes that these rulesets ask for → whether a login fails without it, in the order that they are asked for."""
    found: dict[str, bool] = {}
    for name in dict.fromkeys(names):
        for rule in ruleset(name, own).rules:
            for attribute, everybody in rule.wants.items():
                found[attribute] = found.get(attribute, False) or (everybody and rule.level is Level.MUST)
    return found


def clock_skew(names: Sequence[str], own: Mapping[str, str] | None, default: int) -> int:
    """The smallest clock skew, in seconds, that one of the rulesets asks for."""
    return min((skew for name in names if (skew := ruleset(name, own).clock_skew) is not None), default=default)


def tool(own: Mapping[str, str] | None = None) -> Tool:
    """The program's version and the digest of everything it judges by."""
    digest = _digest().copy()
    for name in sorted(own or ()):
        digest.update((own or {})[name].encode())
    return Tool(__version__, digest.hexdigest()[:16])


@cache
def _digest() -> Any:
    digest = hashlib.sha256(__version__.encode())
    for rule in rules_in_code():
        digest.update(repr((rule.id, rule.level.value, rule.en, rule.sv, rule.source)).encode())
    for name in resources.rulesets():
        digest.update(resources.read(resources.RULES, f"{name}.toml"))
    for vocabulary in ("attributes.toml", "assurance.toml", "consumers.toml"):
        digest.update(resources.read(resources.RULES, "vocabularies", vocabulary))
    digest.update(resources.read(resources.METADATA, "trace.toml"))
    return digest
