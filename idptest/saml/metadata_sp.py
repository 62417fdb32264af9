"""An SP's metadata, ours or another's, from bytes to facts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from idptest.errors import InputError
from idptest.model.rule import Pointer
from idptest.model.sp import AssertionConsumer, RequestedAttribute, SpKey, SpMetadata
from idptest.saml.metadata import cut_out, metadata_root
from idptest.saml.metadata_parts import certificate, contacts, entity_attributes, other_endpoints, other_roles, shown
from idptest.saml.schema import metadata_fault
from idptest.saml.xml import MD, NS, Element, NotXml, Places, parse, text

_MOST_KEYS = 20
_TRUE = ("true", "1")


def sp_bytes(data: bytes, entity_id: str | None, where: str) -> bytes | None:
    """The descriptor of one SP in `data`, cut out with its end when there is more around it; None when the SP that is named is not there.

    Raises InputError when `data` is no SAML metadata, or none is named and there is not exactly one.
    """
    root = metadata_root(data, where)
    found = {entity.get("entityID", ""): entity for entity in _sps(root)}
    if entity_id is None and not found:
        raise InputError(
            "there is no SP in this metadata (no SPSSODescriptor)",
            "det finns ingen SP i den här metadatan (inget SPSSODescriptor)",
            where=where,
        )
    if entity_id is None and len(found) > 1:
        raise InputError(
            f"there are {len(found)} SPs in this metadata: say which by its entityID",
            f"det finns {len(found)} SP:er i den här metadatan: ange vilken med dess entityID",
            where=where,
        )
    entity = found.get(entity_id or next(iter(found)))
    if entity is None or entity is root:
        return None if entity is None else data
    return cut_out(entity)


def _sps(root: Element) -> Iterator[Element]:
    for entity in root.iter(f"{{{MD}}}EntityDescriptor"):
        if entity.find("md:SPSSODescriptor", NS) is not None:
            yield entity


@lru_cache(maxsize=32)
def read_sp(data: bytes) -> SpMetadata:
    """The facts of the one SP in a descriptor, as `sp_bytes` gives it. Raises InputError when it is no such thing."""
    try:
        entity = next(_sps(parse(data)), None)
    except NotXml as problem:
        raise InputError(f"the SP's metadata: {problem.words.en}", f"SP:ns metadata: {problem.words.sv}") from None
    if entity is None:
        raise InputError(
            "there is no SP in this metadata (no SPSSODescriptor)", "det finns ingen SP i den här metadatan (inget SPSSODescriptor)"
        )
    role = entity.find("md:SPSSODescriptor", NS)
    places = Places(Pointer("metadata"))
    keys = tuple(islice(_keys(role, places), _MOST_KEYS + 1))
    if len(keys) > _MOST_KEYS:
        raise InputError(
            f"the SP's metadata holds more than {_MOST_KEYS} certificates", f"SP:ns metadata innehåller mer än {_MOST_KEYS} certifikat"
        )
    return SpMetadata(
        pointer=places.point(entity),
        parts=places.parts(entity),
        entity_id=entity.get("entityID", ""),
        acs=tuple(_consumers(role, places)),
        keys=keys,
        requested=tuple(_requested(role, places)),
        signs_requests=role.get("AuthnRequestsSigned", "false") in _TRUE,
        wants_signed_assertions=role.get("WantAssertionsSigned", "false") in _TRUE,
        valid_until=places.instant(entity, "validUntil"),
        error_url=role.get("errorURL"),
        name_id_formats=tuple(text(found) or "" for found in role.iterfind("md:NameIDFormat", NS)),
        shown=tuple(shown(entity, role, places)),
        contacts=tuple(contacts(entity, role, places)),
        entity_attributes=tuple(entity_attributes(entity, role, places)),
        other_endpoints=tuple(other_endpoints(role, places, "AssertionConsumerService")),
        other_roles=tuple(other_roles(entity, role)),
        signed=entity.find("ds:Signature", NS) is not None,
        fault=metadata_fault(data),
    )


def _consumers(role: Element, places: Places) -> Iterator[AssertionConsumer]:
    for found in role.iterfind("md:AssertionConsumerService", NS):
        default = found.get("isDefault")
        yield AssertionConsumer(
            places.point(found),
            {},
            found.get("Binding", ""),
            found.get("Location", ""),
            "AssertionConsumerService",
            found.get("index"),
            None if default is None else default in _TRUE,
        )


def _keys(role: Element, places: Places) -> Iterator[SpKey]:
    for descriptor in role.iterfind("md:KeyDescriptor", NS):
        methods = tuple(found.get("Algorithm", "") for found in descriptor.iterfind("md:EncryptionMethod", NS))
        for element in descriptor.iterfind("ds:KeyInfo/ds:X509Data/ds:X509Certificate", NS):
            yield SpKey(places.point(element), {}, descriptor.get("use"), certificate(element, places), methods)


def _requested(role: Element, places: Places) -> Iterator[RequestedAttribute]:
    for found in role.iterfind("md:AttributeConsumingService/md:RequestedAttribute", NS):
        yield RequestedAttribute(
            places.point(found),
            {},
            found.get("Name", ""),
            found.get("NameFormat"),
            found.get("FriendlyName"),
            found.get("isRequired", "false") in _TRUE,
        )
