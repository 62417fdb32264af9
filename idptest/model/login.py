"""The login: a decoded flow, which is what rules judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from idptest.model.flow import Flow, IdpFacts, Sent
from idptest.model.oidc import (
    AuthorizationAnswer,
    Discovery,
    IdToken,
    Jwk,
    KeySet,
    Logout,
    OidcFacts,
    Published,
    TokenAnswer,
    UserInfo,
    oidc_subjects,
)
from idptest.model.rule import UNTOLD, Outcome, Pointer, Words, not_applicable
from idptest.model.saml import (
    Assertion,
    Attribute,
    AttributeValue,
    AuthnStatement,
    Certificate,
    EncryptedAssertion,
    IdpMetadata,
    Response,
    Signature,
    SubjectConfirmation,
    Unreadable,
)
from idptest.model.settings import RULESETS

EPPN = "eduPersonPrincipalName"


@dataclass(frozen=True)
class PrincipalName:
    """The eduPersonPrincipalName as received: every attribute that a reader may take for it, and their values in order."""

    attributes: tuple[Attribute, ...]

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(value.text for attribute in self.attributes for value in attribute.values)

    @property
    def value(self) -> str | None:
        """The only value there is; None when there are several."""
        return self.values[0] if len(self.values) == 1 else None

    def at(self) -> Pointer:
        return self.attributes[0].pointer


@dataclass(frozen=True)
class ReleasedAttribute:
    """What is released beside the EPPN: an attribute by its name in the vocabulary (else as sent), and every place that sends it.

    `format` is one of `identifiers.formats.FORMATS`, `single` whether it has one value only; None where no source says.
    """

    name: str
    sent: tuple[Attribute, ...]
    format: str | None
    single: bool | None

    @property
    def pointer(self) -> Pointer:
        return self.sent[0].pointer

    @cached_property
    def values(self) -> tuple[AttributeValue, ...]:
        return tuple(value for attribute in self.sent for value in attribute.values)


@dataclass(frozen=True)
class Kept:
    """What one kind of service makes of one attribute.

    `attribute` is what the attribute is called (in the vocabulary, else as sent) and `at` where it stands; `name` what the service
    calls it from then on, None when it drops it; `values` those it keeps (they may identify a person), `dropped` how many it does
    not. `why` is a clause that follows "because"; None when nothing is lost.
    """

    attribute: str
    at: Pointer
    name: str | None
    values: tuple[str, ...]
    dropped: int
    why: Words | None = None


@dataclass(frozen=True)
class Seen:
    """A login as one kind of service would see it, had it accepted the assertion. `single`: it refuses a second EPPN."""

    service: str
    title: Words
    kept: tuple[Kept, ...]
    single: bool
    source: str

    @property
    def eppn(self) -> tuple[str, ...]:
        """The EPPNs that the service is left with."""
        return tuple(value for kept in self.kept if kept.name == EPPN for value in kept.values)

    @property
    def knows_the_person(self) -> bool:
        return len(self.eppn) == 1

    @property
    def lost(self) -> tuple[Kept, ...]:
        """The attributes of which something is lost, the EPPN first."""
        return tuple(sorted((kept for kept in self.kept if kept.why), key=lambda kept: kept.attribute != EPPN))

    @property
    def says(self) -> Words:
        """What the login comes to there: a sentence without a full stop, or any value."""
        if self.knows_the_person:
            return Words("knows the person by the EPPN", "känner igen personen på EPPN")
        if self.eppn:
            count = len(self.eppn)
            end = ("refuses the login", "nekar inloggningen") if self.single else ("cannot tell who it is", "kan inte veta vem det är")
            return Words(f"gets {count} EPPNs and {end[0]}", f"får {count} EPPN och {end[1]}")
        why = next((kept.why for kept in self.lost if kept.attribute == EPPN), None)
        if why is None:
            return Words("gets no EPPN, because none is sent", "får inget EPPN, för det skickas inget")
        return Words(f"does not get the EPPN although it is sent: {why.en}", f"får inte EPPN fast det skickas: {why.sv}")


@dataclass(frozen=True)
class AssuranceValue:
    """A value that tells how the person was authenticated, or how sure the identity is, and what the vocabulary knows of it.

    `level` 1–4, `factors` (the least number) and `claim` ("approved", "uncertified", "anybody") are None where no source says;
    `carriers` holds "authn-context" and "attribute", whichever it is meant for. `retired` says what stands in its place. `nearest` is
    looked for only in an AuthnContext.
    """

    value: str
    at: Pointer
    known: bool
    level: int | None
    factors: int | None
    claim: str | None
    nearest: str | None
    family: str | None = None
    carriers: frozenset[str] = frozenset()
    retired: Words | None = None


@dataclass(frozen=True)
class AuthnContext(AssuranceValue):
    """The answered AuthnContextClassRef."""


@dataclass(frozen=True)
class StatedAssurance:
    """What the attributes say of the login: the values of eduPersonAssurance, and of Microsoft's authnmethodsreferences."""

    identity: tuple[AssuranceValue, ...]
    methods: tuple[AssuranceValue, ...]

    @property
    def values(self) -> tuple[AssuranceValue, ...]:
        return self.identity + self.methods


