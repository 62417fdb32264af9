"""What is not taken into use: a server on loopback that does everything wrong, a full disk, two at once. The last good copy stays."""

from __future__ import annotations

import dataclasses
import errno
import gzip
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from idptest.adapters import store
from idptest.adapters.feed_copies import Arriving
from idptest.adapters.feeds import NEW, REFUSED, UNCHANGED, UNREACHABLE, Feeds
from idptest.adapters.http_client import HttpClient
from idptest.errors import ConfigurationError, InputError
from tests.feed_server import (
    ANKARVIK,
    CLIENT,
    EXEMPELSTAD,
    NOW,
    Answer,
    Federation,
    idp,
    signed,
    sp,
    unsigned,
)


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def pieces(start: bytes, piece: bytes, times: int) -> Callable[[], Iterator[bytes]]:
    """A body that is made as it is sent."""

    def made() -> Iterator[bytes]:
        yield start
        for _ in range(times):
            yield piece

    return made


def slowly() -> Iterator[bytes]:
    yield b"<md:EntitiesDescriptor"
    time.sleep(5)


def dripping() -> Iterator[bytes]:
    while True:
        yield b" "
        time.sleep(0.05)


MB = 1024 * 1024
ZEROS = bytes(MB)
BOMB = gzip.compress(ZEROS * 40, 9)
GZIP = {"Content-Encoding": "gzip"}
FED = unsigned()
TROUBLE: dict[str, tuple[Answer | bytes, str, str]] = {
    # what the server gives, what becomes of it, and the rule that fails or what is said
    "signed by another key": (signed(FED, "other"), REFUSED, "feed-signature/is-signed-by-the-approved-key"),
    "changed on the way": (signed(FED).replace(b"Ankarviks", b"Anfarviks"), REFUSED, "feed-signature/is-signed-by-the-approved-key"),
    "unsigned": (FED, REFUSED, "feed-signature/is-signed-as-a-whole"),
    "ended": (signed(unsigned(until=NOW - timedelta(days=1))), REFUSED, "feed/has-not-ended"),
    "without end": (signed(unsigned(until=None)), REFUSED, "feed/says-until-when-it-is-valid"),
    "an entityID twice": (signed(unsigned(idp(), idp())), REFUSED, "feed/entity-ids-are-unique"),
    "an error page": (b"<html>Service unavailable</html>", REFUSED, "feed/is-metadata"),
    "cut off, and the length says so": (Answer(body=cut(signed(FED)), wrong_length=999), UNREACHABLE, "closed half-way"),
    "cut off, and nothing says so": (Answer(body=pieces(cut(signed(FED)), b"", 0)), REFUSED, "feed/is-metadata"),
    "changed while it is sent": (signed(FED)[:4000] + signed(unsigned(sp(), idp(), idp(ANKARVIK)))[4000:], REFUSED, "feed/is-metadata"),
    "nothing": (b"", REFUSED, "feed/is-metadata"),
    "2 GB of zeros": (Answer(body=pieces(b"", ZEROS, 2048)), UNREACHABLE, "more than 20 MB"),
    "2 GB of blanks": (Answer(body=pieces(b"<a>", b" " * MB, 2048)), UNREACHABLE, "more than 20 MB"),
    "a gzip bomb": (Answer(headers=GZIP, body=BOMB), UNREACHABLE, "more than 20 MB"),
    "a bomb in a bomb": (Answer(headers={"Content-Encoding": "gzip, gzip"}, body=gzip.compress(BOMB)), UNREACHABLE, "more than 20 MB"),
    "gzip that is none": (Answer(headers=GZIP, body=signed(FED)), UNREACHABLE, "127.0.0.1"),
    "gzip that is cut off": (Answer(headers=GZIP, body=gzip.compress(signed(FED))[:500]), REFUSED, "feed/is-metadata"),
    "nobody home": (Answer(404), UNREACHABLE, "HTTP 404"),
    "trouble at the source": (Answer(503, body=b"<html/>"), UNREACHABLE, "HTTP 503"),
    "unchanged, unasked": (Answer(304), UNREACHABLE, "HTTP 304"),
    "away from https": (Answer(302, {"Location": "http://fed.example.se/feed.xml"}), UNREACHABLE, "without https"),
    "to a file": (Answer(302, {"Location": "file:///etc/passwd"}), UNREACHABLE, "without https"),
    "round and round": (Answer(302, {"Location": "/feed.xml"}), UNREACHABLE, "on and on"),
    "nothing more comes": (Answer(body=slowly), UNREACHABLE, "did not answer within 2 s"),
    "a drop at a time": (Answer(body=dripping), UNREACHABLE, "did not answer within"),
}


def _patient(name: str) -> HttpClient:
    """A whole body may take ten times as long as a silence."""
    return HttpClient(timeout=0.2) if name == "a drop at a time" else CLIENT


@pytest.mark.parametrize("name", TROUBLE)
def test_the_last_good_copy_is_kept(name: str, feeds: Feeds, server: Federation) -> None:
    answer, state, said = TROUBLE[name]
    good = feeds.fetch(feeds.feed("prov"), CLIENT, NOW).copy
    server.gives(answer)
    fetched = feeds.fetch(dataclasses.replace(feeds.feed("prov"), max_mb=20), _patient(name), NOW, force=True)
    assert fetched.state == state
    if fetched.report:
        assert said in [finding.rule.id for finding in fetched.report.failures()]
    else:
        assert fetched.trouble is not None
        assert said in fetched.trouble.en
    assert fetched.copy == feeds.copy("prov") == good
    assert feeds.entity("prov", EXEMPELSTAD)
    place = feeds.copies("prov").place
    assert sorted(path.suffix for path in place.iterdir()) == [".feed", ".index", ".json", ".json"]


