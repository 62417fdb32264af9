"""An IdP's metadata, alone or inside a federation's feed, from bytes to facts."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from idptest.errors import InputError
from idptest.model.rule import Pointer, Words
from idptest.model.saml import Certificate, Endpoint, EntityAttribute, IdpMetadata, ScopeElement
from idptest.saml.bindings import POST, REDIRECT
from idptest.saml.xml import MD, NS, SAML, SHIBMD, Element, NotXml, Places, parse, text


def entity_bytes(data: bytes, entity_id: str | None, where: str) -> tuple[str, bytes]:
    """The entityID and the descriptor of one IdP in `data`, cut out of a feed so that a flow carries only that.

    Raises InputError when `data` is no SAML metadata, holds no IdP, lacks the entityID, or holds several IdPs and none is named.
    A signature around the whole feed does not survive the cutting; `idptest` verifies feeds before, not here.
    """
    from lxml import etree

    try:
        root = parse(data)
    except NotXml as problem:
        raise InputError(
            f"this is no SAML metadata: {problem.words.en}. Download the IdP's metadata again and save it unchanged.",
            f"det här är ingen SAML-metadata: {problem.words.sv}. Hämta IdP:ns metadata på nytt och spara den oförändrad.",
            where=where,
        ) from None
    if root.tag not in (f"{{{MD}}}EntityDescriptor", f"{{{MD}}}EntitiesDescriptor"):
        raise InputError(
            f"this is no SAML metadata: the root element is {root.tag.rpartition('}')[2]}, not EntityDescriptor or EntitiesDescriptor.",
            f"det här är ingen SAML-metadata: rotelementet är {root.tag.rpartition('}')[2]}, inte EntityDescriptor eller EntitiesDescriptor.",
            where=where,
        )
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
            f'det finns {len(found)} IdP:er i den här metadatan: säg vilken, metadata = {{ from = "…", entity_id = "…" }}',
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
    if entity is root:
        return chosen, data
    return chosen, bytes(etree.tostring(entity, encoding="utf-8", xml_declaration=True, with_tail=False))


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
    return IdpMetadata(
        pointer=places.point(entity),
        parts=places.parts(entity),
        entity_id=entity.get("entityID", ""),
        sso=tuple(
            Endpoint(places.point(found), {}, found.get("Binding", ""), found.get("Location", ""))
            for found in role.iterfind("md:SingleSignOnService", NS)
        ),
        signing=tuple(_signing(role, places)),
        scopes=tuple(
            ScopeElement(places.point(found), {}, text(found) or "", found.get("regexp", "false") in ("true", "1"), place)
            for place, parent in (("role", role), ("entity", entity))
            for found in parent.iterfind(f"md:Extensions/{{{SHIBMD}}}Scope", NS)
        ),
        entity_attributes=tuple(
            EntityAttribute(
                places.point(found),
                {},
                found.get("Name", ""),
                found.get("NameFormat"),
                tuple(text(value) or "" for value in found.iterfind(f"{{{SAML}}}AttributeValue")),
                place,
            )
            for place, parent in (("entity", entity), ("role", role))
            for found in parent.iterfind("md:Extensions/mdattr:EntityAttributes/saml:Attribute", NS)
        ),
        want_authn_requests_signed=role.get("WantAuthnRequestsSigned", "false") in ("true", "1"),
        valid_until=places.instant(entity, "validUntil"),
        display_name=text(role.find("md:Extensions/mdui:UIInfo/mdui:DisplayName", NS)),
        slo=tuple(
            Endpoint(places.point(found), {}, found.get("Binding", ""), found.get("Location", ""))
            for found in role.iterfind("md:SingleLogoutService", NS)
        ),
        name_id_formats=tuple(text(found) or "" for found in role.iterfind("md:NameIDFormat", NS)),
    )


def _signing(role: Element, places: Places) -> Iterator[Certificate]:
    """Certificates of the KeyDescriptors for signing; one without `use` serves both (SAML Metadata 2.4.1.1)."""
    for descriptor in role.iterfind("md:KeyDescriptor", NS):
        if descriptor.get("use", "signing") == "signing":
            for element in descriptor.iterfind("ds:KeyInfo/ds:X509Data/ds:X509Certificate", NS):
                yield _certificate(element, places)


def _certificate(element: Element, places: Places) -> Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding

    at = places.point(element)
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode("".join((text(element) or "").split()), validate=True))
        key = certificate.public_key()
        pem = certificate.public_bytes(Encoding.PEM)
        start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except Exception as problem:  # cryptography and its backend raise many kinds for a broken certificate
        why = Words(f"it cannot be read ({problem})"[:160], f"det går inte att läsa ({problem})"[:160])
        return Certificate(at, {}, None, None, None, None, None, why)
    if isinstance(key, rsa.RSAPublicKey):
        algorithm, bits = "RSA", key.key_size
    elif isinstance(key, ec.EllipticCurvePublicKey):
        algorithm, bits = "EC", key.key_size
    else:
        algorithm, bits = type(key).__name__.strip("_"), None
    return Certificate(at, {}, pem, algorithm, bits, start, end)


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
