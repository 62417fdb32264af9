"""What Exempelstad answers: first as plain data, which a defect can change, then as signed XML.

Signed with signxml, verified with xmlsec: judge and forger share no code.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lxml import etree

from idptest.demo import encryption
from idptest.saml.xml import DS, SAML, SAMLP, XS, XSI, Element, parse, timestamp

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
EPPN = "eduPersonPrincipalName"
URI = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"


@dataclass(frozen=True)
class Released:
    """An attribute as it is sent. A `comment` is written into the middle of the first value; `nil` says that the values are none."""

    name: str
    values: tuple[str, ...]
    name_format: str | None = URI
    friendly_name: str | None = None
    comment: bool = False
    nil: bool = False


def eppn(*values: str) -> Released:
    """eduPersonPrincipalName as Skolverket wants it."""
    return Released("urn:oid:1.3.6.1.4.1.5923.1.1.1.6", values, URI, EPPN)


@dataclass(frozen=True)
class Answer:
    """Everything that a Response says. Times are UTC. `authority`: the IdP that logged the person in for this one. `cipher` and `key_transport` are names in `demo.encryption`.

    `bare_prefixes`: what is encrypted relies on prefixes that the response declares.
    """

    response_id: str
    assertion_id: str
    issuer: str
    assertion_issuer: str
    destination: str
    recipient: str
    audience: str
    in_response_to: str | None
    confirmation_in_response_to: str | None
    issued_at: datetime
    authn_instant: datetime
    not_before: datetime
    not_on_or_after: datetime
    confirmation_not_on_or_after: datetime
    name_id: str
    session_index: str | None
    relay_state: str | None
    context_class: str | None = None
    authority: str | None = None
    assertion_issued_at: datetime | None = None
    attributes: tuple[Released, ...] = ()
    status: tuple[str, ...] = (SUCCESS,)
    issuer_format: str | None = None
    name_id_format: str | None = TRANSIENT
    confirmation_method: str = BEARER
    confirmation_not_before: datetime | None = None
    confirmation_address: str | None = None
    further_audience: str | None = None
    session_not_on_or_after: datetime | None = None
    version: str = "2.0"
    authn_statements: int = 1
    further_attribute_statements: int = 0
    conditions_first: bool = False
    assertions: int = 1
    sign_response: bool = True
    sign_assertion: bool = True
    algorithm: str = "sha256"
    key: str = "signing"
    cipher: str | None = None
    key_transport: str = "oaep-sha1"
    encrypt_for: str = "sp"
    key_beside: bool = False
    bare_prefixes: bool = False
    doctype: bool = False
    by_get: bool = False
    after_signing: Callable[[Element], None] | None = field(default=None, compare=False)


def to_xml(answer: Answer, keys: Callable[[str], tuple[Any, bytes]]) -> bytes:
    """The signed Response. `keys` gives the private key and the certificate (PEM) of a name."""
    response = etree.Element(f"{{{SAMLP}}}Response", nsmap={"samlp": SAMLP, "saml": SAML, "xs": XS, "xsi": XSI})
    response.set("ID", answer.response_id)
    response.set("Version", answer.version)
    response.set("IssueInstant", timestamp(answer.issued_at))
    response.set("Destination", answer.destination)
    if answer.in_response_to:
        response.set("InResponseTo", answer.in_response_to)
    _issuer(response, answer.issuer, answer)
    if answer.sign_response:
        signature_goes_here(response)
    status = etree.SubElement(response, f"{{{SAMLP}}}Status")
    for code in answer.status:
        status = etree.SubElement(status, f"{{{SAMLP}}}StatusCode", Value=code)
    if answer.status[0] == SUCCESS:
        for number in range(answer.assertions):
            _assertion(response, answer, number)
    if answer.sign_assertion:
        for assertion in response.findall(f"{{{SAML}}}Assertion"):
            signed = sign(assertion, answer, keys, f"#{assertion.get('ID')}")
            response.replace(assertion, signed)
    if answer.cipher:
        for number, assertion in enumerate(response.findall(f"{{{SAML}}}Assertion")):
            plain = bytes(etree.tostring(assertion, with_tail=False))
            if answer.bare_prefixes:
                head, end, rest = plain.partition(b">")
                plain = re.sub(rb' xmlns:\w+="[^"]*"', b"", head) + end + rest
            public = keys(answer.encrypt_for)[0].public_key()
            seed = f"{answer.assertion_id}{number}".encode()
            hidden = encryption.encrypted(plain, public, answer.cipher, answer.key_transport, seed, key_beside=answer.key_beside)
            response.replace(assertion, hidden)
    if answer.sign_response:
        response = sign(response, answer, keys, f"#{answer.response_id}")
    if answer.after_signing:
        answer.after_signing(response)
    xml = bytes(etree.tostring(response, encoding="utf-8"))
    return b'<!DOCTYPE samlp:Response [<!ENTITY namn "x">]>' + xml if answer.doctype else xml


def _assertion(response: Element, answer: Answer, number: int) -> None:
    assertion = etree.SubElement(response, f"{{{SAML}}}Assertion")
    assertion.set("ID", answer.assertion_id + (f"-{number + 1}" if number else ""))
    assertion.set("Version", answer.version)
    assertion.set("IssueInstant", timestamp(answer.assertion_issued_at or answer.issued_at))
    _issuer(assertion, answer.assertion_issuer, answer)
    if answer.sign_assertion:
        signature_goes_here(assertion)
    subject = _add(assertion, "Subject")
    name_id = _add(subject, "NameID", answer.name_id)
    if answer.name_id_format:
        name_id.set("Format", answer.name_id_format)
    confirmation = _add(subject, "SubjectConfirmation", Method=answer.confirmation_method)
    data = _add(
        confirmation, "SubjectConfirmationData", NotOnOrAfter=timestamp(answer.confirmation_not_on_or_after), Recipient=answer.recipient
    )
    if answer.confirmation_in_response_to:
        data.set("InResponseTo", answer.confirmation_in_response_to)
    if answer.confirmation_not_before:
        data.set("NotBefore", timestamp(answer.confirmation_not_before))
    if answer.confirmation_address:
        data.set("Address", answer.confirmation_address)
    conditions = _add(assertion, "Conditions", NotBefore=timestamp(answer.not_before), NotOnOrAfter=timestamp(answer.not_on_or_after))
    restriction = _add(conditions, "AudienceRestriction")
    _add(restriction, "Audience", answer.audience)
    if answer.further_audience:
        _add(restriction, "Audience", answer.further_audience)
    if answer.conditions_first:
        subject.addprevious(conditions)
    for _ in range(answer.authn_statements):
        statement = _add(assertion, "AuthnStatement", AuthnInstant=timestamp(answer.authn_instant))
        if answer.session_index:
            statement.set("SessionIndex", answer.session_index)
        if answer.session_not_on_or_after:
            statement.set("SessionNotOnOrAfter", timestamp(answer.session_not_on_or_after))
        context = _add(statement, "AuthnContext")
        if answer.context_class:
            _add(context, "AuthnContextClassRef", answer.context_class)
        else:
            _add(context, "AuthnContextDeclRef", "https://idp.exempelstad.se/inloggningssatt")
        if answer.authority:
            _add(context, "AuthenticatingAuthority", answer.authority)
    if answer.attributes:
        released = _add(assertion, "AttributeStatement")
        for attribute in answer.attributes:
            _attribute(released, attribute)
        for _ in range(answer.further_attribute_statements):
            assertion.append(deepcopy(released))


def _issuer(parent: Element, entity_id: str, answer: Answer) -> None:
    issuer = _add(parent, "Issuer", entity_id)
    if answer.issuer_format:
        issuer.set("Format", answer.issuer_format)


def _attribute(statement: Element, attribute: Released) -> None:
    element = _add(statement, "Attribute", Name=attribute.name)
    if attribute.name_format:
        element.set("NameFormat", attribute.name_format)
    if attribute.friendly_name:
        element.set("FriendlyName", attribute.friendly_name)
    for text in attribute.values:
        value = _add(element, "AttributeValue", text)
        value.set(f"{{{XSI}}}type", "xs:string")
        if attribute.nil:
            value.set(f"{{{XSI}}}nil", "true")
        if attribute.comment:
            middle = len(text) // 2
            value.text = text[:middle]
            comment = etree.Comment("x")
            comment.tail = text[middle:]
            value.append(comment)


def _add(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    element = etree.SubElement(parent, f"{{{SAML}}}{name}", **attributes)
    element.text = text
    return element


def signature_goes_here(parent: Element) -> None:
    etree.SubElement(parent, f"{{{DS}}}Signature", Id="placeholder", nsmap={"ds": DS})


def sign(element: Element, answer: Answer, keys: Callable[[str], tuple[Any, bytes]], reference: str) -> Element:
    from signxml import SignatureMethod
    from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm
    from signxml.signer import XMLSigner

    class Signer(XMLSigner):  # type: ignore[misc]
        """The `sha1` defect needs what signxml rightly refuses by default."""

        def check_deprecated_methods(self) -> None: ...

    key, certificate = keys(answer.key)
    sha1 = answer.algorithm == "sha1"
    signer = Signer(
        signature_algorithm=SignatureMethod.RSA_SHA1 if sha1 else SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA1 if sha1 else DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    # Out of its document first, so that an outer placeholder is not taken for this one; a copy keeps the namespaces.
    alone = parse(etree.tostring(element, with_tail=False))
    return signer.sign(alone, key=key, cert=certificate.decode(), reference_uri=reference, id_attribute="ID")
