"""The way there: addresses and cookies."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urljoin

from idptest.demo.defect import Defect
from idptest.model.flow import HttpRequest, HttpResponse
from idptest.model.rule import Words


def _detour(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The IdP thinks that its address is http, and a proxy sends everybody back to https."""
    if request.url.startswith("http://"):
        return HttpResponse(301, (("Location", request.url.replace("http://", "https://", 1)),))

    def plain(location: str) -> str:
        return urljoin(request.url, location).replace("https://", "http://", 1)

    if response.status != 302 or not request.url.partition("?")[0].endswith("/sso"):
        return response
    return replace(response, headers=tuple((name, plain(value) if name == "Location" else value) for name, value in response.headers))


def _set_cookie(request: HttpRequest, response: HttpResponse, line: str) -> HttpResponse:
    """One more cookie, beside the one that the login itself needs."""
    first = request.url.partition("?")[0].endswith("/sso")
    return replace(response, headers=(*response.headers, ("Set-Cookie", line))) if first else response


DEFECTS: tuple[Defect, ...] = (
    Defect(
        "step-over-http",
        Words("a step of the login goes over http", "ett steg i inloggningen går över http"),
        ("transport/no-step-leads-from-https-to-http",),
        http=_detour,
    ),
    Defect(
        "cookie-without-secure",
        Words("a cookie lacks Secure", "en kaka saknar Secure"),
        ("transport/cookies-go-over-https-only",),
        http=lambda request, response: _set_cookie(request, response, "exempelstad-nod=a; Path=/; HttpOnly; SameSite=Lax"),
    ),
    Defect(
        "cookie-strict",
        Words("a cookie is held back when a service sends the user", "en kaka skickas inte när användaren kommer från en tjänst"),
        ("transport/cookies-come-back-from-a-service",),
        http=lambda request, response: _set_cookie(request, response, "exempelstad-minne=a; Path=/; Secure; HttpOnly; SameSite=Strict"),
    ),
    Defect(
        "cookie-open-to-scripts",
        Words("a cookie can be read by scripts", "en kaka kan läsas av skript"),
        ("transport/cookies-are-out-of-reach-of-scripts",),
        http=lambda request, response: _set_cookie(request, response, "exempelstad-sprak=sv; Path=/; Secure; SameSite=Lax"),
    ),
)
