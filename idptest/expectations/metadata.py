"""Verbs about facts of the IdP's metadata."""

from __future__ import annotations

from collections.abc import Mapping

from idptest.assurance import Assurance
from idptest.expectations.verb import Test, Verb, flag, one_of
from idptest.model.login import Login
from idptest.model.rule import Outcome, failed, not_applicable, passed
from idptest.model.saml import EntityAttribute, IdpMetadata

_E_LEG_NAME = "urn:oasis:names:tc:SAML:attribute:assurance-certification"
_E_LEG_VALUE = "https://fidus.skolverket.se/authentication/e-leg"
_ELSEWHERE = {"role": ("EntityDescriptor", "entity"), "entity": ("IDPSSODescriptor", "role")}


def _e_leg(metadata: IdpMetadata, place: str) -> tuple[EntityAttribute, ...]:
    found = (attribute for attribute in metadata.entity_attributes if attribute.name == _E_LEG_NAME and _E_LEG_VALUE in attribute.values)
    return tuple(attribute for attribute in found if attribute.place == place)


def declares_e_leg(metadata: IdpMetadata) -> bool:
    """Declared where Skolverket's gateway reads it: directly below EntityDescriptor (its FAQ, question 2, read 2026-11)."""
    return bool(_e_leg(metadata, "entity"))


def no_e_leg() -> Outcome:
    return not_applicable(
        "the metadata does not declare e-leg: Skolverket's gateway then asks this IdP for no level, and adds eduID as the e-legitimation",
        "metadata deklarerar inte e-leg: då frågar Skolverkets gateway inte den här IdP:n efter någon nivå, utan lägger till eduID som e-legitimation",
    )


def _e_leg_present(login: Login, _: Login) -> Outcome:
    if _e_leg(login.metadata, "entity"):
        return passed()
    if _e_leg(login.metadata, "role"):
        return not_applicable("e-leg is declared, but in another place", "e-leg är deklarerad, men på ett annat ställe")
    return failed(
        "the metadata does not declare e-leg: Skolverket's gateway asks this IdP for no level, and sends the staff on to eduID for the "
        "e-legitimation. Each of them needs an eduID with a security key, linked to the EPPN in what is sent to Skolverket",
        "metadata deklarerar inte e-leg: Skolverkets gateway frågar inte den här IdP:n efter någon nivå, utan skickar personalen vidare till "
        "eduID för e-legitimationen. Var och en behöver ett eduID med säkerhetsnyckel, kopplat till EPPN i det som förs över till Skolverket",
        at=login.metadata.at("Extensions"),
    )


def _wants_signed(wanted: bool, _: Assurance) -> Test:
    def test(login: Login, _: Login) -> Outcome:
        said = login.metadata.want_authn_requests_signed
        if said == wanted:
            return passed()
        word = str(said).lower()
        return failed(
            f'the metadata says WantAuthnRequestsSigned="{word}"',
            f'metadata säger WantAuthnRequestsSigned="{word}"',
            at=login.metadata.at("IDPSSODescriptor"),
            actual=said,
            expected=wanted,
        )

    return test


def _scope_declared_under(place: str, _: Assurance) -> Test:
    def test(login: Login, _: Login) -> Outcome:
        if login.metadata.scope_values(place):
            return passed()
        if login.metadata.scopes:
            found, where = login.metadata.scopes[0], _ELSEWHERE[place][0]
            return failed(
                f"the scope {{actual}} stands under {where}, where the gateway does not look",
                f"scopet {{actual}} står under {where}, där gatewayen inte letar",
                at=found.pointer,
                actual=found.value,
            )
        return failed("the metadata declares no scope", "metadata deklarerar inget scope", at=login.metadata.at("IDPSSODescriptor"))

    return test


def _scope_literal(login: Login, _: Login) -> Outcome:
    pattern = next((scope for scope in login.metadata.scopes if scope.regexp), None)
    if pattern is None:
        return passed()
    return failed('the scope {actual} has regexp="true"', 'scopet {actual} har regexp="true"', at=pattern.pointer, actual=pattern.value)


def _e_leg_placed_under(place: str, _: Assurance) -> Test:
    def test(login: Login, _: Login) -> Outcome:
        if _e_leg(login.metadata, place):
            return passed()
        where, other = _ELSEWHERE[place]
        misplaced = _e_leg(login.metadata, other)
        if not misplaced:
            return no_e_leg()
        return failed(
            f"e-leg is declared under {where}, where the gateway does not look",
            f"e-leg är deklarerad under {where}, där gatewayen inte letar",
            at=misplaced[0].pointer,
        )

    return test


_PLACE = one_of("role", "entity")
FACTS: Mapping[str, Mapping[str, Verb]] = {
    "want_authn_requests_signed": {"equals": Verb(Login, one_of(True, False), _wants_signed)},
    "scopes": {"declared_under": Verb(Login, _PLACE, _scope_declared_under), "literal": flag(_scope_literal, Login)},
    "e_leg_declaration": {"placed_under": Verb(Login, _PLACE, _e_leg_placed_under), "present": flag(_e_leg_present, Login)},
}
