"""A login by SAML that was found in a file of somebody else's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from idptest.captured.entry import Entry
from idptest.captured.found import OF_THE_REQUEST, Found
from idptest.captured.messages import Answered, Asked
from idptest.model.flow import Sent


@dataclass(frozen=True)
class FoundSaml(Found):
    """The answer in it, and the request where it is there."""

    answered: Answered
    asked: Asked | None
    hops: tuple[Entry, ...]
    delivery: bool = True

    protocol = "saml"

    @property
    def issuer(self) -> str | None:
        return self.answered.issuer

    @property
    def issued_at(self) -> datetime | None:
        return self.answered.issued_at

    def _untold(self, timed: bool) -> set[str]:
        asked = self.asked
        untold = {"seen_before"}
        if asked is None:
            untold.update(OF_THE_REQUEST)
        else:
            untold.update(name for name in ("issued_at", "sp_entity_id") if getattr(asked, name) is None)
        if self.hops[-1].masked:
            untold.add("relay_state")
        if not self.delivery:
            untold.update(("acs_url", "exchanges"))
        if not timed:
            untold.update(("captured_at", "issued_at"))  # by its own time of issue, an answer is always issued in time
        return untold

    def _sent(self, now: datetime) -> Sent:
        # Where the request leaves it to the SP's metadata, the address that the answer was delivered to is its ACS.
        arrived = self.hops[-1].request
        delivered = (arrived.url.partition("?")[0] if arrived.method == "GET" else arrived.url) if self.delivery else ""
        if self.asked is None:
            return Sent("", self.answered.issued_at or now, "", delivered, "")
        asked = self.asked
        return Sent(
            request_id=asked.request_id,
            issued_at=asked.issued_at or self.answered.issued_at or now,
            sp_entity_id=asked.sp_entity_id or "",
            acs_url=asked.acs_url or delivered,
            destination=asked.destination,
            relay_state=None if self.hops[-1].masked else asked.relay_state,
            contexts=asked.contexts,
            comparison=asked.comparison,
            force_authn=asked.force_authn,
            binding=asked.binding,
            signed=asked.signed,
        )
