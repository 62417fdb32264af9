"""What a flow keeps of the network's trouble is English; the Swedish of the report is what was said at the time."""

from __future__ import annotations

import pytest
import requests

from idptest.adapters.http_client import _SIGNS, NetworkTrouble, TooMuch, _said
from idptest.model import trouble
from idptest.model.rule import Words

HOSTS = ("idp.exempelstad.se", "localhost:9", "[::1]:8443")
KINDS = (requests.exceptions.ConnectionError, requests.exceptions.SSLError, requests.exceptions.ProxyError)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sign", [sign for sign, _ in _SIGNS])
def test_every_line_is_found_again(sign: str, kind: type[Exception], host: str) -> None:
    said = _said(kind(f"urllib3 says: {sign}"), host, 30)
    assert said.en != said.sv
    assert trouble.in_both(said.en) == said


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("seconds", [0.5, 30, 1e7])
def test_one_with_a_value_too(host: str, seconds: float) -> None:
    for problem in (requests.exceptions.Timeout(), TooMuch(*_words(trouble.too_much(10)))):
        said = _said(problem, host, seconds)
        assert trouble.in_both(said.en) == said


@pytest.mark.parametrize("said", ["", "–", "idp.exempelstad.se: TLS: [SSL: UNKNOWN] (_ssl.c:1007)", "net::ERR_FAILED", "a: b: c"])
def test_what_is_none_of_ours_is_left_as_it_is(said: str) -> None:
    assert trouble.in_both(said) == Words(said, said)


def test_a_report_says_it_in_the_readers_language() -> None:
    assert trouble.network_failed("localhost:9: connection refused").sv == "nätverket fungerade inte: localhost:9: anslutningen nekades"
    assert isinstance(NetworkTrouble("a", "b").words, Words)


def _words(words: Words) -> tuple[str, str]:
    return words.en, words.sv
