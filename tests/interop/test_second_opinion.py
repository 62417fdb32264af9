"""The `xmlsec1` binary is asked about every signature of the selftest's messages and of many mutated and oddly signed ones.

Ours is never valid where the binary says invalid. Where the binary says valid and we do not, our reason is the structure or the algorithm.
"""

from __future__ import annotations

import os
import random
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import xmlsec
from lxml import etree

from idptest import decode
from idptest.demo import keys
from idptest.demo.metadata import Published, to_xml
from idptest.model.rule import Pointer
from idptest.model.saml import Certificate, Signature, Unreadable
from idptest.saml import signature
from idptest.saml.encryption import reveal
from idptest.saml.metadata import read_idp
from idptest.saml.response import read_response
from idptest.saml.signature import ACCEPTED_DIGESTS, ACCEPTED_METHODS
from idptest.saml.xml import DS, parse
from idptest.selftest.good import Good, good, one
from idptest.selftest.mutants import MUTANTS
from tests.interop import xmlsec1
from tests.mutations import changed_tree, damaged

GOOD: Good = good(datetime(2026, 11, 22, 7, 45, tzinfo=UTC))
HERE = Pointer("exchange", "", 1)
TREES, BYTES, SIGNED_ODDLY = 900, 300, 900
TALLY: Counter[str] = Counter()


@dataclass(frozen=True)
class Message:
    """A document with signatures, as bytes, and what we make of them, in document order. None: we do not read the document at all."""

    name: str
    xml: bytes
    certificates: Sequence[Certificate]
    ours: tuple[Signature, ...] | None
    duplicate_ids: bool = False


def judged(name: str, xml: bytes, certificates: Sequence[Certificate], decrypted: Sequence[Any] = ()) -> Iterator[Message]:
    """The message, and each assertion that was decrypted, as a document of its own."""
    read = read_response(xml, HERE, certificates, decrypted)
    if isinstance(read, Unreadable):
        assert read.why.en
        yield Message(name, xml, certificates, None)
        return
    documents = [xml, *(bytes(etree.tostring(found.document)) for found in reveal(parse(xml), decrypted) if found.document is not None)]
    left = list(read.signatures)
    for document in documents:
        count = _signatures(document)
        ours, left = tuple(left[:count]), left[count:]
        yield Message(name, document, certificates, ours, bool(read.duplicate_ids))
    assert not left


def _signatures(xml: bytes) -> int:
    return sum(1 for _ in etree.fromstring(xml).iter(f"{{{DS}}}Signature"))


def of_the_selftest() -> Iterator[Message]:
    for mutant in MUTANTS:
        flow = mutant.build(GOOD)
        xml = decode.delivered(flow)
        if isinstance(xml, bytes):
            yield from judged(mutant.name, xml, read_idp(flow.idp.metadata).signing, flow.decrypted)


@cache
def signing() -> tuple[Certificate, ...]:
    return tuple(read_idp(to_xml(Published())).signing)


def mutated() -> Iterator[Message]:
    """Trees and bytes of the signed response, a third of them with only one signature."""
    answers = [etree.tostring(GOOD.tree(**changes)) for changes in ({}, {"sign_response": False}, {"sign_assertion": False})]
    for seed in range(TREES):
        root = changed_tree(etree.fromstring(answers[seed % 3]), random.Random(f"tree {seed}"))
        yield from judged(f"tree {seed}", etree.tostring(root), signing())
    for seed in range(BYTES):
        yield from judged(f"bytes {seed}", damaged(answers[seed % 3], random.Random(f"bytes {seed}")), signing())


ENVELOPED, EXCLUSIVE = "http://www.w3.org/2000/09/xmldsig#enveloped-signature", "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
C14N = (EXCLUSIVE, EXCLUSIVE, EXCLUSIVE + "WithComments", INCLUSIVE, INCLUSIVE + "#WithComments", "http://www.w3.org/2006/12/xml-c14n11")
METHODS = [f"http://www.w3.org/2001/04/xmldsig-more#rsa-{name}" for name in ("sha256", "sha256", "sha384", "sha512", "ripemd160")]
METHODS.append("http://www.w3.org/2000/09/xmldsig#rsa-sha1")
DIGESTS = [f"http://www.w3.org/2001/04/xmlenc#{name}" for name in ("sha256", "sha256", "sha512", "ripemd160")]
DIGESTS += ["http://www.w3.org/2000/09/xmldsig#sha1", "http://www.w3.org/2001/04/xmldsig-more#sha384"]


