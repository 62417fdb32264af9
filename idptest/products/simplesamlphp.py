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
    "SimpleSAMLphp saknar metadata för vår SP (eller för sig själv). Lägg in vår metadata (idptest metadata sp) i saml20-sp-remote.",
)
_REQUEST = Words(
    "SimpleSAMLphp could not process our login request. Its log says why, under the tracking number on the page.",
    "SimpleSAMLphp kunde inte behandla vår fråga. Loggen säger varför, under spårningsnumret på sidan.",
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

PRODUCT = Product(
    id="simplesamlphp",
    name="SimpleSAMLphp",
    entity_id=r"/saml2/idp/metadata\.php$|/simplesaml",
    metadata_marks=(
        r"/saml2/idp/(SSOService|SingleLogoutService)\.php",
        r"/module\.php/saml/idp/(singleSignOnService|singleLogout)",
        r"/simplesaml/",
        r"/module\.php/oidc/(authorization|authorize\.php)\"",
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
)
