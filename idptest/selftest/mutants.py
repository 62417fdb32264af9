"""Every way to spoil one login that we know of, each with the rule that must refuse it; and correct variants that must pass."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from lxml import etree

from idptest.demo.answer import EPPN, Released
from idptest.demo.people import DOMAIN
from idptest.identifiers import objectguid
from idptest.model.flow import Flow
from idptest.saml.xml import SAML, XENC, Element, parse
from idptest.selftest.good import EVIL, TEACHER, Good, one
from idptest.selftest.levels import LEVELS
from idptest.selftest.mutant import Mutant, answered, at_time, changed, in_bytes, signed_anew
from idptest.selftest.oidc import OIDC
from idptest.selftest.signatures import ONE, SIGNATURES, SIGNED, other_certificate

_SKEW = timedelta(seconds=180)  # what the rules allow, unless a ruleset says otherwise
_SECOND = timedelta(seconds=1)


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


def _line_breaks(root: Element) -> None:
    audience = one(root, ".//saml:Audience")
    audience.text = f"\n  {audience.text}\n"


_BOMB = b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
_READABLE = "saml-response/is-readable"
_COMMENT = "saml-response/values-hold-no-comments"
_SCHEMA = "saml-document/follows-the-schema"
_DOCUMENT = (
    in_bytes("doctype", _READABLE, lambda xml: b"<!DOCTYPE r>" + xml),
    in_bytes(
        "external-entity",
        _READABLE,
        lambda xml: b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + xml.replace(b"</saml:NameID>", b"&x;</saml:NameID>", 1),
    ),
    in_bytes("entity-bomb", _READABLE, lambda xml: _BOMB + xml.replace(b"</saml:NameID>", b"&c;</saml:NameID>", 1)),
    in_bytes("doctype-in-utf-16", _READABLE, lambda xml: ("\ufeff<!DOCTYPE r>" + xml.decode()).encode("utf-16-le")),
    in_bytes("cut-in-the-middle", _READABLE, lambda xml: xml[: len(xml) // 2]),
    changed("comment-in-the-eppn", _COMMENT, _comment_in(".//saml:AttributeValue")),
    changed("comment-in-the-name-id", _COMMENT, _comment_in(".//saml:NameID")),
    changed("comment-in-the-audience", _COMMENT, _comment_in(".//saml:Audience")),
    answered("elements-out-of-order", _SCHEMA, conditions_first=True),
    signed_anew("element-that-saml-lacks", _SCHEMA, lambda root: etree.SubElement(one(root, "saml:Assertion"), f"{{{SAML}}}Person")),
    signed_anew("id-that-is-no-name", _SCHEMA, lambda root: one(root, "saml:Assertion/saml:AuthnStatement").set("ID", "1")),
    answered("saml-1-1", "saml-document/is-saml-2-0", version="1.1"),
    answered("two-attribute-statements", "saml-statements/at-most-one-attribute-statement", further_attribute_statements=1),
    signed_anew("line-breaks-around-the-audience", "saml-document/names-bear-no-space-around-them", _line_breaks),
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
_MAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
_ELSEWHERE = "https://annan-tjanst.example/acs"
_ADDRESSES = (
    answered("wrong-audience", _AUDIENCE, audience="https://annan-tjanst.example/sp"),
    signed_anew("missing-audience", _AUDIENCE, _without(".//saml:AudienceRestriction")),
    signed_anew("second-restriction-for-another", _AUDIENCE, _second_restriction),
    answered("wrong-destination", "saml-response/destination-is-our-acs", destination=_ELSEWHERE),
    signed_anew("missing-destination", "saml-response/destination-is-our-acs", _without("", "Destination")),
    answered("wrong-recipient", "saml-assertion/recipient-is-our-acs", recipient=_ELSEWHERE),
    answered("wrong-request-in-the-response", _RESPONSE_ANSWERS, in_response_to="id-annan"),
    answered("wrong-request-in-the-confirmation", _ASSERTION_ANSWERS, confirmation_in_response_to="id-annan"),
    answered("no-request-in-the-response", _RESPONSE_ANSWERS, in_response_to=None),
    answered("no-request-in-the-confirmation", _ASSERTION_ANSWERS, confirmation_in_response_to=None),
    answered("unsolicited", _ASSERTION_ANSWERS, in_response_to=None, confirmation_in_response_to=None),
    Mutant("replayed", "saml-response/was-not-seen-before", _replayed),
    answered("another-idp-in-the-response", "saml-response/issuer-is-the-idp", issuer="https://idp.grannstad.se/saml"),
    answered(
        "another-idp-of-the-feed",
        "saml-assertion/issuer-is-the-idp",
        issuer="https://idp.grannstad.se/saml",
        assertion_issuer="https://idp.grannstad.se/saml",
        key="other",
    ),
    answered("issuer-that-is-a-person", "saml-assertion/issuer-is-the-idp", issuer_format=_MAIL),
    signed_anew("error-with-an-assertion-inside", ONE, lambda root: one(root, ".//samlp:StatusCode").set("Value", _RESPONDER)),
    signed_anew(
        "holder-of-key",
        "saml-assertion/has-a-bearer-confirmation",
        lambda root: one(root, ".//saml:SubjectConfirmation").set("Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"),
    ),
    signed_anew("no-login-told-of", "saml-assertion/has-exactly-one-authn-statement", _without(".//saml:AuthnStatement")),
)

# --- times: just inside the skew is right, just outside is wrong


_NOW, _DELIVERED = "saml-assertion/is-valid-now", "saml-assertion/can-still-be-delivered"
_TIMES = (
    at_time("ended", _NOW, lambda good: {"not_on_or_after": good.flow.captured_at - timedelta(hours=1)}),
    at_time("begins-in-an-hour", _NOW, lambda good: {"not_before": good.flow.captured_at + timedelta(hours=1)}),
    at_time("begins-just-outside-the-skew", _NOW, lambda good: {"not_before": good.flow.captured_at + _SKEW + _SECOND}),
    at_time("begins-just-inside-the-skew", None, lambda good: {"not_before": good.flow.captured_at + _SKEW}),
    at_time("ended-just-outside-the-skew", _NOW, lambda good: {"not_on_or_after": good.flow.captured_at - _SKEW}),
    at_time("ended-just-inside-the-skew", None, lambda good: {"not_on_or_after": good.flow.captured_at - _SKEW + _SECOND}),
    at_time(
        "delivery-ended-just-outside-the-skew", _DELIVERED, lambda good: {"confirmation_not_on_or_after": good.flow.captured_at - _SKEW}
    ),
    at_time(
        "delivery-ended-just-inside-the-skew", None, lambda good: {"confirmation_not_on_or_after": good.flow.captured_at - _SKEW + _SECOND}
    ),
    at_time("confirmation-with-a-beginning", _DELIVERED, lambda good: {"confirmation_not_before": good.answer.not_before}),
    at_time(
        "valid-for-days",
        "saml-statements/lasts-for-a-sensible-time",
        lambda good: {"not_on_or_after": good.flow.captured_at + timedelta(days=3)},
    ),
    at_time(
        "issued-just-outside-the-skew", "saml-response/is-issued-now", lambda good: {"issued_at": good.flow.captured_at + _SKEW + _SECOND}
    ),
    at_time("issued-just-inside-the-skew", None, lambda good: {"issued_at": good.flow.captured_at + _SKEW}),
    at_time(
        "old-login-reused",
        "saml-assertion/authentication-is-fresh",
        lambda good: {"authn_instant": good.flow.captured_at - timedelta(hours=5)},
    ),
    at_time(
        "login-in-the-future",
        "saml-assertion/authentication-is-fresh",
        lambda good: {"authn_instant": good.flow.captured_at + timedelta(hours=1)},
    ),
    signed_anew("time-that-is-none", _NOW, lambda root: one(root, ".//saml:Conditions").set("NotOnOrAfter", "snart")),
)

# --- who, and at which level


def _guid(form: str) -> Callable[[Good], Flow]:
    return lambda good: good.eppn(f"{objectguid.forms(TEACHER.object_guid)[form]}@{DOMAIN}")


def _two_names(good: Good) -> Flow:
    return good.answered(attributes=(*good.answer.attributes, Released(EPPN, (EVIL,), None)))


_FORM = "eppn-objectguid/guid-is-in-canonical-form"
_ASKED = "level/answer-is-one-that-was-asked-for"
_IDENTITY = (
    answered("eppn-missing", "dnp/eppn-is-released", attributes=()),
    Mutant("foreign-scope", "dnp/eppn-scope-in-metadata", lambda good: good.eppn(f"{TEACHER.object_guid}@grannstad.se")),
    Mutant("scope-in-another-letter-case", "dnp/eppn-scope-in-metadata", lambda good: good.eppn(f"{TEACHER.object_guid}@Exempelstad.se")),
    Mutant("subdomain-of-a-scope", "dnp/eppn-scope-in-metadata", lambda good: good.eppn(f"{TEACHER.object_guid}@edu.{DOMAIN}")),
    Mutant("two-eppn", "eppn/has-exactly-one-value", lambda good: good.eppn(f"{TEACHER.object_guid}@{DOMAIN}", EVIL)),
    Mutant("eppn-under-two-names", "eppn/has-exactly-one-value", _two_names),
    Mutant("another-person", "eppn-objectguid/guid-is-the-accounts-own", lambda good: good.eppn(EVIL)),
    Mutant("guid-in-the-wrong-byte-order", _FORM, _guid("byte-order-mistake")),
    Mutant("guid-in-capitals", _FORM, _guid("upper")),
    Mutant("guid-as-base64", _FORM, _guid("base64-ad")),
    answered("level-lowered", _ASKED, context_class="urn:oasis:names:tc:SAML:2.0:ac:classes:Password"),
    answered("level-unknown", _ASKED, context_class="http://id.swedenconnect.se/loa/1.0/uncertified-loa5"),
    answered("level-not-told", "saml-assertion/tells-how-the-person-logged-in", context_class=None),
    Mutant("level-echoed-after-a-password", "level/fits-the-factors-given", lambda good: replace(good.flow, factors=("password",))),
)

# --- encryption

_HIDDEN = "saml-encryption/assertion-can-be-decrypted"


def _garbled(root: Element) -> None:
    """One bit of the cipher text is turned over."""
    value = root.findall(f".//{{{XENC}}}CipherValue")[-1]
    data = bytearray(base64.b64decode(value.text))
    data[len(data) // 2] ^= 1
    value.text = base64.b64encode(bytes(data)).decode()


def _elsewhere(root: Element) -> None:
    """The cipher text is said to be in a file of the reader's computer."""
    value = root.findall(f".//{{{XENC}}}CipherValue")[-1]
    etree.SubElement(value.getparent(), f"{{{XENC}}}CipherReference", URI="file:///dev/zero")
    value.getparent().remove(value)


