"""PhenixID Authentication Services (PAS).

Confirmed by the vendor's documents (read 2026-11): the login address is <host>/saml/authenticate/<unique identifier>
(https://phenixid.screenstepslive.com/s/19332/m/71787/l/782261-username-password), pages are templates that take styles and images from
/authenticate/res/ (http://support.phenixid.se/sbs/customize-http-authentication-pages/), and the BankID page offers "other device", "same
device" and "QR" by data-toggle-action (http://document.phenixid.net/m/82710/l/985439). The names of the form's fields were not found: they
are told by their type and label. Neither were the sentences of its error pages: only what is common is recognised.
"""

from __future__ import annotations

from idptest.model.rule import Words
from idptest.products.product import Halt, Product

# Sources: https://docs.phenixid.se/pas/versions/5.1.7/docs/pas/configuration-ui/scenarios/authenticators/dispatch.html,
# https://document.phenixid.net/m/121093/l/1755164-frejaeidsaml, https://support.phenixid.se/sbs/skolfederation-idp/,
# https://support.phenixid.se/provisioning-actions/base-64-encodedecode-attribute-values/ (read 2026-11).
_LEVEL = Words(
    "PAS answers the same level for every login with an authenticator: set samlAuthMethod on each of them. Where Dispatch chooses, the first "
    "true expression wins, so put the stronger methods first.",
    "PAS svarar med samma nivå för varje inloggning med en autentiserare: ange samlAuthMethod på var och en. Där Dispatch väljer vinner det "
    "första uttryck som är sant, så sätt de starkare metoderna först.",
)
_SCOPE = Words(
    "Scope is written by hand in the exported metadata. PhenixID's guide puts it under EntityDescriptor; Skolverket reads it under "
    "IDPSSODescriptor/Extensions, so move it there.",
    "Scope skrivs för hand i exporterad metadata. PhenixID:s guide lägger det under EntityDescriptor; Skolverket läser det under "
    "IDPSSODescriptor/Extensions, så flytta dit det.",
)
FIXES = {
    "dnp-teacher/level-is-on-the-list": _LEVEL,
    "level/answer-is-one-that-was-asked-for": _LEVEL,
    "level/fits-the-factors-given": _LEVEL,
    "loa3-teacher/level-is-at-least-3": _LEVEL,
    "dnp/scope-is-declared": _SCOPE,
    "dnp/eppn-scope-in-metadata": _SCOPE,
    "dnp/takes-unsigned-requests": Words(
        'Turn "Require signed requests" off for the IdP, and export the metadata again.',
        'Stäng av "Require signed requests" för IdP:n och exportera metadata på nytt.',
    ),
    "eppn-objectguid/guid-is-in-canonical-form": Words(
        "PhenixID's action DECODE-GUID turns base64 into the text of the GUID, and puts it in braces unless its wrapper is turned off.",
        "PhenixID:s åtgärd DECODE-GUID gör om base64 till GUID:et som text, och sätter det inom klamrar om inte omslaget stängs av.",
    ),
}

PRODUCT = Product(
    id="phenixid",
    name="PhenixID",
    metadata_marks=(r"Location=\"[^\"]+/saml/authenticate/[^\"]+\"",),
    page_marks=(r"[\"'(/]authenticate/res/(css|js|images|fonts)/",),
    halts=(Halt(r"data-toggle-action=[\"'](OD|SD|QR)[\"']|authenticate/res/images/bankid/", "e-leg-hand-over"),),
    fixes=FIXES,
)
