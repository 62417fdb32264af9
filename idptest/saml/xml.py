"""The one XML parser of the house, and pointers into what it read.

A doctype is refused before anything is read: libxml2 expands internal entities in attribute values even with
`resolve_entities=False`, and a search for the bytes "<!DOCTYPE" misses UTF-16. No network, no huge trees.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from idptest.model.rule import Pointer, Words
from idptest.model.saml import Instant, Unreadable

Element = Any  # lxml's element classes carry no types

SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
MD = "urn:oasis:names:tc:SAML:2.0:metadata"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
SHIBMD = "urn:mace:shibboleth:metadata:1.0"
MDATTR = "urn:oasis:names:tc:SAML:metadata:attribute"
MDUI = "urn:oasis:names:tc:SAML:metadata:ui"
ALG = "urn:oasis:names:tc:SAML:metadata:algsupport"
REMD = "http://refeds.org/metadata"
MDRPI = "urn:oasis:names:tc:SAML:metadata:rpi"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XS = "http://www.w3.org/2001/XMLSchema"
XMLNS = "http://www.w3.org/XML/1998/namespace"
NS = {"samlp": SAMLP, "saml": SAML, "md": MD, "ds": DS, "xenc": XENC, "shibmd": SHIBMD, "mdattr": MDATTR, "mdui": MDUI}
_PREFIX = {uri: prefix for prefix, uri in NS.items()}

# What xs:dateTime allows; `fromisoformat` reads much more, such as a date alone.
_DATE_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?")
_EARLIEST, _LATEST = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
SPACE = " \t\r\n"  # XML's; a no-break space is a character like any other

MAX_BYTES = 200 * 1024 * 1024  # a federation's feed is about 100 MB at 10 000 entities
MAX_FEED = 512 * 1024 * 1024  # bytes; a feed of feeds, such as eduGAIN's, grows
_CHUNK = 64 * 1024  # bytes


class NotXml(Exception):
    """These bytes are not XML that we read; `words` says why. Caught in this package: for callers it is a fact, not an error."""

    def __init__(self, en: str, sv: str) -> None:
        self.words = Words(en, sv)
        super().__init__(en)


class _Doctype(Exception):
    pass


class _RootReached(Exception):
    pass


class _Prolog:
    """A parser target that looks at what comes before the root element, and stops there."""

    def doctype(self, name: str | None, public: str | None, system: str | None) -> None:
        raise _Doctype

    def start(self, tag: str, attributes: Any) -> None:
        raise _RootReached

    def end(self, tag: str) -> None: ...

    def close(self) -> None: ...


def _options() -> dict[str, bool]:
    return {"resolve_entities": False, "no_network": True, "load_dtd": False, "dtd_validation": False, "huge_tree": False}


# One for all: lxml looks at how a target is made each time a parser is. It is reset after each use, and locks while in use.
_PROLOG = etree.XMLParser(target=_Prolog(), **_options())


def parse(data: bytes, most: int = MAX_BYTES) -> Element:
    """The root element. `most`: how many bytes there may be. Raises NotXml."""
    _refuse(data, most)
    try:
        return etree.fromstring(data, etree.XMLParser(**_options()))
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise _syntax(problem) from None


def children(data: bytes, root_tag: str, most: int) -> Iterator[Element]:
    """The root element, then each of its children, comments too, when it is complete: a document larger than its tree could be.

    A child is gone when the next is asked for; what stands around it is in root.text and its tail. A root with another tag comes alone,
    and whole. Raises NotXml, at any time.
    """
    _refuse(data, most)
    reader = etree.XMLPullParser(events=("start",), tag=root_tag, **_options())
    root = None
    try:
        for start in range(0, len(data), _CHUNK):
            reader.feed(data[start : start + _CHUNK])
            for _, found in reader.read_events():
                if root is None and found.getparent() is None:
                    root = found
                    yield root
            while root is not None and len(root) > 1:  # the last may be growing
                yield root[0]
                del root[0]
        whole = reader.close()
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise _syntax(problem) from None
    if root is None:
        yield whole
        return
    while len(root):
        yield root[0]
        del root[0]


def _refuse(data: bytes, most: int) -> None:
    """What is not read at all: too much, nothing, or a doctype. Raises NotXml."""
    if len(data) > most:
        raise NotXml(f"it is larger than {most} bytes", f"det är större än {most} byte")
    if not data or data.isspace():
        raise NotXml("there is nothing in it", "det är tomt")
    for piece in (data[:_CHUNK], data) if len(data) > _CHUNK else (data,):  # the library would take its time with all of a feed
        try:
            etree.fromstring(piece, _PROLOG)
        except _Doctype:
            raise NotXml(
                "it has a doctype, which SAML messages never have", "det har en dokumenttyp (DTD), vilket SAML-meddelanden aldrig har"
            ) from None
        except _RootReached:
            return
        except (etree.XMLSyntaxError, ValueError) as problem:
            if piece is data:
                raise _syntax(problem) from None


def first(data: bytes, tag: str) -> Element | None:
    """The first element of that name, read no further than its end; None when there is none, or no XML up to it."""
    reader = etree.XMLPullParser(events=("end",), tag=tag, **_options())
    try:
        _refuse(data, MAX_FEED)
        for start in range(0, len(data), _CHUNK):
            reader.feed(data[start : start + _CHUNK])
            for _, found in reader.read_events():
                return found
    except (NotXml, etree.XMLSyntaxError, ValueError):
        return None
    return None


class _Read(etree.Resolver):  # type: ignore[misc]
    """Gives lxml what a schema imports, by the last part of its address."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read = read

    def resolve(self, url: str, public: str | None, context: Any) -> Any:
        return self.resolve_string(self._read(url.rpartition("/")[2]), context, base_url=url)


