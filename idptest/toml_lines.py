"""TOML with line numbers: tomllib gives none, so a small scan of table headers and keys supplies them.

For idptest.toml and for rulesets: whatever is wrong is said in one line, with file and line, in both languages.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

from idptest.errors import ConfigurationError, IdptestError
from idptest.model.rule import Words

FILE = "idptest.toml"
Path = tuple[str | int, ...]


def parse(text: str, where: str, *, error: type[IdptestError] = ConfigurationError) -> dict[str, Any]:
    """The document as tomllib reads it. What tomllib refuses raises `error` with file:line; `where` is the file."""
    try:
        return tomllib.loads(_without_mark(text))
    except RecursionError:
        raise error("brackets are nested too deeply", "hakparenteser är nästlade för djupt", where=f"{where}:1") from None
    except (ValueError, OverflowError) as trouble:
        # ValueError also comes bare: an integer of thousands of digits. Its text is not shown when it is unknown: it may quote the file.
        said = str(trouble)
        seen = re.search(r"\(at line (\d+), column \d+\)", said)
        line = int(seen[1]) if seen else len(text.rstrip().splitlines()) or 1
        en, sv = next(((en, sv) for pattern, en, sv in _ADVICE if re.search(pattern, said)), _UNKNOWN)
        raise error(f"not valid TOML: {en}", f"inte giltig TOML: {sv}", where=f"{where}:{line}") from None


def line_of(text: str, *path: str | int) -> int:
    """The line, from 1, of a table or key: `line_of(text, "waiver", 0, "until")`.

    Falls back to the nearest table or key that encloses it, then to 1. Never raises.
    """
    lines = _lines(_without_mark(text))
    return next((lines[path[:length]] for length in range(len(path), 0, -1) if path[:length] in lines), 1)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, or None. Case, hyphens and underscores count for nothing."""
    import difflib  # only who has misspelt needs it

    plain = {_plain(name): name for name in reversed(list(known))}
    close = difflib.get_close_matches(_plain(word), plain, n=1, cutoff=0.6)
    return plain[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> tuple[str, str]:
    """The end of a sentence about an unknown word, in English and Swedish: the nearest known word, or all when they are few."""
    names = list(known)
    if close := nearest(word, names):
        return f'; did you mean "{close}"?', f'; menade du "{close}"?'
    if not 0 < len(names) <= 20:
        return "", ""
    return f"; known: {', '.join(names)}", f"; kända: {', '.join(names)}"


@dataclass(frozen=True)
class Document:
    """A parsed file: its text, its name for messages, and the kind of exception that its faults raise."""

    text: str
    where: str
    error: type[IdptestError] = ConfigurationError

    def refuse(self, en: str, sv: str, *path: str | int) -> NoReturn:
        """Raise, with the line of what stands at `path`."""
        raise self.error(en, sv, where=f"{self.where}:{line_of(self.text, *path)}")


@dataclass(frozen=True)
class Table:
    """One table of the file, read by type. A value of another type, or a key not in `known`, is refused."""

    document: Document
    path: Path
    values: Mapping[str, Any]

    @property
    def name(self) -> str:
        """As its header is written: `[account.larare]`, `[[waiver]]`; empty for the file itself."""
        keys = [key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{key}"' for key in self.path if isinstance(key, str)]
        dotted = ".".join(keys)
        if self.path and isinstance(self.path[-1], int):
            return f"[[{dotted}]]"
        return f"[{dotted}]" if keys else ""

    def known(self, *names: str) -> None:
        """Refuse the first key that is none of these."""
        for key, value in self.values.items():
            if key in names:
                continue
            end = did_you_mean(key, names)
            if self.path or not isinstance(value, (dict, list)):
                self.refuse(key, f'unknown key "{key}"{self._in("in")}{end[0]}', f'okänd nyckel "{key}"{self._in("i")}{end[1]}')
            self.refuse(key, f"unknown table [{key}]{end[0]}", f"okänd tabell [{key}]{end[1]}")

    def refuse(self, key: str | None, en: str, sv: str) -> NoReturn:
        """Raise, with the line of the key (None: of the table)."""
        self.document.refuse(en, sv, *self.path, *([] if key is None else [key]))

    def bad(self, key: str, en: str, sv: str) -> NoReturn:
        """Raise `"key" in [table] en`. Values are not shown: they may be personal or secret, and the line says where they stand."""
        self.refuse(key, f'"{key}"{self._in("in")} {en}', f'"{key}"{self._in("i")} {sv}')

    def one_of(self, word: str, known: Iterable[str], key: str, en: str, sv: str) -> None:
        """Refuse a word that is not known, naming the nearest that is: `en "word" in [table]; did you mean "…"?`."""
        names = list(known)
        if word not in names:
            end = did_you_mean(word, names)
            self.refuse(key, f'{en} "{word}"{self._in("in")}{end[0]}', f'{sv} "{word}"{self._in("i")}{end[1]}')

    def string(self, key: str) -> str | None:
        value = self._value(key, lambda value: isinstance(value, str), "must be text in quotes", "ska vara text inom citattecken")
        if value is not None and not value.strip():
            self.bad(key, "is empty; take the line away or give a value", "är tom; ta bort raden eller ange ett värde")
        return None if value is None else str(value)

    def needed(self, key: str) -> str:
        """A text that must be there."""
        value = self.string(key)
        if value is None:
            self.refuse(None, f'"{key}" is missing{self._in("in")}', f'"{key}" saknas{self._in("i")}')
        return value

    def words(self, key: str) -> Words | None:
        """A text for both languages, or a table { sv = "…", en = "…" }."""
        both = self.table(key) if isinstance(self.values.get(key), dict) else None
        if both is None:
            text = self.string(key)
            return None if text is None else Words(text, text)
        both.known("sv", "en")
        return Words(both.needed("en"), both.needed("sv"))

    def choice(self, key: str, names: tuple[str, ...], default: str | None = None) -> str:
        """One of a closed list; without a default it must be there."""
        value = self.needed(key) if default is None else self.string(key) or default
        if value not in names:
            self.refuse(
                key,
                f'unknown {key} "{value}"{self._in("in")}; choose {_listed(names, "or")}',
                f'okänt värde "{value}" för {key}{self._in("i")}; välj {_listed(names, "eller")}',
            )
        return value

    def boolean(self, key: str) -> bool:
        """False when it is not there."""
        return bool(self._value(key, lambda value: isinstance(value, bool), "must be true or false", "ska vara true eller false"))

    def number(self, key: str, default: float, low: float, high: float) -> float:
        """Within limits, inclusive; whole numbers stay whole."""
        value = self._value(key, lambda value: type(value) in (int, float), "must be a number", "ska vara ett tal")
        if value is None:
            return default
        if not low <= value <= high:
            self.bad(key, f"must be from {low:g} to {high:g}", f"ska vara från {low:g} till {high:g}")
        number: float = value
        return number

    def integer(self, key: str, default: int, low: int, high: int) -> int:
        self._value(key, lambda value: type(value) is int, "must be a whole number", "ska vara ett heltal")
        return int(self.number(key, default, low, high))

    def strings(self, key: str) -> tuple[str, ...] | None:
        """A list of texts, not empty, none of them twice."""
        value = self._value(
            key,
            lambda value: isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value),
            'must be a list of texts: ["…", "…"]',
            'ska vara en lista av texter: ["…", "…"]',
        )
        if value is None:
            return None
        if not value:
            self.bad(key, "is an empty list; take the line away or give a value", "är en tom lista; ta bort raden eller ange ett värde")
        if twice := next((item for number, item in enumerate(value) if item in value[:number]), None):
            self.bad(key, f'names "{twice}" twice', f'anger "{twice}" två gånger')
        return tuple(value)

    def table(self, key: str) -> Table | None:
        value = self._value(key, lambda value: isinstance(value, dict), "must be a table", "ska vara en tabell")
        return None if value is None else Table(self.document, (*self.path, key), value)

    def named(self, key: str) -> dict[str, Table]:
        """The tables below `[key.…]`, by name; none when it is not there."""
        outer = self.table(key)
        return {name: inner for name in outer.values if (inner := outer.table(name))} if outer else {}

    def tables(self, key: str) -> list[Table]:
        """The tables `[[key]]`, in order; none when it is not there."""
        value = self._value(
            key,
            lambda value: isinstance(value, list) and all(isinstance(item, dict) for item in value),
            "must be written with double brackets, once for each",
            "ska skrivas med dubbla hakparenteser, en gång för varje",
        )
        return [Table(self.document, (*self.path, key, number), item) for number, item in enumerate(value or [])]

    def _value(self, key: str, right: Callable[[Any], bool], en: str, sv: str) -> Any:
        value = self.values.get(key)
        if value is not None and not right(value):
            self.bad(key, en, sv)
        return value

    def _in(self, word: str) -> str:
        return f" {word} {self.name}" if self.name else ""


def _listed(names: tuple[str, ...], word: str) -> str:
    quoted = [f'"{name}"' for name in names]
    return f" {word} ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]


def _plain(word: str) -> str:
    return word.casefold().replace("-", "_")


def _without_mark(text: str) -> str:
    # Windows editors write a byte order mark; tomllib would call it an invalid statement.
    return text.removeprefix("\ufeff")


# What tomllib says → what to do. The first that matches counts. Checked against every message of tomllib 3.11.
_UNKNOWN = ("look at this line", "titta på den här raden")
_TWICE = ("a key or table is written twice", "en nyckel eller tabell står två gånger")
_ADVICE: tuple[tuple[str, str, str], ...] = (
    (
        r"Unescaped '\\'|Invalid hex value|not a Unicode scalar",
        "a backslash in double quotes starts an escape; write paths in single quotes",
        "ett omvänt snedstreck inom citattecken inleder en specialkod; skriv sökvägar inom enkla citattecken",
    ),
    (r"Unterminated string|Illegal character '\\n'|Expected \"'", "a quote is not closed", "ett citattecken saknas i slutet av en text"),
    (r"Invalid date", "there is no such date", "datumet finns inte"),
    (
        r"Invalid value",
        "a value must be text in quotes, a number, true, false, a date or a list",
        "ett värde ska vara text inom citattecken, ett tal, true, false, ett datum eller en lista",
    ),
    (
        r"Expected '=' after a key|Invalid statement|Invalid initial character",
        'a line must be a [table] or key = "value"',
        'en rad ska vara en [tabell] eller nyckel = "värde"',
    ),
    (
        r"Unclosed array",
        "a list is not closed with ], or a comma is missing",
        "en lista avslutas inte med ], eller så saknas ett kommatecken",
    ),
    (
        r"Unclosed inline table",
        "a table in { } must stand on one line and be closed with }",
        "en tabell inom { } ska stå på en rad och avslutas med }",
    ),
    (r"at the end of an? \w+ declaration", "the brackets of a [table] are not closed", "hakparentesen efter ett [tabellnamn] saknas"),
    (r"Expected newline", "something is left over at the end of the line", "det står något mer i slutet av raden"),
    (r"Cannot declare|Cannot overwrite|Cannot mutate|Cannot redefine|Duplicate inline table key", *_TWICE),
    (
        r"invalid character|Illegal character",
        "there is an invisible character that TOML does not allow",
        "här finns ett osynligt tecken som TOML inte tillåter",
    ),
)

_TOKEN = re.compile(
    r'''(?P<text>"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')'''
    r"""|(?P<comment>\#[^\n]*)|(?P<newline>\n)|(?P<open>[\[{])|(?P<close>[\]}])|(?P<equals>=)|(?P<bare>[A-Za-z0-9_-]+)|(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)


@lru_cache(maxsize=64)
def _lines(text: str) -> dict[Path, int]:
    """Every table and key of the text → its line. A table that only longer headers imply has the line of the first of them."""
    written: dict[Path, int] = {}
    implied: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for line, kind, keys in _statements(text):
        path = table if kind == "key" else ()
        for number, key in enumerate(keys, 1):
            path = (*path, key)
            if number < len(keys):
                implied.setdefault(path, line)
                if path in counts and kind != "key":
                    path = (*path, counts[path] - 1)
        if kind == "tables":
            written.setdefault(path, line)
            counts[path] = counts.get(path, 0) + 1
            path = (*path, counts[path] - 1)
        written.setdefault(path, line)
        if kind != "key":
            table = path
    return implied | written


def _statements(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """(line, "table" | "tables" | "key", the parts of the header or key) for every header and key, in order."""
    line, depth = 1, 0
    start, kind, in_value = 1, "", False
    keys: list[str] = []
    for token in _TOKEN.finditer(text):
        group, piece = token.lastgroup, token[0]
        if group == "newline" and depth <= 0:
            if kind and keys:
                yield start, kind, keys
            kind, keys, depth, in_value = "", [], 0, False
        elif group == "open":
            # Only brackets at the start of a line make a header; those of a value are merely counted.
            if not kind:
                kind, start = "table", line
            elif kind == "table" and not keys and text[token.start() - 1] == "[":
                kind = "tables"
            depth += in_value
        elif group == "close":
            depth -= in_value
            # A header is over; only a comment may follow.
            in_value = in_value or kind != "key"
        elif group == "equals":
            in_value = True
        elif group in ("bare", "text") and not in_value:
            if not kind:
                kind, start = "key", line
            keys.append(_unquoted(piece) if group == "text" else piece)
        line += piece.count("\n")
    if kind and keys:
        yield start, kind, keys


def _unquoted(piece: str) -> str:
    try:
        return str(tomllib.loads(f"key = {piece}")["key"])
    except (tomllib.TOMLDecodeError, ValueError):
        return piece
