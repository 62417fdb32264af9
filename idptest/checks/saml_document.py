"""Rules about the message as a document: what SAML's schema, and programs that read it, demand of its form."""

from __future__ import annotations

from urllib.parse import urlencode

from idptest.catalogue import check
from idptest.model.flow import ARRIVED
from idptest.model.login import Login
from idptest.model.rule import Evidence, Level, Outcome, Text, Verdict, Words, failed, inconclusive, passed
from idptest.model.saml import Response

LONGEST = 256  # characters; Kantara SDP-G02
LARGEST = 131_072  # bytes of a form; what ModSecurity as it ships lets through


@check(
    Level.MUST,
    spec="SAMLCore 1.2",
    fix="Leave the writing of the response to the IdP product, and let no plug-in or template of your own add to it or move anything in it.",
    sv=Text(
        "Svaret följer SAML:s schema",
        why="Många tjänster jämför svaret med schemat innan de läser det, och nekar det som inte stämmer.",
        fix="Låt IdP-produkten skriva svaret. Inga egna insticksprogram eller mallar ska lägga till eller flytta något i det.",
    ),
)
def follows_the_schema(response: Response) -> Outcome:
    """The response follows SAML's schema.

    Many services hold the response against the schema before they read it, and refuse what does not fit.
    """
    if response.schema_fault is None:
        return passed()
    element, problem = response.schema_fault
    return failed(
        "the schema objects at {expected}: {actual}",
        "schemat invänder vid {expected}: {actual}",
        at=response.at(element or None),
        actual=problem,
        expected=element or "Response",
    )


@check(
    Level.MUST,
    spec="SAMLCore 4.1",
    fix="Let the IdP write SAML 2.0.",
    sv=Text(
        "Svaret och intyget är SAML 2.0",
        why="En tjänst måste neka en version som den inte känner till, och i Skolfederation används SAML 2.0.",
        fix="Låt IdP:n svara med SAML 2.0.",
    ),
)
def is_saml_2_0(response: Response) -> Outcome:
    """The response and the assertion are SAML 2.0.

    A service must refuse a version that it does not know, and Skolfederation speaks SAML 2.0.
    """
    versions = [(response.at(), response.version), *((found.at(), found.version) for found in response.assertions)]
    for at, version in versions:
        if version != "2.0":
            return failed("Version is {actual}", "Version är {actual}", at=at, actual=version, expected="2.0")
    return passed()


@check(
    Level.SHOULD,
    spec="SAMLCore 1.3.1",
    fix="Let the IdP write Issuer, NameID, Audience and AuthnContextClassRef on one line, with nothing before or after the value.",
    sv=Text(
        "Adresser och namn i svaret är inte omgivna av blanktecken",
        why="De jämförs tecken för tecken. En radbrytning före entityID gör det till ett annat entityID för många program.",
        fix="Låt IdP:n skriva Issuer, NameID, Audience och AuthnContextClassRef på en rad, utan något före eller efter värdet.",
    ),
)
def names_bear_no_space_around_them(response: Response) -> Outcome:
    """Addresses and names in the response have no white space around them.

    They are compared letter by letter: a line break before an entityID makes it another entityID to many programs.
    """
    if not response.padded_values:
        return passed()
    words = Words("there is white space around a value", "ett värde är omgivet av mellanslag eller radbrytningar")
    return Outcome(Verdict.FAIL, words, tuple(Evidence(at) for at in response.padded_values[:10]))


@check(
    Level.SHOULD,
    spec="Kantara SDP-G02",
    fix="Shorten what is too long at its source: the rule that makes the NameID or the value, or the IdP's own choice of IDs.",
    sv=Text(
        "Inget värde är längre än 256 tecken",
        why="Tjänster får räkna med högst 256 tecken. Ett längre värde kapas i en del databaser, och kan då bli någon annans.",
        fix="Korta det som är för långt där det skapas: regeln som bildar NameID eller värdet, eller IdP:ns eget val av ID:n.",
    ),
)
def values_are_at_most_256_characters(response: Response) -> Outcome:
    """No value is longer than 256 characters.

    Services may count on no more than 256. A longer value is cut in some databases, and may then be somebody else's.
    """
    found = [(response.at(), "ID", response.id), (response.at("Issuer"), "Issuer", response.issuer)]
    for assertion in response.assertions:
        found += [(assertion.at(), "ID", assertion.id), (assertion.at(), "Issuer", assertion.issuer)]
        if assertion.name_id:
            found.append((assertion.name_id.pointer, "NameID", assertion.name_id.value))
        for statement in assertion.authn_statements:
            found += [(statement.at(), "SessionIndex", statement.session_index)]
            found += [(statement.at(), "AuthnContextClassRef", statement.context_class)]
        found += [(value.at, attribute.name, value.text) for attribute in assertion.attributes for value in attribute.values]
    long = [(at, name, value) for at, name, value in found if value and len(value) > LONGEST]
    if not long:
        return passed()
    names = ", ".join(dict.fromkeys(name[:60] for _, name, _ in long[:5]))
    words = Words(f"{{actual}} characters in {names}", f"{{actual}} tecken i {names}")
    return Outcome(Verdict.FAIL, words, tuple(Evidence(at, len(value or ""), LONGEST) for at, _, value in long[:10]))


@check(
    Level.SHOULD,
    source="https://github.com/owasp-modsecurity/ModSecurity/blob/v3/master/modsecurity.conf-recommended (read 2026-11)",
    fix="Send fewer attributes to this SP: photographs and lists of all groups are what makes a response large.",
    sv=Text(
        "Svaret är inte större än att webbservrar släpper igenom det",
        why="Webbapplikationsbrandväggar stoppar ofta formulär över 128 kB. (Gränsen är ModSecuritys; vilken tjänsten har vet bara den.) "
        "Då kommer bara de användare in som är med i få grupper.",
        fix="Skicka färre attribut till den här tjänsten: det är foton och listor över alla grupper som gör ett svar stort.",
    ),
)
def fits_through_web_servers(login: Login) -> Outcome:
    """The response is small enough for web servers to let it through.

    Web firewalls often stop forms above 128 kB (the limit is ModSecurity's; a service's own is known only there). Then only some users get
    in, those with few groups.
    """
    if login.flow.ended.how != ARRIVED:
        return inconclusive("nothing arrived", "inget svar kom fram", blocked_by="login/idp-completes-the-login")
    request = login.flow.exchanges[login.flow.ended.exchange - 1].request
    size = sum(len(value) for _, value in request.form or ())
    if size > LARGEST // 3:  # no letter becomes more than three in a form: only what comes near the limit is written out
        size = len(urlencode(request.form or (), errors="replace"))
    if size <= LARGEST:
        return passed()
    return failed("the form is {actual} bytes", "formuläret är {actual} byte", at=login.acs_exchange, actual=size, expected=LARGEST)
