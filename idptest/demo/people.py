"""Who lives in Exempelstad: invented people with accounts as an AD has them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

DOMAIN = "exempelstad.se"
SCHOOL_UNIT = "21648755"  # the example code of https://www.mv-nordic.com/se/support/skolfederation-support/ (read 2026-11)


@dataclass(frozen=True)
class Person:
    """An account. The personnummer is invented; `eleg`: the person holds the simulated e-legitimation."""

    name: str
    role: str
    username: str
    password: str
    given_name: str
    surname: str
    object_guid: UUID
    personnummer: str
    user_principal_name: str
    eleg: bool = False
    totp_secret: str | None = None

    @property
    def mail(self) -> str:
        return self.user_principal_name


# The passwords are as public as the people: they open nothing but this demo.
PEOPLE = (
    Person(
        name="larare",
        role="teacher",
        username="asaost01",
        password="Blåbär&kaffe+7",
        given_name="Åsa",
        surname="Öström Lindqvist",
        object_guid=UUID("7c1d9e52-4b3a-4f60-9a1e-2d5c8b7f3e04"),
        personnummer="198503139803",
        user_principal_name="asa.ostrom@exempelstad.se",
        eleg=True,
        totp_secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    ),
    Person(
        name="elev",
        role="pupil",
        username="linhag12",
        password="gråsparv 42",
        given_name="Linnéa",
        surname="Hägg",
        object_guid=UUID("1c0d5a37-8e2b-4c91-b7f4-60a3d9e891aa"),
        personnummer="201204052383",
        user_principal_name="linnea.hagg@exempelstad.se",
    ),
)


def person(name: str) -> Person | None:
    """By the account's name in idptest ("larare", "elev")."""
    return next((found for found in PEOPLE if found.name == name), None)
