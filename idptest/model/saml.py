"""What a SAML response and an IdP's metadata say, as read: lenient, with a pointer to every place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from idptest.model.rule import Pointer, Words


@dataclass(frozen=True)
class Unreadable:
    """Something that is there and cannot be read: where, its text (cut at 100 characters) and why."""

    at: Pointer
    text: str
    why: Words


Instant = datetime | Unreadable | None
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
ENTITY = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"  # of an Issuer; the one Format that it may bear


@dataclass(frozen=True)
class Located:
    """Anything that was read from a document. `parts` maps local element names below it to where they stand."""

    pointer: Pointer
    parts: Mapping[str, Pointer]

    def at(self, part: str | None = None) -> Pointer:
        """Where `part` stands; the thing itself when the part is missing, for that is where it should stand."""
        return self.pointer if part is None else self.parts.get(part, self.pointer)


@dataclass(frozen=True)
class AttributeValue:
    """`nil`: it says xsi:nil. `markup`: there are elements in it, and `text` is what they hold."""

    at: Pointer
    text: str
    nil: bool = False
    markup: bool = False


@dataclass(frozen=True)
class Attribute(Located):
    name: str
    name_format: str | None
    friendly_name: str | None
    values: tuple[AttributeValue, ...]


@dataclass(frozen=True)
class NameId(Located):
    value: str
    format: str | None
    sp_name_qualifier: str | None


@dataclass(frozen=True)
class SubjectConfirmation(Located):
    method: str
    recipient: str | None
    in_response_to: str | None
    address: str | None
    not_before: Instant
    not_on_or_after: Instant


@dataclass(frozen=True)
class AuthnStatement(Located):
    instant: Instant
    session_index: str | None
    session_not_on_or_after: Instant
    context_class: str | None
    authenticating_authorities: tuple[str, ...]


@dataclass(frozen=True)
class Assertion(Located):
    """`verified`: a signature by a key in the IdP's metadata covers this very element.

    `audience_restrictions` keeps the structure: every restriction has to be met, by one of its audiences (Core 2.5.1.4).
    """

    id: str | None
    version: str | None
    issue_instant: Instant
    issuer: str | None
    issuer_format: str | None
    name_id: NameId | None
    confirmations: tuple[SubjectConfirmation, ...]
    not_before: Instant
    not_on_or_after: Instant
    audience_restrictions: tuple[tuple[str, ...], ...]
    authn_statements: tuple[AuthnStatement, ...]
    attribute_statements: int
    attributes: tuple[Attribute, ...]
    verified: bool
    name_id_encrypted: bool = False
    attributes_encrypted: int = 0


@dataclass(frozen=True)
class EncryptedAssertion(Located):
    """`algorithm` and `key_transport` are URIs; `problem` says why it was not decrypted, None when it was."""

    algorithm: str | None
    key_transport: str | None
    problem: Words | None


@dataclass(frozen=True)
class Signature(Located):
    """One ds:Signature. `state`: "valid" (by a metadata key), "invalid", "refused" (an algorithm that is not on our list: no key was
    tried), or "malformed" (its structure makes it worthless: no key was tried; `problem` says why).

    `of` is the local name of the element it stands in; `key` counts the metadata's signing keys from 1.
    """

    of: str
    state: str
    algorithm: str | None
    digest: str | None
    problem: Words | None = None
    key: int | None = None


@dataclass(frozen=True)
class Response(Located):
    """`status` holds the status codes, outermost first. `assertions` are those directly below Response and those that
    were decrypted from an EncryptedAssertion there; `misplaced_assertions` stand elsewhere. `schema_fault` is the first thing that
    SAML's schema has against the message: the local name of an element, and what is wrong with it, without any value.
    `padded_values` are addresses, names and the NameID with white space around them.
    """

    id: str | None
    version: str | None
    issue_instant: Instant
    destination: str | None
    in_response_to: str | None
    issuer: str | None
    issuer_format: str | None
    status: tuple[str, ...]
    status_message: str | None
    assertions: tuple[Assertion, ...]
    encrypted_assertions: tuple[EncryptedAssertion, ...]
    misplaced_assertions: tuple[Pointer, ...]
    signatures: tuple[Signature, ...]
    duplicate_ids: tuple[str, ...]
    commented_values: tuple[Pointer, ...]
    padded_values: tuple[Pointer, ...]
    schema_fault: tuple[str, str] | None

    @property
    def succeeded(self) -> bool:
        return self.status[:1] == ("urn:oasis:names:tc:SAML:2.0:status:Success",)


@dataclass(frozen=True)
class Certificate(Located):
    """A signing certificate in metadata. `bits` is the key's size; `pem` None when it cannot be read (`problem`).

    `self_signed`: it names itself as its issuer.
    """

    pem: bytes | None
    algorithm: str | None
    bits: int | None
    not_before: datetime | None
    not_after: datetime | None
    problem: Words | None = None
    self_signed: bool = False

    @property
    def strong(self) -> bool:
        """RSA of at least 2048 bits, or EC of at least 256 (Kantara SDP-MD06, SDP-MD07)."""
        return (self.bits or 0) >= {"RSA": 2048, "EC": 256}.get(self.algorithm or "", 1 << 20)


@dataclass(frozen=True)
class Endpoint(Located):
    """`service` is the element's local name, `location` its Location or ResponseLocation."""

    binding: str
    location: str
    service: str = "SingleSignOnService"


