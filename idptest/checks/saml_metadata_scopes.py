"""Rules about the scopes (shibmd:Scope) that the IdP's metadata declares: how they are written, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from idptest.catalogue import check
from idptest.identifiers.scope import PUBLIC_MAIL, written_badly
from idptest.model.rule import Level, Outcome, Text, failed, not_applicable, passed
from idptest.model.saml import IdpMetadata, ScopeElement

_SCOPE = "https://wiki.shibboleth.net/confluence/display/SC/ShibMetaExt+V1.0, an empty one: https://github.com/ukf/ukf-meta/issues/7 (read 2026-11)"


def _literal(metadata: IdpMetadata) -> tuple[ScopeElement, ...]:
    """Expressions are another rule's: no scope may be one."""
    return tuple(scope for scope in metadata.scopes if not scope.regexp)


def _none() -> Outcome:
    return not_applicable("the metadata declares no scope that is written out", "metadata deklarerar inget utskrivet scope")


@check(
    Level.SHOULD,
    source=_SCOPE,
    fix="Write one domain in each <shibmd:Scope>, in small letters, as after @ in the EPPN, with neither white space nor line break around it.",
    sv=Text(
        "Varje scope är ett domännamn med små bokstäver",
        why="Scopet jämförs tecken för tecken med det som står efter @ i EPPN. En stor bokstav eller ett mellanslag räcker för att EPPN ska slängas, och en toppdomän säger inget om vilken organisation personen hör till.",
        fix="Skriv en domän i varje <shibmd:Scope>, med små bokstäver, så som den står efter @ i EPPN, utan mellanslag eller radbrytning runt om.",
    ),
)
def scopes_are_domain_names(metadata: IdpMetadata) -> Outcome:
    """Every scope is a domain name in small letters.

    It is compared letter for letter with what stands after @ in the EPPN. One capital or one blank is enough for the EPPN to be
    dropped, and a top domain does not say whose the person is.
    """
    scopes = _literal(metadata)
    if not scopes:
        return _none()
    for scope in scopes:
        problem = written_badly(scope.value, scope.padded)
        if problem:
            return failed(problem.en, problem.sv, at=scope.at(), actual=scope.value[:256])
    return passed()


@check(
    Level.SHOULD,
    source="eduPerson 202208, 2.2.8, https://github.com/REFEDS/eduperson/blob/main/eduperson-202208.md (read 2026-11)",
    fix="Take the domain away, and give those people an EPPN in a domain of your own.",
    sv=Text(
        "Inget scope är en e-postleverantörs domän",
        why="Ett scope är domänen för den organisation som delar ut namnen. Vem som helst kan skaffa en adress hos en e-postleverantör, så ingen svarar för vilka som finns i den domänen.",
        fix="Ta bort domänen, och ge de personer som har den ett EPPN i en av era egna domäner.",
    ),
)
def scopes_are_no_mail_providers(metadata: IdpMetadata) -> Outcome:
    """No scope is the domain of a public e-mail provider.

    A scope is the domain of the organisation that gives out the names. Anybody can get an address there, so it is nobody's to answer for.
    """
    scopes = _literal(metadata)
    if not scopes:
        return _none()
    found = next((scope for scope in scopes if scope.value.casefold() in PUBLIC_MAIL), None)
    if found is None:
        return passed()
    return failed(
        "the scope {actual} is a public e-mail provider's",
        "scopet {actual} är en e-postleverantörs domän",
        at=found.at(),
        actual=found.value,
    )


@check(
    Level.NOTE,
    spec="Sweden Connect Deployment Profile 6.2.1",
    fix="Check that the domain is registered by your organisation. If it is, there is nothing to do: a hosted IdP has its supplier's address.",
    sv=Text(
        "Varje scope hör ihop med IdP:ns adress eller organisationens",
        why="Ett scope gör anspråk på en domän, och ett felskrivet scope gör anspråk på någon annans. Vem som har domänen går inte att se här, bara om den liknar adresserna i metadata.",
        fix="Kontrollera att domänen är er egen. I så fall behöver ni inte göra något: en IdP som en leverantör driver har leverantörens adress.",
    ),
)
def scopes_are_the_organisations_own(metadata: IdpMetadata) -> Outcome:
    """Every scope goes with the IdP's or the organisation's address.

    A scope is a claim to a domain, and a misspelt one is a claim to somebody else's. Who owns it does not show here, only whether it is
    like the addresses in the metadata.
    """
    scopes = _literal(metadata)
    if not scopes:
        return _none()
    own = {_registered(host) for host in _hosts(metadata)}
    found = next((scope for scope in scopes if _registered(scope.value) not in own), None)
    if found is None:
        return passed()
    return failed(
        "the scope {actual} is in another domain than the entityID and the organisation's address",
        "scopet {actual} ligger i en annan domän än entityID och organisationens adress",
        at=found.at(),
        actual=found.value[:256],
        expected=tuple(sorted(own))[:10],
    )


def _hosts(metadata: IdpMetadata) -> Iterator[str]:
    for url in (metadata.entity_id, *(shown.text for shown in metadata.shown if shown.element == "OrganizationURL")):
        try:
            host = urlsplit(url).hostname
        except ValueError:
            continue
        if host:
            yield host


def _registered(domain: str) -> str:
    """The last two labels: what is registered under .se; enough for a note."""
    return ".".join(domain.casefold().split(".")[-2:])
