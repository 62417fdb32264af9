"""An account as a directory has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True)
class DirectoryAccount:
    """`object_guid`, `consistency_guid`: read from AD's sixteen bytes. Whatever is not there, or not shown to us, is None.

    `more`: attributes asked for besides, name as asked → their raw values.
    """

    dn: str
    object_guid: UUID | None = None
    consistency_guid: UUID | None = None
    user_principal_name: str | None = None
    sam_account_name: str | None = None
    mail: str | None = None
    given_name: str | None = None
    surname: str | None = None
    more: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
