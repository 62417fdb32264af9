"""The changes that defects of the OP are made of. Each changes one thing and leaves the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from idptest.demo.op_answer import OpAnswer, OpPublished, Signed
from idptest.demo.op_logout import Farewell
from idptest.demo.people import Person

ChangeOpAnswer = Callable[[OpAnswer, Person, datetime], OpAnswer]
ChangeOpPublished = Callable[[OpPublished], OpPublished]
ChangeFarewell = Callable[[Farewell], Farewell]


def said(**changes: Any) -> ChangeOpAnswer:
    """Those fields of the answer are others."""
    return lambda answer, who, now: replace(answer, **changes)


def claims(make: Callable[[Mapping[str, Any], Person], Mapping[str, Any]]) -> ChangeOpAnswer:
    """Other claims in the ID Token; None takes one away."""
    return lambda answer, who, now: replace(answer, id_token=_with(answer.id_token, make(answer.id_token.claims, who)))


def claim(**values: Any) -> ChangeOpAnswer:
    return claims(lambda old, who: values)


def header(**values: Any) -> ChangeOpAnswer:
    """Another header of the ID Token."""

    def change(answer: OpAnswer, who: Person, now: datetime) -> OpAnswer:
        return replace(answer, id_token=replace(answer.id_token, header=_merged(answer.id_token.header, values)))

    return change


def signed(**changes: Any) -> ChangeOpAnswer:
    """The ID Token is signed in another way."""
    return lambda answer, who, now: replace(answer, id_token=replace(answer.id_token, **changes))


def info(make: Callable[[Mapping[str, Any], Person], Mapping[str, Any]]) -> ChangeOpAnswer:
    """Other claims in UserInfo; None takes one away."""

    def change(answer: OpAnswer, who: Person, now: datetime) -> OpAnswer:
        return replace(answer, info=_with(answer.info, make(answer.info.claims, who)) if answer.info else None)

    return change


def parameters(**values: str | None) -> ChangeOpAnswer:
    """Other parameters come back to the client."""
    return lambda answer, who, now: replace(answer, parameters=_merged(answer.parameters, values))


def members(**values: Any) -> ChangeOpAnswer:
    """Other members in the token response; None takes one away."""
    return lambda answer, who, now: replace(answer, more={**answer.more, **values})


def together(*changes: ChangeOpAnswer) -> ChangeOpAnswer:
    """One after the other."""

    def change(answer: OpAnswer, who: Person, now: datetime) -> OpAnswer:
        for each in changes:
            answer = each(answer, who, now)
        return answer

    return change


def published(**values: Any) -> ChangeOpPublished:
    """Other fields in the discovery document; None takes one away."""
    return lambda now_published: replace(now_published, discovery=_merged(now_published.discovery, values))


def keys(**changes: Any) -> ChangeOpPublished:
    """Other keys, or something else, at jwks_uri; or something else in place of the discovery document."""
    return lambda now_published: replace(now_published, **changes)


def _with(token: Signed, values: Mapping[str, Any]) -> Signed:
    return replace(token, claims=_merged(token.claims, values))


def _merged(old: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**old, **values}.items() if value is not None}


def farewell(**values: Any) -> ChangeFarewell:
    """Something else happens when somebody logs out."""
    return lambda usual: replace(usual, **values)


def info_signed(**changes: Any) -> ChangeOpAnswer:
    """UserInfo is signed in another way."""
    return lambda answer, who, now: replace(answer, info=replace(answer.info, **changes) if answer.info else None)


def info_as(content_type: str) -> ChangeOpAnswer:
    """UserInfo as JSON that calls itself something else."""

    def change(answer: OpAnswer, who: Person, now: datetime) -> OpAnswer:
        body = json.dumps(dict(answer.info.claims) if answer.info else {}).encode()
        return replace(answer, info_raw=(200, content_type, body))

    return change


def unnamed() -> ChangeOpAnswer:
    """Neither token says which key it is signed with."""

    def change(answer: OpAnswer, who: Person, now: datetime) -> OpAnswer:
        answer = header(kid=None)(answer, who, now)
        return replace(answer, info=replace(answer.info, header=answer.id_token.header) if answer.info else None)

    return change
