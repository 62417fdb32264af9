"""Our own keys: one in use, a new one beside it during a change, and the old one that still reads what is encrypted to it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from idptest.adapters import keys
from idptest.errors import ConfigurationError, InputError


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with new keys beside those in use; made once, because RSA takes its time."""
    folder = tmp_path_factory.mktemp("keys")
    for name, owner in keys.OWNERS.items():
        keys.make(folder, name, owner)
    keys.make_new(folder)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path


def pem(folder: Path, name: str) -> bytes:
    return (folder / keys.KEYS / f"{name}.pem").read_bytes()


def test_during_a_change_the_metadata_has_both_and_both_decrypt(folder: Path) -> None:
    assert keys.certificates(folder, "sp") == [pem(folder, "sp-cert"), pem(folder, "sp-new-cert")]
    assert keys.private_keys(folder, "encryption") == (pem(folder, "encryption-key"), pem(folder, "encryption-new-key"))
    assert keys.signer(folder).key == pem(folder, "sp-key")


def test_a_second_new_key_is_refused_with_what_to_do(folder: Path) -> None:
    before = pem(folder, "sp-new-key")
    with pytest.raises(ConfigurationError, match="--switch-key"):
        keys.make_new(folder)
    assert pem(folder, "sp-new-key") == before


def test_after_the_switch_the_new_key_signs_alone_and_the_old_one_still_decrypts(folder: Path) -> None:
    new, old = pem(folder, "sp-new-key"), pem(folder, "encryption-key")
    assert len(keys.switch(folder)) == 4
    assert keys.signer(folder).key == new
    assert keys.certificates(folder, "sp") == [pem(folder, "sp-cert")]
    assert keys.private_keys(folder, "encryption") == (pem(folder, "encryption-key"), old)
    with pytest.raises(ConfigurationError, match="--new-key"):
        keys.switch(folder)


@pytest.mark.parametrize("after", range(8))
def test_a_switch_that_is_interrupted_is_done_again(folder: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    new = {name: pem(folder, f"{name}-new-key") for name in keys.OWNERS}
    rename, done = keys.rename, []

    def interrupted(path: Path, to: Path) -> None:
        if len(done) == after:
            raise KeyboardInterrupt
        done.append(path)
        rename(path, to)

    monkeypatch.setattr(keys, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        keys.switch(folder)
    monkeypatch.setattr(keys, "rename", rename)
    if list((folder / keys.KEYS).glob("*-new-*")):
        keys.switch(folder)
    for name, key in new.items():
        assert pem(folder, f"{name}-key") == key
        assert len(keys.certificates(folder, name)) == 1
        assert len(keys.private_keys(folder, name)) == 2


def test_a_key_of_another_certificate_is_refused(folder: Path) -> None:
    shutil.copy(folder / keys.KEYS / "sp-key.pem", folder / keys.KEYS / "encryption-new-key.pem")
    with pytest.raises(ConfigurationError, match=r"encryption-new-key.pem: this key does not belong to encryption-new-cert.pem"):
        keys.certificates(folder, "encryption")


def test_a_certificate_without_its_key_is_refused(folder: Path) -> None:
    (folder / keys.KEYS / "encryption-key.pem").unlink()
    with pytest.raises(ConfigurationError, match=r"encryption-key.pem: the SP's key is missing; idptest init makes one"):
        keys.certificates(folder, "encryption")


@pytest.mark.parametrize("part", ["key", "cert"])
def test_a_file_that_is_no_pem_is_refused_before_anything_is_renamed(folder: Path, part: str) -> None:
    (folder / keys.KEYS / f"sp-new-{part}.pem").write_text("hej")
    names = sorted(path.name for path in (folder / keys.KEYS).iterdir())
    with pytest.raises(ConfigurationError, match="PEM"):
        keys.switch(folder)
    assert sorted(path.name for path in (folder / keys.KEYS).iterdir()) == names


def test_a_key_that_cannot_be_read_is_refused(folder: Path) -> None:
    path = folder / keys.KEYS / "sp-key.pem"
    path.unlink()
    path.mkdir()
    with pytest.raises((ConfigurationError, InputError)):
        keys.certificates(folder, "sp")
