"""Microsoft AD FS on Windows Server.

The login button is a <span> with a script, so the form is submitted without a button. The page also has a form "options", only hidden
fields, that changes the login method; it is never submitted by itself.
"""

from __future__ import annotations

from idptest.model.rule import Words
from idptest.products.product import ErrorPattern, Product

_MSIS = Words(
    "AD FS refused the request. Look up the MSIS code, and the activity id on the page in the event log AD FS/Admin (event 364).",
    "AD FS avvisade förfrågan. Slå upp MSIS-koden, och sidans aktivitets-id i händelseloggen AD FS/Admin (händelse 364).",
)

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
        ErrorPattern(r"(?P<said>MSIS(\d{4,5})\b[^\n]*)", r"MSIS\2", _MSIS),
        ErrorPattern(
            r"^(An error occurred|Ett fel (inträffade|uppstod)|Ett fel har (inträffat|uppstått))\b[^\n]*(\n[^\n]*){0,6}"
            r"(Activity ID|Aktivitets-?ID)",
            "refused",
        ),
    ),
    fixes=FIXES,
)
