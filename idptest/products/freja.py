"""Freja, behind whatever IdP: pages that start the app, show a code for it, or wait for it.

Confirmed (read 2026-11): the start address frejaeid://bindUserToTransaction?transactionReference=… in many public clients; the waiting page
of https://github.com/curityio/freja-eid-authenticator (a hidden form `pollingDone`, a code or a spinner, a form to cancel); the page of
https://github.com/SUNET/adfs-frejaeid. Freja's own SAML service was not found.
"""

from __future__ import annotations

from idptest.model.rule import Words
from idptest.products.product import Halt, Product

_MARKS = (
    r"frejaeid://",
    r"bindUserToTransaction",
    r"https://[\w.]*frejaeid\.com/qrcode/generate",
    r"\bLoginFreja\b",
    r"<form[^>]*id=\"pollingDone\"",
)

# Source: https://org.frejaeid.com/en/how-to-ensure-the-right-level-of-assurance-when-provisioning-freja-orgid/ (read 2026-11).
_ORG_ID = Words(
    "Freja OrgID is issued at Extended (level 2) unless Plus is asked for. Issue it again at Plus.",
    "Freja OrgID utfärdas på Extended (nivå 2) om inte Plus begärs. Utfärda det på nytt på Plus.",
)

PRODUCT = Product(
    id="freja",
    name="Freja",
    page_marks=_MARKS,
    halts=tuple(Halt(mark, "e-leg-hand-over") for mark in _MARKS),
    fixes={"loa3-teacher/level-is-at-least-3": _ORG_ID},
)
