"""One person at two real IdPs, SimpleSAMLphp and oidc-provider, in one workspace: what is compared, and what a migration keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.interop.oidc_provider import LOA3, Client, OidcProvider
from tests.interop.record import CERTIFICATION, E_LEG
from tests.interop.simplesamlphp import SimpleSamlPhp
from tests.interop.workspace import ELEV, LARARE, Run, Workspace, failing

SCOPED = "urn:oid:1.3.6.1.4.1.5923.1.1.1.9"
FACULTY = ("member@exempelstad.se", "faculty@exempelstad.se")
OVER_SCOPE = {"eduperson_scoped_affiliation": FACULTY}
# What oidc-provider tells without being asked for it claim by claim.
CLAIMS = {"openid": ["sub", *OVER_SCOPE], "acr": None, "amr": None, "auth_time": None, "eduperson_principal_name": None}
COMPARED = {f"history-protocols/{what}-is-the-same-by-both" for what in ("eppn", "level", "role")}


@pytest.fixture
def two(
    workspace: Workspace, simplesamlphp_idp: Callable[..., SimpleSamlPhp], oidc_provider: Callable[..., tuple[Workspace, OidcProvider]]
) -> tuple[Workspace, OidcProvider]:
    """idp = ["ssp", "op"] for both people, who have the same EPPN, level and role there."""
    sp = workspace.set_up()
    declared = {"EntityAttributes": {CERTIFICATION: [E_LEG, LOA3]}}
    workspace.use(simplesamlphp_idp(sp, users=(LARARE, ELEV), authn_context=LOA3, extra={SCOPED: FACULTY}, hosted=declared))
    _, op = oidc_provider((Client("op"),), claims=OVER_SCOPE, settings={"claims": CLAIMS})
    path = workspace.folder / "idptest.toml"
    text = path.read_text(encoding="utf-8").replace("[idp.exempelstad]", f"{op.tables()}[idp.ssp]")
    path.write_text(text.replace('idp = "exempelstad"', 'idp = ["ssp", "op"]'), encoding="utf-8")
    return workspace, op


def over_time(run: Run) -> list[dict[str, Any]]:
    return [report for report in run.reports if report["subject"] == "history"]


def test_the_same_person_by_both(two: tuple[Workspace, OidcProvider]) -> None:
    user, op = two

    def both(**changes: Any) -> list[set[str]]:
        """What fails of the comparison, in the report of each IdP; nothing else over time may."""
        before = {name: getattr(op, name) for name in changes}
        op.stop()
        vars(op).update(changes)
        op.start()
        reports = over_time(user.idptest("login", "larare", "--protocol", "both", "--format", "json"))
        vars(op).update(before)
        judged = [{each["rule"] for each in report["findings"] if each["verdict"] in ("pass", "fail")} for report in reports]
        assert [rules >= COMPARED for rules in judged] == [True, True]
        return [failing(report) for report in reports]

    assert both() == [set(), set()]
    assert both(scope="annan.example") == [{"history-protocols/eppn-is-the-same-by-both"}] * 2
    assert both(acr=LOA3.replace("loa3", "loa2")) == [{"history-protocols/level-is-the-same-by-both"}] * 2
    pupil = {"eduperson_scoped_affiliation": ("member@exempelstad.se", "student@exempelstad.se")}
    assert both(claims=pupil) == [{"history-protocols/role-is-the-same-by-both"}] * 2


def test_a_migration_from_saml_to_openid_connect_keeps_the_eppn(two: tuple[Workspace, OidcProvider]) -> None:
    user, op = two
    user.idptest("login", "elev", "--protocol", "saml")
    assert user.idptest("baseline", "save", "saml").code == 0

    def migrated() -> tuple[int, set[str]]:
        run = user.idptest("regress", "--idp", "op", "--format", "json")
        (report,) = over_time(run)
        return run.code, failing(report)

    assert migrated() == (0, set())
    op.stop()
    op.scope = "annan.example"
    op.start()
    assert migrated() == (1, {"history-eppn/eppn-is-unchanged"})
