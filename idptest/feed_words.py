"""Fingerprints, times and who is in a feed, as people write them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from idptest.model.aggregate import ListedEntity
from idptest.model.rule import Words


def grouped(fingerprint: str) -> str:
    """As people compare it: in pairs, with colons, in capitals."""
    return ":".join(fingerprint[place : place + 2] for place in range(0, len(fingerprint), 2)).upper()


def lasting(time: timedelta) -> str:
    """ "1 h 30 min", in either language"""
    minutes = round(time.total_seconds() / 60)
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 min"


def roles(entities: Sequence[ListedEntity]) -> tuple[tuple[str, int], ...]:
    """How many bear each role."""
    return tuple(sorted(Counter(role for entity in entities for role in entity.roles).items()))


ROLES = {
    "idp": (Words("IdP", "IdP"), Words("IdPs", "IdP:er")),
    "sp": (Words("SP", "SP"), Words("SPs", "SP:ar")),
    "client": (Words("client", "klient"), Words("clients", "klienter")),
    "server": (Words("server", "server"), Words("servers", "servrar")),
}


def counted(entities: Sequence[ListedEntity]) -> Words:
    """ "3 entities (2 IdPs, 1 SP)" """
    many = len(entities)
    told = [(count, *ROLES.get(role, (Words(role, role),) * 2)) for role, count in roles(entities)]
    en, sv = (", ".join(f"{count} {(one if count == 1 else several).text(lang)}" for count, one, several in told) for lang in ("en", "sv"))
    return Words(
        f"{many} {'entity' if many == 1 else 'entities'}" + (f" ({en})" if en else ""),
        f"{many} {'entitet' if many == 1 else 'entiteter'}" + (f" ({sv})" if sv else ""),
    )
