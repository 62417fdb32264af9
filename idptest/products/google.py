"""Google Workspace as SAML IdP.

Its login pages answer to a script: the button is none that a form knows, so they are recognised and left to a browser and a person. Public
pages show the field `identifier` (id `identifierId`); `Passwd` on the next page, and the sentences for a wrong name or password, are from
memory. The error page's text is as in
https://github.com/aacotroneo/laravel-saml2/issues/263, the codes as in https://support.google.com/a/answer/6301076 (read 2026-11).
"""

from __future__ import annotations

from idptest.model.rule import Words
from idptest.products.product import ErrorPattern, Halt, Product

_CODES: dict[str, Words] = {
    "app_not_configured_for_user": Words(
        "Google has no SAML app with our entityID for this account. Compare the Entity ID in the Admin console with ours, letter for letter.",
        "Google har ingen SAML-app med vårt entityID för kontot. Jämför entitets-ID i administratörskonsolen med vårt, tecken för tecken.",
    ),
    "app_not_configured": Words(
        "Google has no SAML app with our entityID. Create one in the Admin console from idptest metadata sp.",
        "Google har ingen SAML-app med vårt entityID. Skapa en i administratörskonsolen utifrån idptest metadata sp.",
    ),
    "app_not_enabled_for_user": Words(
        "The SAML app is off for this account. Turn it on under User access, for everyone or for the account's unit.",
        "SAML-appen är avstängd för kontot. Slå på den under Användaråtkomst, för alla eller för kontots enhet.",
    ),
}

PRODUCT = Product(
    id="google",
    name="Google Workspace",
    entity_id=r"^https://accounts\.google\.com(/o/saml2\?idpid=|$)",
    metadata_marks=(r"https://accounts\.google\.com/o/(saml2/idp\?idpid=|oauth2/v2/auth\")",),
    page_marks=(
        r"<input[^>]*id=\"identifierId\"",
        r"<input[^>]*name=\"(?-i:Passwd)\"",
        r"Error: app_not_(configured|enabled)",
        r"<title>[^<]*Google[- ](Accounts|konton)",
    ),
    header_marks=(r"^Location: https://accounts\.google\.com/(v3/)?(signin|ServiceLogin|AccountChooser)",),
    errors=(
        *(ErrorPattern(rf"Error: {code}\b", code, words) for code, words in _CODES.items()),
        ErrorPattern(r"(Couldn[’']t find your Google Account|Det gick inte att hitta ditt Google-konto)", "wrong-username"),
        ErrorPattern(r"(Wrong password\. Try again|Fel lösenord\. Försök igen)", "wrong-password"),
    ),
    halts=(Halt(r"<input[^>]*(id=\"identifierId\"|name=\"(?-i:Passwd)\")", "script-needed", first=True),),
)
