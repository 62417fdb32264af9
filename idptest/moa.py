"""Moa's metadata, from bytes to the same facts as a SAML feed: who may provision accounts to whom, by mutual TLS.

A JWS of JSON in its general, flattened or compact form (draft-halen-fed-tls-auth, "Metadata Signing"; it was called Kontosynk and FedTLS
before). One signature, by the published key and ES256, counts; what else the JWS bears is nobody's word.
"""

from __future__ import annotations

import binascii
import contextlib
import hashlib
import json
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from idptest.model import aggregate as wrong
from idptest.model.aggregate import Aggregate, ListedEntity, Problem
from idptest.model.feed import PublicKey
from idptest.model.rule import Words

ALGORITHM = "ES256"
# As SUNET's auth-server reads it: https://github.com/SUNET/auth-server (read 2026-11).
_SCOPES = "https://kontosynk.internetstiftelsen.se/saml-scope"
_ROLES = {"servers": "server", "clients": "client"}


class _NotMoa(Exception):
    def __init__(self, en: str, sv: str) -> None:
        self.words = Words(en, sv)


def read(data: bytes, key: PublicKey | None, now: datetime, keep: Callable[[ListedEntity, bytes], None] | None = None) -> Aggregate:
    """The feed, verified with the published key. Never raises. `keep` gets every entity and its JSON, before the verdict is known."""
    try:
        signatures, payload = _parts(data)
        said = _object(_decoded(payload), "its content", "dess innehåll")
        entities = [_listed(each) for each in _list(said, "entities")]
    except _NotMoa as problem:
        return Aggregate(False, (Problem(wrong.UNREADABLE, problem.words),))
    header, problems = _verified(signatures, payload, key)
    if keep:
        for listed, each in zip(entities, said["entities"], strict=True):
            keep(listed, _cut_out(each))
    seen = Counter(entity.entity_id for entity in entities)
    duplicates = tuple(entity_id for entity_id, count in seen.items() if count > 1)
    if duplicates:
        problems.append(
            Problem(
                wrong.DUPLICATES,
                Words(f"{duplicates[0][:200]} occurs more than once", f"{duplicates[0][:200]} förekommer flera gånger"),
            )
        )
    if not entities:
        problems.append(Problem(wrong.NO_ENTITIES, Words("there is no entity in it", "det finns ingen entitet i det")))
    end = _moment(header.get("exp"))
    if end is None:
        problems.append(
            Problem(wrong.NO_END, Words("it does not say until when it is valid (exp)", "det anger inte hur länge det gäller (exp)"))
        )
    elif end <= now:
        problems.append(
            Problem(wrong.EXPIRED, Words(f"it was valid until {end:%Y-%m-%d %H:%M} UTC", f"det gällde till {end:%Y-%m-%d %H:%M} UTC"))
        )
    lasts = said.get("cache_ttl")
    return Aggregate(
        verified=not any(problem.kind in _SIGNATURE for problem in problems),
        problems=tuple(problems),
        name=_text(header.get("iss")),
        valid_until=end,
        cache_duration=timedelta(seconds=lasts) if type(lasts) is int and 0 <= lasts < 10**9 else None,
        published_at=_moment(header.get("iat")),
        signature_algorithm=_text(header.get("alg")),
        entities=tuple(entities),
        duplicates=duplicates,
    )


def entities(data: bytes) -> Iterator[tuple[ListedEntity, bytes]]:
    """Every entity of a feed that was verified before, and its JSON; none of what cannot be read."""
    with contextlib.suppress(_NotMoa):
        for each in _list(_object(_decoded(_parts(data)[1]), "", ""), "entities"):
            yield _listed(each), _cut_out(each)


def _cut_out(entity: Any) -> bytes:
    return json.dumps(entity, ensure_ascii=False, indent=2).encode()


_SIGNATURE = (wrong.NO_CERTIFICATE, wrong.UNSIGNED, wrong.MALFORMED, wrong.REFUSED, wrong.INVALID)


def thumbprint(key: PublicKey) -> str:
    """SHA-256 of the key as RFC 7638 has it, in hex."""
    return hashlib.sha256(f'{{"crv":"P-256","kty":"EC","x":"{key.x}","y":"{key.y}"}}'.encode()).hexdigest()


def _parts(data: bytes) -> tuple[list[tuple[str, str]], str]:
    """([(protected header, signature)], payload), all still in base64url."""
    try:
        text = data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise _NotMoa("it is not text", "det är inte text") from None
    if not text.startswith("{"):
        parts = text.split(".")
        if len(parts) != 3:
            raise _NotMoa("it is no JWS: neither JSON nor three parts", "det är ingen JWS: varken JSON eller tre delar")
        return [(parts[0], parts[2])], parts[1]
    document = _object(text.encode(), "the JWS", "JWS:en")
    listed = _list(document, "signatures") if "signatures" in document else [document] if "signature" in document else []
    signatures = [(found.get("protected"), found.get("signature")) for found in listed if isinstance(found, dict)]
    if not isinstance(document.get("payload"), str):
        raise _NotMoa("it is no JWS: it has no payload", "det är ingen JWS: den saknar payload")
    return [(head, made) for head, made in signatures if isinstance(head, str) and isinstance(made, str)], document["payload"]


