"""Svensk e-identitet's GrandID.

Its SAML side is a SimpleSAMLphp at saml2.grandid.com, which sends the browser to login.grandid.com and takes it back at
/module.php/grandid/resume.php. Pages as public clients for SchoolSoft have recorded them (read 2026-11): a form with `grandidsession`,
`idpPlugin`, `username` and `password`, the same page again, in red, when they are wrong; BankID by a link `?sessionid=…&bankid=1` to a page
for the personal identity number (`pnr`), then a page with a QR code that asks `&collect=1`. That other customers' pages look the same is
inference. No fixes: what the supplier sets, and how, was not found.
"""

from __future__ import annotations

from idptest.products.product import ErrorPattern, Halt, Product

PRODUCT = Product(
    id="grandid",
    name="Svensk e-identitet (GrandID)",
    entity_id=r"^https?://([\w-]+\.)*grandid\.com(/|$)",
    metadata_marks=(r"Location=\"https://([\w-]+\.)*grandid\.com/",),
    page_marks=(r"https://cdn\.grandid\.com/", r"name=\"(grandidsession|idpPlugin)\""),
    header_marks=(r"^Location: https://login\.grandid\.com/\?sessionid=",),
    errors=(ErrorPattern(r"kunde inte hittas i AD", "wrong-username"),),
    halts=(Halt(r"<input[^>]*name=\"pnr\"|[?&](amp;)?collect=1", "e-leg-hand-over"),),
    built_on="simplesamlphp",
)
