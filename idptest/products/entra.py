"""Microsoft Entra ID.

Its pages are built by a script from `$Config={…}`: the plain form driver recognises them and their errors, a browser is needed to log in.
The steps hold for the page as the browser shows it.
Codes: https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

from idptest.model.rule import Words
from idptest.products.product import ErrorPattern, Product, Step

_CODES: dict[str, Words] = {
    "50011": Words(
        "The ACS or redirect address in our request is not registered for the application in Entra.",
        "ACS-adressen eller omdirigeringsadressen i vår förfrågan är inte registrerad för programmet i Entra.",
    ),
    "50034": Words(
        "Entra does not know the user name in this tenant.", "Entra känner inte till användarnamnet i denna klientorganisation."
    ),
    "50053": Words(
        "The account is locked after too many attempts, or the address we come from is blocked.",
        "Kontot är låst efter för många försök, eller så är adressen vi kommer från spärrad.",
    ),
    "50055": Words("The password has expired.", "Lösenordet har gått ut."),
    "50056": Words("The account has no password in Entra.", "Kontot har inget lösenord i Entra."),
    "50057": Words("The account is disabled.", "Kontot är avstängt."),
    "50058": Words("Silent login was asked for, and nobody is logged in.", "Tyst inloggning begärdes och ingen är inloggad."),
    "50076": Words("Entra demands multi-factor authentication.", "Entra kräver flerfaktorsautentisering."),
    "50079": Words(
        "The account must first register for multi-factor authentication. Log in once by hand.",
        "Kontot måste först registreras för flerfaktorsautentisering. Logga in en gång för hand.",
    ),
    "50105": Words("The account is not assigned to the application in Entra.", "Kontot är inte tilldelat programmet i Entra."),
    "50126": Words("Wrong user name or password.", "Fel användarnamn eller lösenord."),
    "50128": Words("The user name's domain belongs to no tenant.", "Användarnamnets domän hör inte till någon klientorganisation."),
    "50144": Words("The password in Active Directory has expired.", "Lösenordet i Active Directory har gått ut."),
    "53003": Words("Conditional Access stopped the login.", "Villkorsstyrd åtkomst stoppade inloggningen."),
    "65001": Words("Nobody has consented to the application.", "Ingen har gett medgivande till programmet."),
    "70001": Words(
        "The application's identifier (our entityID) does not exist in the tenant.",
        "Programmets identifierare (vårt entityID) finns inte i klientorganisationen.",
    ),
    "700016": Words(
        "The application's identifier (our entityID) does not exist in the tenant.",
        "Programmets identifierare (vårt entityID) finns inte i klientorganisationen.",
    ),
    "75005": Words("Entra does not support the request.", "Entra stöder inte förfrågan."),
    "75006": Words("Entra finds the request malformed or unsupported.", "Entra anser att förfrågan är felaktig eller inte stöds."),
    "75011": Words(
        "The session's login method is not the one asked for. Ask for no context, or set ForceAuthn.",
        "Sessionens inloggningssätt är inte det som begärdes. Begär ingen nivå, eller sätt ForceAuthn.",
    ),
    "90011": Words("Entra finds the request malformed or unsupported.", "Entra anser att förfrågan är felaktig eller inte stöds."),
}

# Sources: https://learn.microsoft.com/en-us/entra/identity-platform/reference-claims-customization,
# https://learn.microsoft.com/en-us/entra/identity/hybrid/connect/reference-connect-sync-functions-reference,
# https://learn.microsoft.com/en-us/entra/identity-platform/single-sign-on-saml-protocol (read 2026-11).
_SCOPE = Words(
    'Entra never writes a scope itself. Edit the copy of the metadata that you upload to the federation: add <shibmd:Scope regexp="false"> for '
    "every domain under IDPSSODescriptor/Extensions, and take out Microsoft's own XML signature, which the change breaks.",
    "Entra skriver aldrig något scope självt. Redigera den kopia av metadata som ni laddar upp till federationen: lägg till "
    '<shibmd:Scope regexp="false"> för varje domän under IDPSSODescriptor/Extensions, och ta bort Microsofts egen XML-signatur, som inte '
    "längre stämmer.",
)
_LEVEL = Words(
    "Entra cannot answer the Swedish levels by itself. Put an IdP proxy before it, or leave the e-leg declaration out of the metadata: Skolverket "
    "then adds eduID.",
    "Entra kan inte svara med de svenska nivåerna på egen hand. Sätt en IdP-proxy framför, eller ta bort deklarationen av e-leg ur metadata, så "
    "lägger Skolverket till eduID.",
)
_NAME_FORMAT = Words(
    "In the claim for the EPPN (Attributes & Claims) set the name to urn:oid:1.3.6.1.4.1.5923.1.1.1.6 and the name format to URI.",
    "Sätt namnet urn:oid:1.3.6.1.4.1.5923.1.1.1.6 och namnformatet URI på anspråket för EPPN (Attribut och anspråk).",
)
_GUID = Words(
    "Entra has no decoder for base64. Let Entra Connect write the GUID as text with StringFromGuid([objectGUID]) to an extension attribute, and "
    "build the EPPN on that. user.objectid is Entra's own id, another GUID.",
    "Entra kan inte avkoda base64. Låt Entra Connect skriva GUID:et som text med StringFromGuid([objectGUID]) i ett tilläggsattribut, och bygg "
    "EPPN på det. user.objectid är Entras eget id, ett annat GUID.",
)
FIXES = {
    "dnp/scope-is-declared": _SCOPE,
    "dnp/eppn-scope-in-metadata": _SCOPE,
    "dnp-teacher/level-is-on-the-list": _LEVEL,
    "level/answer-is-one-that-was-asked-for": _LEVEL,
    "dnp/eppn-name-is-understood": _NAME_FORMAT,
    "dnp/eppn-name-is-the-oid": _NAME_FORMAT,
    "eppn-objectguid/local-part-is-an-objectguid": _GUID,
    "eppn-objectguid/guid-is-in-canonical-form": _GUID,
    "eppn-objectguid/guid-is-the-accounts-own": _GUID,
}


PRODUCT = Product(
    id="entra",
    name="Microsoft Entra ID",
    entity_id=r"^https://sts\.windows\.net/|^https://login\.microsoftonline\.com/",
    metadata_marks=(r"https://login\.microsoftonline\.com/[^/\"]+/saml2", r"entityID=\"https://sts\.windows\.net/"),
    page_marks=(r"\$Config\s*=\s*\{", r"name=\"loginfmt\"", r"aadcdn\.(msauth|msftauth)\.net"),
    header_marks=(r"^Set-Cookie: (esctx|ESTSAUTH\w*|fpc|stsservicecookie)=",),
    errors=(
        *(ErrorPattern(rf"(?P<said>AADSTS{code}\b[^\n]*)", f"AADSTS{code}", words) for code, words in _CODES.items()),
        ErrorPattern(r"(?P<said>AADSTS(\d{4,7})\b[^\n]*)", r"AADSTS\2"),
        *(
            ErrorPattern(rf'"sErrorCode":"{code}"(?:[^<]*?"sErrTxt":"(?P<said>[^"]*)")?', f"AADSTS{code}", words, "source")
            for code, words in _CODES.items()
        ),
        ErrorPattern(r'"sErrorCode":"(\d{4,7})"(?:[^<]*?"sErrTxt":"(?P<said>[^"]*)")?', r"AADSTS\1", where="source"),
        ErrorPattern(
            r"(Your account or password is incorrect|Ditt konto eller lösenord är felaktigt|Kontot eller lösenordet är fel)",
            "wrong-password",
        ),
        ErrorPattern(
            r"(We couldn't find an account with that username|This username may be incorrect|"
            r"Vi kunde inte hitta något konto med (det|detta) användarnamn|Användarnamnet kan vara felaktigt)",
            "wrong-username",
        ),
    ),
    steps=(
        # "Stay signed in?": a test must not leave a session behind.
        Step(field="LoginOptions", press="idBtn_Back"),
        Step(title="Stay signed in?", press="No"),
        Step(title="Vill du förbli inloggad?", press="Nej"),
    ),
    fixes=FIXES,
)
