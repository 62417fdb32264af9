"""Verbs about the EPPN."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from idptest.assurance import Assurance
from idptest.consumers import GATEWAY, as_sent
from idptest.expectations.release import nothing_to_look_in
from idptest.expectations.verb import Test, Verb, flag, one_of
from idptest.identifiers import eppn, names, objectguid, personnummer
from idptest.identifiers.scope import Scope, diagnose
from idptest.model.login import EPPN, Login, PrincipalName, Seen
from idptest.model.rule import Outcome, Personal, Words, failed, inconclusive, not_applicable, passed, untold
from idptest.model.saml import Attribute

_URI = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
_OID = "urn:oid:1.3.6.1.4.1.5923.1.1.1.6"
_LONGEST = 1024  # characters of a local part that are looked at
_NO_GUID = "eppn-objectguid/local-part-is-an-objectguid"


def _released(login: Login, _: Login) -> Outcome:
    if login.principal_name is not None and login.principal_name.values:
        return passed()
    if login.assertion is None:
        return nothing_to_look_in(login)
    if not login.told("user_info"):
        return untold()
    info = login.oidc.user_info if login.oidc else None
    if info is not None and not info.values:
        unread = "it may be in UserInfo, which cannot be read", "det kan finnas i UserInfo, som inte går att läsa"
        return inconclusive(*unread, blocked_by="oidc-user-info/can-be-read")
    at = login.assertion.at("AttributeStatement")
    got = tuple(login.name(attribute) for attribute in login.assertion.attributes)
    if not got and login.oidc:
        return failed(
            "neither the ID Token nor UserInfo holds any claim about the person",
            "varken ID-token eller UserInfo innehåller något anspråk om personen",
            at=at,
            expected=(login.flow.oidc and login.flow.oidc.eppn_claim) or EPPN,
        )
    if not got:
        return failed("the IdP releases no attributes at all", "IdP:n skickar inga attribut alls", at=at, expected=EPPN)
    like = next((attribute for attribute in login.assertion.attributes if _is_like_an_eppn(attribute, login)), None)
    if like is not None:
        return failed(
            "no EPPN is released; {actual} holds a value with a declared scope, but nobody reads an EPPN under that name",
            "inget EPPN skickas; {actual} har ett värde med ett deklarerat scope, men under det namnet letar ingen efter EPPN",
            at=like.pointer,
            actual=like.name,
            expected=_OID,
        )
    return failed("the IdP releases no EPPN, only {actual}", "IdP:n skickar inget EPPN, bara {actual}", at=at, actual=got, expected=EPPN)


def _is_like_an_eppn(attribute: Attribute, login: Login) -> bool:
    """One value, and what follows its @ is a scope of the metadata."""
    parsed = eppn.parse(attribute.values[0].text) if len(attribute.values) == 1 else None
    return parsed is not None and any(scope.value == parsed.scope for scope in login.metadata.scopes)


def _understood_by_gateway(principal: PrincipalName, login: Login) -> Outcome:
    gateway = login.seen_at(GATEWAY)
    places = {attribute.pointer for attribute in principal.attributes}
    here = [kept for kept in gateway.kept if kept.at in places] if gateway else []
    if any(kept.name == EPPN for kept in here):
        return passed()
    sent = principal.attributes[0]
    why = here[0].why if here else None
    others = _who_loses_the_name(principal, login)
    return failed(
        "the EPPN is sent, as {actual}, and the gateway loses it" + (f": {why.en}" if why else "") + _likewise(others).en,
        "EPPN skickas, som {actual}, men gatewayen tappar bort det" + (f": {why.sv}" if why else "") + _likewise(others).sv,
        at=principal.at(),
        actual=as_sent(sent.name, sent.name_format),
        expected=as_sent(_OID, _URI),
    )


def _who_loses_the_name(principal: PrincipalName, login: Login) -> list[Seen]:
    """The services, the gateway apart, that know none of these attributes for the EPPN."""
    places = {attribute.pointer for attribute in principal.attributes}
    return [
        seen for seen in login.seen_by if seen.service != GATEWAY and not any(kept.name == EPPN for kept in seen.kept if kept.at in places)
    ]


def _likewise(others: list[Seen]) -> Words:
    """`; likewise X and Y`, for the end of a sentence about a service that loses something."""
    if not others:
        return Words("", "")
    en, sv = [seen.title.en for seen in others], [seen.title.sv for seen in others]
    return Words(f"; likewise {_listed(en, 'and')}", f"; likadant hos {_listed(sv, 'och')}")


def _listed(names: list[str], word: str) -> str:
    return f" {word} ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _named_by_oid(principal: PrincipalName, login: Login) -> Outcome:
    wrong = [sent for sent in principal.attributes if (sent.name, sent.name_format) != (_OID, _URI)]
    if not wrong:
        return passed()
    lose = _who_loses_the_name(principal, login)
    en, sv = [seen.title.en for seen in lose], [seen.title.sv for seen in lose]
    return failed(
        "the EPPN is sent as {actual}" + (f", and under that name it is lost to {_listed(en, 'and')}" if lose else ""),
        "EPPN skickas som {actual}" + (f", och under det namnet går det förlorat hos {_listed(sv, 'och')}" if lose else ""),
        at=wrong[0].pointer,
        actual=as_sent(wrong[0].name, wrong[0].name_format),
        expected=as_sent(_OID, _URI),
    )


def _scope_in_metadata(place: str, _: Assurance) -> Test:
    def test(principal: PrincipalName, login: Login) -> Outcome:
        declared = [Scope(element.value, element.regexp) for element in login.metadata.scopes if element.place == place]
        for value in principal.values:
            parsed = eppn.parse(value)
            if parsed is None:
                return inconclusive(
                    "the EPPN has no domain that can be read", "EPPN har ingen läsbar domän", blocked_by="eppn/is-local-part-at-scope"
                )
            if not any(scope.value == parsed.scope for scope in declared if not scope.regexp):
                return _undeclared(parsed.scope, declared, login, principal)
        return passed()

    return test


def _undeclared(scope: str, declared: list[Scope], login: Login, principal: PrincipalName) -> Outcome:
    at, values = principal.at(), tuple(element.value for element in declared)
    others = [seen for seen in login.seen_by if seen.service != GATEWAY and any(kept.name == EPPN and kept.dropped for kept in seen.kept)]
    also = _likewise(others)
    if scope in login.metadata.scope_values("entity"):
        return failed(
            "the EPPN is sent, and the gateway drops it: its scope {actual} is declared directly under EntityDescriptor, "
            "and the gateway reads IDPSSODescriptor/Extensions" + also.en,
            "EPPN skickas, men gatewayen slänger det: dess scope {actual} är deklarerat direkt under EntityDescriptor, "
            "men gatewayen läser IDPSSODescriptor/Extensions" + also.sv,
            at=at,
            actual=scope,
        )
    if not declared:
        return failed(
            "the EPPN is sent, and the gateway drops it: it ends with {actual}, and no scope is declared under IDPSSODescriptor/Extensions"
            + also.en,
            "EPPN skickas, men gatewayen slänger det: det slutar på {actual}, och inget scope är deklarerat under "
            "IDPSSODescriptor/Extensions" + also.sv,
            at=at,
            actual=scope,
        )
    fault = diagnose(scope, declared)
    why = (f"; {fault.words.en}", f"; {fault.words.sv}") if fault and fault.nearest else ("", "")
    return failed(
        "the EPPN is sent, and the gateway drops it: it ends with {actual}, and IDPSSODescriptor/Extensions declares {expected}"
        + (why[0] or also.en),
        "EPPN skickas, men gatewayen slänger det, för det slutar på {actual} och IDPSSODescriptor/Extensions deklarerar {expected}"
        + (why[1] or also.sv),
        at=at,
        actual=scope,
        expected=values,
    )


def _no_personnummer(principal: PrincipalName, login: Login) -> Outcome:
    for value in principal.values:
        if personnummer.contains_personnummer(value.partition("@")[0]):
            return failed(
                "the EPPN {actual} holds a personnummer",
                "EPPN {actual} innehåller ett personnummer",
                at=principal.at(),
                actual=Personal(value),
            )
    return passed()


def _no_name_fragment(principal: PrincipalName, login: Login) -> Outcome:
    account = login.flow.account
    if not account.surname:
        return login.not_given("surname (and given_name)", "surname (och given_name)")
    surname, given = names.letters(account.surname), names.letters(account.given_name or "")
    if not surname:
        return not_applicable(
            f"the surname in [account.{account.name}] is in letters that have no spelling of their own in a to z",
            f"efternamnet i [account.{account.name}] är skrivet med bokstäver som inte har någon given stavning med a till z",
        )
    for value in principal.values:
        local = names.plain(value.partition("@")[0][:_LONGEST])
        if objectguid.readings(local):
            continue  # hex digits may happen to spell a piece of a name
        if _holds(surname, 3, local) or (_holds(surname, 2, local) and _holds(given, 2, local)):
            return failed(
                "the EPPN {actual} holds a piece of the person's name",
                "EPPN {actual} innehåller en del av personens namn",
                at=principal.at(),
                actual=Personal(value),
            )
    return passed()


def _holds(name: str, length: int, local: str) -> bool:
    """Does the local part hold the name's first letters? A name with fewer is too short to be told from chance."""
    return len(name) >= length and name[:length] in local


