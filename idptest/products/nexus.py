"""Nexus Smart ID Digital Access, earlier Hybrid Access Gateway and PortWise.

Confirmed (read 2026-11): the login address /wa/auth/saml/ is in the metadata of Nexus' own .NET sample (com.nexusgroup.library.saml); pages
are templates under /wa with /wa/css/main.css (https://doc.nexusgroup.com/pub/customize-and-brand-digital-access); a method is chosen by
/wa/auth?authmech=<name> (https://da27.qa.go.nexusgroup.com/help/Manage_System/Authentication_Methods/NexusGo/General_Settings.htm). Clients
of a municipality's portal, public on GitHub, show the cookies WASID_… and WAAK_…, and Windows login at /wa/auth/wil/ (NTLM). The names of
the login form's fields and the sentences of its error pages were not found: fields are told by their type and label.
"""

from __future__ import annotations

from idptest.products.product import Halt, Product

PRODUCT = Product(
    id="nexus",
    name="Nexus Digital Access",
    metadata_marks=(r"Location=\"[^\"]+/wa/auth/saml/?\"",),
    page_marks=(r"[\"'(](https://[^\"'/]+)?/wa/(auth|css|js|img|images)[/?\"']",),
    header_marks=(r"^Set-Cookie: (WASID|WAAK)\w*=", r"^Location: \S*/wa/auth[/?]"),
    halts=(Halt(r"/wa/auth/?\?authmech=[\s\S]{1,2000}?/wa/auth/?\?authmech=", "login-method-choice"),),
)
