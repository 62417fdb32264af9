"""Freja, behind whatever IdP: pages that start the app, show a code for it, or wait for it.

Confirmed (read 2026-11): the start address frejaeid://bindUserToTransaction?transactionReference=… in many public clients; the waiting page
of https://github.com/curityio/freja-eid-authenticator (a hidden form `pollingDone`, a code or a spinner, a form to cancel); the page of
https://github.com/SUNET/adfs-frejaeid. Freja's own SAML service was not found.
"""

from __future__ import annotations

from idptest.products.product import Halt, Product

_MARKS = (
    r"frejaeid://",
    r"bindUserToTransaction",
    r"https://[\w.]*frejaeid\.com/qrcode/generate",
    r"\bLoginFreja\b",
    r"<form[^>]*id=\"pollingDone\"",
)

PRODUCT = Product(
    id="freja",
    name="Freja",
    page_marks=_MARKS,
    halts=tuple(Halt(mark, "e-leg-hand-over") for mark in _MARKS),
)
