"""OpenID Connect: logging out. Each shows only when our client asks for a logout after the login."""

from __future__ import annotations

from idptest.demo import op_changes as changes
from idptest.demo import pages
from idptest.demo.defect import Defect
from idptest.demo.op_logout import LOGGED_OUT_URI
from idptest.model.flow import HttpRequest, HttpResponse
from idptest.model.rule import Words

LOG_OUT = {"post_logout_redirect_uri": LOGGED_OUT_URI}


def _out(name: str, about: Words, rule: str, **changed: object) -> Defect:
    return Defect(f"oidc-{name}", about, (f"oidc-logout/{rule}",), protocol="oidc", asks=LOG_OUT, **changed)  # type: ignore[arg-type]


def _page_for_nobody(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    return pages.password() if "prompt=none" in request.url else response


DEFECTS: tuple[Defect, ...] = (
    _out(
        "logout-stays-logged-in",
        Words("the person is still logged in after the logout", "personen är fortfarande inloggad efter utloggningen"),
        "nobody-is-logged-in-afterwards",
        op_farewell=changes.farewell(ends=False),
    ),
    _out(
        "logout-loses-state",
        Words("state does not come back after the logout", "state kommer inte tillbaka efter utloggningen"),
        "state-comes-back",
        op_farewell=changes.farewell(parameters={}),
    ),
    _out(
        "logout-stays-there",
        Words("the logout ends at a page of the OP's own", "utloggningen tar slut på en sida hos OP:n"),
        "brings-the-person-back",
        op_farewell=changes.farewell(back_to=None),
    ),
    _out(
        "prompt-none-shows-page",
        Words("the OP shows a page although none may be shown", "OP:n visar en sida fast ingen får visas"),
        "shows-no-page-when-none-may-be-shown",
        http=_page_for_nobody,
    ),
)
