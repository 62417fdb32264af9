"""Decryption takes the cipher text that stands in the message and our key, and follows nothing that leads elsewhere."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from idptest.demo import keys
from idptest.demo.answer import to_xml
from idptest.model.rule import Verdict
from idptest.saml.encryption import decrypt_all
from idptest.saml.xml import DS, MOST, SAML, XENC
from idptest.selftest.good import good
from idptest.validator import judge
from tests.exempelstad import verdicts

GOOD = good(datetime(2026, 11, 22, 7, 45, tzinfo=UTC))
OURS, OTHER = keys.pem("sp"), keys.pem("other")


def encrypted(change: Callable[[Any], None] = lambda root: None, **changes: Any) -> bytes:
    """The demo's encrypted answer, changed as a tree."""
    root = etree.fromstring(to_xml(replace(GOOD.answer, **{"cipher": "aes256-gcm", **changes}), keys.pair))
    change(root)
    return etree.tostring(root)


def came_out(xml: bytes, *pems: bytes) -> list[str]:
    """The name of what came out of each, or why nothing did."""
    return [found.error or etree.fromstring(found.xml or b"").tag.rpartition("}")[2] for found in decrypt_all(xml, pems or (OURS,))]


def cipher_texts(root: Any) -> tuple[Any, Any]:
    """The CipherValue of the key and that of the assertion."""
    key, data = root.findall(f".//{{{XENC}}}CipherValue")
    return key, data


def referring(uri: str, which: int) -> Callable[[Any], None]:
    def change(root: Any) -> None:
        value = cipher_texts(root)[which]
        etree.SubElement(value.getparent(), f"{{{XENC}}}CipherReference", URI=uri)
        value.getparent().remove(value)

    return change


def test_our_key_opens_it_and_of_several_the_one_that_fits() -> None:
    assert came_out(encrypted()) == ["Assertion"]
    assert came_out(encrypted(), OTHER, OURS) == ["Assertion"]
    assert came_out(encrypted(encrypt_for="other"), OURS) == ["none of our keys fits"]
    assert [found.error for found in decrypt_all(encrypted(), ())] == ["we have no key to decrypt with"]
    assert decrypt_all(to_xml(GOOD.answer, keys.pair), (OURS,)) == ()


@pytest.mark.parametrize("which", [0, 1], ids=["key", "assertion"])
def test_no_file_is_read_and_no_address_is_asked(tmp_path: Path, which: int) -> None:
    """With the right bytes in the file, so that reading it would work."""
    right = base64.b64decode(cipher_texts(etree.fromstring(encrypted()))[which].text)
    (tmp_path / "cipher").write_bytes(right)
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(right)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for uri in ((tmp_path / "cipher").as_uri(), str(tmp_path / "cipher"), f"http://127.0.0.1:{server.server_address[1]}/cipher"):
            assert came_out(encrypted(referring(uri, which))) == [
                "its cipher text is not in the message" if which else "none of our keys fits"
            ]
        server.shutdown()
    assert asked == []


def test_an_endless_file_costs_nothing() -> None:
    start = time.perf_counter()
    report = judge(GOOD.with_xml(encrypted(referring("file:///dev/zero", 1))))
    assert time.perf_counter() - start < 2
    assert verdicts(report)["saml-encryption/assertion-can-be-decrypted"] is Verdict.FAIL


def test_hints_at_other_keys_are_not_followed() -> None:
    """Retrieval methods, names and certificates beside and inside the encrypted key."""
    hints = (
        f'<ds:RetrievalMethod xmlns:ds="{DS}" URI="file:///dev/zero"/>',
        f'<ds:RetrievalMethod xmlns:ds="{DS}" URI="#x" Type="{XENC}EncryptedKey"/>',
        '<dsig11:KeyInfoReference xmlns:dsig11="http://www.w3.org/2009/xmldsig11#" URI="file:///dev/zero"/>',
        f'<ds:KeyName xmlns:ds="{DS}">somebody else\'s</ds:KeyName>',
        f'<ds:X509Data xmlns:ds="{DS}"><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data>',
    )

    def change(root: Any) -> None:
        info = root.find(f".//{{{XENC}}}EncryptedData/{{{DS}}}KeyInfo")
        inner = etree.Element(f"{{{DS}}}KeyInfo")
        for hint in hints:
            info.insert(0, etree.fromstring(hint))
            inner.append(etree.fromstring(hint))
        info.find(f"{{{XENC}}}EncryptedKey").insert(1, inner)

    assert came_out(encrypted(change)) == ["Assertion"]


def test_a_flood_is_not_decrypted_and_not_judged() -> None:
    """Each would cost an operation with our private key."""

    def many_assertions(root: Any) -> None:
        one = root.find(f"{{{SAML}}}EncryptedAssertion")
        root.extend([etree.fromstring(etree.tostring(one)) for _ in range(MOST)])

    def many_keys(root: Any) -> None:
        info = root.find(f".//{{{XENC}}}EncryptedData/{{{DS}}}KeyInfo")
        info.extend([etree.fromstring(etree.tostring(info[0])) for _ in range(MOST)])

    def many_within(root: Any) -> None:
        root.extend([etree.fromstring(f'<ds:Signature xmlns:ds="{DS}"/>') for _ in range(MOST - 4)])

    for change in (many_assertions, many_keys):
        xml = encrypted(change)
        assert decrypt_all(xml, (OURS,)) == ()
        assert verdicts(judge(GOOD.with_xml(xml)))["saml-response/is-readable"] is Verdict.FAIL
    # What was decrypted counts too.
    xml = encrypted(many_within)
    assert came_out(xml) == ["Assertion"]
    assert verdicts(judge(GOOD.with_xml(xml)))["saml-response/is-readable"] is Verdict.FAIL


def test_what_came_out_points_to_where_it_was_encrypted() -> None:
    response = judge(GOOD.with_xml(encrypted())).login.response
    path = "/samlp:Response/saml:EncryptedAssertion/saml:Assertion"
    assert response.assertions[0].pointer.path == path
    assert response.at("AttributeStatement").path == f"{path}/saml:AttributeStatement"
    assert [(found.pointer.path, found.state) for found in response.signatures] == [
        ("/samlp:Response/ds:Signature", "valid"),
        (f"{path}/ds:Signature", "valid"),
    ]
