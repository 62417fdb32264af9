"""What a defect is."""

from __future__ import annotations

from dataclasses import dataclass

from idptest.demo.changes import ChangeAnswer, ChangeHttp, ChangeMetadata
from idptest.model.rule import Words


@dataclass(frozen=True)
class Defect:
    """`method` overrides which way the person logs in, whatever is asked for; `http` changes what the web server answers."""

    name: str
    about: Words
    fails: tuple[str, ...]
    answer: ChangeAnswer | None = None
    metadata: ChangeMetadata | None = None
    http: ChangeHttp | None = None
    method: str | None = None
    protocol: str = "saml"
    account: str = "larare"
    command: str = "login"
