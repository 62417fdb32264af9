"""expected-changes.toml, text in and nouns out: what somebody means to change. Unknown keys are errors with file and line."""

from __future__ import annotations

from collections.abc import Collection

from idptest.model.history import KINDS, ExpectedChange
from idptest.toml_lines import Document, Table, parse

FILE = "expected-changes.toml"


def read(text: str, where: str = FILE, accounts: Collection[str] | None = None) -> tuple[ExpectedChange, ...]:
    """The changes that the text expects. `accounts`: the names there are; None leaves them unchecked. Raises ConfigurationError."""
    file = Table(Document(text, where), (), parse(text, where))
    file.known("change")
    return tuple(_change(table, accounts) for table in file.tables("change"))


def _change(table: Table, accounts: Collection[str] | None) -> ExpectedChange:
    table.known("what", "accounts", "to", "reason")
    what = table.needed("what")
    table.one_of(what, KINDS, "what", "there is no change", "det finns ingen ändring")
    named = table.strings("accounts") or ()
    for name in named if accounts is not None else ():
        table.one_of(name, accounts or (), "accounts", "there is no account", "det finns inget konto")
    return ExpectedChange(what, table.needed("reason"), named, table.string("to"))
