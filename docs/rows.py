"""The test cases worth having, and what covers each: docs/coverage/*.toml, read for coverage.md and for the test that none is left out.

A row holds `about`, our one-line wording, and `rules`, the ids that settle it, or `reason`, why no rule of ours can (yet), or both.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PLACE = Path(__file__).parent / "coverage"

# How many rows each catalogue has: the test cases gathered from other testers, and (SKF-) the check-able rules of Skolverket and
# Skolfederation.
NUMBERS: Mapping[str, int] = {
    **{"PRE": 9, "PROP": 5, "MD": 25, "NET": 6, "FLOW": 22, "REQ": 33, "ERR": 7, "RSP": 26, "ATT": 31, "STAB": 17, "LOA": 20, "PRIV": 4},
    **{"SLO": 7, "KEY": 5, "LOAD": 9, "SEC-X": 38},
    **{"OIDC-DISC": 5, "OIDC-FLOW": 12, "OIDC-TOK": 4, "OIDC-IDT": 4, "OIDC-UI": 2, "OIDC-CLM": 3, "OIDC-KEY": 2, "OIDC-LO": 1},
    **{"OIDC-SWE": 1, "SKF-EPPN": 21, "SKF-LOA": 12, "SKF-MD": 12, "SKF-SF": 17},
}
_TITLES = {
    "PRE": "The test set-up itself",
    "PROP": "Where the metadata is stuck",
    "MD": "The IdP's metadata",
    "NET": "Transport",
    "FLOW": "Login flows",
    "REQ": "Requests that an IdP should refuse",
    "ERR": "Error responses",
    "RSP": "The response",
    "ATT": "Attributes",
    "STAB": "Stability",
    "LOA": "Level of assurance and MFA",
    "PRIV": "Personal data",
    "SLO": "Logout",
    "KEY": "Keys",
    "LOAD": "Load",
    "SEC-X": "Mutants that our own judge must refuse",
    "OIDC-DISC": "OpenID Connect: discovery",
    "OIDC-FLOW": "OpenID Connect: flows",
    "OIDC-TOK": "OpenID Connect: token endpoint",
    "OIDC-IDT": "OpenID Connect: ID token",
    "OIDC-UI": "OpenID Connect: UserInfo",
    "OIDC-CLM": "OpenID Connect: claims",
    "OIDC-KEY": "OpenID Connect: keys",
    "OIDC-LO": "OpenID Connect: logout",
    "OIDC-SWE": "OpenID Connect: Swedish profiles",
    "SKF-EPPN": "Skolverket: EPPN",
    "SKF-LOA": "Skolverket: e-legitimation and level",
    "SKF-MD": "Skolverket: metadata and protocol",
    "SKF-SF": "Skolfederation: technical profile",
}


@dataclass(frozen=True)
class Row:
    """`rules` may be empty when `reason` says why."""

    id: str
    about: str
    rules: Sequence[str]
    reason: str | None

    @property
    def order(self) -> tuple[int, int]:
        prefix, _, number = self.id.rpartition("-")
        if self.id.startswith("SEC-X"):
            prefix, number = "SEC-X", self.id[5:]
        return list(NUMBERS).index(prefix), int(number)


def rows() -> list[Row]:
    """Every row, in the order of NUMBERS. Raises ValueError for a key that is not known, a row twice or a name of no catalogue."""
    found: dict[str, Row] = {}
    for file in sorted(PLACE.glob("*.toml")):
        for name, table in tomllib.loads(file.read_text("utf-8")).items():
            if set(table) - {"about", "rules", "reason"} or not table.get("about") or name in found:
                raise ValueError(f"{file.name}: [{name}] is there twice, lacks about or holds more than about, rules and reason")
            found[name] = Row(name, table["about"], table.get("rules", []), table.get("reason"))
    return sorted(found.values(), key=lambda row: row.order)


def expected() -> list[str]:
    """The id of every row that there should be."""
    between = {"SEC-X": ""}
    return [f"{prefix}{between.get(prefix, '-')}{number:02}" for prefix, count in NUMBERS.items() for number in range(1, count + 1)]


def page(every: Sequence[Row]) -> str:
    """coverage.md."""
    judged = sum(1 for row in every if row.rules)
    lines = [
        "<!-- Made by `make docs` from docs/coverage/*.toml. Change those, not this file. -->",
        "",
        "# What is tested, and what is not",
        "",
        f"{len(every)} test cases worth having, gathered from the federation's own documents and from other testers. {judged} are settled by rules;",
        "of the others, and of those settled in part, this page says why. The rules: [rules.en.md](rules.en.md), "
        "[rules.sv.md](rules.sv.md).",
    ]
    for prefix, title in _TITLES.items():
        chosen = [row for row in every if re.fullmatch(rf"{prefix}-?[0-9]+", row.id)]
        lines += ["", f"## {title}", "", "| row | what | settled by |", "|---|---|---|"]
        for row in chosen:
            by = ", ".join(f"[{rule}](rules.en.md#{rule})" for rule in row.rules)
            reason = "" if not row.reason else f"{'. ' if by else ''}*{row.reason.rstrip('.')}.*"
            lines.append(f"| {row.id} | {_cell(row.about)} | {by}{_cell(reason)} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
