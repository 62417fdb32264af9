"""The verbs that rules in data may use: a closed list of small pure functions, one `expect` and at most one `when` to a rule."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from idptest.assurance import Assurance
from idptest.errors import RuleFileError
from idptest.identifiers import eppn, objectguid, personnummer
from idptest.identifiers.scope import differs_only_by_case
from idptest.model.login import AuthnContext, Login, PrincipalName
from idptest.model.rule import Outcome, Personal, Value, Words, failed, inconclusive, not_applicable, passed
from idptest.model.saml import EntityAttribute, IdpMetadata
from idptest.toml_lines import nearest

E_LEG_NAME = "urn:oasis:names:tc:SAML:attribute:assurance-certification"
E_LEG_VALUE = "https://fidus.skolverket.se/authentication/e-leg"
_URI_FORMAT = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
_EPPN_OID = "urn:oid:1.3.6.1.4.1.5923.1.1.1.6"

Test = Callable[[Any, Login], Outcome]


@dataclass(frozen=True)
class Expectation:
    """What a rule in data comes to: a class of subject and a test."""

    subject: type
    test: Test


# --- the EPPN ------------------------------------------------------------------------------------------------------------


def _released(argument: bool) -> Test:
    def test(login: Login, _: Login) -> Outcome:
        if login.principal_name is not None and login.principal_name.values:
            return passed()
        if login.assertion is None:
            return inconclusive(
                "no assertion to look in", "det finns inget intyg att leta i", blocked_by="saml-response/has-exactly-one-assertion"
            )
        got = tuple(login.name(attribute) for attribute in login.assertion.attributes)
        return failed(
            "the assertion has no eduPersonPrincipalName; it has {actual}",
            "intyget innehåller inget eduPersonPrincipalName, bara {actual}",
            at=login.assertion.at("AttributeStatement"),
            actual=got or ("no attributes at all",),
            expected="eduPersonPrincipalName",
        )

    return test


def _understood_by_gateway(argument: bool) -> Test:
    def test(principal: PrincipalName, login: Login) -> Outcome:
        for attribute in principal.attributes:
            if login.gateway_reads.get(attribute.pointer) == "eduPersonPrincipalName":
                return passed()
        sent = principal.attributes[0]
        return failed(
            "sent as {actual}, and under that name the gateway loses it",
            "skickas som {actual}, och under det namnet tappar gatewayen bort värdet",
            at=principal.at(),
            actual=f"{sent.name} ({_format(sent.name_format)})",
            expected=f"{_EPPN_OID} ({_format(_URI_FORMAT)})",
        )

    return test


def _named_by_oid(argument: bool) -> Test:
    def test(principal: PrincipalName, login: Login) -> Outcome:
        wrong = [sent for sent in principal.attributes if (sent.name, sent.name_format) != (_EPPN_OID, _URI_FORMAT)]
        if not wrong:
            return passed()
        return failed(
            "sent as {actual}",
            "skickas som {actual}",
            at=wrong[0].pointer,
            actual=f"{wrong[0].name} ({_format(wrong[0].name_format)})",
            expected=f"{_EPPN_OID} ({_format(_URI_FORMAT)})",
        )

    return test


def _format(name_format: str | None) -> str:
    return "no NameFormat" if name_format is None else "NameFormat " + name_format.rpartition(":")[2]


def _scope_in_metadata(place: str) -> Test:
    def test(principal: PrincipalName, login: Login) -> Outcome:
        declared = login.metadata.scope_values(place)
        for value in principal.values:
            parsed = eppn.parse(value)
            if parsed is None:
                return inconclusive(
                    "the EPPN has no scope that can be read", "EPPN:et har ingen läsbar domän", blocked_by="eppn/is-local-part-at-scope"
                )
            if parsed.scope not in declared:
                return _undeclared(parsed.scope, declared, login, principal)
        return passed()

    return test


def _undeclared(scope: str, declared: tuple[str, ...], login: Login, principal: PrincipalName) -> Outcome:
    elsewhere = login.metadata.scope_values("entity")
    if scope in elsewhere:
        en, sv = (
            "{actual} is declared directly under EntityDescriptor, where the gateway does not look",
            "{actual} är deklarerad direkt under EntityDescriptor, där gatewayen inte letar",
        )
    elif not declared:
        en, sv = (
            "the EPPN ends with {actual}, and the metadata declares no scope",
            "EPPN slutar på {actual}, och metadata deklarerar ingen Scope",
        )
    elif any(differs_only_by_case(scope, value) for value in declared):
        en, sv = (
            "the EPPN ends with {actual}; the metadata says {expected}: the letter case differs, and it is compared exactly",
            "EPPN slutar på {actual}; i metadata står {expected}: stora och små bokstäver skiljer, och jämförelsen är exakt",
        )
    else:
        en, sv = (
            "the EPPN ends with {actual}, but the metadata declares only {expected}: the gateway drops the EPPN without a word",
            "EPPN slutar på {actual}, men i metadata är bara {expected} deklarerad: gatewayen slänger EPPN utan att säga något",
        )
    return failed(en, sv, at=principal.at(), actual=scope, expected=declared)


def _no_personnummer(argument: bool) -> Test:
    def test(principal: PrincipalName, login: Login) -> Outcome:
        for value in principal.values:
            if personnummer.contains_personnummer(value.partition("@")[0]):
                return failed(
                    "{actual} holds a personnummer", "{actual} innehåller ett personnummer", at=principal.at(), actual=Personal(value)
                )
        return passed()

    return test


def _no_name_fragment(argument: bool) -> Test:
    def test(principal: PrincipalName, login: Login) -> Outcome:
        account = login.flow.account
        if not account.surname:
            return not_applicable(
                f"say surname (and given_name) of [account.{account.name}] and it is judged",
                f"ange surname (och given_name) för [account.{account.name}] så bedöms det",
            )
        surname, given = _plain(account.surname), _plain(account.given_name or "")
        for value in principal.values:
            local = _plain(value.partition("@")[0])
            if objectguid.readings(local):
                continue  # hex digits may happen to spell a piece of a name
            if surname[:3] in local or (given and surname[:2] in local and given[:2] in local):
                return failed(
                    "{actual} holds a piece of the person's name",
                    "{actual} innehåller en bit av personens namn",
                    at=principal.at(),
                    actual=Personal(value),
                )
        return passed()

    return test


def _plain(name: str) -> str:
    """Small letters without marks: account names write Öström as ostrom."""
    return "".join(char for char in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(char))


def _not_the_account_name(argument: bool) -> Test:
    def test(principal: PrincipalName, login: Login) -> Outcome:
        account = login.flow.account
        others = {
            value.text.casefold()
            for attribute in (login.assertion.attributes if login.assertion else ())
            if login.name(attribute) in ("mail", "upn")
            for value in attribute.values
        }
        username = (account.username or "").casefold()
        for value in principal.values:
            folded = value.casefold()
            local = folded.partition("@")[0]
            if folded in others or (username and username in (folded, local)) or (username and username.partition("@")[0] == local):
                return failed(
                    "{actual} is what the person logs in with, or the e-mail address",
                    "{actual} är det som personen loggar in med, eller e-postadressen",
                    at=principal.at(),
                    actual=Personal(value),
                )
            if objectguid.kind(local) == "upn-or-mail" or "." in local:
                return failed(
                    "{actual} looks like an account name", "{actual} ser ut som ett kontonamn", at=principal.at(), actual=Personal(value)
                )
        return passed()

    return test


def _is_objectguid(argument: bool) -> Test:
    """Some form of a GUID; which form is the next rule's business."""

    def test(principal: PrincipalName, login: Login) -> Outcome:
        if login.flow.idp.eppn_source == "other":
            return _other_source(login)
        known = _known(login)
        for value in principal.values:
            local = value.rpartition("@")[0] or value
            if not objectguid.readings(local, known):
                return failed(
                    "the local part of {actual} is no GUID: {expected}",
                    "delen före @ i {actual} är inget GUID: {expected}",
                    at=principal.at(),
                    actual=Personal(value),
                    expected=objectguid.kind(local),
                )
        return passed()

    return test


