"""The EPPN: `local@scope`.

eduPerson 202208, 2.2.8: one and only one "@", the scope is the administrative domain of the identity system that made the
value, and characters that do not occur in account names are advised against.
https://github.com/REFEDS/eduperson/blob/main/eduperson-202208.md (read 2026-11)

White space and control characters are refused here although the directoryString syntax allows them: stock SP software trims
some of them and keeps others, so such a value is two values at once.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from idptest.model.rule import Words

REPLACEMENT = "\ufffd"
"""What a decoder writes where it could not read a byte."""

# Unicode categories: control, format (zero-width space, byte order mark), surrogate.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs"})

# Keycloak 26.6.1 and 26.6.2 sent this, https://github.com/keycloak/keycloak/issues/49189 (read 2026-11).
_JAVA_ARRAY = re.compile(r"\[[A-Z]@[0-9a-f]+(?:@|$)")


@dataclass(frozen=True)
class Eppn:
    """An EPPN, kept as it was written: nothing is trimmed and no letter changes case."""

    value: str
    local: str
    scope: str

    def __str__(self) -> str:
        return self.value


def parse(value: str) -> Eppn | None:
    """The two parts of an EPPN, or None when it is not one; `fault` then says why."""
    if fault(value) is not None:
        return None
    local, _, scope = value.partition("@")
    return Eppn(value, local, scope)


def fault(value: str) -> Words | None:
    """What keeps `value` from being an EPPN; None when it is one. The words never repeat the value."""
    if not value:
        return Words("the value is empty", "värdet är tomt")
    if value != value.strip():
        return Words(
            "white space or a line break before or after the value",
            "blanktecken eller radbrytning före eller efter värdet",
        )
    if REPLACEMENT in value:
        return Words(
            "replacement characters (U+FFFD): bytes were read as text and some were lost",
            "ersättningstecken (U+FFFD): binära data har lästs som text och en del har gått förlorat",
        )
    if any(unicodedata.category(c) in _INVISIBLE for c in value):
        return Words(
            "control characters or invisible characters: bytes read as text, or a value pasted from a document",
            "styrtecken eller osynliga tecken: binära data som har lästs som text, eller ett värde som har klistrats in från ett dokument",
        )
    if any(c.isspace() for c in value):
        return Words("white space inside the value", "blanktecken inne i värdet")
    return _fault_around_at(value)


def _fault_around_at(value: str) -> Words | None:
    if _JAVA_ARRAY.match(value):
        return Words(
            "a Java array was printed instead of its content; the number changes with every login",
            "ett program i Java har skrivit ut en array i stället för dess innehåll; talet ändras vid varje inloggning",
        )
    parts = value.split("@")
    if len(parts) == 1:
        return Words(
            "no @: the part that says which domain the value belongs to is missing",
            "inget @: den del som säger vilken domän värdet hör till saknas",
        )
    if len(parts) > 2:
        return Words(
            "more than one @: the scope has been added twice, typically to a UPN or an e-mail address that already had a domain",
            "fler än ett @: scope har lagts till två gånger, oftast på ett UPN eller en e-postadress som redan hade en domän",
        )
    if not parts[0]:
        return Words("nothing before @: the account's identifier is empty", "inget före @: kontots identifierare är tom")
    if not parts[1]:
        return Words("nothing after @: the scope is empty", "inget efter @: scope är tomt")
    return None
