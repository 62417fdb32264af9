"""What makes two descriptors of an IdP the same version: the facts that a login stands on, not bytes, because federations write them anew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, replace

from idptest.model.metadata_facts import ENDPOINTS, ENTITY_ATTRIBUTES, KEYS, REQUESTS, SCOPES, MetadataFact
from idptest.model.rule import Words
from idptest.model.saml import IdpMetadata
from idptest.saml.metadata_facts import facts

_E_LEG = "https://fidus.skolverket.se/authentication/e-leg"
_SERVICES = ("SingleSignOnService", "SingleLogoutService")
_SHOWN, _LONG = 3, 120  # facts of one kind, the rest are counted; characters of one of them
_KINDS = {
    KEYS: Words("the signing key", "signeringsnyckeln"),
    ENDPOINTS: Words("the address", "adressen"),
    SCOPES: Words("the scope", "scope"),
    ENTITY_ATTRIBUTES: Words("the entity attribute", "entitetsattributet"),
    REQUESTS: Words("the wish", "önskemålet"),
}


@dataclass(frozen=True)
class Version:
    """The facts that matter. What federations add or write in their own way is not among them: validUntil, ID, registrationInfo,

    signature, contacts, organisation, the order of things. An entity attribute that only the later one has was added by a federation,
    unless it is the declaration of e-legitimation, which is the IdP's own.
    """

    facts: Set[MetadataFact]

    @property
    def digest(self) -> str:
        """The first eight hexadecimal digits of a SHA-256 over the facts: for people to see that two are alike."""
        return hashlib.sha256("\n".join(sorted(map(str, self.facts))).encode()).hexdigest()[:8]


def version(metadata: IdpMetadata) -> Version:
    return Version(frozenset(_plain(fact) for fact in facts(metadata) if _matters(fact)))


def _matters(fact: MetadataFact) -> bool:
    return fact.kind in _KINDS and (fact.kind != ENDPOINTS or fact.name.startswith(_SERVICES))


def _plain(fact: MetadataFact) -> MetadataFact:
    """An entity attribute without its NameFormat, which no login stands on."""
    return replace(fact, value=fact.value.partition(",")[0]) if fact.kind == ENTITY_ATTRIBUTES else fact


def same(newest: Version, later: Version) -> bool:
    return not any(True for _ in _differences(newest, later))


def lacks(newest: Version, later: Version) -> Words:
    """How the later one differs, in words: "lacks the signing key 3f2a…; still has the scope …". Empty when it does not."""
    parts = list(_differences(newest, later))
    return Words("; ".join(part.en for part in parts), "; ".join(part.sv for part in parts))


def _differences(newest: Version, later: Version) -> Iterator[Words]:
    missing, extra = newest.facts - later.facts, later.facts - newest.facts
    for kind, name in _KINDS.items():
        gone = [fact for fact in missing if fact.kind == kind]
        left = [fact for fact in extra if fact.kind == kind and (kind != ENTITY_ATTRIBUTES or _E_LEG in fact.name)]
        if gone:
            listed = _listed(gone)
            yield Words(f"lacks {name.en} {listed.en}", f"saknar {name.sv} {listed.sv}")
        if left:
            listed = _listed(left)
            yield Words(f"still has {name.en} {listed.en}", f"har kvar {name.sv} {listed.sv}")


def _listed(found: Iterable[MetadataFact]) -> Words:
    shown = sorted(_text(fact)[:_LONG] for fact in found)
    first, more = ", ".join(shown[:_SHOWN]), len(shown) - _SHOWN
    return Words(f"{first} and {more} more", f"{first} och {more} till") if more > 0 else Words(first, first)


def _text(fact: MetadataFact) -> str:
    """As people know it: a key by its certificate's SHA-256 and end, an address with its service, the rest by itself."""
    if fact.kind == KEYS:
        return f"{fact.certificate[0][:16]}… ({fact.certificate[1]})" if fact.certificate else fact.value
    if fact.kind == ENDPOINTS:
        return f"{fact.name} {fact.value}"
    name = fact.name.rpartition(" ")[2] if fact.kind == ENTITY_ATTRIBUTES else fact.name
    return f"{name} ({fact.value})" if fact.misplaced else name
