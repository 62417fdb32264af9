"""Our verdict on feeds beside the `xmlsec1` binary's: never verified where it says invalid."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from idptest.saml import aggregate
from idptest.saml.xml import MD
from tests.saml.feeds import NOW, PINNED, signed
from tests.saml.test_aggregate_odd import ODD, SIGNED, _shape
from tests.saml.test_aggregate_wrong import WRONG

DOCUMENTS: dict[str, Callable[[], bytes]] = (
    {name: make for name, (make, _) in WRONG.items()}
    | {f"odd: {name}": lambda name=name: signed(_shape(name)) for name in ODD}  # type: ignore[misc]
    | {f"signed: {name}": lambda how=how: signed(**how) for name, (how, _) in SIGNED.items() if name != "RSA-PSS"}  # type: ignore[misc]
)


@pytest.fixture
def says(tmp_path: Path) -> Callable[[bytes], bool]:
    """Whether the binary finds the first signature below the root valid by the pinned certificate."""
    found = shutil.which("xmlsec1")
    if found is None:
        pytest.fail("no xmlsec1: apt-get install xmlsec1", pytrace=False)
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    lax = [] if version.startswith(("1.0", "1.1", "1.2")) else ["--lax-key-search"]
    certificate = tmp_path / "pinned.pem"
    certificate.write_bytes(PINNED)

    def ask(xml: bytes) -> bool:
        document = tmp_path / "feed.xml"
        document.write_bytes(xml)
        ids = ["--id-attr:ID", f"{MD}:EntitiesDescriptor", "--id-attr:ID", f"{MD}:EntityDescriptor"]
        where = "/*/*[local-name()='Signature' and namespace-uri()='http://www.w3.org/2000/09/xmldsig#']"
        command = [found, "--verify", *lax, *ids, "--pubkey-cert-pem", str(certificate), "--node-xpath", where, str(document)]
        return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0

    return ask


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_we_verify_the_binary_verifies(name: str, says: Callable[[bytes], bool]) -> None:
    xml = DOCUMENTS[name]()
    if aggregate.read(xml, PINNED, NOW).verified:
        assert says(xml)


def test_the_binary_is_asked_rightly(says: Callable[[bytes], bool]) -> None:
    """Else the other test would prove nothing."""
    assert says(signed())
    assert not says(signed().replace(b">exempelstad.se<", b">exempelstad.su<"))
    assert not says(signed(key="other"))