def _equals_provisioned(principal: PrincipalName, login: Login) -> Outcome:
    account = login.flow.account
    wanted = account.provisioned_eppn
    if wanted is None:
        return login.not_given("provisioned_eppn", "provisioned_eppn")
    other = next((value for value in principal.values if value != wanted), None)
    if other is None:
        return passed()
    how = _difference(other, wanted)
    return failed(
        "the EPPN {actual} is not the provisioned one, {expected}" + how.en,
        "EPPN {actual} är inte det som har förts över, {expected}" + how.sv,
        at=principal.at(),
        actual=Personal(other),
        expected=Personal(wanted),
    )


def _difference(value: str, wanted: str) -> Words:
    """What sort of difference it is; nothing when they are simply two."""
    if value.strip() == wanted:
        return Words("; only white space differs", "; bara blanktecken skiljer dem åt")
    if value.casefold() == wanted.casefold():
        return Words("; only upper and lower case differ", "; bara stora och små bokstäver skiljer dem åt")
    local, scope = _local(value)[:_LONGEST], value.rpartition("@")[2]
    if local == _local(wanted):
        return Words("; only what stands after @ differs", "; bara det som står efter @ skiljer dem åt")
    if scope == wanted.rpartition("@")[2]:
        known = {reading.guid for reading in objectguid.readings(_local(wanted))[:1]}
        if known & {reading.guid for reading in objectguid.readings(local)}:
            return Words("; it is the same GUID, written in another way", "; det är samma GUID, skrivet på ett annat sätt")
    return Words("", "")


