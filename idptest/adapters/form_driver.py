"""The driver `form`: no browser, the login machine and one HTTP exchange per hop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from idptest.adapters.driver import Drive, Driven, Driver, Errand, Progress
from idptest.adapters.http_client import NetworkTrouble, Transport
from idptest.login.cookies import CookieJar
from idptest.login.machine import LoginMachine
from idptest.model.flow import Exchange


@dataclass(frozen=True)
class FormDriver(Driver):
    """`now` gives the time (aware, UTC); `progress` is told what is going on; `proven` are factors that the transport itself has shown.

    `begin` is called before each session: nothing of the one before it may be left, no open connection either.
    """

    transport: Transport
    now: Callable[[], datetime]
    progress: Progress = lambda request: None
    proven: Callable[[], tuple[str, ...]] = tuple
    sleep: Callable[[float], None] = time.sleep
    begin: Callable[[], None] = lambda: None

    @contextmanager
    def session(self) -> Iterator[Drive]:
        self.begin()
        yield partial(self._drive, CookieJar())

    def _drive(self, jar: CookieJar, errand: Errand) -> Driven:
        machine = LoginMachine(
            errand.first,
            acs_url=errand.sent.acs_url,
            credentials=errand.credentials,
            product=errand.product,
            steps=errand.steps,
            leaving=errand.leaving,
            jar=jar,
            now=self.now(),
        )
        exchanges: list[Exchange] = []
        while machine.outgoing is not None:
            if machine.wait:
                self.sleep(machine.wait)
            outgoing, at = machine.outgoing, self.now()
            self.progress(outgoing)
            try:
                response = self.transport(outgoing, machine.outgoing_body)
            except NetworkTrouble as trouble:
                exchanges.append(Exchange(len(exchanges) + 1, at, outgoing, error=str(trouble)))
                machine.lost(str(trouble))
            else:
                exchanges.append(Exchange(len(exchanges) + 1, at, outgoing, response))
                machine.receive(response, self.now())
        if machine.delivered is not None:
            exchanges.append(Exchange(len(exchanges) + 1, self.now(), machine.delivered))
        if machine.ended is None:
            raise RuntimeError("the login machine stopped without an end")
        factors = (*machine.factors, *self.proven())
        return Driven(tuple(exchanges), machine.ended, factors, machine.secrets, machine.secret_fields, machine.page)
