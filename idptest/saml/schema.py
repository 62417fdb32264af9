"""What the OASIS schemas say of an IdP's metadata. They are compiled once, and each document is asked about once."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from lxml import etree

from idptest import resources
from idptest.model.rule import Pointer
from idptest.saml.xml import ALG, MD, MDATTR, MDUI, NS, XSI, Element, NotXml, Places, parse, schema

# What Extensions may hold is validated too, where there is a schema for it: one schema that imports them all.
_FILES = {
    MD: "saml-schema-metadata-2.0.xsd",
    MDATTR: "sstc-metadata-attr.xsd",
    MDUI: "sstc-saml-metadata-ui-v1.0.xsd",
    ALG: "sstc-saml-metadata-algsupport-v1.0.xsd",
}
_LONGEST = 300


@cache
def _metadata() -> Any:
    imports = "".join(f'<import namespace="{namespace}" schemaLocation="{name}"/>' for namespace, name in _FILES.items())
    return schema(f'<schema xmlns="http://www.w3.org/2001/XMLSchema">{imports}</schema>'.encode(), resources.schema)


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
