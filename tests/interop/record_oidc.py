"""Records logins at oidc-provider and glewlwyd as fixtures/flows/oidc-provider-* and glewlwyd-*: `python -m tests.interop.record_oidc [NAME…]`.

As tests.interop.record does. glewlwyd's login is a page built by script, so there a browser logs in.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.interop.glewlwyd import Glewlwyd
from tests.interop.oidc_provider import OidcProvider
from tests.interop.op import Client, Op
from tests.interop.record import FLOWS, PORT
from tests.interop.test_oidc_logout import CLIENTS
from tests.interop.workspace import ELEV, LARARE, Workspace

SECRET = "hemlighet"


@dataclass(frozen=True)
class Scenario:
    """A login of the account at each client of the OP, its usual ones unless said; what is kept is the flow of that number."""

    op: type[OidcProvider] | type[Glewlwyd]
    account: str
    flow: int = 0
    options: tuple[str, ...] = ()
    clients: tuple[Client, ...] = ()


BROWSER = ("--driver", "browser")
SCENARIOS: Mapping[str, Scenario] = {
    "oidc-provider-larare": Scenario(OidcProvider, "larare"),
    "oidc-provider-elev": Scenario(OidcProvider, "elev"),
    # Who logs out as well.
    "oidc-provider-elev-out": Scenario(OidcProvider, "elev", clients=CLIENTS[:1]),
    # At the client with a key, by form_post; and at the one with a secret, of which levels 3 and 4 are asked.
    "glewlwyd-elev": Scenario(Glewlwyd, "elev", 0, BROWSER),
    "glewlwyd-larare": Scenario(Glewlwyd, "larare", 3, BROWSER),
}


def main() -> int:
    for name in sys.argv[1:] or SCENARIOS:
        scenario = SCENARIOS[name]
        # Chromium's sockets need a short path.
        with tempfile.TemporaryDirectory(prefix="idptest-record-", dir="/tmp") as folder:
            workspace = Workspace(Path(folder) / "user")
            workspace.init()
            workspace.environment |= {"CLIENT_SECRET": SECRET, "IDPTEST_BROWSER": "chromium", "TMPDIR": folder}
            key = (workspace.folder / ".idptest" / "keys" / "sp-key.pem").read_bytes()
            own = {"clients": scenario.clients} if scenario.clients else {}
            op: Op = scenario.op(Path(folder) / "op", key, SECRET, users=(LARARE, ELEV), port=PORT, **own)
            with op:
                op.into(workspace.folder / "idptest.toml")
                workspace.idptest("login", scenario.account, *scenario.options)
            place = FLOWS / name
            place.mkdir(parents=True, exist_ok=True)
            (place / "flow.json").write_bytes(workspace.flows()[scenario.flow].read_bytes())
        sys.stdout.write(f"fixtures: {name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
