"""A federation's feed, built of metadata files and signed: what test federations are made with.

signxml signs, and what verifies (`signature`) is another program. The same arguments give the same bytes, when the key is RSA.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from idptest.errors import InputError
from idptest.saml.xml import DS, MD, MDRPI, NS, Element, NotXml, parse, timestamp

_GROUP, _ENTITY = f"{{{MD}}}EntitiesDescriptor", f"{{{MD}}}EntityDescriptor"


@dataclass(frozen=True)
class Federation:
    """What the feed says of itself. `id`: an XML name. `cache_duration`: an xs:duration, such as PT1H.

    `registrar`: the URI that entities are registered by, unless they name another; None says nothing of it.
    """

    id: str
    name: str
    created: datetime
    valid_until: datetime
    cache_duration: str = "PT1H"
    registrar: str | None = None


def build(files: Iterable[tuple[str, bytes]], about: Federation, key: Any, certificate: bytes, *, drop_signatures: bool = False) -> bytes:
    """`gather` and `signed` in one."""
    return signed(gather(files, about, drop_signatures=drop_signatures), about, key, certificate)


def gather(files: Iterable[tuple[str, bytes]], about: Federation, *, drop_signatures: bool = False) -> list[Element]:
    """All entities in `files`, each its name and bytes, in that order, registered by the federation's registrar.

    `drop_signatures`: leave out those that files bear, which would not hold in a feed. Raises InputError, which names the file, when one
    is no metadata, has an entity that another has too, or is signed.
    """
    seen: dict[str, str] = {}
    found = []
    for where, data in files:
        for entity in _entities(data, where, drop_signatures):
            name = entity.get("entityID", "")
            if not name:
                raise InputError("an entity in it has no entityID", "en entitet i den saknar entityID", where=where)
            if name in seen:
                raise InputError(
                    f"the entityID {name} is in {seen[name]} too; a feed has it once",
                    f"entityID {name} finns även i {seen[name]}; ett metadataflöde har det en gång",
                    where=where,
                )
            seen[name] = where
            if about.registrar:
                _register(entity, about.registrar)
            entity.tail = "\n"
            found.append(entity)
    if not found:
        raise InputError("there is no metadata to sign", "det finns ingen metadata att signera")
    return found


def signed(entities: Iterable[Element], about: Federation, key: Any, certificate: bytes) -> bytes:
    """The signed EntitiesDescriptor. `key`: RSA or EC, as cryptography has it; `certificate`: PEM. The entities are moved into it."""
    root = etree.Element(_GROUP, nsmap={"md": MD, "ds": DS, "mdrpi": MDRPI})
    root.set("ID", about.id)
    root.set("Name", about.name)
    root.set("validUntil", timestamp(about.valid_until))
    root.set("cacheDuration", about.cache_duration)
    root.text = "\n"
    etree.SubElement(root, f"{{{DS}}}Signature", Id="placeholder").tail = "\n"
    extensions = etree.SubElement(root, f"{{{MD}}}Extensions")
    extensions.tail = "\n"
    etree.SubElement(extensions, f"{{{MDRPI}}}PublicationInfo", publisher=about.name, creationInstant=timestamp(about.created))
    root.extend(entities)
    return _signed(root, about.id, key, certificate)


def _entities(data: bytes, where: str, drop_signatures: bool) -> Iterator[Element]:
    try:
        root = parse(data)
    except NotXml as problem:
        raise InputError(
            f"this is no metadata: {problem.words.en}", f"det här är ingen metadata: {problem.words.sv}", where=where
        ) from None
    if root.tag not in (_GROUP, _ENTITY):
        found = root.tag.rpartition("}")[2]
        raise InputError(
            f"this is no metadata: the root element is {found}, not EntityDescriptor or EntitiesDescriptor",
            f"det här är ingen metadata: rotelementet är {found}, inte EntityDescriptor eller EntitiesDescriptor",
            where=where,
        )
    for signature in [found for each in root.iter(_GROUP, _ENTITY) for found in each.iterfind("ds:Signature", NS)]:
        if not drop_signatures:
            raise InputError(
                "it bears a signature already, which would not hold in the feed; leave it out with --drop-signatures",
                "den är redan signerad, och den signaturen skulle inte hålla i flödet; ta bort den med --drop-signatures",
                where=where,
            )
        signature.getparent().remove(signature)
    entities = list(root.iter(_ENTITY))
    if not entities:
        raise InputError("there is no entity in it", "det finns ingen entitet i den", where=where)
    yield from entities


def _register(entity: Element, registrar: str) -> None:
    """By whom it is registered, unless it says so itself. No instant: then only what changed in an entity changes it."""
    if entity.find(f"md:Extensions/{{{MDRPI}}}RegistrationInfo", NS) is not None:
        return
    extensions = entity.find("md:Extensions", NS)
    if extensions is None:
        extensions = etree.Element(f"{{{MD}}}Extensions")
        entity.insert(0, extensions)
    etree.SubElement(extensions, f"{{{MDRPI}}}RegistrationInfo", registrationAuthority=registrar, nsmap={"mdrpi": MDRPI})


def _signed(root: Element, own: str, key: Any, certificate: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec
    from signxml.algorithms import CanonicalizationMethod, SignatureMethod
    from signxml.signer import XMLSigner

    signer = XMLSigner(
        signature_algorithm=SignatureMethod.ECDSA_SHA256 if isinstance(key, ec.EllipticCurvePrivateKey) else SignatureMethod.RSA_SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    signed = signer.sign(root, key=key, cert=certificate.decode(), reference_uri=f"#{own}", id_attribute="ID")
    return bytes(etree.tostring(signed, encoding="utf-8", xml_declaration=True)) + b"\n"
