"""The parser takes no doctype, no matter how it is disguised, and always gives an answer; pointers point."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from idptest.model.rule import Pointer
from idptest.model.saml import Unreadable
from idptest.saml.xml import MAX_BYTES, NS, NotXml, Places, parse, text, timestamp
from tests.exempelstad import answer, flow

LAUGHS = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
DOCTYPES = {
    "bare": "<!DOCTYPE r>",
    "empty subset": "<!DOCTYPE r []>",
    "system": '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">',
    "public": '<!DOCTYPE r PUBLIC "-//x//y//EN" "http://127.0.0.1:9/x.dtd">',
    "internal entity": '<!DOCTYPE r [<!ENTITY e "x">]>',
    "external entity": '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/hostname">]>',
    "parameter entity": '<!DOCTYPE r [<!ENTITY % e SYSTEM "http://127.0.0.1:9/x"> %e;]>',
    "billion laughs": f"<!DOCTYPE r [{LAUGHS}]>",
    "id attribute": "<!DOCTYPE r [<!ATTLIST r name ID #IMPLIED>]>",
    "default attribute": '<!DOCTYPE r [<!ATTLIST r a CDATA "x">]>',
}
DISGUISES: dict[str, Callable[[str], bytes]] = {
    "plain": lambda xml: xml.encode(),
    "declared": lambda xml: b'<?xml version="1.0" encoding="UTF-8"?>' + xml.encode(),
    "BOM": lambda xml: b"\xef\xbb\xbf" + xml.encode(),
    "UTF-16 LE with BOM": lambda xml: b"\xff\xfe" + xml.encode("utf-16-le"),
    "UTF-16 BE with BOM": lambda xml: b"\xfe\xff" + xml.encode("utf-16-be"),
    "UTF-16 LE, declared, no BOM": lambda xml: f'<?xml version="1.0" encoding="UTF-16"?>{xml}'.encode("utf-16-le"),
    "UTF-16 BE, declared, no BOM": lambda xml: f'<?xml version="1.0" encoding="UTF-16"?>{xml}'.encode("utf-16-be"),
    "UTF-32": lambda xml: xml.encode("utf-32"),
    "UTF-32, declared": lambda xml: f'<?xml version="1.0" encoding="UTF-32"?>{xml}'.encode("utf-32"),
    "UTF-7": lambda xml: b'<?xml version="1.0" encoding="UTF-7"?>' + xml.encode("utf-7"),
    "UTF-7, disguised": lambda xml: (
        b'<?xml version="1.0" encoding="UTF-7"?>' + xml.encode().replace(b"<", b"+ADw-").replace(b"!", b"+ACE-")
    ),
    "EBCDIC": lambda xml: f'<?xml version="1.0" encoding="cp037"?>{xml}'.encode("cp037"),
    "Latin-1": lambda xml: b'<?xml version="1.0" encoding="ISO-8859-1"?>' + xml.encode(),
    "unknown encoding": lambda xml: b'<?xml version="1.0" encoding="x-exempelstad"?>' + xml.encode(),
    "after a comment": lambda xml: b"<!-- " + b"x" * 100_000 + b" -->" + xml.encode(),
    "after a processing instruction": lambda xml: b"<?x " + b"y" * 100_000 + b"?>\n\n" + xml.encode(),
    "after white space": lambda xml: b"\n" * 70_000 + xml.encode(),
}


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("doctype", DOCTYPES)
def test_a_doctype_is_refused(doctype: str, disguise: str) -> None:
    with pytest.raises(NotXml):
        parse(DISGUISES[disguise](DOCTYPES[doctype] + "<r/>"))


def test_a_refused_doctype_is_called_so() -> None:
    with pytest.raises(NotXml, match="doctype") as refused:
        parse(b"<!DOCTYPE r><r/>")
    assert "dokumenttyp" in refused.value.words.sv


@pytest.mark.parametrize("use", ["<r>&a9;</r>", '<r x="&a9;"/>', '<r><s x="&a5;"/>&a5;</r>'])
@pytest.mark.parametrize("disguise", ["plain", "UTF-16 LE with BOM"])
def test_entities_are_never_expanded(use: str, disguise: str) -> None:
    data = DISGUISES[disguise](DOCTYPES["billion laughs"] + use)
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(NotXml):
        parse(data)
    assert time.perf_counter() - start < 0.5
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \n\t",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\x00",
        b"\x00" * 1000,
        b"<",
        b"<r",
        b"<r>",
        b"<r></s>",
        b"<r/><r/>",
        b"<r/>x",
        b"x<r/>",
        b"<!-- only a comment -->",
        b"<?xml version='1.0'?>",
        b"<r>&nbsp;</r>",
        b"<r>&#0;</r>",
        b"<r>\x01</r>",
        b"<r>\xff</r>",
        b"<x:r/>",
        b"<r a='1' a='2'/>",
        b"<r xmlns:a='u' xmlns:b='u' a:x='1' b:x='2'/>",
        b"<r xmlns:xml='urn:other'/>",
        b"<!DOCTYPE html><html><body>Not metadata</body></html>",
        b"{}",
        b"PK\x03\x04",
        bytes(range(256)),
    ],
)
def test_what_is_no_xml_is_said_so_in_one_line(data: bytes) -> None:
    with pytest.raises(NotXml) as refused:
        parse(data)
    for language in ("sv", "en"):
        said = refused.value.words.text(language)
        assert said
        assert "\n" not in said
        assert len(said) < 300


def test_comments_and_instructions_before_the_root_are_no_harm() -> None:
    assert parse(b"<?xml version='1.0'?><!-- c --><?pi x?><r/><!-- after -->").tag == "r"


@pytest.mark.parametrize(
    "data",
    [b"<r>" * 10_000 + b"</r>" * 10_000, b"<r>" * 500_000, b"<r " + b"a" * 12_000_000 + b"='x'/>", b"<r>" + b"x" * 11_000_000 + b"</r>"],
    ids=["10 000 deep", "500 000 open", "a name of 12 MB", "a text of 11 MB"],
)
def test_what_is_too_deep_or_too_long_is_refused_quickly(data: bytes) -> None:
    start = time.perf_counter()
    with pytest.raises(NotXml):
        parse(data)
    assert time.perf_counter() - start < 1


def test_five_megabytes_are_read_quickly() -> None:
    start = time.perf_counter()
    assert len(parse(b"<r>" + b"<s a='1'>x</s>" * 350_000 + b"</r>")) == 350_000
    assert time.perf_counter() - start < 5


def test_more_than_a_feed_is_not_even_looked_at() -> None:
    class Huge(bytes):
        def __len__(self) -> int:
            return MAX_BYTES + 1

    with pytest.raises(NotXml, match="larger"):
        parse(Huge(b"<r/>"))


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(alphabet="<>!?&;[]DOCTYPE'\"=/ rax\u00e5\ud7ff-", max_size=60).map(str.encode)))
@example(b"<?xml version='1.0' encoding=''?><r/>")
@example(b"<?xml version='1.0' encoding='\xff'?><r/>")
@example(b"\x00<\x00r\x00/\x00>")
@example(b"<!DOCTYPE")
@example(b"<![CDATA[x]]>")
def test_anything_is_read_or_refused(data: bytes) -> None:
    try:
        root = parse(data)
    except NotXml:
        return
    assert isinstance(root.tag, str)
    assert root.getroottree().docinfo.doctype == ""


# --- pointers


def test_a_pointer_leads_back_to_its_element() -> None:
    root = parse(answer(flow("larare", "two-assertions")))
    places = Places(Pointer("exchange", "", 1))
    everything = list(root.iter(etree.Element))
    assert len(everything) > 60
    for element in everything:
        assert root.xpath(places.path(element), namespaces=NS) == [element]
    assert len({places.path(element) for element in everything}) == len(everything)


names = st.sampled_from(["{urn:oasis:names:tc:SAML:2.0:assertion}A", "{urn:oasis:names:tc:SAML:2.0:protocol}A", "A", "B"])
trees = st.recursive(names.map(lambda name: (name, [])), lambda below: st.tuples(names, st.lists(below, max_size=4)), max_leaves=15)


def _grow(plain: tuple[str, list[object]]) -> etree._Element:
    element = etree.Element(plain[0])
    for child in plain[1]:
        element.append(etree.Comment("between"))
        element.append(_grow(child))  # type: ignore[arg-type]
    return element


@given(trees)
def test_so_it_does_in_any_tree(plain: tuple[str, list[object]]) -> None:
    root = _grow(plain)
    places = Places(Pointer("metadata"))
    for element in root.iter(etree.Element):
        assert root.xpath(places.path(element), namespaces=NS) == [element]


def test_pointers_among_many_siblings_cost_little() -> None:
    root = parse(b"<r>" + b"<s/>" * 20_000 + b"</r>")
    places = Places(Pointer("metadata"))
    start = time.perf_counter()
    assert places.point(root[19_999]) == Pointer("metadata", "/r/s[20000]")
    for element in root:
        places.point(element)
    assert time.perf_counter() - start < 2


# --- values


def test_text_is_read_whole_across_comments_and_only_xmls_white_space_is_cut() -> None:
    assert text(parse(b"<r> a<!-- x -->b<s>c</s>d\n</r>")) == "abcd"
    assert text(parse("<r>\u00a0a\u2003</r>".encode())) == "\u00a0a\u2003", "another value than a"
    assert text(None) is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-22T07:45:00Z", datetime(2026, 11, 22, 7, 45, tzinfo=UTC)),
        ("2026-11-22T07:45:00.123456789Z", datetime(2026, 11, 22, 7, 45, 0, 123456, tzinfo=UTC)),
        ("2026-11-22T08:45:00+01:00", datetime(2026, 11, 22, 7, 45, tzinfo=UTC)),
        ("2026-11-22T07:45:00", datetime(2026, 11, 22, 7, 45, tzinfo=UTC)),
        (" 2026-11-22T07:45:00Z\n", datetime(2026, 11, 22, 7, 45, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9998, 12, 31, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(2, 1, 1, tzinfo=UTC)),
    ],
)
def test_instants(written: str, meant: datetime) -> None:
    element = etree.Element("r", at=written)
    assert Places(Pointer("metadata")).instant(element, "at") == meant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "x",
        "2026-13-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "nu",
        "1" * 5000,
        "2026-11-22",
        "20261122T074500Z",
        "2026-W47-7",
        "2026-11-22 07:45:00Z",
        "٢٠٢٦-11-22T07:45:00Z",
        "2026-11-22T07:45:00Å",
    ],
)
def test_what_is_no_instant_is_unreadable_and_cut(written: str) -> None:
    found = Places(Pointer("metadata")).instant(etree.Element("r", at=written), "at")
    assert isinstance(found, Unreadable)
    assert found.at == Pointer("metadata", "/r/@at")
    assert len(found.text) <= 100


def test_a_time_is_written_in_whole_seconds_of_utc() -> None:
    assert timestamp(datetime.fromisoformat("2026-11-22T08:45:00.999+01:00")) == "2026-11-22T07:45:00Z"
