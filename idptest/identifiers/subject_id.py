"""The subject identifiers of OASIS, and eduPerson's unique id: `id@scope` with few letters and a length.

- subject-id, pairwise-id: SAML V2.0 Subject Identifier Attributes Profile 1.0 (CS01, 2019-01-16).
  https://docs.oasis-open.org/security/saml-subject-id-attr/v1.0/saml-subject-id-attr-v1.0.html (read 2026-11)
- eduPersonUniqueId: eduPerson 202208, 2.2.13. No hyphen: a GUID with hyphens is none.
  https://github.com/REFEDS/eduperson/blob/main/eduperson-202208.md (read 2026-11)
"""

from __future__ import annotations

import re

from idptest.model.rule import Words

_LEFT = re.compile(r"[A-Za-z0-9][A-Za-z0-9=-]{0,126}")
_SCOPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,126}")
_UNIQUE = re.compile(r"[A-Za-z0-9]{1,64}")


def fault(value: str) -> Words | None:
    """What keeps `value` from being a subject-id or a pairwise-id; None when it is one."""
    left, at, scope = value.partition("@")
    if not at:
        return _NO_SCOPE
    if not _LEFT.fullmatch(left):
        return Words(
            "before @ there may be at most 127 letters a–z, digits, = and -, the first a letter or digit",
            "före @ får det stå högst 127 tecken: bokstäver a–z, siffror, = och -, och först en bokstav eller siffra",
        )
    if not _SCOPE.fullmatch(scope):
        return Words(
            "after @ there may be at most 127 letters a–z, digits, . and -, the first a letter or digit",
            "efter @ får det stå högst 127 tecken: bokstäver a–z, siffror, . och -, och först en bokstav eller siffra",
        )
    return None


def unique_id_fault(value: str) -> Words | None:
    """The same for an eduPersonUniqueId."""
    left, at, scope = value.partition("@")
    if not at or not scope:
        return _NO_SCOPE
    if not _UNIQUE.fullmatch(left):
        return Words(
            "before @ there may be at most 64 letters a–z and digits, and no hyphens",
            "före @ får det stå högst 64 tecken: bokstäver a–z och siffror, inga bindestreck",
        )
    if len(scope) > 256 or "@" in scope:
        return Words("what stands after @ is no scope of at most 256 characters", "det som står efter @ är inget scope på högst 256 tecken")
    return None


_NO_SCOPE = Words("no scope after an @", "inget scope efter ett @")