def _canonical_guid(argument: bool) -> Test:
    def test(principal: PrincipalName, login: Login) -> Outcome:
        if login.flow.idp.eppn_source == "other":
            return _other_source(login)
        known = _known(login)
        for value in principal.values:
            local = value.rpartition("@")[0] or value
            readings = objectguid.readings(local, known)
            if not readings:
                return inconclusive(
                    "the local part is no GUID", "delen före @ är inget GUID", blocked_by="eppn-objectguid/local-part-is-an-objectguid"
                )
            best = readings[0]
            if "canonical" not in best.forms:
                return failed(
                    best.words.en + " ({actual})",
                    best.words.sv + " ({actual})",
                    at=principal.at(),
                    actual=Personal(value),
                    expected=Personal(f"{best.guid}@{value.rpartition('@')[2]}"),
                )
        return passed()

    return test


def _equals_known_guid(argument: bool) -> Test:
    def test(principal: PrincipalName, login: Login) -> Outcome:
        if login.flow.idp.eppn_source == "other":
            return _other_source(login)
        known = _known(login)
        if known is None:
            name = login.flow.account.name
            return not_applicable(
                f"say object_guid of [account.{name}] and it is judged", f"ange object_guid för [account.{name}] så bedöms det"
            )
        for value in principal.values:
            local = value.rpartition("@")[0] or value
            found = objectguid.readings(local, known)
            if not found:
                return inconclusive(
                    "the local part is no GUID", "delen före @ är inget GUID", blocked_by="eppn-objectguid/local-part-is-an-objectguid"
                )
            if all(reading.guid != known for reading in found):
                return failed(
                    "{actual} is another GUID than the account's objectGUID, whatever order its bytes are read in",
                    "{actual} är ett annat GUID än kontots objectGUID, hur man än läser byten",
                    at=principal.at(),
                    actual=Personal(value),
                    expected=Personal(str(known)),
                )
        return passed()

    return test


