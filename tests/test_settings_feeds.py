"""[feed.NAME] in idptest.toml, and the feeds that ship with idptest."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from idptest.errors import ConfigurationError
from idptest.feeds import fingerprint, shipped
from idptest.moa import thumbprint
from idptest.model.feed import Feed
from idptest.model.settings import MetadataSource
from idptest.settings import read

SP = '[sp]\nentity_id = "https://idptest.exempelstad.se/sp"\nbase_url = "https://localhost:8443"\n'
GUIDE = Path(__file__).parents[1] / "docs" / "guide"
X = "x" * 43


def feed(name: str, text: str) -> Feed:
    return read(f"{SP}[feed.{name}]\n{text}\n").feeds[name]


def test_every_shipped_feed_says_where_it_is_known_from_and_when() -> None:
    assert list(shipped()) == ["skolfederation", "skolfederation-trial", "fidus", "moa", "moa-trial"]
    for found in shipped().values():
        assert re.fullmatch(r"https://\S+ \(read 2026-11\)", found.source or "")
        assert found.url is None or found.url.startswith("https://fed.skolfederation.se/")
        assert (found.key is not None) == (found.format == "jws")
        assert found.sha256 is None  # no fingerprint is published
        assert ("trial" in found.name) == (found.environment == "test")
        assert len(thumbprint(found.key)) == 64 if found.key else found.remark


def test_a_shipped_feed_is_changed_and_keeps_the_rest() -> None:
    found = feed("fidus", 'url = "https://md.example.se/fidus.xml"')
    assert (found.url, found.environment, found.title) == ("https://md.example.se/fidus.xml", "production", shipped()["fidus"].title)
    assert (found.source, found.remark) == (None, None)  # they are about another address, or none
    assert feed("skolfederation-trial", "timeout = 90").source == shipped()["skolfederation-trial"].source


def test_a_fingerprint_is_read_as_people_write_it() -> None:
    for text in ("AB:" * 31 + "AB", "ab " * 32, "aB" * 32):
        assert feed("x", f'url = "https://a.se"\nsha256 = "{text}"').sha256 == "ab" * 32
    assert fingerprint("ab" * 20) is None


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x", "", '"url" is missing in [feed.x]'),
        ("x", 'url = "http://fed.example.se/f.xml"', '"url" in [feed.x] must be an https address'),
        ("x", 'url = "f.xml"', '"url" in [feed.x] must be an https address'),
        ("x", 'url = "https://anna:hemligt@fed.example.se/"', "must not hold a user name or password"),
        ("x", 'url = "https://a.se"\nsha256 = "abab"', "64 hexadecimal digits (SHA-1 has 40)"),
        ("x", 'url = "https://a.se"\nsha265 = "abab"', 'did you mean "sha256"'),
        ("x", 'url = "https://a.se"\nformat = "xml"', 'unknown format "xml"'),
        ("x", f'url = "https://a.se"\nkey = {{ kid = "1", x = "{X}", y = "{X}" }}', 'is for feeds with format = "jws"'),
        ("x", 'url = "https://a.se"\nformat = "jws"\nkey = { kid = "1", x = "a", y = "b" }', "must be a coordinate of a P-256 key"),
        ("x", 'url = "https://a.se"\nformat = "jws"\nkey = { kid = "1" }', '"x" is missing in [feed.x.key]'),
        ("x", 'url = "https://a.se"\nformat = "jws"', '"key" is missing in [feed.x]'),
        ("moa", f'sha256 = "{"ab" * 32}"', "is for SAML feeds"),
        ("x", 'url = "https://a.se"\nenvironment = "prod"', 'unknown environment "prod"'),
        ("x", 'url = "https://a.se"\nmax_mb = 0', "must be from 1 to 4000"),
        ('"../x"', 'url = "https://a.se"', "a feed's name is letters, digits"),
        ('"a.b"', 'url = "https://a.se"', "a feed's name is letters, digits"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(name: str, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        feed(name, text)
    assert said in caught.value.line("en")
    assert re.match(r"idptest\.toml:\d+: ", caught.value.line("sv"))


@pytest.mark.parametrize("page", ["feeds.md", "feeds.sv.md"])
def test_the_guide_tells_the_truth(page: str) -> None:
    text = (GUIDE / page).read_text(encoding="utf-8")
    feeds, idp = re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    found = read(f"{SP}{feeds}{idp}")
    assert found.idps["exempelstad"].metadata == MetadataSource("skolfederation-trial", "https://idp.exempelstad.se/idp")
    assert {"fidus"} < set(found.feeds) > set(shipped())
    assert all(f"`{name}`" in text for name in shipped())
