"""Records logins at SimpleSAMLphp and samlify as fixtures/flows/simplesamlphp-* and samlify-*: `python -m tests.interop.record [NAME…]`.

So `make test` judges flows that other people's code wrote and signed, on machines that lack it. Keys and people are made up, and each
recording has new ones: the bytes differ every time, what is found in them does not (tests/test_foreign_flows.py).
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from idptest.model.flow_file import dumps, loads
from tests.interop.samlify import GCM, Samlify
from tests.interop.server import ELEV1, LARARE1, User
from tests.interop.simplesamlphp import SimpleSamlPhp
from tests.interop.workspace import Idp, Workspace

FLOWS = Path(__file__).parents[2] / "fixtures" / "flows"
# So that addresses in the recordings do not wander.
PORT = 8880

CERTIFICATION = "urn:oasis:names:tc:SAML:attribute:assurance-certification"
E_LEG = "https://fidus.skolverket.se/authentication/e-leg"
LOA3 = "http://id.swedenconnect.se/loa/1.0/uncertified-loa3"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
ASSURANCE = "urn:oid:1.3.6.1.4.1.5923.1.1.1.11"
DISPLAY_NAME = "urn:oid:2.16.840.1.113730.3.1.241"


@dataclass(frozen=True)
class Scenario:
    """`options` are those of SimpleSamlPhp or Samlify, whichever the name begins with; `facts` are lines of the account in idptest.toml.
    An IdP to which we are not `known` has not been given our metadata.
    """

    name: str
    account: str
    user: User
    options: Mapping[str, Any] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    known: bool = True

    @contextlib.contextmanager
    def idp(self, folder: Path, workspace: Workspace) -> Iterator[Idp]:
        """It runs, and knows the SP that `workspace` is set up to be."""
        sp, common = workspace.set_up(), {"port": PORT, "users": (self.user,)}
        if self.name.startswith("samlify-"):
            with Samlify(folder, (workspace.folder / "sp.xml").read_bytes(), **common, **self.options) as samlify:
                yield samlify
        else:
            with SimpleSamlPhp(folder, sp if self.known else None, **common, **self.options) as simplesamlphp:
                yield simplesamlphp


SCENARIOS = (
    # As it comes from Debian, with no thought given to the federation.
    Scenario("simplesamlphp-larare", "larare", LARARE1, {"declare_scope": False, "over_release": True}),
    # With all that Skolverket's checklist says.
    Scenario("simplesamlphp-elev", "elev", ELEV1, {"name_format": "uri"}),
    # The same, and encrypted for us, as SimpleSAMLphp 1.19 encrypts; of somebody whose identity is protected.
    Scenario(
        "simplesamlphp-elev-encrypted", "elev", ELEV1, {"name_format": "uri", "encrypt_assertion": True}, ("protected_identity = true",)
    ),
    # Levels declared in signed metadata, and sent in both places that services look in. The password that was typed is not such a level.
    Scenario(
        "simplesamlphp-larare-levels",
        "larare",
        LARARE1,
        {
            "name_format": "uri",
            "authn_context": LOA3,
            "extra": {ASSURANCE: (LOA3,), DISPLAY_NAME: ("Lova Lärarsson",)},
            "hosted": {"EntityAttributes": {CERTIFICATION: [E_LEG, LOA3]}, "metadata.sign.enable": True},
        },
    ),
    # It knows what it can vouch for, and refuses to vouch for more: its module multiauth compares what is asked for with what it has.
    Scenario(
        "simplesamlphp-larare-refused",
        "larare",
        LARARE1,
        {
            "name_format": "uri",
            "sources": {"multiauth": {0: "multiauth:MultiAuth", "sources": {"exempelstad": {"AuthnContextClassRef": [PASSWORD]}}}},
            "hosted": {"auth": "multiauth", "EntityAttributes": {CERTIFICATION: [E_LEG]}},
        },
    ),
    # It does not know us, and its page says no more of that than pages do in production.
    Scenario("simplesamlphp-elev-unknown", "elev", ELEV1, {"name_format": "uri", "show_errors": False}, known=False),
    # As samlify does it by itself: the assertion signed and encrypted, nothing said of the login.
    Scenario("samlify-larare", "larare", LARARE1, {"cipher": GCM, "authn_context": None}),
    # With all that it should say, and signed twice.
    Scenario("samlify-elev", "elev", ELEV1, {"cipher": GCM, "sign_response": True}),
)


def record(scenario: Scenario, folder: Path) -> Iterator[str]:
    """The flows of one `idptest login`, as text."""
    workspace = Workspace(folder / "user")
    workspace.secrets = {scenario.user.password}
    for variable in ("IDPTEST_LARARE_PASSWORD", "IDPTEST_ELEV_PASSWORD"):
        workspace.environment[variable] = scenario.user.password
    with scenario.idp(folder / "idp", workspace) as idp:
        workspace.use(idp)
        path = workspace.folder / "idptest.toml"
        path.write_text(path.read_text(encoding="utf-8").replace("test_person = false", "test_person = true"), encoding="utf-8")
        person = scenario.user
        lines = (f'object_guid = "{person.guid}"', f'given_name = "{person.given_name}"', f'surname = "{person.surname}"', *scenario.facts)
        workspace.account(scenario.account, "\n".join(lines))
        run = workspace.idptest("login", scenario.account)
        if run.code not in (0, 1):
            raise RuntimeError(f"{scenario.name}: exit {run.code}\n{run.out}{run.err}")
        workspace.check()
        for saved in workspace.flows():
            flow = loads(saved.read_text(encoding="utf-8"))
            # Without the release of the stock SP, which is whatever is installed.
            stock_sp = flow.stock_sp and replace(flow.stock_sp, name=flow.stock_sp.name.partition(" ")[0])
            yield dumps(replace(flow, stock_sp=stock_sp))


def main() -> int:
    wanted = set(sys.argv[1:])
    for scenario in (each for each in SCENARIOS if not wanted or each.name in wanted):
        with tempfile.TemporaryDirectory(prefix="idptest-record-") as folder:
            flows = list(record(scenario, Path(folder)))
        place = FLOWS / scenario.name
        place.mkdir(parents=True, exist_ok=True)
        for old in place.glob("flow*.json"):
            old.unlink()
        for number, flow in enumerate(flows, 1):
            (place / ("flow.json" if number == 1 else f"flow-{number}.json")).write_text(flow, encoding="utf-8")
        sys.stdout.write(f"fixtures: {scenario.name}, {len(flows)} {'flow' if len(flows) == 1 else 'flows'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
