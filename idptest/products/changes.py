"""What to change in a product, so that a rule holds: `fixes/` holds a file per product, `fixes/general.toml` what is the same everywhere.

`fixes/oidc/` holds the same for a product that is an OpenID provider: what is said of SAML there is never said of OpenID Connect.

A table is one change. `rules`: the rules that it mends, in no other table of the file. `en`, `sv`: what to do. `source`: where it is
said, as in a rule. `snippet` with `syntax`: what to write, shown as it stands. `confirmed = false`: put together from public facts,
not found in published documentation. The tables of general.toml have either words, which go before the rule's own, or something to
write, to which the rule's own words hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, NoReturn

from idptest import resources
from idptest.errors import RuleFileError
from idptest.model.rule import Words
from idptest.toml_lines import did_you_mean, line_of, parse

GENERAL = "general"
SAML, OIDC = "saml", "oidc"
SYNTAXES = ("claim-rules", "expression", "ini", "json", "php", "powershell", "xml")

_KINDS: Mapping[str, type] = {"rules": list, "en": str, "sv": str, "source": str, "confirmed": bool, "snippet": str, "syntax": str}


@dataclass(frozen=True)
class Fix:
    """What to change. `product` is the name of the product it is said of, None for what holds in general.

    `snippet` has lines to be shown as they stand, without a newline at the end, written in `syntax` (one of SYNTAXES).
    """

    words: Words
    snippet: str | None = None
    syntax: str | None = None
    source: str | None = None
    confirmed: bool = True
    product: str | None = None


@cache
def fixes_of(name: str, protocol: str = SAML) -> Mapping[str, Fix]:
    """Rule id → fix, from the file of that product, or GENERAL; empty when there is none."""
    if name not in resources.fixes(protocol):
        return MappingProxyType({})
    folder = "" if protocol == SAML else f"{protocol}/"
    text = resources.text(resources.FIXES, f"{folder}{name}.toml")
    return MappingProxyType(read(text, f"products/fixes/{folder}{name}.toml", general=name == GENERAL))


def read(text: str, where: str, *, general: bool = False) -> dict[str, Fix]:
    """Rule id → fix; `where` is the file's name. Whatever is wrongly written raises RuleFileError with its line."""
    found: dict[str, Fix] = {}
    for name, table in parse(text, where, error=RuleFileError).items():
        at = f"{where}:{line_of(text, name)}"
        if not isinstance(table, dict):
            _refuse("a fix is a table", "en åtgärd är en tabell", at)
        fix = _fix(table, at, general)
        for rule in table["rules"]:
            if rule in found:
                _refuse(f'"{rule}" has two fixes', f'"{rule}" har två åtgärder', at)
            found[rule] = fix
    return found


def _fix(table: Mapping[str, Any], at: str, general: bool) -> Fix:
    for key, value in table.items():
        if key not in _KINDS:
            near = did_you_mean(key, _KINDS)
            _refuse(f'unknown key "{key}"{near[0]}', f'okänd nyckel "{key}"{near[1]}', at)
        if not isinstance(value, _KINDS[key]):
            _refuse(f'"{key}" has the wrong type', f'"{key}" har fel typ', at)
    wordless = general and "snippet" in table and "en" not in table
    needed = {"rules", "source"} | (set() if wordless else {"en", "sv"})
    for key in sorted(needed - table.keys()):
        _refuse(f'"{key}" is missing', f'"{key}" saknas', at)
    if ("snippet" in table) != ("syntax" in table) or table.get("syntax", SYNTAXES[0]) not in SYNTAXES:
        _refuse(f"a snippet has a syntax, one of {', '.join(SYNTAXES)}", f"ett utdrag har en syntax, en av {', '.join(SYNTAXES)}", at)
    return Fix(
        Words(table.get("en", ""), table.get("sv", "")),
        snippet=table["snippet"].strip("\n") if "snippet" in table else None,
        syntax=table.get("syntax"),
        source=table["source"],
        confirmed=table.get("confirmed", True),
    )


def _refuse(en: str, sv: str, at: str) -> NoReturn:
    raise RuleFileError(en, sv, where=at)
