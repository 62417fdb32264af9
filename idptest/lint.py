"""One entity's metadata, to be judged by itself: bytes → Inspection."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime

from idptest.model.flow import IdpFacts
from idptest.model.inspection import METADATA, Fact, Inspection
from idptest.model.oidc import Discovery, Jwk, KeySet, Published
from idptest.model.rule import Value, Words
from idptest.model.saml import Certificate, Endpoint, IdpMetadata
from idptest.model.sp import SpKey, SpMetadata
from idptest.products import known, recognise
from idptest.saml.metadata import read_idp
from idptest.saml.metadata_facts import fingerprint
from idptest.saml.metadata_sp import read_sp


def rulesets(inspection: Inspection) -> tuple[str, ...]:
    """What an IdP's or an SP's metadata is judged by beside the rules in code; an OP's by nothing more."""
    if inspection.all(Published):
        return ()
    return ("skolfederation", "dnp", "dnp-teacher") if inspection.all(IdpMetadata) else ("skolfederation-sp",)


def of_idp(idp: IdpFacts, now: datetime, source: str | None = None) -> Inspection:
    """An IdP's metadata, and what is said of the IdP elsewhere. `source`: where the metadata is from, to be shown.

    Its product is recognised where nobody names it. Raises InputError when the metadata is no IdP's.
    """
    metadata = read_idp(idp.metadata)
    found = known(idp.product) or recognise(metadata.entity_id, idp.metadata)
    product = found.id if found else idp.product
    facts = (
        *_facts(("From", "Källa", source), ("Product", "Produkt", found.name if found else product)),
        *_facts(("Name", "Namn", metadata.display_name)),
        *_keys("Signing key", "Signeringsnyckel", metadata.signing, now),
        *_facts(
            ("Login addresses", "Inloggningsadresser", _addresses(metadata.sso)),
            ("Scopes", "Scope", tuple(scope.value for scope in metadata.scopes)),
            ("Declared levels", "Deklarerade nivåer", _declared(metadata)),
            *_until(metadata),
        ),
    )
    subjects: dict[type, tuple[object, ...]] = {
        IdpFacts: (idp,),
        IdpMetadata: (metadata,),
        Certificate: metadata.signing,
    }
    blockers: dict[type, str] = {Certificate: "saml-metadata/has-a-signing-certificate"}
    return Inspection(METADATA, metadata.entity_id, now, subjects, facts, blockers, product)


def of_sp(data: bytes, now: datetime, source: str | None = None) -> Inspection:
    """An SP's metadata. Raises InputError when it is no SP's."""
    sp = read_sp(data)
    facts = (
        *_facts(("From", "Källa", source), ("Name", "Namn", sp.display_name)),
        *_keys("Key", "Nyckel", tuple(key.certificate for key in sp.keys), now),
        *_facts(
            ("Answers go to", "Svar tas emot på", _addresses(sp.acs)),
            ("Attributes wanted", "Önskade attribut", tuple(wanted.friendly_name or wanted.name for wanted in sp.requested)),
            *_until(sp),
        ),
    )
    return Inspection(METADATA, sp.entity_id, now, {SpMetadata: (sp,), SpKey: sp.keys}, facts)


def of_op(published: Discovery, keys: KeySet | None, now: datetime, asked: IdpFacts | None = None, source: str | None = None) -> Inspection:
    """What an OpenID provider publishes. `asked`: whom it was asked for; None for a file, which nobody asked for. `keys` None: not looked at."""
    subjects, blockers = op_subjects(published, keys, asked)
    name = asked.entity_id if asked else published.text("issuer") or source or "–"
    document = json.dumps(dict(published.values), default=str).encode()
    found = known(asked.product if asked else None) or recognise(name, document)
    facts = (*_facts(("From", "Källa", source), ("Product", "Produkt", found.name if found else None)), *op_facts(published, keys))
    return Inspection(METADATA, name, now, subjects, facts, blockers, found.id if found else None)


def op_subjects(
    published: Discovery, keys: KeySet | None, asked: IdpFacts | None
) -> tuple[dict[type, tuple[object, ...]], dict[type, str]]:
    """What rules can judge of an OP before any login, and by class the rule that tells why it is not there."""
    subjects: dict[type, tuple[object, ...]] = {
        Published: (Published(**vars(published)),),
        Discovery: () if published.problem else (published,),
        IdpFacts: (asked,) if asked else (),
    }
    blockers: dict[type, str] = {Discovery: "oidc-discovery/can-be-fetched"}
    if asked is not None or keys is not None:
        subjects |= {KeySet: (keys,) if keys else (), Jwk: keys.keys if keys else ()}
        missing = "oidc-discovery/can-be-fetched" if published.problem else "oidc-discovery/has-what-it-must"
        blockers |= {KeySet: missing, Jwk: "oidc-keys/can-be-fetched" if keys else missing}
    return subjects, blockers


def op_facts(published: Discovery, keys: KeySet | None) -> Iterator[Fact]:
    """Where it is, which levels it lists and which keys it has, for orientation."""
    yield from _facts(
        ("Issuer", "Issuer", published.text("issuer")),
        ("Login address", "Inloggningsadress", published.text("authorization_endpoint")),
        ("Levels", "Nivåer", published.texts("acr_values_supported")),
        ("Keys", "Nycklar", tuple(f"{key.kind or '?'} {key.bits or ''} {key.kid or ''}".strip() for key in keys.keys[:20]) if keys else ()),
    )


def _facts(*seen: tuple[str, str, Value]) -> Iterator[Fact]:
    """Those that there is something to say of."""
    for en, sv, value in seen:
        if value not in (None, "", ()):
            yield Fact(Words(en, sv), value)


def _keys(en: str, sv: str, certificates: Iterable[Certificate], now: datetime) -> Iterator[Fact]:
    """Which keys there are, by the SHA-256 of their certificates, as federations show them; and how long each certificate lasts."""
    read = list({found.pem: found for found in certificates if found.pem is not None and found.not_after is not None}.values())
    yield from _facts(
        (en, sv, tuple(_key(found) for found in read)),
        ("Certificate ends", "Certifikatet går ut", tuple(found.not_after.date().isoformat() for found in read if found.not_after)),
        ("Days left", "Dagar kvar", tuple((found.not_after - now).days for found in read if found.not_after)),
    )


def _key(certificate: Certificate) -> str:
    kind = f"{certificate.algorithm} {certificate.bits or ''}".strip()
    return f"{kind}, {fingerprint(certificate.pem or b'')}"


def _addresses(endpoints: Iterable[Endpoint]) -> tuple[str, ...]:
    return tuple(f"{found.binding.rpartition(':')[2]} {found.location}" for found in endpoints)


def _declared(metadata: IdpMetadata) -> tuple[str, ...]:
    """What the entity attributes in the right place say of levels, e-leg too."""
    name = "urn:oasis:names:tc:SAML:attribute:assurance-certification"
    return tuple(value for found in metadata.entity_attributes if found.place == "entity" and found.name == name for value in found.values)


def _until(metadata: IdpMetadata | SpMetadata) -> Iterator[tuple[str, str, Value]]:
    end = metadata.valid_until
    if isinstance(end, datetime):
        yield "Valid until", "Gäller till", end.date().isoformat()
