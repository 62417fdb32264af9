"""What the OASIS schemas say of a response and of an IdP's metadata. They are compiled once, some 3 ms each.

A response then costs some 0.1 ms, and metadata is asked about once for each document.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from lxml import etree

from idptest import resources
from idptest.model.rule import Pointer
from idptest.saml.xml import ALG, MD, MDATTR, MDUI, NS, SAMLP, XSI, Element, NotXml, Places, parse, schema

_PROTOCOL = {SAMLP: "saml-schema-protocol-2.0.xsd"}
# What Extensions may hold is validated too, where there is a schema for it: one schema that imports them all.
_METADATA = {
    MD: "saml-schema-metadata-2.0.xsd",
    MDATTR: "sstc-metadata-attr.xsd",
    MDUI: "sstc-saml-metadata-ui-v1.0.xsd",
    ALG: "sstc-saml-metadata-algsupport-v1.0.xsd",
}
_LONGEST = 300
_ELEMENT = re.compile(r"Element '(?:\{[^}']*\})?([^']*)'(?:, attribute '(?:\{[^}']*\})?([^']*)')?: (.*)", re.DOTALL)
_QUOTED = re.compile(r"value '[^']{0,300}'")
_NAMESPACE = re.compile(r"\{[^}]{0,300}\}")


@cache
def _protocol() -> Any:
    return _importing(_PROTOCOL, _lax)


@cache
def _metadata() -> Any:
    return _importing(_METADATA, resources.schema)


def _importing(files: dict[str, str], read: Any) -> Any:
    imports = "".join(f'<import namespace="{namespace}" schemaLocation="{name}"/>' for namespace, name in files.items())
    return schema(f'<schema xmlns="http://www.w3.org/2001/XMLSchema">{imports}</schema>'.encode(), read)


def _lax(name: str) -> bytes:
    """The schema, but what another specification puts into an algorithm (RSA-OAEP, RSA-PSS, exclusive C14N) is that one's to describe."""
    return re.sub(rb"<any (?![^>]*processContents)", b'<any processContents="lax" ', resources.schema(name))


def message_fault(*elements: Element) -> tuple[str, str] | None:
    """The first thing wrong in the first of these messages or assertions that is not valid; None when all are.

    That is the local name of an element, and what the schema says of it, in English, without the value that it quotes. Validation
    heeds no xsi:schemaLocation. It marks attributes of type ID in the tree, and changes nothing else.
    """
    validator = _protocol()
    for element in elements:
        if not validator.validate(element):
            return _said(str(validator.error_log[0].message) if len(validator.error_log) else "")
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


@lru_cache(maxsize=32)
def metadata_fault(data: bytes) -> tuple[Pointer, str] | None:
    """Where the metadata first departs from the schema, and the schema processor's own words; None when it does not.

    Roles of other protocols, which are marked by an xsi:type that SAML does not define, are left out: AD FS and Entra ID add them.
    """
    try:
        root = parse(data)
    except NotXml:  # said by those who read the metadata
        return None
    foreign = {found: found.getparent() for found in root.iter(f"{{{MD}}}RoleDescriptor") if found.get(f"{{{XSI}}}type")}
    for found, parent in foreign.items():
        parent.remove(found)
    validator = _metadata()
    if validator.validate(root):
        return None
    first = validator.error_log[0]
    return _place(root, first.path), _short(str(first.message))


def _place(root: Element, path: str | None) -> Pointer:
    places = Places(Pointer("metadata"))
    try:
        found = root.getroottree().xpath(path, namespaces={name: uri for name, uri in root.nsmap.items() if name})
    except (etree.XPathError, TypeError):
        found = []
    return places.point(found[0] if found else root)


def _short(message: str) -> str:
    for prefix, uri in NS.items():
        message = message.replace(f"{{{uri}}}", f"{prefix}:")
    return message[:_LONGEST]