def _other_source(login: Login) -> Outcome:
    name = login.flow.idp.name
    return not_applicable(f'[idp.{name}] says eppn_source = "other"', f'[idp.{name}] säger eppn_source = "other"')


def _known(login: Login) -> uuid.UUID | None:
    return uuid.UUID(login.flow.account.object_guid) if login.flow.account.object_guid else None


# --- release ------------------------------------------------------------------------------------------------------------


def _only(allowed: list[str]) -> Test:
    def test(login: Login, _: Login) -> Outcome:
        if login.assertion is None:
            return inconclusive(
                "no assertion to look in", "det finns inget intyg att leta i", blocked_by="saml-response/has-exactly-one-assertion"
            )
        extra = [attribute for attribute in login.assertion.attributes if login.name(attribute) not in allowed]
        if not extra:
            return passed()
        names = tuple(login.name(attribute) for attribute in extra)
        return failed("{actual} is released too", "{actual} skickas också", at=extra[0].pointer, actual=names, expected=tuple(allowed))

    return test


def _uri_name_format(argument: bool) -> Test:
    def test(login: Login, _: Login) -> Outcome:
        if login.assertion is None:
            return inconclusive(
                "no assertion to look in", "det finns inget intyg att leta i", blocked_by="saml-response/has-exactly-one-assertion"
            )
        wrong = [sent for sent in login.assertion.attributes if sent.name.startswith("urn:oid:") and sent.name_format != _URI_FORMAT]
        if not wrong:
            return passed()
        return failed(
            "{actual} has an OID for a name, but {expected}",
            "{actual} har en OID som namn, men {expected}",
            at=wrong[0].pointer,
            actual=tuple(login.name(sent) for sent in wrong),
            expected=_format(wrong[0].name_format),
        )

    return test


def _clean_values(argument: bool) -> Test:
    def test(login: Login, _: Login) -> Outcome:
        if login.assertion is None:
            return inconclusive(
                "no assertion to look in", "det finns inget intyg att leta i", blocked_by="saml-response/has-exactly-one-assertion"
            )
        for sent in login.assertion.attributes:
            for value in sent.values:
                if not value.text.strip() or value.text != value.text.strip():
                    return failed(
                        "a value of {actual} is empty, or has white space at its ends",
                        "ett värde i {actual} är tomt, eller har blanktecken i början eller slutet",
                        at=value.at,
                        actual=login.name(sent),
                    )
        return passed()

    return test


# --- the level ------------------------------------------------------------------------------------------------------------


def _listed(name: str, assurance: Assurance) -> Test:
    values = assurance.listed(name)

    def test(context: AuthnContext, login: Login) -> Outcome:
        if context.value in values:
            return passed()
        near = (
            Words("", "")
            if not context.nearest
            else Words(f"; the nearest known value is {context.nearest}", f"; närmaste kända värde är {context.nearest}")
        )
        return failed(
            "{actual} is not on the list" + near.en,
            "{actual} finns inte på listan" + near.sv,
            at=context.at,
            actual=context.value,
            expected=values,
        )

    return test