def signed_oddly() -> Iterator[Message]:
    """Signed with the IdP's own key, which the binary will find right: only where, what and how is odd."""
    number = 0
    for seed in range(SIGNED_ODDLY):
        random_ = random.Random(f"odd {seed}")
        root = GOOD.tree(sign_response=False, sign_assertion=False)
        try:
            _sign_oddly(root, random_)
        except (xmlsec.Error, ValueError):
            continue
        number += 1
        yield from judged(f"odd {seed}", etree.tostring(root), signing())
    assert number > SIGNED_ODDLY // 2


def _sign_oddly(root: Any, random_: random.Random) -> None:
    assertion = one(root, "saml:Assertion")
    subject = one(assertion, "saml:Subject")
    subject.set("ID", "subject")
    place = random_.choice([assertion, assertion, assertion, root, root, subject, one(assertion, "saml:Conditions")])
    own = place.get("ID") or ""
    uri = random_.choice([f"#{own}"] * 6 + ["", "#subject", f"#{assertion.get('ID')}", f"#xpointer(id('{own}'))", "#xpointer(/)"])
    transforms = [ENVELOPED] if random_.random() < 0.9 else []
    if random_.random() < 0.9:
        transforms.append(random_.choice(C14N))
    if random_.random() < 0.2:
        transforms.append(random_.choice([EXCLUSIVE, ENVELOPED]))
    listed = "".join(f'<ds:Transform Algorithm="{each}"/>' for each in transforms)
    reference = (
        f'<ds:Reference URI="{uri}"><ds:Transforms>{listed}</ds:Transforms><ds:DigestMethod Algorithm="{random_.choice(DIGESTS)}"/>'
        "<ds:DigestValue/></ds:Reference>"
    )
    extra = random_.choice([""] * 5 + ['<ds:Object Id="o"><x/></ds:Object>', "<ds:KeyInfo><ds:KeyName>x</ds:KeyName></ds:KeyInfo>"])
    template = etree.fromstring(
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{random_.choice(C14N)}"/>'
        f'<ds:SignatureMethod Algorithm="{random_.choice(METHODS)}"/>{reference * random_.choice([1, 1, 1, 1, 2])}</ds:SignedInfo>'
        f"<ds:SignatureValue/>{extra}</ds:Signature>"
    )
    place.insert(random_.randint(0, 1), template)
    for element in (root, assertion, subject):
        xmlsec.tree.add_ids(element, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(keys.pem("signing"), xmlsec.constants.KeyDataFormatPem, None)
    context.sign(template)
    if random_.random() < 0.2:
        # Where nothing is signed, or in white space or a comment that C14N drops: some of these stay valid.
        random_.choice(list(root.iter(etree.Element))).append(etree.Comment("x"))


@pytest.fixture(scope="module")
def binary() -> list[str]:
    """The command, as pysaml2 uses it: references into the document only, no key from the message."""
    return xmlsec1.command("--enabled-reference-uris", "empty,same-doc,local", "--enabled-key-data", "raw-x509-cert")


@pytest.fixture(scope="module")
def ask(binary: list[str], tmp_path_factory: pytest.TempPathFactory) -> Callable[[Message], list[bool | None]]:
    """What the binary says of each signature of a message, by any of the IdP's certificates.

    None: it stops at an ID that several elements bear, before it has looked at the signature.
    """
    folder = tmp_path_factory.mktemp("xmlsec1")
    # It loads the system's certificates each time; none of them matters here.
    environment = {**os.environ, "SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": str(folder)}

    def one_signature(number: int, document: Path, found: Any, certificates: Sequence[Path]) -> bool | None:
        parent = etree.QName(found.getparent()) if found.getparent() is not None else None
        known = (
            [] if parent is None else ["--id-attr:ID", f"{parent.namespace}:{parent.localname}" if parent.namespace else parent.localname]
        )
        said: bool | None = False
        for certificate in certificates:
            where = ["--node-xpath", f"(//*[local-name()='Signature' and namespace-uri()='{DS}'])[{number}]"]
            command = [*binary, *known, "--pubkey-cert-pem", str(certificate), *where, str(document)]
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=30, env=environment)
            if done.returncode == 0:
                return True
            said = None if "duplicate ID attribute" in done.stderr else said
        return said

    def all_signatures(message: Message) -> list[bool | None]:
        document = folder / f"{abs(hash((message.name, message.xml)))}.xml"
        document.write_bytes(message.xml)
        pems = []
        for number, certificate in enumerate(message.certificates):
            if certificate.pem:
                pems.append(document.with_suffix(f".{number}.pem"))
                pems[-1].write_bytes(certificate.pem)
        try:
            found = list(etree.fromstring(message.xml, etree.XMLParser(resolve_entities=False)).iter(f"{{{DS}}}Signature"))
        except etree.XMLSyntaxError:
            # Not well-formed: there is no telling how many; it is asked for the first one.
            found = [etree.SubElement(etree.Element("{urn:oasis:names:tc:SAML:2.0:protocol}Response"), f"{{{DS}}}Signature")]
        return [one_signature(number, document, each, pems) for number, each in enumerate(found, 1)]

    return all_signatures


