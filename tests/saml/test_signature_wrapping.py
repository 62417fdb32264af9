"""A signed element moved aside, and a forged one in its place: after Somorovsky et al., "On Breaking SAML: Be Whoever You Want to Be" (2012)."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from lxml import etree

from idptest.saml.xml import DS, SAMLP
from tests.exempelstad import failing, flow, one, with_answer
from tests.saml.signed import (
    EVIL,
    eppn,
    forge,
    only_assertion_signed,
    read,
    root,
)


def _wrap(build: Callable[[Any, Any], Any], signed: Callable[[], Any]) -> Any:
    """`build(evil, original)` where evil is the whole message with a forged person and ids of its own, signatures as they were."""
    original = signed()
    evil = deepcopy(original)
    forge(evil)
    return build(evil, original)


def _extensions(response: Any) -> Any:
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    response.insert(1, extensions)
    return extensions


def _fresh(element: Any) -> Any:
    element.set("ID", "evil")
    return element


def _object(signature: Any, content: Any) -> None:
    etree.SubElement(signature, f"{{{DS}}}Object").append(content)


def _xsw1(evil: Any, original: Any) -> Any:
    """The original Response inside the forged one's signature, detached."""
    signature = one(evil, "ds:Signature")
    original.remove(one(original, "ds:Signature"))
    _fresh(evil)
    _object(signature, original)
    return evil


def _xsw2(evil: Any, original: Any) -> Any:
    """The original Response before the forged one's signature."""
    original.remove(one(original, "ds:Signature"))
    _fresh(evil).insert(1, original)
    return evil


def _xsw3(evil: Any, original: Any) -> Any:
    """The forged assertion before the original."""
    forged = _fresh(one(evil, "saml:Assertion"))
    forged.remove(one(forged, "ds:Signature"))
    original.insert(list(original).index(one(original, "saml:Assertion")), forged)
    return original


def _xsw4(evil: Any, original: Any) -> Any:
    """The original inside the forged assertion."""
    forged = _fresh(one(evil, "saml:Assertion"))
    forged.remove(one(forged, "ds:Signature"))
    inner = one(original, "saml:Assertion")
    original.replace(inner, forged)
    forged.append(inner)
    return original


def _xsw5(evil: Any, original: Any) -> Any:
    """The forged assertion keeps the signature; the original without it comes after."""
    forged = _fresh(one(evil, "saml:Assertion"))
    inner = one(original, "saml:Assertion")
    inner.remove(one(inner, "ds:Signature"))
    original.replace(inner, forged)
    original.append(inner)
    return original


def _xsw6(evil: Any, original: Any) -> Any:
    """The original without signature inside the signature of the forged assertion."""
    forged = _fresh(one(evil, "saml:Assertion"))
    inner = one(original, "saml:Assertion")
    inner.remove(one(inner, "ds:Signature"))
    original.replace(inner, forged)
    one(forged, "ds:Signature").append(inner)
    return original


def _xsw7(evil: Any, original: Any) -> Any:
    """The forged assertion, with the original's ID, inside Extensions."""
    forged = one(evil, "saml:Assertion")
    forged.remove(one(forged, "ds:Signature"))
    _extensions(original).append(forged)
    return original


def _xsw8(evil: Any, original: Any) -> Any:
    """The original without signature inside an Object of the forged assertion's signature."""
    forged = one(evil, "saml:Assertion")
    inner = one(original, "saml:Assertion")
    inner.remove(one(inner, "ds:Signature"))
    original.replace(inner, forged)
    _object(one(forged, "ds:Signature"), inner)
    return original


def _in_extensions(evil: Any, original: Any) -> Any:
    """The signed original inside Extensions, the forged one unsigned in its place."""
    forged = _fresh(one(evil, "saml:Assertion"))
    forged.remove(one(forged, "ds:Signature"))
    inner = one(original, "saml:Assertion")
    original.replace(inner, forged)
    _extensions(original).append(inner)
    return original


def _in_key_info(evil: Any, original: Any) -> Any:
    """The signed original inside KeyInfo of the forged assertion's signature."""
    forged = _fresh(one(evil, "saml:Assertion"))
    inner = one(original, "saml:Assertion")
    original.replace(inner, forged)
    one(forged, ".//ds:KeyInfo").append(inner)
    return original


def _same_id(evil: Any, original: Any) -> Any:
    """Two assertions with one ID, the forged first, both with the signature."""
    original.insert(list(original).index(one(original, "saml:Assertion")), one(evil, "saml:Assertion"))
    return original


def _response_in_response(evil: Any, original: Any) -> Any:
    """The whole signed Response inside the Extensions of a forged, unsigned one."""
    _fresh(evil).remove(one(evil, "ds:Signature"))
    inner = one(evil, "saml:Assertion")
    inner.remove(one(inner, "ds:Signature"))
    _extensions(evil).append(original)
    return evil


WRAPPED_ASSERTIONS = [_xsw3, _xsw4, _xsw5, _xsw6, _xsw7, _xsw8, _in_extensions, _in_key_info, _same_id]
WRAPPED_RESPONSES = [_xsw1, _xsw2, _response_in_response]


@pytest.mark.parametrize("build", [*WRAPPED_ASSERTIONS, *WRAPPED_RESPONSES], ids=lambda build: build.__name__.strip("_"))
def test_wrapping_never_makes_the_forged_assertion_verified_and_is_refused(build: Callable[[Any, Any], Any]) -> None:
    signed = only_assertion_signed if build in WRAPPED_ASSERTIONS else root
    xml = etree.tostring(_wrap(build, signed))
    response = read(xml)
    forged = [assertion for assertion in response.assertions if eppn(assertion) == EVIL]
    assert not any(assertion.verified for assertion in forged)
    wrapped = with_answer(flow(), xml)
    assert failing(wrapped) & {
        "saml-signature/identity-is-signed-by-a-metadata-key",
        "saml-response/has-exactly-one-assertion",
        "saml-response/ids-are-unique",
        "saml-signature/covers-the-element-it-stands-in",
    }
    if response.assertions[0].verified is False and len(response.assertions) == 1:
        assert "saml-signature/identity-is-signed-by-a-metadata-key" in failing(wrapped)


@pytest.mark.parametrize("build", WRAPPED_ASSERTIONS, ids=lambda build: build.__name__.strip("_"))
def test_a_wrapped_assertion_never_lends_its_name(build: Callable[[Any, Any], Any]) -> None:
    """Where something is trusted, it is the original person."""
    from idptest.validator import judge

    login = judge(with_answer(flow(), etree.tostring(_wrap(build, only_assertion_signed)))).login
    if login.trusted:
        assert login.principal_name is not None
        assert EVIL not in login.principal_name.values