def schema(start: bytes, read: Callable[[str], bytes]) -> Any:
    """The XML Schema that begins in `start`; `read` gives the bytes of what it imports, by name. Ours, never a peer's."""
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Read(read))
    return etree.XMLSchema(etree.fromstring(start, parser))


def _syntax(problem: Exception) -> NotXml:
    reason = str(problem).splitlines()[0][:200] if str(problem) else "syntax error"
    return NotXml(f"it is not well-formed XML ({reason})", f"det är inte välformad XML ({reason})")


class Places:
    """Pointers into one document. Positions among siblings are counted once for each parent: a peer may send 10 000 of them."""

    def __init__(self, source: Pointer) -> None:
        self._source = source
        self._steps: dict[Element, str] = {}

    def mount(self, root: Element, element: Element) -> None:
        """From now on `root`, of another document, stands where `element` of this one does."""
        self._steps[root] = self.path(element)[1:]

    def path(self, element: Element) -> str:
        """An XPath with the customary prefixes: /samlp:Response/saml:Assertion[2]. Positions only where there are several.

        An element of any other namespace bears its local name alone, for people to read.
        """
        steps: list[str] = []
        while element is not None:
            if element not in self._steps:
                self._count(element)
            steps.append(self._steps[element])
            element = element.getparent()
        return "/" + "/".join(reversed(steps))

    def _count(self, element: Element) -> None:
        parent = element.getparent()
        siblings = [element] if parent is None else list(parent.iterchildren(etree.Element))
        total: dict[str, int] = {}
        for sibling in siblings if len(siblings) > 1 else ():
            total[sibling.tag] = total.get(sibling.tag, 0) + 1
        seen: dict[str, int] = {}
        for sibling in siblings:
            tag = sibling.tag
            uri, _, local = tag[1:].rpartition("}") if tag[0] == "{" else ("", "", tag)
            step = f"{_PREFIX[uri]}:{local}" if uri in _PREFIX else local
            seen[tag] = seen.get(tag, 0) + 1
            self._steps[sibling] = f"{step}[{seen[tag]}]" if total.get(tag, 1) > 1 else step

    def point(self, element: Element) -> Pointer:
        return Pointer(self._source.document, self.path(element), self._source.number)

    def parts(self, *elements: Element) -> Mapping[str, Pointer]:
        """Where the first descendant of each local name stands; looked up when somebody asks, which is when something failed."""
        return _Parts(elements, self)

    def instant(self, element: Element, attribute: str) -> Instant:
        """An xs:dateTime in UTC. SAML Core 1.3.3 wants "Z"; an offset is read, a missing zone is taken as UTC.

        The ends of the calendar are moved in by a year, so that rules can add a clock skew to any of them.
        """
        raw = element.get(attribute)
        if raw is None:
            return None
        try:
            return date_time(raw)
        except ValueError:
            at = Pointer(self._source.document, f"{self.path(element)}/@{attribute}", self._source.number)
            return Unreadable(at, raw[:100], Words("it is no date and time", "det är ingen tidpunkt"))


