"""Rules about the level of the login that hold whatever levels a federation accepts."""

from __future__ import annotations

from itertools import chain

from idptest import catalogue
from idptest.assurance import AUTHN_CONTEXT
from idptest.catalogue import check
from idptest.expectations.release import nothing_to_look_in
from idptest.model.flow import Exchange
from idptest.model.login import AssuranceValue, AuthnContext, Login, StatedAssurance
from idptest.model.rule import Level, Outcome, Text, failed, inconclusive, not_applicable, passed, untold

_REGISTRY = "https://docs.swedenconnect.se/technical-framework/latest/03_-_Registry_for_Identifiers.html (read 2026-11)"
_CERTIFICATION = "urn:oasis:names:tc:SAML:attribute:assurance-certification"
_AMR, _KNOWLEDGE = "rfc8176", frozenset({"pwd", "kba"})  # what is known, one factor however many of them


@check(
    Level.MUST,
    spec="SAMLCore 3.3.2.2.1",
    fix="Let the IdP answer with one of the values it was asked for, and let each method of login have its own; when it can give none, with the status NoAuthnContext.",
    sv=Text(
        "Nivån i svaret är en av dem vi bad om",
        why="Frågan säger exakt vilka nivåer som duger. Ett annat svar betyder att IdP:n inte läste frågan, och då måste tjänsten neka inloggningen.",
        fix="Låt IdP:n svara med ett av de värden som efterfrågades, och ge varje inloggningssätt sitt eget. Kan den inte ge något av dem ska den svara med statusen NoAuthnContext.",
    ),
)
def answer_is_one_that_was_asked_for(context: AuthnContext, login: Login) -> Outcome:
    """The level in the answer is one of those asked for.

    The request says exactly which levels will do. Another answer means that the IdP did not read it, and the service must refuse.
    """
    if not login.told("contexts"):
        return untold()
    if not login.sent.contexts:
        return not_applicable("no level was asked for", "ingen nivå efterfrågades")
    if login.sent.comparison != "exact":
        return not_applicable("other levels than those named would do too", "även andra nivåer än de som nämndes hade dugt")
    if context.value in login.sent.contexts:
        return passed()
    return failed(
        "the IdP answered with a level that was not asked for: {actual}",
        "IdP:n svarade med en nivå som vi inte bad om: {actual}",
        at=context.at,
        actual=context.value,
        expected=login.sent.contexts,
    )


@check(
    Level.MUST,
    source=_REGISTRY,
    fix="Tie each level to the methods that reach it: a password alone is none of them.",
    sv=Text(
        "Nivån stämmer med hur vi loggade in",
        why="Vi vet vad vi angav, och enbart ett lösenord är ingen e-legitimation. En IdP som ändå intygar nivå 3 bryter mot reglerna för nivåer.",
        fix="Knyt varje nivå till de inloggningssätt som når den. Enbart ett lösenord når ingen av dem.",
    ),
)
def fits_the_factors_given(context: AuthnContext, login: Login) -> Outcome:
    """The level fits what we gave to log in.

    We know what we gave: a password alone is no e-legitimation. An IdP that vouches for level 3 all the same breaks the rules.
    """
    factors = login.flow.factors
    if not factors:
        return not_applicable("what the person gave was not seen", "det syntes inte vad personen angav")
    needed = max(context.factors or 1, 2 if (context.level or 1) >= 3 else 1)
    if needed == 1:
        return passed()
    if factors == ("client-certificate",):
        return not_applicable(
            "it was not seen whether the certificate is on a card with a PIN",
            "det syntes inte om certifikatet ligger på ett kort med PIN-kod",
        )
    if "e-leg" in factors or len(set(factors)) >= needed:
        return passed()
    return failed(
        "the IdP claims {actual} after a password alone",
        "IdP:n intygar {actual} efter enbart ett lösenord",
        at=context.at,
        actual=context.value,
        expected=f"{needed} factors",
    )


