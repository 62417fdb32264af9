"""A federation's feed, from bytes to facts: what is in it, and whether a pinned key signed all of it.

Whatever the bytes are, what is wrong with them is a value. Nothing inside a feed lends it trust: not the certificate that it carries,
not the signature of an entity in it.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from idptest.model import aggregate as wrong
from idptest.model.aggregate import Aggregate, ListedEntity, Problem
from idptest.model.rule import Words
from idptest.saml.metadata import cut_out
from idptest.saml.signed_whole import Canonical, Verified, canonical, verify
from idptest.saml.xml import (
    DS,
    MAX_FEED,
    MD,
    MDRPI,
    MDUI,
    NS,
    SHIBMD,
    SPACE,
    XMLNS,
    Element,
    NotXml,
    children,
    date_time,
    first,
    parse,
    text,
)  # fmt: skip

Keep = Callable[[ListedEntity, bytes], None]

_GROUP, _ENTITY = f"{{{MD}}}EntitiesDescriptor", f"{{{MD}}}EntityDescriptor"
_IDP, _SP, _SCOPE, _NAME = f"{{{MD}}}IDPSSODescriptor", f"{{{MD}}}SPSSODescriptor", f"{{{SHIBMD}}}Scope", f"{{{MDUI}}}DisplayName"
_EXTENSIONS = f"{{{MD}}}Extensions"
_ORGANIZATION = (f"{{{MD}}}OrganizationDisplayName", f"{{{MD}}}OrganizationName")
_REGISTRATION, _PUBLICATION = f"{{{MDRPI}}}RegistrationInfo", f"{{{MDRPI}}}PublicationInfo"
_TOLD = (_IDP, _SP, _SCOPE, _NAME, *_ORGANIZATION, _REGISTRATION)
# xs:duration, XML Schema part 2, 3.2.6; a year is taken as 365 days and a month as 30, for this is how long a copy is fresh.
_DURATION = re.compile(r"(-?)P(?=[0-9T])(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=[0-9])(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_SECONDS = (365 * 86400, 30 * 86400, 86400, 3600, 60, 1)


def read(data: bytes, certificate: bytes | None, now: datetime, keep: Keep | None = None, wanted: str | None = None) -> Aggregate:
    """The feed, verified with the pinned certificate (PEM; None when none is pinned yet). Never raises.

    `keep` is called with every entity, or those with the entityID that is `wanted`, and its descriptor, cut out, before the verdict is
    known: who stores them throws them away unless the result is `verified`.
    """
    try:
        return _read(data, certificate, now, keep, wanted)
    except NotXml as problem:
        return Aggregate(False, (Problem(wrong.UNREADABLE, problem.words),))


def _read(data: bytes, certificate: bytes | None, now: datetime, keep: Keep | None, wanted: str | None) -> Aggregate:
    parts = children(data, _GROUP, MAX_FEED)
    root = next(parts)
    if root.tag not in (_GROUP, _ENTITY):
        local = root.tag.rpartition("}")[2][:80]
        words = Words(f"its root element is {local}, not EntitiesDescriptor", f"dess rotelement är {local}, inte EntitiesDescriptor")
        return Aggregate(False, (Problem(wrong.NOT_METADATA, words),))
    found: list[ListedEntity] = []
    ends = [root.get("validUntil")]
    about: dict[str, dict[str, str]] = {}

    def take(element: Element, form: bytes | None = None) -> None:
        listed = _listed(element, form or canonical(element))
        found.append(listed)
        if keep and wanted in (None, listed.entity_id):
            keep(listed, cut_out(element))

    whole = None
    if root.tag == _ENTITY:
        take(root)
    else:
        whole = Canonical(root)
        for child in parts:
            form = canonical(child) if isinstance(child.tag, str) else b""
            whole.child(child, form)
            if child.tag == _ENTITY:
                take(child, form)
            elif child.tag == _GROUP:
                ends += [each.get("validUntil") for each in child.iter(_GROUP)]
                for element in _entities(child):
                    take(element)
            elif child.tag == _EXTENSIONS:
                about |= {each.tag: dict(each.attrib) for each in child.iterchildren(_REGISTRATION, _PUBLICATION)}
    verified, problems = _signature(data, whole, certificate)
    duplicates = tuple(entity_id for entity_id, count in Counter(entity.entity_id for entity in found).items() if count > 1)
    if duplicates:
        words = Words(
            f"{len(duplicates)} entityIDs occur more than once, such as {duplicates[0][:200]}",
            f"{len(duplicates)} entityID:n förekommer flera gånger, till exempel {duplicates[0][:200]}",
        )
        problems.append(Problem(wrong.DUPLICATES, words))
    if not found:
        problems.append(Problem(wrong.NO_ENTITIES, Words("there is no entity in it", "det finns ingen entitet i det")))
    end, about_end = _end(ends, now)
    registration, publication = about.get(_REGISTRATION, {}), about.get(_PUBLICATION, {})
    return Aggregate(
        verified=verified.state == "valid",
        problems=(*problems, *about_end),
        id=root.get("ID"),
        name=root.get("Name"),
        valid_until=end,
        cache_duration=duration(root.get("cacheDuration")),
        registrar=registration.get("registrationAuthority"),
        publisher=publication.get("publisher"),
        published_at=_moment(publication.get("creationInstant")),
        signature_algorithm=verified.algorithm,
        digest_algorithm=verified.digest,
        entities=tuple(found),
        duplicates=duplicates,
    )


def signing_certificate(data: bytes) -> bytes | None:
    """The certificate that the feed's own signature names, PEM: to be shown and compared, and never trusted by itself. Never raises."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    found = first(data, f"{{{DS}}}Signature")
    parent = None if found is None else found.getparent()
    if found is None or parent is None or parent.getparent() is not None or parent.tag not in (_GROUP, _ENTITY):
        return None
    body = text(found.find("ds:KeyInfo/ds:X509Data/ds:X509Certificate", NS))
    try:
        return x509.load_der_x509_certificate(b64decode("".join((body or "").split()), validate=True)).public_bytes(Encoding.PEM)
    except Exception:  # cryptography and its backend raise many kinds for a broken certificate
        return None