def _verified(signatures: list[tuple[str, str]], payload: str, key: PublicKey | None) -> tuple[Mapping[str, Any], list[Problem]]:
    """The protected header of the signature that counts, or of the first, and what is wrong with it."""
    heads = [(_header(protected), f"{protected}.{payload}.{made}") for protected, made in signatures]
    if not heads:
        return {}, [Problem(wrong.UNSIGNED, Words("it is not signed", "det är inte signerat"))]
    if key is None:
        words = Words("no key is approved to verify it with", "ingen nyckel är godkänd att verifiera det med")
        return heads[0][0], [Problem(wrong.NO_CERTIFICATE, words)]
    header, token = next(((head, made) for head, made in heads if head.get("kid") == key.kid), heads[0])
    if header.get("alg") != ALGORITHM or "crit" in header or "b64" in header:
        algorithm = str(header.get("alg"))[:40]
        words = Words(
            f"it is signed in a way that does not count ({algorithm}, not plain {ALGORITHM})",
            f"det är signerat på ett sätt som inte räknas ({algorithm}, inte vanlig {ALGORITHM})",
        )
        return header, [Problem(wrong.REFUSED, words)]
    return header, [] if _holds(token, key) else [Problem(wrong.INVALID, _other(header, key))]


def _other(header: Mapping[str, Any], key: PublicKey) -> Words:
    kid = str(header.get("kid"))[:80]
    if kid != key.kid:
        return Words(
            f"it is signed with another key ({kid}, not {key.kid})", f"det är signerat med en annan nyckel ({kid}, inte {key.kid})"
        )
    return Words("it was changed after it was signed", "det har ändrats sedan det signerades")


def _holds(token: str, key: PublicKey) -> bool:
    from jose import jws

    try:
        jws.verify(token, {"kty": "EC", "crv": "P-256", "x": key.x, "y": key.y}, algorithms=[ALGORITHM])
    except Exception:  # python-jose lets its backend's errors through: a key off the curve, a signature of another length
        return False
    return True


def _header(protected: str) -> Mapping[str, Any]:
    try:
        return _object(_decoded(protected), "the header", "huvudet")
    except _NotMoa:
        return {}


def _decoded(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (UnicodeEncodeError, binascii.Error, ValueError):
        raise _NotMoa("it is no JWS: a part is not base64url", "det är ingen JWS: en del är inte base64url") from None


def _object(data: bytes, en: str, sv: str) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise _NotMoa(f"{en} is no JSON object", f"{sv} är inget JSON-objekt")
    return found


def _list(table: Mapping[str, Any], key: str) -> list[Any]:
    found = table.get(key)
    if not isinstance(found, list):
        raise _NotMoa(f"it has no list of {key}", f"det har ingen lista med {key}")
    return found


def _listed(entity: Any) -> ListedEntity:
    if not isinstance(entity, dict) or not isinstance(entity.get("entity_id"), str):
        raise _NotMoa("an entity in it has no entity_id", "en entitet i det saknar entity_id")
    name, number = _text(entity.get("organization")), _text(entity.get("organization_id"))
    described = [("", text) for side in _ROLES for each in _dicts(entity.get(side)) if (text := _text(each.get("description")))]
    extension = entity.get("extensions")
    scopes = extension.get(_SCOPES, {}) if isinstance(extension, dict) else {}
    listed = scopes.get("scope") if isinstance(scopes, dict) else None
    return ListedEntity(
        entity_id=entity["entity_id"],
        roles=tuple(role for side, role in sorted(_ROLES.items()) if entity.get(side)),
        names=(("", name),) if name else (),
        organizations=tuple(dict.fromkeys([("", number), *described] if number else described)),
        scopes=tuple(scope for scope in listed if isinstance(scope, str)) if isinstance(listed, list) else (),
        registrar=None,
        registered_at=None,
        valid_until=None,
        digest=hashlib.sha256(json.dumps(entity, sort_keys=True, separators=(",", ":")).encode()).hexdigest(),
    )


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    yield from (each for each in value if isinstance(each, dict)) if isinstance(value, list) else ()


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _moment(value: Any) -> datetime | None:
    """A NumericDate (RFC 7519)."""
    try:
        return datetime.fromtimestamp(value, UTC) if type(value) in (int, float) else None
    except (ValueError, OverflowError, OSError):
        return None
