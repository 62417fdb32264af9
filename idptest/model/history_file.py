"""Observations, baselines and histories as JSON. Reading is strict about form; what is empty or as usual is left out."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from idptest.model.history import Baseline, History, Identifier, Observation
from idptest.model.rule import Words

FORMAT = "idptest-baseline/1"

T = TypeVar("T")


class NotReadable(ValueError):
    """The text is none of ours; `words` say why."""

    def __init__(self, en: str, sv: str) -> None:
        super().__init__(en)
        self.words = Words(en, sv)


def dump(observation: Observation) -> str:
    """An observation on one line."""
    return json.dumps(_plain(observation), ensure_ascii=False)


def load(text: str) -> Observation:
    """Raises NotReadable."""
    return _loaded(Observation, _parsed(text))


def dump_history(history: History) -> str:
    """A whole history, as fixtures keep it."""
    return json.dumps(_plain(history), ensure_ascii=False, indent=1) + "\n"


def load_history(text: str) -> History:
    """Raises NotReadable."""
    return _loaded(History, _parsed(text))


def dump_baseline(baseline: Baseline) -> str:
    """A fact a line, in an order that stays: account, IdP, levels asked for. The last line is a digest of the rest."""
    ordered = sorted(map(_brief, baseline.observations), key=lambda seen: (seen.account, seen.idp, seen.asked))
    plain = {"format": FORMAT, **_plain(dataclasses.replace(baseline, observations=tuple(ordered), intact=True))}
    return json.dumps({**plain, "digest": _digest(plain)}, ensure_ascii=False, indent=2) + "\n"


def _brief(seen: Observation) -> Observation:
    """Where a value may be kept, it says more than its digests. Which node answered is true of that login alone."""
    name_id = Identifier(value=seen.name_id.value) if seen.name_id and seen.name_id.value is not None else seen.name_id
    eppn = tuple(Identifier(value=found.value) if found.value is not None else found for found in seen.eppn)
    return dataclasses.replace(seen, eppn=eppn, name_id=name_id, nodes=())


def load_baseline(text: str) -> Baseline:
    """Raises NotReadable. A file that somebody edited is read, and says so (`intact`). Digests of values in clear are not there."""
    plain = _parsed(text)
    known = str(plain.pop("format", ""))
    name, _, version = known.partition("/")
    if name != FORMAT.partition("/")[0] or not version.isdigit():
        raise NotReadable("it has no format idptest-baseline", "den har inget format idptest-baseline")
    if known != FORMAT:
        raise NotReadable(
            f"its format is {known[:40]}, and this idptest reads {FORMAT}: use a newer idptest",
            f"dess format är {known[:40]}, och den här idptest läser {FORMAT}: använd en nyare idptest",
        )
    digest = plain.pop("digest", None)
    found = _loaded(Baseline, plain)
    return dataclasses.replace(found, intact=digest == _digest({"format": known, **plain}))


def _digest(plain: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plain, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _parsed(text: str) -> dict[str, Any]:
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError):
        raise NotReadable("it is not JSON", "det är inte JSON") from None
    if not isinstance(plain, dict):
        raise NotReadable("it is not an object", "det är inget objekt")
    return plain


def _plain(value: Any) -> Any:
    """Dataclasses as objects, without the fields that hold what they hold when nothing is said."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        said = ((field, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {field.name: _plain(found) for field, found in said if found != field.default}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value


def _loaded(kind: type[T], plain: Any) -> T:
    try:
        found: T = _read(kind, plain)
        json.dumps(_plain(found), ensure_ascii=False).encode()  # half a character could be neither shown nor saved
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as problem:
        said = " ".join(f"{type(problem).__name__}: {problem}".split())[:120]
        raise NotReadable(f"a part is missing or of the wrong kind ({said})", f"en del saknas eller är av fel slag ({said})") from None
    return found


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, plain: Any) -> Any:
    outer, inner = get_origin(kind), get_args(kind)
    if dataclasses.is_dataclass(kind):
        hints = _hints(kind)  # type: ignore[arg-type]
        if set(plain) - set(hints):
            raise TypeError(f"unknown {sorted(set(plain) - set(hints))[0]}")
        return kind(**{name: _read(hints[name], value) for name, value in plain.items()})  # type: ignore[operator]
    if outer is tuple:
        if not isinstance(plain, list):
            raise TypeError("a list")
        return tuple(_read(inner[0], item) for item in plain)
    if outer is UnionType:  # something or None
        return None if plain is None else _read(inner[0], plain)
    if kind is datetime:
        moment = datetime.fromisoformat(plain)
        if moment.tzinfo is None:
            raise ValueError("a time without zone")
        return moment.astimezone(UTC)
    if type(plain) is not kind:
        raise TypeError(f"{kind.__name__} expected")
    return plain
