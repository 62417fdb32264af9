"""A flow as JSON: what `.idptest/flows/*.json` holds. Reading is strict about form: a half-written file is refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import UTC, datetime
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

from idptest.model.flow import (
    ARRIVED,
    ENDINGS,
    FORMAT,
    AccountFacts,
    Decryption,
    Ended,
    Exchange,
    Flow,
    HttpRequest,
    HttpResponse,
    IdpFacts,
    LogoutPart,
    OidcPart,
    PageSummary,
    Pairs,
    Sent,
    StockSp,
)
from idptest.model.rule import Waiver, Words
from idptest.model.settings import PROTOCOLS, ROLES

# When logins are captured: so far from the ends of the calendar that a clock skew can be added.
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2900, 1, 1, tzinfo=UTC)


class NotAFlow(ValueError):
    """The text is no flow of a format that we read; `words` say why."""

    def __init__(self, en: str, sv: str) -> None:
        super().__init__(en)
        self.words = Words(en, sv)


def dumps(flow: Flow) -> str:
    """The flow as JSON text, the same bytes for the same flow."""
    return json.dumps(_plain(flow), ensure_ascii=False, indent=1) + "\n"


def _plain(flow: Flow) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "id": flow.id,
        "protocol": flow.protocol,
        "captured_at": _time(flow.captured_at),
        "recorded_by": dict(flow.recorded_by),
        "sent": {**vars(flow.sent), "issued_at": _time(flow.sent.issued_at), "contexts": list(flow.sent.contexts)},
        "ended": _ended(flow.ended),
        "factors": list(flow.factors),
        "untold": list(flow.untold),
        "decrypted": [{"xml": None if found.xml is None else _body(found.xml), "error": found.error} for found in flow.decrypted],
        "idp": {**vars(flow.idp), "metadata": _body(flow.idp.metadata)},
        "account": dict(vars(flow.account)),
        "rulesets": list(flow.rulesets),
        "own_rulesets": dict(flow.own_rulesets),
        "waivers": [dict(vars(waiver)) for waiver in flow.waivers],
        "observations": {"stock_sp": vars(flow.stock_sp) if flow.stock_sp else None, "seen_before": flow.seen_before},
        "exchanges": [_exchange(exchange) for exchange in flow.exchanges],
        **({"oidc": _oidc(flow.oidc)} if flow.oidc else {}),
    }


def _ended(ended: Ended | None) -> dict[str, Any] | None:
    return {**vars(ended), "page": vars(ended.page) if ended.page else None} if ended else None


def _oidc(part: OidcPart) -> dict[str, Any]:
    plain, logout = dict(vars(part)), part.logout
    del plain["logout"]
    return plain | ({"logout": {**vars(logout), "ended": _ended(logout.ended), "again": _ended(logout.again)}} if logout else {})


def _exchange(exchange: Exchange) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    return {
        "number": exchange.number,
        "at": _time(exchange.at),
        "request": {
            "method": request.method,
            "url": request.url,
            "headers": [list(pair) for pair in request.headers],
            "form": None if request.form is None else [list(pair) for pair in request.form],
        },
        "response": response and _response(response),
        "error": exchange.error,
    }


def _response(response: HttpResponse) -> dict[str, Any]:
    peer = {} if response.peer is None else {"peer": response.peer}
    return {"status": response.status, "headers": [list(pair) for pair in response.headers], "body": _body(response.body), **peer}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _body(data: bytes) -> dict[str, str]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}
    return {"text": text}


def loads(text: str) -> Flow:
    """The flow in `text`. Raises NotAFlow."""
    try:
        plain = json.loads(text)
        if "\\ud" in text.lower():
            json.dumps(plain, ensure_ascii=False).encode()  # half a character, written as an escape, could be neither shown nor saved
    except RecursionError:
        raise NotAFlow("its brackets are nested too deeply", "parenteserna i den är nästlade för djupt") from None
    except json.JSONDecodeError as problem:
        line, column = problem.lineno, problem.colno
        raise NotAFlow(f"it is not JSON (line {line}, column {column})", f"det är inte JSON (rad {line}, tecken {column})") from None
    except ValueError:  # half a character, or a number of thousands of digits
        raise NotAFlow("it is not JSON", "det är inte JSON") from None
    if not isinstance(plain, dict) or not str(plain.get("format", "")).startswith("idptest-flow/"):
        raise NotAFlow("it has no format idptest-flow", "den har inget format idptest-flow")
    if plain["format"] != FORMAT:
        known = repr(str(plain["format"])[:40])
        raise NotAFlow(
            f"its format is {known}, and this idptest reads {FORMAT}: use a newer idptest",
            f"dess format är {known}, och den här idptest läser {FORMAT}: använd en nyare idptest",
        )
    try:
        return _flow(plain)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as problem:
        said = " ".join(f"{type(problem).__name__}: {problem}".split())[:160]
        raise NotAFlow(f"a part is missing or of the wrong kind ({said})", f"en del saknas eller är av fel slag ({said})") from None


def _flow(plain: dict[str, Any]) -> Flow:
    observed = plain["observations"]
    sent, idp = plain["sent"], plain["idp"]
    flow = Flow(
        id=plain["id"],
        protocol=plain["protocol"],
        captured_at=_moment(plain["captured_at"]),
        recorded_by=plain["recorded_by"],
        sent=Sent(**{**sent, "issued_at": _moment(sent["issued_at"]), "contexts": _texts(sent["contexts"])}),
        ended=_read_ended(plain["ended"]),
        factors=_texts(plain["factors"]),
        untold=_texts(plain.get("untold", [])),
        decrypted=tuple(Decryption(found["xml"] and _bytes(found["xml"]), found["error"]) for found in plain.get("decrypted", [])),
        idp=IdpFacts(**{**idp, "metadata": _bytes(idp["metadata"])}),
        account=AccountFacts(**plain["account"]),
        rulesets=_texts(plain["rulesets"]),
        own_rulesets=plain["own_rulesets"],
        waivers=tuple(Waiver(**waiver) for waiver in plain["waivers"]),
        stock_sp=observed["stock_sp"] and StockSp(**observed["stock_sp"]),
        seen_before=observed["seen_before"],
        exchanges=tuple(_read_exchange(exchange) for exchange in plain["exchanges"]),
        oidc=_read_oidc(plain["oidc"]) if "oidc" in plain else None,
    )
    _check(flow, Flow, "flow")
    logout = flow.oidc.logout if flow.oidc else None
    for ended in (flow.ended, *((logout.ended, logout.again) if logout else ())):
        first = 1 if ended and ended.how == ARRIVED else 0
        if ended and (ended.how not in ENDINGS or not first <= ended.exchange <= len(flow.exchanges)):
            raise ValueError("ended")
    if flow.protocol not in PROTOCOLS or (flow.protocol == "oidc") != (flow.oidc is not None):
        raise ValueError("protocol")
    after = (flow.oidc.token, flow.oidc.keys, flow.oidc.user_info) if flow.oidc else ()
    if not all(number is None or 1 <= number <= len(flow.exchanges) for number in after):
        raise ValueError("oidc")
    if flow.account.role not in ROLES:
        raise ValueError("account.role")
    if flow.account.object_guid is not None:
        UUID(flow.account.object_guid)
    return flow


def _read_ended(plain: dict[str, Any]) -> Ended:
    page = plain.get("page")
    return Ended(**{**plain, "page": _page(page) if page else None})


def _read_oidc(plain: dict[str, Any]) -> OidcPart:
    lists, logout = ("scopes", "claims", "code_hashes", "access_token_hashes"), plain.get("logout")
    if logout:
        logout = LogoutPart(**{**logout, **{name: logout[name] and _read_ended(logout[name]) for name in ("ended", "again")}})
    return OidcPart(**{**plain, **{name: _texts(plain[name]) for name in lists}, "logout": logout})


def _check(value: object, kind: Any, at: str) -> None:
    """Raises TypeError, naming the place, where a value is not of its field's type: JSON makes no difference between them."""
    outer, inner = get_origin(kind), get_args(kind)
    if is_dataclass(kind) and isinstance(value, kind):  # type: ignore[arg-type]
        for name, its in get_type_hints(kind).items():
            _check(getattr(value, name), its, name)
    elif outer is tuple and isinstance(value, tuple):
        for one, its in zip(value, inner if inner[-1] is not Ellipsis else inner[:1] * len(value), strict=True):
            _check(one, its, at)
    elif outer is Mapping and isinstance(value, dict):
        for key, one in value.items():
            _check(key, inner[0], at)
            _check(one, inner[1], at)
    elif outer is UnionType:  # something or None
        if value is not None:
            _check(value, inner[0], at)
    elif kind is not Any and (outer is not None or type(value) is not kind):
        raise TypeError(at)


def _page(plain: dict[str, Any]) -> PageSummary:
    return PageSummary(plain["url"], plain["title"], _texts(plain["links"]), _texts(plain["fields"]), _texts(plain["buttons"]))


def _read_exchange(plain: dict[str, Any]) -> Exchange:
    request, response = plain["request"], plain["response"]
    form = request["form"]
    return Exchange(
        number=plain["number"],
        at=_moment(plain["at"]),
        request=HttpRequest(request["method"], request["url"], _pairs(request["headers"]), None if form is None else _pairs(form)),
        response=response and HttpResponse(response["status"], _pairs(response["headers"]), _bytes(response["body"]), response.get("peer")),
        error=plain["error"],
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    if not EARLIEST <= moment <= LATEST:
        raise ValueError(f"{text} is centuries away")
    return moment.astimezone(UTC)


def _texts(values: list[str]) -> tuple[str, ...]:
    if not all(isinstance(value, str) for value in values):
        raise TypeError("a list of texts")
    return tuple(values)


def _pairs(values: list[list[str]]) -> Pairs:
    return tuple((name, value) for name, value in values)


def _bytes(plain: dict[str, str]) -> bytes:
    return plain["text"].encode() if "text" in plain else base64.b64decode(plain["base64"], validate=True)
