"""Keycloak. Pages and sentences as in themes/…/login of https://github.com/keycloak/keycloak, en and sv (read 2026-11).

It keeps every consent; there is no box for not doing so (login-oauth-grant.ftl).
"""

from __future__ import annotations

from idptest.model.rule import Words
from idptest.products.product import Consent, ErrorPattern, Halt, Product

_DISABLED = Words(
    "Our client is disabled in Keycloak. Enable it under Clients.", "Vår klient är avstängd i Keycloak. Slå på den under Clients."
)
_HTTPS = Words(
    "Keycloak demands https, and the login address is http. Publish the https address in the metadata, or change Require SSL for the realm.",
    "Keycloak kräver https, och inloggningsadressen är http. Publicera https-adressen i metadata, eller ändra Require SSL för realmen.",
)
_REALM = Words("The realm is disabled in Keycloak. Enable it.", "Realmen är avstängd i Keycloak. Slå på den.")
_BEHIND = Words(
    "Keycloak passed the login on to another IdP, and that failed. Look in Keycloak's log for the cause.",
    "Keycloak skickade inloggningen vidare till en annan IdP, och där gick det fel. Orsaken står i Keycloaks logg.",
)


PRODUCT = Product(
    id="keycloak",
    name="Keycloak",
    entity_id=r"/realms/[^/]+/?$",
    metadata_marks=(r"/realms/[^/\"]+/protocol/(saml|openid-connect/auth)",),
    page_marks=(
        r"id=\"kc-(form-login|otp-login-form|page-title|error-message|header-wrapper|oauth|select-credential-form[\w-]*)\"",
        r"id=\"keycloak-bg\"",
    ),
    header_marks=(r"^Set-Cookie: (KC_RESTART|AUTH_SESSION_ID|KEYCLOAK_IDENTITY)=",),
    errors=(
        ErrorPattern(r"(Invalid username,? (or )?(password|email)[^.\n]*\.|Ogiltigt användarnamn eller lösenord)", "wrong-password"),
        ErrorPattern(r"^(Invalid password\.?|Ogiltigt lösenord\.?)$", "wrong-password"),
        ErrorPattern(r"(Invalid authenticator code|Autentiseringskoden är ogiltig|Ogiltig engångskod)", "wrong-one-time-code"),
        ErrorPattern(r"(Account is temporarily disabled|Kontot är tillfälligt inaktiverat)", "account-locked"),
        ErrorPattern(r"(Account is disabled|Kontot är inaktiverat)", "account-disabled"),
        ErrorPattern(r"(Client not found\.?|Klienten hittades ej)", "client-unknown"),
        ErrorPattern(r"(Invalid parameter: redirect_uri|Ogiltig parameter: redirect_uri)", "redirect-uri-unknown"),
        ErrorPattern(
            r"(Unknown login requester|Okänd inloggningsförfrågan|Invalid redirect ur[il]|Ogiltig omdirigeringsadress)", "sp-unknown"
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
        ErrorPattern(
            r"(Client disabled\.?|Klienten är inaktiverad|Login requester not enabled|Inloggningsförfrågaren är inte)",
            "client-disabled",
            _DISABLED,
        ),
        ErrorPattern(r"^(HTTPS required|HTTPS krävs)$", "https-required", _HTTPS),
        ErrorPattern(r"^(Realm not enabled|Realm är inte aktiverad)$", "realm-disabled", _REALM),
        ErrorPattern(r"^(Consent denied\.?|Samtycke förnekat\.?)$", "consent-denied"),
        ErrorPattern(r"^(No access|Ingen åtkomst)$", "no-access"),
        ErrorPattern(
            r"(Could not (proceed with|send) authentication request to identity provider|Unexpected error when authenticating with identity"
            r" provider|Kunde inte (fortsätta med|skicka) autentiseringsförfrågan|Oväntat fel under autentiseringen med identitetsleverantör|"
            r"Kunde inte autentisera med identitetsleverantör)",
            "idp-behind-failed",
            _BEHIND,
        ),
        ErrorPattern(r"id=\"kc-error-message\"[^>]*>\s*<p[^>]*>\s*(?P<said>[^<]*)", "refused", where="source"),
    ),
    halts=(Halt(r"id=\"kc-select-credential-form", "login-method-choice"),),
    consents=(Consent(r"id=\"kc-oauth\"", "accept"),),
)
