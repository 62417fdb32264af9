"""The logout that follows a login by OpenID Connect, in the same browser: the person is logged out, then we ask whether anybody still is in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from idptest.adapters import oidc_errand
from idptest.adapters.driver import Drive, Driven, Errand
from idptest.adapters.oidc_errand import OidcErrand
from idptest.login.credentials import Credentials
from idptest.login.plan import Ask
from idptest.login.redaction_tokens import ID_TOKEN, conceal_end, conceal_tokens
from idptest.model.flow import ARRIVED, Ended, LogoutPart, OidcPart
from idptest.oidc import rp
from idptest.oidc.json_text import read_object


@dataclass(frozen=True)
class Leaving:
    """`login` is the errand as it was, `metadata` the discovery document. `drive` None: the browser is gone, or not ours."""

    login: OidcErrand
    errand: Errand
    metadata: bytes
    drive: Drive | None

    def follow(self, driven: Driven, part: OidcPart, now: Callable[[], datetime], new_id: Callable[[], str]) -> tuple[Driven, OidcPart]:
        """What happened, with the logout after it. Nobody logs out who is not asked to, or was not logged in.

        The ID Token is where the OP gave it; of what comes after that it is taken out, for it stands in addresses and pages.
        """
        party = self.login.party
        if party.client.post_logout_redirect_uri is None:
            return driven, part
        asked = LogoutPart(party.client.post_logout_redirect_uri, new_id())
        address, token = self.login.address("end_session_endpoint"), _id_token(driven, part)
        if address is None or token is None or self.drive is None:
            return driven, replace(part, logout=asked)
        nobody = replace(self.errand, credentials=Credentials())
        out = replace(
            nobody,
            first=rp.end_session_request(party.client, address, token, asked.state),
            sent=replace(self.errand.sent, acs_url=asked.uri),
            leaving=True,
        )
        driven, ended = _after(driven, self.drive(out), token)
        knock = oidc_errand.errand(party, self.metadata, Ask((), force_authn=False), now(), new_id, passive=True)
        driven, again = _after(driven, self.drive(replace(nobody, first=knock.request, sent=knock.sent)), token)
        return driven, replace(part, logout=replace(asked, ended=ended, again=again))


def _after(driven: Driven, then: Driven, token: str) -> tuple[Driven, Ended]:
    """Both as one, the exchanges counted on, and how the later one ended."""
    before = len(driven.exchanges)
    later = (replace(conceal_tokens(each, (token,), ID_TOKEN), number=before + each.number) for each in then.exchanges)
    ended = conceal_end(replace(then.ended, exchange=before + then.ended.exchange), token)
    joined = replace(
        driven,
        exchanges=(*driven.exchanges, *later),
        secrets=(*driven.secrets, *then.secrets),
        secret_fields=driven.secret_fields | then.secret_fields,
    )
    return joined, ended


def _id_token(driven: Driven, part: OidcPart) -> str | None:
    """The ID Token that was given in this login."""
    answered = driven.exchanges[part.token - 1].response if part.token and driven.ended.how == ARRIVED else None
    found = read_object(answered.body)[0].get("id_token") if answered else None
    return found if isinstance(found, str) and found.isascii() and found else None
