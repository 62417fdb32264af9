"""What a browser's request says of how was asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from idptest.captured.messages import asked
from idptest.saml.bindings import POST, REDIRECT
from idptest.saml.request import message
from tests.saml.test_signed_request import SIGNER, WAYS


@pytest.mark.parametrize("binding", [REDIRECT, POST])
@pytest.mark.parametrize("signed", [True, False])
def test_the_request_is_read_as_it_was_sent(binding: str, signed: bool) -> None:
    for sent in WAYS:
        sent = replace(sent, binding=binding, signed=signed)
        read = asked(message(sent, SIGNER))
        assert read is not None
        assert (read.binding, read.signed, read.force_authn, read.contexts) == (binding, signed, sent.force_authn, sent.contexts)
        assert (read.relay_state or None) == (sent.relay_state or None)