@pytest.mark.parametrize("name", TROUBLE)
def test_without_a_copy_nothing_is_taken_into_use(name: str, feeds: Feeds, server: Federation) -> None:
    answer, state, _ = TROUBLE[name]
    server.gives(answer)
    fetched = feeds.fetch(dataclasses.replace(feeds.feed("prov"), max_mb=20), _patient(name), NOW)
    assert (fetched.state, fetched.copy, feeds.copy("prov")) == (state, None, None)
    assert feeds.entity("prov", EXEMPELSTAD) is None


def test_a_feed_may_come_compressed(feeds: Feeds, server: Federation) -> None:
    server.gives(Answer(headers=GZIP, body=gzip.compress(signed(FED))))
    assert feeds.fetch(feeds.feed("prov"), CLIENT, NOW).state == NEW
    assert server.asked[-1]["accept-encoding"] == "gzip"


def test_a_redirect_is_followed(feeds: Feeds, server: Federation) -> None:
    server.gives(Answer(302, {"Location": "/there.xml"}, b"x" * 1000), signed(FED))
    assert feeds.fetch(feeds.feed("prov"), CLIENT, NOW).state == NEW
    assert [asked[":path"] for asked in server.asked] == ["/feed.xml", "/there.xml"]


def test_a_full_disk_is_one_line_and_the_copy_stays(feeds: Feeds, monkeypatch: pytest.MonkeyPatch) -> None:
    good = feeds.fetch(feeds.feed("prov"), CLIENT, NOW).copy

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Arriving, "add", full)
    with pytest.raises(ConfigurationError) as caught:
        feeds.fetch(feeds.feed("prov"), CLIENT, NOW, force=True)
    assert "the disk is full" in caught.value.line("en")
    assert "disken är full" in caught.value.line("sv")
    assert feeds.copy("prov") == good


def test_a_disk_that_fills_when_the_copy_is_named_leaves_the_last_one(
    feeds: Feeds, server: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = feeds.fetch(feeds.feed("prov"), CLIENT, NOW).copy
    server.gives(signed(unsigned(idp())))

    def full(*_: object, **__: object) -> None:
        raise ConfigurationError("the disk is full", "disken är full")

    monkeypatch.setattr(store, "write", full)
    with pytest.raises(ConfigurationError):
        feeds.fetch(feeds.feed("prov"), CLIENT, NOW, force=True)
    assert feeds.copy("prov") == good
    assert feeds.entity("prov", ANKARVIK)


def test_two_at_once_leave_one_whole_copy(feeds: Feeds, server: Federation) -> None:
    some = [signed(unsigned(idp(), sp(name=f"Tjänst {number}"))) for number in range(4)]
    server.gives(*(each for each in some for _ in range(3)))

    def fetch(_: int) -> str:
        return Feeds(feeds.folder).fetch(feeds.feed("prov"), HttpClient(timeout=5), NOW, force=True).state

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(fetch, range(12))) <= {NEW, UNCHANGED}
    copy = feeds.copy("prov")
    assert copy is not None
    assert feeds.copies("prov").bytes_of(copy) in some
    assert feeds.entity("prov", EXEMPELSTAD)


def test_what_a_killed_fetch_has_left_is_removed(feeds: Feeds) -> None:
    place = feeds.copies("prov").place
    place.mkdir(parents=True)
    left, new = place / ".fetch.old", place / ".fetch.new"
    left.write_bytes(b"x")
    new.write_bytes(b"x")
    os.utime(left, (0, 0))
    feeds.fetch(feeds.feed("prov"), CLIENT, NOW)
    assert (left.exists(), new.exists()) == (False, True)


def test_a_copy_that_was_changed_on_the_disk_is_not_used(feeds: Feeds) -> None:
    copy = feeds.fetch(feeds.feed("prov"), CLIENT, NOW).copy
    assert copy is not None
    Path(copy.path).write_bytes(Path(copy.path).read_bytes().replace(b"Ankarviks", b"Anfarviks"))
    assert feeds.copies("prov").bytes_of(copy) is None
    Path(copy.path + ".index").unlink()
    with pytest.raises(InputError, match="not what it was when it was verified"):
        feeds.entity("prov", EXEMPELSTAD)
    assert feeds.fetch(feeds.feed("prov"), CLIENT, NOW).state == UNCHANGED  # asked for again, though it would be fresh
    assert feeds.entity("prov", EXEMPELSTAD)


def test_the_copy_before_is_kept_and_older_ones_are_not(feeds: Feeds, server: Federation) -> None:
    for number in range(3):
        server.gives(signed(unsigned(idp(), sp(name=f"Tjänst {number}"))))
        feeds.fetch(feeds.feed("prov"), CLIENT, NOW + timedelta(hours=number), force=True)
        for path in feeds.copies("prov").place.glob("*.feed"):  # all of this takes a second; else nobody would be sure that it is nobody's
            os.utime(path, (0, 0))
    feeds.fetch(feeds.feed("prov"), CLIENT, NOW + timedelta(hours=4), force=True)
    copies = feeds.copies("prov")
    before, last = copies.before(), copies.last()
    assert before is not None
    assert last is not None
    assert b"1</mdui" in (copies.bytes_of(before) or b"")
    assert b"2</mdui" in (copies.bytes_of(last) or b"")
    assert len(list(copies.place.glob("*.feed"))) == 2
