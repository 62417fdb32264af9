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
)