def _not_the_account_name(principal: PrincipalName, login: Login) -> Outcome:
    username = (login.flow.account.username or "").casefold()
    sent = {
        value.text.casefold()
        for attribute in (login.assertion.attributes if login.assertion else ())
        if login.name(attribute) in ("mail", "userPrincipalName", "upn")
        for value in attribute.values
    }
    for value in principal.values:
        local = value.casefold().partition("@")[0]
        same = value.casefold() in sent or (bool(username) and local in (username, username.partition("@")[0]))
        if same or objectguid.kind(value.partition("@")[0]) == "upn-or-mail" or ("." in local and not objectguid.readings(local)):
            return failed(
                "the EPPN {actual} is an account name or an e-mail address",
                "EPPN {actual} är ett kontonamn eller en e-postadress",
                at=principal.at(),
                actual=Personal(value),
            )
    return passed()


def _is_objectguid(principal: PrincipalName, login: Login) -> Outcome:
    """Some form of a GUID; which form is the next rule's business."""
    if login.flow.idp.eppn_source == "other":
        return _other_source(login)
    for value in principal.values:
        if not objectguid.readings(_local(value), _known(login)):
            return failed(
                "the EPPN {actual} is not built on a GUID",
                "EPPN {actual} är inte byggt av ett GUID",
                at=principal.at(),
                actual=Personal(value),
            )
    return passed()


def _canonical_guid(principal: PrincipalName, login: Login) -> Outcome:
    if login.flow.idp.eppn_source == "other":
        return _other_source(login)
    for value in principal.values:
        readings = objectguid.readings(_local(value), _known(login))
        if not readings:
            return inconclusive("the local part is no GUID", "den lokala delen är inget GUID", blocked_by=_NO_GUID)
        best = readings[0]
        if "canonical" not in best.forms:
            return failed(
                "the EPPN {actual}: " + best.words.en,
                "EPPN {actual}: " + best.words.sv,
                at=principal.at(),
                actual=Personal(value),
                expected=Personal(f"{best.guid}@{value.rpartition('@')[2]}"),
            )
    return passed()


def _equals_known_guid(principal: PrincipalName, login: Login) -> Outcome:
    if login.flow.idp.eppn_source == "other":
        return _other_source(login)
    known = _known(login)
    if known is None:
        return login.not_given("object_guid", "object_guid")
    for value in principal.values:
        found = objectguid.readings(_local(value), known)
        if not found:
            return inconclusive("the local part is no GUID", "den lokala delen är inget GUID", blocked_by=_NO_GUID)
        if all(reading.guid != known for reading in found):
            return failed(
                "the EPPN {actual} is another GUID than the account's objectGUID, whatever order its bytes are read in",
                "EPPN {actual} är ett annat GUID än kontots objectGUID, oavsett byteordning",
                at=principal.at(),
                actual=Personal(value),
                expected=Personal(str(known)),
            )
    return passed()


def _local(value: str) -> str:
    return value.rpartition("@")[0] or value


def _other_source(login: Login) -> Outcome:
    name = login.flow.idp.name
    return not_applicable(f'[idp.{name}] says eppn_source = "other"', f'[idp.{name}] säger eppn_source = "other"')


def _known(login: Login) -> uuid.UUID | None:
    return uuid.UUID(login.flow.account.object_guid) if login.flow.account.object_guid else None


def _about(test: Any, protocol: str | None = None) -> Verb:
    return flag(test, PrincipalName, protocol)


VERBS: Mapping[str, Verb] = {
    "released": flag(_released, Login),
    "understood_by_gateway": _about(_understood_by_gateway, "saml"),
    "named_by_oid": _about(_named_by_oid, "saml"),
    "scope_in_metadata": Verb(PrincipalName, one_of("role", "entity"), _scope_in_metadata, "saml"),
    "no_personnummer": _about(_no_personnummer),
    "equals_provisioned": _about(_equals_provisioned),
    "no_name_fragment": _about(_no_name_fragment),
    "not_the_account_name": _about(_not_the_account_name),
    "is_objectguid": _about(_is_objectguid),
    "canonical_guid": _about(_canonical_guid),
    "equals_known_guid": _about(_equals_known_guid),
}
