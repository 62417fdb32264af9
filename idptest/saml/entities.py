"""Which entities a metadata document holds, and each of them cut out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from idptest.errors import InputError
from idptest.saml.metadata import cut_out, metadata_root
from idptest.saml.xml import MD, NS, Element
from idptest.toml_lines import did_you_mean

IDP, SP = ROLES = ("idp", "sp")
_DESCRIPTORS = {IDP: "md:IDPSSODescriptor", SP: "md:SPSSODescriptor"}
_NAMES = {IDP: ("IdP", "IdP", "IDPSSODescriptor"), SP: ("SP", "SP", "SPSSODescriptor")}


@dataclass(frozen=True)
class Entity:
    """One EntityDescriptor with its roles: some of ROLES. `whole` is the document where that is all there is in it."""

    entity_id: str
    roles: tuple[str, ...]
    element: Element = field(repr=False)
    whole: bytes | None = field(default=None, repr=False)

    @property
    def document(self) -> bytes:
        """Its bytes: as they came, or cut out."""
        return self.whole if self.whole is not None else cut_out(self.element)


def entities(data: bytes, where: str) -> tuple[Entity, ...]:
    """Those that are an IdP or an SP. Raises InputError when `data` is no SAML metadata."""
    root = metadata_root(data, where)
    return tuple(
        Entity(element.get("entityID", ""), roles, element, data if element is root else None)
        for element in root.iter(f"{{{MD}}}EntityDescriptor")
        if (roles := tuple(role for role, name in _DESCRIPTORS.items() if element.find(name, NS) is not None))
    )


def of_role(found: Sequence[Entity], role: str | None, where: str) -> tuple[Entity, ...]:
    """Those of that role, all when it is None. Raises InputError when there is none."""
    fitting = tuple(entity for entity in found if role is None or role in entity.roles)
    if fitting:
        return fitting
    if role is None:
        raise InputError(
            "there is neither an IdP nor an SP in this metadata",
            "det finns varken någon IdP eller någon SP i den här metadatan",
            where=where,
        )
    en, sv, descriptor = _NAMES[role]
    raise InputError(
        f"there is no {en} in this metadata (no {descriptor})",
        f"det finns ingen {sv} i den här metadatan (inget {descriptor})",
        where=where,
    )


def named(found: Sequence[Entity], entity_id: str, where: str) -> Entity:
    """The one with that entityID. Raises InputError, naming the nearest."""
    for entity in found:
        if entity.entity_id == entity_id:
            return entity
    near = did_you_mean(entity_id, [entity.entity_id for entity in found])
    raise InputError(
        f'no entityID "{entity_id}" in this metadata{near[0]}', f'inget entityID "{entity_id}" i den här metadatan{near[1]}', where=where
    )


def only(found: Sequence[Entity], where: str) -> Entity:
    """The one there is. Raises InputError when there are several, naming some."""
    if len(found) == 1:
        return found[0]
    some = ", ".join(entity.entity_id[:120] for entity in found[:3])
    raise InputError(
        f"there are {len(found)} entities in this metadata ({some} …): name one with --entity-id, or take all with --all",
        f"det finns {len(found)} entiteter i den här metadatan ({some} …): ange en med --entity-id, eller ta alla med --all",
        where=where,
    )
