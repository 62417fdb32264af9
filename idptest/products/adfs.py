"""Microsoft AD FS on Windows Server.

The login button is a <span> with a script, so the form is submitted without a button. The page also has a form "options", only hidden
fields, that changes the login method; it is never submitted by itself. The form for choosing a home organisation (`HomeRealmSelection`)
is from memory, no public page was seen.

Codes (read 2026-11): MSIS7007 https://github.com/fangli/django-saml2-auth/issues/148, MSIS3200
https://github.com/simplesamlphp/simplesamlphp/issues/1667, MSIS3077 https://github.com/simplesamlphp/simplesamlphp/issues/1098, MSIS3110
https://github.com/redhook62/adfsmfa/issues/60, MSIS7102 https://github.com/RocketChat/Rocket.Chat/issues/2770 and
https://www.schaeflein.net/msis7102-requested-authentication-method-is-not-supported-on-the-sts/, MSIS1016
https://github.com/SAML-Toolkits/python-saml/issues/180, MSIS7042 https://github.com/DuendeArchive/Support/issues/1535, MSIS7046
https://github.com/mendix/docs/pull/9133, MSIS7012 the TechNet wiki's article 3362. MSIS7065 is from memory.
"""

from __future__ import annotations

from idptest.model.rule import Words
from idptest.products.product import ErrorPattern, Halt, Product

_MSIS = Words(
    "AD FS refused the request. Look up the MSIS code, and the activity id on the page in the event log AD FS/Admin (event 364).",
    "AD FS avvisade förfrågan. Slå upp MSIS-koden, och sidans aktivitets-id i händelseloggen AD FS/Admin (händelse 364).",
)

# An error page without a code, as AD FS shows it unless it is told to show details.
_ERROR_PAGE = Words(
    "AD FS stopped with an error page that does not say why. Look up the page's activity id in the event log AD FS/Admin (event 364).",
    "AD FS stannade på en felsida som inte säger varför. Slå upp sidans aktivitets-id i händelseloggen AD FS/Admin (händelse 364).",
)
_ACS = Words(
    "AD FS has not registered our ACS address for the relying party trust. Read our metadata into it again (idptest metadata sp), or add the"
    " address under Endpoints.",
    "AD FS har inte vår ACS-adress registrerad på den förlitande parten. Läs in vår metadata igen (idptest metadata sp), eller lägg till"
    " adressen under Slutpunkter.",
)
_CODES: dict[str, Words] = {
    "1016": Words(
        "AD FS expects our requests to be signed, and Skolverket's gateway does not sign. Turn SignedSamlRequestsRequired off for the relying"
        " party trust.",
        "AD FS väntar sig signerade förfrågningar, och Skolverkets gateway signerar inte. Stäng av SignedSamlRequestsRequired på den"
        " förlitande parten.",
    ),
    "3077": _ACS,
    "3110": _ACS,
    "3200": _ACS,
    "7007": Words(
        "AD FS has no relying party trust with our entityID, or the trust is disabled or closed to this account. Add it from our metadata"
        " (idptest metadata sp).",
        "AD FS har ingen förlitande part med vårt entityID, eller så är den avstängd eller stängd för kontot. Lägg till den från vår metadata"
        " (idptest metadata sp).",
    ),
    "7012": Words(
        "AD FS passed the login on to another IdP, which could not give the level asked for. Look at event 364 in AD FS/Admin.",
        "AD FS skickade inloggningen vidare till en annan IdP, som inte kunde ge den nivå som efterfrågades. Se händelse 364 i AD FS/Admin.",
    ),
    "7042": Words(
        "AD FS saw the same browser come back many times in a few seconds, and stopped the loop. Look at what sends it back.",
        "AD FS såg samma webbläsare komma tillbaka många gånger på några sekunder och bröt slingan. Se vad det är som skickar den tillbaka.",
    ),
    "7046": Words(
        "AD FS did not find the RelayState of our request, or does not accept it. Look at what stands between: a proxy may cut long addresses.",
        "AD FS hittade inte RelayState i vår förfrågan, eller godtar det inte. Se vad som står emellan: en proxy kan korta av långa adresser.",
    ),
    "7065": Words(
        "AD FS does not understand what was sent to this address. Check that the login address in the metadata is AD FS's own, /adfs/ls/.",
        "AD FS förstår inte det som skickades till adressen. Kontrollera att inloggningsadressen i metadata är AD FS egen, /adfs/ls/.",
    ),
    "7102": Words(
        "AD FS has no login method for the level that was asked for. Add one (Authentication Methods, or an adapter or proxy that knows the"
        " level), or leave the e-leg declaration out of the metadata.",
        "AD FS har ingen inloggningsmetod för den nivå som efterfrågades. Lägg till en (Autentiseringsmetoder, eller en adapter eller proxy"
        " som kan nivån), eller ta bort deklarationen av e-leg ur metadata.",
    ),
}

