"""Logins by OpenID Connect in what a browser saw: the authentication request and the answer to it. What the service asks by itself is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from idptest.captured.entry import Entry, field, fields, sensible
from idptest.captured.found import OF_THE_REQUEST, Found
from idptest.login.redaction import SECRET
from idptest.model.flow import Exchange, Flow, HttpRequest, HttpResponse, OidcPart, Pairs, Sent
from idptest.model.oidc import Members
from idptest.model.rule import Pointer
from idptest.oidc.json_text import read_object
from idptest.oidc.tokens import decoded

# What is kept of the parameters; all others stay in the file, and the value of a code or an access token with them.
_ASKED = frozenset(
    (
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "response_mode",
        "prompt",
        "max_age",
        "acr_values",
        "claims",
        "code_challenge",
        "code_challenge_method",
        "ui_locales",
    )
)
_ANSWERED = frozenset(("state", "iss", "error", "error_description", "id_token"))
_SECRET = frozenset(("code", "access_token"))
_MOST_HOPS = 100
_NOT_IN_A_BROWSER = ("seen_before", "token_answer", "user_info", "fetched")


@dataclass(frozen=True)
class FoundOpenId(Found):
    """The request's parameters, where it is there; the answer stands in the last of `hops`."""

    asked: Mapping[str, str] | None
    hops: tuple[Entry, ...]
    delivery: bool = True

    protocol = "oidc"

    @property
    def id_token(self) -> str | None:
        return field(self.hops[-1].request, "id_token")

    @property
    def claims(self) -> Members:
        """What the ID Token says, before anybody has looked at its signature."""
        parts = (self.id_token or "").split(".")
        return Members(Pointer("exchange"), read_object(decoded(parts[1]) or b"")[0] if len(parts) == 3 else {})

    @property
    def issuer(self) -> str | None:
        """The OP, as the answer names it."""
        return field(self.hops[-1].request, "iss") or self.claims.text("iss")

    @property
    def login_address(self) -> str | None:
        """Where the request went."""
        return _bare(self.hops[0].request.url) if self.asked is not None else None

    @property
    def encrypted(self) -> bool:
        return (self.id_token or "").count(".") == 4

    @property
    def issued_at(self) -> datetime | None:
        return sensible(self.claims.instant("iat"))

    def beside(self, flow: Flow, keys: bytes | None, issuer_known: bool, eppn_claim: str | None) -> Flow:
        """This flow, with what others tell of its OP. `keys`: its JWKS; `issuer_known`: it is the one that was asked."""
        part, exchanges = replace(self._part(), eppn_claim=eppn_claim), flow.exchanges
        if keys is not None:
            part = replace(part, keys=len(exchanges) + 1)
            exchanges = (*exchanges, Exchange(len(exchanges) + 1, flow.captured_at, HttpRequest("GET", ""), HttpResponse(200, (), keys)))
        there = (("keys", keys is not None), ("discovery", flow.idp.metadata), ("issuer", issuer_known))
        untold = {*flow.untold, *(name for name, told in there if not told)}
        return replace(flow, oidc=part, exchanges=exchanges, untold=tuple(sorted(untold)))

    def _untold(self, timed: bool) -> set[str]:
        untold = set(_NOT_IN_A_BROWSER)
        if self.asked is None:
            untold.update(OF_THE_REQUEST)
        elif "code" not in self.asked.get("response_type", "code").split():
            untold.add("code_flow")
        elif "nonce" not in self.asked:
            untold.add("request_id")  # in the code flow it may be left out, or stand in a request object
        if self.id_token is None:
            untold.add("id_token")
        if not self.delivery:
            untold.update(("answer", "acs_url", "exchanges"))
        if not timed:
            untold.update(("captured_at", "issued_at"))
        return untold

    def _sent(self, now: datetime) -> Sent:
        asked = self.asked or {}
        levels, essential = _levels(asked)
        return Sent(
            request_id=asked.get("nonce", ""),
            issued_at=(self.hops[0].at if self.asked is not None else None) or now,
            sp_entity_id=asked.get("client_id", ""),
            acs_url=asked.get("redirect_uri", ""),
            destination=self.login_address or "",
            relay_state=asked.get("state"),
            contexts=levels,
            comparison="exact" if essential else "voluntary",
            force_authn="login" in asked.get("prompt", "").split(),
        )

    def _part(self) -> OidcPart:
        asked = self.asked or {}
        max_age = asked.get("max_age", "")
        return OidcPart(
            nonce=asked.get("nonce", ""),
            code_challenge=asked.get("code_challenge"),
            scopes=tuple(asked.get("scope", "openid").split()),
            essential=_levels(asked)[1],
            response_mode=asked.get("response_mode"),
            prompt=asked.get("prompt"),
            max_age=int(max_age) if max_age.isascii() and max_age.isdigit() and len(max_age) < 10 else None,
            ui_locales=asked.get("ui_locales"),
            client_auth="",
        )


