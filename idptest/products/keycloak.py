"""Keycloak. Sentences as in themes/…/login/messages of https://github.com/keycloak/keycloak (en and sv)."""

from __future__ import annotations

from idptest.model.rule import Words
from idptest.products.product import ErrorPattern, Product

# Source: https://github.com/keycloak/keycloak/issues/45917 (read 2026-11).
FIXES = {
    "eppn-objectguid/guid-is-in-canonical-form": Words(
        "Build the EPPN on the user attribute LDAP_ID, which holds the GUID as text; a plain LDAP mapper of objectGUID gives base64, and its form "
        "has changed between versions.",
        "Bygg EPPN på användarattributet LDAP_ID, som innehåller GUID:et som text. En vanlig LDAP-mappning av objectGUID ger base64, och formen "
        "har ändrats mellan versioner.",
    ),
}


PRODUCT = Product(
    id="keycloak",
    name="Keycloak",
    entity_id=r"/realms/[^/]+/?$",
    metadata_marks=(r"/realms/[^/\"]+/protocol/saml",),
    page_marks=(r"id=\"kc-(form-login|otp-login-form|page-title|error-message|header-wrapper)\"", r"id=\"keycloak-bg\""),
    header_marks=(r"^Set-Cookie: (KC_RESTART|AUTH_SESSION_ID|KEYCLOAK_IDENTITY)=",),
    errors=(
        ErrorPattern(r"(Invalid username,? (or )?(password|email)[^.\n]*\.|Ogiltigt användarnamn eller lösenord)", "wrong-password"),
        ErrorPattern(r"^(Invalid password\.?|Ogiltigt lösenord\.?)$", "wrong-password"),
        ErrorPattern(r"(Invalid authenticator code|Autentiseringskoden är ogiltig|Ogiltig engångskod)", "wrong-one-time-code"),
        ErrorPattern(r"(Account is temporarily disabled|Kontot är tillfälligt inaktiverat)", "account-locked"),
        ErrorPattern(r"(Account is disabled|Kontot är inaktiverat)", "account-disabled"),
        ErrorPattern(r"(Client not found\.?|Klienten hittades ej|Unknown login requester|Okänd inloggningsförfrågan)", "sp-unknown"),
        ErrorPattern(
            r"(Invalid redirect ur[il]|Ogiltig omdirigeringsadress|Invalid parameter: redirect_uri|Ogiltig parameter: redirect_uri)",
            "sp-unknown",
        ),
        ErrorPattern(
            r"^(Invalid Request|Ogiltig förfrågan|Invalid requester|Ogiltig förfrågare|Unsupported NameIDFormat|NameIDFormat stöds ej)\.?$",
            "request-rejected",
        ),
        ErrorPattern(
            r"(You took too long to login|Login timeout|Inloggningen nådde en maxtidsgräns|Page has expired|Action expired|"
            r"Restart login cookie not found|Cookie not found)",
            "login-expired",
        ),
        ErrorPattern(r"id=\"kc-error-message\"[^>]*>\s*<p[^>]*>\s*(?P<said>[^<]*)", "refused", where="source"),
    ),
    fixes=FIXES,
)
