"""The nouns of idptest.toml, and the words that it may hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from idptest.model.feed import ENVIRONMENTS as ENVIRONMENTS
from idptest.model.feed import Feed
from idptest.model.rule import Waiver, Words

ROLES = ("teacher", "pupil")
PROTOCOLS = ("saml", "oidc")
EPPN_SOURCES = ("objectGUID", "mS-DS-ConsistencyGuid", "other")
REQUEST_BINDINGS = ("redirect", "post")
NAME_ID_FORMATS = ("transient", "persistent")
CLIENT_AUTH = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
RESPONSE_MODES = ("query", "form_post")
UI_LOCALES = ("sv", "en")  # the languages that an OP is asked to show its pages in
CONTACTS = ("technical", "administrative", "support", "security")
# What a step may fill in without its standing in the file.
PLACEHOLDERS = ("{username}", "{password}", "{code}")
LONGEST_WAIT = 60  # seconds

RULESETS: Mapping[str, tuple[str, ...]] = {
    "teacher": ("skolfederation", "dnp", "dnp-teacher", "loa3-teacher", "eppn-objectguid"),
    "pupil": ("skolfederation", "dnp", "eppn-objectguid"),
}


@dataclass(frozen=True)
class Organization:
    """For our own metadata. A text written once stands for both languages."""

    name: Words
    display_name: Words
    url: Words


@dataclass(frozen=True)
class Contact:
    """`kind` is one of CONTACTS; `email` without `mailto:`."""

    kind: str
    email: str
    given_name: str | None = None
    surname: str | None = None
    company: str | None = None


@dataclass(frozen=True)
class Logo:
    """`url` is an https address or a data: URI with an image; `width` and `height` in pixels."""

    url: str
    width: int
    height: int


@dataclass(frozen=True)
class Service:
    """What a login page may show about us (mdui:UIInfo). `error_url`: where to send whoever cannot log in to us."""

    display_name: Words
    description: Words | None = None
    information_url: Words | None = None
    privacy_url: Words | None = None
    error_url: str | None = None
    logo: Logo | None = None


@dataclass(frozen=True)
class SpSettings:
    """`base_url` is https, without a slash at the end."""

    entity_id: str
    base_url: str
    organization: Organization | None = None
    contacts: tuple[Contact, ...] = ()
    service: Service | None = None

    @property
    def acs_url(self) -> str:
        return f"{self.base_url}/saml/acs"

    @property
    def callback_url(self) -> str:
        """OpenID Connect's redirect_uri."""
        return f"{self.base_url}/oidc/callback"

    @property
    def logged_out_url(self) -> str:
        """OpenID Connect's post_logout_redirect_uri."""
        return f"{self.base_url}/oidc/logged-out"


@dataclass(frozen=True)
class MetadataSource:
    """`location`: a file, a URL, or a feed's name, as written. `entity_id` picks one entity out of an aggregate."""

    location: str
    entity_id: str | None = None


@dataclass(frozen=True)
class OidcSettings:
    """Only when the protocol is "oidc". `claims` tells which claim carries a known attribute: {"eppn": "…"}.

    `client_auth` is one of CLIENT_AUTH: how we prove who we are at the token endpoint. `max_age` in seconds, None: not asked; `login_hint`:
    the account's username is sent along; `request_object`: what we ask is signed, and sent by value (RFC 9101). `log_out`: each login is
    followed by a logout.
    """

    issuer: str
    client_id: str
    client_secret_env: str | None = None
    claims: Mapping[str, str] = dataclasses.field(default_factory=dict)
    client_auth: str = "private_key_jwt"
    scopes: tuple[str, ...] = ("openid",)
    response_mode: str | None = None
    max_age: int | None = None
    ui_locales: tuple[str, ...] = UI_LOCALES
    login_hint: bool = False
    request_object: bool = False
    log_out: bool = False


@dataclass(frozen=True)
class StepSettings:
    """A page that is not understood by itself. Recognised by all of `url`, `title`, `field` that are given.

    Then, after `wait` seconds (at most LONGEST_WAIT), `fill` (form field → text or one of PLACEHOLDERS) is filled in and what `press` names
    is pressed. A step that only waits then does what the page itself would do, or loads it anew.
    """

    url: str | None = None
    title: str | None = None
    field: str | None = None
    fill: Mapping[str, str] = dataclasses.field(default_factory=dict)
    press: str | None = None
    wait: float = 0


@dataclass(frozen=True)
class TraceSettings:
    """Where each stage that metadata passes is looked at. `own`, `uploaded`, `discovery`: a file or an address; the rest: a feed's name.

    `own` is where the IdP itself shows its metadata, `other` the federation's feed of the other environment.
    """

    own: str | None = None
    uploaded: str | None = None
    federation: str | None = None
    fidus: str | None = None
    discovery: str | None = None
    other: str | None = None


@dataclass(frozen=True)
class IdpSettings:
    """An IdP. `timeout` in seconds for one exchange. With OpenID Connect `metadata` is the OP's discovery document.

    `name_id_format` (one of NAME_ID_FORMATS) is asked for with a NameIDPolicy; None: nothing is asked. `acs_by_index`: our ACS is named
    by its index in our metadata instead of by its address.
    """

    name: str
    protocol: str
    metadata: MetadataSource
    product: str | None = None
    eppn_source: str = "objectGUID"
    digg_approved: bool = False
    environment: str = "test"
    proxy: str | None = None
    ca_file: str | None = None
    timeout: float = 30
    request_binding: str = "redirect"
    sign_requests: bool = False
    name_id_format: str | None = None
    acs_by_index: bool = False
    steps: tuple[StepSettings, ...] = ()
    oidc: OidcSettings | None = None
    trace: TraceSettings = TraceSettings()


@dataclass(frozen=True)
class DirectorySettings:
    """A directory to read accounts from. `name` is None when the file has one only, written as [directory].

    `tls` is "ldaps" (from the first byte) or "starttls". `username` may be a UPN, DOMAIN\\name or a DN. `attribute` holds an account's
    username; None: userPrincipalName or sAMAccountName, by the username's shape. `filter` is what an account is. `eppn_attribute` holds
    the EPPN, or what stands before @ in it, where eppn_source is "other". `timeout` in seconds for one answer.
    """

    name: str | None
    host: str
    port: int
    tls: str
    base: str
    username: str
    password_env: str | None = None
    ca_file: str | None = None
    attribute: str | None = None
    filter: str = "(&(objectCategory=person)(objectClass=user))"
    eppn_attribute: str | None = None
    timeout: float = 10

    @property
    def table(self) -> str:
        """As its header is written."""
        return f"[directory.{self.name}]" if self.name else "[directory]"


@dataclass(frozen=True)
class AccountSettings:
    """An account. `object_guid` is in canonical form. `person` is the same for two accounts of one human being."""

    name: str
    idps: tuple[str, ...]
    role: str
    username: str | None = None
    password_env: str | None = None
    totp_env: str | None = None
    client_certificate: str | None = None
    client_certificate_password_env: str | None = None
    test_person: bool = False
    object_guid: str | None = None
    given_name: str | None = None
    surname: str | None = None
    provisioned_eppn: str | None = None
    person: str | None = None
    protected_identity: bool = False
    rulesets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settings:
    keep_days: int
    sp: SpSettings
    idps: Mapping[str, IdpSettings]
    accounts: Mapping[str, AccountSettings]
    waivers: tuple[Waiver, ...] = ()
    directories: tuple[DirectorySettings, ...] = ()
    feeds: Mapping[str, Feed] = dataclasses.field(default_factory=dict)
    trace: TraceSettings = TraceSettings()
