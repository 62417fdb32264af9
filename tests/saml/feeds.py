"""Feeds for tests: Exempelstad and others in an EntitiesDescriptor, signed by xmlsec so that any structure can be made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import xmlsec
from lxml import etree

from idptest.demo import keys, metadata
from idptest.model import aggregate as wrong
from idptest.model.aggregate import Aggregate
from idptest.saml import aggregate
from idptest.saml.xml import DS, MD, MDRPI, NS

NOW = datetime(2026, 11, 22, 7, 45, tzinfo=UTC)
PINNED = keys.certificate("signing")
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


def entity(name: str = "exempelstad.se") -> bytes:
    """An IdP's descriptor, with another domain for another municipality."""
    return metadata.to_xml(metadata.Published()).replace(b"exempelstad.se", name.encode())


def unsigned(*entities: bytes, change: Callable[[Any], Any] | None = None, **attributes: str) -> Any:
    """An EntitiesDescriptor of these entities, or of two municipalities."""
    given = {"ID": "_feed", "Name": "https://feed.example/", "validUntil": "2026-12-01T00:00:00Z", "cacheDuration": "PT6H"} | attributes
    root = etree.Element(f"{{{MD}}}EntitiesDescriptor", {name: value for name, value in given.items() if value}, nsmap={"md": MD})
    extensions = etree.SubElement(root, f"{{{MD}}}Extensions")
    etree.SubElement(
        extensions,
        f"{{{MDRPI}}}PublicationInfo",
        {"publisher": "https://feed.example/", "creationInstant": "2026-11-22T00:00:00Z"},
        nsmap={"mdrpi": MDRPI},
    )
    for data in entities or (entity(), entity("grannstad.se")):
        root.append(etree.fromstring(data))
    if change:
        change(root)
    return root


def signed(
    root: Any = None,
    *,
    key: str = "signing",
    uri: str | None = None,
    transforms: Sequence[str] = (ENVELOPED, EXCLUSIVE),
    method: str = RSA_SHA256,
    digest: str = SHA256,
    canonical: str = EXCLUSIVE,
    info: str = "",
    references: int = 1,
) -> bytes:
    """The document, its signature first, made by xmlsec as asked for. `info`: what its KeyInfo holds."""
    root = unsigned() if root is None else root
    own = f"#{root.get('ID')}" if uri is None else uri
    listed = "".join(f'<ds:Transform Algorithm="{found}"/>' for found in transforms)
    reference = f'<ds:Reference URI="{own}"><ds:Transforms>{listed}</ds:Transforms><ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue/></ds:Reference>'
    signature = etree.fromstring(
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{canonical}"/>'
        f'<ds:SignatureMethod Algorithm="{method}"/>{reference * references}</ds:SignedInfo><ds:SignatureValue/>'
        f"<ds:KeyInfo>{info}</ds:KeyInfo></ds:Signature>"
    )
    root.insert(0, signature)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(keys.pem(key), xmlsec.constants.KeyDataFormatPem, None)
    xmlsec.tree.add_ids(root, ["ID"])
    context.sign(signature)
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True))


def read(data: bytes, certificate: bytes | None = PINNED, now: datetime = NOW) -> Aggregate:
    return aggregate.read(data, certificate, now)


def kinds(data: bytes, certificate: bytes | None = PINNED, now: datetime = NOW) -> list[str]:
    feed = read(data, certificate, now)
    assert feed.verified == (not feed.has(*UNTRUSTED))
    for problem in feed.problems:
        assert problem.words.en != problem.words.sv
        assert "\n" not in problem.words.en + problem.words.sv
    return [problem.kind for problem in feed.problems]


UNTRUSTED = (wrong.UNREADABLE, wrong.NOT_METADATA, wrong.NO_CERTIFICATE, wrong.UNSIGNED, wrong.MALFORMED, wrong.REFUSED, wrong.INVALID)


def without_signature(data: bytes) -> bytes:
    root = etree.fromstring(data)
    root.remove(root.find("ds:Signature", NS))
    return bytes(etree.tostring(root))


def changed(change: Callable[[Any], object], data: bytes | None = None) -> bytes:
    root = etree.fromstring(data or signed())
    change(root)
    return bytes(etree.tostring(root))
