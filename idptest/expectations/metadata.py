"""Verbs about facts of the IdP's metadata."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from idptest.assurance import APPROVED, Assurance
from idptest.expectations.verb import Test, Verb, flag, one_of, texts
from idptest.model.flow import IdpFacts
from idptest.model.inspection import Judged
from idptest.model.rule import Outcome, Words, failed, inconclusive, not_applicable, passed
from idptest.model.saml import Certificate, EntityAttribute, IdpMetadata
from idptest.saml.bindings import is_https, on_this_machine

E_LEG_NAME = "urn:oasis:names:tc:SAML:attribute:assurance-certification"
E_LEG_VALUE = "https://fidus.skolverket.se/authentication/e-leg"
URI = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
_CERTIFICATES = "saml-metadata/has-a-signing-certificate"
_ELSEWHERE = {"role": ("EntityDescriptor", "entity"), "entity": ("IDPSSODescriptor", "role")}


def _e_leg(metadata: IdpMetadata, place: str) -> tuple[EntityAttribute, ...]:
    found = (attribute for attribute in metadata.entity_attributes if attribute.name == E_LEG_NAME and E_LEG_VALUE in attribute.values)
    return tuple(attribute for attribute in found if attribute.place == place)


def declares_e_leg(metadata: IdpMetadata) -> bool:
    """Declared where Skolverket's gateway reads it: directly below EntityDescriptor (its FAQ, question 2, read 2026-11)."""
    return bool(_e_leg(metadata, "entity"))


def no_e_leg() -> Outcome:
    return not_applicable(
        "the metadata does not declare e-leg: Skolverket's gateway then asks this IdP for no level, and adds eduID as the e-legitimation",
        "metadata deklarerar inte e-leg: då frågar Skolverkets gateway inte IdP:n efter någon nivå, utan lägger till eduID som e-legitimation",
    )


def _e_leg_present(metadata: IdpMetadata, _: Judged) -> Outcome:
    if _e_leg(metadata, "entity"):
        return passed()
    if _e_leg_meant(metadata):
        return not_applicable("e-leg is declared, but not as it should be", "e-leg är deklarerad, men inte så som det ska vara")
    return failed(
        "the metadata does not declare e-leg: Skolverket's gateway asks this IdP for no level, and sends the staff on to eduID for the "
        "e-legitimation. Each of them needs an eduID with a security key, linked to the EPPN in what is sent to Skolverket",
        "metadata deklarerar inte e-leg: Skolverkets gateway frågar inte IdP:n efter någon nivå, utan skickar personalen vidare till "
        "eduID för e-legitimationen. Var och en behöver ett eduID med säkerhetsnyckel, kopplat till EPPN i det som förs över till Skolverket",
        at=metadata.at("Extensions"),
    )


def _wants_signed(wanted: bool, _: Assurance) -> Test:
    def test(metadata: IdpMetadata, _: Judged) -> Outcome:
        said = metadata.want_authn_requests_signed
        if said == wanted:
            return passed()
        word = str(said).lower()
        return failed(
            f'the metadata says WantAuthnRequestsSigned="{word}"',
            f'metadata säger WantAuthnRequestsSigned="{word}"',
            at=metadata.at("IDPSSODescriptor"),
            actual=said,
            expected=wanted,
        )

    return test


def _scope_declared_under(place: str, _: Assurance) -> Test:
    def test(metadata: IdpMetadata, _: Judged) -> Outcome:
        if metadata.scope_values(place):
            return passed()
        if metadata.scopes:
            found, where = metadata.scopes[0], _ELSEWHERE[place][0]
            return failed(
                f"the scope {{actual}} stands under {where}, where the gateway does not look",
                f"scopet {{actual}} står under {where}, där gatewayen inte letar",
                at=found.pointer,
                actual=found.value,
            )
        return failed("the metadata declares no scope", "metadata deklarerar inget scope", at=metadata.at("IDPSSODescriptor"))

    return test


