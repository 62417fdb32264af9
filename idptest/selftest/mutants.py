"""Every way to spoil one login that we know of, each with the rule that must refuse it; and correct variants that must pass."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from lxml import etree

from idptest.demo import keys
from idptest.demo.answer import EPPN, Released
from idptest.demo.people import DOMAIN
from idptest.identifiers import objectguid
from idptest.model.flow import Flow
from idptest.saml.xml import DS, NS, SAML, Element
from idptest.selftest import wrapping
from idptest.selftest.good import EVIL, TEACHER, Good, forge, one

_SIGNED = "saml-signature/identity-is-signed-by-a-metadata-key"
_COVERS = "saml-signature/covers-the-element-it-stands-in"
_ALGORITHMS = "saml-signature/algorithms-are-accepted"
_ONE = "saml-response/has-exactly-one-assertion"
_SKEW = timedelta(seconds=180)  # what the rules allow, unless a ruleset says otherwise
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Mutant:
    """`must_fire` is the rule that has to fail; None for a correct variant, which must fail nothing that matters."""

    name: str
    must_fire: str | None
    build: Callable[[Good], Flow]


def _answer(name: str, must_fire: str | None, **changes: Any) -> Mutant:
    return Mutant(name, must_fire, lambda good: good.answered(**changes))


def _change(name: str, must_fire: str | None, change: Callable[[Element], Any], **answer: Any) -> Mutant:
    return Mutant(name, must_fire, lambda good: good.changed(change, **answer))


def _anew(name: str, must_fire: str | None, change: Callable[[Element], Any]) -> Mutant:
    return Mutant(name, must_fire, lambda good: good.signed_anew(change))


def _bytes(name: str, must_fire: str, change: Callable[[bytes], bytes]) -> Mutant:
    return Mutant(name, must_fire, lambda good: good.with_xml(change(bytes(etree.tostring(good.tree())))))


def _time(name: str, must_fire: str | None, shift: Callable[[Good], dict[str, Any]]) -> Mutant:
    return Mutant(name, must_fire, lambda good: good.answered(**shift(good)))


# --- signatures


def _drop_signatures(root: Element) -> None:
    for signature in list(root.iter(f"{{{DS}}}Signature")):
        signature.getparent().remove(signature)


def _other_certificate(root: Element) -> None:
    body = "".join(keys.certificate("other").decode().splitlines()[1:-1])
    for element in root.iter(f"{{{DS}}}X509Certificate"):
        element.text = body


def _right_certificate(root: Element) -> None:
    body = "".join(keys.certificate("signing").decode().splitlines()[1:-1])
    for element in root.iter(f"{{{DS}}}X509Certificate"):
        element.text = body


def _on_assertion(change: Callable[[Element], Any]) -> Callable[[Element], None]:
    """Changes the assertion's signature; the response is unsigned."""
    return lambda root: change(one(root, "saml:Assertion/ds:Signature"))


def _reference(uri: str) -> Callable[[Element], None]:
    return _on_assertion(lambda signature: one(signature, ".//ds:Reference").set("URI", uri))


def _transform(algorithm: str, inside: str) -> Callable[[Element], None]:
    xml = f'<ds:Transform xmlns:ds="{DS}" Algorithm="{algorithm}">{inside}</ds:Transform>'
    return _on_assertion(lambda signature: one(signature, ".//ds:Transforms").append(etree.fromstring(xml)))


def _hmac(root: Element) -> None:
    """Signed by HMAC, with what everybody knows as the secret: the IdP's public certificate."""
    info = one(root, "saml:Assertion/ds:Signature/ds:SignedInfo")
    one(info, "ds:SignatureMethod").set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
    canonical = etree.tostring(info, method="c14n", exclusive=True, with_comments=False)
    value = hmac.new(keys.certificate("signing"), canonical, hashlib.sha256).digest()
    one(root, "saml:Assertion/ds:Signature/ds:SignatureValue").text = base64.b64encode(value).decode()


def _second_id(root: Element) -> None:
    one(root, "saml:Assertion/saml:Subject").set("ID", one(root, "saml:Assertion").get("ID"))


