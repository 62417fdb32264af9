"""Exempelstad as an OpenID provider: logging out, as services ask for it (RP-Initiated Logout 1.0). It asks first, and does what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from idptest.demo import keys, pages
from idptest.demo.op import OpClient, verified
from idptest.model.flow import HttpRequest, HttpResponse

LOGGED_OUT_URI = "https://localhost:8443/oidc/logged-out"  # where the demo's own client wants people back
_ANSWER = "svar"  # the field that the page's buttons have


@dataclass(frozen=True)
class Farewell:
    """What comes of a logout that was answered yes: whether the OP's session `ends`, and where the person goes (None: nowhere), with what."""

    ends: bool
    back_to: str | None
    parameters: Mapping[str, str]


def page(request: HttpRequest, clients: Mapping[str, OpClient], logged_in: bool) -> HttpResponse | None:
    """What is shown before anything is done: a refusal, or the question; None when it has been answered yes, or there is nobody to ask."""
    asked = _asked(request)
    target = asked.get("post_logout_redirect_uri")
    client = _client(asked, clients)
    if target is not None and (client is None or client.post_logout_redirect_uri != target):
        return pages.refusal("Fel adress", "Klientens post_logout_redirect_uri är en annan än den som är inlagd hos Exempelstad.", 400)
    answer = dict(request.form or ()).get(_ANSWER)
    if answer == "nej":
        return pages.refusal("Du är fortfarande inloggad", "Du kan stänga den här sidan.", 200)
    return pages.log_out(tuple(asked.items()), _ANSWER) if logged_in and answer is None else None


def farewell(request: HttpRequest) -> Farewell:
    """Once `page` has nothing to show: what a good OP does."""
    asked = _asked(request)
    state = {"state": asked["state"]} if "state" in asked else {}
    return Farewell(True, asked.get("post_logout_redirect_uri"), state)


def gone(leaving: Farewell, cookie: str) -> HttpResponse:
    """Back to the service, or a page that says it is done. `cookie` takes the session's away."""
    headers = (("Set-Cookie", cookie),) if leaving.ends else ()
    if leaving.back_to is None:
        return pages.page("Du är utloggad", "<h1>Du är utloggad</h1><p>Du kan stänga webbläsaren.</p>", 200, headers)
    query = f"?{urlencode(leaving.parameters)}" if leaving.parameters else ""
    return HttpResponse(302, (*headers, ("Location", leaving.back_to + query)))


def _asked(request: HttpRequest) -> dict[str, str]:
    found = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True)) | dict(request.form or ())
    return {name: value for name, value in found.items() if name != _ANSWER}


def _client(asked: Mapping[str, str], clients: Mapping[str, OpClient]) -> OpClient | None:
    """Whose ID Token it is, one of ours. Without one nobody is sent anywhere, for anybody may ask."""
    numbers = keys.private("signing").public_key().public_numbers()
    said = verified(asked.get("id_token_hint", ""), (numbers.n, numbers.e))
    audience = str(said.get("aud")) if said else None
    return clients.get(audience) if audience and asked.get("client_id", audience) == audience else None
