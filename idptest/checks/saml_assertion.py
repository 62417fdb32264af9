"""Rules about the assertion: who issued it, to whom, for how long, and how the person logged in."""

from __future__ import annotations

from datetime import timedelta

from idptest.catalogue import check
from idptest.model.login import Login
from idptest.model.rule import Level, Outcome, Text, failed, not_applicable, passed, untold
from idptest.model.saml import ENTITY, Assertion, AuthnStatement, SubjectConfirmation, Unreadable

_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_CLOCK = Text("", "Går IdP:ns klocka fel nekar tjänster inloggningar, ofta bara då och då.", "Ställ IdP-serverns klocka med NTP.")


@check(
    Level.MUST,
    spec="SAMLProf 4.1.4.2",
    fix="Let the IdP use the entityID that its metadata has, letter for letter; a trailing slash counts. Leave Format out.",
    sv=Text(
        "Intyget är utfärdat av den IdP vi frågade",
        why="I en federation litar tjänsten på många IdP:er, och ingen av dem får intyga något i en annans namn.",
        fix="Låt IdP:n använda det entityID som står i dess metadata, tecken för tecken; även ett avslutande snedstreck räknas. Utelämna attributet Format.",
    ),
)
def issuer_is_the_idp(assertion: Assertion, login: Login) -> Outcome:
    """The assertion is issued by the IdP that we asked.

    In a federation a service trusts many IdPs; none may vouch in another's name.
    """
    if assertion.issuer_format not in (None, ENTITY):
        return failed(
            "the Format of the assertion's Issuer is {actual}",
            "Format på intygets Issuer är {actual}",
            at=assertion.at("Issuer"),
            actual=assertion.issuer_format,
            expected=ENTITY,
        )
    if assertion.issuer == login.metadata.entity_id:
        return passed()
    return failed(
        "the assertion is issued by {actual}",
        "intyget är utfärdat av {actual}",
        at=assertion.at("Issuer"),
        actual=assertion.issuer,
        expected=login.metadata.entity_id,
    )


@check(
    Level.MUST,
    spec="SAMLProf 4.1.4.2",
    fix="Enter this SP's entityID, letter for letter, as the audience.",
    sv=Text(
        "Intyget är utställt till den här tjänsten",
        why="Annars skulle ett intyg som gäller en annan tjänst kunna användas här.",
        fix="Ange tjänstens entityID som Audience, tecken för tecken.",
    ),
)
def audience_contains_this_sp(assertion: Assertion, login: Login) -> Outcome:
    """The assertion names this SP as its audience.

    Otherwise an assertion issued for another service could be used here.
    """
    if not login.told("sp_entity_id"):
        return untold()
    me = login.sent.sp_entity_id
    if not assertion.audience_restrictions:
        return failed(
            "the assertion names no audience", "intyget anger ingen mottagare (Audience)", at=assertion.at("Conditions"), expected=me
        )
    # Every restriction has to be met (Core 2.5.1.4).
    for restriction in assertion.audience_restrictions:
        if me not in restriction:
            return failed(
                "the assertion is issued for {actual}, not for this SP",
                "intyget är utställt till {actual}, inte till den här tjänsten",
                at=assertion.at("AudienceRestriction"),
                actual=restriction,
                expected=me,
            )
    return passed()


@check(
    Level.MUST,
    spec="SAMLProf 4.1.4.2",
    fix="Let the IdP confirm the subject by the method bearer, with Recipient, InResponseTo and NotOnOrAfter.",
    sv=Text(
        "Intyget innehåller en bekräftelse av typen bearer",
        why="Utan den kan ingen webbtjänst ta emot intyget.",
        fix="Låt IdP:n skicka SubjectConfirmation med metoden bearer, och med Recipient, InResponseTo och NotOnOrAfter.",
    ),
)
def has_a_bearer_confirmation(assertion: Assertion) -> Outcome:
    """The assertion has a bearer confirmation.

    Without it no web service can take the assertion.
    """
    if any(confirmation.method == _BEARER for confirmation in assertion.confirmations):
        return passed()
    return failed(
        "the assertion has no bearer confirmation",
        "intyget saknar bekräftelse av typen bearer",
        at=assertion.at("Subject"),
        actual=tuple(found.method for found in assertion.confirmations),
        expected=_BEARER,
    )


@check(
    Level.MUST,
    spec="SAMLProf 4.1.4.2",
    fix="Let the IdP take the Recipient from the SP's metadata: its ACS address, letter for letter.",
    sv=Text(
        "Intyget får bara lämnas till vår ACS-adress",
        why="Tjänsten måste neka ett intyg som skulle ha lämnats någon annanstans.",
        fix="Låt IdP:n ta Recipient från tjänstens metadata: ACS-adressen, tecken för tecken.",
    ),
)
def recipient_is_our_acs(confirmation: SubjectConfirmation, login: Login) -> Outcome:
    """The assertion may be delivered to our ACS address only.

    A service must refuse an assertion that should have been delivered elsewhere.
    """
    if not login.told("acs_url"):
        return untold()
    if confirmation.method != _BEARER:
        return not_applicable("not a bearer confirmation", "inte av typen bearer")
    if confirmation.recipient == login.sent.acs_url:
        return passed()
    return failed(
        "the assertion is to be delivered to {actual}",
        "intyget ska lämnas till {actual}",
        at=confirmation.at("SubjectConfirmationData"),
        actual=confirmation.recipient,
        expected=login.sent.acs_url,
    )


