"""An IdP's metadata, alone or inside a federation's feed, from bytes to facts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from urllib.parse import urlsplit

from lxml import etree

from idptest.errors import InputError
from idptest.model.rule import Pointer
from idptest.model.saml import Certificate, Endpoint, IdpMetadata, ScopeElement
from idptest.saml import signature
from idptest.saml.bindings import POST, REDIRECT
from idptest.saml.metadata_parts import certificate, contacts, entity_attributes, other_endpoints, other_roles, shown
from idptest.saml.xml import ALG, MD, NS, SHIBMD, Element, NotXml, Places, date_time, parse, text

_MOST_KEYS = 20  # every signature is tried with each; while keys are changed there are two


def entity_bytes(data: bytes, entity_id: str | None, where: str) -> tuple[str, bytes]:
    """The entityID and the descriptor of one IdP in `data`, cut out of a feed so that a flow carries only that.

    Raises InputError when `data` is no SAML metadata, holds no IdP, lacks the entityID, or holds several IdPs and none is named.
    It keeps the end of what it was cut out of: its validUntil is the earliest of its own and those around it (SAMLMeta 2.3.1).
    A signature around the whole feed does not survive the cutting; `idptest` verifies feeds before, not here.
    """
    root = metadata_root(data, where)
    found = {entity.get("entityID", ""): entity for entity in _idps(root)}
    if not found:
        raise InputError(
            "there is no IdP in this metadata (no IDPSSODescriptor). Is it the SP's?",
            "det finns ingen IdP i den här metadatan (inget IDPSSODescriptor). Är det tjänstens (SP:ns)?",
            where=where,
        )
    if entity_id is None and len(found) > 1:
        raise InputError(
            f'there are {len(found)} IdPs in this metadata: say which, metadata = {{ from = "…", entity_id = "…" }}',
            f'det finns {len(found)} IdP:er i den här metadatan: ange vilken, metadata = {{ from = "…", entity_id = "…" }}',
            where=where,
        )
    chosen = entity_id or next(iter(found))
    if chosen not in found:
        import difflib

        near = difflib.get_close_matches(chosen, found, 1, 0.5)
        raise InputError(
            f'no IdP with entityID "{chosen}" in this metadata' + (f'; the nearest is "{near[0]}"' if near else ""),
            f'ingen IdP med entityID "{chosen}" i den här metadatan' + (f'; närmast är "{near[0]}"' if near else ""),
            where=where,
        )
    entity = found[chosen]
    if not _has_a_login_address(entity):
        raise InputError(
            "the metadata names no login address that can be used: SingleSignOnService by HTTP-Redirect or HTTP-POST, with an https Location",
            "metadata anger ingen användbar inloggningsadress: SingleSignOnService med HTTP-Redirect eller HTTP-POST, och en https-adress",
            where=where,
        )
    return chosen, data if entity is root else cut_out(entity)


def metadata_root(data: bytes, where: str) -> Element:
    """The document's root, one entity or several. Raises InputError when `data` is no SAML metadata."""
    try:
        root = parse(data)
    except NotXml as problem:
        raise InputError(
            f"this is no SAML metadata: {problem.words.en}. Download the metadata again and save it unchanged.",
            f"det här är ingen SAML-metadata: {problem.words.sv}. Hämta metadata på nytt och spara den oförändrad.",
            where=where,
        ) from None
    if root.tag not in (f"{{{MD}}}EntityDescriptor", f"{{{MD}}}EntitiesDescriptor"):
        found = root.tag.rpartition("}")[2][:80]
        raise InputError(
            f"this is no SAML metadata: the root element is {found}, not EntityDescriptor or EntitiesDescriptor.",
            f"det här är ingen SAML-metadata: rotelementet är {found}, inte EntityDescriptor eller EntitiesDescriptor.",
            where=where,
        )
    return root


def cut_out(entity: Element) -> bytes:
    """The descriptor of one entity alone. It keeps the end of what it was cut out of: that is written into it, when it is the earlier one."""
    if end := _earliest_end(entity):
        entity.set("validUntil", end)
    return bytes(etree.tostring(entity, encoding="utf-8", xml_declaration=True, with_tail=False))


def _earliest_end(entity: Element) -> str | None:
    """As written; one that cannot be read goes before all others, because nobody knows that it has not passed."""
    around = [raw for each in (entity, *entity.iterancestors()) if (raw := each.get("validUntil")) is not None]

    def end(raw: str) -> float:
        try:
            return date_time(raw).timestamp()
        except ValueError:
            return float("-inf")

    return min(around, key=end) if around else None


def _has_a_login_address(entity: Element) -> bool:
    services = entity.findall("md:IDPSSODescriptor/md:SingleSignOnService", NS)
    addresses = [found.get("Location", "") for found in services if found.get("Binding") in (REDIRECT, POST)]
    return bool(addresses) and all(_is_address(address) for address in addresses)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _idps(root: Element) -> Iterator[Element]:
    for entity in root.iter(f"{{{MD}}}EntityDescriptor"):
        if entity.find("md:IDPSSODescriptor", NS) is not None:
            yield entity


