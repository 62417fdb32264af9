"""One request over HTTP on loopback, and what is to come of it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from idptest.adapters.http_client import HttpClient, NetworkTrouble
from idptest.model.flow import HttpRequest, HttpResponse

Start = Callable[..., SimpleNamespace]


def answer(body: bytes = b"hej", *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body) if length is None else length}", "Connection: close"]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def get(url: str, headers: tuple[tuple[str, str], ...] = (), **options: object) -> HttpResponse:
    return HttpClient(**{"timeout": 2, **options})(HttpRequest("GET", url, headers), None)  # type: ignore[arg-type]


def trouble(url: str, **options: object) -> str:
    with pytest.raises(NetworkTrouble) as caught:
        get(url, **options)
    said = str(caught.value)
    assert "\n" not in said
    assert len(said) < 250
    assert "object at 0x" not in said
    return said
