"""A login that was found in a file of somebody else's, and the flow that it makes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from idptest import __version__
from idptest.captured.entry import Entry, date_header
from idptest.captured.messages import Answered, Asked
from idptest.errors import InputError
from idptest.model.flow import ARRIVED, AccountFacts, Ended, Exchange, Flow, HttpResponse, IdpFacts, Sent
from idptest.model.rule import Waiver

# Fields of `sent` that only the request tells.
_OF_THE_REQUEST = ("request_id", "issued_at", "sp_entity_id", "relay_state", "contexts", "force_authn")


@dataclass(frozen=True)
class Found:
    """One login. `hops` lead from the request, when it is there, to the delivery of the answer, which is the last.

    `delivery`: the file tells how, where and when the answer was delivered; a SAML response alone does not.
    """

    answered: Answered
    asked: Asked | None
    hops: tuple[Entry, ...]
    delivery: bool = True

    @property
    def issuer(self) -> str | None:
        """The IdP, as the answer names it."""
        return self.answered.issuer

    @property
    def arrived_at(self) -> datetime | None:
        """By the browser's clock, else by that of the server it arrived at; None when the file does not tell."""
        return (self.hops[-1].at or date_header(self.hops[-1].response)) if self.delivery else None

    def flow(
        self,
        idp: IdpFacts,
        account: AccountFacts,
        rulesets: tuple[str, ...],
        *,
        own_rulesets: dict[str, str] | None = None,
        waivers: tuple[Waiver, ...] = (),
        at: datetime | None = None,
        known: bool = False,
        where: str | None = None,
    ) -> Flow:
        """The login as a flow, `at` that time: else when it arrived, else when the answer says that it was issued.

        `known`: somebody has said whose account it is; else `account` is made up for the report.

        Raises InputError, which names the file as `where`, when none of these is known.
        """
        now = at or self.arrived_at or self.answered.issued_at
        if now is None:
            raise InputError(
                "the file does not tell when the login was made: say it with --at, such as --at 2026-11-22T07:45Z",
                "filen säger inte när inloggningen gjordes: ange det med --at, till exempel --at 2026-11-22T07:45Z",
                where=where,
            )
        untold = self._untold(timed=bool(at or self.arrived_at)) + (() if known else ("account",))
        return Flow(
            protocol="saml",
            captured_at=now,
            sent=self._sent(now),
            exchanges=tuple(
                Exchange(number, hop.at or now, hop.request, hop.response and HttpResponse(hop.response.status))
                for number, hop in enumerate(self.hops, 1)
            ),
            ended=Ended(ARRIVED, len(self.hops)),
            idp=idp,
            account=account,
            rulesets=rulesets,
            own_rulesets=own_rulesets or {},
            waivers=waivers,
            untold=tuple(sorted(untold)),
            recorded_by={"name": "idptest", "version": __version__},
        )

    def _untold(self, timed: bool) -> tuple[str, ...]:
        asked = self.asked
        untold = {"seen_before"}
        if asked is None:
            untold.update(_OF_THE_REQUEST)
        else:
            untold.update(name for name in ("issued_at", "sp_entity_id") if getattr(asked, name) is None)
        if self.hops[-1].masked:
            untold.add("relay_state")
        if not self.delivery:
            untold.update(("acs_url", "exchanges"))
        if not timed:
            untold.update(("captured_at", "issued_at"))  # by its own time of issue, an answer is always issued in time
        return tuple(untold)

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