def _scope_literal(metadata: IdpMetadata, _: Judged) -> Outcome:
    pattern = next((scope for scope in metadata.scopes if scope.regexp), None)
    if pattern is None:
        return passed()
    return failed('the scope {actual} has regexp="true"', 'scopet {actual} har regexp="true"', at=pattern.pointer, actual=pattern.value)


def _e_leg_placed_under(place: str, _: Assurance) -> Test:
    def test(metadata: IdpMetadata, _: Judged) -> Outcome:
        if _e_leg(metadata, place):
            return passed()
        where, other = _ELSEWHERE[place]
        misplaced = _e_leg(metadata, other)
        if not misplaced:
            return no_e_leg()
        return failed(
            f"e-leg is declared under {where}, where the gateway does not look",
            f"e-leg är deklarerad under {where}, där gatewayen inte letar",
            at=misplaced[0].pointer,
        )

    return test


def meant_as(written: str, right: str) -> bool:
    """Did somebody who wrote this mean that? The same but for case, blanks, scheme and closing slash, or one that is nearly so."""
    if written == right:
        return True
    one, other = (" ".join(text.split()).casefold().rstrip("/").replace("http://", "https://") for text in (written[:200], right))
    return one == other or difflib.SequenceMatcher(None, one, other).ratio() > 0.9


def _e_leg_meant(metadata: IdpMetadata) -> tuple[EntityAttribute, str] | None:
    """The attribute and the value that declare e-leg, rightly spelt or not."""
    values = ((attribute, value) for attribute in metadata.entity_attributes[:50] for value in attribute.values[:50])
    return next(((attribute, value) for attribute, value in values if meant_as(value, E_LEG_VALUE)), None)


def _e_leg_spelt_right(metadata: IdpMetadata, _: Judged) -> Outcome:
    meant = _e_leg_meant(metadata)
    if meant is None:
        return no_e_leg()
    attribute, value = meant
    for written, right in ((value, E_LEG_VALUE), (attribute.name, E_LEG_NAME), (attribute.name_format, URI)):
        if written != right:
            return failed(
                "e-leg is declared with {actual}; it should be {expected}",
                "e-leg är deklarerad med {actual}; det ska vara {expected}",
                at=attribute.at(),
                actual=written and written[:256],
                expected=right,
            )
    return passed()


def _levels_claimable(_: bool, assurance: Assurance) -> Test:
    def test(metadata: IdpMetadata, judged: Judged) -> Outcome:
        approved = any(isinstance(idp, IdpFacts) and idp.digg_approved for idp in judged.all(IdpFacts))
        attributes = [found for found in metadata.entity_attributes if found.name == E_LEG_NAME]
        declared = [(found, value) for found in attributes for value in found.values if value != E_LEG_VALUE]
        if not declared:
            return not_applicable("the metadata declares no level", "metadata deklarerar ingen nivå")
        for attribute, value in declared:
            known = assurance.value(value)
            if known is not None and known.claim == APPROVED and not approved:
                return failed(
                    "the metadata declares {actual}, which only an IdP that Digg has approved may",
                    "metadata deklarerar {actual}, och det får bara en IdP som Digg har godkänt",
                    at=attribute.at(),
                    actual=value,
                )
        return passed()

    return test


def _begins_with(beginnings: list[str], _: Assurance) -> Test:
    def test(metadata: IdpMetadata, _: Judged) -> Outcome:
        name = metadata.entity_id
        if name.startswith(tuple(beginnings)):
            return passed()
        return failed("the entityID is {actual}", "entityID är {actual}", at=metadata.at(), actual=name[:256], expected=tuple(beginnings))

    return test


