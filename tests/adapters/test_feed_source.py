"""An IdP's metadata out of a federation's feed: `metadata = { from = "<feed>", entity_id = "…" }`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from idptest.adapters import clock, store
from idptest.adapters.sources import idp_metadata
from idptest.adapters.targets import client_of
from idptest.demo import keys
from idptest.errors import IdptestError
from idptest.model.settings import IdpSettings
from idptest.saml.metadata import read_idp
from tests.feed_server import EXEMPELSTAD, NOW, TJANST, Answer, Federation, federation, signed, unsigned

SP = '[sp]\nentity_id = "https://idptest.exempelstad.se/sp"\nbase_url = "https://localhost:8443"\n'


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Federation]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    (tmp_path / "fed.pem").write_bytes(keys.certificate("signing"))
    with federation() as running:
        yield running


def metadata(
    folder: Path, server: Federation, entity_id: str | None = EXEMPELSTAD, feed: str = "prov", *, pinned: bool = True
) -> tuple[str, bytes]:
    named = f', entity_id = "{entity_id}"' if entity_id else ""
    certificate = 'certificate = "fed.pem"\n' * pinned
    text = f'{SP}[idp.x]\nmetadata = {{ from = "{feed}"{named} }}\n[feed.prov]\nurl = "{server.url}"\ntimeout = 2\n{certificate}'
    (folder / "idptest.toml").write_text(text, encoding="utf-8")
    idp: IdpSettings = store.settings(folder).idps["x"]
    return idp_metadata(idp, folder, client_of(idp, folder))


def said(folder: Path, server: Federation, *words: str, pinned: bool = True) -> str:
    with pytest.raises(IdptestError) as caught:
        metadata(folder, server, *words, pinned=pinned)
    assert "\n" not in caught.value.line("sv") + caught.value.line("en")
    return caught.value.line("sv")


def test_it_is_fetched_verified_and_cut_out_once(tmp_path: Path, server: Federation) -> None:
    entity_id, data = metadata(tmp_path, server)
    assert entity_id == read_idp(data).entity_id == EXEMPELSTAD
    assert b"ankarvik" not in data
    assert metadata(tmp_path, server) == (entity_id, data)
    assert len(server.asked) == 1


def test_a_copy_that_is_not_fresh_is_renewed(tmp_path: Path, server: Federation, monkeypatch: pytest.MonkeyPatch) -> None:
    metadata(tmp_path, server)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=2))
    metadata(tmp_path, server)
    assert len(server.asked) == 2


def test_a_source_that_is_away_does_no_harm_while_the_copy_is_in_force(
    tmp_path: Path, server: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = metadata(tmp_path, server)
    server.gives(Answer(503))
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=6))
    assert metadata(tmp_path, server) == before
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=8))
    assert "prov: flödet gick inte att hämta" in said(tmp_path, server)


def test_every_failure_is_one_line(tmp_path: Path, server: Federation) -> None:
    assert "inte godkänd än" in said(tmp_path, server, pinned=False)
    server.gives(Answer(503))
    assert "prov: flödet gick inte att hämta: " in said(tmp_path, server)
    server.gives(signed(unsigned(), "other"))
    assert "prov: flödet är inte som det ska" in said(tmp_path, server)
    server.gives(signed(unsigned()))
    assert f'närmast är "{EXEMPELSTAD}"' in said(tmp_path, server, EXEMPELSTAD[:-1])
    assert "det finns ingen IdP i den här metadatan" in said(tmp_path, server, TJANST)
    assert "entity_id" in said(tmp_path, server, "")
    assert 'menade du "prov"' in said(tmp_path, server, EXEMPELSTAD, "prow")
    assert "ingen publicerad adress" in said(tmp_path, server, EXEMPELSTAD, "fidus")