def _at_least(level: int, assurance: Assurance) -> Test:
    def test(context: AuthnContext, login: Login) -> Outcome:
        if context.level is not None and context.level >= level:
            return passed()
        meaning = assurance.value(context.value)
        if meaning is None or context.level is not None:
            what = Words(
                "{actual}" + (f", level {context.level}" if context.level else ", a value that is not in the vocabulary"),
                "{actual}" + (f", nivå {context.level}" if context.level else ", ett värde som inte finns i ordlistan"),
            )
        else:
            what = Words("{actual}: " + meaning.meaning.en, "{actual}: " + meaning.meaning.sv)
        return failed("the IdP answered " + what.en, "IdP:n svarade " + what.sv, at=context.at, actual=context.value, expected=level)

    return test


def _claimable(argument: bool) -> Test:
    def test(context: AuthnContext, login: Login) -> Outcome:
        approved = login.flow.idp.digg_approved
        if context.claim == "approved" and not approved:
            better = context.value.replace("http://id.elegnamnden.se/loa/1.0/loa", "http://id.swedenconnect.se/loa/1.0/uncertified-loa")
            return failed(
                "{actual} is for IdPs that DIGG has approved, and this one is not declared to be",
                "{actual} är till för IdP:er som DIGG har godkänt, och den här är inte angiven som sådan",
                at=context.at,
                actual=context.value,
                expected=better if better != context.value else "uncertified-…",
            )
        return passed()

    return test


# --- the metadata ----------------------------------------------------------------------------------------------------------


def e_leg_declarations(metadata: IdpMetadata) -> tuple[EntityAttribute, ...]:
    return tuple(found for found in metadata.entity_attributes if found.name == E_LEG_NAME and E_LEG_VALUE in found.values)


def declares_e_leg(metadata: IdpMetadata) -> bool:
    """Declared where the gateway reads it: directly below EntityDescriptor."""
    return any(found.place == "entity" for found in e_leg_declarations(metadata))


def _fact(name: str, verb: str, argument: Any) -> Test:
    def wants_signed(login: Login, _: Login) -> Outcome:
        if login.metadata.want_authn_requests_signed == argument:
            return passed()
        return failed(
            'the metadata says WantAuthnRequestsSigned="true"',
            'metadata säger WantAuthnRequestsSigned="true"',
            at=login.metadata.at("IDPSSODescriptor"),
            actual="true",
            expected="false",
        )

    def scopes(login: Login, _: Login) -> Outcome:
        if login.metadata.scope_values(argument):
            return passed()
        if login.metadata.scopes:
            found = login.metadata.scopes[0]
            return failed(
                "{actual} stands directly under EntityDescriptor, where the gateway does not look",
                "{actual} står direkt under EntityDescriptor, där gatewayen inte letar",
                at=found.pointer,
                actual=found.value,
            )
        return failed("no shibmd:Scope is declared", "ingen shibmd:Scope är deklarerad", at=login.metadata.at("IDPSSODescriptor"))

    def literal(login: Login, _: Login) -> Outcome:
        pattern = next((scope for scope in login.metadata.scopes if scope.regexp), None)
        if pattern is None:
            return passed()
        return failed('the scope {actual} has regexp="true"', 'Scope {actual} har regexp="true"', at=pattern.pointer, actual=pattern.value)

    def e_leg(login: Login, _: Login) -> Outcome:
        misplaced = [found for found in e_leg_declarations(login.metadata) if found.place != argument]
        if misplaced:
            return failed(
                "the declaration stands under IDPSSODescriptor, where the gateway does not look",
                "deklarationen står under IDPSSODescriptor, där gatewayen inte letar",
                at=misplaced[0].pointer,
            )
        if not e_leg_declarations(login.metadata):
            return _no_e_leg()
        return passed()

    return {
        ("want_authn_requests_signed", "equals"): wants_signed,
        ("scopes", "declared_under"): scopes,
        ("scopes", "literal"): literal,
        ("e_leg_declaration", "placed_under"): e_leg,
    }[name, verb]


