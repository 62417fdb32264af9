"""What a browser's record says of one request, read leniently: a value of the wrong kind is a value that is not there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from idptest.model.flow import HttpRequest, HttpResponse, Pairs

# Far outside these years a clock is no clock, and sums of times overflow.
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_STEPS = ("text/html", "application/xhtml+xml", "text/plain", "x-unknown", "")


@dataclass(frozen=True)
class Entry:
    """One request and its answer. `at` is None where the file does not say when.

    `step`: a person, or a redirect, could have come this way; pictures, styles and scripts are no steps of a login.
    `masked`: the program that wrote the file has taken out what was posted.
    """

    at: datetime | None
    request: HttpRequest
    response: HttpResponse | None = None
    step: bool = True
    masked: bool = False


def inside(value: Any, *names: str) -> Any:
    """The value below those names of nested JSON objects; None where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def words(value: Any) -> str:
    """Text that can be shown and saved (JSON can hold halves of characters); "" for what is no text."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def pairs(value: Any) -> Pairs:
    """Names and values, written as {"name": …, "value": …} or as [name, value]."""
    found = []
    for one in value if isinstance(value, list) else ():
        if isinstance(one, dict):
            found.append((words(one.get("name")), words(one.get("value"))))
        elif isinstance(one, list) and len(one) == 2:
            found.append((words(one[0]), words(one[1])))
    return tuple(pair for pair in found if pair[0])


def web_request(method: Any, url: Any, form: Pairs | None) -> HttpRequest | None:
    """The request without headers; None when its address is none of the web's."""
    address = words(url)
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return HttpRequest(words(method).upper(), address, form=form) if parts.scheme in ("http", "https") else None


def is_step(status: int, content_type: str) -> bool:
    return not 200 <= status < 300 or content_type.partition(";")[0].strip().lower() in _STEPS


def status(value: Any) -> int:
    return value if isinstance(value, int) and 100 <= value <= 599 else 0


def sensible(moment: object) -> datetime | None:
    """The moment in UTC; None for what is none, or lies centuries away."""
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        return None
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        return None
    return utc if _FIRST <= utc < _LAST else None


def moment(value: Any) -> datetime | None:
    """ISO 8601 with a zone, as HAR 1.2 asks."""
    try:
        return sensible(datetime.fromisoformat(words(value)))
    except ValueError:
        return None


def date_header(response: HttpResponse | None) -> datetime | None:
    """When the server says that it answered."""
    try:
        return sensible(parsedate_to_datetime((response.header("date") or "") if response else ""))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def fields(request: HttpRequest) -> Pairs:
    """What was sent: by GET the query, else the form."""
    if request.method == "GET":
        return tuple(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
    return request.form or ()


def field(request: HttpRequest, name: str) -> str | None:
    return next((value for key, value in fields(request) if key == name), None)