def _other_endpoints_https(metadata: IdpMetadata, _: Judged) -> Outcome:
    if not metadata.other_endpoints:
        return not_applicable("login is all that the metadata offers", "metadata erbjuder inget utöver inloggning")
    for endpoint in metadata.other_endpoints:
        if not is_https(endpoint.location):
            if on_this_machine(endpoint.location):
                return not_applicable("the IdP runs on this very machine", "IdP:n körs på den här datorn")
            return failed(
                f"the address of {endpoint.service} is {{actual}}",
                f"adressen till {endpoint.service} är {{actual}}",
                at=endpoint.at(),
                actual=endpoint.location[:256],
                expected="https://…",
            )
    return passed()


def _no_attributes(metadata: IdpMetadata, _: Judged) -> Outcome:
    listed = metadata.listed_attributes
    if not listed:
        return passed()
    return failed(
        f"the metadata lists {len(listed)} attributes, among them {{actual}}",
        f"metadata räknar upp {len(listed)} attribut, bland annat {{actual}}",
        at=metadata.at("Attribute"),
        actual=tuple(name[:256] for name in listed[:5]),
    )


def rsa_bits_beyond_2030(bits: int, _: Assurance) -> Test:
    def test(certificate: Certificate, _: Judged) -> Outcome:
        if certificate.not_after is None:
            return _unreadable(certificate)
        if certificate.algorithm != "RSA" or certificate.not_after.year <= 2030:
            return not_applicable(
                "it is no RSA key whose certificate lasts beyond 2030", "det är ingen RSA-nyckel vars certifikat gäller efter 2030"
            )
        if certificate.bits is not None and certificate.bits >= bits:
            return passed()
        end = certificate.not_after.date().isoformat()
        return failed(
            f"the certificate lasts until {end}, and its key is RSA of {{actual}} bits",
            f"certifikatet gäller till {end}, och nyckeln är RSA med {{actual}} bitar",
            at=certificate.at(),
            actual=certificate.bits,
            expected=bits,
        )

    return test


def _self_signed(certificate: Certificate, _: Judged) -> Outcome:
    if certificate.pem is None:
        return _unreadable(certificate)
    if certificate.self_signed:
        return passed()
    return failed("the certificate was issued by somebody else", "certifikatet är utfärdat av någon annan", at=certificate.at())


def _unreadable(certificate: Certificate) -> Outcome:
    return inconclusive("the certificate cannot be read", "certifikatet går inte att läsa", blocked_by=_CERTIFICATES, at=certificate.at())


def number_of_bits(argument: Any, _: Assurance) -> Words | None:
    if type(argument) is int and 1024 <= argument <= 16384:
        return None
    return Words(f"the argument is a number of bits, not {argument!r}", f"argumentet är ett antal bitar, inte {argument!r}")


_PLACE = one_of("role", "entity")
FACTS: Mapping[str, Mapping[str, Verb]] = {
    "want_authn_requests_signed": {"equals": Verb(IdpMetadata, one_of(True, False), _wants_signed)},
    "scopes": {"declared_under": Verb(IdpMetadata, _PLACE, _scope_declared_under), "literal": flag(_scope_literal, IdpMetadata)},
    "e_leg_declaration": {
        "placed_under": Verb(IdpMetadata, _PLACE, _e_leg_placed_under),
        "spelt_right": flag(_e_leg_spelt_right, IdpMetadata),
        "present": flag(_e_leg_present, IdpMetadata),
    },
    "declared_levels": {"claimable": Verb(IdpMetadata, one_of(True), _levels_claimable)},
    "entity_id": {"begins_with": Verb(IdpMetadata, texts, _begins_with)},
    "other_endpoints": {"https": flag(_other_endpoints_https, IdpMetadata)},
    "listed_attributes": {"none": flag(_no_attributes, IdpMetadata)},
    "signing_certificate": {
        "rsa_bits_beyond_2030": Verb(Certificate, number_of_bits, rsa_bits_beyond_2030),
        "self_signed": flag(_self_signed, Certificate),
    },
}
