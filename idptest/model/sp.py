"""What an SP's metadata says, as read: lenient, with a pointer to every place."""

from __future__ import annotations

from dataclasses import dataclass

from idptest.model.inspection import Part
from idptest.model.rule import Pointer
from idptest.model.saml import Certificate, Contact, Endpoint, EntityAttribute, Instant, Located, Shown

SIGNING, ENCRYPTION = "signing", "encryption"


@dataclass(frozen=True)
class AssertionConsumer(Endpoint):
    """An AssertionConsumerService. `index` as written; `is_default` None when it does not say."""

    index: str | None = None
    is_default: bool | None = None


@dataclass(frozen=True)
class RequestedAttribute(Located):
    """`required`: the SP says that it does not work without it (isRequired)."""

    name: str
    name_format: str | None
    friendly_name: str | None
    required: bool


@dataclass(frozen=True)
class SpKey(Located, Part):
    """A certificate of a KeyDescriptor. `use` is SIGNING, ENCRYPTION or None: for both (SAMLMeta 2.4.1.1).

    `methods`: the algorithms that it would rather be encrypted to with (md:EncryptionMethod), URIs in order.
    """

    use: str | None
    certificate: Certificate
    methods: tuple[str, ...] = ()

    def serves(self, use: str) -> bool:
        return self.use in (use, None)


@dataclass(frozen=True)
class SpMetadata(Located, Part):
    """One SP's entity descriptor with its SPSSODescriptor.

    `shown` holds ServiceName too. `fault`: where it first departs from the schema, and the schema processor's words. `other_endpoints`: all but
    AssertionConsumerService. `other_roles`: the descriptors beside SPSSODescriptor. `signed`: it bears a signature of its own.
    """

    entity_id: str
    acs: tuple[AssertionConsumer, ...]
    keys: tuple[SpKey, ...]
    requested: tuple[RequestedAttribute, ...]
    signs_requests: bool
    wants_signed_assertions: bool
    valid_until: Instant
    error_url: str | None = None
    name_id_formats: tuple[str, ...] = ()
    shown: tuple[Shown, ...] = ()
    contacts: tuple[Contact, ...] = ()
    entity_attributes: tuple[EntityAttribute, ...] = ()
    other_endpoints: tuple[Endpoint, ...] = ()
    other_roles: tuple[str, ...] = ()
    signed: bool = False
    fault: tuple[Pointer, str] | None = None

    def keys_for(self, use: str) -> tuple[SpKey, ...]:
        """Those that serve SIGNING or ENCRYPTION."""
        return tuple(key for key in self.keys if key.serves(use))

    @property
    def display_name(self) -> str | None:
        """The first name that it is shown under."""
        return next((found.text for found in self.shown if found.element == "DisplayName"), None)
