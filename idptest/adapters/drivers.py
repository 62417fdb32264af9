"""Which driver carries out the logins, as --driver and --headed say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from idptest.adapters import clock
from idptest.adapters.client_certificate import ClientCertificate
from idptest.adapters.driver import Driver, Progress, Say
from idptest.adapters.form_driver import FormDriver
from idptest.adapters.http_client import HttpClient
from idptest.model.rule import Words
from idptest.model.settings import AccountSettings, IdpSettings, SpSettings

FORM, BROWSER, SYSTEM = DRIVERS = ("form", "browser", "system")
# A person reads, fetches a phone, types a code: this many times as long as one exchange may take.
_PATIENCE = 10


@dataclass(frozen=True)
class Choice:
    """`headed` shows the browser and leaves the login to a person; `say` tells that person what to know, `progress` where it is."""

    name: str = FORM
    headed: bool = False
    progress: Progress = lambda request: None
    say: Say = lambda words: None

    def by_hand(self, account: AccountSettings) -> bool:
        """Does a person log in? Then no secret is asked for."""
        own = account.password_env is None and account.client_certificate is None
        return self.name == SYSTEM or (self.name == BROWSER and (self.headed or own))

    def driver(
        self,
        account: AccountSettings,
        idp: IdpSettings,
        sp: SpSettings,
        folder: Path,
        client: HttpClient,
        certificate: ClientCertificate | None,
    ) -> Driver:
        """Raises ConfigurationError when this computer lacks what the driver needs."""
        if self.name == FORM:
            return FormDriver(client, clock.now, self.progress, client.proven, begin=client.begin)
        if self.name == SYSTEM:
            from idptest.adapters.system import SystemDriver

            return SystemDriver(sp.base_url, folder, clock.now, self.say, patience=idp.timeout * _PATIENCE)
        from idptest.adapters.browser import BrowserDriver

        if idp.ca_file:
            self.say(
                Words(
                    f"[idp.{idp.name}] ca_file does not reach the browser: the CA must be in this computer's own store",
                    f"[idp.{idp.name}] ca_file når inte webbläsaren: CA:n måste finnas i datorns egen lista",
                )
            )
        return BrowserDriver(
            clock.now,
            by_hand=self.by_hand(account),
            timeout=idp.timeout,
            patience=idp.timeout * _PATIENCE,
            proxy=idp.proxy,
            certificate=certificate,
            progress=self.progress,
            say=self.say,
        )
