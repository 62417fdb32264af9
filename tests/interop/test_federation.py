"""A federation that idptest has signed, in both directions: SimpleSAMLphp's metarefresh takes our SP out of the feed, we the IdP."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from idptest.demo import keys
from idptest.saml import aggregate
from tests.interop.simplesamlphp import SimpleSamlPhp
from tests.interop.workspace import ELEV, Workspace, failing
from tests.saml.feeds import entity

Start = Callable[..., SimpleSamlPhp]
NAME = "https://federation.exempelstad.se/"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def published(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address it is served at."""
    folder = tmp_path / "published"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def sign(workspace: Workspace, folder: Path, *options: str) -> Path:
    """The feed of what lies in `folder`, made as a user would."""
    place = workspace.place / "federation"
    key = ("--key", str(place / "key.pem"), "--certificate", str(place / "cert.pem"))
    new = () if (place / "key.pem").exists() else ("--new-key",)
    done = workspace.idptest(
        "metadata", "sign", str(folder), *key, *new, "--name", NAME, "--registrar", NAME, "--output", str(place / "feed.xml"), *options
    )
    assert done.code == 0, done.err
    return place / "feed.xml"


def members(workspace: Workspace) -> tuple[Path, str]:
    """A folder with our SP's metadata and a neighbour's; our entityID."""
    workspace.init()
    folder = workspace.place / "members"
    folder.mkdir()
    assert workspace.idptest("metadata", "sp", "--output", str(folder / "sp.xml")).code == 0
    (folder / "neighbour.xml").write_bytes(entity("grannstad.se"))
    ((listed, _),) = aggregate.entities((folder / "sp.xml").read_bytes())
    return folder, listed.entity_id


def test_simplesamlphp_takes_our_sp_out_of_the_feed_and_we_the_idp_and_a_login_works(
    workspace: Workspace, simplesamlphp_idp: Start, published: tuple[Path, str]
) -> None:
    folder, our_id = members(workspace)
    idp = workspace.use(simplesamlphp_idp(federation=True, users=(ELEV,)))
    (folder / "idp.xml").write_bytes(idp.metadata())
    feed = sign(workspace, folder)
    certificate = feed.with_name("cert.pem")
    assert idp.consume(feed, certificate) == [our_id]

    site, address = published
    (site / "feed.xml").write_bytes(feed.read_bytes())
    fingerprint = x509.load_pem_x509_certificate(certificate.read_bytes()).fingerprint(hashes.SHA256()).hex()
    workspace.edit('metadata = "idp-metadata.xml"', f'metadata = {{ from = "prov", entity_id = "{idp.metadata_url}" }}')
    with (workspace.folder / "idptest.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[feed.prov]\nurl = "{address}/feed.xml"\nenvironment = "test"\n')
    fetched = workspace.idptest("metadata", "fetch", "prov", "--pin", fingerprint)
    assert fetched.code == 0, fetched.err + fetched.out
    run, (report,) = workspace.judged("elev")
    assert run.code == 0, failing(report)


@pytest.mark.parametrize("how", ["tampered", "another key", "unsigned entity beside"])
def test_what_simplesamlphp_refuses_so_do_we(how: str, workspace: Workspace, simplesamlphp_idp: Start) -> None:
    folder, our_id = members(workspace)
    idp = simplesamlphp_idp(federation=True)
    feed = sign(workspace, folder)
    certificate = feed.with_name("cert.pem")
    assert idp.consume(feed, certificate) == [our_id]
    (idp.folder / "federation" / "saml20-sp-remote.php").unlink()
    data = feed.read_bytes()
    if how == "tampered":
        feed.write_bytes(data.replace(b"grannstad.se", b"grannstan.se", 1))
    elif how == "another key":
        certificate.write_bytes(keys.certificate("other"))
    else:
        feed.write_bytes(data.replace(b"</md:EntitiesDescriptor>", entity("evil.se").partition(b"?>")[2] + b"</md:EntitiesDescriptor>"))
    assert idp.consume(feed, certificate) == []
    assert workspace.idptest("metadata", "verify", str(feed), "--certificate", str(certificate)).code == 1