@check(
    Level.MUST,
    spec="SAMLProf 4.1.4.2",
    fix="Let the IdP repeat the request's ID in SubjectConfirmationData too.",
    sv=Text(
        "Intyget hör till vår fråga",
        why="Annars kan ett intyg som någon annan har fått smygas in här.",
        fix="Låt IdP:n upprepa frågans ID också i SubjectConfirmationData.",
    ),
)
def answers_our_request(confirmation: SubjectConfirmation, login: Login) -> Outcome:
    """The assertion is the answer to our request.

    Otherwise an assertion that somebody else got could be slipped in here.
    """
    if not login.told("request_id"):
        return untold()
    if confirmation.method != _BEARER:
        return not_applicable("not a bearer confirmation", "inte av typen bearer")
    if confirmation.in_response_to == login.sent.request_id:
        return passed()
    return failed(
        "the assertion says that it answers {actual}",
        "intyget säger sig höra till frågan {actual}",
        at=confirmation.at("SubjectConfirmationData"),
        actual=confirmation.in_response_to,
        expected=login.sent.request_id,
    )


@check(
    Level.MUST,
    spec="SAMLProf 4.1.4.2",
    fix="Set the IdP server's clock by NTP, and let the confirmation last some minutes.",
    sv=Text(
        "Intyget kommer fram i tid", why=_CLOCK.why, fix="Ställ IdP-serverns klocka med NTP, och låt bekräftelsen gälla några minuter."
    ),
)
def can_still_be_delivered(confirmation: SubjectConfirmation, login: Login) -> Outcome:
    """The assertion can still be delivered when it arrives.

    A wrong clock at the IdP makes services refuse logins, often only now and then.
    """
    if confirmation.method != _BEARER:
        return not_applicable("not a bearer confirmation", "inte av typen bearer")
    at, skew = confirmation.at("SubjectConfirmationData"), timedelta(seconds=login.clock_skew)
    end = confirmation.not_on_or_after
    if end is None or isinstance(end, Unreadable):
        return failed(
            "NotOnOrAfter of the confirmation is missing or cannot be read",
            "bekräftelsens NotOnOrAfter saknas eller går inte att läsa",
            at=at,
            actual=end.text if end else None,
        )
    if confirmation.not_before is not None:
        return failed(
            "the confirmation bears NotBefore, which bearer must not",
            "bekräftelsen har NotBefore, och det får den inte ha när den är av typen bearer",
            at=at,
        )
    if login.now - skew < end:
        return passed()
    return failed(
        f"the time to deliver the assertion ended at {{actual}} (we allow {login.clock_skew} s)",
        f"intyget skulle ha kommit fram före {{actual}} (vi tillåter {login.clock_skew} s)",
        at=at,
        actual=end.isoformat(),
        expected=login.now.isoformat(),
    )


@check(
    Level.MUST,
    spec="SAMLCore 2.5.1.2",
    fix="Set the IdP server's clock by NTP.",
    sv=Text("Intyget gäller just nu", why=_CLOCK.why, fix=_CLOCK.fix),
)
def is_valid_now(assertion: Assertion, login: Login) -> Outcome:
    """The assertion is valid now.

    A wrong clock at the IdP makes services refuse logins, often only now and then.
    """
    at, skew = assertion.at("Conditions"), timedelta(seconds=login.clock_skew)
    start, end = assertion.not_before, assertion.not_on_or_after
    for bound in (start, end):
        if isinstance(bound, Unreadable):
            return failed(
                "a time in Conditions cannot be read: {actual}", "en tid i Conditions går inte att läsa: {actual}", at=at, actual=bound.text
            )
    assert not isinstance(start, Unreadable) and not isinstance(end, Unreadable)  # noqa: S101 - for the type checker
    if start is not None and login.now + skew < start:
        return failed(
            f"the assertion begins at {{actual}} (we allow {login.clock_skew} s)",
            f"intyget börjar gälla {{actual}} (vi tillåter {login.clock_skew} s)",
            at=at,
            actual=start.isoformat(),
            expected=login.now.isoformat(),
        )
    if end is not None and login.now - skew >= end:
        return failed(
            f"the assertion ended at {{actual}} (we allow {login.clock_skew} s)",
            f"intyget slutade gälla {{actual}} (vi tillåter {login.clock_skew} s)",
            at=at,
            actual=end.isoformat(),
            expected=login.now.isoformat(),
        )
    return passed()