@lru_cache(maxsize=32)
def read_idp(data: bytes) -> IdpMetadata:
    """The facts of one IdP's descriptor, as `entity_bytes` gave it. Raises InputError when it is not that any more."""
    try:
        root = parse(data)
    except NotXml as problem:
        raise InputError(f"the flow's metadata: {problem.words.en}", f"flödets metadata: {problem.words.sv}") from None
    entity = next(_idps(root), None)
    if entity is None:
        raise InputError("the flow's metadata holds no IdP", "flödets metadata innehåller ingen IdP")
    role = entity.find("md:IDPSSODescriptor", NS)
    places = Places(Pointer("metadata"))
    signing = tuple(islice(_signing(role, places), _MOST_KEYS + 1))
    if len(signing) > _MOST_KEYS:
        raise InputError(
            f"the IdP's metadata holds more than {_MOST_KEYS} signing certificates",
            f"IdP:ns metadata innehåller mer än {_MOST_KEYS} signeringscertifikat",
        )
    return IdpMetadata(
        pointer=places.point(entity),
        parts=places.parts(entity),
        entity_id=entity.get("entityID", ""),
        sso=tuple(
            Endpoint(places.point(found), {}, found.get("Binding", ""), found.get("Location", ""))
            for found in role.iterfind("md:SingleSignOnService", NS)
        ),
        signing=signing,
        scopes=tuple(
            ScopeElement(places.point(found), {}, text(found) or "", found.get("regexp", "false") in ("true", "1"), place, _padded(found))
            for place, parent in (("role", role), ("entity", entity))
            for found in parent.iterfind(f"md:Extensions/{{{SHIBMD}}}Scope", NS)
        ),
        entity_attributes=tuple(entity_attributes(entity, role, places)),
        want_authn_requests_signed=role.get("WantAuthnRequestsSigned", "false") in ("true", "1"),
        valid_until=places.instant(entity, "validUntil"),
        document=data,
        error_url=role.get("errorURL"),
        other_endpoints=tuple(other_endpoints(role, places, "SingleSignOnService")),
        name_id_formats=tuple(text(found) or "" for found in role.iterfind("md:NameIDFormat", NS)),
        shown=tuple(shown(entity, role, places)),
        contacts=tuple(contacts(entity, role, places)),
        other_roles=tuple(other_roles(entity, role)),
        digests=tuple(_algorithms("DigestMethod", entity, role)),
        signings=tuple(_algorithms("SigningMethod", entity, role)),
        listed_attributes=tuple(found.get("Name", "") for found in role.iterfind("saml:Attribute", NS)),
        signed=entity.find("ds:Signature", NS) is not None,
    )


@lru_cache(maxsize=32)
def own_signature_holds(data: bytes) -> bool | None:
    """Is the descriptor what it was when its own signature was made? By the certificate in that signature: it says nothing of who signed.

    None when there is no signature, or none of the form that SAML allows.
    """
    try:
        entity = next(_idps(parse(data)), None)
    except NotXml:
        return None
    found = None if entity is None else entity.find("ds:Signature", NS)
    if found is None:
        return None
    places = Places(Pointer("metadata"))
    keys = [certificate(each, places) for each in found.findall("ds:KeyInfo/ds:X509Data/ds:X509Certificate", NS)[:3]]
    return signature.holds(found, keys)


def _padded(scope: Element) -> bool:
    raw = str(scope.xpath("string()"))
    return raw != raw.strip()


def _algorithms(name: str, *parents: Element) -> Iterator[str]:
    for parent in parents:
        for found in parent.iterfind(f"md:Extensions/{{{ALG}}}{name}", NS):
            yield found.get("Algorithm", "")


def _signing(role: Element, places: Places) -> Iterator[Certificate]:
    """Certificates of the KeyDescriptors for signing; one without `use` serves both (SAML Metadata 2.4.1.1)."""
    for descriptor in role.iterfind("md:KeyDescriptor", NS):
        if descriptor.get("use", "signing") == "signing":
            for element in descriptor.iterfind("ds:KeyInfo/ds:X509Data/ds:X509Certificate", NS):
                yield certificate(element, places)


def sso_location(metadata: IdpMetadata, binding: str) -> str | None:
    """Where to send requests by that binding; None when the IdP offers it nowhere."""
    return next((endpoint.location for endpoint in metadata.sso if endpoint.binding == binding), None)


def sp_services(data: bytes, where: str) -> dict[str, str]:
    """entityID → where its answers go by POST, for every SP in the metadata. Raises InputError."""
    try:
        root = parse(data)
    except NotXml as problem:
        raise InputError(
            f"this is no SAML metadata: {problem.words.en}", f"det här är ingen SAML-metadata: {problem.words.sv}", where=where
        ) from None
    found: dict[str, str] = {}
    for entity in root.iter(f"{{{MD}}}EntityDescriptor"):
        services = [
            element for element in entity.iterfind("md:SPSSODescriptor/md:AssertionConsumerService", NS) if element.get("Binding") == POST
        ]
        services.sort(key=lambda element: element.get("isDefault") not in ("true", "1"))
        if services:
            found[entity.get("entityID", "")] = services[0].get("Location", "")
    if not found:
        raise InputError(
            "there is no SP in this metadata (no AssertionConsumerService by POST)",
            "det finns ingen SP i den här metadatan (ingen AssertionConsumerService med POST)",
            where=where,
        )
    return found
