"""The index beside a feed's copy: it answers as the feed does, and whatever happens to it, it is made anew."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from idptest.adapters import feed_index
from idptest.adapters.feed_copies import Copies
from idptest.adapters.feed_index import Builder, FeedIndex, folded, place
from idptest.demo import federation, metadata
from idptest.errors import ConfigurationError, InputError
from idptest.model.aggregate import ListedEntity
from idptest.model.feed import Copy
from idptest.saml import aggregate
from idptest.saml.metadata import read_idp
from tests.saml.feeds import NOW

OURS, NEIGHBOUR, SP = "https://idp.exempelstad.se/saml", "https://idp.aby-kommun.se/saml", "https://idptest.exempelstad.se/sp"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    data = federation.feed(NOW, metadata.to_xml(metadata.Published()), {SP: "https://localhost:8443/saml/acs"})
    path = tmp_path / "feed.xml"
    path.write_bytes(data)
    with Builder(path, digest(path)) as index:
        assert aggregate.read(data, federation.certificate(), NOW, keep=index.add).verified
        index.finish()
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_nothing(data: bytes) -> object:
    pytest.fail("the copy was read again")


def test_it_says_what_the_feed_says(copy: Path) -> None:
    feed = aggregate.read(copy.read_bytes(), federation.certificate(), NOW)
    with FeedIndex(copy, digest(copy), read_nothing) as index:  # type: ignore[arg-type]
        assert [index.entities(entity.entity_id) for entity in feed.entities] == [(entity,) for entity in feed.entities]
        assert index.entity_ids() == [entity.entity_id for entity in feed.entities]
        assert index.descriptor(OURS) == aggregate.entity(copy.read_bytes(), OURS)
        assert read_idp(index.descriptor(OURS) or b"").entity_id == OURS
        assert index.descriptor("https://nobody.example/") is None
        assert index.entities(OURS.upper()) == ()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"words": "åby"}, [NEIGHBOUR]),
        ({"words": "ABY Municipality"}, [NEIGHBOUR]),
        ({"words": "exempelstad", "role": "idp"}, [OURS]),
        ({"words": "EXEMPELSTAD"}, [OURS, SP]),
        ({"words": "exempelstad grannstad"}, []),
        ({"name": "Municipality of É", "role": "idp"}, [OURS]),
        ({"scope": "aby-kommun.se"}, [NEIGHBOUR]),
        ({"scope": "kommun.se"}, []),
        ({"words": "100%_'\""}, []),
        ({"role": "sp"}, [SP]),
    ],
)
def test_it_finds_whatever_the_case_and_the_rings(copy: Path, asked: dict[str, str], found: list[str]) -> None:
    with FeedIndex(copy, digest(copy), read_nothing) as index:  # type: ignore[arg-type]
        assert [entity.entity_id for entity in index.find(**asked)] == found  # type: ignore[arg-type]


def test_a_domain_below_a_scope_is_found_by_it(tmp_path: Path) -> None:
    entity = ListedEntity("https://a.example/", ("idp",), (), (), ("skola.exempelstad.se",), None, NOW, None, "0")
    with Builder(tmp_path / "feed.xml", "0") as index:
        index.add(entity, b"")
        index.finish()
    with FeedIndex(tmp_path / "feed.xml", "0", read_nothing) as found:  # type: ignore[arg-type]
        assert found.find(scope="Exempelstad.SE") == found.find(scope="skola.exempelstad.se") == (entity,)
        assert not found.find(scope="la.exempelstad.se")


def test_words_are_compared_without_case_and_accents() -> None:
    assert folded("  ÅÄÖ  Ért ") == "aao ert"


def _sqlite(statement: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        database = sqlite3.connect(path)
        database.execute(statement)
        database.commit()
        database.close()

    return change


def _middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:-100] = os.urandom(len(data) - 4196)
    path.write_bytes(data)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "empty": lambda path: path.write_bytes(b""),
    "no database": lambda path: path.write_bytes(b"x" * 10_000),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:5000]),
    "scribbled over": _middle,
    "another version": _sqlite("PRAGMA user_version = 99"),
    "another copy's": _sqlite("UPDATE copy SET digest = 'x'"),
    "a table less": _sqlite("DROP TABLE descriptor"),
    "another descriptor": _sqlite("UPDATE descriptor SET xml = x'3c782f3e'"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_index_is_made_anew(copy: Path, name: str) -> None:
    DAMAGE[name](place(copy))
    with FeedIndex(copy, digest(copy)) as index:
        assert index.descriptor(OURS) == aggregate.entity(copy.read_bytes(), OURS)
        assert [entity.entity_id for entity in index.find("exempelstad")] == [OURS, SP]
    with FeedIndex(copy, digest(copy), read_nothing) as index:  # type: ignore[arg-type]
        assert index.descriptor(OURS)
    assert sorted(each.name for each in copy.parent.iterdir()) == ["feed.xml", "feed.xml.index"]


def test_a_copy_that_changed_after_it_was_verified_is_not_indexed(copy: Path) -> None:
    was = digest(copy)
    copy.write_bytes(copy.read_bytes().replace(b"exempelstad.se", b"exempelstad.su"))
    place(copy).unlink()
    with FeedIndex(copy, was) as index, pytest.raises(InputError, match="fetch the feed again"):
        index.descriptor(OURS)
    copy.unlink()
    with FeedIndex(copy, was) as index, pytest.raises(InputError, match="no such file"):
        index.find("x")


def test_who_does_not_finish_leaves_nothing_and_the_index_of_a_copy_that_is_gone_goes(copy: Path) -> None:
    other = copy.with_name("other.xml")
    other.write_bytes(copy.read_bytes())
    with Builder(other, digest(other)):
        pass
    assert sorted(each.name for each in copy.parent.iterdir()) == ["feed.xml", "feed.xml.index", "other.xml"]
    copy.unlink()
    with Builder(other, digest(other)) as index:
        index.finish()
    assert sorted(each.name for each in copy.parent.iterdir()) == ["other.xml", "other.xml.index"]


def test_two_processes_at_once(copy: Path) -> None:
    place(copy).unlink()
    program = (
        "import sys; from pathlib import Path; from idptest.adapters.feed_index import FeedIndex\n"
        "for _ in range(5):\n"
        "    with FeedIndex(Path(sys.argv[1]), sys.argv[2]) as index:\n"
        "        assert len(index.find('')) == 4; index._make()\n"
    )
    command = [sys.executable, "-c", program, str(copy), digest(copy)]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [(each.communicate(timeout=60)[1], each.returncode) for each in running] == [("", 0)] * 3
    assert sorted(each.name for each in copy.parent.iterdir()) == ["feed.xml", "feed.xml.index"]


def test_a_look_up_needs_no_lxml(copy: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from idptest.adapters.feed_index import FeedIndex\n"
        f"assert FeedIndex(Path(sys.argv[1]), sys.argv[2]).descriptor('{OURS}'); assert 'lxml' not in sys.modules, 'lxml'"
    )
    subprocess.run([sys.executable, "-c", program, str(copy), digest(copy)], check=True)


def test_a_folder_that_is_no_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigurationError, match="cannot be written"), Builder(tmp_path / "file" / "feed.xml", "0"):
        pass
    assert feed_index.place(tmp_path / "a.xml").name == "a.xml.index"


def test_the_whole_look_up_imports_little(tmp_path: Path) -> None:
    """What makes `idptest metadata find` quick: nothing that parses XML, asks the network or checks a certificate."""
    copies, key = Copies(tmp_path / ".idptest" / "feeds" / "prov"), "0" * 64
    data = federation.feed(NOW, metadata.to_xml(metadata.Published()), {})
    name = hashlib.sha256(data).hexdigest()
    copies.place.mkdir(parents=True)
    copies.path(name).write_bytes(data)
    copies.keep(Copy("prov", str(copies.path(name)), "https://x.example/", name, key, NOW, NOW, NOW + timedelta(days=9000), None, 3))
    with FeedIndex(copies.path(name), name) as index:
        assert index.find()
    (tmp_path / "idptest.toml").write_text(f'[feed.prov]\nurl = "https://x.example/"\nsha256 = "{key}"\n', encoding="utf-8")
    heavy = ("lxml", "cryptography", "requests", "saml2", "idptest.model.login", "idptest.model.settings", "importlib.resources", "hashlib")
    program = (
        "import sys\n"
        "from idptest.__main__ import main\n"
        "sys.argv = ['idptest', 'metadata', 'find', 'aby', '--lang', 'en']\n"
        "try:\n    main()\n"
        "except SystemExit as ended:\n    assert not ended.code, ended.code\n"
        f"sys.exit(', '.join(each for each in {heavy} if each in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert NEIGHBOUR in done.stdout