@dataclass(frozen=True)
class ScopeElement(Located):
    """A shibmd:Scope; `place` is "role" (below IDPSSODescriptor, where Skolverket's gateway reads it) or "entity".

    `value` is without the white space around it; `padded` says that there was some.
    """

    value: str
    regexp: bool
    place: str
    padded: bool = False


@dataclass(frozen=True)
class EntityAttribute(Located):
    """An attribute in mdattr:EntityAttributes; `place` as for scopes ("entity" is the right one)."""

    name: str
    name_format: str | None
    values: tuple[str, ...]
    place: str


@dataclass(frozen=True)
class Shown(Located):
    """A text, a link or a logo for people: `element` is DisplayName, OrganizationURL …; `language` None when it says none."""

    element: str
    language: str | None
    text: str


@dataclass(frozen=True)
class Contact(Located):
    """`kind` is the contactType, or "security" for what REFEDS marks so; `addresses` are the e-mail addresses as written."""

    kind: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class IdpMetadata(Located):
    """One IdP's entity descriptor with its IDPSSODescriptor. `document`: the bytes that it was read from.

    `other_endpoints`: all but SingleSignOnService. `other_roles`: the descriptors beside IDPSSODescriptor by local name, with
    their xsi:type. `digests` and `signings`: algorithms that it declares (alg:DigestMethod, alg:SigningMethod).
    `listed_attributes`: the names of saml:Attribute elements in IDPSSODescriptor. `signed`: it bears a signature of its own.
    """

    entity_id: str
    sso: tuple[Endpoint, ...]
    signing: tuple[Certificate, ...]
    scopes: tuple[ScopeElement, ...]
    entity_attributes: tuple[EntityAttribute, ...]
    want_authn_requests_signed: bool
    valid_until: Instant
    document: bytes = field(default=b"", repr=False)
    error_url: str | None = None
    other_endpoints: tuple[Endpoint, ...] = ()
    name_id_formats: tuple[str, ...] = ()
    shown: tuple[Shown, ...] = ()
    contacts: tuple[Contact, ...] = ()
    other_roles: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    signings: tuple[str, ...] = ()
    listed_attributes: tuple[str, ...] = ()
    signed: bool = False

    @property
    def display_name(self) -> str | None:
        """The first name that it is shown under."""
        return next((found.text for found in self.shown if found.element == "DisplayName"), None)

    @property
    def slo(self) -> tuple[Endpoint, ...]:
        """Where it takes requests to log out."""
        return tuple(found for found in self.other_endpoints if found.service == "SingleLogoutService")

    def scope_values(self, place: str) -> tuple[str, ...]:
        return tuple(scope.value for scope in self.scopes if scope.place == place)
