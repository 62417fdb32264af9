"""Records logins at oidc-provider as fixtures/flows/oidc-provider-*: `python -m tests.interop.record_oidc`. As tests.interop.record does."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.interop.oidc_provider import OidcProvider
from tests.interop.record import FLOWS, PORT
from tests.interop.workspace import ELEV, LARARE, Workspace


def main() -> int:
    for account in ("larare", "elev"):
        with tempfile.TemporaryDirectory(prefix="idptest-record-") as folder:
            workspace = Workspace(Path(folder) / "user")
            workspace.init()
            key = (workspace.folder / ".idptest" / "keys" / "sp-key.pem").read_bytes()
            workspace.environment["CLIENT_SECRET"] = "hemlighet"
            with OidcProvider(Path(folder) / "op", key, "hemlighet", users=(LARARE, ELEV), port=PORT) as op:
                op.into(workspace.folder / "idptest.toml")
                workspace.idptest("login", account)
            place = FLOWS / f"oidc-provider-{account}"
            place.mkdir(parents=True, exist_ok=True)
            (place / "flow.json").write_bytes(workspace.flows()[0].read_bytes())  # of the client with a key of its own
        sys.stdout.write(f"fixtures: oidc-provider-{account}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