def _no_e_leg() -> Outcome:
    return not_applicable(
        "the metadata does not declare e-leg: Skolverket's gateway then asks this IdP for no level, and adds eduID as the e-legitimation",
        "metadata deklarerar inte e-leg: då frågar Skolverkets gateway inte den här IdP:n efter någon nivå, utan lägger till eduID som e-legitimation",
    )


# subject word → its class and its verbs. A verb takes its argument (and, where it looks levels up, the vocabulary).
_VERBS: Mapping[str, tuple[type, Mapping[str, tuple[type, Any]]]] = {
    "attribute": (
        PrincipalName,
        {
            "released": (bool, _released),
            "understood_by_gateway": (bool, _understood_by_gateway),
            "named_by_oid": (bool, _named_by_oid),
            "scope_in_metadata": (str, _scope_in_metadata),
            "no_personnummer": (bool, _no_personnummer),
            "no_name_fragment": (bool, _no_name_fragment),
            "not_the_account_name": (bool, _not_the_account_name),
            "is_objectguid": (bool, _is_objectguid),
            "canonical_guid": (bool, _canonical_guid),
            "equals_known_guid": (bool, _equals_known_guid),
        },
    ),
    "release": (Login, {"only": (list, _only), "uri_name_format": (bool, _uri_name_format), "clean_values": (bool, _clean_values)}),
    "authn_context": (AuthnContext, {"listed": (str, _listed), "at_least": (int, _at_least), "claimable": (bool, _claimable)}),
    "metadata": (Login, {"equals": (bool, None), "declared_under": (str, None), "literal": (bool, None), "placed_under": (str, None)}),
}
_FACTS = {"want_authn_requests_signed": ("equals",), "scopes": ("declared_under", "literal"), "e_leg_declaration": ("placed_under",)}
_NEEDS_VOCABULARY = ("listed", "at_least")


def expectation(about: str, value: Any, expect: Any, when: Any, assurance: Assurance, where: str) -> Expectation:
    """The test that `about = value`, `expect = {verb = argument}` and `when` come to. Raises RuleFileError."""
    subject, verbs = _VERBS[about]
    if not isinstance(expect, dict) or len(expect) != 1:
        raise RuleFileError(
            "expect takes exactly one verb: { verb = argument }", "expect tar exakt ett verb: { verb = argument }", where=where
        )
    (verb, argument) = next(iter(expect.items()))
    allowed = _FACTS.get(value, ()) if about == "metadata" else tuple(verbs)
    if about == "metadata" and value not in _FACTS:
        raise _wrong("metadata", value, tuple(_FACTS), where)
    if about == "attribute" and value != "eduPersonPrincipalName":
        raise _wrong("attribute", value, ("eduPersonPrincipalName",), where)
    if verb not in allowed:
        raise _wrong("expect", verb, allowed, where)
    kind, make = verbs[verb]
    if type(argument) is not kind:
        raise RuleFileError(
            f"{verb} takes a {kind.__name__}, not {argument!r}", f"{verb} tar {kind.__name__}, inte {argument!r}", where=where
        )
    if verb == "listed" and not assurance.listed(argument):
        raise RuleFileError(
            f'no list is called "{argument}" in assurance.toml', f'ingen lista heter "{argument}" i assurance.toml', where=where
        )
    if about == "metadata":
        test = _fact(value, verb, argument)
    else:
        test = make(argument, assurance) if verb in _NEEDS_VOCABULARY else make(argument)
    return Expectation(Login if verb == "released" else subject, _when(when, test, where))


def _when(when: Any, test: Test, where: str) -> Test:
    if when is None:
        return test
    if when != {"e_leg_declared": True}:
        raise RuleFileError(
            "when takes { e_leg_declared = true } and nothing else", "when tar { e_leg_declared = true } och inget annat", where=where
        )
    return lambda subject, login: test(subject, login) if declares_e_leg(login.metadata) else _no_e_leg()


def _wrong(key: str, value: object, known: tuple[str, ...], where: str) -> RuleFileError:
    near = nearest(str(value), known)
    return RuleFileError(
        f'{key} does not know "{value}"' + (f'; did you mean "{near}"?' if near else f" (known: {', '.join(known)})"),
        f'{key} känner inte till "{value}"' + (f'; menade du "{near}"?' if near else f" (kända: {', '.join(known)})"),
        where=where,
    )


__all__ = ["Expectation", "Value", "declares_e_leg", "e_leg_declarations", "expectation"]
