"""Swedish organisation numbers: ten digits, the third at least 2, the last a check digit.

The third digit tells them from personnummer, whose month begins with 0 or 1. The check digit is made as a personnummer's is.
https://oid-base.com/get/1.3.7, https://docs.peppol.eu/poac/eu/pint-eu/trn-creditnote/rule/SE-R-013 (read 2026-11)

The number of a sole trader is that person's personnummer, and is none here: no school is run under one.
"""

from __future__ import annotations

import re

from idptest.identifiers.personnummer import luhn_digit
from idptest.model.rule import Words

# norEduOrgNIN puts the country before the number; registers of authorities write 16 before it to make it twelve digits.
_FORM = re.compile(r"(?:SE|16)?([0-9]{10})")


def fault(value: str) -> Words | None:
    """What keeps `value` from being an organisation number; None when it is one."""
    m = _FORM.fullmatch(value)
    if m is None:
        if _FORM.fullmatch(value.replace("-", "").replace(" ", "")):
            return Words("written with a hyphen or a space", "skrivet med bindestreck eller mellanslag")
        return Words("not ten digits", "inte tio siffror")
    number = m[1]
    if number[2] < "2":
        return Words("the third digit is less than 2, as in a personnummer", "tredje siffran är lägre än 2, som i ett personnummer")
    if luhn_digit(number[:9]) != int(number[9]):
        return Words("the check digit does not fit", "kontrollsiffran stämmer inte")
    return None
