"""Our AuthnRequest, as Skolverket's gateway would send it: unsigned, by Redirect, answer by POST (SAML Core 3.4.1)."""

from __future__ import annotations

from lxml import etree

from idptest.model.flow import Sent
from idptest.saml.bindings import POST
from idptest.saml.xml import SAML, SAMLP, timestamp


def authn_request(sent: Sent) -> bytes:
    """The XML of the request that `sent` describes.

    No NameIDPolicy and no Subject: the gateway sends none, and Entra ID refuses requests with a Subject
    (https://learn.microsoft.com/en-us/entra/identity-platform/single-sign-on-saml-protocol, read 2026-11).
    """
    request = etree.Element(f"{{{SAMLP}}}AuthnRequest", nsmap={"samlp": SAMLP, "saml": SAML})
    request.set("ID", sent.request_id)
    request.set("Version", "2.0")
    request.set("IssueInstant", timestamp(sent.issued_at))
    request.set("Destination", sent.destination)
    if sent.force_authn:
        request.set("ForceAuthn", "true")
    request.set("ProtocolBinding", POST)
    request.set("AssertionConsumerServiceURL", sent.acs_url)
    etree.SubElement(request, f"{{{SAML}}}Issuer").text = sent.sp_entity_id
    if sent.contexts:
        asked = etree.SubElement(request, f"{{{SAMLP}}}RequestedAuthnContext", Comparison=sent.comparison)
        for context in sent.contexts:
            etree.SubElement(asked, f"{{{SAML}}}AuthnContextClassRef").text = context
    return bytes(etree.tostring(request, xml_declaration=False, encoding="utf-8"))
