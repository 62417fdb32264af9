"""What is released beside the EPPN."""

from __future__ import annotations

from idptest.demo import changes
from idptest.demo.defect import Defect
from idptest.model.rule import Words

DEFECTS: tuple[Defect, ...] = (
    Defect(
        "over-release",
        Words("names, e-mail and personnummer are sent too", "namn, e-post och personnummer skickas med"),
        ("dnp/no-personnummer-is-released", "dnp/only-the-eppn-is-released"),
        answer=changes.over_release,
    ),
    Defect(
        "protected-name-released",
        Words("the name of a person with protected identity is sent", "namnet på en person med skyddade personuppgifter skickas"),
        ("attribute/none-but-the-eppn-with-protected-identity", "dnp/only-the-eppn-is-released"),
        answer=lambda answer, who, now: changes.also("displayName", f"{who.given_name} {who.surname}")(answer, who, now),
        account="skyddad",
    ),
)
