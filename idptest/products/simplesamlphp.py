"""SimpleSAMLphp 1.19 and 2.x.

Titles as in locales/sv and dictionaries/errors of https://github.com/simplesamlphp/simplesamlphp. The error page carries the error's title,
and its code only where `showerrors` is on. It also carries a form for error reports, which is never filled in. The consent page is as in
https://github.com/simplesamlphp/simplesamlphp-module-consent (templates and locales/sv, read 2026-11): two forms, yes and no.
"""

from __future__ import annotations

from idptest.model.rule import Words
from idptest.products.product import Consent, ErrorPattern, Product

_SP_UNKNOWN = Words(
    "SimpleSAMLphp has no metadata for this SP (or lacks its own). Add our metadata (idptest metadata sp) to saml20-sp-remote.",
    "SimpleSAMLphp saknar metadata för denna SP (eller för sig själv). Lägg in vår metadata (idptest metadata sp) i saml20-sp-remote.",
)
_REQUEST = Words(
    "SimpleSAMLphp could not process our login request. Its log says why, under the tracking number on the page.",
    "SimpleSAMLphp kunde inte behandla vår inloggningsförfrågan. Loggen säger varför, under spårningsnumret på sidan.",
)
_UNHANDLED = Words(
    "SimpleSAMLphp stopped with an error of its own. Its log says why, under the tracking number on the page.",
    "SimpleSAMLphp stannade på ett eget fel. Loggen säger varför, under spårningsnumret på sidan.",
)
_NO_STATE = Words(
    "SimpleSAMLphp lost the session: its cookie did not come back, or its session store was emptied. Check session.cookie.samesite and .secure.",
    "SimpleSAMLphp tappade sessionen: kakan kom inte tillbaka, eller så tömdes sessionslagret. Se över session.cookie.samesite och .secure.",
)
_CONFIGURATION = Words(
    "SimpleSAMLphp is wrongly configured. Its log says where, under the tracking number on the page.",
    "SimpleSAMLphp är felaktigt konfigurerat. Loggen säger var, under spårningsnumret på sidan.",
)
_SOURCE = Words(
    "SimpleSAMLphp could not reach or use its directory. Check authsources (server, account, certificate), and its log.",
    "SimpleSAMLphp kunde inte nå eller använda sin katalog. Kontrollera authsources (server, konto, certifikat) och loggen.",
)
_ACS = Words(
    "SimpleSAMLphp's own ACS was called without a response, as if it were an SP. Check the login address in the metadata.",
    "SimpleSAMLphps egen ACS anropades utan svar, som om den vore en SP. Kontrollera inloggningsadressen i metadata.",
)

# Sources: https://github.com/simplesamlphp/simplesamlphp (src/IdP/SAML2.php, docs/simplesamlphp-upgrade-notes-2.0.md) and
# https://github.com/simplesamlphp/simplesamlphp-module-ldap/blob/master/docs/ldap.md (read 2026-11).
_NAME_FORMAT = Words(
    "In saml20-idp-hosted, set 'attributes.NameFormat' => 'urn:oasis:names:tc:SAML:2.0:attrname-format:uri' (version 1 says basic unless told; "
    "version 2 says uri), and let core:AttributeMap with name2oid give the attributes their OID names.",
    "Sätt 'attributes.NameFormat' => 'urn:oasis:names:tc:SAML:2.0:attrname-format:uri' i saml20-idp-hosted (version 1 skriver basic om inget "
    "annat sägs, version 2 skriver uri), och låt core:AttributeMap med name2oid ge attributen sina OID-namn.",
)
_SCOPE = Words(
    "In saml20-idp-hosted, set 'scope' => ['your.domain'] with every domain that your EPPNs end with, and upload the metadata again.",
    "Sätt 'scope' => ['er.domän'] i saml20-idp-hosted, med varje domän som era EPPN slutar på, och ladda upp metadata på nytt.",
)
_LEVEL = Words(
    "SimpleSAMLphp ignores the levels asked for until it is told: choose the login by core:RequestedAuthnContextSelector, and let the filter "
    "saml:AuthnContextClassRef set the level of each login.",
    "SimpleSAMLphp struntar i efterfrågad nivå tills det ställs in: välj inloggning med core:RequestedAuthnContextSelector, och låt filtret "
    "saml:AuthnContextClassRef sätta nivån för varje inloggning.",
)
FIXES = {
    "dnp/eppn-name-is-understood": _NAME_FORMAT,
    "dnp/eppn-name-is-the-oid": _NAME_FORMAT,
    "skolfederation/attribute-names-have-format-uri": _NAME_FORMAT,
    "dnp/scope-is-declared": _SCOPE,
    "dnp/eppn-scope-in-metadata": _SCOPE,
    "dnp/takes-unsigned-requests": Words(
        "Take 'validate.authnrequest' => true out of saml20-idp-hosted, and out of saml20-sp-remote for this SP; then upload the metadata anew.",
        "Ta bort 'validate.authnrequest' => true ur saml20-idp-hosted, och för den här SP:n ur saml20-sp-remote; ladda sedan upp metadata på nytt.",
    ),
    "dnp-teacher/level-is-on-the-list": _LEVEL,
    "level/answer-is-one-that-was-asked-for": _LEVEL,
    "eppn-objectguid/guid-is-in-canonical-form": Words(
        "List objectGUID under 'attributes.binary' of the LDAP source, which gives base64, and build the text of the GUID from it in an authproc "
        "filter: the first three fields have their bytes reversed.",
        "Skriv objectGUID under 'attributes.binary' i LDAP-källan, som ger base64, och bygg GUID:et som text av det i ett authproc-filter: "
        "byten i de tre första fälten står baklänges.",
    ),
}