def found_in(entries: Sequence[Entry], most: int) -> tuple[FoundOpenId, ...]:
    """Pairs answers with requests by state and redirect_uri, in order of time; at most one more than `most`."""
    requests: list[tuple[int, dict[str, str]]] = []
    logins: list[FoundOpenId] = []
    taken: set[int] = set()
    for number, entry in enumerate(entries):
        sent = dict(reversed(fields(entry.request)))
        if "response_type" in sent and "client_id" in sent and "openid" in sent.get("scope", "openid").split():
            requests.append((number, sent))
            continue
        answer = _answer(entry)
        start = _request_of(answer, requests, taken) if answer else None
        if answer is None or start is None:
            continue
        taken.add(start)
        asked = {name: value for name, value in dict(requests)[start].items() if name in _ASKED}
        between = list(islice((step for step in range(number - 1, start, -1) if entries[step].step), _MOST_HOPS))
        hops = (_request(entries[start]), *(_without(entries[step]) for step in reversed(between)), _delivered(entry, answer))
        logins.append(FoundOpenId(asked, hops))
        if len(logins) > most:
            break
    return tuple(logins)


def _answer(entry: Entry) -> HttpRequest | None:
    """What may be an answer: at its address, or behind # in the address that the OP sends the browser to, which no server sees."""
    location = entry.response.header("location") if entry.response else None
    if location and "#" in location and _is_answer(dict(parse_qsl(location.partition("#")[2], keep_blank_values=True))):
        base, _, fragment = location.partition("#")
        return HttpRequest("GET", f"{base.partition('?')[0]}?{fragment}")
    return entry.request if _is_answer(dict(fields(entry.request))) else None


def _is_answer(sent: Mapping[str, str]) -> bool:
    return bool({"code", "id_token", "error"} & set(sent)) and "grant_type" not in sent


def _request_of(answer: HttpRequest, requests: Sequence[tuple[int, dict[str, str]]], taken: set[int]) -> int | None:
    """The last request that it can be the answer to: the same state, and delivered where it asked."""
    state = field(answer, "state")
    for number, sent in reversed(requests):
        home = sent.get("redirect_uri")
        if number in taken or (home is None and (state is None or state != sent.get("state"))):
            continue
        if (home is None or _bare(answer.url) == _bare(home)) and (state is None or "state" not in sent or state == sent["state"]):
            return number
    return next(
        (
            number
            for number, sent in reversed(requests)
            if number not in taken and _bare(sent.get("redirect_uri", "-")) == _bare(answer.url)
        ),
        None,
    )


def _request(entry: Entry) -> Entry:
    kept = tuple(pair for pair in fields(entry.request) if pair[0] in _ASKED)
    return _with(entry, entry.request, kept)


def _delivered(entry: Entry, answer: HttpRequest) -> Entry:
    kept = tuple((name, SECRET if name in _SECRET else value) for name, value in fields(answer) if name in _ANSWERED | _SECRET)
    return replace(_with(entry, answer, kept), response=None)


def _without(entry: Entry) -> Entry:
    return _with(entry, entry.request, ())


def _with(entry: Entry, request: HttpRequest, kept: Pairs) -> Entry:
    """Those parameters alone, where they were sent; of the answer its status."""
    by_get = request.method == "GET"
    url = _bare(request.url) + (f"?{urlencode(kept)}" if kept and by_get else "")
    made = HttpRequest(request.method, url, form=kept if kept and not by_get else None)
    return replace(entry, request=made, response=entry.response and HttpResponse(entry.response.status))


def _bare(url: str) -> str:
    """Without user, query and fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _levels(asked: Mapping[str, str]) -> tuple[tuple[str, ...], bool]:
    """The levels that were asked for, and whether they are essential (OIDCCore 5.5.1.1)."""
    claims: Any = read_object(asked.get("claims", "{}"))[0].get("id_token")
    acr = claims.get("acr") if isinstance(claims, dict) else None
    if isinstance(acr, dict):
        values = acr.get("values", [acr.get("value")])
        found = tuple(each for each in values if isinstance(each, str)) if isinstance(values, list) else ()
        if found:
            return found, acr.get("essential") is True
    return tuple(asked.get("acr_values", "").split()), False