@dataclass(frozen=True)
class Login:
    """`response` is None when nothing arrived at our ACS. `assertion` is the one that identity is read from:

    the first that a metadata key verified; else the only one there is, and then `trusted` is False; else None.
    By OpenID Connect `response` is None; the assertion is what the ID Token says, and UserInfo with it when it is about the same person;
    `metadata` is what the discovery document says in the same nouns; all that has no such noun is in `oidc`.

    `names` maps each attribute's place to its name in the vocabulary. `seen_by` tells what each kind of service would see.
    `clock_skew` is in seconds.
    """

    flow: Flow
    response: Response | Unreadable | None
    assertion: Assertion | None
    trusted: bool
    metadata: IdpMetadata
    principal_name: PrincipalName | None
    released: tuple[ReleasedAttribute, ...]
    authn_context: AuthnContext | None
    stated_assurance: StatedAssurance | None
    names: Mapping[Pointer, str | None]
    seen_by: tuple[Seen, ...]
    clock_skew: int
    oidc: OidcFacts | None = None

    def __repr__(self) -> str:
        """Short, and nobody is recognised by it: tracebacks show it."""
        return f"<login in {self.flow!r}>"

    @property
    def sent(self) -> Sent:
        return self.flow.sent

    @property
    def now(self) -> datetime:
        return self.flow.captured_at

    def told(self, *facts: str) -> bool:
        """Whether the capture tells these facts; a file of somebody else's may not."""
        return not any(fact in self.flow.untold for fact in facts)

    def not_given(self, en: str, sv: str) -> Outcome:
        """A fact of the account that nobody gave, by the names of its settings: NOT_APPLICABLE, and where to give it."""
        if self.told("account"):
            where = f"[account.{self.flow.account.name}]"
            return not_applicable(f"give {en} in {where} and it is judged", f"ange {sv} i {where} så bedöms det")
        return not_applicable(
            f"give {en} for an account in idptest.toml, and say with --account that the login is that account's",
            f"ange {sv} för ett konto i idptest.toml, och ange kontot med --account",
        )

    @property
    def acs_exchange(self) -> Pointer:
        """Where the answer arrived, or the last hop."""
        return Pointer("exchange", "", self.flow.ended.exchange or None) if self.flow.ended.exchange else Pointer("flow")

    def name(self, attribute: Attribute) -> str:
        """What the attribute is called in the vocabulary, else its Name as sent."""
        return self.names.get(attribute.pointer) or attribute.name

    def seen_at(self, service: str) -> Seen | None:
        """What that kind of service would see; None when nothing is known of it."""
        return next((seen for seen in self.seen_by if seen.service == service), None)

    def blocker(self, kind: type) -> str | None:
        """The rule that tells why there is no subject of that class; None when a good login may lack it."""
        if self.oidc:
            return self._oidc_blocker(kind, self.oidc)
        candidates = self.response.assertions if isinstance(self.response, Response) else ()
        if kind in (PrincipalName, AuthnContext) and len(candidates) > 1 and self.assertion is None:
            return EXPECTED[Signature]  # several persons, and no signature says which
        if kind is AuthnContext and self.assertion is not None and not self.assertion.authn_statements:
            return EXPECTED[AuthnStatement]
        if kind is PrincipalName and self.assertion is not None and not _NEED_THE_EPPN & set(self.flow.rulesets):
            return None  # a service that knows people by something else
        if kind is ReleasedAttribute:  # a good login may release nothing else, but only an assertion tells
            return self.blocker(Assertion) if self.assertion is None else None
        if kind is Assertion and isinstance(self.response, Response) and any(found.problem for found in self.response.encrypted_assertions):
            return "saml-encryption/assertion-can-be-decrypted"
        return EXPECTED.get(kind)

    def _oidc_blocker(self, kind: type, facts: OidcFacts) -> str | None:
        if kind is Assertion:  # what the ID Token and UserInfo say together
            return self._oidc_blocker(IdToken, facts)
        if not self.told(*_TOLD_BY.get(kind, ())):
            return UNTOLD
        if kind in (PrincipalName, ReleasedAttribute) and self.assertion is not None and not self.told("user_info"):
            return UNTOLD
        if kind is Assertion:  # what the ID Token says
            return "oidc-id-token/can-be-read" if facts.id_token else self._oidc_blocker(IdToken, facts)
        if kind is AuthnContext and self.assertion is not None and not self.sent.contexts:
            return None  # acr is said to who asks for it (OIDCCore 2)
        if kind is PrincipalName and self.assertion is not None and not _NEED_THE_EPPN & set(self.flow.rulesets):
            return None
        if kind is ReleasedAttribute:
            return EXPECTED_BY_OIDC[IdToken] if self.assertion is None else None
        if kind is UserInfo and facts.discovery.problem is None and facts.discovery.text("userinfo_endpoint") is None:
            return None
        if kind is Logout and (self.flow.oidc is None or self.flow.oidc.logout is None):
            return None
        if kind in (TokenAnswer, KeySet, Jwk, IdToken, UserInfo) and facts.token_answer is None:
            return self._no_token_was_asked_for(facts)
        return EXPECTED_BY_OIDC.get(kind)

    def _no_token_was_asked_for(self, facts: OidcFacts) -> str:
        if facts.answer is None or facts.answer.error is not None:
            return EXPECTED_BY_OIDC[AuthorizationAnswer]
        if not facts.answer.text("code"):
            return "oidc-flow/gives-a-code"
        if facts.discovery.text("token_endpoint") is None:
            return "oidc-discovery/has-what-it-must"
        return "oidc-flow/comes-from-the-op-we-asked"  # another OP's code goes nowhere

    @property
    def refused_in_answer(self) -> bool:
        """The IdP said no to us, in an answer; not only on a page of its own."""
        if self.oidc:
            return self.oidc.answer is not None and self.oidc.answer.error is not None
        return isinstance(self.response, Response) and not self.response.succeeded

    def all(self, kind: type) -> tuple[object, ...]:
        """Every subject of that class in this login."""
        return self._subjects[kind]

    @cached_property
    def _subjects(self) -> Mapping[type, tuple[object, ...]]:
        read = self.response if isinstance(self.response, Response) else None
        assertions = read.assertions if read else ()
        table: dict[type, tuple[object | None, ...]] = {
            Login: (self,),
            IdpFacts: (self.flow.idp,),
            IdpMetadata: (None if self.oidc else self.metadata,),
            Certificate: self.metadata.signing,
            Response: (read,),
            Signature: read.signatures if read else (),
            EncryptedAssertion: read.encrypted_assertions if read else (),
            Assertion: assertions,
            SubjectConfirmation: tuple(found for each in assertions for found in each.confirmations),
            AuthnStatement: tuple(found for each in assertions for found in each.authn_statements),
            PrincipalName: (self.principal_name,),
            ReleasedAttribute: self.released,
            AuthnContext: (self.authn_context,),
            StatedAssurance: (self.stated_assurance,),
            **oidc_subjects(self.oidc),
        }
        return {
            kind: tuple(subject for subject in found if subject is not None) if self.told(*_TOLD_BY.get(kind, ())) else ()
            for kind, found in table.items()
        }