PRODUCT = Product(
    id="simplesamlphp",
    name="SimpleSAMLphp",
    entity_id=r"/saml2/idp/metadata\.php$|/simplesaml",
    metadata_marks=(
        r"/saml2/idp/(SSOService|SingleLogoutService)\.php",
        r"/module\.php/saml/idp/(singleSignOnService|singleLogout)",
        r"/simplesaml/",
    ),
    page_marks=(
        r"/module\.php/core/loginuserpass",
        r"SimpleSAML_focus\(",
        r"id=\"postLoginSubmitButton\"",
        r"<span class=\"simple\">",
        r"id=\"(btn)?trackid\"",
        r"<form id=\"consent_(yes|no)\"",
    ),
    header_marks=(r"^Set-Cookie: (SimpleSAML|SimpleSAMLSessionID|SimpleSAMLAuthToken)=",),
    errors=(
        # The code itself, where errors are shown; "Caused by" lines below it name PHP classes, not codes.
        # What saml/lib/Message.php and the library saml2 throw, seen in 1.19 with `showerrors`; without it the page says "Unhandled exception".
        ErrorPattern(r"(?P<said>Validation of received messages enabled, but no signature found on message)", "request-not-signed"),
        ErrorPattern(r"(?P<said>Unable to validate signature on query string|Unable to validate Signature)", "request-signature-refused"),
        ErrorPattern(r"^(?P<said>SimpleSAML\\Error\\\w*: METADATANOTFOUND.*)", "METADATANOTFOUND", _SP_UNKNOWN),
        ErrorPattern(r"^(?P<said>SimpleSAML\\Error\\\w*: ACSPARAMS.*)", "ACSPARAMS", _ACS),
        ErrorPattern(
            r"^(Incorrect username or password|Felaktig användaridentitet eller lösenord|Felaktigt användarnamn eller lösenord|"
            r"Fel användarnamn eller lösenord)",
            "wrong-password",
        ),
        ErrorPattern(r"^(Metadata not found|Metadata saknas)$", "METADATANOTFOUND", _SP_UNKNOWN),
        ErrorPattern(r"^(No SAML response provided|Inget SAML-svar tillhandahölls)$", "ACSPARAMS", _ACS),
        ErrorPattern(r"^(State information lost|Sessionsinformationen är borttappad)", "NOSTATE", _NO_STATE),
        ErrorPattern(
            r"^(Error processing request from Service Provider|Fel vid bearbetning av förfrågan från en tjänsteleverantör)",
            "PROCESSAUTHNREQUEST",
            _REQUEST,
        ),
        ErrorPattern(r"^(No SAML request provided|No SAML message provided|Inget SAML-meddelande tillhandahölls)$", "SSOPARAMS", _REQUEST),
        ErrorPattern(r"^(Bad request received|Felaktigt anrop)$", "BADREQUEST", _REQUEST),
        ErrorPattern(r"^(Error loading metadata|Fel vi laddandet av metadata)$", "METADATA", _CONFIGURATION),
        ErrorPattern(r"^(Configuration error|Konfigurationsfel)$", "CONFIG", _CONFIGURATION),
        ErrorPattern(r"^(Authentication source error|Inloggningskällfel)$", "AUTHSOURCEERROR", _SOURCE),
        ErrorPattern(r"^(LDAP Error|LDAP-fel)$", "LDAPERROR", _SOURCE),
        ErrorPattern(r"^(No access|Ingen åtkomst)$", "no-access"),
        ErrorPattern(r"^(No consent given|Inget samtycket givet)$", "consent-denied"),
        ErrorPattern(r"^(Unhandled exception|Ohanterat undantag)$", "UNHANDLEDEXCEPTION", _UNHANDLED),
        ErrorPattern(r"^SimpleSAML\\Error\\\w+: ([A-Z]{4,})", r"\1"),
    ),
    consents=(Consent(r"<form id=\"consent_yes\"", "yes"),),
    fixes=FIXES,
)