def entity(data: bytes, entity_id: str) -> bytes | None:
    """One entity's descriptor, cut out of the feed, without building any other; None when it is not there. Never raises.

    It says nothing of the signature: who needs that reads the feed first.
    """
    return next((cut_out(found) for found in _each(data) if found.get("entityID") == entity_id), None)


def entities(data: bytes) -> Iterator[tuple[ListedEntity, bytes]]:
    """Every entity and its descriptor, cut out, of a feed that was verified before. Nothing when it cannot be read."""
    for found in _each(data):
        yield _listed(found, canonical(found)), cut_out(found)


def _each(data: bytes) -> Iterator[Element]:
    try:
        parts = children(data, _GROUP, MAX_FEED)
        root = next(parts)
        for child in parts if root.tag == _GROUP else [root]:
            yield from _entities(child)
    except NotXml:
        return


def duration(raw: str | None) -> timedelta | None:
    """An xs:duration; None when there is none, it is negative, or it cannot be read."""
    found = _DURATION.fullmatch(raw.strip(SPACE)) if raw and len(raw) < 100 else None
    if found is None or found[1]:
        return None
    try:
        return timedelta(seconds=sum(float(part) * unit for part, unit in zip(found.groups()[1:], _SECONDS) if part))
    except OverflowError:
        return timedelta.max


