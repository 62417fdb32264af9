"""What an entity's metadata says that others go by. Order, comments, white space and signatures are none of it."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Iterable, Iterator
from datetime import datetime

from idptest.model.metadata_facts import ENDPOINTS, ENTITY_ATTRIBUTES, KEYS, PLACES, REQUESTS, SCOPES, VALIDITY, MetadataFact, key_value
from idptest.model.saml import Certificate, Endpoint, EntityAttribute, IdpMetadata, Unreadable
from idptest.model.sp import SpMetadata


def facts(metadata: IdpMetadata | SpMetadata) -> tuple[MetadataFact, ...]:
    """All that others go by, each fact once, in an order that stays."""
    found = _of_idp(metadata) if isinstance(metadata, IdpMetadata) else _of_sp(metadata)
    return tuple(sorted({*found, *_of_both(metadata)}, key=lambda fact: (fact.kind, fact.name, fact.value)))


def _of_idp(idp: IdpMetadata) -> Iterator[MetadataFact]:
    for certificate in idp.signing:
        yield _key("signing", certificate)
    yield from _endpoints(idp.sso)
    for scope in idp.scopes:
        yield MetadataFact(SCOPES, scope.value + (" (regexp)" if scope.regexp else ""), PLACES[scope.place])
    if idp.want_authn_requests_signed:
        yield MetadataFact(REQUESTS, "WantAuthnRequestsSigned", "true")


def _of_sp(sp: SpMetadata) -> Iterator[MetadataFact]:
    for key in sp.keys:
        yield _key(key.use or "signing, encryption", key.certificate)
    yield from _endpoints(sp.acs)
    for wanted in sp.requested:
        yield MetadataFact("requested-attributes", wanted.friendly_name or wanted.name, "isRequired" if wanted.required else "–")
    for name, said in (("AuthnRequestsSigned", sp.signs_requests), ("WantAssertionsSigned", sp.wants_signed_assertions)):
        if said:
            yield MetadataFact(REQUESTS, name, "true")


def _of_both(metadata: IdpMetadata | SpMetadata) -> Iterator[MetadataFact]:
    yield MetadataFact("entity-id", "entityID", metadata.entity_id)
    yield from _endpoints(metadata.other_endpoints)
    yield from _attributes(metadata.entity_attributes)
    for name in metadata.name_id_formats:
        yield MetadataFact("name-id-formats", name, "NameIDFormat")
    for role in metadata.other_roles:
        yield MetadataFact("roles", role, role.partition(" ")[0])
    if metadata.valid_until is not None:
        yield MetadataFact(VALIDITY, "validUntil", _moment(metadata.valid_until))
    if metadata.error_url:
        yield MetadataFact("texts", "errorURL", metadata.error_url)
    for shown in metadata.shown:
        yield MetadataFact("texts", f"{shown.element} ({shown.language})" if shown.language else shown.element, shown.text)
    for contact in metadata.contacts:
        for address in contact.addresses or ("–",):
            yield MetadataFact("contacts", contact.kind, address)


def _moment(moment: datetime | Unreadable) -> str:
    return moment.text if isinstance(moment, Unreadable) else moment.isoformat().replace("+00:00", "Z")


def _attributes(attributes: Iterable[EntityAttribute]) -> Iterator[MetadataFact]:
    for attribute in attributes:
        for value in attribute.values:
            place = f"{PLACES[attribute.place]}, NameFormat {attribute.name_format or '–'}"
            yield MetadataFact(ENTITY_ATTRIBUTES, f"{attribute.name} {value}", place)


def _endpoints(endpoints: Iterable[Endpoint]) -> Iterator[MetadataFact]:
    for found in endpoints:
        yield MetadataFact(ENDPOINTS, f"{found.service} {found.binding.rpartition(':')[2]}", found.location)


def _key(use: str, certificate: Certificate) -> MetadataFact:
    """Named by its public key: a certificate made anew for the same key is another value, not another key."""
    if certificate.pem is None:
        return MetadataFact(KEYS, use, "–")
    until = certificate.not_after.date().isoformat() if certificate.not_after else "–"
    kind = f"{certificate.algorithm} {certificate.bits or ''}".strip()
    return MetadataFact(KEYS, f"{use} {public_key(certificate.pem)}", key_value(kind, fingerprint(certificate.pem), until))


def fingerprint(pem: bytes) -> str:
    """SHA-256 of the certificate (DER), hex."""
    return hashlib.sha256(b64decode(b"".join(line for line in pem.splitlines() if not line.startswith(b"-----")))).hexdigest()


def public_key(pem: bytes) -> str:
    """SHA-256 of the certificate's public key (SubjectPublicKeyInfo), hex; of the certificate where the key is of an unknown kind."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        public = x509.load_pem_x509_certificate(pem).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):  # a kind of key that the other library knew; its certificate will do
        public = pem
    return hashlib.sha256(public).hexdigest()
