"""From an account in the directory to its EPPN."""

from __future__ import annotations

from uuid import UUID

from idptest.identifiers.from_directory import eppns, facts
from idptest.model.directory import DirectoryAccount

OWN, CARRIED = UUID("fc79e369-18a3-40c4-aa33-d92057bfff65"), UUID("35918bc9-196d-40ea-9779-889d79b753f0")
ASA = DirectoryAccount("CN=Åsa", OWN, CARRIED, given_name="Åsa", surname=" ", more={"x": (b"asa-1",), "y": (b"a@b.se",), "z": (b"1", b"2")})
SCOPES = ["exempelstad.se", "edu.exempelstad.se"]


def test_the_eppn_is_built_on_what_the_municipality_chose() -> None:
    assert eppns(ASA, "objectGUID", None, SCOPES) == [f"{OWN}@exempelstad.se", f"{OWN}@edu.exempelstad.se"]
    assert eppns(ASA, "mS-DS-ConsistencyGuid", "x", SCOPES[:1]) == [f"{CARRIED}@exempelstad.se"]
    assert eppns(ASA, "other", "x", SCOPES[:1]) == ["asa-1@exempelstad.se"]
    assert eppns(ASA, "other", "y", SCOPES) == ["a@b.se"]


def test_nothing_is_made_up() -> None:
    for source, attribute, scopes in (("other", None, SCOPES), ("other", "z", SCOPES), ("other", "å", SCOPES), ("objectGUID", None, [])):
        assert eppns(ASA, source, attribute, scopes) == []
    assert eppns(DirectoryAccount("CN=Ny", OWN), "mS-DS-ConsistencyGuid", None, SCOPES) == []


def test_the_lines_of_an_account() -> None:
    assert facts(ASA, "objectGUID") == {"object_guid": str(OWN), "given_name": "Åsa"}
    assert facts(ASA, "mS-DS-ConsistencyGuid")["object_guid"] == str(CARRIED)
    assert facts(ASA, "other") == {"given_name": "Åsa"}
