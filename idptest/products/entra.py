"""Microsoft Entra ID.

Its pages are built by a script from `$Config={…}`: the plain form driver recognises them and their errors, a browser is needed to log in.
The steps hold for the page as the browser shows it.
Codes: https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

from idptest.model.rule import Words
from idptest.products.product import ErrorPattern, Product, Step

_IDENTIFIER = Words(
    "Our entityID does not exist in the tenant. Register it as Identifier (Entity ID) of the application, letter for letter.",
    "Vårt entityID finns inte i klientorganisationen. Registrera det som identifierare (entitets-ID) för programmet, tecken för tecken.",
)
_MALFORMED = Words(
    "Entra finds the request malformed or unsupported. It takes neither Subject nor levels other than its own.",
    "Entra anser att frågan är felaktig eller inte stöds. Entra tar varken emot Subject eller andra nivåer än sina egna.",
)
_OTHER = Words(
    "Entra refused the login. Look the code up at https://login.microsoftonline.com/error, and in the tenant's sign-in log.",
    "Entra nekade inloggningen. Slå upp koden på https://login.microsoftonline.com/error och i klientorganisationens inloggningslogg.",
)
_CODES: dict[str, Words] = {
    "50011": Words(
        "Our ACS address is not registered for the application in Entra. Add it as Reply URL under Single sign-on.",
        "Vår ACS-adress är inte registrerad för programmet i Entra. Lägg till den som svars-URL under Enkel inloggning.",
    ),
    "50034": Words(
        "Entra does not know the user name in this tenant. Check username in idptest.toml: Entra wants the whole UPN.",
        "Entra känner inte till användarnamnet i den här klientorganisationen. Kontrollera username i idptest.toml: Entra vill ha hela UPN:et.",
    ),
    "50053": Words(
        "The account is locked after too many attempts, or the address we come from is blocked. Wait, or unblock it in Entra.",
        "Kontot är låst efter för många försök, eller så är adressen vi kommer från spärrad. Vänta, eller häv spärren i Entra.",
    ),
    "50055": Words(
        "The password has expired. Log in once by hand and change it.", "Lösenordet har gått ut. Logga in en gång för hand och byt det."
    ),
    "50056": Words(
        "The account has no password in Entra. Set one, or turn password hash synchronisation on.",
        "Kontot har inget lösenord i Entra. Ange ett, eller slå på synkronisering av lösenordshash.",
    ),
    "50057": Words(
        "The account is disabled. Enable it in the directory, or use another one.",
        "Kontot är avstängt. Aktivera det i katalogen, eller använd ett annat.",
    ),
    "50058": Words("Silent login was asked for, and nobody is logged in.", "Tyst inloggning begärdes och ingen är inloggad."),
    "50076": Words(
        "Entra demands multi-factor authentication. Use --driver browser, with totp_env or by hand.",
        "Entra kräver flerfaktorsautentisering. Använd --driver browser, med totp_env eller för hand.",
    ),
    "50079": Words(
        "The account must first register for multi-factor authentication. Log in once by hand.",
        "Kontot måste först registreras för flerfaktorsautentisering. Logga in en gång för hand.",
    ),
    "50105": Words(
        "The account is not assigned to the application in Entra. Add it, or a group, under Users and groups.",
        "Kontot är inte tilldelat programmet i Entra. Lägg till det, eller en grupp, under Användare och grupper.",
    ),
    "50126": Words(
        "Wrong user name or password. idptest tries a password once only, so that the account is not locked.",
        "Fel användarnamn eller lösenord. idptest provar ett lösenord bara en gång, så att kontot inte låses.",
    ),
    "50128": Words(
        "The user name's domain belongs to no tenant. Check username in idptest.toml.",
        "Användarnamnets domän hör inte till någon klientorganisation. Kontrollera username i idptest.toml.",
    ),
    "50144": Words(
        "The password in Active Directory has expired. Log in once by hand and change it.",
        "Lösenordet i Active Directory har gått ut. Logga in en gång för hand och byt det.",
    ),
    "53003": Words(
        "Conditional Access stopped the login. The sign-in log in Entra names the policy; leave the test account out of it.",
        "Villkorsstyrd åtkomst stoppade inloggningen. Inloggningsloggen i Entra visar vilken princip det var: undanta testkontot.",
    ),
    "65001": Words(
        "Nobody has consented to the application. Let an administrator grant consent in Entra.",
        "Ingen har gett medgivande till programmet. Låt en administratör ge medgivande i Entra.",
    ),
    "70001": _IDENTIFIER,
    "700016": _IDENTIFIER,
    "75005": Words(
        "Entra does not support the SAML request. Of NameID formats it knows persistent, transient, e-mail address and unspecified only.",
        "Entra stöder inte frågan. Av NameID-formaten klarar Entra bara persistent, transient, e-postadress och unspecified.",
    ),
    "75006": _MALFORMED,
    "75011": Words(
        "The login was made in another way than the level asked for says. Leave the e-leg declaration out of the metadata, so that no level is"
        " asked for, or put an IdP proxy before Entra.",
        "Inloggningen gjordes på ett annat sätt än den efterfrågade nivån säger. Ta bort deklarationen av e-leg ur metadata, så att ingen nivå"
        " efterfrågas, eller sätt en IdP-proxy framför Entra.",
    ),
    "90011": _MALFORMED,
}

PRODUCT = Product(
    id="entra",
    name="Microsoft Entra ID",
    entity_id=r"^https://sts\.windows\.net/|^https://login\.microsoftonline\.com/",
    metadata_marks=(
        r"https://login\.microsoftonline\.com/[^/\"]+/(saml2|oauth2(/v2\.0)?/authorize)",
        r"entityID=\"https://sts\.windows\.net/",
    ),
    page_marks=(r"\$Config\s*=\s*\{", r"name=\"loginfmt\"", r"aadcdn\.(msauth|msftauth)\.net"),
    header_marks=(r"^Set-Cookie: (esctx|ESTSAUTH\w*|fpc|stsservicecookie)=",),
    errors=(
        *(ErrorPattern(rf"(?P<said>AADSTS{code}\b[^\n]*)", f"AADSTS{code}", words) for code, words in _CODES.items()),
        ErrorPattern(r"(?P<said>AADSTS(\d{4,7})\b[^\n]*)", r"AADSTS\2", _OTHER),
        *(
            ErrorPattern(rf'"sErrorCode":"{code}"(?:[^<]*?"sErrTxt":"(?P<said>[^"]*)")?', f"AADSTS{code}", words, "source")
            for code, words in _CODES.items()
        ),
        ErrorPattern(r'"sErrorCode":"(\d{4,7})"(?:[^<]*?"sErrTxt":"(?P<said>[^"]*)")?', r"AADSTS\1", _OTHER, "source"),
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
)
