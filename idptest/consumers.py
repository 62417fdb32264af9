"""What services keep of a login, and what they silently drop: the one place that knows.

A login that works may still come to nothing: the service got the EPPN, did not understand its name, or did not find its scope in
the metadata, and dropped it without a word. The vocabulary is handed in as text; attribute_rules/vocabularies/consumers.toml is the
one that ships, and says where each line of it was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from idptest.attributes import BASIC, UNSPECIFIED, URI, Attributes
from idptest.errors import RuleFileError
from idptest.identifiers.scope import Scope, covered, diagnose
from idptest.model.login import EPPN, Kept, Seen
from idptest.model.rule import Words
from idptest.model.saml import Attribute, IdpMetadata
from idptest.toml_lines import Document, Table, parse

GATEWAY = "skolverket-gateway"
SHIBBOLETH = "shibboleth-sp"

_NAMES = ("pysaml2", "pysaml2-permissive", "shibboleth")
_PLACES = ("role", "entity")
_MACE = "urn:mace:dir:attribute-def:"


@dataclass(frozen=True)
class Consumer:
    """One kind of service; consumers.toml says what each field means. `knows` None: all that pysaml2's tables hold."""

    name: str
    title: Words
    names: str
    knows: frozenset[str] | None
    scope_of: frozenset[str]
    scopes_under: tuple[str, ...]
    patterns: bool
    trims: bool
    single: bool
    basis: str
    source: str
    read: str


def parse_consumers(text: str, where: str) -> tuple[Consumer, ...]:
    """The services in that TOML. Raises RuleFileError for anything that is not understood."""
    file = Table(Document(text, where, RuleFileError), (), parse(text, where, error=RuleFileError))
    return tuple(_consumer(name, table) for name in file.values if (table := file.table(name)))


def _consumer(name: str, table: Table) -> Consumer:
    table.known("title", "title_sv", "names", "knows", "scope_of", "scopes_under", "patterns", "trims", "single", "basis", "source", "read")
    knows, places = table.strings("knows"), table.strings("scopes_under") or ()
    for place in places:
        table.one_of(place, _PLACES, "scopes_under", "no place is called", "ingen plats heter")
    return Consumer(
        name=name,
        title=Words(table.needed("title"), table.needed("title_sv")),
        names=table.choice("names", _NAMES),
        knows=frozenset(knows) if knows else None,
        scope_of=frozenset(table.strings("scope_of") or ()),
        scopes_under=places,
        patterns=table.boolean("patterns"),
        trims=table.boolean("trims"),
        single=table.boolean("single"),
        basis=table.choice("basis", ("measured", "code", "published")),
        source=table.needed("source"),
        read=table.needed("read"),
    )


def seen_by(
    consumers: Sequence[Consumer], received: Sequence[Attribute], names: Sequence[str | None], metadata: IdpMetadata, attributes: Attributes
) -> tuple[Seen, ...]:
    """What each service makes of the attributes that it `received`. `names` holds what each is called in the vocabulary."""
    found = []
    for consumer in consumers:
        declared = [Scope(scope.value, scope.regexp) for scope in metadata.scopes if scope.place in consumer.scopes_under]
        literal = declared if consumer.patterns else [scope for scope in declared if not scope.regexp]
        kept = tuple(_kept(consumer, sent, name, literal, metadata, attributes) for sent, name in zip(received, names, strict=True))
        found.append(Seen(consumer.name, consumer.title, kept, consumer.single, f"{consumer.source} (read {consumer.read})"))
    return tuple(found)


def _kept(
    consumer: Consumer, sent: Attribute, meant: str | None, scopes: Sequence[Scope], metadata: IdpMetadata, attributes: Attributes
) -> Kept:
    called = meant or sent.name
    local = _local_name(consumer, sent, meant, attributes)
    if local is None:
        return Kept(called, sent.pointer, None, (), len(sent.values), _unknown_name(consumer, sent, meant))
    values = tuple(value.text.strip() if consumer.trims else value.text for value in sent.values)
    if local == sent.name.strip() and meant is not None and local != meant:
        return Kept(called, sent.pointer, local, values, 0, _raw_name(sent, local))
    if local not in consumer.scope_of:
        return Kept(called, sent.pointer, local, values, 0)
    within = [_in_scope(value, scopes) for value in values]
    passed = tuple(value for value, right in zip(values, within, strict=True) if right)
    lost = [value for value, right in zip(values, within, strict=True) if not right]
    why = _out_of_scope(lost[0], scopes, consumer, metadata) if lost else None
    return Kept(called, sent.pointer, local, passed, len(lost), why)


