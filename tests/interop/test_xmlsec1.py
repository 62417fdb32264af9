"""Our verdict on signatures beside the `xmlsec1` binary's: never valid where it says invalid."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from signxml import DigestAlgorithm, SignatureMethod

from idptest.demo import keys
from idptest.demo.defects import DEFECTS
from idptest.model.saml import Response
from idptest.saml.response import read_response
from idptest.saml.xml import SAML, SAMLP
from tests.exempelstad import answer, flow
from tests.interop import xmlsec1
from tests.saml import signed, test_signature, test_signature_structure
from tests.saml import test_signature_wrapping as wrapping

VERIFIES = f"--id-attr:ID {SAML}:Assertion --id-attr:ID {SAMLP}:Response".split()


@pytest.fixture(scope="module")
def binary() -> list[str]:
    return xmlsec1.command(*VERIFIES)


@pytest.fixture
def says(binary: list[str], tmp_path: Path) -> Callable[[bytes, int], bool | None]:
    """Whether the binary finds the document's signature of that number, from 1, valid by the IdP's certificate.

    None where it does not take the document at all: it stops at an ID that two assertions bear, whichever is signed.
    """
    certificate = tmp_path / "idp.pem"
    certificate.write_bytes(keys.certificate("signing"))

    def ask(xml: bytes, number: int) -> bool | None:
        document = tmp_path / "response.xml"
        document.write_bytes(xml)
        where = f"(//*[local-name()='Signature' and namespace-uri()='http://www.w3.org/2000/09/xmldsig#'])[{number}]"
        command = [*binary, "--pubkey-cert-pem", str(certificate), "--node-xpath", where, str(document)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        return None if "duplicate ID attribute" in done.stderr else done.returncode == 0

    return ask


def documents() -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Everything that the signature tests make, and every answer of Exempelstad."""

    def xml(element: Any) -> bytes:
        return element if isinstance(element, bytes) else bytes(etree.tostring(element))

    yield "good", lambda: answer(flow())
    for known in DEFECTS:
        if known.command == "login" and known.answer and known.name != "by-get":
            yield known.name, lambda known=known: answer(flow(known.account, known.name))
    for name, change in test_signature.CHANGES.items():
        yield name, lambda change=change: change(answer(flow()))
    for name, make in test_signature_structure.structural().items():
        yield name, lambda make=make: xml(make())
    for build in (*wrapping.OF_ASSERTIONS, *wrapping.OF_RESPONSES):
        make = signed.only_assertion_signed if build in wrapping.OF_ASSERTIONS else signed.root
        yield build.__name__, lambda build=build, make=make: xml(wrapping._wrap(build, make))
    for method in (SignatureMethod.RSA_SHA384, SignatureMethod.RSA_SHA512):  # version 1.2 knows no RSA-PSS
        yield (
            method.name,
            lambda method=method: xml(signed.only_assertion_signed(lambda assertion: signed.resigned(assertion, method=method))),
        )
    yield (
        "SHA-512",
        lambda: xml(signed.only_assertion_signed(lambda assertion: signed.resigned(assertion, digest=DigestAlgorithm.SHA512))),
    )


DOCUMENTS = dict(documents())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_we_call_valid_the_binary_calls_valid(name: str, says: Callable[[bytes, int], bool | None]) -> None:
    xml = DOCUMENTS[name]()
    response = read_response(xml, signed.HERE, [signed.IDP])
    for number, signature in enumerate(response.signatures if isinstance(response, Response) else (), start=1):
        if signature.state == "valid":
            said = says(xml, number)
            assert said or (said is None and response.duplicate_ids), f"signature {number} of {signature.of}"
            assert said or not any(assertion.verified for assertion in response.assertions)


def test_the_binary_is_asked_rightly(says: Callable[[bytes, int], bool | None]) -> None:
    """Else the other test would prove nothing."""
    assert says(answer(flow()), 1)
    assert says(answer(flow()), 2)
    assert not says(answer(flow()).replace(b"7c1d9e52", b"7c1d9e53"), 1)
    assert not says(answer(flow("larare", "signed-by-other-key")), 1)
