"""Who lives in Exempelstad: invented people with accounts as an AD has them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

DOMAIN = "exempelstad.se"
SCHOOL_UNIT = "21648755"  # the example code of https://www.mv-nordic.com/se/support/skolfederation-support/ (read 2026-11)


@dataclass(frozen=True)
class Person:
    """An account. The personnummer is invented; `eleg`: the person holds the simulated e-legitimation.

    `person` is the same for two accounts of one human being. `provisioned`: idptest is told which EPPN has been provisioned.
    """

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
    person: str | None = None
    protected_identity: bool = False
    provisioned: bool = False

    @property
    def eppn(self) -> str:
        return f"{self.object_guid}@{DOMAIN}"

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
    # Protected identity: the login works, and nothing but the EPPN leaves.
    Person(
        name="skyddad",
        role="pupil",
        username="elev4711",
        password="stigfinnare 88",
        given_name="Maja",
        surname="Stenlund",
        object_guid=UUID("5b7e0c14-a9d2-4f38-8c61-0e93d7b24a5f"),
        personnummer="201108292382",
        user_principal_name="elev4711@exempelstad.se",
        protected_identity=True,
        provisioned=True,
    ),
    # One human being with two accounts, and so two EPPNs: she teaches, and studies at the adult school.
    Person(
        name="dubbel",
        role="teacher",
        username="zuzcer01",
        password="kvällskurs&09",
        given_name="Žužana",
        surname="Černá",
        object_guid=UUID("0d4f6a82-31be-4c7d-95e0-b8a2f6c1d739"),
        personnummer="198802172406",
        user_principal_name="zuzana.cerna@exempelstad.se",
        eleg=True,
        person="zuzana",
        provisioned=True,
    ),
    Person(
        name="dubbel-elev",
        role="pupil",
        username="zuzcer02",
        password="morgonkurs 10",
        given_name="Žužana",
        surname="Černá",
        object_guid=UUID("e61b93c7-5d08-4a2f-b34e-7f90c5a8d216"),
        personnummer="198802172406",
        user_principal_name="zuzana.cerna.elev@exempelstad.se",
        person="zuzana",
        provisioned=True,
    ),
    # No Swedish personnummer: a samordningsnummer (60 added to the day), and letters beyond å, ä and ö.
    Person(
        name="samordning",
        role="teacher",
        username="lukwoj01",
        password="pierogi+kanelbulle",
        given_name="Łukasz",
        surname="Wójcik",
        object_guid=UUID("93a8e5d1-7c46-4b0e-a2f7-1d5b08c96e34"),
        personnummer="197911642390",
        user_principal_name="lukasz.wojcik@exempelstad.se",
        eleg=True,
        provisioned=True,
    ),
    # Newly arrived: a temporary number, and a name that has no spelling of its own in Latin letters.
    Person(
        name="nyanland",
        role="pupil",
        username="elev4712",
        password="regnbåge 31",
        given_name="يوسف",
        surname="الحسن",
        object_guid=UUID("c25d7f09-e83a-46b1-9f4c-a06e3b7d81f2"),
        personnummer="20110829TF01",
        user_principal_name="elev4712@exempelstad.se",
        provisioned=True,
    ),
)
# Who logs in when nobody is named.
USUAL = ("larare", "elev")


def person(name: str) -> Person | None:
    """By the account's name in idptest ("larare", "elev")."""
    return next((found for found in PEOPLE if found.name == name), None)
