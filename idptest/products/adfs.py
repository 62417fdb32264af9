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
    "AD FS avvisade frågan. Slå upp MSIS-koden, och sidans aktivitets-id i händelseloggen AD FS/Admin (händelse 364).",
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
        "AD FS kräver signerade frågor, och Skolverkets gateway signerar inte. Stäng av SignedSamlRequestsRequired på den"
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
        "AD FS såg samma webbläsare komma tillbaka många gånger på några sekunder och bröt slingan. Ta reda på vad som skickar den tillbaka.",
    ),
    "7046": Words(
        "AD FS did not find the RelayState of our request, or does not accept it. Look at what stands between: a proxy may cut long addresses.",
        "AD FS hittade inte RelayState i vår fråga, eller godtar det inte. Se efter vad som står emellan: en proxy kan korta av långa adresser.",
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

PRODUCT = Product(
    id="adfs",
    name="AD FS",
    entity_id=r"/adfs(/services/trust)?/?$",
    metadata_marks=(r"/adfs/ls/?\"", r"/adfs/services/trust", r"/adfs/oauth2/(authorize|token)/?\""),
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
)