@check(
    Level.SHOULD,
    spec="SAMLCore 2.7.2.2; the values and their sources: attribute_rules/vocabularies/assurance.toml (read 2026-11)",
    fix="Answer with a value from a published list, letter for letter: http://id.swedenconnect.se/loa/1.0/uncertified-loa3 for an e-legitimation at level 3.",
    sv=Text(
        "Nivån i svaret är ett värde som någon har definierat",
        why="Värdet är bara en adress, som betyder något först när någon har skrivit vad. Ett felstavat eller hemmagjort värde säger ingen tjänst något.",
        fix="Svara med ett värde ur en publicerad lista, bokstav för bokstav: http://id.swedenconnect.se/loa/1.0/uncertified-loa3 för en e-legitimation på nivå 3.",
    ),
)
def answer_is_a_known_value(context: AuthnContext) -> Outcome:
    """The level in the answer is a value that somebody has defined.

    The value is an address and no more; it means something because somebody has written what. One that is misspelt, or made up,
    tells no service anything.
    """
    if context.known and AUTHN_CONTEXT in context.carriers:
        return passed()
    if context.known:
        return failed(
            "{actual} is a value for eduPersonAssurance, and stands in AuthnContextClassRef",
            "{actual} är ett värde för eduPersonAssurance, men står i AuthnContextClassRef",
            at=context.at,
            actual=context.value,
        )
    return _nobody_knows(context, context.nearest)


def _nobody_knows(value: AssuranceValue, nearest: str | None) -> Outcome:
    return failed(
        "{actual} is in no published list" + ("; did the IdP mean {expected}?" if nearest else ""),
        "{actual} finns inte på någon publicerad lista" + ("; menar IdP:n {expected}?" if nearest else ""),
        at=value.at,
        actual=value.value[:200],
        expected=nearest,
    )


@check(
    Level.SHOULD,
    spec="eduPerson 202208, 2.2.12; the values and their sources: attribute_rules/vocabularies/assurance.toml (read 2026-11)",
    fix="Send values that a federation has published, letter for letter, or none.",
    sv=Text(
        "Varje värde i eduPersonAssurance är ett som någon har definierat",
        why="Tjänster jämför dem bokstav för bokstav. Ett felstavat värde är inte värt mer än inget värde alls.",
        fix="Skicka värden som en federation har publicerat, bokstav för bokstav, eller inga alls.",
    ),
)
def assurance_attribute_is_known(stated: StatedAssurance) -> Outcome:
    """The values in eduPersonAssurance are some that somebody has defined.

    Services compare them letter for letter. A misspelt value is the same as none.
    """
    if not stated.identity:
        return not_applicable("there is no eduPersonAssurance", "det finns inget eduPersonAssurance")
    unknown = next((value for value in stated.identity if not value.known), None)
    if unknown is None:
        return passed()
    near = catalogue.assurance().nearest(unknown.value)
    return _nobody_knows(unknown, near.uri if near else None)


@check(
    Level.SHOULD,
    source="https://wiki.federationer.internetstiftelsen.se/pages/diffpages.action?originalId=44269587&pageId=44269588 (read 2026-11)",
    fix="Set AuthnContextClassRef and the attribute by the method that the person used, both in the same place of the IdP. In AD FS and Entra ID, where several factors show only in authnmethodsreferences, let the class follow them or put an IdP proxy in front.",
    sv=Text(
        "Nivån i svaret och attributen om inloggningen säger detsamma",
        why="En del tjänster läser det ena, andra det andra. Säger de olika saker släpps samma person in på ett ställe och nekas på ett annat.",
        fix="Sätt AuthnContextClassRef och attributet efter den metod som personen använde, på samma ställe i IdP:n. I AD FS och Entra ID, där flera faktorer bara syns i authnmethodsreferences: låt klassen följa dem eller sätt en IdP-proxy framför.",
    ),
)
def both_carriers_agree(stated: StatedAssurance, login: Login) -> Outcome:
    """The level in the answer and the attributes about the login say the same.

    Some services read the one and some the other. Where they differ, the same person is let in at one place and refused at another.
    """
    context = login.authn_context
    if context is None:
        nothing = ("there is no level to compare with", "det finns ingen nivå att jämföra med")
        missed = login.blocker(AuthnContext)
        return inconclusive(*nothing, blocked_by=missed) if missed else not_applicable(*nothing)
    levels = [value.level for value in stated.values if value.level]
    family = [value for value in stated.identity if value.family == context.family == "skolfederation"]
    factors = [value.factors for value in stated.values if value.factors]
    if context.level and levels:
        same = max(levels) == context.level
    elif family:
        same = any(value.value == context.value for value in family)
    elif context.factors and factors:
        same = (max(factors) > 1) == (context.factors > 1)
    else:
        return not_applicable("they are not on the same scale", "de ligger inte på samma skala")
    if same:
        return passed()
    told = tuple(value.value for value in stated.values[:10])
    return failed(
        "AuthnContextClassRef says {actual}, and the attributes say {expected}",
        "AuthnContextClassRef säger {actual}, men attributen säger {expected}",
        at=stated.values[0].at,
        actual=context.value,
        expected=told,
    )


