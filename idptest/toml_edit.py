"""Values put into a TOML text that a person has written: its comments, order, line ends and all other values stay as they are."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from idptest.errors import ConfigurationError
from idptest.toml_lines import line_of, parse


def with_values(text: str, where: str, table: tuple[str, ...], values: Mapping[str, str]) -> str:
    """`text` with `values` in `table`: a key that is there gets the new value, another a line of its own.

    Raises ConfigurationError when the text is no TOML, has no such table, or has it in a shape that is better edited by hand.
    """
    for key, value in values.items():
        wanted = copy.deepcopy(parse(text, where))
        inner = _table(wanted, table)
        if inner is None:
            raise ConfigurationError(f"there is no [{'.'.join(table)}]", f"det finns inget [{'.'.join(table)}]", where=where)
        there = key in inner
        inner[key] = value
        tries = _replaced(text, table, key, value) if there else _added(text, table, inner, key, value)
        # The text that means what is wanted, and nothing else, is the right one.
        right = next((new for new in tries if _means(new, wanted)), None)
        if right is None:
            line = line_of(text, *table, key)
            raise ConfigurationError(
                f"{key} could not be put into [{'.'.join(table)}] as it is written; write it there by hand",
                f"{key} gick inte att föra in i [{'.'.join(table)}] så som den är skriven; skriv in den för hand",
                where=f"{where}:{line}",
            )
        text = right
    return text


def with_table(text: str, where: str, table: tuple[str, ...], values: Mapping[str, str]) -> str:
    """The same; where there is no such table, it comes last in the text."""
    if _table(parse(text, where), table) is None:
        end = "\r\n" if "\r\n" in text else "\n"
        name = ".".join(part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else json.dumps(part, ensure_ascii=False) for part in table)
        head = text if not text or text.endswith("\n") else text + end
        new = head + end * bool(head) + f"[{name}]" + end
        if _table(_parsed(new), table) is None:  # such as where the tables around it are written on one line
            raise ConfigurationError(
                f"[{name}] could not be added; write it there by hand: {'; '.join(line(*pair) for pair in values.items())}",
                f"[{name}] gick inte att lägga till; skriv in den för hand: {'; '.join(line(*pair) for pair in values.items())}",
                where=where,
            )
        text = new
    return with_values(text, where, table, values)


def _parsed(text: str) -> dict[str, Any]:
    try:
        return parse(text, "")
    except ConfigurationError:
        return {}


def line(key: str, value: str) -> str:
    """`key = "value"`, as TOML has it."""
    return f"{key} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f")


def _table(document: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any] | None:
    found: Any = document
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else None


def _replaced(text: str, table: tuple[str, ...], key: str, value: str) -> Iterator[str]:
    lines = text.split("\n")
    place = line_of(text, *table, key) - 1
    found = re.fullmatch(r"""(\s*)[^=]*?(\s*=\s*)("(?:\\.|[^"\\])*"|'[^']*')(\s*(?:#.*)?)""", lines[place])
    if found:
        before, _, name = lines[place][: found.end(2)], None, line(key, value).partition(" = ")[2]
        yield "\n".join([*lines[:place], before + name + found[4], *lines[place + 1 :]])


def _added(text: str, table: tuple[str, ...], inner: Mapping[str, Any], key: str, value: str) -> Iterator[str]:
    """After the line where the key stands as a comment, else after the table's last key, else after its header."""
    lines = text.split("\n")
    end = "\r" if lines[0].endswith("\r") else ""
    header = line_of(text, *table)
    last = max([header, *(line_of(text, *table, name) for name in inner if name != key)])
    commented = [number for number, each in enumerate(lines[header:], header + 1) if re.match(rf"\s*#\s*{key}\s*=", each)]
    # A value may be several lines long: what is put inside of it would not mean the same.
    for place in (*commented[:1], *range(last, len(lines) + 1), header):
        before, after = lines[:place], lines[place:]
        if not after and before[-1]:  # the last line of the file is not ended
            yield "\n".join([*before[:-1], before[-1] + end, line(key, value) + end, ""])
        yield "\n".join([*before, line(key, value) + end, *after])


def _means(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return parse(text, "") == wanted
    except ConfigurationError:
        return False
