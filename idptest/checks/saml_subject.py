"""Rules about whom the assertion is about: the NameID, and what the assertion is bound to."""

from __future__ import annotations

import re

from idptest.catalogue import check
from idptest.identifiers.personnummer import contains_personnummer
from idptest.model.login import Login
from idptest.model.rule import Level, Outcome, Personal, Text, Words, failed, not_applicable, passed
from idptest.model.saml import Assertion, SubjectConfirmation

TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


@check(
    Level.SHOULD,
    spec="Kantara SDP-IDP12",
    fix="Choose transient as the NameID format for this SP, in the IdP's claim rules or settings for it.",
    sv=Text(
        "NameID är av formatet transient eller persistent",
        why="NameID behövs för utloggning men ska inte gå att använda för att följa en elev mellan tjänster. Det är EPPN som identifierar personen.",
        fix="Välj transient som NameID-format för den här tjänsten, i IdP:ns regler eller inställningar för den.",
    ),
)
def name_id_is_transient_or_persistent(assertion: Assertion, login: Login) -> Outcome:
    """The NameID is of the format transient or persistent.

    It serves logout, and is not to tie a pupil together between services. The EPPN is what identifies.
    """
    asked = login.sent.name_id_format if login.told("name_id_format") else None
    wanted = (asked,) if asked else (TRANSIENT, PERSISTENT)
    found = assertion.name_id
    if found is None:
        return failed("the assertion has no NameID", "intyget har inget NameID", at=assertion.at("Subject"), expected=wanted)
    if found.format in wanted:
        return passed()
    return failed(
        "the format of the NameID is {actual}", "NameID har formatet {actual}", at=found.at(), actual=found.format, expected=wanted
    )


@check(
    Level.SHOULD,
    source="Deployment Profile for the Swedish eID Framework 6.2: https://github.com/swedenconnect/technical-framework (read 2026-11)",
    fix="Let the IdP make the NameID up by chance for each login, instead of taking it from an attribute of the account.",
    sv=Text(
        "NameID röjer inte vem personen är",
        why="NameID går till alla tjänster och hamnar i deras loggar, även hos dem som inte ska få veta vem som loggar in.",
        fix="Låt IdP:n slumpa fram ett NameID för varje inloggning, i stället för att hämta det från ett attribut på kontot.",
    ),
)
def name_id_holds_no_personal_data(assertion: Assertion, login: Login) -> Outcome:
    """The NameID does not tell who the person is.

    It goes to every service and into its logs, also where nobody should know who logs in.
    """
    if assertion.name_id is None:
        return not_applicable("there is no NameID", "det finns inget NameID")
    value = assertion.name_id.value
    holds = _personal(value, login)
    if holds is None:
        return passed()
    return failed(
        f"the NameID holds {holds.en}: {{actual}}",
        f"NameID innehåller {holds.sv}: {{actual}}",
        at=assertion.name_id.at(),
        actual=Personal(value),
    )


def _personal(value: str, login: Login) -> Words | None:
    """What in the NameID tells of a person; None when nothing is known to."""
    account, folded = login.flow.account, value.casefold()
    eppn = login.principal_name.value if login.principal_name else None
    local = (eppn or "").partition("@")[0].casefold()
    words = set(re.split(r"[\W_]+", folded))
    names = {word for name in (account.given_name, account.surname) if name for word in name.casefold().split() if len(word) > 2}
    if contains_personnummer(value[:1000]):
        return Words("a personnummer", "ett personnummer")
    if len(local) > 3 and local in folded:
        return Words("the EPPN, or the part of it before @", "EPPN eller den del av det som står före @")
    if _ADDRESS.search(value[:1000]):
        return Words("something like an e-mail address", "något som liknar en e-postadress")
    if account.username and len(account.username) > 3 and account.username.casefold() in folded:
        return Words("the user name", "användarnamnet")
    if names & words:
        return Words("the person's name", "personens namn")
    return None


@check(
    Level.NOTE,
    spec="SAMLCore 2.4.1.2",
    fix="Leave Address out, unless both sides have agreed on it.",
    sv=Text(
        "Intyget är inte bundet till en nätadress",
        why="I skolnät byts adressen på vägen, så tjänsten ser en annan adress än IdP:n gjorde. Vi läser adressen men struntar i den, och det gör inte alla tjänster.",
        fix="Utelämna Address, om inte båda sidor är överens om det.",
    ),
)
def is_not_bound_to_a_network_address(confirmation: SubjectConfirmation) -> Outcome:
    """The assertion is not bound to a network address.

    School networks change addresses on the way, and the service then sees another than the IdP did. We read it and ignore it; some do not.
    """
    if confirmation.address is None:
        return passed()
    return failed(
        "the assertion may be delivered from {actual} only",
        "intyget får bara lämnas från {actual}",
        at=confirmation.at("SubjectConfirmationData"),
        actual=Personal(confirmation.address),
    )
