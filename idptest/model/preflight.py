"""What is looked at before the first login: the settings, our own keys, the files, the way to the IdP. Parts of an inspection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from idptest.model.inspection import Part
from idptest.model.rule import Pointer, Words


@dataclass(frozen=True)
class Credential:
    """An environment variable that idptest.toml names, and where: [table] key."""

    table: str
    key: str
    variable: str
    is_set: bool


@dataclass(frozen=True)
class Credentials(Part):
    """Those that idptest.toml names. `asked`: a person is there, and is asked for what is not set."""

    named: tuple[Credential, ...]
    asked: bool = False


@dataclass(frozen=True)
class People(Part):
    """Who can log in at the IdP: the roles of its accounts."""

    idp: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Production(Part):
    """Is the IdP in production, as idptest.toml says, and has somebody said yes to that?"""

    idp: str
    production: bool
    allowed: bool


@dataclass(frozen=True)
class Extra(Part):
    """An optional part of idptest. `wanted_by` is what in idptest.toml asks for it; None when nothing does."""

    name: str
    installed: bool
    wanted_by: str | None = None


@dataclass(frozen=True)
class OwnKey(Part):
    """One of our keys and its certificate. `problem`: why one of them is missing or cannot be read; then the rest is None.

    `name` is the file's, without -key.pem; `bits` the key's size.
    """

    name: str
    problem: Words | None = None
    belong_together: bool | None = None
    algorithm: str | None = None
    bits: int | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None


@dataclass(frozen=True)
class PrivateFile:
    """A file that others should not read. `others` names who else may; None when that cannot be seen."""

    path: str
    others: tuple[Words, ...] | None


@dataclass(frozen=True)
class PrivateFiles(Part):
    """Those of the workspace."""

    files: tuple[PrivateFile, ...]


@dataclass(frozen=True)
class Workspace(Part):
    """The folder with idptest.toml. `synced_by`: what copies it to others' computers, such as OneDrive.

    `in_git`: it lies in a git repository; then `ignored` tells whether git leaves .idptest alone, and `tracked` what of it git holds.
    """

    path: str
    synced_by: str | None = None
    in_git: bool = False
    ignored: bool = False
    tracked: tuple[str, ...] = ()


@dataclass(frozen=True)
class IdpSource(Part):
    """The metadata that idptest.toml names. `problem`: why it cannot be used."""

    location: str
    problem: Words | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True)
class Clock(Part):
    """`ahead`: seconds that the clock of `host` is ahead of ours, by the Date of its answer (whole seconds).

    `tolerance` in seconds; None for `ahead` when the answer had no Date.
    """

    host: str
    ahead: float | None
    tolerance: int


@dataclass(frozen=True)
class Reached:
    """What was seen at an address.

    `unknown_name`: DNS does not know it. `families`: by "IPv4" and "IPv6", whether a connection was made, None when this computer has
    no such network; only those that DNS publishes. `tls`: the version that was agreed on; `old_tls`: one older than 1.2 that it also
    takes, "" when it takes none, None when that could not be tried. `tls_problem`: why TLS cannot be trusted; `certificate_ends` its
    server certificate's end. `leads_to`: where it redirects to. `error`: network trouble, in one line. `by_proxy`: then only `status`
    and what follows from it is known.
    """

    url: str
    unknown_name: bool = False
    families: tuple[tuple[str, bool | None], ...] = ()
    tls: str | None = None
    old_tls: str | None = None
    tls_problem: Words | None = None
    certificate_ends: datetime | None = None
    status: int | None = None
    leads_to: str | None = None
    error: Words | None = None
    by_proxy: bool = False


@dataclass(frozen=True)
class Address(Part):
    """Where a login starts (SingleSignOnService), by what is seen there."""

    what: str
    seen: Reached


@dataclass(frozen=True)
class Link(Part):
    """Another address in the metadata: logout, the error page, the logo. Logins work without it."""

    what: str
    seen: Reached


@dataclass(frozen=True)
class Knock(Part):
    """The IdP's answer to a request with IsPassive, or prompt=none by OpenID Connect, which needs no credentials.

    `ended` and `reason` as a flow has them; `status` the codes of a response, outermost first, by OpenID Connect the error, or "code"; `at` the page or step where it ended.
    `signed`: the request was; `wants_signed`: the IdP's metadata demands that.
    """

    ended: str
    reason: str | None
    said: str | None
    status: tuple[str, ...]
    status_message: str | None
    at: Pointer
    page_title: str | None = None
    signed: bool = False
    wants_signed: bool = False
    protocol: str = "saml"
