"""A login that was found in a file of somebody else's, and the flow that it makes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime

from idptest import __version__
from idptest.captured.entry import Entry, date_header
from idptest.errors import InputError
from idptest.model.flow import ARRIVED, AccountFacts, Ended, Exchange, Flow, HttpResponse, IdpFacts, OidcPart, Sent
from idptest.model.rule import Waiver

# Fields of `sent` that only the request tells.
OF_THE_REQUEST = ("request_id", "issued_at", "sp_entity_id", "relay_state", "contexts", "force_authn")


class Found(ABC):
    """One login. `hops` lead from the request, when it is there, to the delivery of the answer, which is the last.

    `delivery`: the file tells how, where and when the answer was delivered; an answer alone does not.
    """

    protocol: str
    hops: tuple[Entry, ...]
    delivery: bool

    @property
    @abstractmethod
    def issuer(self) -> str | None:
        """The IdP, as the answer names it."""

    @property
    @abstractmethod
    def issued_at(self) -> datetime | None:
        """When the answer was made, as it says itself."""

    @abstractmethod
    def _sent(self, now: datetime) -> Sent: ...

    @abstractmethod
    def _untold(self, timed: bool) -> set[str]:
        """What the file does not tell (`Flow.untold`). `timed`: something else than the answer says when it came."""

    def _part(self) -> OidcPart | None:
        """What OpenID Connect has beside."""
        return None

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
        otherwise: datetime | None = None,
        known: bool = False,
        where: str | None = None,
    ) -> Flow:
        """The login as a flow, `at` that time: else when it arrived, else when the answer says that it was issued, else `otherwise`.

        `known`: somebody has said whose account it is; else `account` is made up for the report.

        Raises InputError, which names the file as `where`, when none of these is known.
        """
        now = at or self.arrived_at or self.issued_at or otherwise
        if now is None:
            raise InputError(
                "the file does not tell when the login was made: say it with --at, such as --at 2026-11-22T07:45Z",
                "filen säger inte när inloggningen gjordes: ange det med --at, till exempel --at 2026-11-22T07:45Z",
                where=where,
            )
        untold = self._untold(timed=bool(at or self.arrived_at)) | (set() if known else {"account"})
        return Flow(
            protocol=self.protocol,
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
            oidc=self._part(),
        )
