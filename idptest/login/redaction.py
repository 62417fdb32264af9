"""What a flow may keep of an exchange: secrets are replaced by fixed marks, everything that is judged stays as it was."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import lru_cache
from html.entities import codepoint2name
from urllib.parse import unquote_plus

from idptest.identifiers.node import route as node_of
from idptest.model.flow import Exchange, HttpRequest, HttpResponse, Pairs

SECRET, COOKIE, AUTHORIZATION = "‹secret›", "‹cookie›", "‹authorization›"

# Replaced anywhere only from this length; a shorter secret, "abc", would be found in half of all words. In its own field it always goes.
SHORTEST = 4

_SECRET_FIELD = re.compile(
    r"pass(wor[dt]|wd|code)?$|^(j_)?pass|passwd|pwd$|l(ö|o)senord|^(otp|otc|totp|engangskod|engångskod|pin)$", re.IGNORECASE
)
_MESSAGE_FIELDS = frozenset({"SAMLResponse", "SAMLRequest", "id_token", "wresult"})
# Base64 of XML or JSON, or a JWT: a match of a secret in there is chance, and a changed byte would spoil what is to be judged.
_ENCODED = re.compile(
    r"(?<![A-Za-z0-9+/])(?:P[A-P]|eyJ)(?:[A-Za-z0-9+/_\-\r\n]|%2[BbFf]|&#x?[0-9a-fA-F]{1,4};){200,}(?:\.[A-Za-z0-9_-]+){0,4}"
)


def redact(exchange: Exchange, secrets: Sequence[str], secret_fields: Collection[str] = ()) -> Exchange:
    """The exchange without passwords, one-time codes, cookie values and Authorization.

    Secrets are found raw, quoted for URLs (once or twice), escaped for HTML and for JSON, in UTF-8 and Latin-1, in URLs, headers,
    fields and bodies. `secret_fields` are names of form fields and query parameters whose values go, whatever they are; fields whose
    name says password go too. SAML messages and ID tokens are kept. Not found: a secret cut in two, or hashed.
    """
    return replace(
        exchange,
        request=redact_request(exchange.request, secrets, secret_fields),
        response=None if exchange.response is None else redact_response(exchange.response, secrets, secret_fields),
        error=None if exchange.error is None else conceal(exchange.error, secrets),
    )


def redact_request(request: HttpRequest, secrets: Sequence[str], secret_fields: Collection[str] = ()) -> HttpRequest:
    """A request as it may be kept."""
    form = request.form
    if form is not None:
        form = tuple((name, _field(name, value, secrets, secret_fields)) for name, value in form)
    url, headers = _url(request.url, secrets, secret_fields), _headers(request.headers, secrets, secret_fields)
    return replace(request, url=url, headers=headers, form=form)


def redact_response(response: HttpResponse, secrets: Sequence[str], secret_fields: Collection[str] = ()) -> HttpResponse:
    """An answer as it may be kept."""
    return replace(response, headers=_headers(response.headers, secrets, secret_fields), body=conceal_bytes(response.body, secrets))


def conceal(text: str, secrets: Sequence[str]) -> str:
    """Text in which every secret, however it is escaped, has become ‹secret›; encoded SAML messages and tokens are left alone."""
    return _conceal(text, secrets, SECRET)


def conceal_bytes(body: bytes, secrets: Sequence[str]) -> bytes:
    """The same for a body in any ASCII-based encoding; the mark is UTF-8."""
    if not any(len(secret) >= SHORTEST for secret in secrets):
        return body
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = body.decode("utf-16", "replace")
        return conceal(text, secrets).encode("utf-8")
    return _conceal(body.decode("latin-1"), secrets, SECRET.encode().decode("latin-1")).encode("latin-1")


def _conceal(text: str, secrets: Sequence[str], mark: str) -> str:
    pattern = _pattern(tuple(sorted({secret for secret in secrets if len(secret) >= SHORTEST}, key=lambda secret: (-len(secret), secret))))
    if pattern is None:
        return text
    pieces: list[str] = []
    start = 0
    for encoded in _ENCODED.finditer(text):
        pieces += [pattern.sub(mark, text[start : encoded.start()]), encoded.group()]
        start = encoded.end()
    return "".join([*pieces, pattern.sub(mark, text[start:])])


@lru_cache(maxsize=16)
def _pattern(secrets: tuple[str, ...]) -> re.Pattern[str] | None:
    return re.compile("|".join(_spellings(secret) for secret in secrets)) if secrets else None


def _spellings(secret: str) -> str:
    """A pattern for all spellings of a secret, letter by letter, so that a mixture is found too."""
    spelled = "".join("(?:" + "|".join(_letter(char)) + ")" for char in secret)
    # A one-time code is found as a number of its own, not within a longer one; the digits of %20 before it are not its own.
    return rf"(?:(?<![0-9])|(?<=%[0-9A-Fa-f]{{2}})){spelled}(?![0-9])" if secret.isdigit() else spelled


def _letter(char: str) -> list[str]:
    code = ord(char)
    utf8 = char.encode("utf-8", "surrogatepass")
    encodings = [utf8, *(char.encode(name, "ignore") for name in ("latin-1", "windows-1252"))]
    spelled = [re.escape(char), *(re.escape(each.decode("latin-1")) for each in encodings if each)]
    for each in encodings:
        if each:
            spelled.append("".join(rf"%(?:25)?(?i:{byte:02x})" for byte in each))
    units = char.encode("utf-16-be", "surrogatepass")
    spelled.append("".join(rf"\\u(?i:{units[i : i + 2].hex()})" for i in range(0, len(units), 2)))
    spelled += [rf"&#0*{code};?", rf"&#[xX]0*(?i:{code:x});?", rf"\\x(?i:{code:02x})"]
    if code in codepoint2name:
        spelled.append(f"&{codepoint2name[code]};")
    spelled += {" ": [r"\+", r"%2[bB]"], "'": ["&apos;"], '"': [r"\\\""], "\\": [r"\\\\"], "/": [r"\\/"]}.get(char, [])
    return sorted(set(spelled), key=lambda each: -len(each))


def _field(name: str, value: str, secrets: Sequence[str], secret_fields: Collection[str]) -> str:
    if not value or name in _MESSAGE_FIELDS:
        return value
    if name in secret_fields or _SECRET_FIELD.search(name) or value in secrets:
        return SECRET
    return conceal(value, secrets)


def _url(url: str, secrets: Sequence[str], secret_fields: Collection[str]) -> str:
    head, mark, query = url.partition("?")
    parts = []
    for item in query.split("&"):
        name, equals, value = item.partition("=")
        plain = unquote_plus(name)
        if plain not in _MESSAGE_FIELDS:
            own = plain in secret_fields or _SECRET_FIELD.search(plain) or unquote_plus(value) in secrets
            name, value = conceal(name, secrets), SECRET if value and own else conceal(value, secrets)
        parts.append(name + equals + value)
    return conceal(head, secrets) + mark + "&".join(parts)


def _headers(headers: Pairs, secrets: Sequence[str], secret_fields: Collection[str]) -> Pairs:
    return tuple((name, _header(name.lower(), value, secrets, secret_fields)) for name, value in headers)


def _header(name: str, value: str, secrets: Sequence[str], secret_fields: Collection[str]) -> str:
    if name == "cookie":
        return "; ".join(_cookie(item.strip(), secrets) for item in value.split(";"))
    if name == "set-cookie":
        pair, semicolon, attributes = value.partition(";")
        return _cookie(pair.strip(), secrets) + semicolon + conceal(attributes, secrets)
    if name in ("authorization", "proxy-authorization"):
        scheme, blank, _ = value.partition(" ")
        return f"{scheme} {AUTHORIZATION}" if blank else AUTHORIZATION
    if name in ("location", "referer", "refresh"):
        return _url(value, secrets, secret_fields)
    return conceal(value, secrets)


def _cookie(pair: str, secrets: Sequence[str]) -> str:
    """The name stays; so does an empty value, which is how a cookie is deleted, and what names a node behind a load balancer."""
    name, equals, value = pair.partition("=")
    if not equals:
        return COOKIE if pair else ""
    node = node_of(name, value) or ""
    kept = node if node == value else COOKIE + node  # of a session's id, only what stands after the dot
    return f"{name}={conceal(kept, secrets)}" if value.strip() else f"{name}="
