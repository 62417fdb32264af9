"""What `idptest metadata rp --format json` writes, handed to a certified OpenID provider as it stands: dynamic registration (RFC 7591)."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.interop.oidc_provider import Client, OidcProvider
from tests.interop.server import browser
from tests.interop.workspace import Workspace, failing

SP = """
[sp.organization]
name = { sv = "Exempelstads kommun", en = "Exempelstad municipality" }
url = "https://www.exempelstad.se/"
[sp.contact.technical]
email = "it@exempelstad.se"
[sp.service]
display_name = { sv = "idptest i Exempelstad", en = "idptest in Exempelstad" }
privacy_url = "https://www.exempelstad.se/p"
"""


@pytest.mark.parametrize(
    "client",
    [
        Client("op"),
        Client("op", lines=("request_object = true", "log_out = true")),
        Client("op", "none"),
        Client("op", "client_secret_basic"),
    ],
    ids=lambda client: "-".join((client.auth, *client.lines)),
)
def test_the_op_takes_it_and_the_login_works(oidc_provider: Callable[..., tuple[Workspace, OidcProvider]], client: Client) -> None:
    user, op = oidc_provider((client,), features={"registration": {"enabled": True}, "requestObjects": {"enabled": True}})
    path = user.folder / "idptest.toml"
    path.write_text(path.read_text(encoding="utf-8") + SP, encoding="utf-8")
    told = json.loads(user.idptest("metadata", "rp", "--format", "json").out)
    with browser() as http:
        answer = http.post(f"{op.issuer}/reg", json=told)
    print(told)
    print(answer.status_code, answer.text)
    assert answer.status_code == 201
    given = answer.json()
    user.secrets |= {given["registration_access_token"]} | {given.get("client_secret", given["registration_access_token"])}
    user.environment["CLIENT_SECRET"] = given.get("client_secret", "")
    user.edit('client_id = "op"', f'client_id = "{given["client_id"]}"')
    run, (report,) = user.judged("elev")
    assert (run.code, failing(report)) == (0, set())
