"""A signed element moved aside, and a forged one in its place: after Somorovsky et al., "On Breaking SAML: Be Whoever You Want to Be" (2012)."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from lxml import etree

from idptest.selftest.wrapping import OF_ASSERTIONS, OF_RESPONSES
from tests.exempelstad import failing, flow, with_answer
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


@pytest.mark.parametrize("build", [*OF_ASSERTIONS, *OF_RESPONSES], ids=lambda build: build.__name__)
def test_wrapping_never_makes_the_forged_assertion_verified_and_is_refused(build: Callable[[Any, Any], Any]) -> None:
    signed = only_assertion_signed if build in OF_ASSERTIONS else root
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


@pytest.mark.parametrize("build", OF_ASSERTIONS, ids=lambda build: build.__name__)
def test_a_wrapped_assertion_never_lends_its_name(build: Callable[[Any, Any], Any]) -> None:
    """Where something is trusted, it is the original person."""
    from idptest.validator import judge

    login = judge(with_answer(flow(), etree.tostring(_wrap(build, only_assertion_signed)))).login
    if login.trusted:
        assert login.principal_name is not None
        assert EVIL not in login.principal_name.values
