"""What somebody is to an organisation, in the words of eduPerson.

eduPerson 202208, 2.2.1 and 2.2.10: a closed list, and the scoped form `word@scope`. Scope begins after the first "@".
https://github.com/REFEDS/eduperson/blob/main/eduperson-202208.md (read 2026-11)
"""

from __future__ import annotations

import re

from idptest.model.rule import Words

WORDS = ("faculty", "student", "staff", "alum", "member", "affiliate", "employee", "library-walk-in")
STAFF = frozenset({"faculty", "staff", "employee"})
PUPIL = frozenset({"student"})
_NO_DOMAIN = re.compile(r"[@,;|\s]")


def fault(value: str) -> Words | None:
    """What keeps `value` from being an affiliation; None when it is one."""
    if value in WORDS:
        return None
    if value.casefold() in WORDS:
        return Words("written with capitals", "skrivet med stora bokstäver")
    return Words(f"none of {', '.join(WORDS)}", f"inget av {', '.join(WORDS)}")


def scoped_fault(value: str) -> Words | None:
    """The same for `word@scope`."""
    word, at, scope = value.partition("@")
    if not at or not scope:
        return Words("no scope after the word", "inget scope efter ordet")
    if _NO_DOMAIN.search(scope):
        return Words("what stands after @ is no domain", "det som står efter @ är ingen domän")
    return fault(word)


def word(value: str) -> str:
    """The word of an affiliation, scoped or not, in small letters."""
    return value.partition("@")[0].casefold()
