"""The verbs that rules in data may use: a closed list of small pure functions, one `expect` and at most one `when` to a rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from idptest.assurance import Assurance
from idptest.attributes import Attributes
from idptest.errors import RuleFileError
from idptest.expectations import attribute, eppn, level, metadata, oidc, published, release, sp
from idptest.expectations.verb import Expectation, Test, Verb
from idptest.model.inspection import Judged
from idptest.model.login import EPPN, Login
from idptest.model.rule import Outcome, not_applicable
from idptest.model.saml import IdpMetadata
from idptest.model.settings import ROLES
from idptest.toml_lines import did_you_mean, nearest

# What a rule is about → its verbs. The EPPN has verbs of its own among the attributes; a rule about metadata names a fact, and so has each fact.
ABOUT: Mapping[str, Mapping[str, Verb]] = {"attribute": attribute.VERBS, "release": release.VERBS, "authn_context": level.VERBS}
FACTS: Mapping[str, Mapping[str, Mapping[str, Verb]]] = {"metadata": {**metadata.FACTS, **published.FACTS}, "sp_metadata": sp.FACTS}
SUBJECTS = (*ABOUT, *FACTS, *oidc.ABOUT)
_ONLY_VALUE: Mapping[str, object] = {"release": "any", "authn_context": True}


def expectation(about: str, value: Any, expect: Any, when: Any, assurance: Assurance, attributes: Attributes, where: str) -> Expectation:
    """The test that `about = value`, `expect = {verb = argument}` and `when` come to. Raises RuleFileError."""
    if not isinstance(expect, dict) or len(expect) != 1:
        raise RuleFileError(
            "expect takes exactly one verb: { verb = argument }", "expect ska ha exakt ett verb: { verb = argument }", where=where
        )
    if about in FACTS:
        _one_of(about, value, tuple(FACTS[about]), where)
        verbs = FACTS[about][value]
    elif about in oidc.ABOUT:
        if not isinstance(value, str) or not value:
            raise RuleFileError(f"{about} names a member", f"{about} ska ange ett namn", where=where)
        verbs = oidc.verbs(about, value)
    elif about == "attribute":
        verbs = eppn.VERBS if value == EPPN else attribute.VERBS
        if value != attribute.ANY:
            _attributes_exist("attribute", value if isinstance(value, list) else [value], attributes, where)
    else:
        _one_of(about, value, (_ONLY_VALUE[about],), where)
        verbs = ABOUT[about]
    name, argument = next(iter(expect.items()))
    _one_of("expect", name, tuple(verbs), where)
    verb = verbs[name]
    wrong = verb.refuses(argument, assurance)
    if wrong:
        raise RuleFileError(f"{name}: {wrong.en}", f"{name}: {wrong.sv}", where=where)
    if about == "release" and isinstance(argument, list):
        _attributes_exist(name, argument, attributes, where)
    selects = attribute.selects(value, name, argument) if verbs is attribute.VERBS else None
    wants = {each: name != "one_of" and when is None for each in _asked_for(about, value, name, argument)}
    protocol = verb.protocol or ("saml" if about in FACTS else "oidc" if about in oidc.ABOUT else None)
    return Expectation(verb.subject, _when(when, verb.make(argument, assurance), where), selects, wants, protocol)


def _asked_for(about: str, value: Any, verb: str, argument: Any) -> list[str]:
    """The attributes that the IdP is to send, by such a rule."""
    if about == "release" and verb in ("all", "one_of"):
        return list(argument)
    return [value] if (about, verb) == ("attribute", "released") else []


def _when(when: Any, test: Test, where: str) -> Test:
    if when is None:
        return test
    if isinstance(when, dict) and when.keys() == {"role"} and when["role"] in ROLES:
        return _when_role(when["role"], test)
    if when != {"e_leg_declared": True}:
        raise RuleFileError(
            'when takes { e_leg_declared = true } or { role = "teacher" } or "pupil", and nothing else',
            'when ska vara { e_leg_declared = true } eller { role = "teacher" } (eller "pupil"), inget annat',
            where=where,
        )

    def judged_where_declared(subject: Any, judged: Judged) -> Outcome:
        if isinstance(judged, Login) and judged.oidc:
            return test(subject, judged) if judged.oidc.declares_levels else oidc.no_levels()
        there = any(isinstance(idp, IdpMetadata) and metadata.declares_e_leg(idp) for idp in judged.all(IdpMetadata))
        return test(subject, judged) if there else metadata.no_e_leg()

    return judged_where_declared


def _when_role(role: str, test: Test) -> Test:
    en, sv = {"teacher": ("staff", "personal"), "pupil": ("pupils", "elever")}[role]

    def of_the_role(subject: Any, judged: Judged) -> Outcome:
        if isinstance(judged, Login) and judged.flow.account.role == role:
            return test(subject, judged)
        return not_applicable(f"the rule is for {en}", f"regeln gäller {sv}")

    return of_the_role


def _attributes_exist(key: str, names: list[object], attributes: Attributes, where: str) -> None:
    """Customary names in the vocabulary; a URI may be anybody's own."""
    for name in names:
        if isinstance(name, str) and (name in attributes.entries or ":" in name):
            continue
        meant = attributes.canonical(str(name)) or nearest(str(name), list(attributes.entries))
        raise RuleFileError(
            f'{key} does not know the attribute "{name}"'
            + (f'; did you mean "{meant}"?' if meant else " (a name in attributes.toml, or a URI)"),
            f'{key} känner inte till attributet "{name}"'
            + (f'; menade du "{meant}"?' if meant else " (ett namn i attributes.toml, eller en URI)"),
            where=where,
        )


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
