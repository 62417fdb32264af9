"""[[idp.….step]] in idptest.toml: recipes for login pages that are not understood by themselves."""

from __future__ import annotations

import re

from idptest.model.settings import LONGEST_WAIT, PLACEHOLDERS, StepSettings
from idptest.toml_lines import Table


def read_step(table: Table) -> StepSettings:
    """One recipe. ConfigurationError, with file and line, when it says neither which page it is for nor what to do there."""
    table.known("url", "title", "field", "fill", "press", "wait")
    url, title, form_field, press = (table.string(key) for key in ("url", "title", "field", "press"))
    if not (url or title or form_field):
        table.refuse(
            None,
            f"{table.name} must say which page it is for: url, title or field",
            f"{table.name} ska säga vilken sida den gäller: url, title eller field",
        )
    fill = table.table("fill")
    wait = table.number("wait", 0, 0, LONGEST_WAIT)
    if not ((fill and fill.values) or press or wait):
        table.refuse(
            None,
            f"{table.name} must say what to do: press, fill or wait",
            f"{table.name} ska säga vad som ska göras: press, fill eller wait",
        )
    return StepSettings(url, title, form_field, _fill(fill) if fill else {}, press, wait)


def _fill(table: Table) -> dict[str, str]:
    filled = {key: table.needed(key) for key in table.values}
    for key, value in filled.items():
        # A word in braces is ours; anything else is typed as it stands.
        if re.fullmatch(r"\{\w*\}", value):
            table.one_of(value, PLACEHOLDERS, key, "unknown word", "okänt ord")
        elif re.search(r"pass|pwd|lösen|losen|secret|otp|\bpin", key, re.IGNORECASE):
            table.bad(
                key,
                'holds a secret; write "{password}" or "{code}", and password_env in the account',
                'innehåller en hemlighet; skriv "{password}" eller "{code}", och password_env i kontot',
            )
    return filled
