"""BankID, behind whatever IdP: pages that start the app or show a code for it, and the reference IdP of Sweden Connect.

Confirmed (read 2026-11): the start addresses bankid:///?autostarttoken=… in many public clients and https://app.bankid.com/ in BankID's
guide; the templates of https://github.com/sweid4keycloak/bankid4keycloak (a field `nin`, a page that polls `collect`) and of
https://github.com/SUNET/adfs-bankid; https://github.com/swedenconnect/bankid-saml-idp, which is one page built by a script.
"""

from __future__ import annotations

from idptest.products.product import Halt, Product

_MARKS = (
    r"bankid:///?\?",
    r"https://app\.bankid\.com/\?",
    r"auto_?start_?token",
    r"\bLoginBankId\b",
    r"/img/bankid_vector_rgb\.svg",
    r"<title>BankId-Idp</title>",
)

PRODUCT = Product(
    id="bankid",
    name="BankID",
    page_marks=_MARKS,
    halts=tuple(Halt(mark, "e-leg-hand-over") for mark in _MARKS),
)
