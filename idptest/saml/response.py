"""A SAML response, from bytes to facts. Reading is lenient: what is wrong is for the rules to say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lxml import etree

from idptest.model.flow import Decryption
from idptest.model.rule import Pointer, Words
from idptest.model.saml import (
    Assertion,
    Attribute,
    AttributeValue,
    AuthnStatement,
    Certificate,
    NameId,
    Response,
    SubjectConfirmation,
    Unreadable,
)
from idptest.saml import encryption, schema, signature
from idptest.saml.xml import NS, SAML, SAMLP, SPACE, XSI, Element, NotXml, Places, crowded, parse, string, text

# Values that somebody acts upon: a comment inside one is read differently by different parsers.
_ACTED_UPON = ("AttributeValue", "NameID", "Audience", "Issuer", "AuthnContextClassRef")
_NIL = f"{{{XSI}}}nil"
# Those of them that are compared letter by letter. What is around an attribute's value is judged with the attribute.
_COMPARED = tuple(f"{{{SAML}}}{name}" for name in _ACTED_UPON[1:])


def read_response(data: bytes, source: Pointer, keys: Sequence[Certificate], decrypted: Sequence[Decryption] = ()) -> Response | Unreadable:
    """The response in `data`, its signatures verified against `keys` (the metadata's, never those in the message).

    In this order: the signatures in the received bytes, then those in what was `decrypted`, which takes the place of its cipher text.
    """
    try:
        root = parse(data)
    except NotXml as problem:
        return Unreadable(source, data[:60].decode("utf-8", "replace"), problem.words)
    places = Places(source)
    if root.tag != f"{{{SAMLP}}}Response":
        name = places.path(root)
        return Unreadable(places.point(root), "", Words(f"its root is {name}, not samlp:Response", f"roten är {name}, inte samlp:Response"))
    why = crowded(root)
    revealed = [] if why else encryption.reveal(root, decrypted)
    inner = [found.document for found in revealed if found.document is not None]
    documents = [root, *inner]
    if why := why or (crowded(*documents) if inner else None):
        return Unreadable(places.point(root), "", why)
    outer = duplicate_ids(root)
    signatures, verified = signature.verify_all(root, places, keys, outer)
    duplicates = duplicate_ids(*documents) if inner else outer
    for found in revealed:
        if found.document is not None:
            places.mount(found.document, found.encrypted)
            more, trusted = signature.verify_all(found.document, places, keys, duplicates)
            signatures, verified = (*signatures, *more), [*verified, *trusted]
    inside = [found.assertion for found in revealed if found.assertion is not None]
    here = [child for child in root if child.tag == f"{{{SAML}}}Assertion"] + inside
    elsewhere = [found for document in documents for found in document.iter(f"{{{SAML}}}Assertion") if found not in here]
    whole, issuer = root in verified, root.find("saml:Issuer", NS)
    return Response(
        pointer=places.point(root),
        parts=places.parts(*documents),
        id=root.get("ID"),
        version=root.get("Version"),
        issue_instant=places.instant(root, "IssueInstant"),
        destination=root.get("Destination"),
        in_response_to=root.get("InResponseTo"),
        issuer=text(issuer),
        issuer_format=None if issuer is None else issuer.get("Format"),
        status=tuple(code.get("Value", "") for code in root.iterfind("samlp:Status//samlp:StatusCode", NS)),
        status_message=text(root.find("samlp:Status/samlp:StatusMessage", NS)),
        assertions=tuple(_assertion(element, places, whole or element in verified) for element in here),
        encrypted_assertions=tuple(encryption.facts(found, places) for found in revealed),
        misplaced_assertions=tuple(places.point(found) for found in elsewhere),
        signatures=signatures,
        duplicate_ids=duplicates,
        commented_values=tuple(pointer for document in documents for pointer in _commented(document, places)),
        padded_values=tuple(places.point(found) for document in documents for found in _padded(document)),
        # last, for it may mark attributes as IDs, which verification is not to see
        schema_fault=schema.message_fault(root, *inside),
    )


def duplicate_ids(*documents: Element) -> tuple[str, ...]:
    """IDs that stand on more than one element, under any spelling of the attribute that a verifier may take for one."""
    seen = Counter(
        value.strip(SPACE)
        for document in documents
        for element in document.iter(etree.Element)
        for name, value in element.attrib.items()
        if name.rpartition("}")[2].lower() in ("id", "assertionid")
    )
    return tuple(value for value, count in seen.items() if count > 1)


def _commented(root: Element, places: Places) -> list[Pointer]:
    found: list[Pointer] = []
    for node in root.iter(etree.Comment, etree.ProcessingInstruction):
        parent = node.getparent()
        if parent is not None and etree.QName(parent).localname in _ACTED_UPON:
            found.append(places.point(parent))
    return found


def _padded(root: Element) -> list[Element]:
    found = ((element, string(element)) for element in root.iter(*_COMPARED))
    return [element for element, value in found if value.strip(SPACE) != value]


def _assertion(element: Element, places: Places, verified: bool) -> Assertion:
    conditions, issuer = element.find("saml:Conditions", NS), element.find("saml:Issuer", NS)
    return Assertion(
        pointer=places.point(element),
        parts=places.parts(element),
        id=element.get("ID"),
        version=element.get("Version"),
        issue_instant=places.instant(element, "IssueInstant"),
        issuer=text(issuer),
        issuer_format=None if issuer is None else issuer.get("Format"),
        name_id=_name_id(element.find("saml:Subject/saml:NameID", NS), places),
        confirmations=tuple(_confirmation(found, places) for found in element.iterfind("saml:Subject/saml:SubjectConfirmation", NS)),
        not_before=None if conditions is None else places.instant(conditions, "NotBefore"),
        not_on_or_after=None if conditions is None else places.instant(conditions, "NotOnOrAfter"),
        audience_restrictions=tuple(
            tuple(text(audience) or "" for audience in restriction.iterfind("saml:Audience", NS))
            for restriction in element.iterfind("saml:Conditions/saml:AudienceRestriction", NS)
        ),
        authn_statements=tuple(_authn_statement(found, places) for found in element.iterfind("saml:AuthnStatement", NS)),
        attribute_statements=len(element.findall("saml:AttributeStatement", NS)),
        attributes=tuple(_attribute(found, places) for found in element.iterfind("saml:AttributeStatement/saml:Attribute", NS)),
        verified=verified,
        name_id_encrypted=element.find("saml:Subject/saml:EncryptedID", NS) is not None,
        attributes_encrypted=len(element.findall("saml:AttributeStatement/saml:EncryptedAttribute", NS)),
    )


def _name_id(element: Element | None, places: Places) -> NameId | None:
    if element is None:
        return None
    return NameId(places.point(element), {}, text(element) or "", element.get("Format"), element.get("SPNameQualifier"))


def _confirmation(element: Element, places: Places) -> SubjectConfirmation:
    data = element.find("saml:SubjectConfirmationData", NS)
    return SubjectConfirmation(
        pointer=places.point(element),
        parts=places.parts(element),
        method=element.get("Method", ""),
        recipient=None if data is None else data.get("Recipient"),
        in_response_to=None if data is None else data.get("InResponseTo"),
        address=None if data is None else data.get("Address"),
        not_before=None if data is None else places.instant(data, "NotBefore"),
        not_on_or_after=None if data is None else places.instant(data, "NotOnOrAfter"),
    )


def _authn_statement(element: Element, places: Places) -> AuthnStatement:
    return AuthnStatement(
        pointer=places.point(element),
        parts=places.parts(element),
        instant=places.instant(element, "AuthnInstant"),
        session_index=element.get("SessionIndex"),
        session_not_on_or_after=places.instant(element, "SessionNotOnOrAfter"),
        context_class=text(element.find("saml:AuthnContext/saml:AuthnContextClassRef", NS)),
        authenticating_authorities=tuple(
            text(found) or "" for found in element.iterfind("saml:AuthnContext/saml:AuthenticatingAuthority", NS)
        ),
    )


def _attribute(element: Element, places: Places) -> Attribute:
    return Attribute(
        pointer=places.point(element),
        parts={},
        name=element.get("Name", ""),
        name_format=element.get("NameFormat"),
        friendly_name=element.get("FriendlyName"),
        values=tuple(_value(value, places) for value in element.iterfind("saml:AttributeValue", NS)),
    )


def _value(element: Element, places: Places) -> AttributeValue:
    return AttributeValue(
        at=places.point(element),
        text=string(element),
        nil=element.get(_NIL) in ("true", "1"),
        markup=len(element) > 0 and next(element.iterchildren(etree.Element), None) is not None,
    )