@check(
    Level.SHOULD,
    spec="RFC 8176 2; OIDCCore 2 (acr, amr)",
    fix="Let the OP write acr and amr by the same login: several factors are mfa, beside each of the methods.",
    sv=Text(
        "De sätt att logga in som anges (amr) räcker till nivån (acr)",
        why="En nivå med två faktorer som nåddes med bara ett lösenord är antingen fel nivå eller fel amr, och tjänster läser båda.",
        fix="Låt OP:n skriva acr och amr efter samma inloggning: flera faktorer är mfa, vid sidan av varje metod.",
    ),
)
def methods_reach_the_level(stated: StatedAssurance, login: Login) -> Outcome:
    """The ways of logging in that are told (amr) suffice for the level (acr).

    A level of two factors that was reached by a password alone is either the wrong level or the wrong amr, and services read both.
    """
    context, told = login.authn_context, [value for value in stated.methods if value.family == _AMR]
    if context is None or not told:
        return not_applicable("acr and amr are not both there", "acr och amr finns inte båda")
    if max(context.factors or 1, 2 if (context.level or 1) >= 3 else 1) < 2:
        return not_applicable("the level asks for one factor", "nivån kräver en faktor")
    if len(told) < len(stated.methods) or not {value.value for value in told} <= _KNOWLEDGE:
        return passed()
    return failed(
        "amr is {actual}, and acr {expected}, which takes two factors",
        "amr är {actual}, och acr {expected}, som kräver två faktorer",
        at=told[0].at,
        actual=tuple(value.value for value in told[:10]),
        expected=context.value,
    )


@check(
    Level.SHOULD,
    source="https://wiki.federationer.internetstiftelsen.se/pages/diffpages.action?originalId=42303515&pageId=44269587 (read 2026-11); "
    + _REGISTRY,
    fix="Answer with the value that stands in its place; the message names it.",
    sv=Text(
        "Inget av de värden som anger nivån har dragits in",
        why="Skolfederations loa2, loa3 och loa4 togs aldrig i bruk, och Sweden Connect har tagit bort värdena för underskrift. Ingen tjänst godtar dem.",
        fix="Svara med det värde som gäller i stället. Meddelandet säger vilket.",
    ),
)
def values_are_in_use(login: Login) -> Outcome:
    """No value about the level is one that has been withdrawn.

    Skolfederation's loa2, loa3 and loa4 were never put in use, and Sweden Connect has taken its values for signatures away. No service
    accepts them.
    """
    if login.assertion is None:
        return nothing_to_look_in(login)
    stated = login.stated_assurance.values if login.stated_assurance else ()
    for value in chain((login.authn_context,) if login.authn_context else (), stated):
        if value.retired:
            return failed(
                f"{{actual}} is not in use. {value.retired.en}",
                f"{{actual}} används inte. {value.retired.sv}",
                at=value.at,
                actual=value.value,
            )
    return passed()