@check(
    Level.MUST,
    spec="Kantara SDP-IDP10",
    fix="Let the IdP send one AuthnStatement.",
    sv=Text(
        "Intyget gäller exakt en inloggning",
        why="Utan AuthnStatement vet tjänsten varken när eller hur personen loggade in.",
        fix="Låt IdP:n skicka ett AuthnStatement.",
    ),
)
def has_exactly_one_authn_statement(assertion: Assertion) -> Outcome:
    """The assertion tells of exactly one login.

    Without an AuthnStatement a service knows neither when nor how the person logged in.
    """
    count = len(assertion.authn_statements)
    return (
        passed()
        if count == 1
        else failed(
            "the assertion has {actual} AuthnStatements",
            "intyget har {actual} AuthnStatement",
            at=assertion.at("AuthnStatement"),
            actual=count,
            expected=1,
        )
    )


@check(
    Level.MUST,
    spec="SAMLCore 2.7.2.2",
    fix="Let the IdP name the method of the login in AuthnContextClassRef.",
    sv=Text(
        "Intyget säger hur personen loggade in",
        why="Utan AuthnContextClassRef vet tjänsten inte om det var ett lösenord eller en e-legitimation.",
        fix="Låt IdP:n ange inloggningssättet i AuthnContextClassRef.",
    ),
)
def tells_how_the_person_logged_in(statement: AuthnStatement) -> Outcome:
    """The assertion tells how the person logged in.

    Without an AuthnContextClassRef a service cannot tell a password from an e-legitimation.
    """
    if statement.context_class:
        return passed()
    return failed("the assertion has no AuthnContextClassRef", "intyget saknar AuthnContextClassRef", at=statement.at("AuthnContext"))


@check(
    Level.MUST,
    spec="SAMLCore 3.4.1",
    fix="Let the IdP log the person in anew when the request says ForceAuthn, and set AuthnInstant to that moment.",
    sv=Text(
        "Inloggningen gjordes nu, på vår begäran",
        why="Vi bad om en ny inloggning (ForceAuthn). Återanvänder IdP:n en gammal kan nästa elev vid datorn komma in som den föregående.",
        fix="Låt IdP:n göra en ny inloggning när frågan har ForceAuthn, och sätt AuthnInstant till tidpunkten för den.",
    ),
)
def authentication_is_fresh(statement: AuthnStatement, login: Login) -> Outcome:
    """The person logged in now, as asked for.

    We asked for a new login (ForceAuthn). If an old one is reused, the next pupil at the computer may come in as the last one.
    """
    moment, skew = statement.instant, timedelta(seconds=login.clock_skew)
    if moment is None or isinstance(moment, Unreadable):
        return failed(
            "AuthnInstant is missing or cannot be read",
            "AuthnInstant saknas eller går inte att läsa",
            at=statement.at(),
            actual=moment.text if moment else None,
        )
    if moment > login.now + skew:
        return failed(
            "AuthnInstant {actual} is in the future",
            "AuthnInstant {actual} ligger i framtiden",
            at=statement.at(),
            actual=moment.isoformat(),
            expected=login.now.isoformat(),
        )
    if not login.told("force_authn", "issued_at"):
        return untold()
    if not login.sent.force_authn:
        return not_applicable("no new login was asked for", "ingen ny inloggning begärdes")
    if moment < login.sent.issued_at - skew:
        return failed(
            "the person logged in at {actual}, before we asked",
            "personen loggade in {actual}, innan vi frågade",
            at=statement.at(),
            actual=moment.isoformat(),
            expected=login.sent.issued_at.isoformat(),
        )
    return passed()


@check(
    Level.MUST,
    spec="SAMLCore 2.3.3",
    fix="Let the IdP write IssueInstant in UTC, and set its clock by NTP.",
    sv=Text("Intyget är utfärdat nu", why=_CLOCK.why, fix="Låt IdP:n skriva IssueInstant i UTC, och ställ dess klocka med NTP."),
)
def is_issued_now(assertion: Assertion, login: Login) -> Outcome:
    """The assertion is issued between our request and its arrival.

    A wrong clock at the IdP makes services refuse logins, often only now and then.
    """
    if not login.told("issued_at"):
        return untold()
    issued, skew = assertion.issue_instant, timedelta(seconds=login.clock_skew)
    if issued is None or isinstance(issued, Unreadable):
        return failed(
            "the assertion's IssueInstant is missing or cannot be read",
            "intygets IssueInstant saknas eller går inte att läsa",
            at=assertion.at(),
            actual=issued.text if issued else None,
        )
    if login.sent.issued_at - skew <= issued <= login.now + skew:
        return passed()
    return failed(
        f"the assertion is issued at {{actual}} (we allow {login.clock_skew} s)",
        f"intyget är utfärdat {{actual}} (vi tillåter {login.clock_skew} s)",
        at=assertion.at(),
        actual=issued.isoformat(),
        expected=login.now.isoformat(),
    )
