"""What makes two descriptors of an IdP the same version: the facts that a login stands on, not bytes, because federations write them anew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from idptest.model.rule import Words
from idptest.model.saml import Certificate, IdpMetadata

E_LEG = "https://fidus.skolverket.se/authentication/e-leg"
_SHOWN = 3  # of one kind; the rest are counted


@dataclass(frozen=True)
class Version:
    """The facts that matter. What federations add or write in their own way is not among them: validUntil, ID, registrationInfo,

    signature, contacts, organisation, the order of things. An entity attribute that only the later one has was added by a federation,
    unless it is the declaration of e-legitimation, which is the IdP's own.
    """

    keys: frozenset[str]  # SHA-256 of each signing certificate
    endpoints: frozenset[str]  # "SingleSignOnService HTTP-Redirect https://…"
    scopes: frozenset[str]
    declared: frozenset[str]  # entity attributes: "name value"
    signed_requests: frozenset[str]  # {"WantAuthnRequestsSigned"} or nothing

    @property
    def digest(self) -> str:
        """The first eight hexadecimal digits of a SHA-256 over the facts: for people to see that two are alike."""
        lines = (f"{part.name} {fact}" for part in fields(self) for fact in sorted(getattr(self, part.name)))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:8]


def version(metadata: IdpMetadata) -> Version:
    return Version(
        keys=frozenset(_key(certificate) for certificate in metadata.signing),
        endpoints=frozenset(
            f"{found.service} {found.binding.rpartition(':')[2]} {found.location.strip()}"
            for found in (*metadata.sso, *metadata.other_endpoints)
            if found.service in ("SingleSignOnService", "SingleLogoutService")
        ),
        scopes=frozenset(
            scope.value + (" (regexp)" if scope.regexp else "") + (" (under EntityDescriptor)" if scope.place == "entity" else "")
            for scope in metadata.scopes
        ),
        declared=frozenset(
            f"{attribute.name} {value.strip()}" + ("" if attribute.place == "entity" else " (under IDPSSODescriptor)")
            for attribute in metadata.entity_attributes
            for value in attribute.values
        ),
        signed_requests=frozenset(["WantAuthnRequestsSigned"] if metadata.want_authn_requests_signed else []),
    )


def _key(certificate: Certificate) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    if certificate.pem is None:
        return "unreadable"
    return x509.load_pem_x509_certificate(certificate.pem).fingerprint(SHA256()).hex()


def same(newest: Version, later: Version) -> bool:
    return not any(True for _ in _differences(newest, later))


def lacks(newest: Version, later: Version) -> Words:
    """How the later one differs, in words: "lacks the key 3f2a…; still has the scope …". Empty when it does not."""
    parts = list(_differences(newest, later))
    return Words("; ".join(part.en for part in parts), "; ".join(part.sv for part in parts))


_KINDS = {
    "keys": Words("the signing key", "signeringsnyckeln"),
    "endpoints": Words("the address", "adressen"),
    "scopes": Words("the scope", "scope"),
    "declared": Words("the entity attribute", "entitetsattributet"),
    "signed_requests": Words("the wish", "önskemålet"),
}


def _differences(newest: Version, later: Version) -> Iterator[Words]:
    for name, kind in _KINDS.items():
        new, old = getattr(newest, name), getattr(later, name)
        extra = {fact for fact in old - new if E_LEG in fact} if name == "declared" else old - new
        if new - old:
            listed = _listed(new - old, name)
            yield Words(f"lacks {kind.en} {listed.en}", f"saknar {kind.sv} {listed.sv}")
        if extra:
            listed = _listed(extra, name)
            yield Words(f"still has {kind.en} {listed.en}", f"har kvar {kind.sv} {listed.sv}")


def _listed(facts: Iterable[str], name: str) -> Words:
    shown = [
        f"{fact[:16]}…" if name == "keys" and len(fact) > 16 else fact.rpartition(" ")[2] if name == "declared" else fact
        for fact in sorted(facts)
    ]
    first, more = ", ".join(shown[:_SHOWN]), len(shown) - _SHOWN
    return Words(f"{first} and {more} more", f"{first} och {more} till") if more > 0 else Words(first, first)
