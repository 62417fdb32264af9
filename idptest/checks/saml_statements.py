"""Rules about what the assertion states, how long that lasts, and for whom."""

from __future__ import annotations

from datetime import timedelta

from idptest.catalogue import check
from idptest.model.login import Login
from idptest.model.rule import Level, Outcome, Text, failed, inconclusive, not_applicable, passed, untold
from idptest.model.saml import Assertion, AuthnStatement, Unreadable

# Our own limits. AD FS and Entra ID issue for an hour by default, others for five minutes; a school day is over within a day.
LONGEST_LIFE = timedelta(hours=2)
LONGEST_SESSION = timedelta(days=1)


@check(
    Level.MUST,
    spec="Kantara SDP-IDP10",
    fix="Let the IdP gather all attributes in one AttributeStatement.",
    sv=Text(
        "Intyget har högst ett AttributeStatement",
        why="En del program läser bara det första, och då kan EPPN saknas utan att någon ser varför.",
        fix="Låt IdP:n samla alla attribut i ett AttributeStatement.",
    ),
)
def at_most_one_attribute_statement(assertion: Assertion) -> Outcome:
    """The assertion has at most one AttributeStatement.

    Some programs read the first only, and the EPPN is then missing for no reason that anybody can see.
    """
    if assertion.attribute_statements <= 1:
        return passed()
    return failed(
        "the assertion has {actual} AttributeStatements",
        "intyget har {actual} AttributeStatement",
        at=assertion.at("AttributeStatement"),
        actual=assertion.attribute_statements,
        expected=1,
    )


@check(
    Level.SHOULD,
    source="Deployment Profile for the Swedish eID Framework 6.2: https://github.com/swedenconnect/technical-framework (read 2026-11)",
    fix="Let the IdP set NotBefore and NotOnOrAfter, some minutes apart; an hour is enough for anybody.",
    sv=Text(
        "Intyget har en början och ett slut, högst två timmar isär",
        why="Intyget ska räcka för att komma in i tjänsten, inte mer. Så länge det gäller kan den som fått tag i det använda det. "
        "Gränsen två timmar är vår egen.",
        fix="Låt IdP:n sätta NotBefore och NotOnOrAfter med några minuters mellanrum. En timme räcker för alla.",
    ),
)
def lasts_for_a_sensible_time(assertion: Assertion, login: Login) -> Outcome:
    """The assertion has a beginning and an end, at most two hours apart.

    It is to last until the person is in, no longer: as long as it is valid, whoever gets hold of it can use it. The limit of two hours is ours.
    """
    start, end = assertion.not_before, assertion.not_on_or_after
    if isinstance(start, Unreadable) or isinstance(end, Unreadable):
        return inconclusive("a time cannot be read", "en tid går inte att läsa", blocked_by="saml-assertion/is-valid-now")
    if start is None or end is None:
        missing = "NotBefore" if start is None else "NotOnOrAfter"
        return failed(f"Conditions lacks {missing}", f"Conditions saknar {missing}", at=assertion.at("Conditions"))
    ends = [found.not_on_or_after for found in assertion.confirmations]
    for at, begun, ended in (
        (assertion.at, start, end),
        *((assertion.at, login.now, each) for each in ends if each is not None and not isinstance(each, Unreadable)),
    ):
        if ended - begun > LONGEST_LIFE:
            return failed(
                "the assertion lasts until {actual}",
                "intyget gäller till {actual}",
                at=at("Conditions"),
                actual=ended.isoformat(),
                expected=(begun + LONGEST_LIFE).isoformat(),
            )
    return passed()


@check(
    Level.NOTE,
    spec="SAMLCore 2.5.1.4",
    fix="Name this SP alone, unless the others are meant to take the same assertion.",
    sv=Text(
        "Intyget är utställt till den här tjänsten och ingen annan",
        why="Det är tillåtet att ange fler tjänster, men då kan också de använda intyget.",
        fix="Ange bara den här tjänsten, om det inte är meningen att de andra ska ta emot samma intyg.",
    ),
)
def names_no_other_audience(assertion: Assertion, login: Login) -> Outcome:
    """The assertion is issued for this SP and nobody else.

    It is allowed to name others, but then they too can use the assertion.
    """
    if not login.told("sp_entity_id"):
        return untold()
    me = login.sent.sp_entity_id
    ours = [found for found in assertion.audience_restrictions if me in found]
    if not ours:
        return not_applicable("the assertion is not issued for this SP at all", "intyget är inte alls utställt till den här tjänsten")
    others = tuple(name for found in ours for name in found if name != me)
    if not others:
        return passed()
    return failed(
        "the assertion is issued for {actual} too", "intyget är utställt även till {actual}", at=assertion.at("Audience"), actual=others
    )


@check(
    Level.MUST,
    spec="SAMLProf 4.1.4.2",
    fix="Let the IdP write SessionIndex, or take SingleLogoutService out of the metadata if it does not do logout.",
    sv=Text(
        "En IdP som erbjuder utloggning anger vilken session inloggningen hör till",
        why="Utan SessionIndex vet IdP:n inte vilken inloggning som ska avslutas, och utloggningen kan drabba fel dator.",
        fix="Låt IdP:n skriva SessionIndex, eller ta bort SingleLogoutService ur metadata om den inte klarar utloggning.",
    ),
)
def session_index_goes_with_logout(statement: AuthnStatement, login: Login) -> Outcome:
    """Whoever offers logout tells which session the login is.

    Without SessionIndex the IdP does not know which login is to end, and a logout may hit another computer.
    """
    if not login.metadata.slo:
        return not_applicable("the metadata offers no logout", "metadata erbjuder ingen utloggning")
    if statement.session_index:
        return passed()
    return failed(
        "the metadata offers logout, and the AuthnStatement has no SessionIndex",
        "metadata erbjuder utloggning, men AuthnStatement saknar SessionIndex",
        at=statement.at(),
        expected=login.metadata.slo[0].location,
    )


@check(
    Level.SHOULD,
    spec="SAMLCore 2.7.2",
    fix="Set the session's length in the IdP to hours, or leave SessionNotOnOrAfter out.",
    sv=Text(
        "Sessionen slutar inom ett dygn, men inte genast",
        why="En tjänst som följer SessionNotOnOrAfter stänger annars ute personen direkt, eller håller skoldatorn inloggad i veckor. "
        "Gränsen ett dygn är vår egen.",
        fix="Ställ in sessionens längd i IdP:n till några timmar, eller utelämna SessionNotOnOrAfter.",
    ),
)
def session_ends_within_a_day(statement: AuthnStatement, login: Login) -> Outcome:
    """The session ends, not at once and within a day.

    A service that heeds SessionNotOnOrAfter would otherwise throw the person out, or keep a school's computer logged in for weeks. The
    limit of a day is ours.
    """
    end = statement.session_not_on_or_after
    if end is None:
        return not_applicable("there is no SessionNotOnOrAfter", "det finns inget SessionNotOnOrAfter")
    if isinstance(end, Unreadable):
        return failed(
            "SessionNotOnOrAfter cannot be read: {actual}",
            "SessionNotOnOrAfter går inte att läsa: {actual}",
            at=statement.at(),
            actual=end.text,
        )
    if login.now - timedelta(seconds=login.clock_skew) < end <= login.now + LONGEST_SESSION:
        return passed()
    return failed(
        "the session ends at {actual}",
        "sessionen slutar {actual}",
        at=statement.at(),
        actual=end.isoformat(),
        expected=login.now.isoformat(),
    )
