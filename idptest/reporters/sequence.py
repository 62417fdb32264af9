"""The login hop by hop: as steps that are read, and as the lines and labels of a sequence diagram."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from idptest.model.flow import Exchange
from idptest.model.report import Finding, LoginReport
from idptest.reporters.page import discreet
from idptest.reporters.words_html import named, of, say

_LANES = 5
_SERVICE, _BROWSER = 0, 1  # lanes
_LABEL = 24  # characters: what fits beside a lifeline on a telephone
_TOP, _ROW, _BACK = 64, 40, 26  # pixels
_CARRIED = ("SAMLRequest", "SAMLResponse")


@dataclass(frozen=True)
class Step:
    """One hop. `carries` is a SAML message, `outcome` the HTTP status or what happened instead; `lane` counts from 0.

    `start` is the lane that asks: the browser, or by OpenID Connect the service itself, for tokens, keys and UserInfo.
    """

    number: int
    method: str
    host: str
    path: str
    carries: str | None
    outcome: str
    broken: bool
    lane: int
    findings: tuple[int, ...]
    start: int = _BROWSER


@dataclass(frozen=True)
class Lane:
    name: str
    host: str
    x: float  # per cent of the drawing's width


@dataclass(frozen=True)
class Arrow:
    """From lane to lane at height `y` (pixels), with its label; `number` is that of the step it begins."""

    y: int
    start: Lane
    end: Lane
    label: str
    number: int | None = None
    marked: bool = False
    broken: bool = False


@dataclass(frozen=True)
class Sequence:
    steps: tuple[Step, ...]
    lanes: tuple[Lane, ...]
    arrows: tuple[Arrow, ...]
    height: int
    factors: str


def sequence(report: LoginReport, numbered: tuple[tuple[int, Finding], ...], lang: str, show: bool) -> Sequence | None:
    """None when the capture does not tell. `numbered` are the findings as the report counts them."""
    flow = report.login.flow
    if not report.login.told("exchanges") or not flow.exchanges:
        return None
    where = [_address(exchange.request.url) for exchange in flow.exchanges]
    lanes, of_host = _lanes(report, [host for host, _ in where], lang)
    account = None if show else flow.account
    part = flow.oidc
    own = {part.token, part.keys, part.user_info} if part else set()
    steps = tuple(
        _step(exchange, host, discreet(path, account), _lane(report, exchange, of_host[host]), exchange.number in own, numbered, lang)
        for exchange, (host, path) in zip(flow.exchanges, where, strict=True)
    )
    arrows = tuple(_arrows(steps, lanes))
    factors = ", ".join(named("factor", factor, lang) for factor in flow.factors)
    return Sequence(steps, lanes, arrows, (arrows[-1].y if arrows else _TOP) + 24, factors)


def _address(url: str) -> tuple[str, str]:
    """Host and path, without what may tell who logs in: user, query, fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "–", ""
    return parts.netloc.rpartition("@")[2] or "–", parts.path or "/"


def _lanes(report: LoginReport, hosts: list[str], lang: str) -> tuple[tuple[Lane, ...], dict[str, int]]:
    """Service, browser, IdP, then others as they come; what there is no room for shares the last lane."""
    login = report.login
    service = _address(login.sent.acs_url)[0]
    idp = {_address(url)[0] for url in (login.sent.destination, *(endpoint.location for endpoint in login.metadata.sso)) if url}
    others = list(dict.fromkeys(host for host in hosts if host not in (*idp, service)))
    provider = of("lane-idp", report.target.protocol)
    named = [("lane-service", service), ("lane-browser", ""), (provider, next((host for host in hosts if host in idp), ""))]
    room = _LANES - len(named)
    named += [("lane-other", host) for host in (others if len(others) <= room else others[: room - 1])]
    if len(others) > room:
        named.append(("lane-others", ""))
    lanes = tuple(Lane(say(key, lang), host, round((place + 0.5) * 100 / len(named), 2)) for place, (key, host) in enumerate(named))
    of_host = {host: min(3 + number, len(named) - 1) for number, host in enumerate(others)}
    return lanes, {service: 0} | of_host | dict.fromkeys(idp, 2)


def _lane(report: LoginReport, exchange: Exchange, lane: int) -> int:
    """The service may share its host with the IdP: its own address goes before."""
    acs = report.login.sent.acs_url
    return 0 if acs and exchange.request.url.partition("?")[0] == acs.partition("?")[0] else lane


def _step(exchange: Exchange, host: str, path: str, lane: int, own: bool, numbered: tuple[tuple[int, Finding], ...], lang: str) -> Step:
    fields = exchange.request.url.partition("?")[2] + "".join(f"&{name}=" for name, _ in exchange.request.form or ())
    carries = next((name for name in _CARRIED if f"&{name}=" in f"&{fields}"), None)
    if exchange.response is not None:
        outcome = str(exchange.response.status)
    else:
        # What the network said stands in the finding.
        outcome = say("arrived" if lane == 0 and exchange.error is None else "no-answer", lang)
    here = tuple(
        number
        for number, finding in numbered
        if any(found.at and (found.at.document, found.at.number) == ("exchange", exchange.number) for found in finding.evidence)
    )
    return Step(
        exchange.number,
        exchange.request.method,
        host,
        path,
        carries,
        outcome,
        exchange.error is not None,
        lane,
        here,
        _SERVICE if own else _BROWSER,
    )


def _arrows(steps: tuple[Step, ...], lanes: tuple[Lane, ...]) -> list[Arrow]:
    y = _TOP
    arrows: list[Arrow] = []
    if any(step.carries == "SAMLRequest" for step in steps):
        arrows.append(Arrow(y, lanes[_SERVICE], lanes[_BROWSER], "AuthnRequest"))
        y += _ROW
    for step in steps:
        # A drawing has no room for a message: the list has it.
        what = "SAMLResponse" if step.lane == 0 and step.carries == "SAMLResponse" else _short(step.path)
        arrows.append(Arrow(y, lanes[step.start], lanes[step.lane], f"{step.method} {what}", step.number, bool(step.findings)))
        if step.lane != 0 or step.broken:
            y += _BACK
            arrows.append(Arrow(y, lanes[step.lane], lanes[step.start], step.outcome, broken=step.broken))
        y += _ROW
    return arrows


def _short(text: str) -> str:
    """With its end, which tells more than its beginning."""
    return text if len(text) <= _LABEL else "…" + text[1 - _LABEL :]