# What a capture has to tell for there to be such a subject of OpenID Connect at all; names as in `Flow.untold`.
_TOLD_BY: Mapping[type, tuple[str, ...]] = {
    Published: ("fetched",),
    Discovery: ("discovery",),
    AuthorizationAnswer: ("answer",),
    TokenAnswer: ("token_answer",),
    KeySet: ("keys",),
    Jwk: ("keys",),
    UserInfo: ("user_info",),
    **dict.fromkeys((IdToken, AuthnContext, PrincipalName, ReleasedAttribute, StatedAssurance), ("id_token",)),
}

# Skolverket's rulesets and our own, which all are about the person whom the EPPN names.
_NEED_THE_EPPN = frozenset(RULESETS["teacher"]) - {"skolfederation"}

# What every good login has. Where it is missing, rules about it are INCONCLUSIVE, blocked by the rule that says so.
EXPECTED: Mapping[type, str] = {
    Response: "login/idp-completes-the-login",
    Assertion: "saml-response/has-exactly-one-assertion",
    SubjectConfirmation: "saml-assertion/has-a-bearer-confirmation",
    AuthnStatement: "saml-assertion/has-exactly-one-authn-statement",
    AuthnContext: "saml-assertion/tells-how-the-person-logged-in",
    Signature: "saml-signature/identity-is-signed-by-a-metadata-key",
    Certificate: "saml-metadata/has-a-signing-certificate",
    PrincipalName: "dnp/eppn-is-released",
}
# The same for OpenID Connect.
EXPECTED_BY_OIDC: Mapping[type, str] = {
    Discovery: "oidc-discovery/can-be-fetched",
    AuthorizationAnswer: "login/idp-completes-the-login",
    TokenAnswer: "login/idp-completes-the-login",
    KeySet: "oidc-keys/can-be-fetched",
    Jwk: "oidc-keys/can-be-fetched",
    IdToken: "oidc-token/gives-an-id-token",
    UserInfo: "oidc-token/gives-an-access-token",
    Logout: "login/idp-completes-the-login",
    AuthnContext: "oidc-id-token-times/tells-how-the-person-logged-in",
    PrincipalName: "dnp/eppn-is-released",
}