def compare(messages: Iterator[Message], ask: Callable[[Message], list[bool | None]]) -> Counter[str]:
    tally: Counter[str] = Counter()
    wrong = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        every = list(messages)
        for message, said in zip(every, pool.map(ask, every), strict=True):
            tally["documents"] += 1
            tally["documents that we do not read"] += message.ours is None
            for number, theirs in enumerate(said):
                tally["signatures"] += 1
                ours = message.ours[number] if message.ours is not None else None
                valid = ours is not None and ours.state == "valid"
                tally["valid to both"] += bool(valid and theirs)
                tally["invalid to both"] += not valid and not theirs
                tally["only we refuse"] += bool(not valid and theirs)
                if valid and not theirs and not (theirs is None and message.duplicate_ids):
                    wrong.append((message.name, number, "valid only to us"))
                elif valid and theirs is None:
                    tally["valid to us, and the binary stops at IDs of others that are not unique"] += 1
                if theirs and not valid and not _reasoned(ours):
                    wrong.append((message.name, number, f"no reason for {ours}"))
    assert not wrong
    TALLY.update(tally)
    return tally


def _reasoned(ours: Signature | None) -> bool:
    """Is it the structure, or the algorithm, that we refuse? A document that is not read at all has its reason in Unreadable."""
    if ours is None:
        return True
    if ours.state == "malformed":
        return ours.problem is not None and bool(ours.problem.en)
    return ours.state == "refused" and (ours.algorithm not in ACCEPTED_METHODS or ours.digest not in ACCEPTED_DIGESTS)


def test_every_message_of_the_selftest(ask: Callable[[Message], list[bool | None]]) -> None:
    tally = compare(of_the_selftest(), ask)
    assert tally["valid to both"] > 40
    assert tally["only we refuse"] > 5


def test_mutated_trees_and_bytes(ask: Callable[[Message], list[bool | None]]) -> None:
    tally = compare(mutated(), ask)
    assert tally["documents"] >= TREES + BYTES
    assert tally["valid to both"] > 20


def test_oddly_signed_with_the_right_key(ask: Callable[[Message], list[bool | None]]) -> None:
    tally = compare(signed_oddly(), ask)
    assert tally["valid to both"] > 5
    assert tally["only we refuse"] > 100


def test_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print("\nbeside xmlsec1: " + ", ".join(f"{count} {what}" for what, count in TALLY.items()))


@pytest.mark.parametrize(("verdict", "noticed"), [(("valid", 1), "valid only to us"), (("invalid", None), "no reason")])
def test_the_comparison_would_notice(
    ask: Callable[[Message], list[bool | None]], monkeypatch: pytest.MonkeyPatch, verdict: tuple[str, int | None], noticed: str
) -> None:
    monkeypatch.setattr(signature, "_with_keys", lambda *_: verdict)
    with pytest.raises(AssertionError, match=noticed):
        compare(of_the_selftest(), ask)
