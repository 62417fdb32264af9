"""What an OpenID provider (OP) says, as read: lenient, with a pointer to every place. Values are JSON's, whatever the OP sent."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from idptest.model.flow import LogoutPart
from idptest.model.rule import Pointer, Value, Words
from idptest.model.saml import Instant, Unreadable

LONGEST = 200  # characters of a value that are shown

# What became of a token's signature.
VALID = "valid"  # by a key of the JWKS
INVALID = "invalid"  # by none of those that it could be
UNSIGNED = "unsigned"  # alg is none
REFUSED = "refused"  # an algorithm that is not on our list: no key was tried
LACKING = "lacking"  # an algorithm on our list that our library lacks
NO_KEY = "no-key"  # no key of the JWKS is the one it names, or is of its kind
CRITICAL = "critical"  # `crit` demands something that we do not know (RFC 7515 4.1.11)
ENCRYPTED = "encrypted"  # five parts: for a key that we do not have
MALFORMED = "malformed"  # no JWS in compact form


@dataclass(frozen=True)
class Members:
    """A JSON object, or the parameters of a request: `values` by name. `problem` says why nothing could be read; then it is empty."""

    pointer: Pointer
    values: Mapping[str, Any] = field(default_factory=dict)
    problem: Words | None = None

    def at(self, name: str | None = None) -> Pointer:
        """Where that member stands; the whole when it is missing, for that is where it should stand."""
        if name is None or name not in self.values:
            return self.pointer
        whole = self.pointer
        return Pointer(whole.document, f"{whole.path}/{name.replace('~', '~0').replace('/', '~1')}", whole.number)

    def text(self, name: str) -> str | None:
        """The member when it is a text."""
        found = self.values.get(name)
        return found if isinstance(found, str) else None

    def texts(self, name: str) -> tuple[str, ...] | None:
        """The member when it is a list of texts; None when it is missing, or anything else."""
        found = self.values.get(name)
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            return None
        return tuple(found)

    def one_or_more(self, name: str) -> tuple[str, ...]:
        """The texts of a member that may be one text or a list, such as `aud`; anything else in the list is left out."""
        found = self.values.get(name)
        return tuple(each for each in (found if isinstance(found, list) else [found]) if isinstance(each, str))

    def instant(self, name: str) -> Instant:
        """A NumericDate (RFC 7519 2): seconds since 1970."""
        found = self.values.get(name)
        if found is None:
            return None
        try:
            if isinstance(found, bool) or not isinstance(found, (int, float)):
                raise ValueError
            moment = datetime.fromtimestamp(found, UTC)
            if not 1900 <= moment.year <= 2900:  # so far from the ends of the calendar that a clock skew can be added
                raise ValueError
        except (ValueError, OverflowError, OSError):
            words = Words("it is no number of seconds since 1970", "det är inte ett antal sekunder sedan 1970")
            return Unreadable(self.at(name), str(shown(found))[:100], words)
        return moment


def shown(value: Any) -> Value:
    """A JSON value as evidence may hold it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return value[:LONGEST]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(each[:LONGEST] for each in value[:20])
    return json.dumps(value, ensure_ascii=False, default=str)[:LONGEST]


@dataclass(frozen=True)
class Discovery(Members):
    """The OP's discovery document (OIDCDiscovery 3). `reached`: somebody answered when it was asked for."""

    reached: bool = True


@dataclass(frozen=True)
class Published(Discovery):
    """The same before anything is read in it: rules about its being there at all. Of one with a `problem` nothing else is judged."""


@dataclass(frozen=True)
class Jwk(Members):
    """One key of the JWKS. `problem` says why it cannot be used; `bits` is an RSA key's size, else the curve's."""

    bits: int | None = None

    @property
    def kid(self) -> str | None:
        return self.text("kid")

    @property
    def kind(self) -> str | None:
        return self.text("kty")

    @property
    def private(self) -> tuple[str, ...]:
        """The members that nobody but the OP may know (RFC 7518 6.2.2, 6.3.2, 6.4.1)."""
        secret = ("k",) if self.kind == "oct" else ("d", "p", "q", "dp", "dq", "qi", "oth")
        return tuple(name for name in secret if name in self.values)


@dataclass(frozen=True)
class KeySet(Members):
    """The OP's keys (JWKS), as they were when the login was made. `problem`: why there are none to read."""

    keys: tuple[Jwk, ...] = ()


@dataclass(frozen=True)
class AuthorizationAnswer(Members):
    """What came to our redirect_uri: the parameters, the code's value taken out. `method` is GET or POST; `repeated` came more than once."""

    method: str = "GET"
    repeated: tuple[str, ...] = ()

    @property
    def error(self) -> str | None:
        return self.text("error")


@dataclass(frozen=True)
class TokenAnswer(Members):
    """What the token endpoint answered; the values of access and refresh token taken out. `status` None: it did not answer."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Token(Members):
    """A signed token: `values` are its claims. `key` counts the JWKS' keys from 1; `why` says more about the state."""

    state: str = MALFORMED
    header: Mapping[str, Any] = field(default_factory=dict)
    key: int | None = None
    why: Words | None = None

    @property
    def algorithm(self) -> str | None:
        found = self.header.get("alg")
        return found if isinstance(found, str) else None


@dataclass(frozen=True)
class IdToken(Token):
    """The ID Token."""


@dataclass(frozen=True)
class UserInfo(Members):
    """What the UserInfo endpoint answered. `token` when it was a JWT: `values` are that token's claims then."""

    status: int | None = None
    content_type: str | None = None
    token: Token | None = None


@dataclass(frozen=True)
class Logout(Members):
    """The logout after the login: `values` are the parameters that came back to us with the person; `asked` None: nobody was to log out.

    `again` is what came when we then asked for a login without a page.
    """

    asked: LogoutPart | None = None
    again: AuthorizationAnswer | None = None


@dataclass(frozen=True)
class OidcFacts:
    """All that was read of a login by OpenID Connect. What is None was not there, or not asked for.

    `declares_levels`: acr_values_supported names a level of e-legitimation (2 or higher on Digg's scale).
    """

    discovery: Discovery
    declares_levels: bool = False
    answer: AuthorizationAnswer | None = None
    token_answer: TokenAnswer | None = None
    keys: KeySet | None = None
    id_token: IdToken | None = None
    user_info: UserInfo | None = None
    logout: Logout | None = None


def oidc_subjects(facts: OidcFacts | None) -> Mapping[type, tuple[object | None, ...]]:
    """What of it rules can be about; a login by SAML (None) has none of it."""
    return {
        Published: (facts and Published(**vars(facts.discovery)),),
        Discovery: (facts.discovery if facts and facts.discovery.problem is None else None,),
        AuthorizationAnswer: (facts and facts.answer,),
        TokenAnswer: (facts and facts.token_answer,),
        KeySet: (facts and facts.keys,),
        Jwk: facts.keys.keys if facts and facts.keys else (),
        IdToken: (facts and facts.id_token,),
        UserInfo: (facts and facts.user_info,),
        Logout: (facts and facts.logout,),
    }