def _wrapped(build: Callable[[Element, Element], Element], must_fire: str) -> Mutant:
    signed = {"sign_response": False} if build in wrapping.OF_ASSERTIONS else {}
    return Mutant(f"wrapped-{build.__name__.replace('_', '-')}", must_fire, lambda good: good.wrapped(build, **signed))


def _unsigned_first(root: Element) -> None:
    assertion = one(root, "saml:Assertion")
    forged = deepcopy(assertion)
    forged.remove(one(forged, "ds:Signature"))
    forged.set("ID", "evil")
    for value in forged.iterfind(".//saml:AttributeValue", NS):
        value.text = EVIL
    assertion.addprevious(forged)


_XPATH = f'<ds:XPath xmlns:ds="{DS}" xmlns:saml="{SAML}">not(ancestor-or-self::saml:AttributeStatement)</ds:XPath>'
_XSLT = '<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0"><x:template match="/"/></x:stylesheet>'

_SIGNATURES = (
    _change("signatures-removed", _SIGNED, _drop_signatures),
    _answer("signed-by-another-key-embedded", _SIGNED, key="other"),
    Mutant("signed-by-another-key-behind-the-right-certificate", _SIGNED, lambda good: good.changed(_right_certificate, key="other")),
    _change("value-changed-after-signing", _SIGNED, forge),
    _change("reference-to-the-whole-document", _COVERS, _reference(""), sign_response=False),
    _change("reference-to-another-element", _COVERS, _reference("#other"), sign_response=False),
    _change("reference-by-xpointer", _COVERS, _reference("#xpointer(/)"), sign_response=False),
    _change("xslt-transform", _COVERS, _transform("http://www.w3.org/TR/1999/REC-xslt-19991116", _XSLT), sign_response=False),
    _change("xpath-transform", _COVERS, _transform("http://www.w3.org/TR/1999/REC-xpath-19991116", _XPATH), sign_response=False),
    _change("hmac-with-the-public-certificate", _ALGORITHMS, _hmac, sign_response=False),
    _answer("sha1", _ALGORITHMS, algorithm="sha1"),
    _change("id-on-two-elements", "saml-response/ids-are-unique", _second_id, sign_response=False),
    _change("forged-assertion-before-the-signed-one", _ONE, _unsigned_first, sign_response=False),
    _answer("two-assertions", _ONE, assertions=2),
    _wrapped(wrapping.xsw1, _SIGNED),
    _wrapped(wrapping.xsw2, _SIGNED),
    _wrapped(wrapping.xsw3, _ONE),
    _wrapped(wrapping.xsw4, _SIGNED),
    _wrapped(wrapping.xsw5, _COVERS),
    _wrapped(wrapping.xsw6, _SIGNED),
    _wrapped(wrapping.xsw7, _ONE),
    _wrapped(wrapping.xsw8, _SIGNED),
    _wrapped(wrapping.in_extensions, _SIGNED),
    _wrapped(wrapping.in_key_info, _SIGNED),
    _wrapped(wrapping.same_id, "saml-response/ids-are-unique"),
    _wrapped(wrapping.response_in_response, _SIGNED),
)


# --- the document


def _comment_in(path: str) -> Callable[[Element], None]:
    def change(root: Element) -> None:
        element = one(root, path)
        text = element.text or ""
        element.text = text[:4]
        comment = etree.Comment("x")
        comment.tail = text[4:]
        element.append(comment)

    return change