_ENCRYPTION = (
    answered("encrypted-with-cbc", "saml-encryption/cipher-is-authenticated", cipher="aes256-cbc"),
    answered("encrypted-with-rsa-1-5", "saml-encryption/key-transport-is-oaep", cipher="aes256-gcm", key_transport="rsa-1_5"),
    answered("encrypted-for-another", _HIDDEN, cipher="aes256-gcm", encrypt_for="other"),
    changed("cipher-text-changed", _HIDDEN, _garbled, cipher="aes128-gcm", sign_response=False),
    changed("cipher-text-in-a-file", _HIDDEN, _elsewhere, cipher="aes128-gcm", sign_response=False),
    answered("encrypted-and-unsigned", SIGNED, cipher="aes256-gcm", sign_response=False, sign_assertion=False),
    answered("encrypted-and-signed-by-another-key", SIGNED, cipher="aes256-gcm", key="other"),
)

# --- correct variants


def _prefixes(root: Element) -> Element:
    """The same document with other prefixes: a default namespace for SAML, p for the protocol."""
    text = etree.tostring(root).decode()
    for old, new in (("samlp:", "p:"), ("xmlns:samlp=", "xmlns:p="), ("saml:", "a:"), ("xmlns:saml=", "xmlns:a=")):
        text = text.replace(old, new)
    return parse(text.encode())


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
    answered("correct-response-signed-only", None, sign_assertion=False),
    answered("correct-assertion-signed-only", None, sign_response=False),
    Mutant("correct-other-prefixes", None, _other_prefixes),
    signed_anew("correct-milliseconds", None, _milliseconds),
    signed_anew(
        "correct-issuer-with-format",
        None,
        lambda root: one(root, "saml:Issuer").set("Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"),
    ),
    signed_anew("correct-further-audience", None, _further_audience),
    Mutant("correct-two-signing-keys", None, lambda good: good.published(more_keys=("other",))),
    Mutant(
        "correct-signed-by-the-second-key",
        None,
        lambda good: replace(good.answered(key="other"), idp=good.published(more_keys=("other",)).idp),
    ),
    Mutant("correct-another-certificate-in-keyinfo", None, lambda good: good.changed(other_certificate, sign_assertion=False)),
    *(
        answered(f"correct-encrypted-{cipher}-{transport}", None, cipher=cipher, key_transport=transport)
        for cipher, transport in (
            ("aes256-gcm", "oaep-sha1"),
            ("aes128-gcm", "oaep-sha256"),
            ("aes256-gcm", "oaep-sha256-mgf1-sha1"),
        )
    ),
    answered("correct-encrypted-key-beside", None, cipher="aes256-gcm", key_beside=True),
    answered("correct-encrypted-prefixes-declared-outside", None, cipher="aes256-gcm", bare_prefixes=True),
    changed("correct-encrypted-other-prefixes-outside", None, _prefixes, cipher="aes256-gcm", sign_response=False),
    answered("correct-encrypted-outer-signature-only", None, cipher="aes256-gcm", sign_assertion=False),
    answered("correct-encrypted-inner-signature-only", None, cipher="aes256-gcm", sign_response=False),
)

MUTANTS: tuple[Mutant, ...] = (*_VARIANTS, *SIGNATURES, *_DOCUMENT, *_ADDRESSES, *_TIMES, *_IDENTITY, *LEVELS, *_ENCRYPTION, *OIDC)