def _local_name(consumer: Consumer, sent: Attribute, meant: str | None, attributes: Attributes) -> str | None:
    """Under which name it keeps the attribute; None when it drops it."""
    if consumer.names != "shibboleth":
        return attributes.gateway_reads(sent.name, sent.name_format, strict=consumer.names == "pysaml2")
    if meant is None or (consumer.knows is not None and meant not in consumer.knows):
        return None
    written = (attributes.entries[meant].urn, _MACE + meant)
    return meant if sent.name in written and sent.name_format in (URI, UNSPECIFIED, "", None) else None


def with_format(uri: str | None) -> Words:
    """`without NameFormat`, `with NameFormat basic`: for a sentence."""
    if not uri:
        return Words("without NameFormat", "utan NameFormat")
    return Words(f"with NameFormat {_short(uri)}", f"med NameFormat {_short(uri)}")


def as_sent(name: str, name_format: str | None) -> str:
    """Name and NameFormat of an attribute, for evidence."""
    return f"{name} (NameFormat {_short(name_format) if name_format else '–'})"


def _short(uri: str) -> str:
    return uri.rpartition(":")[2] if uri in (URI, BASIC, UNSPECIFIED) else uri


def _unknown_name(consumer: Consumer, sent: Attribute, meant: str | None) -> Words:
    if consumer.knows is not None and (meant is None or meant not in consumer.knows):
        return Words("its attribute-map.xml does not hold that attribute", "dess attribute-map.xml saknar attributet")
    form = with_format(sent.name_format)
    what = ("an OID", "en OID") if sent.name.startswith("urn:oid:") else ("that name", "det namnet")
    return Words(f"{what[0]} {form.en} is not in its table of names", f"{what[1]} {form.sv} finns inte i dess namntabell")


def _raw_name(sent: Attribute, local: str) -> Words:
    form = with_format(sent.name_format)
    if local.startswith("urn:oid:"):
        return Words(
            f"an OID {form.en} is not in its table of names; the value ends up under the bare OID, where nobody looks",
            f"en OID {form.sv} finns inte i dess namntabell; värdet hamnar under själva OID:en, där ingen letar",
        )
    return Words(
        f"that name {form.en} is not in its table of names; the value ends up under the name as written, where nobody looks",
        f"det namnet {form.sv} finns inte i dess namntabell; värdet hamnar under namnet som det står, där ingen letar",
    )


def _scope(value: str) -> str | None:
    """What follows the @; None unless there is exactly one, with something on both sides."""
    local, _, scope = value.partition("@")
    return scope if local and scope and "@" not in scope else None


def _in_scope(value: str, scopes: Sequence[Scope]) -> bool:
    scope = _scope(value)
    return scope is not None and covered(scope, scopes)


def _out_of_scope(value: str, scopes: Sequence[Scope], consumer: Consumer, metadata: IdpMetadata) -> Words:
    scope = _scope(value)
    if scope is None:
        return Words("it is not a local part, one @ and a scope", "det består inte av en lokal del, ett @ och ett scope")
    if "entity" not in consumer.scopes_under and scope in metadata.scope_values("entity"):
        return Words(
            "its scope is declared directly under EntityDescriptor, and it reads IDPSSODescriptor/Extensions",
            "dess scope är deklarerat direkt under EntityDescriptor, och den läser IDPSSODescriptor/Extensions",
        )
    where = "IDPSSODescriptor/Extensions"
    fault = diagnose(scope, scopes)
    more = (f"; {fault.words.en}", f"; {fault.words.sv}") if fault and fault.nearest else ("", "")
    return Words(f"its scope is not declared under {where}{more[0]}", f"dess scope är inte deklarerat under {where}{more[1]}")


__all__ = ["EPPN", "GATEWAY", "SHIBBOLETH", "Consumer", "as_sent", "parse_consumers", "seen_by", "with_format"]