def _signature(data: bytes, whole: Canonical | None, certificate: bytes | None) -> tuple[Verified, list[Problem]]:
    pinned = certificate if certificate and _loads(certificate) else None
    found = whole.verified(pinned) if whole and pinned else None
    if found is None:
        found = verify(parse(data, MAX_FEED), pinned or b"")
    if found.state == "valid":
        return found, []
    if pinned is None and found.state == "invalid":
        words = (
            Words("no certificate is approved to verify it with", "inget certifikat är godkänt att verifiera det med")
            if certificate is None
            else Words("the approved certificate cannot be read", "det godkända certifikatet går inte att läsa")
        )
        return found, [Problem(wrong.NO_CERTIFICATE, words)]
    why = found.problem or Words("", "")
    kind, words = {
        "unsigned": (wrong.UNSIGNED, Words("it is not signed as a whole", "det är inte signerat som helhet")),
        "malformed": (wrong.MALFORMED, Words(f"the signature: {why.en}", f"signaturen: {why.sv}")),
        "refused": (
            wrong.REFUSED,
            Words(
                f"it is signed with an algorithm that does not count ({found.algorithm}, {found.digest})",
                f"det är signerat med en algoritm som inte räknas ({found.algorithm}, {found.digest})",
            ),
        ),
        "invalid": (
            wrong.INVALID,
            Words(
                "the approved key did not sign this: it was changed on the way, or signed with another key",
                "den godkända nyckeln har inte signerat det här: det har ändrats på vägen, eller signerats med en annan nyckel",
            ),
        ),
    }[found.state]
    return found, [Problem(kind, words)]


def _loads(pem: bytes) -> bool:
    from cryptography import x509

    try:
        x509.load_pem_x509_certificate(pem).public_key()
    except Exception:  # cryptography and its backend raise many kinds for a broken certificate
        return False
    return True


def _entities(root: Element) -> Iterator[Element]:
    """Every entity, also in groups in groups; nothing that stands in an Extensions."""
    if root.tag == _ENTITY:
        yield root
        return
    groups = [root.iterchildren(_ENTITY, _GROUP)]
    while groups:
        found = next(groups[-1], None)
        if found is None:
            groups.pop()
        elif found.tag == _ENTITY:
            yield found
        else:
            groups.append(found.iterchildren(_ENTITY, _GROUP))


def _listed(element: Element, form: bytes) -> ListedEntity:
    roles, scopes = dict[str, None](), dict[str, None]()
    names, organizations = [], []
    registration = None
    for found in element.iter(*_TOLD):
        tag = found.tag
        if tag == _SCOPE:
            scopes[text(found) or ""] = None
        elif tag == _NAME:
            names.append((found.get(_LANG, ""), text(found) or ""))
        elif tag in _ORGANIZATION:
            organizations.append((found.get(_LANG, ""), text(found) or ""))
        elif tag == _REGISTRATION:
            registration = found
        else:
            roles["idp" if tag == _IDP else "sp"] = None
    return ListedEntity(
        entity_id=element.get("entityID", ""),
        roles=tuple(sorted(roles)),
        names=tuple(dict.fromkeys(names)),
        organizations=tuple(dict.fromkeys(organizations)),
        scopes=tuple(scopes),
        registrar=None if registration is None else registration.get("registrationAuthority"),
        registered_at=None if registration is None else _moment(registration.get("registrationInstant")),
        valid_until=min(filter(None, (_moment(each.get("validUntil")) for each in (element, *element.iterancestors()))), default=None),
        digest=hashlib.sha256(form).hexdigest(),
    )


_LANG = f"{{{XMLNS}}}lang"


def _moment(raw: str | None) -> datetime | None:
    try:
        return None if raw is None else date_time(raw)
    except ValueError:
        return None


def _end(raw: Sequence[str | None], now: datetime) -> tuple[datetime | None, list[Problem]]:
    """When the feed ends, and what is wrong with that: of itself and of the groups in it, whichever ends first."""
    ends = [(text, _moment(text)) for text in raw if text is not None]
    end = min((moment for _, moment in ends if moment), default=None)
    problems = []
    unreadable = next((text[:100] for text, moment in ends if moment is None), None)
    if unreadable is not None:
        words = Words(f"its end cannot be read: validUntil is {unreadable}", f"dess slut går inte att läsa: validUntil är {unreadable}")
        problems.append(Problem(wrong.UNREADABLE_END, words))
    elif end is None:
        words = Words("it does not say until when it is valid", "det anger inte hur länge det gäller (validUntil)")
        problems.append(Problem(wrong.NO_END, words))
    if end and end <= now:
        words = Words(f"it was valid until {end:%Y-%m-%d %H:%M} UTC", f"det gällde till {end:%Y-%m-%d %H:%M} UTC")
        problems.append(Problem(wrong.EXPIRED, words))
    return end, problems
