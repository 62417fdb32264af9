"""Mutants whose signatures are missing, somebody else's, or over something else."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from lxml import etree

from idptest.demo import keys
from idptest.saml.xml import DS, NS, SAML, Element, parse
from idptest.selftest import wrapping
from idptest.selftest.good import EVIL, forge, one
from idptest.selftest.mutant import Mutant, answered, changed

SIGNED = "saml-signature/identity-is-signed-by-a-metadata-key"
ONE = "saml-response/has-exactly-one-assertion"
_COVERS = "saml-signature/covers-the-element-it-stands-in"
_ALGORITHMS = "saml-signature/algorithms-are-accepted"


def _drop_signatures(root: Element) -> None:
    for signature in list(root.iter(f"{{{DS}}}Signature")):
        signature.getparent().remove(signature)


def other_certificate(root: Element) -> None:
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
    return _on_assertion(lambda signature: one(signature, ".//ds:Transforms").append(parse(xml.encode())))


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

SIGNATURES = (
    changed("signatures-removed", SIGNED, _drop_signatures),
    answered("signed-by-another-key-embedded", SIGNED, key="other"),
    Mutant("signed-by-another-key-behind-the-right-certificate", SIGNED, lambda good: good.changed(_right_certificate, key="other")),
    changed("value-changed-after-signing", SIGNED, forge),
    changed("reference-to-the-whole-document", _COVERS, _reference(""), sign_response=False),
    changed("reference-to-another-element", _COVERS, _reference("#other"), sign_response=False),
    changed("reference-by-xpointer", _COVERS, _reference("#xpointer(/)"), sign_response=False),
    changed("xslt-transform", _COVERS, _transform("http://www.w3.org/TR/1999/REC-xslt-19991116", _XSLT), sign_response=False),
    changed("xpath-transform", _COVERS, _transform("http://www.w3.org/TR/1999/REC-xpath-19991116", _XPATH), sign_response=False),
    changed("hmac-with-the-public-certificate", _ALGORITHMS, _hmac, sign_response=False),
    answered("sha1", _ALGORITHMS, algorithm="sha1"),
    changed("id-on-two-elements", "saml-response/ids-are-unique", _second_id, sign_response=False),
    changed("forged-assertion-before-the-signed-one", ONE, _unsigned_first, sign_response=False),
    answered("two-assertions", ONE, assertions=2),
    _wrapped(wrapping.xsw1, SIGNED),
    _wrapped(wrapping.xsw2, SIGNED),
    _wrapped(wrapping.xsw3, ONE),
    _wrapped(wrapping.xsw4, SIGNED),
    _wrapped(wrapping.xsw5, _COVERS),
    _wrapped(wrapping.xsw6, SIGNED),
    _wrapped(wrapping.xsw7, ONE),
    _wrapped(wrapping.xsw8, SIGNED),
    _wrapped(wrapping.in_extensions, SIGNED),
    _wrapped(wrapping.in_key_info, SIGNED),
    _wrapped(wrapping.same_id, "saml-response/ids-are-unique"),
    _wrapped(wrapping.response_in_response, SIGNED),
)
