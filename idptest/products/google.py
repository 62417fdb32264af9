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

# Sources: https://support.google.com/a/answer/7394709, https://github.com/goauthentik/authentik/issues/22811,
# https://github.com/skolverket/dnp-access-management/blob/main/docs/FAQ.md (read 2026-11).
_NAME = Words(
    "Google sends attributes without NameFormat, and Skolverket then understands the plain name only. Write eduPersonPrincipalName as the app "
    "attribute, not the OID.",
    "Google skickar attribut utan NameFormat, och då förstår Skolverket bara det enkla namnet. Skriv eduPersonPrincipalName som appattribut, "
    "inte OID:t.",
)
_SCOPE = Words(
    'Google never writes a scope itself. Add <shibmd:Scope regexp="false"> for every domain under IDPSSODescriptor/Extensions in the copy of '
    "the metadata that you upload to the federation.",
    'Google skriver aldrig något scope självt. Lägg till <shibmd:Scope regexp="false"> för varje domän under IDPSSODescriptor/Extensions i den '
    "kopia av metadata som ni laddar upp till federationen.",
)
_CERTIFICATE = Words(
    "Google's certificate holds for five years and there may be two. Add the next one in the Admin console, publish metadata with both, then "
    "switch.",
    "Googles certifikat gäller i fem år och det får finnas två. Lägg till nästa i administratörskonsolen, publicera metadata med båda och byt "
    "sedan.",
)
FIXES = {
    "dnp/eppn-name-is-understood": _NAME,
    "skolfederation/attribute-names-have-format-uri": _NAME,
    "dnp/scope-is-declared": _SCOPE,
    "dnp/eppn-scope-in-metadata": _SCOPE,
    "saml-metadata/signing-certificate-lasts": _CERTIFICATE,
    "saml-metadata/is-still-valid": Words(
        "Google's metadata ends with its certificate (validUntil). Fetch it anew from the Admin console after the certificate is changed, and "
        "upload it to the federation.",
        "Googles metadata upphör när certifikatet gör det (validUntil). Hämta den på nytt i administratörskonsolen när certifikatet är bytt, och "
        "ladda upp den till federationen.",
    ),
    "eppn-objectguid/local-part-is-an-objectguid": Words(
        "Google knows no Active Directory attributes. Write the GUID as text to a custom user attribute (a script, or your provisioning), and "
        "map that one to eduPersonPrincipalName.",
        "Google känner inte till attribut i Active Directory. Skriv GUID:et som text i ett anpassat användarattribut (med skript eller er "
        "provisionering) och koppla det till eduPersonPrincipalName.",
    ),
}

PRODUCT = Product(
    id="google",
    name="Google Workspace",
    entity_id=r"^https://accounts\.google\.com/o/saml2\?idpid=",
    metadata_marks=(r"https://accounts\.google\.com/o/saml2/idp\?idpid=",),
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
    fixes=FIXES,
)
