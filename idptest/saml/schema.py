"""What SAML's own schemas have against a message: the OASIS schemas as they ship with pysaml2, which validates what it gets against them.

Compiled once (some 3 ms), when the first message is read; a message then costs some 40 µs.
"""

from __future__ import annotations

import re
from functools import cache

from lxml import etree

from idptest import resources
from idptest.saml.xml import Element, compile_schema

_ELEMENT = re.compile(r"Element '(?:\{[^}']*\})?([^']*)'(?:, attribute '(?:\{[^}']*\})?([^']*)')?: (.*)", re.DOTALL)
_QUOTED = re.compile(r"value '[^']{0,300}'")
_NAMESPACE = re.compile(r"\{[^}]{0,300}\}")


@cache
def _protocol() -> etree.XMLSchema:
    return compile_schema("saml-schema-protocol-2.0.xsd", _lax)


def _lax(name: str) -> bytes | None:
    """The schema, but what another specification puts into an algorithm (RSA-OAEP, RSA-PSS, exclusive C14N) is that one's to describe."""
    schema = resources.saml_schema(name)
    return schema and re.sub(rb"<any (?![^>]*processContents)", b'<any processContents="lax" ', schema)


def fault(*elements: Element) -> tuple[str, str] | None:
    """The first thing wrong in the first of these messages or assertions that is not valid; None when all are.

    That is the local name of an element, and what the schema says of it, in English, without the value that it quotes. Messages are
    read without any xsi:schemaLocation. Validation marks attributes of type ID in the tree, and changes nothing else.
    """
    schema = _protocol()
    for element in elements:
        if not schema.validate(element):
            return _said(str(schema.error_log[0].message) if len(schema.error_log) else "")
    return None


def _said(message: str) -> tuple[str, str]:
    found = _ELEMENT.fullmatch(message)
    if found is None:
        return "", "it is not valid"
    element, attribute, problem = found.groups()
    return element[:80], f"{attribute[:80]}: {_discreet(problem)}" if attribute else _discreet(problem)


def _discreet(problem: str) -> str:
    """libxml2's words without the value that it quotes: it may be a person's."""
    if problem.startswith("["):  # "[facet 'pattern'] The value … is not accepted by …"
        return "its value is not accepted"
    if problem.startswith("'"):
        rest = problem.rpartition("' is not")[2]
        return " ".join(f"its value is not{rest}".split())[:200]
    return " ".join(_NAMESPACE.sub("", _QUOTED.sub("value", problem[:1000])).split())[:200]
