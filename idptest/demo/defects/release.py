"""What is released beside the EPPN."""

from __future__ import annotations

from idptest.demo import changes
from idptest.demo.defect import Defect
from idptest.model.rule import Words

DEFECTS: tuple[Defect, ...] = (
    Defect(
        "over-release",
        Words("names, e-mail and personnummer are sent too", "namn, e-post och personnummer skickas med"),
        ("dnp/only-the-eppn-is-released",),
        answer=changes.over_release,
    ),
)
