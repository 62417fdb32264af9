"""What OpenID Connect has of secrets beside the person's: codes, access and refresh tokens, our client secret and assertion.

An access token may be a JWT, which `redaction` leaves alone in a body; here every value that a secret field had is taken out, wherever it
stands. ID Tokens and signed UserInfo stay: they are what is judged.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from urllib.parse import parse_qsl, quote, quote_plus, unquote_plus

from idptest.login.redaction import AUTHORIZATION, SECRET, SHORTEST
from idptest.model.flow import Ended, Exchange, Pairs

ID_TOKEN = "‹id-token›"  # stands where an ID Token is repeated that is kept where the OP gave it

# Fields of requests and answers whose values are secret, whoever sends them to whom.
FIELDS = frozenset(("code", "code_verifier", "access_token", "refresh_token", "client_secret", "client_assertion"))

_NAMES = "|".join(sorted(FIELDS - {"code"}, key=len, reverse=True)) + "|code"
_IN_JSON = re.compile(rf'"(?:{_NAMES})"\s*:\s*("(?:[^"\\]|\\.)*")')
_IN_FORM = re.compile(rf"(?:^|[?&#\s\"';])(?:{_NAMES})=([^&#\s\"'<>]+)")
_LONGEST = 1_000_000  # characters of a body that are looked through


def tokens_in(exchange: Exchange) -> Iterator[str]:
    """The values of all secret fields in the exchange, and what we authenticated with."""
    request, response = exchange.request, exchange.response
    headers = (*request.headers, *(response.headers if response else ()))
    for text in (request.url, *(value for name, value in headers if name.lower() in ("location", "referer", "refresh"))):
        yield from _of_query(text)
    yield from (value for name, value in request.form or () if name in FIELDS)
    yield from (value.partition(" ")[2] for name, value in headers if name.lower() == "authorization")
    if response:
        body = response.body[:_LONGEST].decode("latin-1")
        for found in _IN_JSON.finditer(body):
            yield _unescaped(found.group(1))
        yield from (unquote_plus(found.group(1)) for found in _IN_FORM.finditer(body))


def _of_query(url: str) -> Iterator[str]:
    for part in (url.partition("?")[2].partition("#")[0], url.partition("#")[2]):
        try:
            yield from (value for name, value in parse_qsl(part) if name in FIELDS)
        except ValueError:
            continue


def _unescaped(text: str) -> str:
    try:
        found = json.loads(text.encode("latin-1").decode("utf-8", "replace"), strict=False)
    except ValueError:
        found = text[1:-1]
    return str(found)


def conceal_tokens(exchange: Exchange, secrets: Iterable[str], mark: str = SECRET) -> Exchange:
    """The exchange without those values, however they are escaped. Short ones go only where they stand in a field of their own."""
    spelled = _all_spellings(secrets)
    clean = partial(_replaced, spelled, mark)

    def cleaned(pairs: Pairs) -> Pairs:
        return tuple((name, clean(value) if AUTHORIZATION not in value else value) for name, value in pairs)

    request, response = exchange.request, exchange.response
    form = request.form
    if form is not None:
        form = tuple((name, SECRET if name in FIELDS and value else clean(value)) for name, value in form)
    if response is not None:
        body = response.body
        for secret in spelled:
            body = body.replace(secret.encode("utf-8", "replace"), mark.encode())
        response = replace(response, headers=cleaned(response.headers), body=body)
    return replace(
        exchange,
        request=replace(request, url=clean(request.url), headers=cleaned(request.headers), form=form),
        response=response,
        error=None if exchange.error is None else clean(exchange.error),
    )


def conceal_end(ended: Ended, id_token: str) -> Ended:
    """How a logout ended, without the ID Token that its address held."""
    clean = partial(_replaced, _all_spellings((id_token,)), ID_TOKEN)
    page = replace(ended.page, url=clean(ended.page.url), title=clean(ended.page.title)) if ended.page else None
    return replace(ended, said=clean(ended.said) if ended.said else ended.said, page=page)


def _replaced(spelled: Sequence[str], mark: str, text: str) -> str:
    for secret in spelled:
        text = text.replace(secret, mark)
    return text


def _all_spellings(secrets: Iterable[str]) -> list[str]:
    """Of those that are long enough, the longest spelling first."""
    return sorted({each for secret in secrets if len(secret) >= SHORTEST for each in _spellings(secret)}, key=len, reverse=True)


def _spellings(secret: str) -> set[str]:
    """As it is, and as URLs, HTML and JSON write it."""
    quoted = quote(secret, safe="")
    lower = re.sub(r"%[0-9A-F]{2}", lambda found: found.group().lower(), quoted)
    in_json = json.dumps(secret)[1:-1]
    return {secret, quoted, lower, quote_plus(secret), quote(quoted, safe=""), html.escape(secret), in_json, in_json.replace("/", "\\/")}
