"""For whom an HTML report is written: which language, which zone, and whether values that identify a person are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from idptest.reporters.alike import Alike, Key
from idptest.reporters.words_html import day, in_zone, moment


@dataclass(frozen=True)
class Reader:
    """`zone` None is the zone of this machine. `place` begins every anchor of this login's part of the page.

    `anchors` are the sections of that part that evidence may lead to, by the document that it stands in.
    `shared` is what stands at the top of the page, because several accounts have it.
    """

    lang: str
    show: bool = False
    zone: tzinfo | None = UTC
    place: str = "login-1"
    anchors: frozenset[str] = frozenset()
    shared: Mapping[Key, Alike] = field(default_factory=dict)

    def moment(self, when: datetime, *, seconds: bool = False) -> str:
        return moment(when, self.lang, self.zone, seconds=seconds)

    def day(self, when: datetime) -> str:
        return day(in_zone(when, self.zone), self.lang)

    def clock(self, when: datetime, now: datetime) -> str:
        """The time of day; with the day when it is another than now's."""
        local, here = in_zone(when, self.zone), in_zone(now, self.zone)
        time = local.strftime("%H:%M:%S").replace(":", "." if self.lang == "sv" else ":")
        if local.date() == here.date():
            return time
        return f"{day(local, self.lang)} kl. {time}" if self.lang == "sv" else f"{day(local, self.lang)}, {time}"