@check(
    Level.SHOULD,
    source="https://github.com/swedenconnect/technical-framework, Deployment Profile 2.1.3 (read 2026-11)",
    protocol="saml",
    fix="Add the level to urn:oasis:names:tc:SAML:attribute:assurance-certification directly under EntityDescriptor, or answer with one that stands there.",
    sv=Text(
        "Nivån i svaret är deklarerad i IdP:ns metadata",
        why="Metadata som räknar upp nivåer lovar att det är de nivåerna som intygas. En tjänst som frågar efter dem får annars ett svar som den inte väntar sig.",
        fix="Lägg till nivån i urn:oasis:names:tc:SAML:attribute:assurance-certification direkt under EntityDescriptor, eller svara med en nivå som står där.",
    ),
)
def answer_is_declared_in_metadata(context: AuthnContext, login: Login) -> Outcome:
    """The level in the answer is one that the IdP's metadata declares.

    Metadata that lists levels promises that these are what it vouches for. Who asks for the levels in the metadata otherwise gets an
    answer that it does not expect.
    """
    certified = [sent for sent in login.metadata.entity_attributes if sent.name == _CERTIFICATION and sent.place == "entity"]
    declared = tuple(value for sent in certified for value in sent.values if catalogue.assurance().level(value))
    if not declared:
        return not_applicable("the metadata declares no levels", "metadata deklarerar inga nivåer")
    if context.level is None:
        return not_applicable("the answer is no level of that kind", "svaret är inte en sådan nivå")
    if context.value in declared:
        return passed()
    return failed(
        "the IdP answered {actual}, and its metadata declares {expected}",
        "IdP:n svarade {actual}, men dess metadata deklarerar {expected}",
        at=certified[0].pointer,
        actual=context.value,
        expected=declared,
    )


@check(
    Level.NOTE,
    source="https://github.com/swedenconnect/technical-framework, Deployment Profile 6.2 (read 2026-11); SAMLCore 2.7.2.2",
    protocol="saml",
    fix="Let the proxy write the entityID of the IdP that logged the person in as AuthenticatingAuthority.",
    sv=Text(
        "Har en annan IdP loggat in personen säger intyget vilken",
        why="En IdP som låter en annan legitimera personen bör ange vilken. Annars går det inte att i efterhand se vem som stod för e-legitimationen.",
        fix="Låt proxyn skriva entityID för den IdP som loggade in personen som AuthenticatingAuthority.",
    ),
)
def another_idp_is_named(context: AuthnContext, login: Login) -> Outcome:
    """When another IdP logged the person in, the assertion says which one.

    An IdP that lets somebody else authenticate the person should say whom. Otherwise nobody can see afterwards who vouched for the
    e-legitimation.
    """
    statements = login.assertion.authn_statements if login.assertion else ()
    if any(authority for statement in statements for authority in statement.authenticating_authorities):
        return passed()
    if not login.told("exchanges"):
        return untold()
    ours = _saml_request(login.flow.exchanges[0]) if login.flow.exchanges else None
    asked = next((exchange for exchange in login.flow.exchanges[1:] if _saml_request(exchange) not in (None, ours)), None)
    if asked is None:
        return not_applicable("no other IdP was seen", "ingen annan IdP syntes till")
    return failed(
        "the IdP sent the login on to {actual}, and the assertion does not say that somebody else logged the person in",
        "IdP:n skickade inloggningen vidare till {actual}, men intyget säger inte att någon annan loggade in personen",
        at=context.at,
        actual=_address(asked.request.url),
        expected="AuthenticatingAuthority",
    )


def _saml_request(exchange: Exchange) -> str | None:
    """The SAML request that was sent there, as it was written; an IdP may pass ours on to itself."""
    posted = next((value for name, value in exchange.request.form or () if name == "SAMLRequest"), None)
    return posted or exchange.request.url.partition("SAMLRequest=")[2].partition("&")[0] or None


def _address(url: str) -> str:
    """Without the query, which may hold the person's name."""
    return url.partition("#")[0].partition("?")[0]
