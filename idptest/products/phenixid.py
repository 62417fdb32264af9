"""PhenixID Authentication Services (PAS).

Confirmed by the vendor's documents (read 2026-11): the login address is <host>/saml/authenticate/<unique identifier>
(https://phenixid.screenstepslive.com/s/19332/m/71787/l/782261-username-password), pages are templates that take styles and images from
/authenticate/res/ (http://support.phenixid.se/sbs/customize-http-authentication-pages/), and the BankID page offers "other device", "same
device" and "QR" by data-toggle-action (http://document.phenixid.net/m/82710/l/985439). The names of the form's fields were not found: they
are told by their type and label. Neither were the sentences of its error pages: only what is common is recognised.
"""

from __future__ import annotations

from idptest.products.product import Halt, Product

PRODUCT = Product(
    id="phenixid",
    name="PhenixID",
    metadata_marks=(r"Location=\"[^\"]+/saml/authenticate/[^\"]+\"", r"/oidc_auth/authenticate/", r"/api/authentication/collectJWT\""),
    page_marks=(r"[\"'(/]authenticate/res/(css|js|images|fonts)/",),
    halts=(Halt(r"data-toggle-action=[\"'](OD|SD|QR)[\"']|authenticate/res/images/bankid/", "e-leg-hand-over"),),
)