_BOMB = b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
_READABLE = "saml-response/is-readable"
_COMMENT = "saml-response/values-hold-no-comments"
_DOCUMENT = (
    _bytes("doctype", _READABLE, lambda xml: b"<!DOCTYPE r>" + xml),
    _bytes(
        "external-entity",
        _READABLE,
        lambda xml: b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + xml.replace(b"</saml:NameID>", b"&x;</saml:NameID>", 1),
    ),
    _bytes("entity-bomb", _READABLE, lambda xml: _BOMB + xml.replace(b"</saml:NameID>", b"&c;</saml:NameID>", 1)),
    _bytes("doctype-in-utf-16", _READABLE, lambda xml: ("\ufeff<!DOCTYPE r>" + xml.decode()).encode("utf-16-le")),
    _bytes("cut-in-the-middle", _READABLE, lambda xml: xml[: len(xml) // 2]),
    _change("comment-in-the-eppn", _COMMENT, _comment_in(".//saml:AttributeValue")),
    _change("comment-in-the-name-id", _COMMENT, _comment_in(".//saml:NameID")),
    _change("comment-in-the-audience", _COMMENT, _comment_in(".//saml:Audience")),
)

# --- addresses


def _without(path: str, attribute: str | None = None) -> Callable[[Element], None]:
    def change(root: Element) -> None:
        element = one(root, path) if path else root
        if attribute is None:
            element.getparent().remove(element)
        else:
            del element.attrib[attribute]

    return change


def _second_restriction(root: Element) -> None:
    restriction = etree.SubElement(one(root, ".//saml:Conditions"), f"{{{SAML}}}AudienceRestriction")
    etree.SubElement(restriction, f"{{{SAML}}}Audience").text = "https://annan-tjanst.example/sp"


def _replayed(good: Good) -> Flow:
    return replace(good.flow, seen_before=True)


_RESPONSE_ANSWERS, _ASSERTION_ANSWERS = "saml-response/answers-our-request", "saml-assertion/answers-our-request"
_AUDIENCE = "saml-assertion/audience-contains-this-sp"
_RESPONDER = "urn:oasis:names:tc:SAML:2.0:status:Responder"
_ELSEWHERE = "https://annan-tjanst.example/acs"
_ADDRESSES = (
    _answer("wrong-audience", _AUDIENCE, audience="https://annan-tjanst.example/sp"),
    _anew("missing-audience", _AUDIENCE, _without(".//saml:AudienceRestriction")),
    _anew("second-restriction-for-another", _AUDIENCE, _second_restriction),
    _answer("wrong-destination", "saml-response/destination-is-our-acs", destination=_ELSEWHERE),
    _anew("missing-destination", "saml-response/destination-is-our-acs", _without("", "Destination")),
    _answer("wrong-recipient", "saml-assertion/recipient-is-our-acs", recipient=_ELSEWHERE),
    _answer("wrong-request-in-the-response", _RESPONSE_ANSWERS, in_response_to="id-annan"),
    _answer("wrong-request-in-the-confirmation", _ASSERTION_ANSWERS, confirmation_in_response_to="id-annan"),
    _answer("no-request-in-the-response", _RESPONSE_ANSWERS, in_response_to=None),
    _answer("no-request-in-the-confirmation", _ASSERTION_ANSWERS, confirmation_in_response_to=None),
    _answer("unsolicited", _ASSERTION_ANSWERS, in_response_to=None, confirmation_in_response_to=None),
    Mutant("replayed", "saml-response/was-not-seen-before", _replayed),
    _answer("another-idp-in-the-response", "saml-response/issuer-is-the-idp", issuer="https://idp.grannstad.se/saml"),
    _answer(
        "another-idp-of-the-feed",
        "saml-assertion/issuer-is-the-idp",
        issuer="https://idp.grannstad.se/saml",
        assertion_issuer="https://idp.grannstad.se/saml",
        key="other",
    ),
    _anew("error-with-an-assertion-inside", _ONE, lambda root: one(root, ".//samlp:StatusCode").set("Value", _RESPONDER)),
    _anew(
        "holder-of-key",
        "saml-assertion/has-a-bearer-confirmation",
        lambda root: one(root, ".//saml:SubjectConfirmation").set("Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"),
    ),
    _anew("no-login-told-of", "saml-assertion/has-exactly-one-authn-statement", _without(".//saml:AuthnStatement")),
)

# --- times: just inside the skew is right, just outside is wrong


_NOW, _DELIVERED = "saml-assertion/is-valid-now", "saml-assertion/can-still-be-delivered"
_TIMES = (
    _time("ended", _NOW, lambda good: {"not_on_or_after": good.flow.captured_at - timedelta(hours=1)}),
    _time("begins-in-an-hour", _NOW, lambda good: {"not_before": good.flow.captured_at + timedelta(hours=1)}),
    _time("begins-just-outside-the-skew", _NOW, lambda good: {"not_before": good.flow.captured_at + _SKEW + _SECOND}),
    _time("begins-just-inside-the-skew", None, lambda good: {"not_before": good.flow.captured_at + _SKEW}),
    _time("ended-just-outside-the-skew", _NOW, lambda good: {"not_on_or_after": good.flow.captured_at - _SKEW}),
    _time("ended-just-inside-the-skew", None, lambda good: {"not_on_or_after": good.flow.captured_at - _SKEW + _SECOND}),
    _time("delivery-ended-just-outside-the-skew", _DELIVERED, lambda good: {"confirmation_not_on_or_after": good.flow.captured_at - _SKEW}),
    _time(
        "delivery-ended-just-inside-the-skew", None, lambda good: {"confirmation_not_on_or_after": good.flow.captured_at - _SKEW + _SECOND}
    ),
    _time(
        "issued-just-outside-the-skew", "saml-response/is-issued-now", lambda good: {"issued_at": good.flow.captured_at + _SKEW + _SECOND}
    ),
    _time("issued-just-inside-the-skew", None, lambda good: {"issued_at": good.flow.captured_at + _SKEW}),
    _time(
        "old-login-reused",
        "saml-assertion/authentication-is-fresh",
        lambda good: {"authn_instant": good.flow.captured_at - timedelta(hours=5)},
    ),
    _time(
        "login-in-the-future",
        "saml-assertion/authentication-is-fresh",
        lambda good: {"authn_instant": good.flow.captured_at + timedelta(hours=1)},
    ),
    _anew("time-that-is-none", _NOW, lambda root: one(root, ".//saml:Conditions").set("NotOnOrAfter", "snart")),
)

# --- who, and at which level


def _guid(form: str) -> Callable[[Good], Flow]:
    return lambda good: good.eppn(f"{objectguid.forms(TEACHER.object_guid)[form]}@{DOMAIN}")


def _two_names(good: Good) -> Flow:
    return good.answered(attributes=(*good.answer.attributes, Released(EPPN, (EVIL,), None)))


_FORM = "eppn-objectguid/guid-is-in-canonical-form"
_ASKED = "level/answer-is-one-that-was-asked-for"
_IDENTITY = (
    _answer("eppn-missing", "dnp/eppn-is-released", attributes=()),
    Mutant("foreign-scope", "dnp/eppn-scope-in-metadata", lambda good: good.eppn(f"{TEACHER.object_guid}@grannstad.se")),
    Mutant("scope-in-another-letter-case", "dnp/eppn-scope-in-metadata", lambda good: good.eppn(f"{TEACHER.object_guid}@Exempelstad.se")),
    Mutant("subdomain-of-a-scope", "dnp/eppn-scope-in-metadata", lambda good: good.eppn(f"{TEACHER.object_guid}@edu.{DOMAIN}")),
    Mutant("two-eppn", "eppn/has-exactly-one-value", lambda good: good.eppn(f"{TEACHER.object_guid}@{DOMAIN}", EVIL)),
    Mutant("eppn-under-two-names", "eppn/has-exactly-one-value", _two_names),
    Mutant("another-person", "eppn-objectguid/guid-is-the-accounts-own", lambda good: good.eppn(EVIL)),
    Mutant("guid-in-the-wrong-byte-order", _FORM, _guid("byte-order-mistake")),
    Mutant("guid-in-capitals", _FORM, _guid("upper")),
    Mutant("guid-as-base64", _FORM, _guid("base64-ad")),
    _answer("level-lowered", _ASKED, context_class="urn:oasis:names:tc:SAML:2.0:ac:classes:Password"),
    _answer("level-unknown", _ASKED, context_class="http://id.swedenconnect.se/loa/1.0/uncertified-loa5"),
    _answer("level-not-told", "saml-assertion/tells-how-the-person-logged-in", context_class=None),
    Mutant("level-echoed-after-a-password", "level/fits-the-factors-given", lambda good: replace(good.flow, factors=("password",))),
)

# --- encryption

_HIDDEN = "saml-encryption/assertion-can-be-decrypted"


def _garbled(root: Element) -> None:
    """One bit of the cipher text is turned over."""
    value = root.findall(".//{http://www.w3.org/2001/04/xmlenc#}CipherValue")[-1]
    data = bytearray(base64.b64decode(value.text))
    data[len(data) // 2] ^= 1
    value.text = base64.b64encode(bytes(data)).decode()


_ENCRYPTION = (
    _answer("encrypted-with-cbc", "saml-encryption/cipher-is-authenticated", cipher="aes256-cbc"),
    _answer("encrypted-with-rsa-1-5", "saml-encryption/key-transport-is-oaep", cipher="aes256-gcm", key_transport="rsa-1_5"),
    _answer("encrypted-for-another", _HIDDEN, cipher="aes256-gcm", encrypt_for="other"),
    _change("cipher-text-changed", _HIDDEN, _garbled, cipher="aes128-gcm", sign_response=False),
    _answer("encrypted-and-unsigned", _SIGNED, cipher="aes256-gcm", sign_response=False, sign_assertion=False),
    _answer("encrypted-and-signed-by-another-key", _SIGNED, cipher="aes256-gcm", key="other"),
)

# --- correct variants


def _prefixes(root: Element) -> Element:
    """The same document with other prefixes: a default namespace for SAML, p for the protocol."""
    text = etree.tostring(root).decode()
    for old, new in (("samlp:", "p:"), ("xmlns:samlp=", "xmlns:p="), ("saml:", "a:"), ("xmlns:saml=", "xmlns:a=")):
        text = text.replace(old, new)
    return etree.fromstring(text)


def _other_prefixes(good: Good) -> Flow:
    def change(root: Element) -> None:
        made = _prefixes(root)
        for child in list(root):
            root.remove(child)
        for child in list(made):
            root.append(child)

    return good.signed_anew(change)


def _milliseconds(root: Element) -> None:
    for element in root.iter(etree.Element):
        for name in ("IssueInstant", "AuthnInstant", "NotBefore", "NotOnOrAfter"):
            if name in element.attrib:
                element.set(name, element.get(name).replace("Z", ".123Z"))


def _further_audience(root: Element) -> None:
    etree.SubElement(one(root, ".//saml:AudienceRestriction"), f"{{{SAML}}}Audience").text = "https://annan-tjanst.example/sp"


_VARIANTS = (
    Mutant("correct", None, lambda good: good.flow),
    _answer("correct-response-signed-only", None, sign_assertion=False),
    _answer("correct-assertion-signed-only", None, sign_response=False),
    Mutant("correct-other-prefixes", None, _other_prefixes),
    _anew("correct-milliseconds", None, _milliseconds),
    _anew(
        "correct-issuer-with-format",
        None,
        lambda root: one(root, "saml:Issuer").set("Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"),
    ),
    _anew("correct-further-audience", None, _further_audience),
    Mutant("correct-two-signing-keys", None, lambda good: good.published(more_keys=("other",))),
    Mutant(
        "correct-signed-by-the-second-key",
        None,
        lambda good: replace(good.answered(key="other"), idp=good.published(more_keys=("other",)).idp),
    ),
    Mutant("correct-another-certificate-in-keyinfo", None, lambda good: good.changed(_other_certificate, sign_assertion=False)),
    *(
        _answer(f"correct-encrypted-{cipher}-{transport}", None, cipher=cipher, key_transport=transport)
        for cipher, transport in (
            ("aes256-gcm", "oaep-sha1"),
            ("aes128-gcm", "oaep-sha256"),
            ("aes256-gcm", "oaep-sha256-mgf1-sha1"),
        )
    ),
    _answer("correct-encrypted-key-beside", None, cipher="aes256-gcm", key_beside=True),
    _answer("correct-encrypted-prefixes-declared-outside", None, cipher="aes256-gcm", bare_prefixes=True),
    _answer("correct-encrypted-outer-signature-only", None, cipher="aes256-gcm", sign_assertion=False),
    _answer("correct-encrypted-inner-signature-only", None, cipher="aes256-gcm", sign_response=False),
)

MUTANTS: tuple[Mutant, ...] = (*_VARIANTS, *_SIGNATURES, *_DOCUMENT, *_ADDRESSES, *_TIMES, *_IDENTITY, *_ENCRYPTION)
