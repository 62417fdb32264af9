"""What an entity's metadata says that others go by, as facts that two versions can be compared by; and what the comparison comes to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from idptest.model.rule import Words

VALIDITY = "validity"
KEYS, ENDPOINTS, SCOPES, ENTITY_ATTRIBUTES, REQUESTS = "keys", "endpoints", "scopes", "entity-attributes", "requests"
# In the order that they are told; what a baseline remembers, and rules over time judge, comes first.
REMEMBERED = (KEYS, ENDPOINTS, SCOPES, ENTITY_ATTRIBUTES, REQUESTS)
KINDS: dict[str, Words] = {
    "entity-id": Words("EntityID", "EntityID"),
    KEYS: Words("Keys", "Nycklar"),
    ENDPOINTS: Words("Addresses", "Adresser"),
    SCOPES: Words("Scopes", "Scope"),
    ENTITY_ATTRIBUTES: Words("Entity attributes", "Entitetsattribut"),
    REQUESTS: Words("What is asked of others", "Krav på motparten"),
    "name-id-formats": Words("NameID formats", "NameID-format"),
    "requested-attributes": Words("Attributes wanted", "Önskade attribut"),
    "roles": Words("Roles", "Roller"),
    VALIDITY: Words("Validity", "Giltighet"),
    "texts": Words("Names and links", "Namn och länkar"),
    "contacts": Words("Contacts", "Kontakter"),
}
# Where a thing stands, and where it is to stand to count.
PLACES = {"entity": "EntityDescriptor", "role": "IDPSSODescriptor"}
_RIGHT_PLACE = {SCOPES: PLACES["role"], ENTITY_ATTRIBUTES: PLACES["entity"]}


@dataclass(frozen=True)
class MetadataFact:
    """One fact. `kind` is one of KINDS; `name` is what it keeps while it changes, `value` what changes.

    A key is named by its use and the SHA-256 of its public key, an address by service and binding, a scope and an entity attribute's value
    by themselves: then the value says where they stand.
    """

    kind: str
    name: str
    value: str

    def __str__(self) -> str:
        """On one line, as a baseline keeps it."""
        return f"{self.kind}: {self.name} = {self.value}"

    @property
    def misplaced(self) -> bool:
        """A scope, or an entity attribute, where nobody looks for it."""
        return self.kind in _RIGHT_PLACE and self.value.partition(",")[0] != _RIGHT_PLACE[self.kind]

    @property
    def certificate(self) -> tuple[str, str] | None:
        """Of a key: its certificate's SHA-256, hex, and the day it ends; None where it could not be read. See `key_value`."""
        parts = self.value.split(", ")
        return (parts[-2], parts[-1]) if self.kind == KEYS and len(parts) > 2 else None

    @classmethod
    def read(cls, line: str) -> MetadataFact:
        kind, _, rest = line.partition(": ")
        name, _, value = rest.rpartition(" = ")
        return cls(kind, name, value)


def key_value(sort: str, fingerprint: str, until: str) -> str:
    """What is said of a key: "RSA 2048, 3f2a…, 2027-03-31"."""
    return f"{sort}, {fingerprint}, {until}"


@dataclass(frozen=True)
class MetadataChange:
    """`was` None: it is new; `now` None: it is gone; both: it is another."""

    kind: str
    name: str
    was: str | None
    now: str | None


def differences(was: Collection[MetadataFact], now: Collection[MetadataFact]) -> tuple[MetadataChange, ...]:
    """What there is in one and not in the other, in the order of KINDS. What keeps its name and has one other value has changed."""
    gone, new = _named(set(was) - set(now)), _named(set(now) - set(was))
    found: list[MetadataChange] = []
    for kind, name in {**gone, **new}:
        before, after = sorted(gone.get((kind, name), [])), sorted(new.get((kind, name), []))
        if len(before) == len(after) == 1:
            found.append(MetadataChange(kind, name, before[0], after[0]))
            continue
        found += [MetadataChange(kind, name, value, None) for value in before]
        found += [MetadataChange(kind, name, None, value) for value in after]
    order = list(KINDS)
    return tuple(sorted(found, key=lambda change: (order.index(change.kind), change.name, change.was or "", change.now or "")))


def _named(facts: Iterable[MetadataFact]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for fact in facts:
        found[fact.kind, fact.name].append(fact.value)
    return found