# The product's own words for each finding. Sources: https://github.com/fedtools/adfstoolkit,
# http://nzpcmad.blogspot.com.au/2013/01/adfs-objectguid-as-claim.html,
# https://github.com/OpenConext/OpenConext-engineblock/issues/1641 (read 2026-11).
_NAME_FORMAT = Words(
    "In the claim rule that issues the EPPN, set the claim property "
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claimproperties/attributename to "
    "urn:oasis:names:tc:SAML:2.0:attrname-format:uri, and the claim type to urn:oid:1.3.6.1.4.1.5923.1.1.1.6.",
    "Sätt egenskapen http://schemas.xmlsoap.org/ws/2005/05/identity/claimproperties/attributename till "
    "urn:oasis:names:tc:SAML:2.0:attrname-format:uri i anspråksregeln som utfärdar EPPN, och anspråkstypen till "
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.6.",
)
_SCOPE = Words(
    'AD FS never writes a scope itself. Edit the copy of the metadata that you upload to the federation: add <shibmd:Scope regexp="false"> '
    "for every domain under IDPSSODescriptor/Extensions, and take out AD FS's own XML signature, which the change breaks.",
    "AD FS skriver aldrig något scope själv. Redigera den kopia av metadata som ni laddar upp till federationen: lägg till "
    '<shibmd:Scope regexp="false"> för varje domän under IDPSSODescriptor/Extensions, och ta bort AD FS egen XML-signatur, som inte '
    "längre stämmer.",
)
_LEVEL = Words(
    "AD FS answers the method of the first factor. Let a rule issue the claim "
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/authenticationmethod with the level, or put an IdP proxy before AD FS. If neither "
    "can be done, leave the e-leg declaration out of the metadata: Skolverket then adds eduID.",
    "AD FS svarar med den första faktorns metod. Låt en regel utfärda anspråket "
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/authenticationmethod med nivån, eller sätt en IdP-proxy framför AD FS. Går inget av "
    "det: ta bort deklarationen av e-leg ur metadata, så lägger Skolverket till eduID.",
)
FIXES = {
    "dnp/eppn-name-is-understood": _NAME_FORMAT,
    "dnp/eppn-name-is-the-oid": _NAME_FORMAT,
    "skolfederation/attribute-names-have-format-uri": _NAME_FORMAT,
    "dnp/scope-is-declared": _SCOPE,
    "dnp/eppn-scope-in-metadata": _SCOPE,
    "dnp-teacher/level-is-on-the-list": _LEVEL,
    "level/answer-is-one-that-was-asked-for": _LEVEL,
    "eppn-objectguid/guid-is-in-canonical-form": Words(
        "An LDAP rule in AD FS issues objectGUID as base64, and the claim rule language cannot decode it. Write the GUID as text to an AD "
        "attribute of its own and release that one, or use an attribute store that converts it.",
        "En LDAP-regel i AD FS ger objectGUID som base64, och regelspråket kan inte avkoda det. Skriv GUID:et som text i ett eget attribut i "
        "AD och skicka det, eller använd ett attributarkiv (attribute store) som omvandlar det.",
    ),
    "saml-signature/identity-is-signed-by-a-metadata-key": Words(
        "AD FS changes its token-signing certificate by itself once a year (AutoCertificateRollover). Upload the metadata with the certificate "
        "that AD FS signs with now, and with the next one as soon as there is one.",
        "AD FS byter själv signeringscertifikat en gång om året (AutoCertificateRollover). Ladda upp metadata med det certifikat som AD FS "
        "signerar med nu, och med nästa så snart det finns.",
    ),
}


PRODUCT = Product(
    id="adfs",
    name="AD FS",
    entity_id=r"/adfs(/services/trust)?/?$",
    metadata_marks=(r"/adfs/ls/?\"", r"/adfs/services/trust"),
    page_marks=(r"action=\"[^\"]*/adfs/(ls|oauth2)", r"id=\"(userNameInput|formsAuthenticationArea|optionSelection)\"", r"/adfs/portal/"),
    header_marks=(r"^Set-Cookie: (MSISAuth|MSISAuthenticated|MSISLoopDetectionCookie|MSISSamlRequest)",),
    errors=(
        ErrorPattern(
            r"(Incorrect user ID or password|Felaktigt användar-ID eller lösenord|Fel(aktigt)? användar-?ID eller lösenord)[^\n]*",
            "wrong-password",
        ),
        ErrorPattern(r"(Your account (is|has been) locked|kontot är (tillfälligt )?(ut)?låst)", "account-locked"),
        ErrorPattern(r"(Your account is disabled|Kontot är inaktiverat)", "account-disabled"),
        ErrorPattern(r"(Your password has expired|Lösenordet har (upphört att gälla|gått ut))", "password-expired"),
        *(ErrorPattern(rf"(?P<said>MSIS{code}\b[^\n]*)", f"MSIS{code}", words) for code, words in _CODES.items()),
        ErrorPattern(r"(?P<said>MSIS(\d{4,5})\b[^\n]*)", r"MSIS\2", _MSIS),
        ErrorPattern(
            r"^(An error occurred|Ett fel (inträffade|uppstod)|Ett fel har (inträffat|uppstått))\b[^\n]*(\n[^\n]*){0,6}"
            r"(Activity ID|Aktivitets-?ID)",
            "adfs-error",
            _ERROR_PAGE,
        ),
    ),
    halts=(Halt(r"onclick=\"SelectOption\(|HRD\.selection\(|name=\"HomeRealmSelection\"", "login-method-choice"),),
    fixes=FIXES,
)