def date_time(raw: str) -> datetime:
    """An xs:dateTime in UTC, as `Places.instant` reads it. Raises ValueError."""
    if not _DATE_TIME.fullmatch(raw.strip(SPACE)):
        raise ValueError
    value = datetime.fromisoformat(raw.strip(SPACE))
    try:
        return min(max((value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC), _EARLIEST), _LATEST)
    except OverflowError:
        raise ValueError from None


class _Parts(Mapping[str, Pointer]):
    """Looked up in the tree when somebody asks: the first descendant of that local name, whatever its namespace."""

    def __init__(self, elements: Sequence[Element], places: Places) -> None:
        self._elements, self._places = elements, places

    def __getitem__(self, name: str) -> Pointer:
        for element in self._elements:
            found = next(element.iterdescendants(f"{{*}}{name}"), None)
            if found is not None:
                return self._places.point(found)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        names = (etree.QName(child).localname for element in self._elements for child in element.iterdescendants(etree.Element))
        return iter(dict.fromkeys(names))

    def __len__(self) -> int:
        return sum(1 for _ in self)


# What is verified, decrypted or judged one by one, and how many of them together are still a login: a flood would make a flood of findings.
_SUBJECTS = (
    *(f"{{{SAML}}}{name}" for name in ("Assertion", "EncryptedAssertion", "SubjectConfirmation", "AuthnStatement", "Attribute")),
    f"{{{DS}}}Signature",
    f"{{{XENC}}}EncryptedKey",
)
MOST, MOST_ELEMENTS, MOST_ATTRIBUTES = 100, 200_000, 100
_ELEMENTS = etree.XPath("count(//*)")
_MANY_ATTRIBUTES = etree.XPath(f"boolean(//*[@*[{MOST_ATTRIBUTES + 1}]])")


def crowded(*roots: Element) -> Words | None:
    """Why judging these documents would take long; None when it would not. Nobody sends such a response by mistake."""
    if sum(1 for root in roots for _ in root.iter(*_SUBJECTS)) > MOST:
        return Words(
            f"it holds more than {MOST} assertions, statements, signatures and attributes",
            f"det innehåller mer än {MOST} intyg, utsagor, signaturer och attribut",
        )
    if sum(_ELEMENTS(root) for root in roots) > MOST_ELEMENTS:
        return Words(f"it holds more than {MOST_ELEMENTS} elements", f"det innehåller mer än {MOST_ELEMENTS} element")
    if any(_MANY_ATTRIBUTES(root) for root in roots):
        return Words(f"an element has more than {MOST_ATTRIBUTES} attributes", f"ett element har mer än {MOST_ATTRIBUTES} attribut")
    return None


def string(element: Element) -> str:
    """The string value as signed: all text below, without comments (exclusive C14N drops them)."""
    return str(element.xpath("string()")) if len(element) else element.text or ""


def text(element: Element | None) -> str | None:
    """The string value, with XML's white space at the ends cut."""
    return None if element is None else string(element).strip(SPACE)


def timestamp(moment: datetime) -> str:
    """A UTC time as SAML writes it, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
