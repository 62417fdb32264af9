"""Signature wrapping: the signed element is kept somewhere, and a forged one stands where a careless reader looks.

XSW1 to XSW8 after Somorovsky et al., "On Breaking SAML: Be Whoever You Want to Be" (USENIX Security 2012), and some of our own.
Each takes the forged message and the original, and returns what arrives.
"""

from __future__ import annotations

from lxml import etree

from idptest.saml.xml import DS, SAMLP, Element
from idptest.selftest.good import one


def _extensions(response: Element) -> Element:
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    response.insert(1, extensions)
    return extensions


def _fresh(element: Element) -> Element:
    element.set("ID", "evil")
    return element


def _object(signature: Element, content: Element) -> None:
    etree.SubElement(signature, f"{{{DS}}}Object").append(content)


def xsw1(evil: Element, original: Element) -> Element:
    """The original Response inside the forged one's signature, detached."""
    signature = one(evil, "ds:Signature")
    original.remove(one(original, "ds:Signature"))
    _fresh(evil)
    _object(signature, original)
    return evil


def xsw2(evil: Element, original: Element) -> Element:
    """The original Response before the forged one's signature."""
    original.remove(one(original, "ds:Signature"))
    _fresh(evil).insert(1, original)
    return evil


def xsw3(evil: Element, original: Element) -> Element:
    """The forged assertion before the original."""
    forged = _fresh(one(evil, "saml:Assertion"))
    forged.remove(one(forged, "ds:Signature"))
    original.insert(list(original).index(one(original, "saml:Assertion")), forged)
    return original


def xsw4(evil: Element, original: Element) -> Element:
    """The original inside the forged assertion."""
    forged = _fresh(one(evil, "saml:Assertion"))
    forged.remove(one(forged, "ds:Signature"))
    inner = one(original, "saml:Assertion")
    original.replace(inner, forged)
    forged.append(inner)
    return original


def xsw5(evil: Element, original: Element) -> Element:
    """The forged assertion keeps the signature; the original without it comes after."""
    forged = _fresh(one(evil, "saml:Assertion"))
    inner = one(original, "saml:Assertion")
    inner.remove(one(inner, "ds:Signature"))
    original.replace(inner, forged)
    original.append(inner)
    return original


def xsw6(evil: Element, original: Element) -> Element:
    """The original without signature inside the signature of the forged assertion."""
    forged = _fresh(one(evil, "saml:Assertion"))
    inner = one(original, "saml:Assertion")
    inner.remove(one(inner, "ds:Signature"))
    original.replace(inner, forged)
    one(forged, "ds:Signature").append(inner)
    return original


def xsw7(evil: Element, original: Element) -> Element:
    """The forged assertion, with the original's ID, inside Extensions."""
    forged = one(evil, "saml:Assertion")
    forged.remove(one(forged, "ds:Signature"))
    _extensions(original).append(forged)
    return original


def xsw8(evil: Element, original: Element) -> Element:
    """The original without signature inside an Object of the forged assertion's signature."""
    forged = one(evil, "saml:Assertion")
    inner = one(original, "saml:Assertion")
    inner.remove(one(inner, "ds:Signature"))
    original.replace(inner, forged)
    _object(one(forged, "ds:Signature"), inner)
    return original


def in_extensions(evil: Element, original: Element) -> Element:
    """The signed original inside Extensions, the forged one unsigned in its place."""
    forged = _fresh(one(evil, "saml:Assertion"))
    forged.remove(one(forged, "ds:Signature"))
    inner = one(original, "saml:Assertion")
    original.replace(inner, forged)
    _extensions(original).append(inner)
    return original


def in_key_info(evil: Element, original: Element) -> Element:
    """The signed original inside KeyInfo of the forged assertion's signature."""
    forged = _fresh(one(evil, "saml:Assertion"))
    inner = one(original, "saml:Assertion")
    original.replace(inner, forged)
    one(forged, ".//ds:KeyInfo").append(inner)
    return original


def same_id(evil: Element, original: Element) -> Element:
    """Two assertions with one ID, the forged first, both with the signature."""
    original.insert(list(original).index(one(original, "saml:Assertion")), one(evil, "saml:Assertion"))
    return original


def response_in_response(evil: Element, original: Element) -> Element:
    """The whole signed Response inside the Extensions of a forged, unsigned one."""
    _fresh(evil).remove(one(evil, "ds:Signature"))
    inner = one(evil, "saml:Assertion")
    inner.remove(one(inner, "ds:Signature"))
    _extensions(evil).append(original)
    return evil


# Those that need the assertion to be signed and not the response, and those that need the response's signature.
OF_ASSERTIONS = (xsw3, xsw4, xsw5, xsw6, xsw7, xsw8, in_extensions, in_key_info, same_id)
OF_RESPONSES = (xsw1, xsw2, response_in_response)
