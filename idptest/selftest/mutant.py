"""What a mutant is, and the ways to make one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lxml import etree

from idptest.model.flow import Flow
from idptest.saml.xml import Element
from idptest.selftest.good import Good


@dataclass(frozen=True)
class Mutant:
    """`must_fire` is the rule that has to fail; None for a correct variant, which must fail nothing that matters."""

    name: str
    must_fire: str | None
    build: Callable[[Good], Flow]


def answered(name: str, must_fire: str | None, **changes: Any) -> Mutant:
    return Mutant(name, must_fire, lambda good: good.answered(**changes))


def changed(name: str, must_fire: str | None, change: Callable[[Element], Any], **answer: Any) -> Mutant:
    return Mutant(name, must_fire, lambda good: good.changed(change, **answer))


def signed_anew(name: str, must_fire: str | None, change: Callable[[Element], Any]) -> Mutant:
    return Mutant(name, must_fire, lambda good: good.signed_anew(change))


def in_bytes(name: str, must_fire: str, change: Callable[[bytes], bytes]) -> Mutant:
    return Mutant(name, must_fire, lambda good: good.with_xml(change(bytes(etree.tostring(good.tree())))))


def at_time(name: str, must_fire: str | None, shift: Callable[[Good], dict[str, Any]]) -> Mutant:
    return Mutant(name, must_fire, lambda good: good.answered(**shift(good)))
