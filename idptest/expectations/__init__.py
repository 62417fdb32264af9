"""The verbs that rules in data may use: a closed list of small pure functions, one `expect` and at most one `when` to a rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from idptest.assurance import Assurance
from idptest.errors import RuleFileError
from idptest.expectations import eppn, level, metadata, published, release
from idptest.expectations.verb import Expectation, Test, Verb
from idptest.toml_lines import did_you_mean

# What a rule is about → its verbs. A rule about metadata names a fact, and the fact has verbs of its own.
ABOUT: Mapping[str, Mapping[str, Verb]] = {"attribute": eppn.VERBS, "release": release.VERBS, "authn_context": level.VERBS}
FACTS: Mapping[str, Mapping[str, Verb]] = {**metadata.FACTS, **published.FACTS}
SUBJECTS = (*ABOUT, "metadata")
_ONLY_VALUE: Mapping[str, object] = {"attribute": "eduPersonPrincipalName", "release": "any", "authn_context": True}


def expectation(about: str, value: Any, expect: Any, when: Any, assurance: Assurance, where: str) -> Expectation:
    """The test that `about = value`, `expect = {verb = argument}` and `when` come to. Raises RuleFileError."""
    if not isinstance(expect, dict) or len(expect) != 1:
        raise RuleFileError(
            "expect takes exactly one verb: { verb = argument }", "expect tar exakt ett verb: { verb = argument }", where=where
        )
    if about == "metadata":
        _one_of("metadata", value, tuple(FACTS), where)
        verbs = FACTS[value]
    else:
        _one_of(about, value, (_ONLY_VALUE[about],), where)
        verbs = ABOUT[about]
    name, argument = next(iter(expect.items()))
    _one_of("expect", name, tuple(verbs), where)
    verb = verbs[name]
    wrong = verb.refuses(argument, assurance)
    if wrong:
        raise RuleFileError(f"{name}: {wrong.en}", f"{name}: {wrong.sv}", where=where)
    return Expectation(verb.subject, _when(when, verb.make(argument, assurance), where))


def _when(when: Any, test: Test, where: str) -> Test:
    if when is None:
        return test
    if when != {"e_leg_declared": True}:
        raise RuleFileError(
            "when takes { e_leg_declared = true } and nothing else", "when tar { e_leg_declared = true } och inget annat", where=where
        )
    return lambda subject, login: test(subject, login) if metadata.declares_e_leg(login.metadata) else metadata.no_e_leg()


def _one_of(key: str, word: object, known: tuple[object, ...], where: str) -> None:
    if word in known and type(word) is type(known[known.index(word)]):
        return
    near = did_you_mean(str(word), [str(name) for name in known])
    listed = ", ".join(str(name) for name in known)
    raise RuleFileError(
        f'{key} does not know "{word}"{near[0] or f" (known: {listed})"}',
        f'{key} känner inte till "{word}"{near[1] or f" (kända: {listed})"}',
        where=where,
    )


__all__ = ["SUBJECTS", "Expectation", "expectation"]
