"""Our AuthnRequest (SAML Core 3.4.1), by Redirect or POST, signed or not.

Skolverket's gateway sends it unsigned, by Redirect, and that is what is sent unless idptest.toml says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from idptest.model.flow import HttpRequest, Sent
from idptest.saml import bindings
from idptest.saml.bindings import POST
from idptest.saml.xml import SAML, SAMLP, parse, timestamp

NAME_ID_FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:"


@dataclass(frozen=True)
class Signer:
    """What our requests are signed with: an RSA key and the certificate that our metadata shows for it, both PEM."""

    key: bytes
    certificate: bytes


def authn_request(sent: Sent) -> bytes:
    """The XML of the request that `sent` describes, unsigned.

    No Subject: Entra ID refuses requests that have one
    (https://learn.microsoft.com/en-us/entra/identity-platform/single-sign-on-saml-protocol, read 2026-11).
    """
    request = etree.Element(f"{{{SAMLP}}}AuthnRequest", nsmap={"samlp": SAMLP, "saml": SAML})
    request.set("ID", sent.request_id)
    request.set("Version", "2.0")
    request.set("IssueInstant", timestamp(sent.issued_at))
    request.set("Destination", sent.destination)
    if sent.force_authn:
        request.set("ForceAuthn", "true")
    if sent.is_passive:
        request.set("IsPassive", "true")
    if sent.acs_index is None:  # the index stands instead of address and binding, never beside them
        request.set("ProtocolBinding", POST)
        request.set("AssertionConsumerServiceURL", sent.acs_url)
    else:
        request.set("AssertionConsumerServiceIndex", str(sent.acs_index))
    etree.SubElement(request, f"{{{SAML}}}Issuer").text = sent.sp_entity_id
    if sent.name_id_format:
        etree.SubElement(request, f"{{{SAMLP}}}NameIDPolicy", Format=sent.name_id_format, AllowCreate="true")
    if sent.contexts:
        asked = etree.SubElement(request, f"{{{SAMLP}}}RequestedAuthnContext", Comparison=sent.comparison)
        for context in sent.contexts:
            etree.SubElement(asked, f"{{{SAML}}}AuthnContextClassRef").text = context
    return bytes(etree.tostring(request, xml_declaration=False, encoding="utf-8"))


def message(sent: Sent, signer: Signer | None = None) -> HttpRequest:
    """The request as the browser carries it, signed when `sent.signed` says so; then without `signer` it raises ValueError.

    By Redirect the query is signed (Bindings 3.4.4.1), by POST the XML itself (3.5.4).
    """
    if sent.signed and signer is None:
        raise ValueError("a request that is to be signed, and nothing to sign it with")
    xml = authn_request(sent)
    signing = signer if sent.signed else None
    if sent.binding == POST:
        return bindings.post(sent.destination, _signed(xml, signing) if signing else xml, sent.relay_state)
    return bindings.redirect(sent.destination, xml, sent.relay_state, signing.key if signing else None)


def _signed(xml: bytes, signer: Signer) -> bytes:
    """With an enveloped signature after Issuer, where the schema wants it.

    The certificate is in it: an IdP should go by our metadata, but some refuse a signature without KeyInfo, as .NET's reader does
    (ID3276; https://github.com/Sustainsys/Saml2/issues/419, read 2026-11).
    """
    import xmlsec

    root = parse(xml)
    template = xmlsec.template
    constants = xmlsec.constants
    signature = template.create(root, constants.TransformExclC14N, constants.TransformRsaSha256, ns="ds")
    root.find(f"{{{SAML}}}Issuer").addnext(signature)
    reference = template.add_reference(signature, constants.TransformSha256, uri=f"#{root.get('ID')}")
    template.add_transform(reference, constants.TransformEnveloped)
    template.add_transform(reference, constants.TransformExclC14N)
    template.add_x509_data(template.ensure_key_info(signature))
    xmlsec.tree.add_ids(root, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(signer.key, constants.KeyDataFormatPem, None)
    context.key.load_cert_from_memory(signer.certificate, constants.KeyDataFormatCertPem)
    context.sign(signature)
    return bytes(etree.tostring(root))
