"""What a defect is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from idptest.demo.changes import ChangeAnswer, ChangeHttp, ChangeMetadata
from idptest.demo.op_changes import ChangeFarewell, ChangeOpAnswer, ChangeOpPublished
from idptest.model.rule import Words


@dataclass(frozen=True)
class Defect:
    """`method` overrides which way the person logs in, whatever is asked for; `http` changes what the web server answers.
    `op_answer` and `op_published` are the same for OpenID Connect; `op_farewell` changes what happens when somebody logs out there.

    `asks`: what our client (`rp.Client`) asks otherwise than usual, field by field; the defect then only shows when it does.

    `rulesets`: the login is one at a service that has rulesets of its own, and judged by them instead of by the role's.
    """

    name: str
    about: Words
    fails: tuple[str, ...]
    answer: ChangeAnswer | None = None
    metadata: ChangeMetadata | None = None
    http: ChangeHttp | None = None
    method: str | None = None
    op_answer: ChangeOpAnswer | None = None
    op_published: ChangeOpPublished | None = None
    op_farewell: ChangeFarewell | None = None
    protocol: str = "saml"
    account: str = "larare"
    rulesets: tuple[str, ...] = ()
    command: str = "login"
    asks: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), hash=False)
